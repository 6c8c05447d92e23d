use proptest::prelude::*;

use super::*;
use crate::survival::log_rank;

fn cohort(times: &[f64], causes: &[usize]) -> CompetingCohort {
    let names = ["relapse", "death"].map(String::from);
    CompetingCohort::from_columns(times, causes, &names).unwrap()
}

fn first(times: &[f64], causes: &[usize], group: &[usize], n_groups: usize) -> Option<ChiSquareTest> {
    test(&cohort(times, causes), group, n_groups, Settings::default()).unwrap()[0].test
}

#[test]
fn without_a_second_group_or_an_event_there_is_no_test() {
    assert_eq!(first(&[1.0, 2.0], &[1, 2], &[0, 0], 1), None);
    assert_eq!(first(&[1.0, 2.0], &[1, 2], &[1, 1], 2), None);
    assert_eq!(first(&[1.0, 2.0], &[0, 2], &[0, 1], 2), None);
    assert_eq!(first(&[1.0], &[1], &[0], 2), None);
    assert_eq!(first(&[], &[], &[], 2), None);
    assert_eq!(first(&[], &[], &[], 0), None);
    assert_eq!(test(&cohort(&[1.0], &[0]), &[0], 1, Settings::default()).unwrap()[1].observed, [0]);
}

#[test]
fn when_all_meet_the_cause_at_once_there_is_no_test() {
    assert_eq!(first(&[3.0; 4], &[1; 4], &[0, 1, 0, 1], 2), None);
}

const TIMES: [f64; 10] = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
const CAUSES: [usize; 10] = [0, 1, 2, 1, 0, 1, 2, 1, 1, 0];

#[test]
fn a_group_that_is_gone_before_the_first_event_or_that_nobody_is_in_is_left_out() {
    let group = [2, 0, 1, 1, 0, 0, 1, 0, 1, 1];
    let with = first(&TIMES, &CAUSES, &group, 5).unwrap();
    assert_eq!(with.degrees_of_freedom, 1);
    assert_eq!(Some(with), first(&TIMES[1..], &CAUSES[1..], &group[1..], 2));
}

#[test]
fn one_stratum_is_no_stratum() {
    let group = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1];
    let plain = test(&cohort(&TIMES, &CAUSES), &group, 2, Settings::default()).unwrap();
    let settings = Settings { strata: Some(&[7; 10]), ..Settings::default() };
    assert_eq!(test(&cohort(&TIMES, &CAUSES), &group, 2, settings).unwrap(), plain);
}

#[test]
fn wrong_questions_are_refused() {
    let cohort = cohort(&[1.0, 2.0], &[1, 2]);
    let refused = |cohort: &CompetingCohort, group: &[usize], settings| test(cohort, group, 2, settings).unwrap_err();
    assert!(matches!(refused(&cohort, &[0], Settings::default()), Error::UnequalLengths { .. }));
    assert!(matches!(refused(&cohort, &[0, 2], Settings::default()), Error::OutOfRange { .. }));
    let rho = Settings { rho: f64::NAN, strata: None };
    assert!(matches!(refused(&cohort, &[0, 1], rho), Error::OutOfRange { .. }));
    let strata = Settings { rho: 0.0, strata: Some(&[0]) };
    assert!(matches!(refused(&cohort, &[0, 1], strata), Error::UnequalLengths { .. }));
    let weighted = cohort.clone().with_weights(&[2.0, 1.0]).unwrap();
    assert!(matches!(refused(&weighted, &[0, 1], Settings::default()), Error::Unanswerable { .. }));
    let late = cohort.clone().with_entries(&[0.0, 1.0]).unwrap();
    assert!(matches!(refused(&late, &[0, 1], Settings::default()), Error::Unanswerable { .. }));
}

fn assert_same(a: &GrayTest, b: &GrayTest) -> Result<(), TestCaseError> {
    match (a.test, b.test) {
        (Some(a), Some(b)) => {
            prop_assert!((a.chi_square - b.chi_square).abs() <= 1e-8 * a.chi_square.max(1.0), "{:?} is not {:?}", a, b);
        }
        (a, b) => prop_assert_eq!(a, b),
    }
    Ok(())
}

proptest! {
    #[test]
    fn with_one_cause_the_scores_are_those_of_the_log_rank_test(
        rows in prop::collection::vec((0_u8..20, any::<bool>(), 0_usize..3), 1..50)
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
        let causes: Vec<usize> = rows.iter().map(|it| usize::from(it.1)).collect();
        let group: Vec<usize> = rows.iter().map(|it| it.2).collect();
        let cohort = cohort(&times, &causes);
        let gray = &test(&cohort, &group, 3, Settings::default()).unwrap()[0];
        let log_rank = log_rank::test(cohort.cohort(), &group, 3).unwrap();
        for k in 0..3 {
            let excess = log_rank.observed[k] as f64 - log_rank.expected[k];
            prop_assert!((gray.excess[k].unwrap() - excess).abs() < 1e-11);
        }
    }

    #[test]
    fn it_depends_neither_on_row_order_nor_on_group_names_nor_on_the_clock(
        rows in prop::collection::vec((0_u16..30, 0_usize..3, 0_usize..3), 20..60), shift in 0_usize..60
    ) {
        let run = |rows: &[(f64, usize, usize)]| {
            let times: Vec<f64> = rows.iter().map(|it| it.0).collect();
            let causes: Vec<usize> = rows.iter().map(|it| it.1).collect();
            let group: Vec<usize> = rows.iter().map(|it| it.2).collect();
            test(&cohort(&times, &causes), &group, 3, Settings { rho: 0.5, strata: None }).unwrap().remove(0)
        };
        let rows: Vec<(f64, usize, usize)> = rows.into_iter().map(|(t, cause, k)| (f64::from(t), cause, k)).collect();
        let base = run(&rows);
        prop_assert!(base.excess.iter().flatten().sum::<f64>().abs() < 1e-10);

        let mut moved = rows.clone();
        moved.rotate_left(shift % rows.len());
        assert_same(&base, &run(&moved))?;
        let renamed: Vec<_> = rows.iter().map(|&(t, cause, k)| (t, cause, (k + 1) % 3)).collect();
        assert_same(&base, &run(&renamed))?;
        let stretched: Vec<_> = rows.iter().map(|&(t, cause, k)| (t * t + 3.0 * t, cause, k)).collect();
        assert_same(&base, &run(&stretched))?;
    }
}
