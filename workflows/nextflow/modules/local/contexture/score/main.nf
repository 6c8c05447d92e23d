process CONTEXTURE_SCORE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container
        ? 'https://depot.galaxyproject.org/singularity/contexture:0.1.0--h_0'
        : 'quay.io/biocontainers/contexture:0.1.0--h_0'}"

    input:
    tuple val(meta), path(study), path(protocol), path(densities), path(clinical)
    tuple val(meta2), path(reference)

    output:
    tuple val(meta), path("${prefix}/*.{tsv,parquet,json}")   , emit: scored
    tuple val(meta), path("${prefix}/densities.{tsv,parquet}"), emit: densities
    tuple val(meta), path("${prefix}/scores.{tsv,parquet}")   , emit: scores
    tuple val(meta), path("${prefix}/profiles.{tsv,parquet}") , emit: profiles
    tuple val(meta), path("${prefix}/rejected.{tsv,parquet}") , emit: rejected
    tuple val(meta), path("${prefix}/reference.json")         , emit: reference, optional: true
    tuple val(meta), path("${prefix}/score.json")             , emit: json
    tuple val(meta), path("${prefix}/checksums/score.sha256") , emit: checksums
    tuple val("${task.process}"), val('contexture'), eval('contexture --version | sed "s/.* //"'), emit: versions_contexture, topic: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    def clinical_option = clinical ? "--clinical ${clinical}" : ''
    def reference_option = reference ? "--reference ${reference}" : ''
    """
    contexture score \\
        ${study} \\
        --densities ${densities} \\
        ${clinical_option} \\
        ${reference_option} \\
        --threads ${task.cpus} \\
        ${args} \\
        -o ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/checksums
    touch ${prefix}/{densities,scores,profiles,rejected}.{tsv,parquet}
    touch ${prefix}/{reference,score}.json ${prefix}/groups.tsv
    touch ${prefix}/checksums/score.sha256
    """
}
