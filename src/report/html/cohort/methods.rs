//! How it was done, with what, and what it does not say.

use crate::protocol::{Pooling, ReferenceBuild};
use crate::report::html::document::{Block, Section, Table};
use crate::report::html::{
    NOT_THE_COMMERCIAL_TEST, RESEARCH_USE_ONLY, VERSION, reference_mode, reference_table, tie_rule,
};
use crate::report::{CohortReport, format};
use crate::survival::kaplan_meier::ConfidenceScale;

/// Protocol, reference, statistics, software, inputs.
pub(super) fn methods(cohort: &CohortReport<'_>) -> Section {
    let mut blocks = vec![Block::Heading("Score".to_owned()), Block::Facts(protocol(cohort))];
    blocks.push(Block::Heading("Reference".to_owned()));
    blocks.push(Block::Facts(reference(cohort)));
    blocks.push(Block::Table(reference_table(cohort.reference)));
    if let Some(statistics) = cohort.statistics {
        blocks.push(Block::Heading("Survival".to_owned()));
        blocks.push(Block::List(survival(statistics.confidence_scale)));
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
    let components: Vec<String> = protocol.components().iter().map(ToString::to_string).collect();
    let regions = protocol.regions.iter().filter(|it| it.description() != it.as_str());
    let regions: Vec<String> = regions.map(|it| format!("{it}: {}", it.description())).collect();
    let limits = &protocol.quality;
    let mut facts = vec![
        ("Protocol".to_owned(), format!("{} – {}", protocol.name, protocol.title)),
        ("Published in".to_owned(), protocol.citation.clone()),
        ("Components".to_owned(), components.join(", ")),
    ];
    if !regions.is_empty() {
        facts.push(("Regions".to_owned(), regions.join("; ")));
    }
    facts.extend([
        ("Several samples".to_owned(), pooling(protocol.pooling).to_owned()),
        (
            "Missing component".to_owned(),
            if protocol.allow_partial {
                "the patient gets a partial score, under a label of its own and left out of the statistics"
            } else {
                "the patient gets no score"
            }
            .to_owned(),
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
                "95 %, from {} draws of the counts and of the reference for each patient whose components each have one count \
                 and one area",
                protocol.uncertainty.replicates
            ),
        ),
    ]);
    facts
}

const fn pooling(pooling: Pooling) -> &'static str {
    match pooling {
        Pooling::Pooled => "sum of cells over sum of areas",
        Pooling::Mean => "mean of the densities",
        Pooling::Max => "highest density",
        Pooling::Min => "lowest density",
        Pooling::MostInfiltratedBlock => "the sample with all components and the highest mean density",
    }
}

fn reference(cohort: &CohortReport<'_>) -> Vec<(String, String)> {
    let reference = cohort.reference;
    let built_from = match reference.built_from {
        ReferenceBuild::CompletePatients => "patients who have every component",
        ReferenceBuild::AllValues => "every usable value of a component",
    };
    vec![
        ("Name".to_owned(), reference.name.clone()),
        ("Made of".to_owned(), reference.description.clone()),
        ("Kind".to_owned(), reference_mode(reference.mode).to_owned()),
        ("Patients".to_owned(), format::count(reference.n_patients)),
        ("Values".to_owned(), built_from.to_owned()),
        ("Ties".to_owned(), tie_rule(reference.tie_rule).to_owned()),
    ]
}

fn survival(scale: ConfidenceScale) -> Vec<String> {
    let scale = match scale {
        ConfidenceScale::LogLog => "log(−log)",
        ConfidenceScale::Log => "log",
        ConfidenceScale::Plain => "plain",
        ConfidenceScale::Logit => "logit",
        ConfidenceScale::Arcsin => "arcsine",
    };
    vec![
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
    ]
}

/// What the page does not say.
pub(super) fn limits() -> Section {
    let points = vec![
        RESEARCH_USE_ONLY.to_owned(),
        NOT_THE_COMMERCIAL_TEST.to_owned(),
        "Percentiles and classes hold for the reference named above; scores by another reference are other numbers.".to_owned(),
        "Cuts taken from the literature need not be the best ones for this tumour, stain or cohort.".to_owned(),
        "An association with survival is not an effect of treatment: a claim that the score predicts benefit needs a test of \
         interaction."
            .to_owned(),
        "Intervals of scores take in counting and the size of the reference, not staining, annotation, or the choice of the block."
            .to_owned(),
    ];
    Section::new("limits", "Limits", vec![Block::List(points)])
}
