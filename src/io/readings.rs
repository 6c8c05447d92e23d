//! What several readers, instruments, lots or centres measured: a file or folder of each, or one table with a column that
//! names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::densities::DensityInput;
use super::{checksum, densities, scored};
use crate::error::{Error, Result};
use crate::model::InputFile;
use crate::protocol::{ComponentSpec, DensityTable, Pooling, Protocol, QualityLimits};
use crate::score::comparison::Readings;
use crate::table;

/// Files of a scored cohort that a comparison reads, without their ending.
const SCORED_TABLES: [&str; 3] = ["scores", "profiles", "rejected"];

/// Readings, and what they were read from.
#[derive(Debug)]
pub struct ReadingsInput {
    /// What each rater measured, in the order of the files, or of the names in a column.
    pub readings: Vec<Readings>,
    /// Every file that was read.
    pub inputs: Vec<InputFile>,
    /// Patients of rows that name no rater, sorted.
    pub without_rater: Vec<String>,
    /// What is to be known of the tables, in sentences.
    pub remarks: Vec<String>,
}

/// How density tables are read.
#[derive(Clone, Debug)]
pub struct ReadingsSettings {
    /// The columns of a table.
    pub columns: DensityTable,
    /// How several samples of a patient become one value.
    pub pooling: Pooling,
}

/// Reads a file or folder for each rater: density tables, or folders of `contexture score`.
///
/// Without labels, a rater is called as its file or folder; as that with the folder it stands in, where two are called alike.
///
/// # Errors
///
/// * As [`densities::read`], [`densities::plausible::check`] and [`scored::read`].
/// * [`Error::UnequalLengths`] if there are labels, and not one for each file or folder.
/// * [`Error::Unanswerable`] if samples of a patient cannot be pooled, or a patient stands twice.
pub fn read(paths: &[PathBuf], labels: &[String], settings: &ReadingsSettings) -> Result<ReadingsInput> {
    let names = if labels.is_empty() { names(paths) } else { labels.to_vec() };
    if names.len() != paths.len() {
        return Err(Error::UnequalLengths { quantity: "label", expected: paths.len(), found: names.len() });
    }
    let mut found = ReadingsInput { readings: vec![], inputs: vec![], without_rater: vec![], remarks: vec![] };
    for (path, label) in paths.iter().zip(names) {
        if path.is_dir() {
            found.readings.push(of_scored(path, &label)?);
            found.inputs.extend(scored_files(path, &label)?);
        } else {
            let input = densities::read(path, &settings.columns)?;
            found.add_table(path, &input, &label, settings)?;
            found.inputs.push(checksum::input_file(&label, path)?);
        }
    }
    Ok(found)
}

/// Reads one density table with a column that names the rater of a row.
///
/// # Errors
///
/// As [`densities::read_by`] and [`read`].
pub fn read_by(path: &Path, column: &str, settings: &ReadingsSettings) -> Result<ReadingsInput> {
    let table = densities::read_by(path, &settings.columns, column)?;
    let mut found = ReadingsInput {
        readings: vec![],
        inputs: vec![checksum::input_file("densities", path)?],
        without_rater: table.without_rater.into_iter().collect(),
        remarks: densities::remark_of_columns(&table.unused_columns).into_iter().collect(),
    };
    for (label, input) in &table.raters {
        found.add_table(path, input, label, settings).map_err(|error| match error {
            Error::UnusableFile { path, problem } => {
                Error::UnusableFile { path, problem: format!("{problem} (rows of '{label}')") }
            }
            other => other,
        })?;
    }
    Ok(found)
}

impl ReadingsInput {
    /// Takes up what one rater measured.
    fn add_table(&mut self, path: &Path, input: &DensityInput, label: &str, settings: &ReadingsSettings) -> Result<()> {
        let specs = table::densities::measured(&input.densities);
        let protocol = of_components(specs.clone(), settings.pooling);
        densities::plausible::check(path, input, &protocol)?;
        let pooled = table::densities::pool(&input.densities, &protocol, &BTreeSet::new());
        let patients = pooled.map_err(|error| match error {
            Error::Unanswerable { problem } => Error::Unanswerable {
                problem: format!("'{}': {problem} (of a comparison: --pooling mean, max or min)", path.display()),
            },
            other => other,
        })?;
        self.remarks.extend(input.remarks(&specs, &[]).into_iter().map(|it| format!("{label}: {it}")));
        self.readings.push(Readings::of_measurements(label, &specs, &patients));
        Ok(())
    }
}

/// What pooling asks of a protocol: components, and the rule. No limits of quality decide between samples: measurements are
/// compared as they are.
fn of_components(components: Vec<ComponentSpec>, pooling: Pooling) -> Protocol {
    let consensus = Protocol::preset("consensus").expect("a preset");
    let (markers, regions, quality) = (Vec::new(), Vec::new(), QualityLimits::NONE);
    Protocol { listed: components, markers, regions, pooling, quality, ..consensus }
}

fn of_scored(folder: &Path, label: &str) -> Result<Readings> {
    let scored = scored::read(folder)?;
    let record = &scored.record;
    let by = (&record.protocol, record.reference.as_ref());
    Readings::of_scored(label, by, &scored.profiles, &scored.scores, &scored.rejected)
}

/// The files of a scored cohort, each with its folder before its name.
fn scored_files(folder: &Path, label: &str) -> Result<Vec<InputFile>> {
    let tables = SCORED_TABLES.iter().filter_map(|it| scored::table_path(folder, it));
    let files = tables.chain([folder.join("score.json")]);
    let with_folder = |path: PathBuf| {
        let file = checksum::input_file(label, &path)?;
        Ok(InputFile { name: format!("{}/{}", name_of(folder), file.name), ..file })
    };
    files.map(with_folder).collect()
}

/// What raters are called if nobody says it.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let names: Vec<String> = paths.iter().map(|it| name_of(it)).collect();
    let is_repeated = |name: &String| names.iter().filter(|it| *it == name).count() > 1;
    let full = |(path, name): (&PathBuf, &String)| {
        let parent = path.parent().filter(|it| it.file_name().is_some() && is_repeated(name));
        parent.map_or_else(|| name.clone(), |it| format!("{}/{name}", name_of(it)))
    };
    paths.iter().zip(&names).map(full).collect()
}

/// The name of a file without its folder and ending, or that of a folder.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    if path.is_dir() {
        return name.into_owned();
    }
    name.split('.').next().filter(|it| !it.is_empty()).unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_its_name_and_by_its_folder_where_that_is_not_enough() {
        let paths = |it: &[&str]| it.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(names(&paths(&["x/reader_a.csv.gz", "y/reader_b.tsv"])), ["reader_a", "reader_b"]);
        assert_eq!(
            names(&paths(&["a/densities.tsv", "b/densities.tsv", "c.csv"])),
            ["a/densities", "b/densities", "c"]
        );
        assert_eq!(names(&paths(&["t.csv", "t.tsv"])), ["t", "t"]);
    }

    fn settings(pooling: Pooling) -> ReadingsSettings {
        ReadingsSettings { columns: DensityTable::default(), pooling }
    }

    #[test]
    fn every_file_has_a_label_or_none_has() {
        let paths = ["a.csv", "b.csv"].map(PathBuf::from);
        let error = read(&paths, &["a".to_owned()], &settings(Pooling::Pooled)).unwrap_err();
        assert!(matches!(error, Error::UnequalLengths { expected: 2, found: 1, .. }), "{error}");
    }

    #[test]
    fn densities_of_another_unit_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let rows = ["p,a,CT,CD3,0.0004", "p,b,CT,CD3,410", "q,a,CT,CD3,0.0001", "q,b,CT,CD3,95"];
        std::fs::write(&path, format!("patient_id,reader,region,marker,cells_per_mm2\n{}\n", rows.join("\n"))).unwrap();
        let said = read_by(&path, "reader", &settings(Pooling::Pooled)).unwrap_err().to_string();
        assert!(said.contains("they look like cells per µm²") && said.ends_with("(rows of 'a')"), "{said}");
        std::fs::write(&path, "patient_id,CD3_CT\np,0.0004\nq,0.0001\n").unwrap();
        let said = read(std::slice::from_ref(&path), &[], &settings(Pooling::Pooled)).unwrap_err().to_string();
        assert!(said.contains("they look like cells per µm²"), "{said}");
    }

    #[test]
    fn no_limit_of_quality_decides_between_samples() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        // Of p, one core is small; of q, one density is higher than a square millimetre holds.
        let header = "patient_id,sample_id,region,marker,cells_per_mm2,area_mm2";
        let rows = ["p,1,CT,CD3,100,0.1", "p,2,CT,CD3,300,5", "q,3,CT,CD3,30000,5", "q,4,CT,CD3,10000,5"];
        std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        for (pooling, expected) in
            [(Pooling::Mean, [200.0, 20_000.0]), (Pooling::Max, [300.0, 30_000.0]), (Pooling::Min, [100.0, 10_000.0])]
        {
            let found = read(std::slice::from_ref(&path), &[], &settings(pooling)).unwrap();
            let measured = found.readings[0].components.values().next().expect("CD3 CT");
            assert_eq!(measured.values.values().copied().collect::<Vec<_>>(), expected, "{pooling:?}");
        }
    }
}
