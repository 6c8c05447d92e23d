use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;

/// Sums of the same terms in another order.
const ROUND_OFF: f64 = 1e-9;

const WEIGHTS: [Weight; 8] = [
    Weight::LogRank,
    Weight::GRho { rho: 0.5 },
    Weight::GRho { rho: -1.0 },
    Weight::FlemingHarrington { p: 0.5, q: 2.0 },
    Weight::Gehan,
    Weight::TaroneWare,
    Weight::PetoPeto,
    Weight::ModifiedPetoPeto,
];

fn cohort(times: &[f64], events: &[bool]) -> Cohort {
    Cohort::from_columns(times, events).unwrap()
}

fn assert_same(a: Option<f64>, b: Option<f64>) -> Result<(), TestCaseError> {
    match (a, b) {
        (Some(a), Some(b)) => prop_assert!((a - b).abs() <= ROUND_OFF * a.abs().max(1.0), "{} is not {}", a, b),
        (a, b) => prop_assert_eq!(a, b),
    }
    Ok(())
}

/// Gehan's test of two groups is Mann and Whitney's comparison of all pairs of patients, censored pairs left out.
#[test]
fn the_gehan_test_counts_pairs_of_patients() {
    let times = [3.0, 5.0, 5.0, 8.0, 9.0, 2.0, 5.0, 7.0, 8.0];
    let events = [true, false, true, true, false, true, true, false, true];
    let group = [0, 0, 0, 0, 0, 1, 1, 1, 1];
    let outcomes: Vec<Outcome> = times.iter().zip(events).map(|(&time, event)| Outcome { time, event }).collect();
    // One who had the event before another's follow-up ended was first; censored at the same time means later.
    let first = |a: &Outcome, b: &Outcome| a.event && (a.time < b.time || a.time <= b.time && !b.event);
    let mut n_pairs = 0.0;
    for a in &outcomes[..5] {
        for b in &outcomes[5..] {
            n_pairs += f64::from(u8::from(first(a, b))) - f64::from(u8::from(first(b, a)));
        }
    }
    let test = test(&cohort(&times, &events), &group, 2, Weight::Gehan, None).unwrap();
    assert!((test.weighted_observed[0] - test.weighted_expected[0] - n_pairs).abs() < 1e-12);
}

#[test]
fn estimates_of_survival_of_peto_and_peto_are_those_of_the_definition() {
    let cohort = cohort(&[1.0, 2.0, 2.0, 3.0], &[true, true, true, true]);
    let test = |weight| super::test(&cohort, &[0, 1, 1, 0], 2, weight, None).unwrap().weighted_observed;
    // Survival 4/5, then 4/5 · 2/4, then 4/5 · 2/4 · 1/2.
    let peto = test(Weight::PetoPeto);
    assert!((peto[0] - (0.8 + 0.2)).abs() < 1e-15 && (peto[1] - 2.0 * 0.4).abs() < 1e-15);
    let modified = test(Weight::ModifiedPetoPeto);
    assert!((modified[0] - (0.8 * 0.8 + 0.2 * 0.5)).abs() < 1e-15 && (modified[1] - 2.0 * 0.4 * 0.75).abs() < 1e-15);
}

#[test]
fn who_is_at_risk_at_events_without_weight_only_is_left_out() {
    let cohort = cohort(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true; 5]);
    let late = Weight::FlemingHarrington { p: 0.0, q: 1.0 };
    let test = test(&cohort, &[2, 0, 1, 0, 1], 3, late, None).unwrap();
    assert_eq!((test.degrees_of_freedom, test.weighted_expected[2]), (1, 0.0));
    assert!(test.expected[2] > 0.0 && test.chi_square.is_some());
}

#[test]
fn without_an_event_that_counts_there_is_no_test() {
    let late = Weight::FlemingHarrington { p: 0.0, q: 1.0 };
    let all_at_once = test(&cohort(&[1.0, 1.0, 2.0], &[true, true, false]), &[0, 1, 1], 2, late, None).unwrap();
    assert_eq!((all_at_once.chi_square, all_at_once.degrees_of_freedom), (None, 0));
    for weight in WEIGHTS {
        for (times, events, group) in
            [(&[][..], &[][..], &[][..]), (&[1.0], &[true], &[1]), (&[1.0, 2.0], &[false, false], &[0, 1])]
        {
            let test = test(&cohort(times, events), group, 2, weight, None).unwrap();
            assert_eq!((test.chi_square, test.p_value), (None, None));
        }
    }
}

#[test]
fn a_negative_power_of_no_survival_is_refused() {
    // The first two are dead before the others enter.
    let cohort = cohort(&[1.0, 2.0, 5.0, 6.0], &[true; 4]).with_entries(&[0.0, 0.0, 3.0, 3.0]).unwrap();
    let test = |weight| test(&cohort, &[0, 1, 0, 1], 2, weight, None);
    assert!(matches!(test(Weight::GRho { rho: -0.5 }), Err(Error::Unanswerable { .. })));
    assert!(test(Weight::GRho { rho: 0.5 }).unwrap().chi_square.is_some());
}

#[test]
fn wrong_weights_are_refused() {
    let cohort = cohort(&[1.0, 2.0], &[true, true]);
    let test = |cohort: &Cohort, weight| test(cohort, &[0, 1], 2, weight, None);
    for weight in [
        Weight::GRho { rho: f64::NAN },
        Weight::FlemingHarrington { p: -1.0, q: 0.0 },
        Weight::FlemingHarrington { p: 0.0, q: f64::INFINITY },
    ] {
        assert!(matches!(test(&cohort, weight), Err(Error::OutOfRange { .. })), "{weight:?}");
    }
    let fractional = cohort.with_weights(&[1.0, 0.5]).unwrap();
    assert!(matches!(test(&fractional, Weight::LogRank), Err(Error::Unanswerable { .. })));
}

/// The sums of a test by their definition: every patient is asked again at every event time.
fn by_definition(rows: &[Row], weight: Weight) -> ([f64; 2], f64) {
    let (mut excess, mut variance) = ([0.0; 2], 0.0);
    for stratum in 0..2 {
        let rows: Vec<&Row> = rows.iter().filter(|it| it.stratum == stratum).collect();
        let mut times: Vec<f64> = rows.iter().filter(|it| it.event).map(|it| it.time).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let (mut survival, mut shrunken) = (1.0, 1.0);
        for time in times {
            let count = |keep: &dyn Fn(&&&Row) -> bool| rows.iter().filter(keep).count() as f64;
            let is_at_risk = |it: &Row| it.entry < time && time <= it.time;
            let has_event = |it: &Row| it.event && it.time.total_cmp(&time).is_eq();
            let (n, d) = (count(&|it| is_at_risk(it)), count(&|it| has_event(it)));
            let (n_0, d_0) =
                (count(&|it| is_at_risk(it) && it.group == 0), count(&|it| has_event(it) && it.group == 0));
            shrunken *= 1.0 - d / (n + 1.0);
            let w = match weight {
                Weight::LogRank => 1.0,
                Weight::GRho { rho } => f64::powf(survival, rho),
                Weight::FlemingHarrington { p, q } => f64::powf(survival, p) * f64::powf(1.0 - survival, q),
                Weight::Gehan => n,
                Weight::TaroneWare => n.sqrt(),
                Weight::PetoPeto => shrunken,
                Weight::ModifiedPetoPeto => shrunken * n / (n + 1.0),
            };
            survival *= 1.0 - d / n;
            excess[0] += w * (d_0 - d * n_0 / n);
            excess[1] += w * ((d - d_0) - d * (n - n_0) / n);
            variance += if n > 1.0 { w * w * d * (n_0 / n) * (1.0 - n_0 / n) * (n - d) / (n - 1.0) } else { 0.0 };
        }
    }
    (excess, variance)
}

#[derive(Clone, Debug)]
struct Row {
    entry: f64,
    time: f64,
    event: bool,
    group: usize,
    stratum: usize,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0_u8..20, 1_u8..20, any::<bool>(), 0_usize..2, 0_usize..2).prop_map(
        |(entry, length, event, group, stratum)| Row {
            entry: f64::from(entry),
            time: f64::from(entry) + f64::from(length),
            event,
            group,
            stratum,
        },
    );
    prop::collection::vec(row, 0..50)
}

fn run(rows: &[Row], weight: Weight, case_weights: Option<&[f64]>) -> Result<WeightedLogRank> {
    let column = |value: fn(&Row) -> f64| rows.iter().map(value).collect::<Vec<_>>();
    let events: Vec<bool> = rows.iter().map(|it| it.event).collect();
    let mut cohort = cohort(&column(|it| it.time), &events).with_entries(&column(|it| it.entry)).unwrap();
    if let Some(case_weights) = case_weights {
        cohort = cohort.with_weights(case_weights).unwrap();
    }
    let group: Vec<usize> = rows.iter().map(|it| it.group).collect();
    let strata: Vec<usize> = rows.iter().map(|it| it.stratum).collect();
    test(&cohort, &group, 2, weight, Some(&strata))
}

proptest! {
    #[test]
    fn sums_are_those_of_the_definition(rows in rows(), weight in prop::sample::select(WEIGHTS.to_vec())) {
        let (excess, variance) = by_definition(&rows, weight);
        let Ok(test) = run(&rows, weight, None) else {
            // A weight is infinite, and so is what the definition says.
            prop_assert!(!variance.is_finite() || !excess[0].is_finite());
            return Ok(());
        };
        for (k, excess) in excess.into_iter().enumerate() {
            assert_same(Some(test.weighted_observed[k] - test.weighted_expected[k]), Some(excess))?;
        }
        assert_same(Some(test.covariance[0][0]), Some(variance))?;
        assert_same(Some(test.covariance[0][1]), Some(-variance))?;
        let expected = (variance > ROUND_OFF).then(|| excess[1] * excess[1] / variance);
        assert_same(test.chi_square, expected)?;
    }

    #[test]
    fn it_depends_neither_on_row_order_nor_on_group_names_nor_on_the_clock(
        rows in rows(),
        weight in prop::sample::select(WEIGHTS.to_vec()),
        shift in 0_usize..50,
    ) {
        let Ok(base) = run(&rows, weight, None) else { return Ok(()) };
        let mut changed = rows.clone();
        changed.rotate_left(shift % rows.len().max(1));
        for row in &mut changed {
            row.group = 1 - row.group;
            row.stratum += 3;
            (row.entry, row.time) = (row.entry.powi(2), row.time.powi(2));
        }
        assert_same(base.chi_square, run(&changed, weight, None).unwrap().chi_square)?;
    }

    #[test]
    fn a_patient_of_weight_two_is_two_patients(
        rows in rows(),
        weight in prop::sample::select(WEIGHTS.to_vec()),
        pattern in 1_usize..7,
    ) {
        let counts: Vec<usize> = (0..rows.len()).map(|it| 1 + usize::from(it % pattern == 0)).collect();
        let repeated: Vec<Row> =
            rows.iter().zip(&counts).flat_map(|(row, &count)| vec![row.clone(); count]).collect();
        let case_weights: Vec<f64> = counts.iter().map(|&it| it as f64).collect();
        let (Ok(weighted), Ok(repeated)) = (run(&rows, weight, Some(&case_weights)), run(&repeated, weight, None)) else {
            return Ok(());
        };
        prop_assert_eq!((&weighted.n, &weighted.observed), (&repeated.n, &repeated.observed));
        assert_same(weighted.chi_square, repeated.chi_square)?;
    }
}
