use proptest::prelude::*;

use super::*;
use crate::error::Error;

/// Freireich et al. 1963: weeks of remission under 6-MP (group 0) and placebo (group 1).
#[test]
fn the_six_mp_trial_gives_the_published_test() {
    let times = [
        6.0, 6.0, 6.0, 6.0, 7.0, 9.0, 10.0, 10.0, 11.0, 13.0, 16.0, 17.0, 19.0, 20.0, 22.0, 23.0, 25.0, 32.0, 32.0,
        34.0, 35.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0, 15.0,
        17.0, 22.0, 23.0,
    ];
    let mut events = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0].map(|it| it == 1).to_vec();
    events.resize(42, true);
    let group: Vec<usize> = (0..42).map(|idx| idx / 21).collect();

    let test = test(&Cohort::from_columns(&times, &events).unwrap(), &group, 2).unwrap();

    assert_eq!((test.n, test.observed, test.degrees_of_freedom), (vec![21, 21], vec![9, 21], 1));
    assert!((test.expected[0] - 19.2505).abs() < 5e-5 && (test.expected[1] - 10.7495).abs() < 5e-5);
    assert!((test.chi_square.unwrap() - 16.79294).abs() < 5e-6);
}

fn chi_square(times: &[f64], events: &[bool], group: &[usize], n_groups: usize) -> Option<f64> {
    test(&Cohort::from_columns(times, events).unwrap(), group, n_groups).unwrap().chi_square
}

#[test]
fn without_a_second_group_or_an_event_there_is_no_test() {
    assert_eq!(chi_square(&[1.0, 2.0], &[true, true], &[0, 0], 1), None);
    assert_eq!(chi_square(&[1.0, 2.0], &[true, true], &[1, 1], 2), None);
    assert_eq!(chi_square(&[1.0, 2.0], &[false, false], &[0, 1], 2), None);
    assert_eq!(chi_square(&[], &[], &[], 2), None);
    assert_eq!(chi_square(&[1.0], &[true], &[0], 2), None);
}

#[test]
fn without_groups_there_is_no_test() {
    let test = test(&Cohort::new(Vec::new()).unwrap(), &[], 0).unwrap();
    assert_eq!((test.chi_square, test.degrees_of_freedom), (None, 0));
}

#[test]
fn a_group_that_is_gone_before_the_first_event_is_left_out() {
    let times = [1.0, 2.0, 3.0, 4.0, 5.0];
    let events = [false, true, true, true, true];
    let with = test(&Cohort::from_columns(&times, &events).unwrap(), &[2, 0, 1, 0, 1], 3).unwrap();
    assert_eq!(with.degrees_of_freedom, 1);
    assert_eq!(with.chi_square, chi_square(&times[1..], &events[1..], &[0, 1, 0, 1], 2));
}

#[test]
fn when_all_die_at_once_the_variance_is_zero_and_there_is_no_test() {
    assert_eq!(chi_square(&[3.0; 4], &[true; 4], &[0, 1, 0, 1], 2), None);
}

#[test]
fn one_stratum_is_no_stratum() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, false, true, true]).unwrap();
    let group = [0, 1, 0, 1, 1];
    assert_eq!(test_stratified(&cohort, &group, 2, &[7; 5]).unwrap(), test(&cohort, &group, 2).unwrap());
}

#[test]
fn wrong_groups_are_refused() {
    let cohort = Cohort::from_columns(&[1.0, 2.0], &[true, true]).unwrap();
    assert!(matches!(test(&cohort, &[0], 2), Err(Error::UnequalLengths { .. })));
    assert!(matches!(test(&cohort, &[0, 2], 2), Err(Error::OutOfRange { .. })));
    assert!(matches!(test_stratified(&cohort, &[0, 1], 2, &[0]), Err(Error::UnequalLengths { .. })));
}

fn assert_same(a: &LogRank, b: &LogRank) -> Result<(), TestCaseError> {
    match (a.chi_square, b.chi_square) {
        (Some(a), Some(b)) => prop_assert!((a - b).abs() <= 1e-9 * a.max(1.0), "{} is not {}", a, b),
        (a, b) => prop_assert_eq!(a, b),
    }
    Ok(())
}

proptest! {
    #[test]
    fn it_depends_neither_on_row_order_nor_on_group_names_nor_on_the_clock(
        rows in prop::collection::vec((0_u16..40, any::<bool>(), 0_usize..3), 0..60),
        shift in 0_usize..60,
    ) {
        let run = |rows: &[(f64, bool, usize)]| {
            let times: Vec<f64> = rows.iter().map(|it| it.0).collect();
            let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
            let group: Vec<usize> = rows.iter().map(|it| it.2).collect();
            test(&Cohort::from_columns(&times, &events).unwrap(), &group, 3).unwrap()
        };
        let rows: Vec<(f64, bool, usize)> = rows.into_iter().map(|(t, event, k)| (f64::from(t), event, k)).collect();
        let base = run(&rows);

        let mut moved = rows.clone();
        moved.rotate_left(shift % rows.len().max(1));
        assert_same(&base, &run(&moved))?;

        let renamed: Vec<_> = rows.iter().map(|&(t, event, k)| (t, event, (k + 1) % 3)).collect();
        assert_same(&base, &run(&renamed))?;

        let stretched: Vec<_> = rows.iter().map(|&(t, event, k)| (t * t + 3.0 * t, event, k)).collect();
        assert_same(&base, &run(&stretched))?;
    }
}
