//! The tidy tables of competing risks: one row a time, a test, a coefficient.

use polars::prelude::DataFrame;

use super::{count_column, numbers, of_columns, text};
use crate::stratify::patients::CompetingRisks;
use crate::survival::competing_risks::aalen_johansen::{CauseStep, CumulativeIncidence, Step};

/// A curve and where it belongs: the column and the class; absent for all rows.
type Curve<'a> = (Option<&'a str>, &'a str, &'a CumulativeIncidence);

/// All tables, with their names.
pub(super) fn tidy(risks: &CompetingRisks) -> Vec<(&'static str, DataFrame)> {
    vec![
        ("cumulative_incidence", cumulative_incidence(risks)),
        ("gray_tests", gray_tests(risks)),
        ("fine_gray_coefficients", fine_gray_coefficients(risks)),
    ]
}

/// One row a class, distinct time and event.
fn cumulative_incidence(risks: &CompetingRisks) -> DataFrame {
    let of_groups = risks.groups.iter().flat_map(|group| {
        group.classes.iter().zip(&group.incidence).map(|(class, it)| (Some(group.column.as_str()), class.as_str(), it))
    });
    let curves: Vec<Curve<'_>> = [(None, "all", &risks.overall)].into_iter().chain(of_groups).collect();
    let rows: Vec<(Curve<'_>, &Step, &str, &CauseStep)> = curves
        .iter()
        .flat_map(|curve| curve.2.steps.iter().map(move |step| (*curve, step)))
        .flat_map(|(curve, step)| {
            risks.causes.iter().zip(&step.causes).map(move |(cause, it)| (curve, step, cause.as_str(), it))
        })
        .collect();
    of_columns(vec![
        text("by", rows.iter().map(|it| it.0.0)),
        text("class", rows.iter().map(|it| Some(it.0.1))),
        text("event", rows.iter().map(|it| Some(it.2))),
        numbers("time", rows.iter().map(|it| Some(it.1.time))),
        count_column("n_risk", rows.iter().map(|it| Some(it.1.n_risk as u64))),
        count_column("n_event", rows.iter().map(|it| Some(it.3.n_event as u64))),
        numbers("cumulative_incidence", rows.iter().map(|it| Some(it.3.incidence.estimate))),
        numbers("std_err", rows.iter().map(|it| it.3.incidence.std_err)),
        numbers("lower", rows.iter().map(|it| it.3.incidence.lower)),
        numbers("upper", rows.iter().map(|it| it.3.incidence.upper)),
    ])
}

/// One row a column and event.
fn gray_tests(risks: &CompetingRisks) -> DataFrame {
    let rows: Vec<_> = risks.groups.iter().flat_map(|group| group.gray.iter().map(move |it| (group, it))).collect();
    of_columns(vec![
        text("by", rows.iter().map(|it| Some(it.0.column.as_str()))),
        text("event", rows.iter().map(|it| Some(it.1.cause.as_str()))),
        numbers("chi_square", rows.iter().map(|it| it.1.test.map(|it| it.chi_square))),
        count_column("degrees_of_freedom", rows.iter().map(|it| it.1.test.map(|it| it.degrees_of_freedom as u64))),
        numbers("p_value", rows.iter().map(|it| it.1.test.map(|it| it.p_value))),
    ])
}

/// One row a coefficient of a Fine-Gray model.
fn fine_gray_coefficients(risks: &CompetingRisks) -> DataFrame {
    let models = risks.models.iter().filter_map(|it| Some((it.name.as_str(), it.fine_gray.as_ref()?)));
    let rows: Vec<_> = models.flat_map(|(name, it)| it.coefficients.iter().map(move |row| (name, row))).collect();
    of_columns(vec![
        text("model", rows.iter().map(|it| Some(it.0))),
        text("term", rows.iter().map(|it| Some(it.1.term.as_str()))),
        text("coefficient", rows.iter().map(|it| Some(it.1.name.as_str()))),
        numbers("log_subdistribution_hazard_ratio", rows.iter().map(|it| it.1.log_hazard_ratio)),
        numbers("std_err", rows.iter().map(|it| it.1.std_err)),
        numbers("subdistribution_hazard_ratio", rows.iter().map(|it| it.1.hazard_ratio)),
        numbers("lower", rows.iter().map(|it| it.1.lower)),
        numbers("upper", rows.iter().map(|it| it.1.upper)),
        numbers("z", rows.iter().map(|it| it.1.z)),
        numbers("p_value", rows.iter().map(|it| it.1.p_value)),
    ])
}
