use std::fmt::Write as _;

use contexture::score::drift::{DriftReport, Verdict};

use super::{COMPONENTS, lesions, number, table};
use crate::command::Workplace;

/// Samples in which each component has the same density.
fn alike(samples: &[(String, f64)]) -> String {
    let mut text = "patient_id,sample_id,region,marker,cells_per_mm2\n".to_owned();
    for (sample, density) in samples {
        let patient = &sample[..3];
        for (region, marker) in COMPONENTS {
            writeln!(text, "{patient},{sample},{region},{marker},{density}").expect("a string takes it");
        }
    }
    text
}

/// Twenty patients of centre A with samples of 4.5 and 30.5 cells/mm², and twenty of centre B with samples of 1 and 2, 3 and 4,
/// … 39 and 40. Beside the samples of B, 4.5 is at percentile 4/40 and 30.5 at 30/40; beside those of A, a sample of B lies below
/// all, between the two values or above all. With the own centre among them, 4.5 would be at (4 + 10)/80.
#[test]
fn a_sample_is_scored_against_samples_of_the_other_centres_alone() {
    let (mut samples, mut clinical) = (Vec::new(), "patient_id,centre\n".to_owned());
    for at in 0..20_u32 {
        let of_b = f64::from(2 * at);
        samples.extend([(format!("a{at:02}-1"), 4.5), (format!("a{at:02}-2"), 30.5)]);
        samples.extend([(format!("b{at:02}-1"), of_b + 1.0), (format!("b{at:02}-2"), of_b + 2.0)]);
        writeln!(clinical, "a{at:02},A\nb{at:02},B").expect("a string takes it");
    }
    let study = "schema_version = 1\ntitle = \"t\"\n[inputs]\ndensities = \"d.csv\"\nclinical = \"c.csv\"\n[protocol]\npreset = \
                 \"metastases\"\n[reference]\nmode = \"leave_one_centre_out\"\ncentre_column = \"centre\"\n";
    let workplace = Workplace::with_files([("study.toml", study), ("d.csv", &alike(&samples)), ("c.csv", &clinical)]);
    workplace.finishes(&["run", "study.toml", "-o", "out"]);

    let expected = |density: f64, is_of_a: bool| match density {
        4.5 => 10.0,
        30.5 => 75.0,
        it if is_of_a || it < 4.5 => 0.0,
        it if it < 30.5 => 50.0,
        _ => 100.0,
    };
    let profiles = workplace.rows("out/sample_profiles.tsv");
    assert_eq!(profiles.len(), 80 * 4);
    for row in &profiles {
        let expected = expected(number(&row["cells_per_mm2"]), row["patient_id"].starts_with('a'));
        assert!((number(&row["percentile"]) - expected).abs() < 1e-9, "{row:?}");
    }
    for row in workplace.rows("out/scores.tsv") {
        let lowest = match (&row["patient_id"][..1], row["patient_id"][1..].parse::<u32>().expect("a number")) {
            ("a", _) => 10.0,
            (_, 0..2) => 0.0,
            (_, 2..15) => 50.0,
            _ => 100.0,
        };
        assert!((number(&row["score"]) - lowest).abs() < 1e-9, "{row:?}");
        assert_eq!((row["n_samples"].as_str(), row["in_reference"].as_str()), ("2", "false"));
    }
    let page = workplace.read("out/cohort.html");
    assert!(page.contains("(80 samples of 40 patients)"), "the union");
    assert!(page.contains("For centre A") && page.contains("20 patients of the other centres"));
}

/// A reference of the made-up lesions, as `ours.json`.
fn frozen(workplace: &Workplace, densities: &str, output: &str) -> String {
    let fit = ["reference", "fit", densities, "--protocol", "metastases", "--name", output, "--description", "d"];
    workplace.finishes(&[&fit[..], &["-o", output]].concat())
}

/// The lesions with half of the cells, of other patients.
fn faint() -> String {
    let halved = lesions().into_iter().map(|(patient, sample, densities)| {
        (format!("x{patient}"), format!("x{sample}"), densities.map(|it| it.map(|it| it / 2.0)))
    });
    table(&halved.collect::<Vec<_>>())
}

#[test]
fn a_batch_of_samples_is_checked_beside_a_reference_of_samples() {
    let workplace = Workplace::with_files([("d.csv", &table(&lesions())), ("faint.csv", &faint())]);
    frozen(&workplace, "d.csv", "ours.json");
    let said = workplace.finishes(&["reference", "check", "ours.json", "faint.csv", "-o", "drift"]);
    assert!(said.contains("faint: do not score against this reference"), "{said}");
    let report: DriftReport = serde_json::from_str(&workplace.read("drift/drift.json")).expect("a report");
    assert_eq!((report.reference.n_patients, report.reference.n_samples, report.n_patients), (40, Some(99), 40));
    let batch = &report.batches[0];
    assert_eq!((batch.n_patients, batch.verdict), (40, Verdict::DoNotScore), "{batch:?}");
    for it in &batch.components {
        // CD8 of the core is what one of a hundred lesions lacks.
        let n = if it.component.to_string() == "CD8 CT" { 99 } else { 100 };
        assert_eq!((it.n, it.verdict), (n, Verdict::DoNotScore), "{it:?}");
        // Halves of what is rounded to whole cells.
        let moved = it.location_shift.expect("a shift").hodges_lehmann_shift_percent.expect("an interval");
        assert!((-60.0..-40.0).contains(&moved.estimate), "{moved:?}");
    }
    // A file that does not say how samples of a patient go together forbids nothing.
    let mut older: serde_json::Value = serde_json::from_str(&workplace.read("ours.json")).expect("JSON");
    let members = older.as_object_mut().expect("an object");
    members.retain(|key, _| key != "sha256" && key != "within_patient");
    workplace.write("older.json", older.to_string());
    let said = workplace.finishes(&["reference", "check", "older.json", "faint.csv", "-o", "older"]);
    assert!(said.contains("faint: look before scoring"), "{said}");
    let unknown = "does not say how far samples of one patient go together";
    assert!(workplace.finishes(&["reference", "show", "older.json"]).contains(unknown));

    let page = workplace.read("drift/drift.html");
    for expected in [
        "40 with 99 samples",
        "Share of samples in bands",
        "medians in cells/mm²",
        "corrected for samples of one patient",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn the_parts_of_a_union_say_how_many_samples_they_are_of() {
    let workplace = Workplace::with_files([("d.csv", &table(&lesions())), ("faint.csv", &faint())]);
    frozen(&workplace, "d.csv", "one.json");
    frozen(&workplace, "faint.csv", "two.json");
    let said = workplace.finishes(&["reference", "merge", "one.json", "two.json", "-o", "both.json"]);
    assert!(said.contains("80 patients with 198 samples"), "{said}");
    let shown = workplace.finishes(&["reference", "show", "both.json"]);
    for part in ["one.json", "two.json"] {
        assert!(shown.contains(&format!("part      {part} (99 samples of 40 patients)\n")), "{shown}");
    }
    assert!(shown.contains("samples   of one patient go together by a rank correlation of"), "{shown}");

    // A union that does not say it, as older ones do not, is known by the checksums of its parts.
    let mut union: serde_json::Value = serde_json::from_str(&workplace.read("both.json")).expect("JSON");
    union.as_object_mut().expect("an object").remove("sha256");
    for part in union["provenance"]["merged_from"].as_array_mut().expect("parts") {
        part.as_object_mut().expect("a part").remove("n_samples").expect("samples");
    }
    workplace.write("older.json", union.to_string());
    let said = workplace.refuses(&["reference", "merge", "older.json", "one.json", "-o", "thrice.json"]);
    assert!(said.contains("both hold 'one.json', whose patients would count twice"), "{said}");
}
