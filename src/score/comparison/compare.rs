//! The comparison of raters.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{self, pairs};
use super::readings::measured_alike;
use super::{
    AGREEMENT_SCHEMA_VERSION, AcceptableLimits, AgreementReport, AllAgreement, MeasureAgreement, Measured, NotCompared,
    NotComparedKind, PairAgreement, RaterSummary, Readings, SCORE, Verdict, classes, not_compared, scale_of,
};
use crate::agreement::measurements::{PairStatistics, Scale, of_pair, of_raters};
use crate::error::{Error, Result};
use crate::model::{Component, InputFile};
use crate::protocol::Measure;
use crate::score::n_patients;

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
    /// One value of the first rater for each, in the unit of the measure.
    pub first: Vec<f64>,
    /// One value of the second rater for each, in the unit of the measure.
    pub second: Vec<f64>,
}

/// Compares raters, in their order.
///
/// # Errors
///
/// * [`Error::Unanswerable`] if there are fewer than two, or two of one name; if no two have a patient in common, or a marker
///   and region of a patient; if they scored by different protocols; or a class is none of its scheme.
/// * [`Error::OutOfRange`] if a limit that was stated is none.
///
/// # Examples
///
/// ```
/// use contexture::model::{Component, Marker, Region};
/// use contexture::protocol::Measure;
/// use contexture::score::comparison::{AcceptableLimits, ComparisonSettings, Measured, Readings, Verdict, compare};
///
/// let densities = |label: &str, values: [f64; 4]| {
///     let of_patients = ["p1", "p2", "p3", "p4"].map(str::to_owned).into_iter().zip(values);
///     let measured = Measured { measure: Measure::Density, values: of_patients.collect(), unusable: [].into() };
///     let component = Component::new(Marker::from("CD3"), Region::from("CT"));
///     Readings {
///         label: label.to_owned(),
///         patients: measured.values.keys().cloned().collect(),
///         components: [(component, measured)].into(),
///         scored: None,
///     }
/// };
/// let readers = [densities("Anna", [100.0, 220.0, 900.0, 310.0]), densities("Ben", [200.0, 430.0, 1850.0, 600.0])];
/// let acceptable = AcceptableLimits { ratio: Some(1.25), points: None };
/// let found = compare(&readers, ComparisonSettings { acceptable, ..ComparisonSettings::default() })?;
/// assert_eq!(found.report.verdict(), Some(Verdict::Beyond));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn compare(raters: &[Readings], settings: ComparisonSettings) -> Result<Comparison> {
    let ComparisonSettings { acceptable, inputs, without_rater } = settings;
    check::check(raters, acceptable)?;
    let (mut measures, mut values, mut grades) = (Vec::new(), Vec::new(), Vec::new());
    let components: BTreeSet<&Component> = raters.iter().flat_map(|it| it.components.keys()).collect();
    for component in components {
        let Some((measure, measured)) = measured_alike(raters, component).filter(|it| it.1.len() > 1) else { continue };
        let table = Table {
            name: component.to_string(),
            component: Some(component.clone()),
            measure: Some(measure),
            unit: measure.unit().to_owned(),
            scale: scale_of(measure),
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
    let [lowest, highest] = acceptable.range(scale)?;
    let Some([_, lower, upper]) = statistics.limits() else { return Some(Verdict::NotShown) };
    let is_inside = |it: f64| (lowest..=highest).contains(&it);
    if !is_inside(lower.estimate) || !is_inside(upper.estimate) {
        return Some(Verdict::Beyond);
    }
    // METHOD: that raters agree is shown by intervals inside the stated limits, not by limits of agreement that happen to be;
    // an interval of differences that do not vary has no width, however few the patients, and shows nothing of others; and a 0
    // beside a positive density, which no limit holds, is beyond any ratio.
    let n_one_sided = statistics.zeros.map_or(0, |it| it.n_first_zero + it.n_second_zero);
    let has_width = statistics.differences_vary();
    let is_shown = is_inside(lower.lower) && is_inside(upper.upper) && has_width && n_one_sided == 0;
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
        let name =
            |(component, it): (&Component, &Measured)| format!("{component} ({})", it.measure.word().replace('_', " "));
        let names: Vec<String> = it.components.iter().map(name).collect();
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
            warnings.push(format!(
                "'{}' and '{}' have {} in common; limits of agreement need {FEWEST_IN_COMMON} or more.",
                first.label,
                second.label,
                n_patients(n)
            ));
        }
    }
    let similar: Vec<(&str, &str)> =
        not_compared.iter().filter_map(|it| it.patient_id.as_deref().zip(it.resembles.as_deref())).collect();
    if let Some((one, other)) = similar.first() {
        warnings.push(format!(
            "{} not compared resemble an id of another rater, such as '{one}' and '{other}', which differ by case, leading zeros \
             or separators alone: are they one patient, written in two ways?",
            n_patients(similar.len())
        ));
    }
    warnings
}
