//! What is not compared, and why: nothing is left out without a word.

use std::collections::{BTreeMap, BTreeSet};

use super::readings::measured_alike;
use super::similar_ids::SimilarIds;
use super::{NotCompared, NotComparedKind, Readings, SCORE};
use crate::model::Component;

/// Patients, components and values that not all raters have; sorted.
pub(super) fn list(raters: &[Readings]) -> Vec<NotCompared> {
    let mut rows = patients(raters);
    let components: BTreeSet<&Component> = raters.iter().flat_map(|it| it.components.keys()).collect();
    for component in components {
        rows.extend(of_component(raters, component));
    }
    if raters.iter().all(|it| it.scored.is_some()) {
        let why = |rater: &Readings, id: &str| rater.why_no_score(id).to_owned();
        let has = |rater: &Readings, id: &str| rater.scored.as_ref().is_some_and(|it| it.scores.contains_key(id));
        rows.extend(values(&raters.iter().collect::<Vec<_>>(), SCORE, has, why));
    }
    rows.sort();
    rows
}

fn labels<'a>(raters: impl IntoIterator<Item = &'a &'a Readings>) -> Vec<String> {
    raters.into_iter().map(|it| it.label.clone()).collect()
}

/// Patients whom not all raters have.
fn patients(raters: &[Readings]) -> Vec<NotCompared> {
    let similar: BTreeMap<&str, SimilarIds<'_>> =
        raters.iter().map(|it| (it.label.as_str(), SimilarIds::of(&it.patients))).collect();
    let all: BTreeSet<&String> = raters.iter().flat_map(|it| &it.patients).collect();
    let row = |patient_id: &&String| {
        let (present, absent): (Vec<&Readings>, Vec<&Readings>) =
            raters.iter().partition(|it| it.patients.contains(*patient_id));
        let resembles = absent.iter().find_map(|it| similar[it.label.as_str()].of_id(patient_id));
        (!absent.is_empty()).then(|| NotCompared {
            what: NotComparedKind::Patient,
            measure: None,
            patient_id: Some((*patient_id).clone()),
            present_in: labels(&present),
            absent_in: labels(&absent),
            reason: "not among the patients".to_owned(),
            resembles: resembles.map(str::to_owned),
        })
    };
    all.iter().filter_map(row).collect()
}

/// A component that not all raters measured, or measured in another unit than those who are compared; and its missing values.
fn of_component(raters: &[Readings], component: &Component) -> Vec<NotCompared> {
    let Some((measure, alike)) = measured_alike(raters, component) else { return Vec::new() };
    let absent: Vec<&Readings> = raters.iter().filter(|it| !it.components.contains_key(component)).collect();
    let name = component.to_string();
    let row = |absent: &[&Readings], reason: String| NotCompared {
        what: NotComparedKind::Component,
        measure: Some(name.clone()),
        patient_id: None,
        present_in: labels(&alike),
        absent_in: labels(absent),
        reason,
        resembles: None,
    };
    let mut rows = Vec::new();
    if !absent.is_empty() {
        rows.push(row(&absent, "not measured".to_owned()));
    }
    for rater in raters {
        let Some(found) = rater.components.get(component).map(|it| it.measure).filter(|it| *it != measure) else {
            continue;
        };
        let reason = format!("measured as {} in place of {}", found.unit(), measure.unit());
        rows.push(row(&[rater], reason));
    }
    if alike.len() > 1 {
        let has = |rater: &Readings, id: &str| rater.values(component).is_some_and(|it| it.contains_key(id));
        let why = |rater: &Readings, id: &str| rater.why_no_value(component, id).to_owned();
        rows.extend(values(&alike, &name, has, why));
    }
    rows
}

/// Values that a rater lacks of a patient whom two raters have.
fn values(
    raters: &[&Readings],
    measure: &str,
    has: impl Fn(&Readings, &str) -> bool,
    why: impl Fn(&Readings, &str) -> String,
) -> Vec<NotCompared> {
    let mut rows = Vec::new();
    let all: BTreeSet<&String> = raters.iter().flat_map(|it| &it.patients).collect();
    for patient_id in all {
        let having: Vec<&Readings> = raters.iter().copied().filter(|it| it.patients.contains(patient_id)).collect();
        let (present, absent): (Vec<&Readings>, Vec<&Readings>) = having.iter().partition(|it| has(it, patient_id));
        if having.len() < 2 || absent.is_empty() {
            continue;
        }
        let reasons: Vec<String> = absent.iter().map(|it| why(it, patient_id)).collect();
        rows.push(NotCompared {
            what: NotComparedKind::Value,
            measure: Some(measure.to_owned()),
            patient_id: Some(patient_id.clone()),
            present_in: labels(&present),
            absent_in: labels(&absent),
            reason: in_one(&absent, &reasons),
            resembles: None,
        });
    }
    rows
}

/// The reason of all raters; where reasons differ, each with the name of its rater.
fn in_one(raters: &[&Readings], reasons: &[String]) -> String {
    if let [first, others @ ..] = reasons
        && others.iter().all(|it| it == first)
    {
        return first.clone();
    }
    let named = raters.iter().zip(reasons).map(|(rater, reason)| format!("{}: {reason}", rater.label));
    named.collect::<Vec<_>>().join("; ")
}
