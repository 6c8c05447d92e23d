#!/usr/bin/env nextflow
/*
 * From the exports of slides, or from a table of densities, to the pages of a cohort: count, score, stratify, report.
 * `--outdir` ends up with what `contexture run` writes, with `pipeline_info/` and, if slides were counted, `counted/`.
 */

include { CONTEXTURE_COUNT    } from './modules/local/contexture/count/main'
include { CONTEXTURE_GATHER   } from './modules/local/contexture/gather/main'
include { CONTEXTURE_SCORE    } from './modules/local/contexture/score/main'
include { CONTEXTURE_STRATIFY } from './modules/local/contexture/stratify/main'
include { CONTEXTURE_REPORT   } from './modules/local/contexture/report/main'

// The file that the parameter `name` gives.
def inputFile(name) {
    if (!params[name]) {
        error("--${name} is required; nextflow_schema.json describes the parameters")
    }
    return file(params[name], checkIfExists: true)
}

// The file that the parameter `name` may give.
def optionalFile(name) {
    return params[name] ? inputFile(name) : []
}

// The rows of the samplesheet, each with its files, of which those that are not there are left to contexture.
def slidesOf(samplesheet) {
    def header = samplesheet.withReader { reader -> reader.readLine() } ?: ''
    def separator = ['\t', ';'].find { character -> header.contains(character) } ?: ','
    def rows = samplesheet.splitCsv(header: true, sep: separator, quote: '"', strip: true)
    if (!rows) {
        error("--samplesheet ${params.samplesheet} has no rows")
    }
    def slides = rows.withIndex(2).collect { row, number ->
        ['sample_id', 'path'].each { column ->
            if (!row[column]) {
                error("--samplesheet ${params.samplesheet}, row ${number}: no '${column}' (columns: ${row.keySet().join(', ')})")
            }
        }
        def files = ['path', 'annotations', 'regions', 'mapping'].collect { column ->
            def named = row[column] ? samplesheet.parent.resolve(row[column]) : null
            named?.exists() ? named : []
        }
        def id = [row.sample_id, row.field_id].findAll().join('_').replaceAll(/[^\w.-]/, '_')
        [[id: id], row, *files]
    }
    def ids = slides.collect { slide -> slide[0].id }
    def twice = ids.find { id -> ids.count(id) > 1 }
    if (twice) {
        error("--samplesheet ${params.samplesheet}: sample '${twice}' stands twice")
    }
    return slides
}

// One task a slide, and one that gathers what they counted.
workflow COUNT {
    take:
    meta
    samplesheet

    main:
    CONTEXTURE_COUNT(
        channel.fromList(slidesOf(samplesheet)),
        [[id: 'settings'], *['rules', 'gates', 'words'].collect { name -> optionalFile(name) }],
    )
    // Sorted, so that a run that is resumed finds the task that gathered.
    tallies = CONTEXTURE_COUNT.out.tally
        .toSortedList { a, b -> a[0].id <=> b[0].id }
        .map { counted -> [meta, counted.collect { _slide, tally -> tally }] }

    CONTEXTURE_GATHER(tallies)

    emit:
    densities = CONTEXTURE_GATHER.out.densities.map { _meta, densities -> densities }
    versions  = CONTEXTURE_COUNT.out.versions_contexture.first().mix(CONTEXTURE_GATHER.out.versions_contexture)
}

workflow {
    study = inputFile('study')
    clinical = inputFile('clinical')
    protocol = optionalFile('protocol')
    reference = optionalFile('reference')
    meta = [id: study.baseName]

    if (!params.samplesheet == !params.densities) {
        error("give either --samplesheet, to count slides, or --densities, which are counted already; ${params.densities ? 'both are' : 'neither is'} given")
    }
    if (params.samplesheet) {
        COUNT(meta, inputFile('samplesheet'))
        densities = COUNT.out.densities
        versions = COUNT.out.versions
    }
    else {
        densities = channel.of(inputFile('densities'))
        versions = channel.empty()
    }

    CONTEXTURE_SCORE(
        densities.map { table -> [meta, study, protocol, table, clinical] },
        [[id: 'reference'], reference],
    )

    CONTEXTURE_STRATIFY(
        CONTEXTURE_SCORE.out.scored.map { of, scored -> [of, study, protocol, clinical, scored] }
    )

    CONTEXTURE_REPORT(
        CONTEXTURE_SCORE.out.scored
            .join(CONTEXTURE_STRATIFY.out.stratified)
            .map { of, scored, stratified -> [of, study, protocol, scored, stratified] }
    )

    versions
        .mix(
            CONTEXTURE_SCORE.out.versions_contexture,
            CONTEXTURE_STRATIFY.out.versions_contexture,
            CONTEXTURE_REPORT.out.versions_contexture,
        )
        .map { process, tool, version -> "${process}:\n  ${tool}: ${version}\n" }
        .collectFile(name: 'versions.yml', storeDir: "${params.outdir}/pipeline_info", sort: true)
}
