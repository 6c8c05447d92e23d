//! `contexture reference check`: a new batch beside a reference.

use contexture::score::drift::{ComponentDrift, DriftReport, Verdict};

use crate::command::Workplace;

/// The bundled cohort with its reference, frozen anew, and a column of lots: of every five patients one is of the lot `faint`,
/// whose cells were counted by half, and one of none.
fn lots() -> Workplace {
    let workplace = Workplace::with_cohort();
    workplace.write("training.tsv", include_str!("../../testdata/cohort/training_densities.tsv"));
    let mut args = vec!["reference", "fit", "training.tsv", "--name", "training", "--description", "made-up"];
    args.extend(["--specimen", "whole_slide", "-o", "frozen.json"]);
    workplace.finishes(&args);
    let table = workplace.read("densities.tsv");
    let mut lines = table.lines();
    let mut rows = vec![format!("{}\tlot\tstained", lines.next().expect("a header"))];
    for line in lines {
        let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let patient: u32 = cells[0].parse().expect("a number");
        let lot = patient % 5;
        if lot == 4
            && let Ok(n_cells) = cells[4].parse::<u64>()
        {
            cells[4] = (n_cells / 2).to_string();
        }
        let (name, day) =
            [("old", "2023-02-01"), ("new", "2023-11-20"), ("mid", "2023-06-01"), ("", ""), ("faint", "2024-01-01")]
                [lot as usize];
        rows.push(format!("{}\t{name}\t{day}", cells.join("\t")));
    }
    workplace.write("lots.tsv", rows.join("\n"));
    workplace
}

fn report_of(workplace: &Workplace, folder: &str) -> DriftReport {
    serde_json::from_str(&workplace.read(&format!("{folder}/drift.json"))).expect("a report of drift")
}

/// What checking the lots says.
const CHECK: [&str; 10] =
    ["reference", "check", "frozen.json", "lots.tsv", "--batch", "lot", "--order", "stained", "-o", "drift"];

#[test]
fn a_faint_lot_is_not_scored_and_the_others_are() {
    let workplace = lots();
    let said = workplace.finishes(&CHECK);
    assert!(said.contains("faint: do not score against this reference"), "{said}");
    let report = report_of(&workplace, "drift");
    let verdicts: Vec<(&str, Verdict)> = report.batches.iter().map(|it| (it.batch.as_str(), it.verdict)).collect();
    assert_eq!(verdicts.iter().map(|it| it.0).collect::<Vec<_>>(), ["old", "mid", "new", "faint"], "by their dates");
    assert_eq!(verdicts[3].1, Verdict::DoNotScore);
    assert!(verdicts[..3].iter().all(|it| it.1 != Verdict::DoNotScore), "{verdicts:?}");
    assert_eq!(report.verdict, Verdict::DoNotScore);
    let n: usize = report.batches.iter().map(|it| it.n_patients).sum();
    assert_eq!(n + report.n_without_batch, report.n_patients);
    assert!(report.n_without_batch > 50);

    // The same patients with all of their cells: densities are half of theirs, but for counts that are odd.
    let whole: Vec<String> = workplace.read("densities.tsv").lines().map(str::to_owned).collect();
    let lots: Vec<String> =
        workplace.read("lots.tsv").lines().map(|it| it.split('\t').skip(6).collect::<Vec<_>>().join("\t")).collect();
    let rows = whole.iter().zip(&lots).map(|(row, lot)| format!("{row}\t{lot}"));
    workplace.write("whole.tsv", rows.collect::<Vec<_>>().join("\n"));
    workplace.finishes(&[
        "reference",
        "check",
        "frozen.json",
        "whole.tsv",
        "--batch",
        "lot",
        "--order",
        "stained",
        "-o",
        "whole",
    ]);
    let all = report_of(&workplace, "whole");
    for (half, whole) in report.batches[3].components.iter().zip(&all.batches[3].components) {
        let moved = |it: &ComponentDrift| {
            it.location_shift.expect("a shift").hodges_lehmann_shift_percent.expect("an interval")
        };
        let expected = 100.0 * (0.5 * (1.0 + moved(whole).estimate / 100.0) - 1.0);
        assert!((moved(half).estimate - expected).abs() < 0.5, "{} is not {expected}", moved(half).estimate);
    }

    let page = workplace.read("drift/drift.html");
    for part in ["Batch faint", "Control charts", "corrected by Holm", "smallest shift", "Research use only", "<svg"] {
        assert!(page.contains(part), "{part}");
    }
    let why = page.split("<h3>Batch faint: do not score against this reference</h3>").nth(1).expect("the reasons");
    assert!(why.trim_start().starts_with(&format!("<ul>\n<li>{}", report.batches[3].reasons[0])), "{}", &why[..200]);
    assert!(page.contains("<th scope=\"row\">Expected</th><td class=\"n\">10.0\u{202f}%</td>"));
    assert!(!page.contains("Without a point"));
    let table = workplace.read("drift/drift.tsv");
    assert_eq!(table.lines().count(), 1 + 4 * 4);
    assert!(table.lines().any(|it| it.starts_with("faint\tCT\tCD3\t") && it.contains("do_not_score")), "{table}");
    assert_eq!(workplace.read("drift/control_chart.tsv").lines().count(), 1 + 4 * 4);
    assert!(workplace.path("drift/figures/levey_jennings.svg").exists());
}

#[test]
fn a_table_without_batches_is_one_and_strict_says_so_to_the_shell() {
    let workplace = lots();
    let said = workplace.run(&["reference", "check", "frozen.json", "training.tsv", "--strict", "-o", "same"]);
    assert!(said.starts_with("exit code 3"), "{said}");
    let report = report_of(&workplace, "same");
    assert_eq!(report.batches.iter().map(|it| it.batch.as_str()).collect::<Vec<_>>(), ["training"]);
    assert_eq!(report.verdict, Verdict::Look, "the reference beside itself");
    let expected = "batch 'training' has the same densities as reference 'training'";
    assert!(
        said.contains(expected) && workplace.read("same/drift.html").contains("has the same densities as"),
        "{said}"
    );
    assert!(report.batches[0].components.iter().all(|it| it.stability_index.as_ref().unwrap().index.abs() < 1e-12));
    let said = workplace.run(&[CHECK.as_slice(), &["--strict"]].concat());
    assert!(said.starts_with("exit code 3"), "{said}");
}

#[test]
fn a_lot_without_cells_has_no_point_and_the_page_says_so() {
    let workplace = lots();
    let without_cells = |line: &str| {
        let mut cells: Vec<&str> = line.split('\t').collect();
        if cells[6] == "mid" && cells[3] == "CD8" {
            cells[4] = "0";
        }
        cells.join("\t")
    };
    let table: Vec<String> = workplace.read("lots.tsv").lines().map(without_cells).collect();
    workplace.write("lots.tsv", table.join("\n"));
    workplace.finishes(&CHECK);
    let said = "Without a point, for no density is above 0, and a 0 has no logarithm: batch mid (CD8 CT, CD8 IM).";
    assert!(workplace.read("drift/drift.html").contains(said));
}

#[test]
fn a_lot_whose_patients_stand_twice_under_other_ids_is_told() {
    let workplace = lots();
    let table = workplace.read("lots.tsv");
    let renamed = |line: &str| {
        let (patient, rest) = line.split_once('\t').expect("a patient");
        let (sample, rest) = rest.split_once('\t').expect("a sample");
        format!("x{patient}\tx{sample}\t{}\n", rest.replace("\told\t", "\tlot4\t"))
    };
    let again: String = table.lines().filter(|it| it.contains("\told\t")).map(renamed).collect();
    workplace.write("twice.tsv", format!("{table}\n{again}"));
    let args = ["reference", "check", "frozen.json", "twice.tsv", "--batch", "lot", "-o", "twice"];
    let said = workplace.finishes(&args);
    assert!(said.contains("batch 'lot4' has the same densities as batch 'old'"), "{said}");
    let report = report_of(&workplace, "twice");
    let verdict = |name: &str| report.batches.iter().find(|it| it.batch == name).map(|it| it.verdict);
    assert!(verdict("lot4") >= Some(Verdict::Look) && verdict("old") >= Some(Verdict::Look));
}

/// Rows of a table again, of patients of other ids.
fn again(rows: &str) -> String {
    let renamed = |line: &str| {
        let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        cells[..2].iter_mut().for_each(|it| it.insert(0, 'x'));
        cells.join("\t") + "\n"
    };
    rows.lines().map(renamed).collect()
}

#[test]
fn patients_of_one_batch_who_stand_twice_are_told() {
    let workplace = lots();
    let table = workplace.read("lots.tsv");
    // Patient 0005 is of the lot `old`.
    let rows: Vec<&str> = table.lines().filter(|it| it.starts_with("0005\t")).collect();
    workplace.write("twice.tsv", format!("{table}\n{}", again(&rows.join("\n"))));
    let said = workplace.finishes(&["reference", "check", "frozen.json", "twice.tsv", "--batch", "lot", "-o", "twice"]);
    assert!(said.contains("have, in every component, the same values as another of them"), "{said}");
    let report = report_of(&workplace, "twice");
    let old = report.batches.iter().find(|it| it.batch == "old").expect("the lot");
    assert!(old.reasons.iter().any(|it| it.starts_with("2 of the ")), "{:?}", old.reasons);
    assert!(old.verdict >= Verdict::Look);
    let others = report.batches.iter().filter(|it| it.batch != "old");
    assert!(others.flat_map(|it| &it.reasons).all(|it| !it.contains("same values")));
}

#[test]
fn a_batch_of_patients_of_the_reference_is_told() {
    let workplace = lots();
    let training = workplace.read("training.tsv");
    let (header, rows) = training.split_once('\n').expect("a header");
    let rows: Vec<&str> = rows.lines().filter(|it| *it < "1061").collect();
    workplace.write("part.tsv", format!("{header}\n{}", again(&rows.join("\n"))));
    let said = workplace.finishes(&["reference", "check", "frozen.json", "part.tsv", "-o", "part"]);
    assert!(said.contains("a value that reference 'training' holds once: they seem to be its patients"), "{said}");
    assert_eq!(report_of(&workplace, "part").verdict, Verdict::Look);
    assert!(workplace.read("part/drift.html").contains("holds once"));
}

/// Tissue that one side alone names was not compared, and that is said.
#[test]
fn tissue_that_is_not_said_is_remarked() {
    let workplace = lots();
    let check = |more: &[&str]| {
        let args = ["reference", "check", "frozen.json", "lots.tsv", "--force", "-o", "drift"];
        workplace.finishes(&[args.as_slice(), more].concat())
    };
    let said = check(&[]);
    assert!(said.contains("was made of whole sections; what the densities were measured on is not said"), "{said}");
    assert!(!check(&["--specimen", "whole_slide"]).contains("tissue"));
    let mut fit = vec!["reference", "fit", "training.tsv", "--name", "training", "--description", "made-up"];
    fit.extend(["--force", "-o", "frozen.json"]);
    workplace.finishes(&fit);
    let said = check(&["--specimen", "tma"]);
    let expected = "measured on cores of a tissue microarray; the reference does not say what it was made of";
    assert!(said.contains(expected), "{said}");
    assert!(workplace.read("drift/drift.html").contains(expected));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let workplace = lots();
    workplace.finishes(&CHECK);
    let table = workplace.read("lots.tsv");
    let (header, rows) = table.split_once('\n').expect("a header");
    let backwards: Vec<&str> = rows.lines().rev().collect();
    workplace.write("lots.tsv", format!("{header}\n{}\n", backwards.join("\n")));
    workplace.finishes(&[
        "reference",
        "check",
        "frozen.json",
        "lots.tsv",
        "--batch",
        "lot",
        "--order",
        "stained",
        "-o",
        "back",
    ]);
    for name in ["drift.tsv", "control_chart.tsv", "figures/levey_jennings.svg"] {
        assert_eq!(workplace.read(&format!("drift/{name}")), workplace.read(&format!("back/{name}")), "{name}");
    }
}

#[test]
fn batches_may_stand_in_another_table() {
    let workplace = lots();
    let args =
        ["reference", "check", "frozen.json", "densities.tsv", "--clinical", "clinical.tsv", "--batch", "centre"];
    workplace.finishes(&[args.as_slice(), &["-o", "centres"]].concat());
    let report = report_of(&workplace, "centres");
    assert_eq!(report.batches.iter().map(|it| it.batch.as_str()).collect::<Vec<_>>(), ["A", "B", "C"]);
    assert!(report.inputs.iter().any(|it| it.role == "clinical"));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let workplace = lots();
    workplace.edit("lots.tsv", "\told\t2023-02-01\n0006", "\tOLD\t2023-02-01\n0006");
    let said = workplace.refuses(&CHECK);
    assert!(said.contains("column 'lot': found 'OLD', expected 'old' as in row"), "{said}");

    let workplace = lots();
    let table = workplace.read("lots.tsv");
    let moved = table.replacen("\tnew\t", "\tmid\t", 1);
    workplace.write("lots.tsv", moved);
    let said = workplace.refuses(&CHECK);
    assert!(said.contains("a patient is of one batch"), "{said}");

    let workplace = lots();
    workplace.write("other.csv", "patient_id,CD20_TLS\np1,100\np2,50\n");
    let said = workplace.refuses(&["reference", "check", "frozen.json", "other.csv", "-o", "out"]);
    assert!(said.contains("no patient of the batch has a usable density of CD3 CT, CD3 IM, CD8 CT, CD8 IM"), "{said}");

    let args = ["reference", "check", "frozen.json", "lots.tsv", "--specimen", "tma", "-o", "out"];
    let said = workplace.refuses(&args);
    assert!(said.contains("so they are not compared"), "{said}");

    workplace.write("strangers.tsv", "patient_id\tlot\nx1\tA\nx2\tB\n");
    let args = ["reference", "check", "frozen.json", "densities.tsv", "--clinical", "strangers.tsv", "--batch", "lot"];
    let said = workplace.refuses(&[args.as_slice(), &["-o", "out"]].concat());
    assert!(said.contains("names no batch of any patient of"), "{said}");

    workplace.edit("frozen.json", "\"n_patients\": 240", "\"n_patients\": 241");
    let said = workplace.refuses(&CHECK);
    assert!(said.contains("was changed since it was made"), "{said}");
}

/// Medians are in the unit of what is measured; of densities beside percents, each in its own.
#[test]
fn medians_have_the_unit_of_what_is_measured() {
    let density = "[[components]]\nmarker = \"CD8\"\nregion = \"TUMOR\"\n";
    let percent = "[[components]]\nmarker = \"PD-L1\"\nregion = \"TUMOR\"\nmeasure = \"percent\"\n";
    for (components, unit) in [
        (density.to_owned(), "cells/mm²"),
        (percent.to_owned(), "%"),
        (format!("{density}{percent}"), "the unit of each measure"),
    ] {
        let protocol = format!(
            "schema_version = 1\nname = \"own\"\ntitle = \"t\"\ncitation = \"c\"\nprimary_scheme = \
             \"two_class\"\n{components}[[schemes]]\nname = \"two_class\"\nlabel = \"two\"\nclasses = [\"Low\", \
             \"High\"]\nupper_ends = [50.0]\n"
        );
        let table = |faint: u32| {
            let rows = (0..25).map(|it| {
                let (patient, density, percent) = (it + 100 * faint, (it * 37 % 25 + 1) * 20 / faint, it * 11 % 25 + 1);
                format!("p{patient},TUMOR,CD8,{density},\np{patient},TUMOR,PD-L1,,{percent}\n")
            });
            format!("patient_id,region,marker,cells_per_mm2,percent\n{}", rows.collect::<String>())
        };
        let workplace =
            Workplace::with_files([("own.toml", protocol.as_str()), ("d.csv", &table(1)), ("new.csv", &table(2))]);
        let fit = ["reference", "fit", "d.csv", "--protocol", "own.toml", "--name", "n", "--description", "d"];
        workplace.finishes(&[&fit[..], &["-o", "r.json"]].concat());
        workplace.finishes(&["reference", "check", "r.json", "new.csv", "--protocol", "own.toml", "-o", "drift"]);
        let page = workplace.read("drift/drift.html");
        assert!(page.contains(&format!("Shift of values: medians in {unit};")), "{unit}");
        assert!(page.contains("Share of patients in bands"));
    }
}
