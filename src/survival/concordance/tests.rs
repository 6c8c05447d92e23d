use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;

fn cohort(times: &[f64], events: &[u8]) -> Cohort {
    let events: Vec<bool> = events.iter().map(|&it| it == 1).collect();
    Cohort::from_columns(times, &events).unwrap()
}

/// A published trap: most implementations treat one of the ties otherwise.
#[test]
fn ties_in_time_are_settled_as_harrell_does() {
    let c = harrell(&cohort(&[1.0, 2.0, 2.0, 2.0, 3.0], &[1, 1, 1, 0, 0]), &[5.0, 4.0, 1.0, 3.0, 2.0], None).unwrap();
    assert_eq!(c.concordance, Some(0.75));
    assert_eq!((c.concordant, c.discordant, c.tied_risk, c.tied_time), (6, 2, 0, 1));
}

#[test]
fn without_comparable_pairs_there_is_no_concordance() {
    for (times, events) in [(&[][..], &[][..]), (&[1.0][..], &[1][..]), (&[1.0, 2.0], &[0, 1]), (&[1.0, 1.0], &[1, 1])]
    {
        let c = harrell(&cohort(times, events), &vec![1.0; times.len()], None).unwrap();
        assert_eq!((c.concordance, c.std_err), (None, None), "{times:?}");
    }
}

#[test]
fn equal_risks_are_chance() {
    let c = harrell(&cohort(&[1.0, 2.0, 3.0], &[1, 1, 1]), &[0.0, -0.0, 0.0], None).unwrap();
    assert_eq!((c.concordance, c.tied_risk), (Some(0.5), 3));
}

#[test]
fn a_risk_in_the_order_of_events_is_perfect() {
    let c = harrell(&cohort(&[1.0, 2.0, 3.0], &[1, 1, 1]), &[9.0, 5.0, 1.0], None).unwrap();
    assert_eq!((c.concordance, c.std_err), (Some(1.0), Some(0.0)));
}

#[test]
fn wrong_risks_are_refused() {
    let cohort = cohort(&[1.0, 2.0], &[1, 1]);
    assert!(matches!(harrell(&cohort, &[1.0], None), Err(Error::UnequalLengths { .. })));
    assert!(matches!(harrell(&cohort, &[1.0, f64::NAN], None), Err(Error::OutOfRange { .. })));
    assert!(matches!(harrell(&cohort, &[1.0, 2.0], Some(&[0])), Err(Error::UnequalLengths { .. })));
}

/// Concordant, discordant and tied pairs by looking at each pair.
fn count_by_hand(rows: &[(u8, bool, u8, usize)]) -> [u64; 5] {
    let mut counts = [0; 5];
    for (i, a) in rows.iter().enumerate() {
        for (j, b) in rows.iter().enumerate() {
            let is_first = a.1 && (a.0 < b.0 || (a.0 == b.0 && !b.1));
            if a.3 == b.3 && is_first {
                counts[match a.2.cmp(&b.2) {
                    std::cmp::Ordering::Greater => 0,
                    std::cmp::Ordering::Less => 1,
                    std::cmp::Ordering::Equal => 2,
                }] += 1;
            } else if i < j && a.3 == b.3 && a.0 == b.0 && a.1 && b.1 {
                counts[if a.2 == b.2 { 4 } else { 3 }] += 1;
            }
        }
    }
    counts
}

proptest! {
    #[test]
    fn it_counts_what_looking_at_every_pair_counts(
        rows in prop::collection::vec((0_u8..12, any::<bool>(), 0_u8..8, 0_usize..3), 0..50)
    ) {
        let outcomes = rows.iter().map(|it| Outcome { time: f64::from(it.0), event: it.1 });
        let cohort = Cohort::new(outcomes.collect()).unwrap();
        let risk: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
        let strata: Vec<usize> = rows.iter().map(|it| it.3).collect();
        let c = harrell(&cohort, &risk, Some(&strata)).unwrap();

        let counts = [c.concordant, c.discordant, c.tied_risk, c.tied_time, c.tied_risk_and_time];
        prop_assert_eq!(counts, count_by_hand(&rows));

        let negated: Vec<f64> = risk.iter().map(|it| -it).collect();
        let opposite = harrell(&cohort, &negated, Some(&strata)).unwrap();
        prop_assert_eq!(c.concordance.is_some(), opposite.concordance.is_some());
        if let (Some(c), Some(opposite)) = (c.concordance, opposite.concordance) {
            prop_assert!((c + opposite - 1.0).abs() < 1e-14);
        }
        prop_assert_eq!(c.std_err.is_some(), c.concordance.is_some());
        prop_assert!((c.std_err.unwrap_or(0.0) - opposite.std_err.unwrap_or(0.0)).abs() < 1e-14);
    }
}
