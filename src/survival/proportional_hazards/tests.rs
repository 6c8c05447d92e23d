use super::*;
use crate::survival::cox;
use crate::survival::design::Term;

const TIMES: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

fn test_of(events: &[bool], columns: &[&[f64]]) -> Option<ProportionalHazards> {
    let cohort = Cohort::from_columns(&TIMES, events).unwrap();
    let terms = columns.iter().zip(["a", "b"]).map(|(it, name)| Term::numeric(name, it.to_vec()));
    let design = Design::new(terms.collect());
    test(&cohort, &design, &cox::fit(&cohort, &design, None).unwrap(), None).unwrap()
}

const A: [f64; 8] = [4.0, 1.0, 3.0, 2.0, 5.0, 1.0, 2.0, 3.0];
const B: [f64; 8] = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0];

#[test]
fn the_test_of_a_single_term_is_the_global_test() {
    let test = test_of(&[true; 8], &[&A]).unwrap();
    assert_eq!((test.terms.len(), test.terms[0].test), (1, test.global));
    assert!(test.global.is_some());
}

#[test]
fn aliased_columns_are_left_out() {
    let doubled = A.map(|it| 2.0 * it);
    assert_eq!(test_of(&[true; 8], &[&A, &doubled]), test_of(&[true; 8], &[&A]));
    assert_eq!(test_of(&[true; 8], &[&[7.0; 8]]), None);
}

#[test]
fn the_unit_of_a_covariate_does_not_matter() {
    let [one, other] = [1.0, 1e6].map(|unit| test_of(&[true; 8], &[&A.map(|it| it * unit), &B]).unwrap());
    for (one, other) in one.terms.iter().zip(&other.terms) {
        assert!((one.test.unwrap().chi_square / other.test.unwrap().chi_square - 1.0).abs() < 1e-9);
    }
}

#[test]
fn without_events_or_with_an_infinite_hazard_ratio_there_is_no_test() {
    assert_eq!(test_of(&[false; 8], &[&A]), None);
    assert_eq!(test_of(&[true; 8], &[&TIMES]), None);
}

#[test]
fn a_single_event_cannot_tell() {
    let mut events = [false; 8];
    events[1] = true;
    let test = test_of(&events, &[&[2.0, 3.0, 1.0, 4.0, 2.0, 1.0, 5.0, 2.0]]).unwrap();
    assert_eq!((test.terms[0].test, test.global), (None, None));
}

#[test]
fn a_model_of_other_patients_is_refused() {
    let cohort = Cohort::from_columns(&TIMES, &[true; 8]).unwrap();
    let design = Design::new(vec![Term::numeric("a", A.to_vec())]);
    let model = cox::fit(&cohort, &design, None).unwrap();
    let fewer = cohort.subset(|idx| idx > 0);
    let design_of_fewer = Design::new(vec![Term::numeric("a", A[1..].to_vec())]);
    assert!(test(&fewer, &design_of_fewer, &model, None).is_err());
}
