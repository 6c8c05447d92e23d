process CONTEXTURE_GATHER {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container
        ? 'https://depot.galaxyproject.org/singularity/contexture:0.1.0--h_0'
        : 'quay.io/biocontainers/contexture:0.1.0--h_0'}"

    input:
    tuple val(meta), path(tallies, stageAs: 'tallies/?/*')

    output:
    tuple val(meta), path("${prefix}/densities.tsv")                 , emit: densities
    tuple val(meta), path("${prefix}/{regions,samples,rejected}.tsv"), emit: tables
    tuple val(meta), path("${prefix}/*.parquet")                     , emit: parquet
    tuple val(meta), path("${prefix}/tally.json")                    , emit: tally
    tuple val(meta), path("${prefix}/checksums/count.sha256")        , emit: checksums
    tuple val("${task.process}"), val('contexture'), eval('contexture --version | sed "s/.* //"'), emit: versions_contexture, topic: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    contexture count \\
        tallies \\
        --threads ${task.cpus} \\
        ${args} \\
        -o ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/checksums
    touch ${prefix}/{densities,regions,samples,rejected}.{tsv,parquet}
    touch ${prefix}/tally.json
    touch ${prefix}/checksums/count.sha256
    """
}
