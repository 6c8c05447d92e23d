use proptest::prelude::*;

use super::CandidateRange;
use super::log_rank;
use crate::error::Error;
use crate::survival::Cohort;
use crate::survival::log_rank as groups;

/// Sums of differences against one sum over risk sets.
const TOLERANCE: f64 = 1e-10;

/// The log-rank statistic of `x > cut`, time by time and patient by patient, with its excess of events below the cut.
fn by_definition(cohort: &Cohort, marker: &[f64], cut: f64, strata: &[usize]) -> (f64, Option<f64>) {
    let (mut excess, mut variance) = (0.0, 0.0);
    for stratum in 0..3 {
        let members: Vec<usize> = (0..cohort.len()).filter(|&it| strata[it] == stratum).collect();
        let mut times: Vec<f64> =
            members.iter().map(|&it| cohort.outcomes()[it]).filter(|it| it.event).map(|it| it.time).collect();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        for time in times {
            let entered = |it: usize| cohort.entries().is_none_or(|entries| entries[it] < time);
            let count = |keep: &dyn Fn(usize) -> bool| members.iter().filter(|&&it| keep(it)).count() as f64;
            let at_risk = |it: usize| cohort.outcomes()[it].time >= time && entered(it);
            let event = |it: usize| cohort.outcomes()[it].event && cohort.outcomes()[it].time <= time && at_risk(it);
            let low = |it: usize| marker[it] <= cut;
            let (n, l, d) = (count(&at_risk), count(&|it| at_risk(it) && low(it)), count(&event));
            excess += count(&|it| event(it) && low(it)) - d * l / n;
            if n > 1.0 {
                variance += d * (n - d) / (n - 1.0) * (l / n) * (1.0 - l / n);
            }
        }
    }
    (excess, (variance > 1e-9).then(|| excess * excess / variance))
}

fn assert_as_defined(cohort: &Cohort, marker: &[f64], strata: Option<&[usize]>) -> Result<(), TestCaseError> {
    let Ok(cuts) = log_rank(cohort, marker, CandidateRange::ALL, strata) else { return Ok(()) };
    for cut in cuts {
        let (excess, chi_square) = by_definition(cohort, marker, cut.cut, strata.unwrap_or(&vec![0; marker.len()]));
        prop_assert_eq!(cut.n_low + cut.n_high, cohort.len());
        prop_assert!((cut.excess_low - excess).abs() < TOLERANCE);
        match (cut.chi_square, chi_square) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() <= TOLERANCE * b.max(1e-3), "{} is not {}", a, b),
            (a, b) => prop_assert_eq!(a, b),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn each_cut_has_the_statistic_of_the_definition(
        rows in prop::collection::vec((1_u8..25, any::<bool>(), 0_u8..12, 0_usize..3, 0_u8..20), 2..50)
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
        let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
        let marker: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
        let strata: Vec<usize> = rows.iter().map(|it| it.3).collect();
        let entries: Vec<f64> = rows.iter().map(|it| f64::from(it.4).min(f64::from(it.0) - 1.0)).collect();
        let cohort = Cohort::from_columns(&times, &events).unwrap();
        let late = cohort.clone().with_entries(&entries).unwrap();
        for cohort in [&cohort, &late] {
            assert_as_defined(cohort, &marker, None)?;
            assert_as_defined(cohort, &marker, Some(&strata))?;
        }
    }

    #[test]
    fn a_marker_upside_down_and_time_by_another_clock_change_nothing(
        rows in prop::collection::vec((1_u16..300, any::<bool>(), 0_i16..50), 2..60)
    ) {
        let run = |clock: fn(f64) -> f64, sign: f64| {
            let times: Vec<f64> = rows.iter().map(|it| clock(f64::from(it.0))).collect();
            let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
            let marker: Vec<f64> = rows.iter().map(|it| sign * f64::from(it.2)).collect();
            log_rank(&Cohort::from_columns(&times, &events).unwrap(), &marker, CandidateRange::ALL, None)
        };
        let Ok(base) = run(|it| it, 1.0) else { return Ok(()) };
        let clock = run(|it| it * it + 3.0 * it, 1.0).unwrap();
        let mut mirrored = run(|it| it, -1.0).unwrap();
        mirrored.reverse();
        prop_assert_eq!(&clock, &base);
        for (a, b) in base.iter().zip(&mirrored) {
            prop_assert_eq!((a.n_low, a.n_high), (b.n_high, b.n_low));
            prop_assert_eq!(a.chi_square.is_some(), b.chi_square.is_some());
            let difference = a.chi_square.unwrap_or(0.0) - b.chi_square.unwrap_or(0.0);
            prop_assert!(difference.abs() < 1e-9 * a.chi_square.unwrap_or(0.0).max(1.0));
        }
    }
}

#[test]
fn many_patients_lose_no_digits() {
    let n = 5000;
    let times: Vec<f64> = (0..n).map(|it| f64::from(it * 7919 % 3001)).collect();
    let events: Vec<bool> = (0..n).map(|it| it % 3 != 0).collect();
    let marker: Vec<f64> = (0..n).map(|it| f64::from(it * 104_729 % 4999)).collect();
    let cohort = Cohort::from_columns(&times, &events).unwrap();
    let cuts = log_rank(&cohort, &marker, CandidateRange::ALL, None).unwrap();
    for cut in cuts.iter().step_by(97).chain(cuts.last()) {
        let group: Vec<usize> = marker.iter().map(|&it| usize::from(it > cut.cut)).collect();
        let expected = groups::test(&cohort, &group, 2).unwrap().chi_square.unwrap();
        let found = cut.chi_square.unwrap();
        assert!((found - expected).abs() <= TOLERANCE * expected.max(1.0), "{}: {found} is not {expected}", cut.n_low);
    }
}

#[test]
fn without_events_no_cut_has_a_statistic() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0], &[false; 3]).unwrap();
    let cuts = log_rank(&cohort, &[1.0, 2.0, 3.0], CandidateRange::ALL, None).unwrap();
    assert!(cuts.len() == 2 && cuts.iter().all(|it| it.chi_square.is_none()));
}

#[test]
fn weights_are_refused() {
    let cohort = Cohort::from_columns(&[1.0, 2.0], &[true; 2]).unwrap().with_weights(&[1.0, 2.0]).unwrap();
    let found = log_rank(&cohort, &[1.0, 2.0], CandidateRange::ALL, None);
    assert!(matches!(found, Err(Error::Unanswerable { .. })));
}
