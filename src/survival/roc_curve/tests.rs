use proptest::prelude::*;

use super::*;

const NEIGHBORS: Method = Method::NearestNeighbors { span: 0.4 };

/// Follow-up, event, marker.
type Row = (u8, bool, u8);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((1_u8..8, any::<bool>(), 0_u8..6), 0..20)
}

fn found(rows: &[Row], time: f64, method: Method) -> RocCurve {
    let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
    let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
    let marker: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
    estimate(&Cohort::from_columns(&times, &events).unwrap(), &marker, time, method).unwrap()
}

proptest! {
    #[test]
    fn neighbors_give_a_curve_that_rises_inside_the_square(rows in rows(), time in 1_u8..8) {
        let found = found(&rows, f64::from(time), NEIGHBORS);
        for it in &found.thresholds {
            prop_assert!((-1e-12..=1.0 + 1e-12).contains(&it.sensitivity));
            prop_assert!((-1e-12..=1.0 + 1e-12).contains(&it.specificity));
        }
        for it in found.thresholds.windows(2) {
            prop_assert!(it[0].threshold.is_none_or(|lower| Some(lower) < it[1].threshold));
            prop_assert!(it[1].sensitivity <= it[0].sensitivity + 1e-12);
            prop_assert!(it[1].specificity >= it[0].specificity - 1e-12);
        }
        prop_assert_eq!(found.auc.is_none(), found.thresholds.is_empty());
    }

    #[test]
    fn both_ends_find_everybody_and_nobody(rows in rows(), time in 1_u8..8) {
        for method in [Method::KaplanMeier, NEIGHBORS] {
            let found = found(&rows, f64::from(time), method);
            if let [first, .., last] = &found.thresholds[..] {
                prop_assert!((first.sensitivity - 1.0).abs() < 1e-12 && first.specificity.abs() < 1e-12);
                prop_assert!(last.sensitivity.abs() < 1e-12 && (last.specificity - 1.0).abs() < 1e-12);
            }
        }
    }

    /// Without censoring up to the time, Kaplan and Meier's curve is that of pairs of cases and controls.
    #[test]
    fn without_censoring_the_area_is_that_of_pairs(mut rows in rows(), time in 1_u8..8) {
        for row in &mut rows {
            row.1 = row.1 || row.0 <= time;
        }
        let found = found(&rows, f64::from(time), Method::KaplanMeier);
        let (cases, controls): (Vec<Row>, Vec<Row>) = rows.iter().partition(|it| it.0 <= time);
        let pairs = cases.iter().flat_map(|a| controls.iter().map(move |b| (a.2, b.2)));
        let sum: f64 = pairs.map(|(a, b)| if a == b { 0.5 } else { f64::from(u8::from(a > b)) }).sum();
        match found.auc {
            Some(auc) => prop_assert!((auc - sum / (cases.len() * controls.len()) as f64).abs() < 1e-12),
            None => prop_assert!(cases.is_empty() || controls.is_empty()),
        }
    }

    #[test]
    fn the_order_of_patients_does_not_count(rows in rows(), time in 1_u8..8) {
        let reversed: Vec<Row> = rows.iter().rev().copied().collect();
        for method in [Method::KaplanMeier, NEIGHBORS] {
            prop_assert_eq!(found(&rows, f64::from(time), method), found(&reversed, f64::from(time), method));
        }
    }
}

#[test]
fn without_an_event_or_without_survivors_there_is_no_curve() {
    let rows = [(1, false, 3), (2, true, 1), (3, true, 2)];
    for method in [Method::KaplanMeier, NEIGHBORS] {
        for (rows, time, survival) in [(&rows[..], 1.0, 1.0), (&rows[..], 3.0, 0.0), (&rows[..0], 1.0, 1.0)] {
            let found = found(rows, time, method);
            // Who was lost early, and is like nobody else, survives among neighbors.
            let has_curve = survival < 0.5 && method == NEIGHBORS;
            assert_eq!((found.auc.is_some(), found.thresholds.len()), (has_curve, if has_curve { 4 } else { 0 }));
            assert!((found.survival - survival).abs() < 1e-15);
        }
        let one = found(&[(1, true, 2)], 1.0, method);
        assert_eq!((one.n, one.auc), (1, None));
    }
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let cohort = Cohort::from_columns(&[1.0, 2.0], &[true, false]).unwrap();
    let of = |cohort: &Cohort, marker: &[f64], method| estimate(cohort, marker, 1.0, method);
    assert!(matches!(of(&cohort, &[1.0], Method::KaplanMeier), Err(Error::UnequalLengths { .. })));
    assert!(matches!(of(&cohort, &[1.0, f64::NAN], Method::KaplanMeier), Err(Error::OutOfRange { .. })));
    for span in [0.0, 1.1, f64::NAN] {
        let method = Method::NearestNeighbors { span };
        assert!(matches!(of(&cohort, &[1.0, 2.0], method), Err(Error::OutOfRange { .. })));
    }
    let late = cohort.clone().with_entries(&[0.0, 1.0]).unwrap();
    let weighted = cohort.with_weights(&[1.0, 2.0]).unwrap();
    for cohort in [late, weighted] {
        assert!(matches!(of(&cohort, &[1.0, 2.0], Method::KaplanMeier), Err(Error::Unanswerable { .. })));
    }
}
