//! Gates: the intensity from which on a cell is positive for a marker, by image.
//!
//! Two tables are read. The wide one is what scimap takes, and MCMICRO passes on: a first column `markers` (or `marker`), then
//! one column an image, named as the sample, or a single one for all images (`gate`, `threshold`, `value` or `all`). The
//! long one has the columns `marker`, `threshold` and, if thresholds differ between samples, `sample_id`; where that is
//! empty, the threshold is for all samples that have none of their own. An empty threshold is none: the marker is unknown.
//!
//! A sample that the table does not name has the thresholds of the image that is the same but for its folder and the ending of
//! its file: those of `A` are for `A.ome.tif`.
//!
//! A threshold is compared with the intensity as it stands in the table of cells. scimap takes the logarithm of the
//! intensities first, ln(1 + x), unless told otherwise, so its gates fit such a table, and not MCMICRO's quantification,
//! which holds the intensities themselves: there a gate of 6.4 has to be written as exp(6.4) − 1 = 600.8.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::format::key;
use super::table_file::TableFile;
use crate::error::{Error, Result};
use crate::model::image_stem;

/// Column of markers, in either table.
const MARKER_COLUMNS: [&str; 2] = ["markers", "marker"];
/// Column of thresholds in the long table.
const THRESHOLD: &str = "threshold";
/// Column of samples in the long table.
const SAMPLE_ID: &str = "sample_id";
/// What the only column of a wide table is called if it is no image.
const ALL_IMAGES: [&str; 6] = ["gate", "gates", "threshold", "thresholds", "value", "all"];

/// Thresholds by marker and sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gates {
    /// Names as they stand in the file, in its order.
    markers: Vec<String>,
    /// By the key of the marker and the sample, absent for all samples.
    thresholds: BTreeMap<(String, Option<String>), f64>,
    /// The samples that the file names, by what is left of their names without folder and ending.
    samples: BTreeMap<String, BTreeSet<String>>,
}

/// The name under which a file has the thresholds of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateName<'a> {
    /// The sample's own, or none is needed: there are thresholds for all samples.
    Own,
    /// That of the same image, written otherwise.
    Alike(&'a str),
    /// Those of several images that differ in folder or ending.
    Ambiguous(&'a BTreeSet<String>),
    /// The file names samples, and not this one.
    Missing,
}

impl Gates {
    /// Reads a table of gates.
    ///
    /// # Errors
    ///
    /// As [`TableFile`]; [`Error::MissingColumn`] if there is no column of markers or none of thresholds;
    /// [`Error::Duplicate`] if a marker stands twice for one sample.
    pub fn read(path: &Path) -> Result<Self> {
        let table = TableFile::read(path)?;
        let has_name = |name: &&str, wanted: &[&str]| wanted.contains(&name.to_lowercase().as_str());
        let names = table.names();
        let Some(&marker_column) = names.iter().find(|it| has_name(it, &MARKER_COLUMNS)) else {
            return Err(table.missing_column(MARKER_COLUMNS[0]));
        };
        let markers = table.identifiers(marker_column)?;

        // What each column of thresholds is for: a sample by row, one sample, or all.
        let mut columns: Vec<(Vec<Option<String>>, &str)> = Vec::new();
        if let Some(&threshold) = names.iter().find(|it| has_name(it, &[THRESHOLD])) {
            let samples = if table.has(SAMPLE_ID) { table.texts(SAMPLE_ID)? } else { vec![None; table.height()] };
            columns.push((samples, threshold));
        } else {
            // A column without a name is a row number that some programs write.
            let others: Vec<&str> = names.iter().copied().filter(|it| *it != marker_column && !it.is_empty()).collect();
            let is_for_all = others.len() == 1 && has_name(&others[0], &ALL_IMAGES);
            for image in others {
                let sample = (!is_for_all).then(|| image.to_owned());
                columns.push((vec![sample; table.height()], image));
            }
        }
        if columns.is_empty() {
            return Err(table.missing_column(THRESHOLD));
        }

        let mut gates = Self::default();
        for marker in &markers {
            if !gates.has(marker) {
                gates.markers.push(marker.clone());
            }
        }
        for (samples, column) in columns {
            let mut lines: BTreeMap<(String, Option<&str>), usize> = BTreeMap::new();
            for (row, threshold) in table.numbers(column)?.into_iter().enumerate() {
                let (marker, sample) = (&markers[row], samples[row].as_deref());
                if let Some(first) = lines.insert((key(marker), sample), table.line(row)) {
                    let of = sample.map(|it| format!(" of sample '{it}'")).unwrap_or_default();
                    return Err(Error::Duplicate {
                        path: path.to_owned(),
                        first,
                        second: table.line(row),
                        what: format!("marker '{marker}'{of}"),
                    });
                }
                if let Some(sample) = sample {
                    gates.samples.entry(image_stem(sample).to_owned()).or_default().insert(sample.to_owned());
                }
                if let Some(threshold) = threshold {
                    gates.thresholds.insert((key(marker), sample.map(str::to_owned)), threshold);
                }
            }
        }
        Ok(gates)
    }

    /// Markers that the file names, as it does, in its order.
    pub fn markers(&self) -> impl Iterator<Item = &str> {
        self.markers.iter().map(String::as_str)
    }

    /// Whether the file names a marker.
    pub fn has(&self, marker: &str) -> bool {
        self.markers().any(|it| key(it) == key(marker))
    }

    /// The intensity from which on a cell of a sample is positive for a marker; absent if the file gives none.
    ///
    /// Markers are compared without case and separators, samples as [`Self::name_of`] says.
    // METHOD: a cell at its gate is positive, as in scimap, which calls the cell nearest to the gate positive.
    pub fn threshold(&self, marker: &str, sample: &str) -> Option<f64> {
        let threshold = |sample| self.thresholds.get(&(key(marker), sample)).copied();
        let named = match self.name_of(sample) {
            GateName::Own => threshold(Some(sample.to_owned())),
            GateName::Alike(name) => threshold(Some(name.to_owned())),
            GateName::Ambiguous(_) | GateName::Missing => None,
        };
        named.or_else(|| threshold(None))
    }

    /// The name under which the file has the thresholds of a sample.
    pub fn name_of(&self, sample: &str) -> GateName<'_> {
        let Some(names) = self.samples.get(image_stem(sample)) else {
            let are_for_all = self.samples.is_empty() || self.thresholds.keys().any(|(_, sample)| sample.is_none());
            return if are_for_all { GateName::Own } else { GateName::Missing };
        };
        match names.first() {
            _ if names.contains(sample) => GateName::Own,
            Some(name) if names.len() == 1 => GateName::Alike(name),
            _ => GateName::Ambiguous(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Gates> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gates.csv");
        std::fs::write(&path, text).unwrap();
        Gates::read(&path)
    }

    #[test]
    fn each_image_has_its_column_and_an_empty_gate_is_none() {
        let gates = read("markers,S1,S 2\nCD45,6.4,5\nPD-L1,,7.25\n").unwrap();
        assert_eq!(gates.markers().collect::<Vec<_>>(), ["CD45", "PD-L1"]);
        assert!(gates.has("PDL1") && !gates.has("CD4"));
        assert_eq!(gates.threshold("CD45", "S1"), Some(6.4));
        assert_eq!(gates.threshold("pdl1", "S 2"), Some(7.25));
        assert_eq!(
            [gates.threshold("PD-L1", "S1"), gates.threshold("CD45", "S3"), gates.threshold("CD4", "S1")],
            [None; 3]
        );
    }

    #[test]
    fn the_only_column_is_for_all_images_if_it_is_called_so() {
        assert_eq!(read("marker,gate\nCD45,6.4\n").unwrap().threshold("CD45", "any"), Some(6.4));
        assert_eq!(read("marker,threshold\nCD45,-0.5\n").unwrap().threshold("CD45", "any"), Some(-0.5));
        assert_eq!(read("markers,exemplar\nCD45,6.4\n").unwrap().threshold("CD45", "other"), None);
        assert_eq!(read(",markers,gates\n0,CD45,6.4\n").unwrap().threshold("CD45", "any"), Some(6.4));
    }

    #[test]
    fn a_threshold_of_the_sample_goes_before_one_for_all() {
        let gates = read("sample_id,marker,threshold\n,CD8,1\nS1,CD8,2\nS1,CD3,3\n").unwrap();
        assert_eq!(gates.markers().collect::<Vec<_>>(), ["CD8", "CD3"]);
        assert_eq!([gates.threshold("CD8", "S1"), gates.threshold("CD8", "S2")], [Some(2.0), Some(1.0)]);
        assert_eq!(gates.threshold("CD3", "S2"), None);
    }

    #[test]
    fn an_image_has_the_gates_of_its_name_without_folder_and_ending_if_no_other_has_that() {
        let gates = read("markers,A,B.tif,B.svs,C.svs\nCD8,1,2,3,4\n").unwrap();
        for (sample, threshold, name) in [
            ("A", Some(1.0), GateName::Own),
            ("x/A.OME.TIF", Some(1.0), GateName::Alike("A")),
            ("C", Some(4.0), GateName::Alike("C.svs")),
            ("B.tif", Some(2.0), GateName::Own),
            ("D", None, GateName::Missing),
        ] {
            assert_eq!((gates.threshold("CD8", sample), gates.name_of(sample)), (threshold, name), "{sample}");
        }
        let both = BTreeSet::from(["B.svs".to_owned(), "B.tif".to_owned()]);
        assert_eq!((gates.threshold("CD8", "B"), gates.name_of("B")), (None, GateName::Ambiguous(&both)));
        assert_eq!(read("marker,gate\nCD8,1\n").unwrap().name_of("B"), GateName::Own);
    }

    #[test]
    fn what_contradicts_itself_or_is_no_number_is_named_with_its_rows() {
        for (text, problem) in [
            ("markers,S1\nCD8,1\ncd8,2\n", "rows 2 and 3: marker 'cd8' of sample 'S1' stands twice"),
            ("marker,threshold\nCD8,1\nCD8,\n", "rows 2 and 3: marker 'CD8' stands twice"),
            ("markers,S1\nCD8,high\n", "row 2, column 'S1': found 'high'"),
            ("markers,S1\n,1\n", "row 2, column 'markers'"),
            ("name,S1\nCD8,1\n", "no column 'markers'"),
            ("markers\nCD8\n", "no column 'threshold'"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
