//! The samplesheet: which files belong to which sample of which patient.
//!
//! | column | holds |
//! | --- | --- |
//! | `sample_id` | the slide, core or block; one row each. Required |
//! | `path` | its export. Required |
//! | `patient_id` | the patient; empty where the export or the file's name says it |
//! | `format` | the format of the export; empty where its columns say it |
//! | `mapping` | a mapping file for an export of no known format |
//! | `microns_per_pixel` | the scale, greater than 0 and up to 100 |
//! | `annotations` | outlines of the regions: `GeoJSON` or a table of annotations |
//! | `regions` | a table of the regions' areas |
//! | `marker` | the marker, where the export is about one and does not name it |
//! | `field_id` | the field of view, where a sample has an export for each: then one row a sample and field |
//! | `block`, `batch`, `centre` | where the sample comes from |
//!
//! Paths are relative to the folder of the samplesheet. Whether the files are there is not asked here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::suggestion::did_you_mean;
use super::table_file::TableFile;
use crate::error::{Error, Result};

const SAMPLE_ID: &str = "sample_id";
const PATH: &str = "path";
const PATIENT_ID: &str = "patient_id";
const FORMAT: &str = "format";
const MAPPING: &str = "mapping";
const MICRONS_PER_PIXEL: &str = "microns_per_pixel";
const ANNOTATIONS: &str = "annotations";
const REGIONS: &str = "regions";
const MARKER: &str = "marker";
const FIELD_ID: &str = "field_id";
const BLOCK: &str = "block";
const BATCH: &str = "batch";
const CENTRE: &str = "centre";

/// All columns that are read.
const COLUMNS: [&str; 13] = [
    SAMPLE_ID,
    PATH,
    PATIENT_ID,
    FORMAT,
    MAPPING,
    MICRONS_PER_PIXEL,
    ANNOTATIONS,
    REGIONS,
    MARKER,
    FIELD_ID,
    BLOCK,
    BATCH,
    CENTRE,
];

/// A larger scale is no picture of cells, which are 5 to 20 µm wide.
const MOST_MICRONS_PER_PIXEL: f64 = 100.0;

/// What a samplesheet holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Samplesheet {
    /// In the order of the file.
    pub rows: Vec<SampleRow>,
    /// Columns that are none of a samplesheet's and were not read, in the order of the file.
    pub unknown_columns: Vec<String>,
}

impl IntoIterator for Samplesheet {
    type Item = SampleRow;
    type IntoIter = std::vec::IntoIter<SampleRow>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

/// One row of a samplesheet: one export. What an empty cell would hold is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRow {
    /// Where it stands in the file, counted from 1 with the header.
    pub row: usize,
    /// The slide, core or block.
    pub sample_id: String,
    /// Its export.
    pub path: PathBuf,
    /// The patient.
    pub patient_id: Option<String>,
    /// The format of the export.
    pub format: Option<String>,
    /// A mapping file.
    pub mapping: Option<PathBuf>,
    /// The scale, in (0, 100].
    pub microns_per_pixel: Option<f64>,
    /// Outlines of the regions.
    pub annotations: Option<PathBuf>,
    /// Areas of the regions.
    pub regions: Option<PathBuf>,
    /// The marker that the export is about.
    pub marker: Option<String>,
    /// The field of view.
    pub field_id: Option<String>,
    /// The tissue block.
    pub block: Option<String>,
    /// The staining batch.
    pub batch: Option<String>,
    /// The hospital or laboratory.
    pub centre: Option<String>,
}

/// Reads a samplesheet.
///
/// # Errors
///
/// As [`TableFile`]; [`Error::MissingColumn`] if there is no `sample_id` or no `path`; [`Error::Value`] if a cell of these
/// is empty, or a scale is none; [`Error::Duplicate`] if a sample, or a field of a sample, stands twice;
/// [`Error::UnusableFile`] if a column is misspelt.
pub fn read(path: &Path) -> Result<Samplesheet> {
    let table = TableFile::read(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let identifiers = table.identifiers(SAMPLE_ID)?;
    let mut texts: BTreeMap<&str, Vec<Option<String>>> = BTreeMap::from([(PATH, table.texts(PATH)?)]);
    for column in COLUMNS.into_iter().filter(|it| table.has(it)) {
        texts.insert(column, table.texts(column)?);
    }
    let text = |column, row: usize| texts.get(column).and_then(|it| it[row].clone());
    let file = |column, row| text(column, row).map(|it| folder.join(it));
    let scales = table.has(MICRONS_PER_PIXEL).then(|| table.numbers(MICRONS_PER_PIXEL)).transpose()?;

    let mut lines: BTreeMap<(&str, Option<String>), usize> = BTreeMap::new();
    let mut rows = Vec::with_capacity(table.height());
    for (row, sample_id) in identifiers.iter().enumerate() {
        let field_id = text(FIELD_ID, row);
        if let Some(first) = lines.insert((sample_id, field_id.clone()), table.line(row)) {
            let field = field_id.map(|it| format!(", field '{it}'")).unwrap_or_default();
            return Err(Error::Duplicate {
                path: path.to_owned(),
                first,
                second: table.line(row),
                what: format!("sample '{sample_id}'{field}"),
            });
        }
        let microns_per_pixel = scales.as_ref().and_then(|it| it[row]);
        if let Some(scale) = microns_per_pixel.filter(|it| !(*it > 0.0 && *it <= MOST_MICRONS_PER_PIXEL)) {
            let expected = "µm per pixel, greater than 0 and up to 100";
            return Err(table.value_error(row, MICRONS_PER_PIXEL, &scale.to_string(), expected));
        }
        rows.push(SampleRow {
            row: table.line(row),
            sample_id: sample_id.clone(),
            path: file(PATH, row).ok_or_else(|| table.value_error(row, PATH, "", "the file of the sample"))?,
            patient_id: text(PATIENT_ID, row),
            format: text(FORMAT, row),
            mapping: file(MAPPING, row),
            microns_per_pixel,
            annotations: file(ANNOTATIONS, row),
            regions: file(REGIONS, row),
            marker: text(MARKER, row),
            field_id,
            block: text(BLOCK, row),
            batch: text(BATCH, row),
            centre: text(CENTRE, row),
        });
    }
    Ok(Samplesheet { rows, unknown_columns: unknown_columns(&table)? })
}

/// Columns that are none of a samplesheet's; one that resembles a column that is not there is refused as misspelt.
fn unknown_columns(table: &TableFile) -> Result<Vec<String>> {
    // A column without a name is a row number that some programs write.
    let unknown: Vec<&str> = table.names().into_iter().filter(|it| !COLUMNS.contains(it) && !it.is_empty()).collect();
    for name in &unknown {
        let meant = did_you_mean(name, COLUMNS.into_iter().filter(|it| !table.has(it)));
        if !meant.is_empty() {
            let problem = format!("has a column '{name}', which is none of a samplesheet{meant}");
            return Err(Error::UnusableFile { path: table.path.clone(), problem });
        }
    }
    Ok(unknown.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text that stands in a folder, and takes the folder off the paths.
    fn samplesheet(text: &str) -> Result<(PathBuf, Samplesheet)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        std::fs::write(&path, text).unwrap();
        Ok((folder.path().to_owned(), read(&path)?))
    }

    #[test]
    fn a_row_says_where_the_files_of_a_sample_are() {
        let text = "sample_id,path,patient_id,microns_per_pixel,annotations,stain,batch\n\
                    007,a/cells.csv,P1,0.5,/abs/a.geojson,IHC,\n\
                    S 2,missing.csv,,,,,B\n";
        let (folder, sheet) = samplesheet(text).unwrap();
        assert_eq!(sheet.unknown_columns, ["stain"]);
        let [first, second] = sheet.rows.as_slice() else { panic!("two rows") };
        assert_eq!((first.row, first.sample_id.as_str(), first.patient_id.as_deref()), (2, "007", Some("P1")));
        assert_eq!(first.path, folder.join("a/cells.csv"));
        assert_eq!(first.annotations.as_deref(), Some(Path::new("/abs/a.geojson")));
        assert_eq!((first.microns_per_pixel, &first.batch, &first.marker), (Some(0.5), &None, &None));
        assert_eq!((second.row, second.microns_per_pixel, second.batch.as_deref()), (3, None, Some("B")));
        assert_eq!((&second.patient_id, &second.annotations), (&None, &None));
    }

    #[test]
    fn a_sample_stands_once_or_once_a_field() {
        let fields = "sample_id,path,field_id\nS1,a.csv,1\nS1,b.csv,2\n";
        assert_eq!(samplesheet(fields).unwrap().1.rows.len(), 2);
        for (text, problem) in [
            ("sample_id,path\nS1,a.csv\nS2,b.csv\nS1,c.csv\n", "rows 2 and 4: sample 'S1' stands twice"),
            ("sample_id,path,field_id\nS1,a,1\nS1,b,1\n", "rows 2 and 3: sample 'S1', field '1' stands twice"),
            ("sample_id,path,field_id\nS1,a,\nS1,b,\n", "rows 2 and 3: sample 'S1' stands twice"),
        ] {
            let error = samplesheet(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn what_is_missing_or_impossible_is_named_with_its_row() {
        for (text, problem) in [
            ("sample_id\nS1\n", "no column 'path'"),
            ("sample,path\nS1,a\n", "no column 'sample_id' (found: sample, path); did you mean 'sample'?"),
            ("sample_id,path\n,a\n", "row 2, column 'sample_id'"),
            ("sample_id,path\nS1,a\nS2,\n", "row 3, column 'path': found ''"),
            ("sample_id,path,microns_per_pixel\nS1,a,0\n", "row 2, column 'microns_per_pixel': found '0'"),
            ("sample_id,path,microns_per_pixel\nS1,a,-0.5\n", "found '-0.5'"),
            ("sample_id,path,microns_per_pixel\nS1,a,100.5\n", "found '100.5'"),
            ("sample_id,path,microns_per_pixel\nS1,a,20x\n", "found '20x'"),
            ("sample_id,path\n", "no rows"),
            ("sample_id,path,micron_per_pixel\nS1,a,0.5\n", "did you mean 'microns_per_pixel'?"),
            (
                "sample_id,path,Patient_ID\nS1,a,P1\n",
                "a column 'Patient_ID', which is none of a samplesheet; did you mean",
            ),
        ] {
            let error = samplesheet(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
        let (_, sheet) = samplesheet("sample_id,path,microns_per_pixel\nS1,a,100\n").unwrap();
        assert_eq!(sheet.rows[0].microns_per_pixel, Some(100.0));
    }
}
