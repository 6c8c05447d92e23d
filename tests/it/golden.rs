//! The results of the bundled cohort: tables in `testdata/expected/`, compared cell by cell.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::command::Workplace;

/// Relative; what another platform's logarithm may differ by after all the steps.
const TOLERANCE: f64 = 1e-9;

/// Tables of the output folder. The Kaplan-Meier curves are left out: R answers for them in `reference_r`.
const TABLES: [&str; 10] = [
    "scores.tsv",
    "rejected.tsv",
    "excluded.tsv",
    "tables/cox_coefficients.tsv",
    "tables/cox_models.tsv",
    "tables/endpoints.tsv",
    "tables/groups.tsv",
    "tables/proportional_hazards.tsv",
    "tables/survival_at.tsv",
    "tables/tests.tsv",
];

fn expected_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/expected")
}

/// Whether two cells say the same: the same text, or numbers that differ by less than the tolerance.
fn same(found: &str, expected: &str) -> bool {
    if found == expected {
        return true;
    }
    let (Ok(found), Ok(expected)) = (found.parse::<f64>(), expected.parse::<f64>()) else { return false };
    (found - expected).abs() <= TOLERANCE * found.abs().max(expected.abs())
}

/// Where two tables differ, as row, column, what was found and what was expected; empty if they do not.
fn differences(found: &str, expected: &str) -> Vec<String> {
    let cells = |table: &str| -> Vec<Vec<String>> {
        table.lines().map(|it| it.split('\t').map(str::to_owned).collect()).collect()
    };
    let (found, expected) = (cells(found), cells(expected));
    if found.first() != expected.first() {
        return vec![format!("columns {:?}, expected {:?}", found.first(), expected.first())];
    }
    if found.len() != expected.len() {
        return vec![format!("{} lines, expected {}", found.len(), expected.len())];
    }
    let rows = found.iter().zip(&expected).enumerate();
    rows.flat_map(|(row, (found, expected))| {
        let pairs = found.iter().zip(expected).enumerate();
        let differ = pairs.filter(|(_, (found, expected))| !same(found, expected));
        differ.map(move |(at, (found, expected))| {
            format!("line {}, cell {}: {found}, expected {expected}", row + 1, at + 1)
        })
    })
    .collect()
}

#[test]
fn the_bundled_cohort_has_the_results_it_had() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    for name in TABLES {
        let found = workplace.read(&format!("out/{name}"));
        let path = expected_folder().join(name);
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let differences = differences(&found, &expected);
        assert!(
            differences.is_empty(),
            "{name} is not as in {}: {}; if it should be so, run `UPDATE_GOLDEN=1 cargo test --test it golden` and commit \
             it, saying why",
            expected_folder().display(),
            differences.iter().take(5).cloned().collect::<Vec<_>>().join("; "),
        );
    }
}

#[test]
fn every_table_but_the_curves_is_compared() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["run", "study.toml", "-o", "out", "--quiet"]);
    let out = workplace.contents("out");
    let tables: Vec<&str> =
        out.keys().filter_map(|it| it.strip_prefix("tables/")).filter(|it| !it.is_empty()).collect();
    let compared = |name: &&&str| TABLES.contains(&format!("tables/{name}").as_str());
    assert_eq!(tables.iter().filter(|it| !compared(it)).collect::<Vec<_>>(), [&"kaplan_meier.tsv"]);
}

#[test]
fn a_difference_is_found_where_there_is_one() {
    let table = "a\tb\n1\tx\n";
    assert!(differences("a\tb\n1.0000000001\tx\n", table).is_empty(), "within the tolerance");
    assert_eq!(differences("a\tb\n1.00000001\tx\n", table).len(), 1, "beyond the tolerance");
    assert_eq!(differences("a\tb\n\tx\n", table).len(), 1, "an absence is not a number");
    assert_eq!(differences("a\tb\n1\ty\n", table), ["line 2, cell 2: y, expected x"]);
    assert_eq!(differences("a\tc\n1\tx\n", table).len(), 1, "another column");
    assert_eq!(differences("a\tb\n", table).len(), 1, "a row less");
}
