//! The files are made by `testdata/h5ad/make.py`, which says what stands in them.

use super::*;

const CELL_IDS: [Option<&str>; 4] = [Some("c1"), Some("c2"), Some("c3"), Some("c4")];
const PHENOTYPES: [Option<&str>; 4] = [Some("CD8+ T"), Some("Tumour µ"), None, Some("CD8+ T")];
const X: [Option<&str>; 4] = [Some("0.5"), Some("1.5"), Some("2.5"), Some("3.5")];
const Y: [Option<&str>; 4] = [Some("10"), Some("20"), None, Some("40")];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/h5ad").join(name)
}

fn obs(name: &str) -> Obs {
    read_obs(&path(name)).unwrap()
}

#[track_caller]
fn assert_text(obs: &Obs, column: &str, expected: [Option<&str>; 4]) {
    let text = obs.column_text(column).unwrap();
    assert_eq!(text.iter().map(Option::as_deref).collect::<Vec<_>>(), expected, "{column}");
}

/// The message without the folder of the file.
fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
    let folder = format!("{}/", path("").display()).replace("//", "/");
    result.unwrap_err().to_string().replace(&folder, "")
}

#[test]
fn every_column_reads_the_same_from_old_and_new_files() {
    for file in ["anndata_0.12.h5ad", "anndata_0.7.h5ad"] {
        let obs = obs(file);
        let names = ["CellID", "phenotype", "imageid", "area", "is_CD3", "count", "spatial_x", "spatial_y"];
        assert_eq!(obs.columns(), names, "{file}");
        assert_eq!(obs.n_rows(), 4);
        assert_text(&obs, "CellID", CELL_IDS);
        assert_text(&obs, "phenotype", PHENOTYPES);
        assert_text(&obs, "imageid", [Some("7"), Some("7"), Some("9"), Some("9")]);
        assert_text(&obs, "area", [Some("0.1"), Some("2"), None, Some("0.001")]);
        assert_text(&obs, "is_CD3", [Some("1"), Some("0"), Some("0"), Some("1")]);
        // 2^53 + 1, which a 64-bit float cannot hold.
        assert_text(&obs, "count", [Some("-1"), Some("0"), Some("9007199254740993"), Some("5")]);
        assert_text(&obs, "spatial_x", X);
        assert_text(&obs, "spatial_y", Y);
    }
}

#[test]
fn compressed_columns_read_like_plain_ones() {
    for file in ["anndata_0.12_gzip.h5ad", "anndata_0.12_lzf.h5ad", "anndata_0.7_gzip.h5ad"] {
        let obs = obs(file);
        assert_text(&obs, "CellID", CELL_IDS);
        assert_text(&obs, "phenotype", PHENOTYPES);
        assert_text(&obs, "spatial_x", X);
        assert_text(&obs, "spatial_y", Y);
    }
    assert_text(&obs("anndata_0.7_gzip.h5ad"), "is_CD3", [Some("1"), Some("0"), Some("0"), Some("1")]);
    // Shuffled, in chunks of three rows and one column.
    assert_text(&obs("edited.h5ad"), "spatial_x", X);
    assert_text(&obs("edited.h5ad"), "spatial_y", Y);
}

#[test]
fn a_masked_value_is_absent_not_zero_or_false() {
    let obs = obs("columns.h5ad");
    assert_text(&obs, "n", [Some("1"), None, Some("3"), None]);
    assert_text(&obs, "is_CD8", [Some("1"), None, Some("0"), None]);
}

#[test]
fn a_column_of_obs_goes_before_coordinates_of_its_name() {
    let obs = obs("columns.h5ad");
    assert_eq!(obs.columns(), ["CellID", "n", "is_CD8", "spatial_x", "CD4/CD8", "spatial_y"]);
    assert_text(&obs, "spatial_x", [Some("1"), Some("2"), Some("3"), Some("4")]);
    assert_text(&obs, "spatial_y", Y);
}

#[test]
fn a_slash_in_a_name_is_part_of_it() {
    assert_text(&obs("columns.h5ad"), "CD4/CD8", [Some("0"), Some("0"), Some("1"), Some("1")]);
}

#[test]
fn some_rows_are_read_as_they_stand_among_all() {
    let obs = obs("edited.h5ad");
    let x = obs.column("spatial_x").unwrap();
    assert_eq!(x.text(2..4).unwrap(), [Some("2.5".to_owned()), Some("3.5".to_owned())]);
    assert_eq!(x.text(4..4).unwrap(), []);
    // A code without a word is an error of the rows that hold it.
    let phenotype = obs.column("phenotype").unwrap();
    assert_eq!(phenotype.text(0..2).unwrap(), [Some("a".to_owned()), Some("b".to_owned())]);
    assert_eq!(
        message(phenotype.text(1..4)),
        "'edited.h5ad', row 4, column 'phenotype': found '2', expected -1 (missing) or the place of one of 2 categories"
    );
}

#[test]
fn a_table_without_cells_has_columns_without_values() {
    let obs = obs("no_cells.h5ad");
    assert_eq!((obs.columns(), obs.n_rows()), (&["_index".to_owned(), "phenotype".to_owned()][..], 0));
    assert_eq!(obs.column_text("phenotype").unwrap(), []);
}

#[test]
fn a_column_that_is_not_there_is_named_with_those_that_are() {
    assert_eq!(
        message(obs("no_cells.h5ad").column("Phenotypes")),
        "'no_cells.h5ad' has no column 'Phenotypes' (found: _index, phenotype); did you mean 'phenotype'?"
    );
}

#[test]
fn a_column_of_another_length_than_the_index_is_an_error() {
    assert_eq!(
        message(obs("edited.h5ad").column("short")),
        "'edited.h5ad' holds 'obs/short' in the shape [3], expected [4]: a row for each cell"
    );
}

#[test]
fn a_file_that_is_no_anndata_says_what_was_found() {
    assert_eq!(message(read_obs(&path("make.py"))), "'make.py' is not HDF5, which an AnnData file (.h5ad) is");
    assert_eq!(
        message(read_obs(&path("no_anndata.h5"))),
        "'no_anndata.h5' has no table 'obs', as an AnnData file has (groups found: matrix)"
    );
    assert_eq!(
        message(read_obs(&path("anndata_0.6.h5ad"))),
        "'anndata_0.6.h5ad' holds 'obs' in the way of anndata before 0.7, which is not read; write the file again with a \
         newer one: anndata.read_h5ad(old).write_h5ad(new)"
    );
    assert_eq!(message(read_obs(&path("none.h5ad"))), "cannot read 'none.h5ad'");
}

#[test]
fn a_file_that_is_cut_off_is_an_error_wherever_it_is_cut() {
    let whole = std::fs::read(path("anndata_0.12_gzip.h5ad")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.h5ad");
    let expected = {
        let obs = obs("anndata_0.12_gzip.h5ad");
        obs.columns().iter().map(|it| obs.column_text(it).unwrap()).collect::<Vec<_>>()
    };
    for length in (0..whole.len()).step_by(97) {
        std::fs::write(&cut, &whole[..length]).unwrap();
        // What lies before the cut may be read; it is never read wrongly.
        if let Ok(obs) = read_obs(&cut) {
            for (name, expected) in obs.columns().iter().zip(&expected) {
                assert!(
                    obs.column_text(name).is_err() || obs.column_text(name).unwrap() == *expected,
                    "{length}: {name}"
                );
            }
        }
    }
}
