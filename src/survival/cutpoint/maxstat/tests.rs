use super::*;

fn cohort(times: &[f64], events: &[bool]) -> Cohort {
    Cohort::from_columns(times, events).unwrap()
}

fn run(times: &[f64], events: &[bool], marker: &[f64]) -> Result<Option<MaximallySelected>> {
    test(&cohort(times, events), marker, CandidateRange::default(), TiedRank::Largest)
}

#[test]
fn without_a_difference_of_scores_there_is_no_statistic() {
    assert_eq!(run(&[1.0, 2.0, 3.0], &[false; 3], &[1.0, 2.0, 3.0]).unwrap(), None);
    assert_eq!(run(&[2.0; 3], &[true; 3], &[1.0, 2.0, 3.0]).unwrap(), None);
    let none = conditional_monte_carlo(
        &cohort(&[2.0; 3], &[true; 3]),
        &[1.0, 2.0, 3.0],
        CandidateRange::default(),
        TiedRank::Largest,
        5,
        1,
    );
    assert_eq!(none.unwrap(), None);
}

#[test]
fn two_values_have_one_cut_and_are_tested_as_one() {
    let found = run(&[1.0, 2.0, 3.0, 4.0], &[true; 4], &[0.0, 0.0, 1.0, 1.0]).unwrap().unwrap();
    assert_eq!((found.cuts.len(), found.cut), (1, 0.0));
    assert_eq!(found.exact_gauss, Some(crate::survival::chi_square::two_sided(found.statistic)));
}

/// All 6 ways to choose the low group of 2 among 4 are equally likely; 2 of them are as extreme.
#[test]
fn permutations_find_the_exact_probability() {
    let patients = cohort(&[1.0, 2.0, 3.0, 4.0], &[true; 4]);
    let marker = [0.0, 0.0, 1.0, 1.0];
    let found =
        conditional_monte_carlo(&patients, &marker, CandidateRange::default(), TiedRank::Largest, 40_000, 3).unwrap();
    let found = found.unwrap();
    assert!((found.p_value - 1.0 / 3.0).abs() < 4.0 * found.std_err, "{found:?}");
    assert!((found.std_err - (2.0_f64 / 9.0 / 40_000.0).sqrt()).abs() < 1e-5);
}

#[test]
fn what_has_no_scores_is_refused() {
    let late = cohort(&[2.0, 3.0], &[true; 2]).with_entries(&[0.0, 1.0]).unwrap();
    let heavy = cohort(&[2.0, 3.0], &[true; 2]).with_weights(&[1.0, 2.0]).unwrap();
    for cohort in [late, heavy] {
        let found = test(&cohort, &[1.0, 2.0], CandidateRange::default(), TiedRank::Largest);
        assert!(matches!(found, Err(Error::Unanswerable { .. })));
    }
    let none = conditional_monte_carlo(
        &cohort(&[2.0, 3.0], &[true; 2]),
        &[1.0, 2.0],
        CandidateRange::default(),
        TiedRank::Largest,
        0,
        1,
    );
    assert!(matches!(none, Err(Error::OutOfRange { .. })));
}
