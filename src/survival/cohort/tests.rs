use super::*;

fn times(cohort: &Cohort) -> Vec<f64> {
    cohort.outcomes().iter().map(|it| it.time).collect()
}

#[test]
fn times_that_differ_by_round_off_are_tied() {
    let cohort = Cohort::from_columns(&[0.1 + 0.2, 1.0, 0.3, 1.0 + 1e-9, 1.0 + 1e-7], &[true; 5]).unwrap();

    assert_eq!(times(&cohort), [0.3, 1.0, 0.3, 1.0, 1.0 + 1e-7]);
    assert_eq!(cohort.schedule().order, [2, 0, 1, 3, 4]);
    assert_eq!(cohort.schedule().ties.iter().map(|it| it.n_risk).collect::<Vec<_>>(), [5, 3, 1]);
}

#[test]
fn a_chain_of_near_ties_takes_its_smallest_time() {
    let cohort = Cohort::from_columns(&[1.0 + 2e-8, 1.0 + 1e-8, 1.0], &[true; 3]).unwrap();
    assert_eq!(times(&cohort), [1.0; 3]);
}

#[test]
fn times_that_cannot_be_are_refused() {
    for time in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(Cohort::from_columns(&[time], &[true]), Err(Error::OutOfRange { .. })), "{time}");
    }
    assert!(matches!(Cohort::from_columns(&[1.0], &[]), Err(Error::UnequalLengths { .. })));
}

#[test]
fn time_zero_and_no_patients_are_fine() {
    assert_eq!(times(&Cohort::from_columns(&[-0.0, 0.0], &[true, false]).unwrap()), [0.0; 2]);
    assert!(Cohort::new(Vec::new()).unwrap().is_empty());
}

#[test]
fn a_patient_is_at_risk_after_entry_and_up_to_the_end() {
    let cohort = Cohort::from_columns(&[2.0, 3.0, 3.0, 5.0], &[true, true, false, true]).unwrap();
    let cohort = cohort.with_entries(&[0.0, 2.0, 1.0, 3.0]).unwrap();
    let ties = &cohort.schedule().ties;
    assert_eq!(ties.iter().map(|it| it.n_risk).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(ties.iter().map(|it| it.risk_weight).collect::<Vec<_>>(), [2.0, 2.0, 1.0]);
    let strata = cohort.schedules(Some(&[0, 1, 0, 1])).unwrap();
    assert_eq!(strata[0].ties.iter().map(|it| it.n_risk).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(strata[1].ties.iter().map(|it| it.n_risk).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn who_leaves_before_entering_is_refused() {
    let cohort = || Cohort::from_columns(&[2.0, 3.0], &[true, true]).unwrap();
    for entries in [[0.0, 3.0], [0.0, 3.0 - 1e-9], [f64::NAN, 1.0], [2.5, 1.0]] {
        assert!(matches!(cohort().with_entries(&entries), Err(Error::OutOfRange { .. })), "{entries:?}");
    }
    assert!(cohort().with_entries(&[-1.0, 0.0]).is_ok());
}

#[test]
fn weights_are_summed_over_events_and_risk_sets() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0], &[true, true, false]).unwrap();
    let cohort = cohort.with_weights(&[0.5, 2.0, 0.25]).unwrap();
    let weights: Vec<_> = cohort.schedule().ties.iter().map(|it| (it.event_weight, it.risk_weight)).collect();
    assert_eq!(weights, [(0.5, 2.75), (2.0, 2.25)]);
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(cohort.clone().with_weights(&[1.0, 1.0, wrong]), Err(Error::OutOfRange { .. })), "{wrong}");
    }
}

#[test]
fn near_ties_are_counted_and_entries_take_part() {
    let cohort = Cohort::from_columns(&[0.1 + 0.2, 0.3, 1.0], &[true; 3]).unwrap();
    assert_eq!(cohort.n_times_merged(), 1);
    let cohort = cohort.with_entries(&[0.0, 0.0, 0.1 + 0.2]).unwrap();
    assert_eq!(cohort.entries().unwrap()[2..], [0.3]);
    // One who enters at 0.3 is not at risk at 0.3.
    assert_eq!(cohort.schedule().ties[0].n_risk, 2);
}

#[test]
fn who_is_named_twice_is_there_twice() {
    let cohort = Cohort::from_columns(&[3.0, 1.0], &[true, false]).unwrap().with_weights(&[2.0, 1.0]).unwrap();
    let sample = cohort.select(&[0, 0, 1]);
    assert_eq!((times(&sample), sample.weights().unwrap()), (vec![3.0, 3.0, 1.0], [2.0, 2.0, 1.0].as_slice()));
}

#[test]
fn a_subset_keeps_the_order_of_the_input() {
    let cohort = Cohort::from_columns(&[3.0, 1.0, 2.0], &[true, false, true]).unwrap();
    let subset = cohort.subset(|idx| idx != 1);
    assert_eq!(times(&subset), [3.0, 2.0]);
    assert_eq!((subset.len(), subset.n_events()), (2, 2));
}

#[test]
fn merged_times_are_counted_among_those_who_are_chosen() {
    let cohort = Cohort::from_columns(&[0.1 + 0.2, 0.3, 1.0], &[true; 3]).unwrap();
    assert_eq!(cohort.subset(|idx| idx > 0).n_times_merged(), 0);
    assert_eq!(cohort.select(&[0, 0, 2]).n_times_merged(), 2);
    assert_eq!(cohort.with_weights(&[1.0; 3]).unwrap().with_entries(&[0.0; 3]).unwrap().n_times_merged(), 1);
}

#[test]
fn a_sample_is_the_cohort_of_its_outcomes() {
    let cohort = Cohort::from_columns(&[3.0, 1.0, 2.0, 3.0], &[true, false, true, false]).unwrap();
    let cohort = cohort.with_entries(&[0.0, 0.5, 1.0, 0.0]).unwrap();
    let indices = [3, 0, 2, 2, 0];
    let sample = cohort.select(&indices);
    let outcomes: Vec<Outcome> = indices.iter().map(|&idx| cohort.outcomes()[idx]).collect();
    let entries: Vec<f64> = indices.iter().map(|&idx| cohort.entries().unwrap()[idx]).collect();
    let expected = Cohort::new(outcomes).unwrap().with_entries(&entries).unwrap();
    assert_eq!(sample.schedule().ties, expected.schedule().ties);
    assert_eq!(sample.outcomes(), expected.outcomes());
}
