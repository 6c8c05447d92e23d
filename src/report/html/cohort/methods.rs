//! How it was done, with what, and what it does not say.

use crate::protocol::{ComponentSpec, DispersionRule, Measure, Pooling, Protocol, ReferenceBuild, Sign};
use crate::report::html::document::{Block, Section, Table};
use crate::report::html::{RESEARCH_USE_ONLY, VERSION, disclaimer, reference_mode, reference_table, tie_rule};
use crate::report::{CohortReport, format, wording};
use crate::score::reference::ReferenceSummary;
use crate::stratify::patients::AnalysisStatistics;
use crate::survival::kaplan_meier::ConfidenceScale;

/// Protocol, reference, statistics, software, inputs.
pub(super) fn methods(cohort: &CohortReport<'_>) -> Section {
    let mut blocks = vec![Block::Heading("Score".to_owned()), Block::Facts(protocol(cohort))];
    if let Some(reference) = cohort.reference {
        blocks.push(Block::Heading("Reference".to_owned()));
        blocks.push(Block::Facts(of_reference(reference, cohort)));
        blocks.push(Block::Table(reference_table(reference)));
    }
    if let Some(statistics) = cohort.statistics {
        blocks.push(Block::Heading("Survival".to_owned()));
        blocks.push(Block::List(survival(statistics.confidence_scale, &statistics.analyses)));
    }
    blocks.push(Block::Heading("Software and inputs".to_owned()));
    blocks.push(Block::Facts(vec![
        ("Software".to_owned(), format!("contexture {VERSION}")),
        ("Seed".to_owned(), cohort.seed.to_string()),
    ]));
    let mut table = Table::new("Files read", ["Role", "File", "SHA-256"]);
    for input in cohort.inputs {
        table.push_texts(vec![input.role.clone(), input.name.clone(), input.sha256.clone()]);
    }
    blocks.push(Block::Table(table));
    Section::new("methods", "Methods", blocks)
}

fn protocol(cohort: &CohortReport<'_>) -> Vec<(String, String)> {
    let protocol = cohort.protocol;
    let specs = protocol.specs();
    let components: Vec<String> = specs.iter().map(component).collect();
    let mut regions: Vec<String> = Vec::new();
    for region in specs.iter().map(|it| &it.region).filter(|it| it.description() != it.as_str()) {
        let words = format!("{region}: {}", region.description());
        if !regions.contains(&words) {
            regions.push(words);
        }
    }
    let limits = &protocol.quality;
    let mut facts = vec![
        ("Protocol".to_owned(), format!("{} – {}", protocol.name, wording::title(protocol))),
        ("Published in".to_owned(), protocol.citation.clone()),
        ("Components".to_owned(), components.join(", ")),
        ("Score".to_owned(), format!("{} ({})", wording::how(protocol), protocol.unit())),
    ];
    if !regions.is_empty() {
        facts.push(("Regions".to_owned(), regions.join("; ")));
    }
    facts.extend([
        ("Several samples".to_owned(), pooling(protocol)),
        (
            "Missing component".to_owned(),
            match protocol.min_components.filter(|it| *it < specs.len()) {
                Some(least) => format!(
                    "a patient with {least} or more components gets a partial score, under a label of its own and left out of the \
                     statistics; one with fewer gets no score"
                ),
                None => "the patient gets no score".to_owned(),
            },
        ),
        (
            "Limits of quality".to_owned(),
            format!(
                "area below {} mm² not used, below {} mm² remarked; density above {} cells/mm² not used; CD8 above {} times CD3, \
                 or areas of a region that differ more than {}-fold, remarked",
                format::limit(limits.area_fail_mm2),
                format::limit(limits.area_warn_mm2),
                format::density(limits.density_max_cells_per_mm2),
                format::limit(limits.cd8_over_cd3_max),
                format::limit(limits.area_ratio_max),
            ),
        ),
        (
            "Interval of the score".to_owned(),
            format!(
                "95 %, from {} draws of the counts{} for each patient whose components all have counts{}",
                protocol.uncertainty.replicates,
                if wording::has_percentiles(cohort.protocol) { " and of the reference" } else { "" },
                match protocol.uncertainty.dispersion {
                    DispersionRule::None => "",
                    DispersionRule::FromSamples => "; counts vary as much as between the samples of the patient",
                }
            ),
        ),
    ]);
    facts
}

/// A component, what is measured of it where that is no density, and its cut-off.
fn component(spec: &ComponentSpec) -> String {
    let mut words = spec.component().to_string();
    if spec.measure != Measure::Density {
        words = format!("{words} ({})", spec.measure_in_words());
    }
    if spec.sign == Sign::Adverse {
        words.push_str(", adverse");
    }
    match (spec.cutoff_percentile, spec.cutoff) {
        (Some(percentile), _) => format!("{words}, cut-off at percentile {}", format::limit(percentile)),
        (None, Some(cutoff)) => format!("{words}, cut-off {}", wording::value(spec.measure, cutoff)),
        (None, None) => words,
    }
}

fn pooling(protocol: &Protocol) -> String {
    let densities = protocol.specs().iter().all(|it| it.measure == Measure::Density);
    let words = match (protocol.pooling, densities) {
        (Pooling::Pooled, true) => "sum of cells over sum of areas",
        (Pooling::Pooled, false) => {
            "sums over sums: cells over areas, cells over cells, positive area over area, cells with one near over cells; \
             percents without areas or cells, their mean"
        }
        (Pooling::Mean, true) => "mean of the densities",
        (Pooling::Mean, false) => "mean of the samples",
        (Pooling::Max, true) => "highest density",
        (Pooling::Max, false) => "highest sample",
        (Pooling::Min, true) => "lowest density",
        (Pooling::Min, false) => "lowest sample",
        (Pooling::MostInfiltratedBlock | Pooling::LeastInfiltratedBlock, _) => "each sample is scored by itself",
    };
    let deciding = protocol.pooling.deciding_sample();
    let deciding = deciding.map(|it| format!(", and {}", wording::which_sample_decides(it)));
    format!("{words}{}", deciding.unwrap_or_default())
}

fn of_reference(reference: &ReferenceSummary, cohort: &CohortReport<'_>) -> Vec<(String, String)> {
    let built_from = match reference.built_from {
        ReferenceBuild::CompletePatients => "patients who have every component",
        ReferenceBuild::AllValues => "every usable value of a component",
    };
    let mut facts = vec![
        ("Name".to_owned(), reference.name.clone()),
        ("Made of".to_owned(), reference.description.clone()),
        ("Kind".to_owned(), reference_mode(reference.mode).to_owned()),
        ("Patients".to_owned(), format::patients_with_samples(reference.n_patients, reference.n_samples)),
        ("Values".to_owned(), built_from.to_owned()),
    ];
    if wording::has_percentiles(cohort.protocol) {
        facts.push(("Ties".to_owned(), tie_rule(reference.tie_rule).to_owned()));
    }
    facts.extend(reference.specimen.map(|it| ("Tissue".to_owned(), it.description().to_owned())));
    facts.extend(reference.sha256.iter().map(|it| ("Checksum".to_owned(), it.clone())));
    facts.extend(reference.held_out.iter().map(|it| {
        (format!("For centre {}", it.centre), format!("{} of the other centres", format::patients(it.n_patients)))
    }));
    if let Some(offset) = cohort.ratio_offset {
        facts.push(("Added to both sides of the ratio".to_owned(), wording::ratio_offset(offset, cohort.protocol)));
    }
    facts
}

fn survival(scale: ConfidenceScale, analyses: &[AnalysisStatistics]) -> Vec<String> {
    let scale = match scale {
        ConfidenceScale::LogLog => "log(−log)",
        ConfidenceScale::Log => "log",
        ConfidenceScale::Plain => "plain",
        ConfidenceScale::Logit => "logit",
        ConfidenceScale::Arcsin => "arcsine",
    };
    let mut methods = vec![
        format!(
            "Survival: Kaplan–Meier estimate with Greenwood’s variance; 95 % intervals on the {scale} scale. \
                 Median follow-up: reverse Kaplan–Meier, 95 % interval on the log scale."
        ),
        "Classes: log-rank test; trend across classes by the score test of a Cox model on the rank of the class."
            .to_owned(),
        "Hazard ratios: Cox model, tied times by Efron’s method; 95 % intervals by Wald’s method.".to_owned(),
        "Discrimination: Harrell’s concordance C. Proportional hazards: score test of an interaction with time, by \
         the Kaplan–Meier transform (Grambsch and Therneau, as R’s cox.zph)."
            .to_owned(),
        "p-values are two-sided and not corrected for the number of schemes, endpoints and models.".to_owned(),
    ];
    if analyses.iter().any(|it| it.model_comparisons.iter().any(|it| it.likelihood_ratio.is_some())) {
        methods.push(
            "Models of an analysis are compared on the rows that have the columns of both: likelihood ratio of Cox models, \
             and the difference of Harrell’s C."
                .to_owned(),
        );
    }
    if analyses.iter().any(|it| it.cutpoints.is_some()) {
        methods.push(
            "Cut-points: the largest log-rank statistic of all cuts; p-values by permutation of the whole search, and of all \
             columns together; hazard ratios by cross-validation of the search."
                .to_owned(),
        );
    }
    if analyses.iter().any(|it| it.competing_risks.is_some()) {
        methods.push(
            "Competing risks: cumulative incidence by Aalen and Johansen, Gray’s test, Fine and Gray’s model of the \
             subdistribution hazard."
                .to_owned(),
        );
    }
    methods
}

/// What the page does not say.
pub(super) fn limits(cohort: &CohortReport<'_>) -> Section {
    let holds = if wording::has_percentiles(cohort.protocol) {
        "Percentiles and classes hold for the reference named above; scores by another reference are other numbers."
    } else {
        "Classes hold for the stain, the scanner and the annotation that their cut-offs were made for."
    };
    let points = vec![
        RESEARCH_USE_ONLY.to_owned(),
        disclaimer(wording::has_percentiles(cohort.protocol)).to_owned(),
        holds.to_owned(),
        "Cuts taken from the literature need not be the best ones for this tumour, stain or cohort.".to_owned(),
        "An association with survival is not an effect of treatment: a claim that the score predicts benefit needs a test of \
         interaction."
            .to_owned(),
        "Intervals of scores take in counting and the size of the reference, not staining, annotation, or the choice of the block."
            .to_owned(),
    ];
    Section::new("limits", "Limits", vec![Block::List(points)])
}
