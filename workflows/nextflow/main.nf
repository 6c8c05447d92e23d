#!/usr/bin/env nextflow
/*
 * From the tables of a cohort to its pages: score, stratify, report.
 * `--outdir` ends up with what `contexture run` writes, and with `pipeline_info/`.
 */

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

workflow {
    study = inputFile('study')
    densities = inputFile('densities')
    clinical = inputFile('clinical')
    protocol = params.protocol ? inputFile('protocol') : []
    reference = params.reference ? inputFile('reference') : []
    meta = [id: study.baseName]

    CONTEXTURE_SCORE(
        channel.of([meta, study, protocol, densities, clinical]),
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

    CONTEXTURE_SCORE.out.versions_contexture
        .mix(CONTEXTURE_STRATIFY.out.versions_contexture, CONTEXTURE_REPORT.out.versions_contexture)
        .map { process, tool, version -> "${process}:\n  ${tool}: ${version}\n" }
        .collectFile(name: 'versions.yml', storeDir: "${params.outdir}/pipeline_info", sort: true)
}
