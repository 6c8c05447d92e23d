//! What has to hold for any data.

use proptest::prelude::*;

use super::super::*;
use crate::survival::Outcome;
use crate::survival::design::Term;

#[derive(Clone, Debug)]
struct Row {
    entry: f64,
    outcome: Outcome,
    x: [f64; 2],
    weight: u8,
    stratum: usize,
    offset: f64,
}

/// Patients with many ties.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0_u8..4, 1_u8..7, any::<bool>(), -8_i8..9, 0_u8..2, 1_u8..4, 0_usize..2, -2_i8..3);
    let row = row.prop_map(|(entry, stay, event, a, b, weight, stratum, offset)| Row {
        entry: f64::from(entry),
        outcome: Outcome { time: f64::from(entry + stay), event },
        x: [f64::from(a) / 4.0, f64::from(b)],
        weight,
        stratum,
        offset: f64::from(offset) / 4.0,
    });
    prop::collection::vec(row, 12..40)
}

struct Study {
    cohort: Cohort,
    design: Design,
    strata: Vec<usize>,
    offset: Vec<f64>,
}

fn study(rows: &[Row]) -> Study {
    let column = |value: fn(&Row) -> f64| rows.iter().map(value).collect::<Vec<f64>>();
    let cohort = Cohort::new(rows.iter().map(|it| it.outcome).collect()).unwrap();
    let cohort =
        cohort.with_entries(&column(|it| it.entry)).unwrap().with_weights(&column(|it| f64::from(it.weight))).unwrap();
    let terms = vec![Term::numeric("a", column(|it| it.x[0])), Term::numeric("b", column(|it| it.x[1]))];
    Study {
        cohort,
        design: Design::new(terms),
        strata: rows.iter().map(|it| it.stratum).collect(),
        offset: column(|it| it.offset),
    }
}

impl Study {
    fn settings(&self, ties: Ties) -> Settings<'_> {
        let variance = Variance::ModelBased;
        Settings { ties, strata: Some(&self.strata), offset: Some(&self.offset), variance }
    }

    /// The model, if both coefficients were estimated.
    fn fit(&self, settings: &Settings<'_>) -> Option<CoxModel> {
        let model = fit_with(&self.cohort, &self.design, settings).unwrap();
        let all_estimated = model.coefficients.iter().all(|it| it.state == CoefficientState::Estimated);
        (all_estimated && model.converged).then_some(model)
    }
}

fn betas(model: &CoxModel) -> Vec<f64> {
    model.coefficients.iter().filter_map(|it| it.log_hazard_ratio).collect()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

const BOTH: [Ties; 2] = [Ties::Efron, Ties::Breslow];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn residuals_balance(rows in rows()) {
        let study = study(&rows);
        for ties in BOTH {
            let settings = study.settings(ties);
            let Some(model) = study.fit(&settings) else { continue };
            let found = residuals(&study.cohort, &study.design, &settings, &model).unwrap().unwrap();
            let weighted = |value: &dyn Fn(usize) -> f64| -> f64 {
                (0..rows.len()).map(|it| f64::from(rows[it].weight) * value(it)).sum()
            };
            prop_assert!(weighted(&|it| found.martingale[it]).abs() < 1e-9);
            for column in 0..2 {
                prop_assert!(weighted(&|it| found.score[it][column]).abs() < 1e-7);
            }
            for (it, row) in found.deviance.iter().zip(&found.martingale) {
                prop_assert!(it.is_finite() && *row <= 1.0 && it * row >= 0.0);
            }
            let expected = predict(&study.cohort, &study.design, &settings, &model, Reference::Strata).unwrap().unwrap();
            for (it, at) in expected.iter().zip(0..) {
                let event = f64::from(u8::from(rows[at].outcome.event));
                prop_assert!((event - it.expected - found.martingale[at]).abs() < 1e-9);
                prop_assert!(it.expected_std_err.is_finite() && it.linear_predictor_std_err.is_finite());
            }
        }
    }

    #[test]
    fn order_unit_and_a_shift_of_the_offset_do_not_matter(rows in rows(), by in -20_i8..20) {
        let study_of_rows = study(&rows);
        let mut changed: Vec<Row> = rows.iter().rev().cloned().collect();
        for row in &mut changed {
            row.x[0] = 1000.0 * row.x[0] + 7.0;
            row.stratum = 5 - row.stratum;
            row.offset += f64::from(by);
        }
        let changed = study(&changed);
        for ties in BOTH {
            let (Some(model), Some(of_changed)) =
                (study_of_rows.fit(&study_of_rows.settings(ties)), changed.fit(&changed.settings(ties))) else { continue };
            let in_unit = [1000.0 * betas(&of_changed)[0], betas(&of_changed)[1]];
            prop_assert!(largest_difference(&betas(&model), &in_unit) < 1e-7);
            prop_assert!((model.log_likelihood - of_changed.log_likelihood).abs() < 1e-8 * model.log_likelihood.abs());
            let [one, other] = [model.wald, of_changed.wald].map(|it| it.unwrap().chi_square);
            prop_assert!((one - other).abs() < 1e-6 * one.max(1.0));
        }
    }

    /// Of Efron's approximation this is not true: two copies of a patient are tied, and leave the risk set one by one.
    #[test]
    fn a_weight_of_two_is_two_patients_with_ties_of_breslow(rows in rows()) {
        let copies = |row: &Row| std::iter::repeat_n(Row { weight: 1, ..row.clone() }, row.weight.into());
        let (weighted, repeated) = (study(&rows), study(&rows.iter().flat_map(copies).collect::<Vec<_>>()));
        let models = (weighted.fit(&weighted.settings(Ties::Breslow)), repeated.fit(&repeated.settings(Ties::Breslow)));
        if let (Some(weighted), Some(repeated)) = models {
            prop_assert!(largest_difference(&betas(&weighted), &betas(&repeated)) < 1e-8);
            prop_assert!((weighted.log_likelihood - repeated.log_likelihood).abs() < 1e-9 * repeated.log_likelihood.abs());
            prop_assert!(largest_difference(&weighted.covariance[0], &repeated.covariance[0]) < 1e-7);
        }
    }

    #[test]
    fn without_ties_all_treatments_agree(rows in rows()) {
        let mut rows = rows;
        for (it, row) in rows.iter_mut().enumerate() {
            row.outcome.time += it as f64 / 100.0;
            row.weight = 1;
        }
        let mut study = study(&rows);
        study.cohort = Cohort::new(rows.iter().map(|it| it.outcome).collect()).unwrap();
        let entries: Vec<f64> = rows.iter().map(|it| it.entry).collect();
        study.cohort = study.cohort.with_entries(&entries).unwrap();
        let models = [Ties::Efron, Ties::Breslow, Ties::Exact].map(|ties| study.fit(&study.settings(ties)));
        if let [Some(efron), Some(breslow), Some(exact)] = models {
            for other in [breslow, exact] {
                prop_assert!(largest_difference(&betas(&efron), &betas(&other)) < 1e-10);
                prop_assert!((efron.log_likelihood - other.log_likelihood).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn one_stratum_is_none(rows in rows()) {
        let study = study(&rows);
        let one = vec![3; rows.len()];
        for ties in BOTH {
            let with = study.fit(&Settings { strata: Some(&one), ..study.settings(ties) });
            let without = study.fit(&Settings { strata: None, ..study.settings(ties) });
            prop_assert_eq!(with, without);
        }
    }

    #[test]
    fn clusters_of_one_row_are_none(rows in rows()) {
        let study = study(&rows);
        let codes: Vec<usize> = (0..rows.len()).map(|it| 7 * it).collect();
        let [clustered, robust] = [Variance::Clustered(&codes), Variance::Robust]
            .map(|variance| study.fit(&Settings { variance, ..study.settings(Ties::Efron) }));
        if let (Some(clustered), Some(robust)) = (clustered, robust) {
            prop_assert_eq!(clustered.covariance, robust.covariance);
            prop_assert_eq!(clustered.robust_score, robust.robust_score);
        }
    }

    #[test]
    fn a_predicted_curve_falls_and_its_limits_are_in_order(rows in rows(), at in -2.0..2.0) {
        let study = study(&rows);
        for ties in BOTH {
            let settings = study.settings(ties);
            let Some(model) = study.fit(&settings) else { continue };
            let scale = crate::survival::confidence::ConfidenceScale::Log;
            let curves = predicted_curves(&study.cohort, &study.design, &settings, &model, &[at, 1.0], scale);
            for curve in curves.unwrap().unwrap() {
                prop_assert!(curve.steps.windows(2).all(|it| it[0].survival >= it[1].survival));
                for step in &curve.steps {
                    let (Some(lower), Some(upper)) = (step.lower, step.upper) else { continue };
                    prop_assert!(lower <= step.survival && step.survival <= upper && lower >= 0.0 && upper <= 1.0);
                }
            }
        }
    }
}

/// dfbeta is one Newton step without the patient; what it leaves is of second order in 1/n.
#[test]
fn dfbeta_is_nearly_what_leaving_a_patient_out_changes() {
    let n = 800_usize;
    let rows: Vec<Row> = (0..n)
        .map(|it| Row {
            entry: (it * 5 % 7) as f64,
            outcome: Outcome { time: 8.0 + (it * 37 % 101) as f64, event: it % 3 > 0 },
            x: [(it * 53 % 97) as f64 / 97.0, f64::from(u8::from(it * 7 % 5 < 2))],
            weight: [1, 2, 3][it % 3],
            stratum: it % 2,
            offset: 0.0,
        })
        .collect();
    let study_of_all = study(&rows);
    for ties in BOTH {
        let settings = study_of_all.settings(ties);
        let model = study_of_all.fit(&settings).unwrap();
        let found = residuals(&study_of_all.cohort, &study_of_all.design, &settings, &model).unwrap().unwrap();
        for left_out in (0..n).step_by(23) {
            let mut rest = rows.clone();
            rest.remove(left_out);
            let rest = study(&rest);
            let without = rest.fit(&rest.settings(ties)).unwrap();
            for column in 0..2 {
                let change = betas(&model)[column] - betas(&without)[column];
                let std_err = model.coefficients[column].std_err.unwrap();
                let error = (found.dfbeta[left_out][column] - change).abs();
                assert!(error < 0.02 * std_err, "{error} {change} {std_err}");
            }
        }
    }
}
