//! What has to hold before raters can be compared, and what has to be known.

use super::similar_ids::SimilarIds;
use super::{AcceptableLimits, Readings};
use crate::error::{Error, Result};
use crate::protocol::{Protocol, ReferenceMode};
use crate::score::reference::ReferenceSummary;

/// Ids that a message lists.
const LISTED_IDS: usize = 3;

/// Complains if raters cannot be compared at all.
pub(super) fn check(raters: &[Readings], acceptable: AcceptableLimits) -> Result<()> {
    let refuse = |problem: String| Err(Error::Unanswerable { problem });
    if raters.len() < 2 {
        return refuse(format!("a comparison needs two raters or more, found {}", raters.len()));
    }
    for (at, rater) in raters.iter().enumerate() {
        if raters[..at].iter().any(|it| it.label == rater.label) {
            return refuse(format!(
                "two of those compared are called '{}'; give each a name of its own (--label)",
                rater.label
            ));
        }
    }
    let of_range = |quantity, expected, value: Option<f64>, least: f64| match value {
        Some(value) if !(value.is_finite() && value > least) => Err(Error::OutOfRange { quantity, expected, value }),
        _ => Ok(()),
    };
    of_range("acceptable ratio", "more than 1", acceptable.ratio, 1.0)?;
    of_range("acceptable difference in points", "more than 0", acceptable.points, 0.0)?;
    check_scored(raters)?;
    let pairs = pairs(raters);
    if pairs.iter().all(|(a, b)| a.patients.is_disjoint(&b.patients)) {
        return refuse(nobody_in_common(pairs[0].0, pairs[0].1));
    }
    Ok(())
}

/// All pairs, in their order.
pub(super) fn pairs<T>(all: &[T]) -> Vec<(&T, &T)> {
    let others = |at: usize| all[at + 1..].iter().map(move |it| (&all[at], it));
    (0..all.len()).flat_map(others).collect()
}

fn nobody_in_common(first: &Readings, second: &Readings) -> String {
    let some = |it: &Readings| {
        let ids: Vec<String> = it.patients.iter().take(LISTED_IDS).map(|id| format!("'{id}'")).collect();
        format!("'{}' has {} such as {}", it.label, it.patients.len(), ids.join(", "))
    };
    let similar = SimilarIds::of(&second.patients);
    let hint = first.patients.iter().find_map(|id| Some((id, similar.of_id(id)?)));
    let hint = hint.map_or_else(
        || "; is the column of patients the right one?".to_owned(),
        |(one, other)| {
            format!("; '{one}' and '{other}' differ by case, leading zeros or separators alone: write them alike")
        },
    );
    format!("no patient in common: {}, {}{hint}", some(first), some(second))
}

/// Scores of two protocols are two scores.
fn check_scored(raters: &[Readings]) -> Result<()> {
    let refuse = |problem: String| Err(Error::Unanswerable { problem });
    let scored: Vec<(&str, &Protocol)> =
        raters.iter().filter_map(|it| Some((it.label.as_str(), &it.scored.as_ref()?.protocol))).collect();
    let Some(((first, protocol), others)) = scored.split_first() else { return Ok(()) };
    if let Some(unscored) = raters.iter().find(|it| it.scored.is_none()) {
        return refuse(format!(
            "'{first}' is a scored cohort and '{}' is not; give the table 'densities' of the first, and densities alone are compared",
            unscored.label
        ));
    }
    for (label, other) in others {
        if let Some(difference) = difference(protocol, other) {
            return refuse(format!(
                "'{first}' and '{label}' are scored by different protocols: {difference}; score both by one protocol, or give \
                 their tables 'densities' to compare densities alone"
            ));
        }
    }
    Ok(())
}

/// Why scores by one protocol are no scores by the other; absent if they are.
fn difference(one: &Protocol, other: &Protocol) -> Option<String> {
    if one.name != other.name {
        return Some(format!("'{}' and '{}'", one.name, other.name));
    }
    let scored_alike = [
        ("components", one.specs() == other.specs()),
        ("schemes of classes", one.schemes == other.schemes),
        ("aggregators", one.aggregator == other.aggregator),
        ("rules", (&one.rules, one.high_when(), one.cap) == (&other.rules, other.high_when(), other.cap)),
    ];
    let differs = scored_alike.into_iter().find(|it| !it.1)?.0;
    Some(format!("both are called '{}', and their {differs} differ", one.name))
}

/// What is to be known before the numbers are believed, of how they were scored.
pub(super) fn warnings(raters: &[Readings]) -> Vec<String> {
    let scored: Vec<_> = raters.iter().filter_map(|it| Some((&it.label, it.scored.as_ref()?))).collect();
    let Some(((first, of_first), others)) = scored.split_first() else { return Vec::new() };
    let mut warnings = Vec::new();
    for (label, it) in others {
        let (one, other) = (&of_first.protocol, &it.protocol);
        if one.pooling != other.pooling {
            warnings.push(format!(
                "'{first}' and '{label}' pool samples in different ways ({} and {}): differences are those of measuring and of \
                 pooling together.",
                one.pooling.code(),
                other.pooling.code()
            ));
        }
        if (one.quality, one.min_denominator) != (other.quality, other.min_denominator) {
            warnings.push(format!(
                "'{first}' and '{label}' have different limits of quality: a measurement may be used of one and not of the other."
            ));
        }
        if let (Some(one), Some(other)) = (&of_first.reference, &it.reference)
            && !is_same(one, other)
        {
            warnings.push(format!(
                "Scores of '{first}' and '{label}' refer to different references ({} and {}): differences of scores are those \
                 of measuring and of the reference together. Those of densities are of measuring alone.",
                in_words(one, first, other),
                in_words(other, label, one)
            ));
        }
    }
    let own = |it: &ReferenceSummary| matches!(it.mode, ReferenceMode::OwnCohort | ReferenceMode::LeaveOneCentreOut);
    if scored.iter().any(|it| it.1.reference.as_ref().is_some_and(own)) {
        warnings.push(
            "A score by percentiles in the rater's own cohort hides what the rater counts too high or too low in all patients: \
             look at the densities, or score by one frozen reference."
                .to_owned(),
        );
    }
    warnings
}

/// What a reference is called beside another one, which may be of the same name.
fn in_words(it: &ReferenceSummary, label: &str, beside: &ReferenceSummary) -> String {
    match it.mode {
        ReferenceMode::OwnCohort => format!("the cohort of '{label}'"),
        _ if it.name == beside.name => format!("'{}' of '{label}'", it.name),
        _ => format!("'{}'", it.name),
    }
}

/// Whether two references are one: by the checksums of their files, or else by what is known of their values.
fn is_same(one: &ReferenceSummary, other: &ReferenceSummary) -> bool {
    let is_same_content = match (&one.sha256, &other.sha256) {
        (Some(one), Some(other)) => one == other,
        _ => one.n_patients == other.n_patients && one.components == other.components,
    };
    is_same_content && one.tie_rule == other.tie_rule
}
