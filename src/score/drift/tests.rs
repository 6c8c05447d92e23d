use super::*;
use crate::model::{Marker, Region};
use crate::protocol::{Protocol, ReferenceMode};
use crate::score::UsableValues;
use crate::score::reference::{Reference, ReferenceSettings, WithinPatient};

/// A protocol of one marker in two regions.
fn protocol() -> Protocol {
    let mut protocol: Protocol = Protocol::preset("consensus").unwrap();
    protocol.markers = vec![Marker::from("CD3")];
    protocol.regions = vec![Region::from("CT"), Region::from("IM")];
    protocol
}

/// Log-normal densities: their quantiles at `n` places, in an order that has nothing to do with their size.
fn rows(n: u32, factor: f64) -> Vec<UsableValues> {
    let quantile = |at: u32, median: f64| {
        let u = (f64::from(at) + 0.5) / f64::from(n);
        // Logistic on the log scale.
        Some(factor * median * (u / (1.0 - u)).powf(0.5))
    };
    let rows: Vec<_> = (0..n).map(|at| vec![quantile(at, 200.0), quantile((at * 7919) % n, 400.0)]).collect();
    UsableValues::of_rows(&rows)
}

fn reference(protocol: &Protocol) -> Reference {
    let settings = ReferenceSettings::plain(ReferenceMode::Training, protocol);
    Reference::build(&rows(211, 1.0), &settings).unwrap()
}

fn compared(batches: &[Batch]) -> (Vec<BatchDrift>, Vec<ControlChart>) {
    let protocol = protocol();
    compare(&reference(&protocol), &protocol.components(), batches).unwrap()
}

fn batch(name: &str, n: u32, factor: f64) -> Batch {
    Batch { name: name.to_owned(), rows: rows(n, factor) }
}

#[test]
fn a_batch_like_the_reference_shows_no_drift() {
    let (drifts, charts) = compared(&[batch("a", 61, 1.0)]);
    assert_eq!((drifts[0].verdict, drifts[0].n_patients), (Verdict::NoDriftSeen, 61));
    assert!(drifts[0].reasons.is_empty());
    let bands = &drifts[0].components[0].bands;
    assert!(bands.iter().all(|it| (it.observed.unwrap() - it.expected).abs() < 0.02), "{bands:?}");
    assert!(charts[0].points[0].z.unwrap().abs() < 0.1);
}

#[test]
fn densities_that_doubled_are_not_scored() {
    let (drifts, charts) = compared(&[batch("a", 61, 1.0), batch("b", 61, 2.0)]);
    assert_eq!(drifts.iter().map(|it| it.verdict).collect::<Vec<_>>(), [Verdict::NoDriftSeen, Verdict::DoNotScore]);
    let drift = &drifts[1].components[0];
    let shift = drift.location_shift.unwrap();
    // The batch has twice the quantiles of the reference; 61 and 211 of them do not stand at the same places.
    assert!((shift.median_shift_percent.unwrap() - 100.0).abs() < 3.0);
    assert!((shift.hodges_lehmann_shift_percent.unwrap().estimate - 100.0).abs() < 5.0);
    assert!(drift.anderson_darling_holm_p_value >= drift.anderson_darling.map(|it| it.p_value));
    assert!(!charts[0].points[1].broken_rules.is_empty());
}

#[test]
fn a_small_batch_is_looked_at_even_if_it_is_far() {
    let (drifts, _) = compared(&[batch("a", 5, 1.4)]);
    assert_eq!(drifts[0].verdict, Verdict::Look);
    assert!(drifts[0].reasons.iter().any(|it| it.contains("5 of the 20 patients")), "{:?}", drifts[0].reasons);
    let visible = drifts[0].components[0].smallest_visible_shift_percent.unwrap();
    assert!(visible > 100.0, "five patients show no shift below {visible} %");
}

#[test]
fn fewer_than_20_patients_are_looked_at_however_far_they_are() {
    for (n, verdict) in [(1, Verdict::Look), (2, Verdict::Look), (19, Verdict::Look), (20, Verdict::DoNotScore)] {
        let drift = &compared(&[batch("a", n, 10.0)]).0[0];
        assert_eq!(drift.verdict, verdict, "{n}: {:?}", drift.reasons);
        assert_eq!(drift.reasons.iter().any(|it| it.contains("differs from")), n == 20, "{n}: {:?}", drift.reasons);
    }
    let said = &compared(&[batch("a", 19, 10.0)]).0[0].reasons[0];
    assert!(said.contains("19 of the 20 patients that a comparison needs, what there is lies apart from"), "{said}");
}

/// Of 60 patients with the median of the reference and 1.8 times its spread the index is 0.35, by chance alone 0.19.
#[test]
fn the_index_by_chance_is_no_distance() {
    let spread = |power: f64| {
        let mut batch = batch("a", 60, 1.0);
        for row in &mut batch.rows {
            for (value, median) in row.values.iter_mut().zip([200.0, 400.0]) {
                *value = value.map(|it| median * (it / median).powf(power));
            }
        }
        compared(&[batch]).0.remove(0)
    };
    let little = spread(1.8);
    let drift = &little.components[0];
    let index = drift.stability_index.as_ref().unwrap();
    assert!(index.index > 0.3 && index.beyond_chance() < 0.2, "{index:?}");
    assert!(drift.anderson_darling_holm_p_value < Some(SIGNIFICANCE));
    assert_eq!(little.verdict, Verdict::Look, "{:?}", little.reasons);
    let much = spread(2.2);
    assert_eq!(much.verdict, Verdict::DoNotScore, "{:?}", much.reasons);
    assert!(much.reasons[0].contains("stability index 0.53, by chance 0.19"), "{:?}", much.reasons);
}

/// Of a normal sample with standard deviation s, 2.80 s √(1/n + 1/m) is found in 4 of 5 cases.
#[test]
fn the_smallest_visible_shift_falls_with_the_size_of_the_batch() {
    let (drifts, _) = compared(&[batch("a", 20, 1.0), batch("b", 200, 1.0)]);
    let visible = |at: usize| drifts[at].components[0].smallest_visible_shift_percent.unwrap();
    let std_dev = drifts[0].components[0].location_shift.unwrap().reference.std_dev.unwrap();
    let expected = 100.0 * ((2.801_585_2 * std_dev * (1.0_f64 / 211.0 + 1.0 / 20.0).sqrt()).exp() - 1.0);
    assert!((visible(0) / expected - 1.0).abs() < 1e-6, "{} {expected}", visible(0));
    assert!(visible(1) < visible(0));
}

#[test]
fn a_table_of_quantiles_shows_bands_and_is_looked_at() {
    let protocol = protocol();
    let built = reference(&protocol);
    let settings = ReferenceSettings::plain(ReferenceMode::External, &protocol);
    let table = Reference::new(built.file.with_quantiles(20, 1).unwrap().0, &settings).unwrap();
    let (drifts, charts) = compare(&table, &protocol.components(), &[batch("a", 61, 1.0)]).unwrap();
    assert_eq!(drifts[0].verdict, Verdict::Look);
    assert!(drifts[0].components[0].anderson_darling.is_none() && charts.is_empty());
    assert_eq!(drifts[0].components[0].bands.iter().map(|it| it.n).sum::<usize>(), 61);
}

#[test]
fn a_batch_that_is_the_reference_or_another_batch_is_looked_at() {
    let mut again = batch("lot4", 61, 1.0);
    again.rows.reverse();
    let (drifts, _) = compared(&[batch("lot1", 61, 1.0), batch("lot2", 80, 1.0), again]);
    let verdicts: Vec<Verdict> = drifts.iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts, [Verdict::Look, Verdict::NoDriftSeen, Verdict::Look]);
    assert!(drifts[2].reasons[0].contains("batch 'lot4' has the same densities as batch 'lot1'"), "{drifts:?}");
    assert!(drifts[0].reasons[0].contains("batch 'lot1' has the same densities as batch 'lot4'"));

    // The patients who lack a component are in the table of the reference, and not in the reference.
    let mut own = batch("own", 211, 1.0);
    own.rows.extend(UsableValues::of_rows(&[vec![Some(100.0), None]]));
    let (drifts, _) = compared(&[own]);
    assert_eq!(drifts[0].verdict, Verdict::Look);
    let expected = "batch 'own' has the same densities as reference 'training split of this cohort'";
    assert!(drifts[0].reasons[0].contains(expected), "{:?}", drifts[0].reasons);
}

/// Half of these patients are of the reference, or fewer; and a reference of rounded values does not say so.
#[test]
fn patients_of_the_reference_are_told_from_half_of_a_batch_on() {
    let of_reference = |n: usize, n_all: u32| {
        let mut batch = batch("a", n_all, 1.001);
        let theirs = rows(211, 1.0).into_iter().step_by(7).take(n);
        batch.rows.iter_mut().step_by(2).zip(theirs).for_each(|(row, it)| row.values = it.values);
        batch
    };
    let expected = "30 of the 60 patients have, in every component, a value that reference 'training split of this cohort' \
                    holds once";
    let told = &compared(&[of_reference(30, 60)]).0[0];
    assert_eq!(told.verdict, Verdict::Look);
    assert!(told.reasons.iter().any(|it| it.starts_with(expected)), "{:?}", told.reasons);
    let fewer = &compared(&[of_reference(29, 60)]).0[0];
    assert!(!fewer.reasons.iter().any(|it| it.contains("holds once")), "{:?}", fewer.reasons);

    let protocol = protocol();
    let rounded = |rows: Vec<UsableValues>| -> Vec<UsableValues> {
        let round = |it: f64| (it / 100.0).round() * 100.0;
        let values = |it: UsableValues| it.values.into_iter().map(|it| it.map(round)).collect();
        rows.into_iter().map(|it| UsableValues { patient: it.patient, values: values(it) }).collect()
    };
    let settings = ReferenceSettings::plain(ReferenceMode::Training, &protocol);
    let reference = Reference::build(&rounded(rows(211, 1.0)), &settings).unwrap();
    let batch = Batch { name: "a".to_owned(), rows: rounded(rows(60, 1.001)) };
    let rounded = &compare(&reference, &protocol.components(), &[batch]).unwrap().0[0];
    assert!(!rounded.reasons.iter().any(|it| it.contains("holds once")), "{:?}", rounded.reasons);
}

#[test]
fn patients_with_the_values_of_others_of_their_batch_are_looked_at() {
    let mut twice = batch("a", 61, 1.0);
    twice.rows.push(UsableValues { patient: 61, ..twice.rows[5].clone() });
    let drift = &compared(&[twice]).0[0];
    assert_eq!(drift.verdict, Verdict::Look);
    assert!(drift.reasons[0].starts_with("2 of the 62 patients have"), "{:?}", drift.reasons);
}

#[test]
fn a_batch_without_a_usable_density_is_refused() {
    let protocol = protocol();
    let empty = Batch { name: "a".to_owned(), rows: UsableValues::of_rows(&vec![vec![None, None]; 30]) };
    let error = compare(&reference(&protocol), &protocol.components(), &[empty]).unwrap_err().to_string();
    assert!(error.contains("no patient of the batch has a usable density of CD3 CT, CD3 IM"), "{error}");
}

#[test]
fn the_order_of_patients_changes_nothing() {
    let forward = batch("a", 61, 1.3);
    let mut backward = forward.clone();
    backward.rows.reverse();
    assert_eq!(compared(&[forward]), compared(&[backward]));
}

/// Each patient has two samples: 20 samples are 10 patients, and a reference that does not say how far they go together forbids
/// nothing.
#[test]
fn samples_of_one_patient_forbid_to_score_where_it_is_known_how_far_they_go_together() {
    let protocol = protocol();
    let in_pairs = |mut batch: Batch| {
        batch.rows.iter_mut().enumerate().for_each(|(at, it)| it.patient = at / 2);
        batch
    };
    let far = || in_pairs(batch("far", 100, 3.0));
    assert_eq!(compared(&[batch("far", 100, 3.0)]).0[0].verdict, Verdict::DoNotScore);
    let found = &compared(&[far()]).0[0];
    assert_eq!((found.verdict, found.n_patients), (Verdict::Look, 50));
    assert!(
        found.reasons.iter().any(|it| it.contains("how samples of one patient go together")),
        "{:?}",
        found.reasons
    );
    let few = &compared(&[in_pairs(batch("few", 20, 1.0))]).0[0];
    assert!(few.reasons.iter().any(|it| it.contains("10 of the 20 patients")), "{:?}", few.reasons);

    let of_samples = |rank_correlation: f64| {
        let mut reference = reference(&protocol);
        let within =
            WithinPatient { patients_by_n_samples: vec![1, 105], rank_correlations: vec![rank_correlation; 2] };
        (reference.file.n_patients, reference.file.n_samples) = (106, Some(211));
        reference.file.within_patient = Some(within);
        compare(&reference, &protocol.components(), &[far()]).unwrap().0.remove(0)
    };
    let (unrelated, alike) = (of_samples(0.0), of_samples(1.0));
    assert_eq!((unrelated.verdict, alike.verdict), (Verdict::DoNotScore, Verdict::DoNotScore));
    let tests =
        |it: &BatchDrift| (it.components[0].anderson_darling.unwrap(), it.components[0].kolmogorov_smirnov.unwrap());
    let ((of_unrelated, _), (of_alike, _)) = (tests(&unrelated), tests(&alike));
    // Two alike are one: twice the variance, but for the one patient of the reference with one sample.
    assert!((of_unrelated.statistic / of_alike.statistic - 2.0).abs() < 0.01);
    assert!(tests(&unrelated).1.p_value < tests(&alike).1.p_value);
    let by_chance = |it: &BatchDrift| it.components[0].stability_index.as_ref().unwrap().expected_without_shift;
    assert!((by_chance(&alike) / by_chance(&unrelated) - 2.0).abs() < 0.01);
    let visible = |it: &BatchDrift| it.components[0].smallest_visible_shift_percent.unwrap();
    assert!(visible(&alike) > visible(&unrelated));
}
