//! Agreement of classes: of a score in each scheme, and of grades.

use std::collections::BTreeMap;

use super::check::pairs;
use super::{ClassChange, ClassPairAgreement, Readings, SchemeAgreement};
use crate::agreement::categories;
use crate::error::{Error, Result};
use crate::model::Component;
use crate::protocol::{Measure, Scheme};

/// Grades above this are no classes, but numbers.
const HIGHEST_CLASS: f64 = 20.0;

/// Into which class a rater put a patient.
struct Rating {
    class: usize,
    score: f64,
    near_cut: Option<bool>,
}

/// The ratings of each rater, by label.
type Ratings = BTreeMap<String, BTreeMap<String, Rating>>;

/// Agreement in every scheme that all raters scored by, and of every grade that two raters read; and who changes class.
pub(super) fn compare(
    raters: &[Readings],
    grades: &[(&Component, Vec<&Readings>)],
) -> Result<(Vec<SchemeAgreement>, Vec<ClassChange>)> {
    let (mut schemes, mut changes) = (Vec::new(), Vec::new());
    let protocol = raters.first().and_then(|it| it.scored.as_ref()).map(|it| &it.protocol);
    for (protocol, scheme) in protocol.iter().flat_map(|it| it.schemes.iter().map(move |scheme| (it, scheme))) {
        let ratings = of_scores(raters, scheme)?;
        let empty = SchemeAgreement {
            scheme: scheme.name.clone(),
            label: scheme.label.clone(),
            classes: scheme.classes.clone(),
            unit: protocol.unit().to_owned(),
            pairs: Vec::new(),
        };
        let raters: Vec<&Readings> = raters.iter().collect();
        schemes.push(of_scheme(&raters, empty, &ratings, &mut changes)?);
    }
    for (component, raters) in grades {
        let Some((classes, ratings)) = of_grades(raters, component) else { continue };
        let name = component.to_string();
        let empty = SchemeAgreement {
            scheme: name.clone(),
            label: format!("grade of {name}"),
            classes,
            unit: Measure::Grade.unit().to_owned(),
            pairs: Vec::new(),
        };
        schemes.push(of_scheme(raters, empty, &ratings, &mut changes)?);
    }
    Ok((schemes, changes))
}

fn of_scores(raters: &[Readings], scheme: &Scheme) -> Result<Ratings> {
    let mut ratings = Ratings::new();
    for rater in raters {
        let own = ratings.entry(rater.label.clone()).or_default();
        for (patient_id, score) in rater.scored.iter().flat_map(|it| &it.scores) {
            let Some(found) = score.class_in(&scheme.name).map(|it| &it.class) else { continue };
            let class = scheme.classes.iter().position(|it| it == found).ok_or_else(|| Error::Unanswerable {
                problem: format!(
                    "'{}' puts patient '{patient_id}' into class '{found}' of '{}', expected one of {}",
                    rater.label,
                    scheme.name,
                    scheme.classes.join(", ")
                ),
            })?;
            own.insert(patient_id.clone(), Rating { class, score: score.score, near_cut: score.near_cut });
        }
    }
    Ok(ratings)
}

/// Grades as classes from 0 to the highest that was given; absent if they are no whole numbers, or there is but one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and from 0 to the highest class")]
fn of_grades(raters: &[&Readings], component: &Component) -> Option<(Vec<String>, Ratings)> {
    let values = || raters.iter().filter_map(|it| it.values(component)).flat_map(BTreeMap::values);
    let highest = values().copied().fold(0.0, f64::max);
    if !(1.0..=HIGHEST_CLASS).contains(&highest) || values().any(|it| it.fract() != 0.0) {
        return None;
    }
    let of_rater = |rater: &&Readings| {
        let rating = |score: f64| Rating { class: score as usize, score, near_cut: None };
        let ratings = rater.values(component).into_iter().flatten().map(|(id, value)| (id.clone(), rating(*value)));
        (rater.label.clone(), ratings.collect())
    };
    Some(((0..=highest as usize).map(|it| it.to_string()).collect(), raters.iter().map(of_rater).collect()))
}

fn of_scheme(
    raters: &[&Readings],
    mut scheme: SchemeAgreement,
    ratings: &Ratings,
    changes: &mut Vec<ClassChange>,
) -> Result<SchemeAgreement> {
    for (first, second) in pairs(raters) {
        let (of_first, of_second) = (&ratings[&first.label], &ratings[&second.label]);
        let both: Vec<(&String, &Rating, &Rating)> =
            of_first.iter().filter_map(|(id, rating)| Some((id, rating, of_second.get(id)?))).collect();
        let classes = |of: fn(&(&String, &Rating, &Rating)) -> usize| both.iter().map(of).collect::<Vec<_>>();
        let (x, y) = (classes(|it| it.1.class), classes(|it| it.2.class));
        scheme.pairs.push(ClassPairAgreement {
            first: first.label.clone(),
            second: second.label.clone(),
            agreement: categories::compare(&x, &y, scheme.classes.len())?,
        });
        changes.extend(both.iter().filter(|it| it.1.class != it.2.class).map(|(patient_id, one, other)| ClassChange {
            scheme: scheme.scheme.clone(),
            patient_id: (*patient_id).clone(),
            first: first.label.clone(),
            second: second.label.clone(),
            first_class: scheme.classes[one.class].clone(),
            second_class: scheme.classes[other.class].clone(),
            n_classes_apart: one.class.abs_diff(other.class),
            first_score: one.score,
            second_score: other.score,
            first_near_cut: one.near_cut,
            second_near_cut: other.near_cut,
        }));
    }
    Ok(scheme)
}
