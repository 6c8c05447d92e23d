use proptest::prelude::*;

use super::*;
use crate::model::Amount;
use crate::model::Percentile;
use crate::protocol::AxesFile;
use crate::score::reference::{ReferenceComponent, ReferenceFile, ReferenceSettings};

mod change;

/// Two positive, one negative and one context marker on two axes.
const AXES: &str = r#"schema_version = 1
[[axes]]
name = "lymphocytes"
label = "Lymphocytes"
dimension = "type"
[[axes]]
name = "myeloid"
label = "Myeloid cells"
dimension = "type"
[[markers]]
marker = "CD3"
axis = "lymphocytes"
sign = "positive"
[[markers]]
marker = "CD8"
axis = "lymphocytes"
sign = "positive"
[[markers]]
marker = "CD4"
axis = "lymphocytes"
sign = "context"
[[markers]]
marker = "CD163"
axis = "myeloid"
sign = "negative"
[[markers]]
marker = "CD66b"
axis = "myeloid"
sign = "negative"
"#;

fn axes() -> Axes {
    toml::from_str::<AxesFile>(AXES).unwrap().resolve(None, None).unwrap()
}

fn consensus() -> Protocol {
    Protocol::preset("consensus").unwrap()
}

fn regions() -> Vec<Region> {
    ["CT", "IM"].map(Region::from).to_vec()
}

/// Cells counted on 10 mm².
fn counted(n_cells: u64) -> Measurement {
    let area = Area::try_from(10.0).unwrap();
    Measurement {
        n_cells: Some(n_cells),
        n_whole: None,
        area: Some(area),
        least_area: Some(area),
        amount: Amount::try_from(n_cells as f64 / 10.0).unwrap(),
        dispersion: None,
        n_samples: 1,
    }
}

fn patient(at: usize, components: Vec<Option<Measurement>>) -> PatientMeasurements {
    PatientMeasurements {
        patient_id: format!("p{at:03}"),
        components,
        absences: Vec::new(),
        sample_id: None,
        in_training_split: false,
        in_cutoff_training: false,
        centre: None,
    }
}

/// A cohort by the cells of each patient, in the order of [`specs`]: for the axes, and for the protocol.
fn cohort(cells: &[[Option<u64>; 10]]) -> [Vec<PatientMeasurements>; 2] {
    let rows = || cells.iter().enumerate();
    let measured = |row: &[Option<u64>]| row.iter().map(|it| it.map(counted)).collect();
    // CD3 and CD8 in both regions go first, as in the protocol.
    [
        rows().map(|(at, row)| patient(at, measured(row))).collect(),
        rows().map(|(at, row)| patient(at, measured(&row[..4]))).collect(),
    ]
}

fn settings<'a>(axes: &'a Axes, protocol: &'a Protocol, mode: ReferenceMode) -> ContextureSettings<'a> {
    ContextureSettings { axes, protocol, mode, built_from: ReferenceBuild::CompletePatients, tie_rule: TieRule::Mid }
}

/// In itself and in all of its values, without a score that has a reference.
fn profiled(cells: &[[Option<u64>; 10]]) -> Contexture {
    profiled_of(cohort(cells))
}

/// As [`profiled`], of densities without counts, which need no intervals.
fn profiled_without_counts(cells: &[[Option<u64>; 10]]) -> Contexture {
    profiled_of(cohort(cells).map(|mut patients| {
        for it in patients.iter_mut().flat_map(|it| &mut it.components).flatten() {
            it.n_cells = None;
        }
        patients
    }))
}

fn profiled_of([patients, scored]: [Vec<PatientMeasurements>; 2]) -> Contexture {
    let (axes, protocol) = (axes(), consensus());
    let settings = settings(&axes, &protocol, ReferenceMode::OwnCohort);
    let settings = ContextureSettings { built_from: ReferenceBuild::AllValues, ..settings };
    profiled_by(&patients, scored, None, settings)
}

/// Every patient, by the markers of [`axes`].
fn profiled_by(
    patients: &[PatientMeasurements],
    scored: Vec<PatientMeasurements>,
    reference: Option<&Reference>,
    settings: ContextureSettings<'_>,
) -> Contexture {
    let places: Vec<usize> = (0..patients.len()).collect();
    let specs = specs(settings.axes, &regions());
    profile(patients, &specs, &scored.into_iter().collect(), &places, reference, settings).unwrap()
}

fn axis<'a>(patient: &'a PatientContexture, axis: &str, sign: AxisSign) -> &'a AxisProfile {
    patient.axes.iter().find(|it| it.axis == axis && it.sign == sign).unwrap()
}

/// Twenty patients whose cells rise from patient to patient: the percentile of the k-th by the rule mid is 5 k - 2.5.
fn rising() -> Vec<[Option<u64>; 10]> {
    (1..=20).map(|it| [Some(100 * it); 10]).collect()
}

#[test]
fn marker_regions_and_axes_are_as_by_hand() {
    let mut cells = rising();
    // CD3 CT, CD3 IM, CD8 CT, CD8 IM, CD4 CT, CD4 IM, CD163 CT, CD163 IM, CD66b CT, CD66b IM. The first patient has the
    // third value of CD3 in the core, and no CD8 at the margin.
    cells[0] = [Some(300), Some(100), Some(100), None, Some(100), Some(100), Some(2000), Some(100), None, None];
    let found = profiled(&cells);
    let first = &found.patients[0];
    let percentiles: Vec<Option<f64>> = first.markers.iter().map(|it| it.percentile.map(Percentile::value)).collect();
    // CD3 CT: 300 twice, and 200 below: 100 (1 + 2/2) / 20. CD163 CT: 2000 twice, 18 below: 100 (18 + 1) / 20.
    let expected = [Some(10.0), Some(2.5), Some(2.5), None, Some(2.5), Some(2.5), Some(95.0), Some(2.5), None, None];
    // 19 patients have CD8 at the margin, or CD66b: too few for a percentile.
    assert_eq!(percentiles, expected);

    // CD3: (10 + 2.5) / 2 = 6.25. CD8: 2.5, in the core alone. Their mean is 4.375.
    let positive = axis(first, "lymphocytes", AxisSign::Positive);
    assert_eq!(positive.mean_percentile, Some(4.375));
    assert_eq!((positive.n_measured, positive.n_expected, positive.reversed()), (2, 2, None));
    let context = axis(first, "lymphocytes", AxisSign::Context);
    assert_eq!((context.mean_percentile, context.n_measured, context.n_in_mean), (None, 1, 0));
    let in_mean: Vec<String> = positive.in_mean.iter().map(ToString::to_string).collect();
    assert_eq!(in_mean, ["CD3 CT", "CD3 IM", "CD8 CT"], "CD8 was not measured at the margin");
    // CD163: (95 + 2.5) / 2; CD66b is missing.
    let negative = axis(first, "myeloid", AxisSign::Negative);
    assert_eq!((negative.mean_percentile, negative.reversed()), (Some(48.75), Some(51.25)));
    assert_eq!((negative.n_measured, negative.n_expected), (1, 2));
    assert_eq!(negative.missing, [Marker::from("CD66b")]);

    // 30 cells/mm² in the core, 10 at the margin; R's poisson.test(c(300, 100), c(10, 10)): 2.390154 to 3.792594.
    let cd3 = &first.location[0];
    assert!((cd3.log2_ratio.unwrap() - 3_f64.log2()).abs() < 1e-12);
    assert!(cd3.lower.unwrap() < 3_f64.log2() && 3_f64.log2() < cd3.upper.unwrap());
    assert!(first.location.iter().all(|it| it.marker.as_str() != "CD8"), "CD8 has no margin");
}

#[test]
fn too_few_values_and_refused_measurements_say_so() {
    let mut cells = rising();
    cells[0][8] = None;
    // More cells than tissue holds: 300,000 on 10 mm² are 30,000/mm².
    cells[1][6] = Some(300_000);
    let found = profiled(&cells);
    let of = |patient: usize, at: usize| &found.patients[patient].markers[at];
    assert_eq!(of(0, 8).no_percentile, Some(NoPercentile::NotMeasured));
    assert_eq!(of(1, 8).no_percentile, Some(NoPercentile::TooFewValues));
    assert_eq!(of(1, 6).no_percentile, Some(NoPercentile::NotUsable));
    assert_eq!((of(1, 6).usable(), of(1, 6).value), (None, Some(30_000.0)));
    assert_eq!(axis(&found.patients[1], "myeloid", AxisSign::Negative).n_measured, 2, "CD163 is usable at the margin");
    assert_eq!((found.record.components[8].standard, found.record.components[8].n), (Standard::None, None));
}

#[test]
fn a_marker_that_nobody_has_is_left_out_and_a_table_of_such_is_refused() {
    let mut cells = rising();
    for row in &mut cells {
        (row[8], row[9]) = (None, None);
    }
    let found = profiled(&cells);
    assert_eq!(found.record.components.len(), 8);
    assert_eq!(axis(&found.patients[0], "myeloid", AxisSign::Negative).missing, [Marker::from("CD66b")]);

    let (axes, protocol) = (axes(), consensus());
    let [patients, scored] = cohort(&[[None; 10]; 3]);
    let found = specs(&axes, &regions());
    let found = profile(
        &patients,
        &found,
        &scored.into_iter().collect(),
        &(0..patients.len()).collect::<Vec<_>>(),
        None,
        settings(&axes, &protocol, ReferenceMode::OwnCohort),
    );
    assert!(
        found.unwrap_err().to_string().contains("no marker of an axis of the contexture in CT, IM (looked for: CD3, ")
    );
}

#[test]
fn values_that_are_all_the_same_are_told() {
    let mut cells = rising();
    for row in &mut cells {
        row[6] = Some(0);
    }
    let found = profiled(&cells);
    let standard = |at: usize| (found.record.components[at].share_of_zeros, found.record.components[at].is_constant);
    assert_eq!((standard(6), standard(7)), ((Some(1.0), true), (Some(0.0), false)));
    assert_eq!(found.patients[0].markers[6].percentile.map(Percentile::value), Some(50.0));
}

/// A reference of the protocol, of densities 10, 20, … 200.
fn frozen(protocol: &Protocol) -> Reference {
    let values = || (1..=20).map(|it| f64::from(10 * it)).collect();
    let components = protocol.components().into_iter().map(|it| ReferenceComponent::of_values(it, values())).collect();
    let file = ReferenceFile::of_components("frozen", &protocol.name, components);
    let made = ReferenceSettings::plain(ReferenceMode::External, protocol);
    Reference::new(file, &made).unwrap()
}

#[test]
fn a_frozen_reference_places_what_it_holds_and_nothing_else() {
    let (axes, protocol) = (axes(), consensus());
    let reference = frozen(&protocol);
    let of = |cells: &[[Option<u64>; 10]]| {
        let [patients, scored] = cohort(cells);
        let settings = settings(&axes, &protocol, ReferenceMode::External);
        profiled_by(&patients, scored, Some(&reference), settings)
    };
    let cells = rising();
    let (all, alone) = (of(&cells), of(&cells[..1]));
    assert_eq!(all.patients[0], alone.patients[0], "a patient alone is the patient in a cohort");
    let (cd3, cd163) = (&alone.patients[0].markers[0], &alone.patients[0].markers[6]);
    assert_eq!(cd3.percentile.map(Percentile::value), Some(2.5));
    assert_eq!((cd163.percentile, cd163.no_percentile), (None, Some(NoPercentile::NotInReference)));
    // What was measured of a negative marker is in no mean; of the positive ones all is.
    let negative = axis(&alone.patients[0], "myeloid", AxisSign::Negative);
    assert_eq!((negative.mean_percentile, negative.n_in_mean, negative.n_measured), (None, 0, 2));
    let positive = axis(&alone.patients[0], "lymphocytes", AxisSign::Positive);
    assert_eq!((positive.mean_percentile, positive.n_in_mean, positive.n_measured), (Some(2.5), 2, 2));
    assert_eq!(positive.in_mean, protocol.components());
    let standards: Vec<Standard> = alone.record.components.iter().map(|it| it.standard).collect();
    assert_eq!(standards[..4], [Standard::Score; 4]);
    assert_eq!(standards[4..], [Standard::None; 6]);
}

#[test]
fn a_centre_is_compared_with_the_others() {
    let (axes, protocol) = (axes(), consensus());
    let [patients, mut scored] = cohort(&[rising(), rising()].concat());
    for (at, it) in scored.iter_mut().enumerate() {
        it.centre = (at > 0).then(|| if at < 20 { "A" } else { "B" }.to_owned());
    }
    let rows = crate::score::usable_values(&scored.iter().cloned().collect(), &protocol);
    let centres: Vec<Option<&str>> = scored.iter().map(|it| it.centre.as_deref()).collect();
    let made = ReferenceSettings::plain(ReferenceMode::LeaveOneCentreOut, &protocol);
    // Centre A has 19 patients, too few for B; the patients of centre A face the 20 of B.
    assert!(Reference::of_other_centres(&rows, &centres, &made).is_err());
    for it in &mut scored[20..25] {
        it.centre = Some("C".to_owned());
    }
    let centres: Vec<Option<&str>> = scored.iter().map(|it| it.centre.as_deref()).collect();
    let reference = Reference::of_other_centres(&rows, &centres, &made).unwrap();
    let settings = settings(&axes, &protocol, ReferenceMode::LeaveOneCentreOut);
    let found = profiled_by(&patients, scored, Some(&reference), settings);
    assert_eq!(found.patients[0].markers[6].no_percentile, Some(NoPercentile::CentreUnknown));
    // The second patient, of centre A, has the second of the 20 values of B and C: of a marker of the score, and of another.
    for at in [0, 6] {
        assert_eq!(found.patients[1].markers[at].percentile.map(Percentile::value), Some(7.5));
    }
    assert_eq!(found.record.components[6].standard, Standard::SamePatients);
    assert_eq!(found.record.components[6].n, Some(20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn means_stay_in_range_and_hang_on_their_own_markers_alone(
        cells in prop::collection::vec(prop::array::uniform10(prop::option::weighted(0.9, 0_u64..5000)), 24..40),
        change in 0_u64..5000,
    ) {
        prop_assume!(cells.iter().any(|row| row.iter().any(Option::is_some)));
        let found = profiled_without_counts(&cells);
        let within = |it: f64| (0.0..=100.0).contains(&it);
        for it in found.patients.iter().flat_map(|it| &it.axes) {
            prop_assert!(it.mean_percentile.is_none_or(within) && it.reversed().is_none_or(within));
            prop_assert!(it.n_measured + it.missing.len() == it.n_expected && it.n_in_mean <= it.n_measured);
            prop_assert!(it.sign != AxisSign::Context || it.mean_percentile.is_none());
        }
        // Another value of the negative markers changes nothing of the positive ones.
        let mut changed = cells;
        changed[0][6..10].fill(Some(change));
        let changed = profiled_without_counts(&changed);
        let positive = |it: &Contexture| -> Vec<AxisProfile> {
            let axes = it.patients.iter().flat_map(|it| it.axes.clone());
            axes.filter(|it| it.sign == AxisSign::Positive).collect()
        };
        prop_assert_eq!(positive(&found), positive(&changed));
    }

    #[test]
    fn the_order_of_patients_does_not_matter(
        mut cells in prop::collection::vec(prop::array::uniform10(prop::option::weighted(0.9, 0_u64..50)), 24..40),
    ) {
        prop_assume!(cells.iter().any(|row| row.iter().any(Option::is_some)));
        let forward = profiled_without_counts(&cells);
        cells.reverse();
        let backward = profiled_without_counts(&cells);
        for (a, b) in forward.patients.iter().zip(backward.patients.iter().rev()) {
            prop_assert_eq!(&a.markers, &b.markers);
            prop_assert_eq!(&a.axes, &b.axes);
        }
    }
}
