use contexture::model::{Specimen, TieRule};
use contexture::protocol::{Protocol, ReferenceBuild, ReferenceMode};
use contexture::score::reference::ReferenceFile;
use contexture::score::{PatientMeasurements, ScoreSettings, score_cohort};

use super::pitfalls::{ONE_DENSITY, cohort};
use super::{GOLDEN, SCORE, first, frozen, patient, preset, study, trained};
use crate::command::Workplace;

fn settings(mode: ReferenceMode, external: Option<ReferenceFile>) -> ScoreSettings {
    let (built_from, tie_rule) = (ReferenceBuild::CompletePatients, TieRule::Mid);
    ScoreSettings { mode, external, specimen: None, built_from, tie_rule, seed: 1 }
}

/// A folder that scores a density of CD3 in the core of a table.
fn one_density(table: &str) -> Workplace {
    let workplace = study(table, "file = \"one.toml\"", "none");
    workplace.write("one.toml", ONE_DENSITY);
    workplace
}

#[test]
fn pitfall_2_a_cut_off_is_learned_without_the_patients_it_is_tested_in() {
    let (densities, clinical) = trained::cohort();
    // p080 to p119 are the test split.
    let is_test = |line: &&str| line[1..4].parse::<u32>().is_ok_and(|it| it >= 80);
    let tenfold = |line: &str| if is_test(&line) { format!("{line}0\n") } else { format!("{line}\n") };
    let others: String = densities.lines().map(tenfold).collect();
    assert_ne!(densities, others);
    let trained = [&densities, &others].map(|densities| {
        let workplace = Workplace::with_files([("densities.csv", densities), ("clinical.csv", &clinical)]);
        let outcome = ["--time", "os_days", "--event", "os_event=1", "--unit", "days", "--split", "split=training"];
        let args =
            ["protocol", "train", "i0-i4", "densities.csv", "clinical.csv", "--permutations", "19", "-o", "t.toml"];
        workplace.finishes(&[args.as_slice(), &outcome].concat());
        // What differs is which table they were learned from.
        let text = workplace.read("t.toml");
        text.lines().filter(|it| !it.starts_with("densities_sha256")).map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(trained[0], trained[1]);
}

#[test]
fn pitfall_2_a_centre_is_no_part_of_its_own_reference() {
    let scores = |patients: Vec<PatientMeasurements>| {
        let settings = settings(ReferenceMode::LeaveOneCentreOut, None);
        let scored = score_cohort(patients.into_iter().collect(), &preset("consensus"), &settings).expect("scores");
        (0..60).map(|it| scored.score(it)).collect::<Vec<_>>()
    };
    let mut patients = cohort(60);
    for (at, it) in patients.iter_mut().enumerate() {
        it.centre = Some(if at % 2 == 0 { "A" } else { "B" }.to_owned());
    }
    let before = scores(patients.clone());
    patients[0].components = patient("p000", &[5000.0; 4]).components;
    let after = scores(patients);
    let same = |from: usize| (from..60).step_by(2).all(|it| before[it] == after[it]);
    assert!(same(2), "the others of its centre do not face it");
    assert!(!same(1), "those of the other centre do");
}

#[test]
fn pitfall_8_cores_of_a_microarray_are_not_scored_against_whole_sections() {
    let protocol = preset("consensus");
    let file = ReferenceFile { specimen: Some(Specimen::WholeSlide), ..frozen(&protocol, &GOLDEN) };
    let scored = |specimen| {
        let settings = ScoreSettings { specimen, ..settings(ReferenceMode::External, Some(file.clone())) };
        score_cohort(cohort(3).into_iter().collect(), &protocol, &settings)
    };
    let refused = scored(Some(Specimen::TissueMicroarray)).expect_err("another kind of tissue").to_string();
    assert!(refused.contains("the patients were measured on cores of a tissue microarray"), "{refused}");
    assert!(scored(Some(Specimen::WholeSlide)).is_ok());
}

#[test]
fn pitfall_9_columns_of_another_unit_are_told_how_to_convert() {
    for (column, expected) in [
        ("cells_per_hpf", "give n_cells, and area_mm2 as the number of fields times the area of one"),
        ("cells_per_0.25mm2", "is per 0.25 mm²: divide it by 0.25"),
        ("cells_per_um2", "is per µm²: multiply it by 1,000,000"),
        ("cells_per_px", "is per pixel: divide it by the area of a pixel in mm²"),
        ("n_cells,area_um2", "is in µm²: divide it by 1,000,000"),
        ("n_cells,area_px", "multiply it by the width and the height of a pixel in µm, and divide it by 1,000,000"),
    ] {
        let value = if column.contains(',') { "200,1000000" } else { "3" };
        let said = one_density(&format!("patient_id,region,marker,{column}\np,CT,CD3,{value}\n")).refuses(&SCORE);
        assert!(said.contains(expected), "{column}: {said}");
    }
}

/// The area of a density is that of the tissue: what is drawn around it, less its holes and what is dead.
#[test]
fn pitfall_10_the_area_is_that_of_the_tissue_and_not_of_the_annotation() {
    let square =
        |from: u32, to: u32| format!("[[{from},{from}],[{to},{from}],[{to},{to}],[{from},{to}],[{from},{from}]]");
    let annotation = |class: &str, rings: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":[{rings}]}},"properties":{{"objectType":"annotation","classification":{{"name":"{class}"}}}}}}"#
        )
    };
    // Of 0.5 µm: 4 mm² of tumour, a hole of 0.0625 mm², a necrosis of 0.25 mm² with a cell in it.
    let tumour = annotation("Tumor", &format!("{},{}", square(0, 4000), square(3000, 3500)));
    let necrosis = annotation("Necrosis", &square(1000, 2000));
    let geojson = format!(r#"{{"type":"FeatureCollection","features":[{tumour},{necrosis}]}}"#);
    let cells = "sample_id,x_px,y_px,phenotype\nS1,500,500,CD3\nS1,1500,1500,CD3\nS1,2500,2500,CD3\n";
    let workplace = Workplace::with_files([("S1.geojson", &geojson), ("cells.csv", cells)]);
    workplace.finishes(&["count", "cells.csv", "S1.geojson", "--microns-per-pixel", "0.5", "-o", "counted"]);
    workplace.write("one.toml", ONE_DENSITY.replace("\"CT\"", "\"TUMOR\""));
    workplace.write(
        "study.toml",
        "schema_version = 1\ntitle = \"t\"\n[inputs]\ndensities = \"counted/densities.tsv\"\n[reference]\nmode = \
         \"none\"\n[protocol]\nfile = \"one.toml\"\n",
    );
    workplace.finishes(&SCORE);
    let score: f64 = first(&workplace, "scores", "score").parse().expect("a number");
    assert!((score - 2.0 / (4.0 - 0.0625 - 0.25)).abs() < 1e-12, "{score}");
}

#[test]
fn pitfall_11_a_decimal_comma_and_a_mark_of_byte_order_are_read_and_below_detection_is_no_number() {
    let workplace = one_density("\u{feff}patient_id;region;marker;cells_per_mm2\np;CT;CD3;200,5\nq;CT;CD3;N/A\n");
    workplace.finishes(&SCORE);
    assert_eq!(first(&workplace, "scores", "score"), "200.5");
    assert_eq!(first(&workplace, "rejected", "patient_id"), "q");
    let said = one_density("patient_id,region,marker,cells_per_mm2\np,CT,CD3,200\nq,CT,CD3,<LOD\n").refuses(&SCORE);
    assert!(said.contains("row 3, column 'cells_per_mm2': found '<LOD', expected a number or an empty cell"), "{said}");
}

#[test]
fn pitfall_16_a_patient_stands_once() {
    let header = "patient_id,region,marker,cells_per_mm2\n";
    for (rows, expected) in [
        ("p,CT,CD3,200\nq,CT,CD3,100\np,CT,CD3,300\n", "rows 2 and 4: CD3 CT of sample 'p' stands twice"),
        ("p1,CT,CD3,200\nP1,CT,CD3,300\n", "found 'P1', expected 'p1' as in row 2"),
    ] {
        let said = one_density(&format!("{header}{rows}")).refuses(&SCORE);
        assert!(said.contains(expected), "{said}");
    }
    // In the clinical table of a cohort, where a patient of two centres would count twice.
    let workplace = Workplace::with_cohort();
    let clinical = workplace.read("clinical.tsv");
    let row = clinical.lines().nth(1).expect("a patient").replace("\tB\t", "\tA\t");
    workplace.write("clinical.tsv", format!("{clinical}{row}\n"));
    let said = workplace.refuses(&["run", "study.toml", "-o", "out"]);
    assert!(said.contains("patient '0001' stands twice; each may stand once"), "{said}");
}

/// The bundled cohort, with the groups that its page of quality compares.
fn with_groups(groups: &str) -> Workplace {
    let workplace = Workplace::with_cohort();
    workplace.edit("study.toml", "groups = [\"centre\"]", &format!("groups = [{groups}]"));
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    workplace
}

/// A centre whose stain is fainter is seen, and its densities are what they were: nobody is scaled before the reference.
#[test]
fn pitfall_22_centres_are_compared_and_never_scaled() {
    let workplace = with_groups("\"centre\"");
    assert!(workplace.read("out/quality.html").contains("By centre"));
    let alone = Workplace::with_cohort();
    alone.edit("study.toml", "[clinical]\ngroups = [\"centre\"]\n", "");
    alone.finishes(&["run", "study.toml", "-o", "out"]);
    assert_eq!(workplace.read("out/scores.tsv"), alone.read("out/scores.tsv"));
    // All densities of a centre at half: its patients' scores fall, and those of the others stay.
    let protocol: Protocol = preset("consensus");
    let scores = |factor: f64| {
        let patients = (0..40_u32).map(|at| {
            let value = f64::from(at % 20) * 5.0 * if at < 20 { factor } else { 1.0 };
            let centre = Some(if at < 20 { "faint" } else { "other" }.to_owned());
            PatientMeasurements { centre, ..patient(&format!("p{at}"), &[value; 4]) }
        });
        let settings = settings(ReferenceMode::External, Some(frozen(&protocol, &GOLDEN)));
        let scored = score_cohort(patients.collect(), &protocol, &settings).expect("scores");
        (0..40).filter_map(|it| scored.score(it)).collect::<Vec<_>>()
    };
    let (whole, half) = (scores(1.0), scores(0.5));
    assert!(whole[..20].iter().sum::<f64>() > half[..20].iter().sum::<f64>());
    assert_eq!(whole[20..], half[20..]);
}

/// The score goes with microsatellite status, stage and age: each is shown by itself, and adjusts no score.
#[test]
fn pitfall_23_msi_stage_and_age_stand_beside_the_score() {
    let workplace = with_groups("\"msi\", \"stage\"");
    let page = workplace.read("out/quality.html");
    assert!(page.contains("By msi") && page.contains("By stage"));
    let text = workplace.read("out/statistics.json");
    let statistics: contexture::stratify::Statistics = serde_json::from_str(&text).expect("statistics");
    let fitted = statistics.endpoints[0].models[0].with_score.as_ref().expect("a model");
    let text = format!("{:?}", fitted.coefficients);
    for term in ["msi", "stage", "age_years"] {
        assert!(text.contains(term), "{term} has a coefficient of its own");
    }
    let alone = Workplace::with_cohort();
    alone.edit("study.toml", ", { column = \"msi\", reference = \"MSS\" }", "");
    alone.finishes(&["run", "study.toml", "-o", "out"]);
    assert_eq!(workplace.read("out/scores.tsv"), alone.read("out/scores.tsv"));
}
