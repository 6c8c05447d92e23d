//! The comparison of raters.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{self, pairs};
use super::{
    AGREEMENT_SCHEMA_VERSION, AcceptableLimits, AgreementReport, AllAgreement, MeasureAgreement, NotCompared,
    NotComparedKind, PairAgreement, RaterSummary, Readings, SCORE, Verdict, classes, not_compared,
};
use crate::agreement::measurements::{PairStatistics, Scale, of_pair, of_raters};
use crate::error::{Error, Result};
use crate::model::{Component, InputFile};
use crate::protocol::Measure;

/// Fewer patients in common have no limits of agreement.
const FEWEST_IN_COMMON: usize = 3;

/// What a comparison needs to know beside the readings.
#[derive(Clone, Debug, Default)]
pub struct ComparisonSettings {
    /// What was stated as acceptable.
    pub acceptable: AcceptableLimits,
    /// Every file that was read.
    pub inputs: Vec<InputFile>,
    /// Patients with a row that says no rater, sorted.
    pub without_rater: Vec<String>,
}

/// A comparison, and the values behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What was found.
    pub report: AgreementReport,
    /// Of each measure of the report, and in it of each pair, the values.
    pub values: Vec<Vec<PairedValues>>,
}

/// The values of the patients whom both raters of a pair measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairedValues {
    /// The patients, sorted.
    pub patients: Vec<String>,
    /// One value of the first rater for each.
    pub first: Vec<f64>,
    /// One value of the second rater for each.
    pub second: Vec<f64>,
}

/// Compares raters, in their order.
///
/// # Errors
///
/// * [`Error::Unanswerable`] if there are fewer than two, or two of one name; if no two have a patient in common, or a marker
///   and region of a patient; if they scored by different protocols; or a class is none of its scheme.
/// * [`Error::OutOfRange`] if a limit that was stated is none.
pub fn compare(raters: &[Readings], settings: ComparisonSettings) -> Result<Comparison> {
    let ComparisonSettings { acceptable, inputs, without_rater } = settings;
    check::check(raters, acceptable)?;
    let (mut measures, mut values, mut grades) = (Vec::new(), Vec::new(), Vec::new());
    let components: BTreeSet<&Component> = raters.iter().flat_map(|it| it.components.keys()).collect();
    for component in components {
        let (measure, measured) = measured_alike(raters, component);
        if measured.len() < 2 {
            continue;
        }
        let table = Table {
            name: component.to_string(),
            component: Some(component.clone()),
            measure: Some(measure),
            unit: measure.unit().to_owned(),
            scale: scale(measure),
            raters: measured.iter().filter_map(|it| Some((it.label.as_str(), it.values(component)?.clone()))).collect(),
        };
        let (agreement, paired) = table.compare(acceptable)?;
        measures.push(agreement);
        values.push(paired);
        if measure == Measure::Grade {
            grades.push((component, measured));
        }
    }
    if let Some(table) = scores(raters) {
        let (agreement, paired) = table.compare(acceptable)?;
        measures.push(agreement);
        values.push(paired);
    }
    if measures.iter().all(|it| it.pairs.iter().all(|it| it.statistics.n_pairs == 0)) {
        return Err(Error::Unanswerable { problem: nothing_in_common(raters) });
    }
    let (schemes, class_changes) = classes::compare(raters, &grades)?;
    let mut not_compared = not_compared::list(raters);
    not_compared.extend(without_rater.into_iter().map(row_without_rater));
    let is_in_all = |it: &&String| raters.iter().all(|rater| rater.patients.contains(*it));
    let report = AgreementReport {
        schema_version: AGREEMENT_SCHEMA_VERSION,
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: raters[0].scored.as_ref().map(|it| it.protocol.name.clone()),
        inputs,
        raters: raters.iter().map(summary).collect(),
        n_in_all: raters[0].patients.iter().filter(is_in_all).count(),
        acceptable,
        warnings: warnings(raters, &not_compared),
        measures,
        schemes,
        class_changes,
        not_compared,
    };
    Ok(Comparison { report, values })
}

fn summary(rater: &Readings) -> RaterSummary {
    RaterSummary {
        label: rater.label.clone(),
        n_patients: rater.patients.len(),
        n_scored: rater.scored.as_ref().map(|it| it.scores.len()),
    }
}

const fn scale(measure: Measure) -> Scale {
    match measure {
        Measure::Density | Measure::Count | Measure::Per100Cells => Scale::Ratio,
        Measure::PercentOfCells | Measure::Percent | Measure::Grade => Scale::Points,
    }
}

/// How the first rater measured a component, and the raters who measured it so.
fn measured_alike<'a>(raters: &'a [Readings], component: &Component) -> (Measure, Vec<&'a Readings>) {
    let by = |it: &Readings| it.components.get(component).map(|it| it.measure);
    let measure = raters.iter().find_map(by).unwrap_or_default();
    (measure, raters.iter().filter(|it| by(it) == Some(measure)).collect())
}

/// Full scores; absent where densities alone are compared.
fn scores(raters: &[Readings]) -> Option<Table<'_>> {
    let protocol = &raters[0].scored.as_ref()?.protocol;
    let of_rater = |it: &'_ Readings| -> BTreeMap<String, f64> {
        let scores = it.scored.iter().flat_map(|it| &it.scores);
        scores.map(|(id, score)| (id.clone(), score.score)).collect()
    };
    Some(Table {
        name: SCORE.to_owned(),
        component: None,
        measure: None,
        unit: protocol.unit().to_owned(),
        scale: Scale::Points,
        raters: raters.iter().map(|it| (it.label.as_str(), of_rater(it))).collect(),
    })
}

/// One measure by two raters or more.
struct Table<'a> {
    name: String,
    component: Option<Component>,
    measure: Option<Measure>,
    unit: String,
    scale: Scale,
    /// Name of each rater, and the value of each patient.
    raters: Vec<(&'a str, BTreeMap<String, f64>)>,
}

impl Table<'_> {
    fn compare(self, acceptable: AcceptableLimits) -> Result<(MeasureAgreement, Vec<PairedValues>)> {
        let (mut agreements, mut values) = (Vec::new(), Vec::new());
        for (first, second) in pairs(&self.raters) {
            let paired = PairedValues::of(&first.1, &second.1);
            let statistics = of_pair(&paired.first, &paired.second, self.scale)?;
            agreements.push(PairAgreement {
                first: first.0.to_owned(),
                second: second.0.to_owned(),
                verdict: verdict(&statistics, self.scale, acceptable),
                statistics,
            });
            values.push(paired);
        }
        let all = (self.raters.len() > 2).then(|| self.of_all()).transpose()?;
        let Self { name, component, measure, unit, scale, .. } = self;
        Ok((MeasureAgreement { name, component, measure, unit, scale, pairs: agreements, all }, values))
    }

    fn of_all(&self) -> Result<AllAgreement> {
        let row = |id: &String| self.raters.iter().map(|it| it.1.get(id).copied()).collect::<Option<Vec<f64>>>();
        let rows: Vec<Vec<f64>> = self.raters[0].1.keys().filter_map(row).collect();
        let raters = self.raters.iter().map(|it| it.0.to_owned()).collect();
        Ok(AllAgreement { raters, statistics: of_raters(&rows, self.scale)? })
    }
}

impl PairedValues {
    fn of(first: &BTreeMap<String, f64>, second: &BTreeMap<String, f64>) -> Self {
        let mut paired = Self::default();
        for (id, one) in first {
            let Some(other) = second.get(id) else { continue };
            paired.patients.push(id.clone());
            paired.first.push(*one);
            paired.second.push(*other);
        }
        paired
    }
}

/// Whether limits of agreement keep to those that were stated; absent where none were for this scale.
fn verdict(statistics: &PairStatistics, scale: Scale, acceptable: AcceptableLimits) -> Option<Verdict> {
    let (lowest, highest) = match scale {
        Scale::Ratio => acceptable.ratio.map(|it| (1.0 / it, it))?,
        Scale::Points => acceptable.points.map(|it| (-it, it))?,
    };
    let of_ratio = statistics.limits_ratio.map(|it| [it.lower_limit_ratio, it.upper_limit_ratio]);
    let of_points = statistics.limits_points.map(|it| [it.lower_limit, it.upper_limit]);
    let Some([lower, upper]) = of_ratio.or(of_points) else { return Some(Verdict::NotShown) };
    let is_inside = |it: f64| (lowest..=highest).contains(&it);
    if !is_inside(lower.estimate) || !is_inside(upper.estimate) {
        return Some(Verdict::Beyond);
    }
    // METHOD: that raters agree is shown by intervals inside the stated limits, not by limits of agreement that happen to be;
    // and a 0 beside a positive density, which no limit holds, is beyond any ratio.
    let n_one_sided = statistics.zeros.map_or(0, |it| it.n_first_zero + it.n_second_zero);
    let is_shown = is_inside(lower.lower) && is_inside(upper.upper) && n_one_sided == 0;
    Some(if is_shown { Verdict::Within } else { Verdict::NotShown })
}

fn row_without_rater(patient_id: String) -> NotCompared {
    NotCompared {
        what: NotComparedKind::Row,
        measure: None,
        patient_id: Some(patient_id),
        present_in: Vec::new(),
        absent_in: Vec::new(),
        reason: "a row that says no rater".to_owned(),
        resembles: None,
    }
}

fn nothing_in_common(raters: &[Readings]) -> String {
    let of = |it: &Readings| {
        let names: Vec<String> = it.components.keys().map(ToString::to_string).collect();
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        format!("'{}' measured {names}", it.label)
    };
    let of_each: Vec<String> = raters.iter().map(of).collect();
    format!("no marker and region of a patient was measured by two in the same unit: {}", of_each.join("; "))
}

/// What is to be known before the numbers are believed, in sentences.
fn warnings(raters: &[Readings], not_compared: &[NotCompared]) -> Vec<String> {
    let mut warnings = check::warnings(raters);
    for (first, second) in pairs(raters) {
        let n = first.patients.intersection(&second.patients).count();
        if n < FEWEST_IN_COMMON {
            let patients = if n == 1 { "1 patient".to_owned() } else { format!("{n} patients") };
            warnings.push(format!(
                "'{}' and '{}' have {patients} in common; limits of agreement need {FEWEST_IN_COMMON} or more.",
                first.label, second.label
            ));
        }
    }
    let similar: Vec<(&str, &str)> =
        not_compared.iter().filter_map(|it| it.patient_id.as_deref().zip(it.resembles.as_deref())).collect();
    if let Some((one, other)) = similar.first() {
        warnings.push(format!(
            "{} not compared resemble an id of another rater, such as '{one}' and '{other}', which differ by case, leading zeros \
             or separators alone: are they one patient, written in two ways?",
            if similar.len() == 1 { "1 patient".to_owned() } else { format!("{} patients", similar.len()) }
        ));
    }
    warnings
}
