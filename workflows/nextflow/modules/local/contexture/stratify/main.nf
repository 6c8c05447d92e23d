process CONTEXTURE_STRATIFY {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container
        ? 'https://depot.galaxyproject.org/singularity/contexture:0.1.0--h_0'
        : 'quay.io/biocontainers/contexture:0.1.0--h_0'}"

    input:
    tuple val(meta), path(study), path(protocol), path(clinical), path(scored, stageAs: 'scored/*')

    output:
    tuple val(meta), path("${prefix}/*.{tsv,parquet,json}")     , emit: stratified
    tuple val(meta), path("${prefix}/statistics.json")          , emit: json
    tuple val(meta), path("${prefix}/excluded.{tsv,parquet}")   , emit: excluded
    tuple val(meta), path("${prefix}/tables/*.tsv")             , emit: tables
    tuple val(meta), path("${prefix}/checksums/stratify.sha256"), emit: checksums
    tuple val("${task.process}"), val('contexture'), eval('contexture --version | sed "s/.* //"'), emit: versions_contexture, topic: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    contexture stratify \\
        ${study} \\
        --clinical ${clinical} \\
        --scored scored \\
        --threads ${task.cpus} \\
        ${args} \\
        -o ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/{tables,checksums}
    touch ${prefix}/statistics.json
    touch ${prefix}/excluded.{tsv,parquet}
    touch ${prefix}/tables/stub.tsv
    touch ${prefix}/checksums/stratify.sha256
    """
}
