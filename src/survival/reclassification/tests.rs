use proptest::prelude::*;

use super::*;

fn cohort() -> Cohort {
    Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[true, false, true, true, false, true]).unwrap()
}

#[test]
fn a_model_does_not_reclassify_against_itself() {
    let risk = [0.5, 0.4, 0.3, 0.2, 0.1, 0.6];
    let found = assess(&cohort(), &risk, &risk, 3.5, &[], None).unwrap();
    assert_eq!((found.n_up, found.n_down), (0, 0));
    assert_eq!((found.nri.estimate, found.idi.estimate, found.idi.lower), (Some(0.0), Some(0.0), None));
}

#[test]
fn a_risk_on_a_cut_off_belongs_to_the_category_above() {
    let (old, new) = ([0.19, 0.2, 0.2, 0.5, 0.1, 0.3], [0.2, 0.19, 0.3, 0.5, 0.1, 0.2]);
    let found = assess(&cohort(), &old, &new, 3.5, &[0.2, 0.4], None).unwrap();
    assert_eq!((found.n_up, found.n_down), (1, 1));
}

#[test]
fn without_events_or_follow_up_there_is_no_measure() {
    let risk = [0.5, 0.4, 0.3, 0.2, 0.1, 0.6];
    let other = [0.4, 0.5, 0.3, 0.2, 0.6, 0.1];
    for time in [0.5, 6.0, 7.0] {
        let found = assess(&cohort(), &risk, &other, time, &[], None).unwrap();
        assert_eq!((found.nri.estimate, found.idi.estimate), (None, None), "{time}");
    }
    let none = assess(&Cohort::new(Vec::new()).unwrap(), &[], &[], 1.0, &[], None).unwrap();
    assert_eq!((none.nri.estimate, none.idi.estimate), (None, None));
}

#[test]
fn what_is_no_probability_is_refused() {
    let of = |risk: &[f64], time: f64, cutoffs: &[f64]| assess(&cohort(), risk, &[0.1; 6], time, cutoffs, None);
    assert!(matches!(of(&[0.1], 1.0, &[]), Err(Error::UnequalLengths { .. })));
    assert!(matches!(of(&[1.1; 6], 1.0, &[]), Err(Error::OutOfRange { .. })));
    assert!(matches!(of(&[0.1; 6], f64::NAN, &[]), Err(Error::OutOfRange { .. })));
    assert!(matches!(of(&[0.1; 6], 1.0, &[0.0]), Err(Error::OutOfRange { .. })));
    assert!(matches!(of(&[0.1; 6], 1.0, &[0.3, 0.2]), Err(Error::OutOfRange { .. })));
    let late = cohort().with_entries(&[0.5, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    assert!(matches!(assess(&late, &[0.1; 6], &[0.1; 6], 1.0, &[], None), Err(Error::Unanswerable { .. })));
}

#[test]
fn intervals_are_the_same_for_any_number_of_threads() {
    let (old, new) = ([0.5, 0.4, 0.3, 0.2, 0.1, 0.6], [0.6, 0.3, 0.5, 0.1, 0.2, 0.5]);
    let run = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let bootstrap = Some(Bootstrap { n_replicates: 50, seed: 5 });
        pool.install(|| assess(&cohort(), &old, &new, 3.5, &[], bootstrap).unwrap())
    };
    assert_eq!(run(1), run(3));
    assert!(run(1).nri.lower < run(1).nri.upper && run(1).idi.lower < run(1).idi.upper);
}

proptest! {
    #[test]
    fn without_censoring_it_counts_patients(
        rows in prop::collection::vec((1_u8..9, 0_u8..=10, 0_u8..=10), 1..30), time in 1_u8..9
    ) {
        let cohort = Cohort::from_columns(&rows.iter().map(|it| f64::from(it.0)).collect::<Vec<_>>(), &vec![true; rows.len()]).unwrap();
        let risk = |value: fn(&(u8, u8, u8)) -> u8| rows.iter().map(|it| f64::from(value(it)) / 10.0).collect::<Vec<_>>();
        let found = assess(&cohort, &risk(|it| it.1), &risk(|it| it.2), f64::from(time), &[], None).unwrap();
        let swapped = assess(&cohort, &risk(|it| it.2), &risk(|it| it.1), f64::from(time), &[], None).unwrap();

        let share = |died: bool, value: &dyn Fn(&(u8, u8, u8)) -> f64| {
            let group: Vec<f64> = rows.iter().filter(|it| (it.0 <= time) == died).map(value).collect();
            (!group.is_empty()).then(|| group.iter().sum::<f64>() / group.len() as f64)
        };
        let up = |it: &(u8, u8, u8)| f64::from(i8::from(it.2 > it.1) - i8::from(it.2 < it.1));
        let change = |it: &(u8, u8, u8)| (f64::from(it.2) - f64::from(it.1)) / 10.0;
        let expected = share(true, &up).zip(share(false, &up)).map(|(died, lived)| died - lived);
        prop_assert_eq!(found.nri.estimate.is_some(), expected.is_some());
        if let (Some(nri), Some(expected)) = (found.nri.estimate, expected) {
            prop_assert!((nri - expected).abs() < 1e-12);
            let idi = share(true, &change).unwrap() - share(false, &change).unwrap();
            prop_assert!((found.idi.estimate.unwrap() - idi).abs() < 1e-12);
            prop_assert!((nri + swapped.nri.estimate.unwrap()).abs() < 1e-12);
        }
    }
}
