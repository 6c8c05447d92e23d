use super::*;

fn cohort(n: u32) -> Cohort {
    let times: Vec<f64> = (0..n).map(|it| f64::from(it * 37 % 41)).collect();
    Cohort::from_columns(&times, &vec![true; times.len()]).unwrap()
}

#[test]
fn quantiles_are_those_of_r() {
    // quantile(c(1, 2, 4, 8, 16), c(.5, 1/3, 2/3, .9)) of R: 4, 2.666667, 6.666667, 12.8
    let found = quantiles(&[16.0, 1.0, 4.0, 2.0, 8.0], &[0.5, 1.0 / 3.0, 2.0 / 3.0, 0.9]).unwrap();
    for (found, expected) in found.iter().zip([4.0, 8.0 / 3.0, 20.0 / 3.0, 12.8]) {
        assert!((found - expected).abs() < 1e-14, "{found} is not {expected}");
    }
}

#[test]
fn a_median_is_no_search_and_has_its_p_value() {
    let marker: Vec<f64> = (0..40).map(f64::from).collect();
    let found = split(&cohort(40), &marker, &FixedCut::Median, None).unwrap();
    assert_eq!((found.origin, &found.log_rank.n), (CutOrigin::MarkerAlone, &vec![20, 20]));
    assert!(found.log_rank.p_value.is_some() && found.hazard_ratios[0].lower.is_some());
    let tertiles = split(&cohort(40), &marker, &FixedCut::Tertiles, Some(&[0; 40])).unwrap();
    assert_eq!((tertiles.cuts, tertiles.log_rank.n), (vec![13.0, 26.0], vec![14, 13, 13]));
}

#[test]
fn a_given_cut_belongs_to_the_low_group() {
    let found = split(&cohort(4), &[1.0, 2.0, 3.0, 4.0], &FixedCut::At(vec![2.0]), None).unwrap();
    assert_eq!((found.origin, found.log_rank.n), (CutOrigin::Given, vec![2, 2]));
    assert_eq!(found.hazard_ratios[0].name, "> 2");
}

#[test]
fn an_empty_group_has_zeros() {
    let found = split(&cohort(4), &[1.0, 2.0, 3.0, 4.0], &FixedCut::At(vec![2.0, 9.0]), None).unwrap();
    assert_eq!((found.log_rank.n, found.log_rank.degrees_of_freedom), (vec![2, 2, 0], 1));
    assert_eq!(found.hazard_ratios[1].hazard_ratio, None);
    let constant = split(&cohort(4), &[1.0; 4], &FixedCut::Tertiles, None).unwrap();
    assert_eq!((constant.cuts, constant.log_rank.p_value), (vec![1.0], None));
}

#[test]
fn cuts_that_cannot_be_are_refused() {
    for cuts in [vec![2.0, 2.0], vec![f64::NAN], vec![3.0, 1.0]] {
        let found = split(&cohort(2), &[1.0, 2.0], &FixedCut::At(cuts), None);
        assert!(matches!(found, Err(Error::OutOfRange { .. })));
    }
    for (n, cut) in [(0, FixedCut::Median), (2, FixedCut::At(Vec::new()))] {
        let marker: Vec<f64> = (0..n).map(f64::from).collect();
        assert!(matches!(split(&cohort(n), &marker, &cut, None), Err(Error::Unanswerable { .. })));
    }
}
