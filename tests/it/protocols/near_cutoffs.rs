use std::collections::BTreeMap;

use contexture::model::{Area, TieRule};
use contexture::protocol::{HighWhen, Protocol, ProtocolChoice, Sign};
use contexture::score::{Flag, PatientMeasurements};

use super::{first, patient, preset, scored, study};

/// A preset with these cut-offs, in the order of its components.
fn with_cutoffs(name: &str, cutoffs: &[f64]) -> Protocol {
    let choice = ProtocolChoice { cutoffs: by_component(name, cutoffs), ..ProtocolChoice::default() };
    preset(name).changed(&choice).expect("its components")
}

fn by_component<T: Copy>(name: &str, of_each: &[T]) -> BTreeMap<String, T> {
    let components = preset(name).components();
    assert_eq!(components.len(), of_each.len());
    components.iter().map(ToString::to_string).zip(of_each.iter().copied()).collect()
}

/// Whether the score of a patient is near a cut; absent without a score, or if nothing says it. And how far each component is from its cut-off.
fn found(protocol: &Protocol, patient: PatientMeasurements) -> (Option<bool>, Vec<Option<f64>>) {
    let cohort = scored(protocol, &[patient], TieRule::Mid);
    let profile = cohort.profiles().next().expect("a patient");
    let distances = profile.components.iter().map(|it| it.distance_to_cutoff).collect();
    (cohort.scores().next().and_then(|it| it.near_cut), distances)
}

/// As [`found`], of whole distances.
#[track_caller]
fn assert_found(protocol: &Protocol, values: &[f64], near_cut: bool, distances: &[f64]) {
    let expected: Vec<Option<f64>> = distances.iter().copied().map(Some).collect();
    assert_eq!(found(protocol, patient("p", values)), (Some(near_cut), expected), "{values:?}");
}

const CUTOFFS: [f64; 4] = [250.0, 500.0, 120.0, 240.0];

#[test]
fn a_component_within_12_percent_of_its_cut_off_makes_a_whole_score_unsure() {
    let protocol = with_cutoffs("i0-i4", &CUTOFFS);
    for (cd3_core, near_cut) in
        [(219.0, false), (220.0, true), (249.0, true), (250.0, true), (280.0, true), (281.0, false)]
    {
        let values = [cd3_core, 900.0, 30.0, 900.0];
        assert_found(&protocol, &values, near_cut, &[cd3_core - 250.0, 400.0, -90.0, 660.0]);
    }
    let mut at_or_above = protocol;
    at_or_above.high_when = Some(HighWhen::AtOrAbove);
    assert_found(&at_or_above, &[250.0, 900.0, 30.0, 900.0], true, &[0.0, 400.0, -90.0, 660.0]);
}

#[test]
fn the_limit_is_the_protocols() {
    let mut protocol = with_cutoffs("i0-i4", &CUTOFFS);
    protocol.uncertainty.near_cutoff_percent = 4.0;
    assert_found(&protocol, &[240.0, 900.0, 30.0, 900.0], true, &[-10.0, 400.0, -90.0, 660.0]);
    assert_found(&protocol, &[239.0, 900.0, 30.0, 900.0], false, &[-11.0, 400.0, -90.0, 660.0]);
    protocol.uncertainty.near_cutoff_percent = 101.0;
    assert!(protocol.check().expect("a problem").text.contains("near_cutoff_percent is 101, expected 0 to 100"));
}

#[test]
fn nothing_is_a_percentage_away_from_a_cut_off_of_0() {
    let protocol = with_cutoffs("i0-i4", &[250.0, 500.0, 0.0, 240.0]);
    assert_found(&protocol, &[900.0, 900.0, 0.0, 900.0], false, &[650.0, 400.0, 0.0, 660.0]);
    assert_found(&protocol, &[900.0, 900.0, 3.0, 900.0], false, &[650.0, 400.0, 3.0, 660.0]);
}

#[test]
fn a_missing_component_has_no_distance_and_the_others_keep_theirs() {
    let mut patient = patient("p", &[240.0, 900.0, 30.0, 900.0]);
    patient.components[1] = None;
    let expected = (None, vec![Some(-10.0), None, Some(-90.0), Some(660.0)]);
    assert_eq!(found(&with_cutoffs("i0-i4", &CUTOFFS), patient), expected);
}

#[test]
fn an_adverse_component_is_as_near_as_a_favourable_one() {
    let signs = by_component("macrophage", &[Sign::Favourable, Sign::Favourable, Sign::Adverse, Sign::Adverse]);
    let choice =
        ProtocolChoice { cutoffs: by_component("macrophage", &[100.0; 4]), signs, ..ProtocolChoice::default() };
    let protocol = preset("macrophage").changed(&choice).expect("its components");
    assert_found(&protocol, &[200.0, 200.0, 95.0, 300.0], true, &[100.0, 100.0, -5.0, 200.0]);
    assert_found(&protocol, &[200.0, 200.0, 50.0, 300.0], false, &[100.0, 100.0, -50.0, 200.0]);
}

/// The percentiles of 20, 65, 5 and 95 in the golden reference are 20, 70, 0 and 100.
#[test]
fn a_ranked_component_is_near_by_percentile_points() {
    for (cutoff, near_cut) in [(22.5, true), (23.0, false)] {
        let choice =
            ProtocolChoice { cutoff_percentiles: by_component("i0-i4", &[cutoff; 4]), ..ProtocolChoice::default() };
        let mut protocol = preset("i0-i4").changed(&choice).expect("its components");
        // So few patients make percentiles that could fall on either side, and a score that is near a cut by that alone.
        let by_reference = found(&protocol, patient("p", &[20.0, 65.0, 5.0, 95.0]));
        assert_eq!(by_reference.0, Some(true));
        protocol.uncertainty.replicates = 0;
        let distances = [20.0 - cutoff, 70.0 - cutoff, -cutoff, 100.0 - cutoff];
        assert_found(&protocol, &[20.0, 65.0, 5.0, 95.0], near_cut, &distances);
    }
}

#[test]
fn a_component_that_would_not_change_the_class_makes_nothing_unsure() {
    let protocol = with_cutoffs("phenotype", &[200.0, 100.0]);
    assert_found(&protocol, &[800.0, 105.0], false, &[600.0, 5.0]);
    assert_found(&protocol, &[50.0, 105.0], true, &[-150.0, 5.0]);
}

/// A percent that was read has no interval, and the protocol calls no distance near.
#[test]
fn where_nothing_says_whether_a_cut_is_near_it_is_not_known() {
    let protocol = preset("pd-l1-tps");
    assert_eq!(protocol.uncertainty.near_cut_points.to_bits(), 0.0_f64.to_bits());
    assert_eq!(found(&protocol, patient("p", &[49.9])).0, None);
    let cohort = scored(&protocol, &[patient("p", &[49.9])], TieRule::Mid);
    let profile = cohort.profiles().next().expect("a patient");
    assert_eq!(profile.components[0].flags, [Flag::CellsNotCounted], "nor whether there were 100 cells");
    let mut within_a_point = protocol;
    within_a_point.uncertainty.near_cut_points = 1.0;
    assert_eq!(found(&within_a_point, patient("p", &[49.9])).0, Some(true));
    assert_eq!(found(&within_a_point, patient("p", &[30.0])).0, Some(false));
}

#[test]
fn where_cells_were_counted_the_interval_says_whether_a_cut_is_near() {
    let protocol = with_cutoffs("i0-i4", &CUTOFFS);
    let counted = |mm2: f64| {
        let mut patient = patient("p", &[240.0, 900.0, 30.0, 900.0]);
        for it in patient.components.iter_mut().flatten() {
            let area = Area::try_from(mm2).expect("an area");
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let n_cells = (it.amount.get() * mm2) as u64;
            (it.n_cells, it.area, it.least_area) = (Some(n_cells), Some(area), Some(area));
        }
        found(&protocol, patient).0
    };
    assert_eq!(counted(100.0), Some(false), "24,000 cells are 4 % below the cut-off, and surely so");
    assert_eq!(counted(1.0), Some(true), "240 cells are not");
}

#[test]
fn the_pages_say_how_far_from_its_cut_off_a_component_is() {
    let table = "patient_id,CD3_CT,CD3_IM,CD8_CT,CD8_IM\np,220,900,30,900\nq,100,900,30,900\n";
    let cutoffs = toml::to_string(&by_component("i0-i4", &CUTOFFS)).expect("a table");
    let workplace = study(table, &format!("preset = \"i0-i4\"\n[protocol.cutoffs]\n{cutoffs}"), "none");
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    assert_eq!(first(&workplace, "profiles", "distance_to_cutoff"), "-30");
    assert_eq!(first(&workplace, "scores", "near_cut"), "true");
    let page = |name: &str| workplace.read(&format!("out/{name}.html"));
    let near =
        "Near a cut. It hangs on a component within 12\u{a0}% of its cut-off: CD3 CT, −30.0 cells/mm² (−12\u{a0}%).";
    assert!(page("patients/p").contains(near));
    assert!(page("patients/q").contains("−150.0 cells/mm² (−60\u{a0}%)") && !page("patients/q").contains("Near a cut"));
    assert!(
        page("cohort")
            .contains("without an interval, a component within 12\u{a0}% of its cut-off would change the class")
    );
}
