use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::survival::design::Term;

const TIMES: [f64; 10] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
const CAUSES: [usize; 10] = [1, 2, 0, 1, 1, 2, 0, 1, 2, 1];
const AGE: [f64; 10] = [60.0, 45.0, 70.0, 58.0, 66.0, 51.0, 49.0, 62.0, 55.0, 47.0];

fn cohort(times: &[f64], causes: &[usize]) -> CompetingCohort {
    let names = ["relapse", "death"].map(String::from);
    CompetingCohort::from_columns(times, causes, &names).unwrap()
}

fn numeric(columns: &[&[f64]]) -> Design {
    Design::new(columns.iter().zip(["a", "b", "c"]).map(|(it, name)| Term::numeric(name, it.to_vec())).collect())
}

fn fit_first(times: &[f64], causes: &[usize], columns: &[&[f64]]) -> FineGrayModel {
    fit(&cohort(times, causes), 1, &numeric(columns), Settings::default()).unwrap()
}

fn states(model: &FineGrayModel) -> Vec<CoefficientState> {
    model.coefficients.iter().map(|it| it.state).collect()
}

/// The pseudo-likelihood by its definition, patient by patient and event by event.
fn by_definition(times: &[f64], causes: &[usize], x: &[f64], beta: f64) -> f64 {
    let n = times.len();
    let uncensored = |until: f64| -> f64 {
        let mut before: Vec<f64> = (0..n).filter(|&i| causes[i] == 0 && times[i] < until).map(|i| times[i]).collect();
        before.sort_by(f64::total_cmp);
        before.dedup();
        let factor = |&at: &f64| {
            let at_risk = times.iter().filter(|&&it| it >= at).count() as f64;
            let censored = (0..n).filter(|&i| causes[i] == 0 && times[i].total_cmp(&at).is_eq()).count() as f64;
            1.0 - censored / at_risk
        };
        before.iter().map(factor).product()
    };
    let events = (0..n).filter(|&i| causes[i] == 1).map(|i| {
        let at_risk: f64 = (0..n)
            .map(|j| {
                let weight = if times[j] >= times[i] {
                    1.0
                } else if causes[j] == 2 {
                    uncensored(times[i]) / uncensored(times[j])
                } else {
                    0.0
                };
                weight * (beta * x[j]).exp()
            })
            .sum();
        beta * x[i] - at_risk.ln()
    });
    events.sum()
}

#[test]
fn columns_without_information_are_aliased() {
    let twice = AGE.map(|it| 2.0 * it + 1.0);
    let alone = fit_first(&TIMES, &CAUSES, &[&AGE]);
    let model = fit_first(&TIMES, &CAUSES, &[&AGE, &twice, &[3.3; 10]]);
    assert_eq!(states(&model), [CoefficientState::Estimated, CoefficientState::Aliased, CoefficientState::Aliased]);
    assert_eq!(model.coefficients[0], alone.coefficients[0]);
    assert_eq!((&model.wald, &model.likelihood_ratio), (&alone.wald, &alone.likelihood_ratio));
    assert_eq!(model.predict(&[50.0, 1e9, 3.3]).unwrap(), alone.predict(&[50.0]).unwrap());
}

#[test]
fn a_group_that_never_meets_the_cause_is_separated_and_leaves_the_rest_alone() {
    let group = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0];
    let model = fit_first(&TIMES, &CAUSES, &[&group, &AGE]);
    assert_eq!(states(&model), [CoefficientState::Separated, CoefficientState::Estimated]);
    assert_eq!((model.coefficients[0].hazard_ratio, model.wald, model.baseline.len()), (None, None, 0));
    assert_eq!(model.predict(&[0.0, 50.0]).unwrap(), None);
    assert!(model.likelihood_ratio.is_some());
    // Everybody who meets the cause has the larger value.
    let ordered: Vec<f64> = group.iter().map(|it| 5.0 - it).collect();
    assert_eq!(states(&fit_first(&TIMES, &CAUSES, &[&ordered])), [CoefficientState::Separated]);
}

#[test]
fn who_met_another_cause_keeps_a_coefficient_finite() {
    // Among those at risk of every cause the order is perfect; those who met death before break it.
    let x = [5.0, 9.0, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.2, 1.0];
    assert_eq!(states(&fit_first(&TIMES, &CAUSES, &[&x])), [CoefficientState::Estimated]);
    let only_relapse = CAUSES.map(|it| it % 2);
    let x = [5.0, 4.5, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.2, 1.0];
    assert_eq!(states(&fit_first(&TIMES, &only_relapse, &[&x])), [CoefficientState::Separated]);
}

#[test]
fn without_events_patients_or_columns_there_is_a_model_without_tests() {
    for model in [
        fit_first(&TIMES, &[0; 10], &[&AGE]),
        fit_first(&TIMES, &[2; 10], &[&AGE]),
        fit_first(&[], &[], &[&[]]),
        fit_first(&[3.0], &[1], &[&[50.0]]),
        fit_first(&TIMES, &CAUSES, &[]),
    ] {
        assert!(model.coefficients.iter().all(|it| it.state == CoefficientState::Aliased && it.std_err.is_none()));
        assert_eq!((model.likelihood_ratio, model.wald), (None, None));
        assert!(model.converged && model.log_likelihood.is_finite());
    }
    // The null model predicts the cumulative incidence by the Nelson-Aalen form of the subdistribution hazard.
    let predicted = fit_first(&TIMES, &CAUSES, &[]).predict(&[]).unwrap().unwrap();
    assert!((predicted[0].incidence - (1.0 - (-0.1_f64).exp())).abs() < 1e-15);
}

#[test]
fn a_group_of_censoring_that_is_gone_takes_its_patients_along() {
    // Both of group 1 are gone before 8; the one who died then no longer counts.
    let groups = [0, 1, 1, 0, 0, 0, 0, 0, 0, 0];
    let settings = Settings { censoring_groups: Some(&groups), ..Settings::default() };
    let model = fit(&cohort(&TIMES, &CAUSES), 1, &Design::default(), settings).unwrap();
    let hazards: Vec<f64> = model.baseline.iter().map(|it| it.cumulative_hazard).collect();
    let uncensored = 3.0 / 4.0;
    // At 8: three at risk, and who died at 6 in group 0, with the weight of not being censored at 7.
    assert!((hazards[3] - hazards[2] - 1.0 / (3.0 + uncensored)).abs() < 1e-14);
}

#[test]
fn wrong_questions_are_refused() {
    let cohort = cohort(&TIMES, &CAUSES);
    let refused = |cohort: &CompetingCohort, cause, columns: &[&[f64]], settings| {
        fit(cohort, cause, &numeric(columns), settings).unwrap_err()
    };
    assert!(matches!(refused(&cohort, 3, &[&AGE], Settings::default()), Error::OutOfRange { .. }));
    assert!(matches!(refused(&cohort, 0, &[&AGE], Settings::default()), Error::OutOfRange { .. }));
    assert!(matches!(refused(&cohort, 1, &[&AGE[1..]], Settings::default()), Error::UnequalLengths { .. }));
    let groups = Settings { censoring_groups: Some(&[0]), ..Settings::default() };
    assert!(matches!(refused(&cohort, 1, &[&AGE], groups), Error::UnequalLengths { .. }));
    let weighted = cohort.clone().with_weights(&[2.0; 10]).unwrap();
    assert!(matches!(refused(&weighted, 1, &[&AGE], Settings::default()), Error::Unanswerable { .. }));
    assert!(matches!(fit_first(&TIMES, &CAUSES, &[&AGE]).predict(&[]), Err(Error::UnequalLengths { .. })));
}

#[test]
fn a_report_of_a_separated_model_is_valid_json_and_can_be_read_again() {
    let model = fit_first(&TIMES, &CAUSES.map(|it| it % 2), &[&TIMES]);
    let text = serde_json::to_string(&model).unwrap();
    assert!(text.contains(r#""state":"separated","log_hazard_ratio":null"#), "{text}");
    let again: FineGrayModel = serde_json::from_str(&text).unwrap();
    assert_eq!(again, FineGrayModel { covariance: Vec::new(), naive_covariance: Vec::new(), ..model });
}

proptest! {
    #[test]
    fn the_estimate_is_the_maximum_of_the_likelihood_by_its_definition(
        rows in prop::collection::vec((0_u8..15, 0_usize..3, -3_i8..4), 3..30)
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
        let causes: Vec<usize> = rows.iter().map(|it| it.1).collect();
        let x: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
        let model = fit_first(&times, &causes, &[&x]);
        prop_assert!((model.log_likelihood_null - by_definition(&times, &causes, &x, 0.0)).abs() < 1e-9);
        if let Some(beta) = model.coefficients[0].log_hazard_ratio {
            let at = |shift: f64| by_definition(&times, &causes, &x, beta + shift);
            prop_assert!((model.log_likelihood - at(0.0)).abs() < 1e-9);
            prop_assert!(at(0.0) >= at(1e-3) && at(0.0) >= at(-1e-3));
            // The second difference is the information.
            let information = (2.0 * at(0.0) - at(1e-3) - at(-1e-3)) / 1e-6;
            let found = 1.0 / model.naive_covariance[0][0];
            prop_assert!((information - found).abs() < 1e-4 * found.max(1.0), "{} is not {}", information, found);
        }
        for it in &model.coefficients {
            prop_assert_eq!(it.state == CoefficientState::Estimated, it.std_err.is_some_and(f64::is_finite));
            prop_assert!(it.z.is_none_or(f64::is_finite) && it.upper.is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn with_one_cause_it_is_the_cox_model_with_the_convention_s_ties(
        rows in prop::collection::vec((0_u8..15, any::<bool>(), -3_i8..4), 5..40), are_tied in any::<bool>()
    ) {
        let time = |(idx, row): (usize, &(u8, bool, i8))| if are_tied { f64::from(row.0) } else { idx as f64 };
        let times: Vec<f64> = rows.iter().enumerate().map(time).collect();
        let causes: Vec<usize> = rows.iter().map(|it| usize::from(it.1)).collect();
        let x: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
        let cohort = cohort(&times, &causes);
        let design = numeric(&[&x]);
        let cox = crate::survival::cox::fit(cohort.cohort(), &design, None).unwrap();
        for convention in [Convention::Crr, Convention::FineGrayCoxph] {
            // The Cox model is Efron's, which is Breslow's without ties.
            if are_tied && convention == Convention::Crr {
                continue;
            }
            let model = fit(&cohort, 1, &design, Settings { convention, ..Settings::default() }).unwrap();
            if let (Some(found), Some(expected)) =
                (model.coefficients[0].log_hazard_ratio, cox.coefficients[0].log_hazard_ratio)
            {
                prop_assert!((found - expected).abs() < 1e-7 * expected.abs().max(1.0));
                prop_assert!((model.naive_covariance[0][0] / cox.covariance[0][0] - 1.0).abs() < 1e-6);
            }
            prop_assert!((model.log_likelihood - cox.log_likelihood).abs() < 1e-7 * cox.log_likelihood.abs().max(1.0));
        }
    }

    #[test]
    fn row_order_units_and_the_clock_do_not_matter(
        rows in prop::collection::vec((0_u8..15, 0_usize..3, -3_i8..4, 0_usize..2), 10..40), shift in 1_usize..40
    ) {
        let run = |rows: &[(f64, usize, f64, usize)]| {
            let times: Vec<f64> = rows.iter().map(|it| it.0).collect();
            let causes: Vec<usize> = rows.iter().map(|it| it.1).collect();
            let x: Vec<f64> = rows.iter().map(|it| it.2).collect();
            let groups: Vec<usize> = rows.iter().map(|it| it.3).collect();
            let settings = Settings { censoring_groups: Some(&groups), ..Settings::default() };
            fit(&cohort(&times, &causes), 1, &numeric(&[&x]), settings).unwrap().coefficients.remove(0)
        };
        let rows: Vec<(f64, usize, f64, usize)> =
            rows.into_iter().map(|it| (f64::from(it.0), it.1, f64::from(it.2), it.3)).collect();
        let base = run(&rows);
        let mut moved = rows.clone();
        moved.rotate_left(shift % rows.len());
        let changed: Vec<_> = rows.iter().map(|&(t, cause, x, g)| (t * t + 1.0, cause, 1000.0 * x, 5 - g)).collect();
        for (other, unit) in [(run(&moved), 1.0), (run(&changed), 1000.0)] {
            prop_assert_eq!(base.state, other.state);
            if let (Some(a), Some(b)) = (base.log_hazard_ratio, other.log_hazard_ratio) {
                prop_assert!((a - unit * b).abs() < 1e-6 * a.abs().max(1.0));
                let (a, b) = (base.std_err.unwrap(), unit * other.std_err.unwrap());
                prop_assert!((a - b).abs() < 1e-6 * a.max(1.0));
            }
        }
    }
}
