//! What a protocol's score is, and what its components say, in words for a reader.

use super::format;
use crate::protocol::{
    Aggregator, ComponentSpec, DecidingSample, Grain, HighScore, Measure, Protocol, ReferenceMode, Sign, TimeUnit,
    TrainedCutoff, TrainingSource,
};
use crate::score::contexture::change::ComponentChange;
use crate::score::reference::ReferenceSummary;
use crate::score::{ComponentProfile, PatientScore};
use crate::stratify::InputFile;
use crate::survival::weighted_log_rank::Weight;

/// Whose measurements have the remarks that are counted, where each sample is scored by itself.
pub(crate) const EVERY_SAMPLE_COUNTS: &str = "Remarks are counted in every sample, not only in those that decide: a sample that was \
                                              measured badly may not decide.";

/// What a protocol's score is, in a line. Which sample decides is said by the rule in force, for a study can change it.
pub(crate) fn title(protocol: &Protocol) -> String {
    let deciding = protocol.pooling.deciding_sample();
    let deciding = deciding.map(|it| format!("; of several, {}", which_sample_decides(it)));
    format!("{}{}", protocol.title, deciding.unwrap_or_default())
}

/// Which of several samples of a patient decides.
pub(crate) fn which_sample_decides(rule: DecidingSample) -> String {
    format!("the sample with the {} score decides", rule.word())
}

/// What a test of classes is called.
pub(crate) fn test_name(weight: Weight) -> String {
    match weight {
        Weight::LogRank => "log-rank".to_owned(),
        Weight::GRho { rho } => format!("G-rho ({rho})"),
        Weight::FlemingHarrington { p, q } => format!("Fleming-Harrington ({p}, {q})"),
        Weight::Gehan => "Gehan-Wilcoxon".to_owned(),
        Weight::TaroneWare => "Tarone-Ware".to_owned(),
        Weight::PetoPeto => "Peto-Peto".to_owned(),
        Weight::ModifiedPetoPeto => "modified Peto-Peto".to_owned(),
    }
}

/// A difference of two times with its interval, such as `124 days (58 to 189), p = 0.0002`.
pub(crate) fn difference_of_times(unit: TimeUnit, [estimate, lower, upper]: [f64; 3], p_value: f64) -> String {
    format!(
        "{} {} ({} to {}), {}",
        format::time(estimate, unit),
        unit.name(),
        format::time(lower, unit),
        format::time(upper, unit),
        format::p_statement(p_value)
    )
}

/// A measured value with its unit, such as `812 cells/mm²`.
pub(crate) fn value(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Density => format!("{} cells/mm²", format::density(value)),
        Measure::Count => format!("{} counted", format::limit(value)),
        Measure::PercentOfCells | Measure::Percent | Measure::Proximity => format!("{} %", format::points(value)),
        Measure::Per100Cells => format!("{} per 100 cells", format::points(value)),
        Measure::Grade => format!("grade {}", format::limit(value)),
    }
}

/// The change of one patient from one time to the other, in points of the measure, such as `+12.5 percentage points`.
pub(crate) fn difference(measure: Measure, difference: f64) -> String {
    format!("{} {}", format::difference(difference, 1), format::unit_of_difference(measure.unit()))
}

/// The change of a cohort with its interval: a ratio, or a difference with its unit; absent with too few pairs.
pub(crate) fn change(it: &ComponentChange) -> Option<String> {
    let ratio = it.change.ratio;
    let ratio = ratio.map(|it| format::ratio_with_interval(it.estimate, Some(it.lower), Some(it.upper)));
    ratio.or_else(|| {
        let difference = format::difference_with_interval(it.change.difference?);
        Some(format!("{difference} {}", format::unit_of_difference(it.measure.unit())))
    })
}

/// The pairs that a change is of, and those left out for a 0, such as `4 (+66 with 0)`.
pub(crate) fn pairs(it: &ComponentChange) -> String {
    let n = it.n_estimated();
    format!("{}{}", format::count(n), format::left_out_for_zero(it.n_pairs - n))
}

/// What a component adds to the score; absent if it cannot be used, or is the score itself.
pub(crate) fn adds(profile: &ComponentProfile, spec: &ComponentSpec, protocol: &Protocol) -> Option<String> {
    let contribution = profile.contribution?;
    let cutoff = || match (spec.cutoff_percentile, spec.cutoff) {
        (Some(percentile), _) => format!(" (cut-off: percentile {})", format::limit(percentile)),
        (None, Some(cutoff)) => format!(" (cut-off {})", value(spec.measure, cutoff)),
        (None, None) => String::new(),
    };
    let counts = contribution > 0.5;
    match protocol.aggregator {
        Aggregator::MeanPercentile if spec.sign == Sign::Adverse => {
            Some(format!("reversed, counts {}", format::points(contribution)))
        }
        Aggregator::MeanPercentile => Some(format!("counts {}", format::points(contribution))),
        Aggregator::SumOfDichotomised => {
            let is_high = counts != (spec.sign == Sign::Adverse);
            let state = if is_high { "high" } else { "not high" };
            Some(format!("{state}{}, counts {}", cutoff(), u8::from(counts)))
        }
        Aggregator::Rule
            if !protocol.rules.iter().any(|it| it.components().any(|name| *name == spec.component().to_string())) =>
        {
            None
        }
        Aggregator::Rule => Some(format!("{}{}", if counts { "high" } else { "not high" }, cutoff())),
        Aggregator::WeightedSum if spec.weight.is_none() && protocol.specs().len() == 1 => None,
        Aggregator::WeightedSum => Some(format!("adds {}", format::points(contribution))),
        Aggregator::Log2Ratio => None,
    }
}

/// How far a component lies from its cut-off, such as `−20.0 cells/mm² (−8 %)`; absent if it has none.
pub(crate) fn distance_to_cutoff(profile: &ComponentProfile, spec: &ComponentSpec) -> Option<String> {
    let distance = profile.distance_to_cutoff?;
    if spec.cutoff_percentile.is_some() {
        return Some(format!("{} percentile points", format::difference(distance, 1)));
    }
    let relative = spec.cutoff.filter(|it| *it > 0.0);
    let relative = relative.map(|it| format!(" ({}\u{a0}%)", format::difference(100.0 * distance / it, 0)));
    Some(difference(spec.measure, distance) + &relative.unwrap_or_default())
}

/// When a component is near its cut-off, such as `within 12 % of its cut-off`; absent if none has one.
pub(crate) fn near_its_cutoff(protocol: &Protocol) -> Option<String> {
    let specs = protocol.specs();
    let limits = &protocol.uncertainty;
    let points = specs.iter().any(|it| it.cutoff_percentile.is_some());
    let points = points.then(|| format!("{} percentile points", format::limit(limits.near_cut_points)));
    let percent = specs.iter().any(|it| it.cutoff.is_some());
    let percent = percent.then(|| format!("{}\u{a0}%", format::limit(limits.near_cutoff_percent)));
    let limits: Vec<String> = [points, percent].into_iter().flatten().collect();
    (!limits.is_empty()).then(|| format!("within {} of its cut-off", limits.join(" or ")))
}

/// What is to be known of the reference before the scores are believed.
pub(crate) fn reference_warnings(protocol: &Protocol, reference: Option<&ReferenceSummary>) -> Vec<String> {
    let Some(reference) = reference else { return Vec::new() };
    match (protocol.aggregator, reference.mode) {
        (Aggregator::Log2Ratio, ReferenceMode::OwnCohort) => vec![
            "Exploratory: what is added to both sides of the ratio comes from this cohort, so a patient’s score changes when \
             other patients are added."
                .to_owned(),
        ],
        (Aggregator::Log2Ratio, _) => Vec::new(),
        _ => reference.warnings.clone(),
    }
}

/// What is to be known of cut-offs that were learned.
pub(crate) enum LearnedCutoffs {
    /// Survival looks better than it is.
    Warning(String),
    /// They are tested in other patients than those they were learned from.
    Remark(String),
}

impl LearnedCutoffs {
    /// The sentence.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Warning(text) | Self::Remark(text) => text,
        }
    }
}

/// Whom the cut-offs were learned from, and whether they are tested in others: one of each source. `inputs` are the files
/// that were scored.
pub(crate) fn learned_cutoffs(
    protocol: &Protocol,
    scores: &[PatientScore],
    inputs: &[InputFile],
) -> Vec<LearnedCutoffs> {
    let mut sources: Vec<(&TrainedCutoff, Vec<String>)> = Vec::new();
    for (spec, trained) in protocol.listed.iter().filter_map(|it| Some((it, it.trained.as_ref()?))) {
        let name = spec.component().to_string();
        match sources.iter_mut().find(|it| it.0.source == trained.source) {
            Some((_, names)) => names.push(name),
            None => sources.push((trained, vec![name])),
        }
    }
    let clinical = InputFile::sha256_of("clinical", inputs);
    let n_own_sources = sources.iter().filter(|it| it.0.source.is_of_clinical(clinical)).count();
    let has_test_patients = protocol.has_test_patients(clinical);
    let n_marked = scores.iter().filter(|it| it.in_cutoff_training).count();
    let of_source = |(trained, names): &(&TrainedCutoff, Vec<String>)| {
        let TrainingSource { endpoint, split, densities_sha256, .. } = &trained.source;
        let cutoffs = match names.as_slice() {
            _ if sources.len() == 1 => "cut-offs were".to_owned(),
            [name] => format!("cut-off of {name} was"),
            names => format!("cut-offs of {} were", names.join(", ")),
        };
        let split = split.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let learned = format!("The {cutoffs} learned by {endpoint} in {}{split}", format::patients(trained.n));
        if !trained.source.is_of_clinical(clinical) {
            let has_densities = InputFile::sha256_of("densities", inputs) == Some(densities_sha256.as_str());
            let densities = if has_densities { ", but of the same densities" } else { "" };
            return LearnedCutoffs::Warning(format!(
                "{learned} of another clinical table{densities}: statistics that take in these patients look too good."
            ));
        }
        if n_marked == 0 {
            return LearnedCutoffs::Remark(format!(
                "{learned} of the clinical table that was scored with; none of them has a score here."
            ));
        }
        if trained.source.split.is_none() {
            return LearnedCutoffs::Warning(format!(
                "{learned} of the clinical table that was scored with, which was not split: no patient is left for an honest \
                 test, and the survival statistics look too good."
            ));
        }
        let left_out = match n_own_sources {
            _ if !has_test_patients => String::new(),
            1 => format!(
                " {} of this split with a score are left out of the survival statistics.",
                format::patients(n_marked)
            ),
            _ => " Patients of this split with a score are left out of the survival statistics.".to_owned(),
        };
        LearnedCutoffs::Remark(format!("{learned} of the clinical table that was scored with.{left_out}"))
    };
    sources.iter().map(of_source).collect()
}

/// The unit of a distance between two scores.
pub(crate) fn unit_of_distance(protocol: &Protocol) -> &str {
    match protocol.aggregator {
        Aggregator::MeanPercentile => "points",
        Aggregator::Log2Ratio => "log₂ units",
        // Such a unit may say what each number stands for.
        _ if protocol.scale().grain == Grain::Whole => "points",
        _ => format::unit_of_difference(protocol.unit()),
    }
}

/// What is added to both sides of a ratio, and why.
pub(crate) fn ratio_offset(offset: f64, protocol: &Protocol) -> String {
    let unit = protocol.specs()[0].measure.unit();
    format!(
        "{} {}, half the smallest value above 0 of the reference, so that a zero has a ratio",
        format::measured(offset),
        format::without_parentheses(unit)
    )
}

/// Why a score without an interval has none.
pub(crate) fn why_no_interval(protocol: &Protocol) -> &'static str {
    if protocol.specs().iter().any(|it| it.measure == Measure::Proximity) {
        "shares within a distance have none by counting"
    } else {
        "a component lacks its counts"
    }
}

/// Whether any component counts by its percentile in the reference.
pub(crate) fn has_percentiles(protocol: &Protocol) -> bool {
    protocol.specs().iter().any(|it| protocol.ranks(it))
}

/// How a score comes about, behind "The score is …:".
pub(crate) fn how(protocol: &Protocol) -> String {
    let specs = protocol.specs();
    let is_signed = specs.iter().any(|it| it.sign == Sign::Adverse);
    match protocol.aggregator {
        Aggregator::MeanPercentile if is_signed => {
            "the mean of its components’ percentiles, of which adverse ones count 100 less the percentile".to_owned()
        }
        Aggregator::MeanPercentile => "the mean of its components’ percentiles".to_owned(),
        Aggregator::SumOfDichotomised if is_signed => format!(
            "the number of its {} components that are high where favourable, and not high where adverse",
            specs.len()
        ),
        Aggregator::SumOfDichotomised => format!("the number of its {} components that are high", specs.len()),
        Aggregator::WeightedSum if specs.len() == 1 && specs[0].weight.is_none() => "the measurement itself".to_owned(),
        Aggregator::WeightedSum => match protocol.cap {
            Some(cap) => format!("the weighted sum of its components, {} at most", format::limit(cap)),
            None => "the weighted sum of its components".to_owned(),
        },
        Aggregator::Log2Ratio => {
            format!("the binary logarithm of {} over {}", specs[0].component(), specs[1].component())
        }
        Aggregator::Rule => "by the rules of the protocol".to_owned(),
    }
}

/// Which way the score goes, in the words of its protocol.
pub(crate) fn what_a_high_score_means(protocol: &Protocol) -> String {
    match protocol.high_score {
        HighScore::Favourable => of_what_a_high_score_is(protocol),
        HighScore::Adverse => format!("{} A high score is adverse.", of_what_a_high_score_is(protocol)),
    }
}

fn of_what_a_high_score_is(protocol: &Protocol) -> String {
    let specs = protocol.specs();
    let of_sign = |adverse: bool| -> Vec<&ComponentSpec> {
        specs.iter().filter(|it| (it.sign == Sign::Adverse) == adverse).collect()
    };
    let (favourable, adverse) = (of_sign(false), of_sign(true));
    match protocol.aggregator {
        Aggregator::MeanPercentile | Aggregator::SumOfDichotomised => {
            let mut parts = Vec::new();
            if !favourable.is_empty() {
                parts.push(format!("high {}", amounts(&favourable)));
            }
            if !adverse.is_empty() {
                parts.push(format!("low {}", amounts(&adverse)));
            }
            let other = if adverse.is_empty() { "low ones" } else { "the reverse" };
            format!("A high score means {}, a low score {other}.", parts.join(" and "))
        }
        Aggregator::WeightedSum if specs.iter().all(|it| it.measure == Measure::Proximity) => {
            let amounts = amounts(&specs.iter().collect::<Vec<_>>());
            format!("A high score means high {amounts}, a low score low ones.")
        }
        Aggregator::WeightedSum => {
            let names: Vec<String> = specs.iter().map(|it| it.marker.to_string()).collect();
            format!("A high score means much of {}, a low score little.", names.join(", "))
        }
        Aggregator::Log2Ratio => format!(
            "A score above 0 means more {} than {}, a score below 0 less.",
            specs[0].component(),
            specs[1].component()
        ),
        Aggregator::Rule => format!("What a score means: {}.", protocol.unit()),
    }
}

/// What is measured of some components, such as `densities of CD3 and CD8 (core of the tumour, invasive margin)`, or `shares of
/// tumour cells within 20 µm of CD3 and CD8 (core of the tumour)`.
fn amounts(specs: &[&ComponentSpec]) -> String {
    let (mut markers, mut regions): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for spec in specs {
        let (marker, region) = (spec.marker.as_str(), spec.region.description());
        if !markers.contains(&marker) {
            markers.push(marker);
        }
        if !regions.contains(&region) {
            regions.push(region);
        }
    }
    let is_alike = |it: &&ComponentSpec| {
        (it.measure, &it.of, it.within_um) == (specs[0].measure, &specs[0].of, specs[0].within_um)
    };
    let what = match specs[0].measure {
        _ if !specs.iter().all(is_alike) => "measurements of".to_owned(),
        Measure::Density => "densities of".to_owned(),
        Measure::Proximity => format!("{} of", specs[0].measure_in_words().replacen("share", "shares", 1)),
        _ => "measurements of".to_owned(),
    };
    format!("{what} {} ({})", markers.join(" and "), regions.join(", "))
}
