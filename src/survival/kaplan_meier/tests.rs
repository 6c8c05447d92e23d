use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;

fn curve(times: &[f64], events: &[bool]) -> SurvivalCurve {
    estimate(&Cohort::from_columns(times, events).unwrap(), ConfidenceScale::LogLog)
}

/// The 6-MP arm of Freireich et al. 1963, in weeks of remission.
fn six_mp(confidence_scale: ConfidenceScale) -> SurvivalCurve {
    let times = [
        6.0, 6.0, 6.0, 6.0, 7.0, 9.0, 10.0, 10.0, 11.0, 13.0, 16.0, 17.0, 19.0, 20.0, 22.0, 23.0, 25.0, 32.0, 32.0,
        34.0, 35.0,
    ];
    let events = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0].map(|it| it == 1);
    estimate(&Cohort::from_columns(&times, &events).unwrap(), confidence_scale)
}

#[test]
fn the_six_mp_curve_is_the_published_one() {
    for (scale, lower, upper) in [
        (ConfidenceScale::Plain, 0.56410, 0.94178),
        (ConfidenceScale::Log, 0.58592, 0.96757),
        (ConfidenceScale::LogLog, 0.50320, 0.88936),
    ] {
        let at_10 = six_mp(scale).survival_at(10.0).unwrap();
        assert!((at_10.survival - 0.752_941).abs() < 5e-7);
        assert!((at_10.lower.unwrap() - lower).abs() < 5e-6, "{scale:?}");
        assert!((at_10.upper.unwrap() - upper).abs() < 5e-6, "{scale:?}");
        assert_eq!(at_10.n_risk, 15);
    }
    let log = six_mp(ConfidenceScale::Log);
    assert!((log.steps[3].std_err.unwrap() - 0.096_350).abs() < 5e-7);
    assert_eq!(log.median(), Quantile { estimate: Some(23.0), lower: Some(16.0), upper: None });
}

#[test]
fn a_median_on_a_flat_stretch_is_its_midpoint_even_after_round_off() {
    let times: Vec<f64> = (1..=8).map(f64::from).collect();
    assert_eq!(curve(&times, &[true; 8]).median().estimate, Some(4.5));
    // A censoring on the stretch does not end it.
    let events = [true, true, false, true, true].map(|it| it);
    assert_eq!(curve(&[1.0, 2.0, 2.5, 3.0, 4.0], &events).quantile(0.4).estimate, Some(2.5));
}

#[test]
fn a_curve_that_ends_at_one_half_has_its_first_time_there_as_median() {
    assert_eq!(curve(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, false]).median().estimate, Some(2.0));
}

#[test]
fn a_curve_that_stays_above_one_half_has_no_median() {
    assert_eq!(
        curve(&[1.0, 2.0, 3.0], &[true, false, false]).median(),
        Quantile { estimate: None, lower: Some(1.0), upper: None }
    );
}

#[test]
fn a_share_that_is_none_has_no_quantile() {
    let curve = curve(&[1.0, 2.0], &[true, true]);
    for p in [0.0, -0.1, 1.1, f64::NAN] {
        assert_eq!(curve.quantile(p).estimate, None, "{p}");
    }
    assert_eq!(curve.quantile(1.0).estimate, Some(2.0));
    assert_eq!(curve.survival_at(f64::NAN), None);
}

#[test]
fn events_come_before_censorings_at_the_same_time() {
    let curve = curve(&[5.0, 5.0], &[false, true]);
    assert_eq!(curve.steps.len(), 1);
    assert_eq!((curve.steps[0].n_risk, curve.steps[0].n_event, curve.steps[0].n_censored), (2, 1, 1));
    assert!((curve.steps[0].survival - 0.5).abs() < 1e-15);
}

#[test]
fn without_events_survival_is_one_with_a_closed_interval() {
    let curve = curve(&[1.0, 2.0], &[false, false]);
    let last = curve.survival_at(2.0).unwrap();
    assert_eq!((last.survival, last.lower, last.upper), (1.0, Some(1.0), Some(1.0)));
    assert_eq!(curve.median(), Quantile { estimate: None, lower: None, upper: None });
}

#[test]
fn at_survival_zero_there_is_no_interval() {
    let last = curve(&[1.0, 2.0], &[true, true]).survival_at(2.0).unwrap();
    assert_eq!((last.survival, last.lower, last.upper), (0.0, None, None));
}

#[test]
fn before_the_first_step_all_patients_are_at_risk_and_alive() {
    let before = curve(&[3.0, 4.0], &[true, true]).survival_at(1.0).unwrap();
    assert_eq!((before.n_risk, before.survival, before.lower), (2, 1.0, Some(1.0)));
}

#[test]
fn an_event_at_time_zero_counts() {
    let at_zero = curve(&[0.0, 4.0], &[true, true]).survival_at(0.0).unwrap();
    assert_eq!((at_zero.n_risk, at_zero.survival), (2, 0.5));
}

#[test]
fn an_empty_cohort_has_no_steps_and_no_survival() {
    let curve = curve(&[], &[]);
    assert_eq!((curve.n, curve.steps.len(), curve.survival_at(0.0), curve.n_risk_at(0.0)), (0, 0, None, 0));
    assert_eq!(curve.median().estimate, None);
}

proptest! {
    #[test]
    fn survival_is_a_probability_that_never_rises_and_stays_within_its_limits(
        rows in prop::collection::vec((0_u16..60, any::<bool>()), 0..80)
    ) {
        let outcomes: Vec<_> = rows.iter().map(|&(t, event)| Outcome { time: f64::from(t), event }).collect();
        let cohort = Cohort::new(outcomes).unwrap();
        for scale in [ConfidenceScale::LogLog, ConfidenceScale::Log, ConfidenceScale::Plain] {
            let curve = estimate(&cohort, scale);
            prop_assert!(curve.steps.iter().all(|it| (0.0..=1.0).contains(&it.survival)));
            prop_assert!(curve.steps.is_sorted_by(|a, b| a.survival >= b.survival));
            for step in &curve.steps {
                prop_assert_eq!(step.survival > 0.0, step.lower.is_some() && step.upper.is_some());
                prop_assert!(step.lower.is_none_or(|it| 0.0 <= it && it <= step.survival));
                prop_assert!(step.upper.is_none_or(|it| step.survival <= it && it <= 1.0));
            }
        }
    }
}

#[test]
fn a_curve_that_ends_on_a_flat_stretch_has_quantiles_in_its_middle() {
    assert_eq!(curve(&[1.0, 2.0, 3.0, 6.0], &[true, true, false, false]).quantile(0.5).estimate, Some(4.0));
}

#[test]
fn times_beyond_the_last_observation_are_said() {
    let found = curve(&[1.0, 2.0, 5.0], &[true, true, false]).survival_at_times(&[2.0, 7.0, 0.5]);
    assert_eq!(found.rows.iter().map(|it| (it.time, it.n_events)).collect::<Vec<_>>(), [(2.0, 2), (0.5, 0)]);
    assert_eq!((found.beyond, found.last_time), (vec![7.0], Some(5.0)));
}

#[test]
fn levels_and_clusters_are_checked() {
    let cohort = Cohort::from_columns(&[1.0, 2.0], &[true; 2]).unwrap();
    assert!(estimate_with(&cohort, &Settings { level: 1.0, ..Settings::default() }).is_err());
    assert!(estimate_with(&cohort, &Settings { variance: Variance::Clustered(&[1]), ..Settings::default() }).is_err());
}

/// R 4.2.2: `survfit(Surv(c(1,2,2,3),c(1,1,0,1))~1, weights=c(.5,1.5,1,1), conf.type="plain")`.
#[test]
fn at_survival_zero_the_jackknife_has_a_plain_interval_of_no_width() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0, 3.0], &[true, true, false, true]).unwrap();
    let curve = estimate(&cohort.with_weights(&[0.5, 1.5, 1.0, 1.0]).unwrap(), ConfidenceScale::Plain);
    assert!((curve.steps[0].std_err.unwrap() - 0.126_938_100_072_437).abs() < 1e-15);
    assert!((curve.steps[0].lower.unwrap() - 0.626_205_895_592_083).abs() < 1e-14);
    let last = &curve.steps[2];
    assert_eq!((last.survival, last.std_err, last.lower, last.upper), (0.0, Some(0.0), Some(0.0), Some(0.0)));
}

#[test]
fn a_risk_set_that_late_entry_leaves_empty_does_not_end_the_estimate() {
    let cohort = Cohort::from_columns(&[1.0, 5.0, 6.0], &[false, true, true]).unwrap();
    let curve = estimate(&cohort.with_entries(&[0.0, 2.0, 3.0]).unwrap(), ConfidenceScale::Log);
    assert_eq!(curve.steps.iter().map(|it| it.survival).collect::<Vec<_>>(), [1.0, 0.5, 0.0]);
    assert_eq!(curve.survival_at(1.5).unwrap().n_risk, 2);
}

/// Rows of time of entry, time at risk, event, weight and cluster.
type Row = (u16, u16, bool, u16, usize);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0_u16..20, 1_u16..20, any::<bool>(), 1_u16..8, 0_usize..6), 1..30)
}

fn weighted_cohort(rows: &[Row], weight: impl Fn(u16) -> f64) -> Cohort {
    let outcomes = rows.iter().map(|it| Outcome { time: f64::from(it.0 + it.1), event: it.2 });
    let entries: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
    let weights: Vec<f64> = rows.iter().map(|it| weight(it.3)).collect();
    Cohort::new(outcomes.collect()).unwrap().with_entries(&entries).unwrap().with_weights(&weights).unwrap()
}

/// The jackknife of survival and cumulative hazard as derivatives by the weights of each cluster, found by differences.
fn jackknife_by_differences(rows: &[Row], hazard: HazardEstimator) -> Vec<[f64; 2]> {
    const STEP: f64 = 1e-5;
    let settings = Settings { hazard, variance: Variance::Greenwood, ..Settings::default() };
    let curve = |cluster: usize, change: f64| {
        let weights: Vec<f64> =
            rows.iter().map(|it| f64::from(it.3) * if it.4 == cluster { 1.0 + change } else { 1.0 }).collect();
        estimate_with(&weighted_cohort(rows, f64::from).with_weights(&weights).unwrap(), &settings).unwrap().steps
    };
    let n_steps = curve(0, 0.0).len();
    let mut squares = vec![[0.0; 2]; n_steps];
    for cluster in 0..6 {
        for ((more, less), square) in curve(cluster, STEP).iter().zip(curve(cluster, -STEP)).zip(&mut squares) {
            square[0] += ((more.survival - less.survival) / (2.0 * STEP)).powi(2);
            square[1] += ((more.cumulative_hazard - less.cumulative_hazard) / (2.0 * STEP)).powi(2);
        }
    }
    squares.into_iter().map(|it| it.map(f64::sqrt)).collect()
}

proptest! {
    #[test]
    fn the_jackknife_is_the_sum_of_squared_derivatives(rows in rows()) {
        // Central differences with a step of 1e-5 are right to its square, times third derivatives.
        const BY_DIFFERENCES: f64 = 1e-6;
        let clusters: Vec<usize> = rows.iter().map(|it| it.4).collect();
        for hazard in [HazardEstimator::NelsonAalen, HazardEstimator::FlemingHarrington] {
            let settings = Settings { hazard, variance: Variance::Clustered(&clusters), ..Settings::default() };
            let curve = estimate_with(&weighted_cohort(&rows, f64::from), &settings).unwrap();
            let expected = jackknife_by_differences(&rows, hazard);
            for (step, [survival, cumulative_hazard]) in curve.steps.iter().zip(expected) {
                prop_assert!((step.std_err.unwrap() - survival).abs() < BY_DIFFERENCES);
                prop_assert!((step.cumulative_hazard_std_err - cumulative_hazard).abs() < BY_DIFFERENCES);
            }
        }
    }

    #[test]
    fn a_weight_is_a_number_of_patients(rows in rows()) {
        let copies = rows.iter().flat_map(|row| std::iter::repeat_n(*row, usize::from(row.3))).collect::<Vec<_>>();
        let weighted = estimate(&weighted_cohort(&rows, f64::from), ConfidenceScale::Log);
        let repeated = estimate(&weighted_cohort(&copies, |_| 1.0), ConfidenceScale::Log);
        prop_assert_eq!(weighted.steps.len(), repeated.steps.len());
        for (one, other) in weighted.steps.iter().zip(&repeated.steps) {
            prop_assert_eq!(one.risk_weight, other.risk_weight);
            prop_assert!((one.survival - other.survival).abs() < 1e-14);
            prop_assert!((one.std_err.unwrap_or(0.0) - other.std_err.unwrap_or(0.0)).abs() < 1e-14);
        }
    }

    #[test]
    fn copies_of_a_patient_in_its_cluster_are_its_weight(rows in rows()) {
        let copies = rows.iter().flat_map(|row| std::iter::repeat_n(*row, usize::from(row.3))).collect::<Vec<_>>();
        let std_errs = |rows: &[Row], weight: fn(u16) -> f64| {
            let clusters: Vec<usize> = rows.iter().map(|it| it.4).collect();
            let settings = Settings { variance: Variance::Clustered(&clusters), ..Settings::default() };
            estimate_with(&weighted_cohort(rows, weight), &settings).unwrap().steps
        };
        for (one, other) in std_errs(&rows, f64::from).iter().zip(std_errs(&copies, |_| 1.0)) {
            // Round-off shows in the variance, whose root is far from 0 where the variance is near it.
            prop_assert!((one.std_err.unwrap().powi(2) - other.std_err.unwrap().powi(2)).abs() < 1e-12);
            let variances = [one, &other].map(|it| it.cumulative_hazard_std_err.powi(2));
            prop_assert!((variances[0] - variances[1]).abs() < 1e-12);
        }
    }

    #[test]
    fn without_ties_and_weights_the_jackknife_is_nearly_greenwood(n in 20_usize..60) {
        let times: Vec<f64> = (0..n).map(|it| it as f64).collect();
        let events: Vec<bool> = (0..n).map(|it| it % 3 > 0).collect();
        let cohort = Cohort::from_columns(&times, &events).unwrap();
        let settings = Settings { variance: Variance::Jackknife, ..Settings::default() };
        let jackknife = estimate_with(&cohort, &settings).unwrap();
        let greenwood = estimate(&cohort, ConfidenceScale::LogLog);
        for (one, other) in jackknife.steps.iter().zip(&greenwood.steps).filter(|it| it.1.survival > 0.2) {
            prop_assert!((one.std_err.unwrap() - other.std_err.unwrap()).abs() < 0.05 * other.std_err.unwrap() + 1e-12);
        }
    }
}

/// R: `survfit(Surv(a, b, s) ~ 1, id = id)` has no censoring at 2 and 3; without `id` it has one at each.
#[test]
fn a_row_that_goes_on_is_not_censored() {
    let ends = [2.0, 5.0, 4.0, 3.0, 6.0];
    let cohort = Cohort::from_columns(&ends, &[false, true, true, false, false]).unwrap();
    let cohort = cohort.with_entries(&[0.0, 2.0, 0.0, 0.0, 3.0]).unwrap();
    let of = |patients| {
        let curve = estimate_with(&cohort, &Settings { patients, ..Settings::default() }).unwrap();
        curve.steps.iter().map(|it| (it.n_risk, it.n_event, it.n_censored)).collect::<Vec<_>>()
    };
    assert_eq!(of(None), [(3, 0, 1), (3, 0, 1), (3, 1, 0), (2, 1, 0), (1, 0, 1)]);
    assert_eq!(of(Some(&[1, 1, 2, 3, 3])), [(3, 0, 0), (3, 0, 0), (3, 1, 0), (2, 1, 0), (1, 0, 1)]);
    // The one who is back after a while was lost in between.
    let back = Cohort::from_columns(&ends, &[false; 5]).unwrap().with_entries(&[0.0, 2.5, 0.0, 0.0, 3.0]).unwrap();
    let settings = Settings { patients: Some(&[1, 1, 2, 3, 3]), ..Settings::default() };
    assert_eq!(estimate_with(&back, &settings).unwrap().steps[0].n_censored, 1);
    let short = Settings { patients: Some(&[1]), ..Settings::default() };
    assert!(matches!(estimate_with(&cohort, &short), Err(crate::error::Error::UnequalLengths { .. })));
    // Rows weigh as before.
    let weighted = cohort.clone().with_weights(&[2.0; 5]).unwrap();
    let settings = Settings { patients: Some(&[1, 1, 2, 3, 3]), ..Settings::default() };
    let steps = estimate_with(&weighted, &settings).unwrap().steps;
    assert_eq!(steps.iter().filter_map(|it| it.censored_weight).collect::<Vec<_>>(), [0.0, 0.0, 0.0, 0.0, 2.0]);
}
