//! Three real cohorts of single cells, counted through mapping files, against a plain count of the same text.
//!
//! The data are not part of the project; see `../shared/data/README.md`.

use std::collections::BTreeMap;
use std::io::Read as _;

use super::{cell, rows};
use crate::command::Workplace;
use crate::results::shared_data;

/// Cells by sample, region and phenotype.
type Counts = BTreeMap<(String, String, String), u64>;

/// The rows of a gzipped CSV without delimiters in its fields, as cells without quotes; the header first.
fn plain_rows(name: &str) -> Option<Vec<Vec<String>>> {
    let file = std::fs::File::open(shared_data("cells")?.join(name)).expect("a cohort of cells");
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("gzip");
    Some(text.lines().map(|line| line.split(',').map(|it| it.trim_matches('"').to_owned()).collect()).collect())
}

/// Counts rows by these columns; `phenotypes` says which phenotypes a row has.
fn plain_counts(
    rows: &[Vec<String>],
    sample: &[&str],
    region: Option<&str>,
    phenotypes: impl Fn(&dyn Fn(&str) -> String) -> Vec<String>,
) -> Counts {
    let place = |name: &str| rows[0].iter().position(|it| it == name).expect("a column");
    let mut counts = Counts::new();
    for row in &rows[1..] {
        let of = |name: &str| row[place(name)].clone();
        let region = region.map_or_else(|| "Total".to_owned(), &of);
        let sample = sample.iter().map(|it| of(it)).collect::<Vec<_>>().join("_");
        for phenotype in phenotypes(&of) {
            *counts.entry((sample.clone(), region.clone(), phenotype)).or_default() += 1;
        }
    }
    counts
}

/// What `contexture count` gives through a mapping: counts above 0, without sums.
fn counted(file: &str, mapping: &str, has_regions: bool) -> Option<Counts> {
    let path = shared_data("cells")?.join(file).display().to_string();
    let workplace = Workplace::with_files([("mapping.toml", mapping)]);
    workplace.finishes(&["count", &path, "--mapping", "mapping.toml", "--own-regions", "-o", "out"]);
    let rows = rows(&workplace, "out/densities.tsv");
    let is_sum =
        |row: &Vec<(String, String)>| cell(row, "marker") == "Total" || (has_regions && cell(row, "region") == "Total");
    let counts = rows.iter().filter(|row| !is_sum(row)).map(|row| {
        let key = ["sample_id", "region", "marker"].map(|column| cell(row, column).to_owned());
        (key.into(), cell(row, "n_cells").parse().expect("a count"))
    });
    Some(counts.filter(|(_, n_cells)| *n_cells > 0).collect())
}

#[track_caller]
fn assert_same_counts(found: &Counts, expected: &Counts) {
    let n_cells: u64 = expected.values().sum();
    assert!(n_cells > 100_000 && expected.len() > 100, "{n_cells} cells in {} counts", expected.len());
    let wrong = expected.iter().find(|(key, n_cells)| found.get(key) != Some(n_cells));
    assert_eq!(wrong, None, "found {:?}", wrong.and_then(|(key, _)| found.get(key)));
    assert_eq!(found.len(), expected.len(), "nothing else is counted");
}

#[test]
fn markers_of_lung_cancer_in_247_images() {
    let Some(rows) = plain_rows("nsclc_mxfda_285k.csv.gz") else { return };
    let markers = [
        ("PanCK", "phenotype_ck"),
        ("CD8", "phenotype_cd8"),
        ("CD14", "phenotype_cd14"),
        ("CD19", "phenotype_cd19"),
        ("CD4", "phenotype_cd4"),
        ("Other", "phenotype_other"),
    ];
    let positive = |of: &dyn Fn(&str) -> String| {
        let is_positive = |it: &&(&str, &str)| of(it.1).ends_with('+');
        markers.iter().filter(is_positive).map(|(marker, _)| (*marker).to_owned()).collect()
    };
    let expected = plain_counts(&rows, &["patientImage_id"], Some("tissue_category"), positive);
    let mapping = "sample = \"patientImage_id\"\npatient = \"patient_id\"\nregion = \"tissue_category\"\n[positivity]\n\
                   CK = \"phenotype_ck\"\nCD8 = \"phenotype_cd8\"\nCD14 = \"phenotype_cd14\"\n\
                   CD19 = \"phenotype_cd19\"\nCD4 = \"phenotype_cd4\"\nOther = \"phenotype_other\"\n";
    assert_same_counts(&counted("nsclc_mxfda_285k.csv.gz", mapping, true).expect("the data are there"), &expected);
}

#[test]
fn cells_of_137_tumour_cores() {
    let Some(rows) = plain_rows("tipc_283k.csv.gz") else { return };
    let expected = plain_counts(&rows, &["tumor_ids", "core_ids"], None, |of| vec![of("Phenotype")]);
    let mapping = "sample = [\"tumor_ids\", \"core_ids\"]\npatient = \"tumor_ids\"\nphenotype = [\"Phenotype\"]\n";
    assert_same_counts(&counted("tipc_283k.csv.gz", mapping, false).expect("the data are there"), &expected);
}

#[test]
fn sixteen_phenotypes_of_breast_cancer() {
    let Some(rows) = plain_rows("tnbc_mibi_198k.csv.gz") else { return };
    let expected = plain_counts(&rows, &["patient"], None, |of| vec![of("phenotype")]);
    let mapping = "sample = \"patient\"\nphenotype = [\"phenotype\"]\n";
    assert_same_counts(&counted("tnbc_mibi_198k.csv.gz", mapping, false).expect("the data are there"), &expected);
}
