//! Kaplan-Meier survival of a group at one time, without a cohort of its own.

use super::cohort::Cohort;

/// Survival at a time among the patients whom `is_in` names by their index.
///
/// `None` if there are none, or if their follow-up ends before while some still live.
pub(super) fn at(cohort: &Cohort, time: f64, is_in: impl Fn(usize) -> bool) -> Option<f64> {
    let schedule = cohort.schedule();
    let sum = |patients: &[usize]| {
        let members = patients.iter().filter(|&&it| is_in(it));
        members.fold((0_usize, 0.0), |(n, weight), &it| (n + 1, weight + cohort.weight(it)))
    };
    let (mut n_risk, mut risk_weight) = if schedule.entry_order.is_empty() { sum(&schedule.order) } else { (0, 0.0) };
    let (mut survival, mut last_time, mut n_entered) = (1.0, None, 0);
    for tie in schedule.ties.iter().take_while(|tie| tie.time <= time) {
        if tie.n_entered > n_entered {
            let (n, weight) = sum(&schedule.entry_order[n_entered..tie.n_entered]);
            n_risk += n;
            risk_weight += weight;
            n_entered = tie.n_entered;
        }
        let (mut n_leaving, mut n_event, mut leaving, mut events) = (0, 0, 0.0, 0.0);
        for &idx in schedule.order[tie.members.clone()].iter().filter(|&&it| is_in(it)) {
            n_leaving += 1;
            leaving += cohort.weight(idx);
            if cohort.outcomes()[idx].event {
                n_event += 1;
                events += cohort.weight(idx);
            }
        }
        if n_event > 0 {
            survival *= if n_event == n_risk { 0.0 } else { (risk_weight - events) / risk_weight };
        }
        if n_leaving > 0 {
            last_time = Some(tie.time);
        }
        n_risk -= n_leaving;
        risk_weight -= leaving;
    }
    let is_followed = n_risk > 0 || last_time.is_some_and(|last| last >= time) || survival <= 0.0;
    let has_later = || schedule.order.iter().rev().any(|&it| is_in(it) && cohort.outcomes()[it].time > time);
    (is_followed || has_later()).then_some(survival)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::survival::kaplan_meier::{self, ConfidenceScale};

    proptest! {
        #[test]
        fn it_is_the_curve_of_the_group(
            rows in prop::collection::vec((1_u8..12, any::<bool>(), any::<bool>()), 0..30), time in 1_u8..14
        ) {
            let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
            let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
            let cohort = Cohort::from_columns(&times, &events).unwrap();
            let curve = kaplan_meier::estimate(&cohort.subset(|idx| rows[idx].2), ConfidenceScale::Plain);
            let after_all = curve.steps.last().filter(|it| it.survival <= 0.0).map(|_| 0.0);
            let expected = curve.survival_at(f64::from(time)).map(|it| it.survival).or(after_all);
            let found = at(&cohort, f64::from(time), |idx| rows[idx].2);
            prop_assert_eq!(found.is_some(), expected.is_some());
            prop_assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-14);
        }
    }

    #[test]
    fn who_enters_late_is_at_risk_after_entry() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 9.0], &[true, true, true, true]).unwrap();
        let cohort = cohort.with_entries(&[0.0, 0.0, 1.0, 5.0]).unwrap();
        // At 1 two are at risk, at 2 two.
        assert_eq!(at(&cohort, 2.5, |_| true), Some(0.25));
        assert_eq!(at(&cohort, 2.5, |idx| idx > 2), Some(1.0));
        assert_eq!(at(&cohort, 2.5, |_| false), None);
    }
}
