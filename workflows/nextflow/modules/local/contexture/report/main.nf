process CONTEXTURE_REPORT {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container
        ? 'https://depot.galaxyproject.org/singularity/contexture:0.1.0--h_0'
        : 'quay.io/biocontainers/contexture:0.1.0--h_0'}"

    input:
    tuple val(meta), path(study), path(protocol), path(scored, stageAs: 'scored/*'), path(stratified, stageAs: 'stratified/*')

    output:
    tuple val(meta), path("${prefix}/*.html")                 , emit: html
    tuple val(meta), path("${prefix}/run.json")               , emit: json
    tuple val(meta), path("${prefix}/patients/*.html")        , emit: patients_html
    tuple val(meta), path("${prefix}/patients/*.json")        , emit: patients_json
    tuple val(meta), path("${prefix}/figures/*.svg")          , emit: figures
    tuple val(meta), path("${prefix}/checksums/report.sha256"), emit: checksums
    tuple val("${task.process}"), val('contexture'), eval('contexture --version | sed "s/.* //"'), emit: versions_contexture, topic: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    contexture report \\
        ${study} \\
        --scored scored \\
        --stratified stratified \\
        --threads ${task.cpus} \\
        ${args} \\
        -o ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/{patients,figures,checksums}
    touch ${prefix}/{cohort,quality}.html
    touch ${prefix}/run.json
    touch ${prefix}/patients/stub.{html,json}
    touch ${prefix}/figures/stub.svg
    touch ${prefix}/checksums/report.sha256
    """
}
