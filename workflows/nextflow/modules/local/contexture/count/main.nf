process CONTEXTURE_COUNT {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container
        ? 'https://depot.galaxyproject.org/singularity/contexture:0.1.0--h_0'
        : 'quay.io/biocontainers/contexture:0.1.0--h_0'}"

    input:
    // Folders of their own, so that names do not collide: results name files, so files keep their names.
    tuple val(meta), val(sample), path(cells, stageAs: 'path/*'), path(annotations, stageAs: 'annotations/*'), path(regions, stageAs: 'regions/*'), path(mapping, stageAs: 'mapping/*')
    tuple val(meta2), path(rules, stageAs: 'rules/*'), path(gates, stageAs: 'gates/*'), path(words, stageAs: 'words/*')

    output:
    tuple val(meta), path("${prefix}/tally.json")                              , emit: tally
    tuple val(meta), path("${prefix}/densities.{tsv,parquet}")                 , emit: densities
    tuple val(meta), path("${prefix}/{regions,samples,rejected}.{tsv,parquet}"), emit: tables
    tuple val(meta), path("${prefix}/checksums/count.sha256")                  , emit: checksums
    tuple val("${task.process}"), val('contexture'), eval('contexture --version | sed "s/.* //"'), emit: versions_contexture, topic: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    def options = [rules: rules, gates: gates, words: words]
        .findAll { _name, given -> given }
        .collect { name, given -> "--${name} ${given}" }
        .join(' ')
    // A file is named even if it is not there: contexture then rejects the sample, and says so.
    def staged = sample.collectEntries { column, value ->
        [column, value && column in ['path', 'annotations', 'regions', 'mapping'] ? "${column}/${value.tokenize('/').last()}" : value]
    }
    def csv = { values -> values.collect { value -> "\"${(value ?: '').replace('"', '""')}\"" }.join(',') }
    """
    cat <<'END_SAMPLESHEET' > samplesheet.csv
    ${csv(staged.keySet())}
    ${csv(staged.values())}
    END_SAMPLESHEET

    contexture count \\
        --samplesheet samplesheet.csv \\
        --threads ${task.cpus} \\
        ${options} \\
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
