//! `contexture compare`: measurements of the same patients.

/// Every number, against R.
mod against_r;
/// Cores of the same tumours, out of a real cohort.
mod cores;
/// What cannot be compared.
mod refused;

use contexture::score::comparison::{AgreementReport, NotComparedKind, Verdict};
use insta::assert_snapshot;

use crate::command::{Contents, Workplace, assert_same, has_ending};

/// Two readers of twelve patients, of whom eleven are read by both.
const FIRST: &str = "patient_id,CD3_CT,CD8_CT
1,120,40
2,340,90
3,80,0
4,910,310
5,45,12
6,230,77
7,560,150
8,1200,480
9,15,3
10,300,
11,75,20
";
const SECOND: &str = "patient_id,CD3_CT,CD8_CT,CD8_IM
1,130,44,1
2,310,95,1
3,95,4,1
4,1010,290,1
5,40,15,1
6,260,70,1
7,540,170,1
8,1400,500,1
9,18,4,1
10,280,99,1
12,66,17,1
";

fn two_readers() -> Workplace {
    Workplace::with_files([("first.csv", FIRST), ("second.csv", SECOND)])
}

fn report_of(workplace: &Workplace, folder: &str) -> AgreementReport {
    serde_json::from_str(&workplace.read(&format!("{folder}/agreement.json"))).expect("a comparison")
}

/// Tables and figures: what does not name the files that were read.
fn results(workplace: &Workplace, folder: &str) -> Contents {
    let all = workplace.contents(folder).into_iter();
    all.filter(|it| has_ending(&it.0, "tsv") || has_ending(&it.0, "svg")).collect()
}

#[test]
fn what_is_found_is_said_and_written() {
    let workplace = two_readers();
    let said = workplace.finishes(&["compare", "first.csv", "second.csv", "-o", "out"]);
    assert_snapshot!(said, @"
    exit code 0
    --- stdout
    compared first (11 patients), second (11 patients); 10 patients in common

      measure  compared        n              bias (95 %)       limits of agreement  ICC(2,1) (95 %)
      CD3 CT   second / first  10             1.05 (0.97–1.14)  0.84 to 1.32         1.00 (0.98–1.00)
      CD8 CT   second / first  8 (+1 with 0)  1.09 (0.97–1.21)  0.84 to 1.40         1.00 (0.98–1.00)

    not compared: 4 (see not_compared.tsv)
    open out/agreement.html
    --- stderr
    ");
    let report = report_of(&workplace, "out");
    assert_eq!((report.n_in_all, report.verdict(), report.schemes.len()), (10, None, 0));
    let cd8 = &report.measures[1].pairs[0].statistics;
    assert_eq!((cd8.n_pairs, cd8.zeros.unwrap().n_first_zero), (9, 1));

    let lines: Vec<String> = workplace.read("out/not_compared.tsv").lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "what\tmeasure\tpatient_id\tpresent_in\tabsent_in\treason\tresembles",
            "patient\t\t11\tfirst\tsecond\tnot among the patients\t",
            "patient\t\t12\tsecond\tfirst\tnot among the patients\t",
            "component\tCD8 IM\t\tsecond\tfirst\tnot measured\t",
            "value\tCD8 CT\t10\tsecond\tfirst\tno value\t",
        ]
    );
    assert_eq!(workplace.read("out/agreement.tsv").lines().count(), 1 + 2);
    assert_eq!(workplace.read("out/pairs.tsv").lines().count(), 1 + 10 + 9);
    assert_eq!(workplace.read("out/agreement_of_all.tsv").lines().count(), 1);
    let page = workplace.read("out/agreement.html");
    for part in [
        "A correlation alone is no agreement",
        "Geometric mean of both (cells/mm²)",
        "second / first",
        "8 (+1 with 0)",
        "Agreement of measurements",
        "Research use only",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for file in ["figures/bland_altman_1_1.svg", "figures/bland_altman_2_1.svg", "checksums/compare.sha256"] {
        assert!(workplace.path("out").join(file).exists(), "{file}");
    }
    let again = workplace.refuses(&["compare", "first.csv", "second.csv", "-o", "out"]);
    assert!(again.contains("say --force"), "{again}");
    workplace.finishes(&["compare", "first.csv", "second.csv", "-o", "out", "--force"]);
}

#[test]
fn one_table_with_a_column_of_readers_says_what_two_tables_say() {
    let workplace = two_readers();
    workplace.finishes(&["compare", "first.csv", "second.csv", "-o", "two"]);
    let mut rows = vec!["patient_id,CD3_CT,CD8_CT,CD8_IM,reader".to_owned()];
    rows.extend(FIRST.lines().skip(1).map(|it| format!("{it},,first")));
    rows.extend(SECOND.lines().skip(1).map(|it| format!("{it},second")));
    workplace.write("both.csv", rows.join("\n"));
    workplace.finishes(&["compare", "both.csv", "--by", "reader", "-o", "one"]);
    assert_same(&results(&workplace, "two"), &results(&workplace, "one"));

    rows.push("13,1,1,1,".to_owned());
    workplace.write("both.csv", rows.join("\n"));
    workplace.finishes(&["compare", "both.csv", "--by", "reader", "-o", "more"]);
    let row = report_of(&workplace, "more").not_compared.pop().unwrap();
    assert_eq!((row.what, row.patient_id.as_deref()), (NotComparedKind::Row, Some("13")));
}

#[test]
fn neither_the_order_of_rows_nor_the_number_of_threads_matters() {
    let workplace = two_readers();
    workplace.finishes(&["compare", "first.csv", "second.csv", "-o", "out", "--threads", "1"]);
    workplace.finishes(&["compare", "first.csv", "second.csv", "-o", "seven", "--threads", "7"]);
    assert_same(&workplace.contents("out"), &workplace.contents("seven"));
    for (name, table) in [("first.csv", FIRST), ("second.csv", SECOND)] {
        let (header, rows) = table.split_once('\n').expect("a header");
        let backwards: Vec<&str> = rows.lines().rev().collect();
        workplace.write(name, format!("{header}\n{}\n", backwards.join("\n")));
    }
    workplace.finishes(&["compare", "first.csv", "second.csv", "-o", "back"]);
    assert_same(&results(&workplace, "out"), &results(&workplace, "back"));
}

#[test]
fn a_stated_limit_gives_a_verdict_and_strict_tells_the_shell() {
    let workplace = two_readers();
    let compare = ["compare", "first.csv", "second.csv", "--label", "Anna", "--label", "Ben"];
    let said = workplace.finishes(&[&compare[..], &["--acceptable-ratio", "1.1", "-o", "narrow"]].concat());
    assert!(said.contains("Ben / Anna") && said.contains("beyond the stated limit"), "{said}");
    assert_eq!(report_of(&workplace, "narrow").verdict(), Some(Verdict::Beyond));
    let strict = ["--acceptable-ratio", "1.1", "--strict", "-o", "strict"];
    assert!(workplace.run(&[&compare[..], &strict].concat()).starts_with("exit code 3"));
    let wide = ["--acceptable-ratio", "4", "--strict", "-o", "wide"];
    workplace.edit("second.csv", "\n3,95,4,", "\n3,95,0,");
    assert!(workplace.run(&[&compare[..], &wide].concat()).starts_with("exit code 0"));
    assert!(workplace.read("wide/agreement.html").contains("within the stated limit"));
    // A measure that no limit is stated for is not shown to agree.
    let percents = |more: u32| {
        let row = |it: u32| format!("{it},{},{}\n", 100 * it + 7 * (it % 2) * more, 5 * it + (it % 3) * more);
        format!("patient_id,CD3_CT,CD8_STROMA_percent\n{}", (1..16).map(row).collect::<String>())
    };
    workplace.write("first.csv", percents(0));
    workplace.write("second.csv", percents(1));
    let both = ["--acceptable-ratio", "4", "--acceptable-points", "10", "--strict", "-o", "both"];
    assert!(workplace.run(&[&compare[..], &both].concat()).starts_with("exit code 0"));
    let one = ["--acceptable-ratio", "4", "--strict", "-o", "one"];
    let said = workplace.run(&[&compare[..], &one].concat());
    assert!(said.starts_with("exit code 3"), "{said}");
    assert!(said.contains("no limit is stated as acceptable for CD8 STROMA"), "{said}");
    assert_eq!(report_of(&workplace, "one").verdict(), Some(Verdict::Within));
}

#[test]
fn what_is_to_be_known_of_a_table_is_said() {
    let header = "patient_id,reader,region,marker,n_cells,area_mm2,note\n";
    let row = |reader: &str, it: u32| format!("{it},{reader},CT,CD3,{},1.5,x\n", 100 * it);
    let rows: String = (1..5).flat_map(|it| ["Anna", "Ben"].map(|reader| row(reader, it))).collect();
    let workplace = Workplace::with_files([("long.csv", &format!("{header}{rows}5,Ben,CT,CD3,70,,x\n"))]);
    let said = workplace.finishes(&["compare", "long.csv", "--by", "reader", "-o", "long"]);
    assert!(said.contains("Ben: rows with a count and no area, which are no measurement of a density: 1"), "{said}");
    assert!(!said.contains("Anna: rows"), "{said}");
    let wide = "patient_id,reader,CD3_CT,stage\n1,a,100,x\n1,b,110,x\n1,c,90,x\n";
    workplace.write("wide.csv", wide);
    let said = workplace.finishes(&["compare", "wide.csv", "--by", "reader", "-o", "wide"]);
    assert_eq!(said.matches("columns that are no marker and region: stage").count(), 1, "{said}");
}

#[test]
fn several_raters_at_once_are_counted_as_they_are_compared() {
    let workplace = two_readers();
    workplace.write("third.csv", FIRST.replace("\n5,45,12", "\n5,45,0"));
    let said = workplace.finishes(&["compare", "first.csv", "second.csv", "third.csv", "-o", "out"]);
    assert!(said.contains("CD8 CT, all 3: ICC(2,1)") && said.contains(", 7 patients (+2 with 0)"), "{said}");
    let all = report_of(&workplace, "out").measures[1].all.clone().expect("three readers");
    assert_eq!((all.statistics.n_patients, all.statistics.n_compared()), (9, 7));
    let table = workplace.read("out/agreement_of_all.tsv");
    assert!(
        table.starts_with("measure\tregion\tmarker\tunit\tscale\traters\tn_raters\tn_patients\tn_compared\t"),
        "{table}"
    );
}

#[test]
fn samples_of_a_patient_are_pooled_first() {
    let header = "patient_id,sample_id,region,marker,n_cells,area_mm2\n";
    let rows = |factor: u32| -> String {
        let row = |it: u32| {
            format!("p{it},p{it}-1,CT,CD3,{},1\np{it},p{it}-2,CT,CD3,{},3\n", factor * 10 * it, factor * 70 * it)
        };
        (1..6).map(row).collect()
    };
    let workplace = Workplace::with_files([]);
    workplace.write("a.csv", format!("{header}{}", rows(1)));
    workplace.write("b.csv", format!("{header}{}", rows(2)));
    let medians = |folder: &str| report_of(&workplace, folder).measures[0].pairs[0].statistics.medians.unwrap();
    workplace.finishes(&["compare", "a.csv", "b.csv", "-o", "pooled"]);
    workplace.finishes(&["compare", "a.csv", "b.csv", "--pooling", "max", "-o", "max"]);
    assert_eq!((medians("pooled"), medians("max")), ([60.0, 120.0], [70.0, 140.0]));
}

#[test]
fn percents_are_compared_in_points_and_grades_as_classes_too() {
    let table = |shift: u32| {
        let row = |it: u32| format!("p{it},{},{}\n", 5 * it + shift, (it + shift) % 4);
        format!("patient_id,CD8_STROMA_percent,CD8_IM_grade\n{}", (1..9).map(row).collect::<String>())
    };
    let workplace = Workplace::with_files([]);
    workplace.write("a.csv", table(0));
    workplace.write("b.csv", table(1));
    let said = workplace.finishes(&["compare", "a.csv", "b.csv", "-o", "out"]);
    assert!(said.contains("CD8 STROMA (percentage points)  b \u{2212} a     8  +1.0 (+1.0 to +1.0)"), "{said}");
    assert!(said.contains("CD8 IM (grade)"), "{said}");
    let page = workplace.read("out/agreement.html");
    for part in ["Mean of both (grade)", "a (percentage points)", "in percentage points; medians", "in %"] {
        assert!(page.contains(part), "{part}");
    }
    let second_line = |name: &str| workplace.read(&format!("out/{name}.tsv")).lines().nth(1).unwrap_or("").to_owned();
    assert_eq!(second_line("pairs"), "CD8 IM\t(grade)\ta\tb\tp1\t1\t2");
    assert!(second_line("class_changes").contains("\t1\t(grade)\t1\t2\t"), "{}", second_line("class_changes"));
    let report = report_of(&workplace, "out");
    assert_eq!(report.schemes[0].classes, ["0", "1", "2", "3"]);
    assert_eq!(report.class_changes.len(), 8);
    assert_eq!(workplace.read("out/class_table.tsv").lines().count(), 1 + 16);
}
