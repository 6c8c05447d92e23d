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

/// One row of a made-up cohort with all that a concordance allows for.
#[derive(Clone, Debug)]
struct Row {
    entry: f64,
    time: f64,
    event: bool,
    risk: f64,
    weight: f64,
    stratum: usize,
    cluster: usize,
}

fn rows(max_entry: u8) -> impl Strategy<Value = Vec<Row>> {
    let row = (0..=max_entry, 1_u8..12, any::<bool>(), 0_u8..6, 1_u8..8, 0_usize..2, 0_usize..9);
    prop::collection::vec(row, 0..30).prop_map(|rows| {
        let row = |(entry, length, event, risk, weight, stratum, cluster): (u8, u8, bool, u8, u8, usize, usize)| Row {
            entry: f64::from(entry),
            time: f64::from(entry + length),
            event,
            risk: f64::from(risk),
            weight: f64::from(weight) / 2.0,
            stratum,
            cluster,
        };
        rows.into_iter().map(row).collect()
    })
}

fn column<T>(rows: &[Row], value: fn(&Row) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn cohort_of(rows: &[Row]) -> Cohort {
    let cohort = Cohort::from_columns(&column(rows, |it| it.time), &column(rows, |it| it.event)).unwrap();
    let cohort = cohort.with_weights(&column(rows, |it| it.weight)).unwrap();
    if rows.iter().all(|it| it.entry <= 0.0) {
        return cohort;
    }
    cohort.with_entries(&column(rows, |it| it.entry)).unwrap()
}

/// The time weight of an event by products over all times before it.
fn time_weight_by_hand(rows: &[Row], of: TimeWeight, event: &Row) -> f64 {
    let stratum: Vec<&Row> = rows.iter().filter(|it| it.stratum == event.stratum).collect();
    let sum = |keep: &dyn Fn(&Row) -> bool| stratum.iter().filter(|it| keep(it)).map(|it| it.weight).sum::<f64>();
    let n_risk = |time: f64| sum(&|it| it.entry < time && it.time >= time);
    let same = |a: f64, b: f64| (a - b).abs() < 0.5;
    let mut times: Vec<f64> = stratum.iter().map(|it| it.time).filter(|it| *it < event.time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let (mut survival, mut in_view) = (1.0, 1.0);
    for time in times {
        let events = sum(&|it| same(it.time, time) && it.event);
        let censored = sum(&|it| same(it.time, time) && !it.event);
        survival *= 1.0 - events / n_risk(time);
        if censored > 0.0 {
            in_view *= 1.0 - censored / (n_risk(time) - events);
        }
    }
    let n = sum(&|_| true);
    match of {
        _ if stratum.iter().filter(|it| it.event).count() < 2 => 1.0,
        TimeWeight::Equal => 1.0,
        TimeWeight::Survival => n * survival / n_risk(event.time),
        TimeWeight::SurvivalOverCensoring => n * survival / in_view / n_risk(event.time),
        TimeWeight::InverseSquaredCensoring => 1.0 / (in_view * in_view),
        TimeWeight::EachEvent => 1.0 / n_risk(event.time),
    }
}

/// Concordance, its standard error and that of the null, by looking at each pair.
fn by_hand(rows: &[Row], of: TimeWeight, until: f64) -> Option<[f64; 3]> {
    let (mut net, mut comparable, mut null) = (0.0, 0.0, 0.0);
    let mut of_row = vec![(0.0, 0.0); rows.len()];
    for (i, event) in rows.iter().enumerate().filter(|(_, it)| it.event && it.time <= until) {
        let time_weight = time_weight_by_hand(rows, of, event);
        let (mut below_less_above, mut at_risk) = (Vec::new(), 0.0);
        for (j, other) in rows.iter().enumerate().filter(|(_, it)| it.stratum == event.stratum) {
            if other.entry < event.time && other.time >= event.time {
                at_risk += other.weight;
                let is_later = other.time > event.time || !other.event;
                let sign = |a: &Row, b: &Row| f64::from(i8::from(a.risk > b.risk) - i8::from(a.risk < b.risk));
                if is_later {
                    let sign = sign(event, other);
                    net += time_weight * event.weight * other.weight * sign;
                    comparable += time_weight * event.weight * other.weight;
                    for (at, weight) in [(i, other.weight), (j, event.weight)] {
                        of_row[at].0 += time_weight * weight * sign;
                        of_row[at].1 += time_weight * weight;
                    }
                }
                let peers = rows.iter().filter(|it| it.stratum == event.stratum);
                let peers = peers.filter(|it| it.entry < event.time && it.time >= event.time);
                below_less_above.push((other.weight, peers.map(|it| it.weight * sign(other, it)).sum::<f64>()));
            }
        }
        let variance = below_less_above.iter().map(|(w, score)| w * score * score).sum::<f64>() / at_risk;
        null += time_weight * event.weight * variance;
    }
    if comparable <= 0.0 {
        return None;
    }
    let somers_d = net / comparable;
    let mut sums = [0.0; 9];
    for (row, (net, total)) in rows.iter().zip(of_row) {
        sums[row.cluster] += row.weight * (net - total * somers_d) / (2.0 * comparable);
    }
    let std_err = sums.iter().map(|it| it * it).sum::<f64>().sqrt();
    Some([f64::midpoint(somers_d, 1.0), std_err, null.sqrt() / (2.0 * comparable)])
}

const TIME_WEIGHTS: [TimeWeight; 5] = [
    TimeWeight::Equal,
    TimeWeight::Survival,
    TimeWeight::SurvivalOverCensoring,
    TimeWeight::InverseSquaredCensoring,
    TimeWeight::EachEvent,
];

fn assert_as_by_hand(rows: &[Row], time_weight: TimeWeight, until: f64) -> Result<(), TestCaseError> {
    let (risk, strata) = (column(rows, |it| it.risk), column(rows, |it| it.stratum));
    let clusters = column(rows, |it| it.cluster);
    let settings = Settings {
        time_weight,
        strata: Some(&strata),
        clusters: Some(&clusters),
        until: Some(until),
        ..Settings::default()
    };
    let found = estimate(&cohort_of(rows), &risk, &settings).unwrap();
    let expected = by_hand(rows, time_weight, until);
    let numbers = [found.concordance, found.std_err, found.null_std_err];
    for (at, found) in numbers.into_iter().enumerate() {
        prop_assert_eq!(found.is_some(), expected.is_some());
        if let (Some(found), Some(expected)) = (found, expected) {
            prop_assert!((found - expected[at]).abs() < 1e-10, "{}: {} is not {}", at, found, expected[at]);
        }
    }
    if let (Some(c), Some(lower), Some(upper)) = (found.concordance, found.lower, found.upper) {
        prop_assert!(0.0 <= lower && lower <= c && c <= upper && upper <= 1.0);
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_time_weight_is_what_looking_at_every_pair_gives(rows in rows(0), until in 1_u8..14) {
        for time_weight in TIME_WEIGHTS {
            assert_as_by_hand(&rows, time_weight, f64::from(until))?;
        }
    }

    #[test]
    fn late_entry_leaves_only_pairs_that_were_at_risk_together(rows in rows(5), until in 1_u8..18) {
        for time_weight in [TimeWeight::Equal, TimeWeight::Survival, TimeWeight::EachEvent] {
            assert_as_by_hand(&rows, time_weight, f64::from(until))?;
        }
    }

    #[test]
    fn a_risk_and_its_copy_do_not_differ(rows in rows(0)) {
        let of = |risk: &[f64]| estimate(&cohort_of(&rows), risk, &Settings::default()).unwrap();
        let risk = column(&rows, |it| it.risk);
        let (same, other) = (of(&risk), of(&column(&rows, |it| it.weight)));
        if let Some(difference) = compare(&same, &same).unwrap() {
            prop_assert_eq!((difference.difference, difference.std_err, difference.z), (0.0, 0.0, None));
            prop_assert_eq!(test_equality(&[&same, &same]).unwrap(), None);
            let difference = compare(&same, &other).unwrap().unwrap();
            let v = covariance(&[&same, &other]).unwrap().unwrap();
            prop_assert!((difference.std_err.powi(2) - (v[0][0] + v[1][1] - 2.0 * v[0][1])).abs() < 1e-12);
            if let (Some(z), Some(test)) = (difference.z, test_equality(&[&same, &other]).unwrap()) {
                prop_assert!((test.chi_square - z * z).abs() < 1e-6 * (1.0 + z * z));
            }
        }
    }
}

#[test]
fn two_of_a_patient_are_one_of_weight_two() {
    let twice = cohort(&[1.0, 1.0, 2.0, 3.0, 4.0], &[1, 1, 0, 1, 0]);
    let weighted = cohort(&[1.0, 2.0, 3.0, 4.0], &[1, 0, 1, 0]).with_weights(&[2.0, 1.0, 1.0, 1.0]).unwrap();
    let a = estimate(&twice, &[1.0, 1.0, 3.0, 2.0, 0.0], &Settings::default()).unwrap();
    let b = estimate(&weighted, &[1.0, 3.0, 2.0, 0.0], &Settings::default()).unwrap();
    assert_eq!((a.concordance, a.concordant, a.discordant), (b.concordance, b.concordant, b.discordant));
}

#[test]
fn wrong_questions_are_refused() {
    let cohort = cohort(&[1.0, 2.0, 3.0], &[1, 1, 0]);
    let of = |settings: &Settings<'_>| estimate(&cohort, &[3.0, 1.0, 2.0], settings);
    assert!(matches!(of(&Settings { clusters: Some(&[0]), ..Settings::default() }), Err(Error::UnequalLengths { .. })));
    for wrong in [f64::NAN, f64::INFINITY] {
        assert!(matches!(of(&Settings { from: Some(wrong), ..Settings::default() }), Err(Error::OutOfRange { .. })));
        assert!(matches!(of(&Settings { until: Some(wrong), ..Settings::default() }), Err(Error::OutOfRange { .. })));
    }
    let uno = Settings { time_weight: TimeWeight::InverseSquaredCensoring, ..Settings::default() };
    let late = cohort.clone().with_entries(&[0.0, 1.0, 0.0]).unwrap();
    assert!(matches!(estimate(&late, &[3.0, 1.0, 2.0], &uno), Err(Error::Unanswerable { .. })));
    let (one, other) = (of(&Settings::default()).unwrap(), of(&uno).unwrap());
    assert!(matches!(compare(&one, &other), Err(Error::Unanswerable { .. })));
}

#[test]
fn times_before_the_start_are_tied() {
    let cohort = cohort(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 0]);
    let c = estimate(&cohort, &[1.0, 2.0, 3.0, 4.0], &Settings { from: Some(2.0), ..Settings::default() }).unwrap();
    assert_eq!((c.tied_time, c.discordant), (1.0, 5.0));
}
