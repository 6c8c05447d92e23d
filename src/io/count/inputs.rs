//! From what the user names to the files that are read: files, folders, a samplesheet.

use std::path::{Path, PathBuf};

use super::{Input, Role};
use crate::error::{Error, Result};
use crate::io::samplesheet::{self, SampleRow};

/// Files as they are, folders as the files in them and below, sorted by name; hidden files are left out.
///
/// # Errors
///
/// [`Error::Read`] if a file or folder is not there, [`Error::Unanswerable`] if a file is named twice or a folder is empty.
pub fn of_paths(paths: &[PathBuf]) -> Result<Vec<Input>> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        add(path, &mut files)?;
        if files.len() == before {
            return Err(Error::UnusableFile { path: path.clone(), problem: "is a folder without files".to_owned() });
        }
    }
    files.sort();
    if let Some(twice) = files.windows(2).find(|it| it[0] == it[1]) {
        let problem = format!("'{}' is given twice; its cells would be counted twice", twice[0].display());
        return Err(Error::Unanswerable { problem });
    }
    Ok(files.into_iter().map(|path| Input { path, row: None, role: Role::Counted }).collect())
}

/// The files of a samplesheet: tables, outlines and regions of each row; and what a person should know of the sheet.
///
/// # Errors
///
/// As [`samplesheet::read`].
pub fn of_samplesheet(path: &Path) -> Result<(Vec<Input>, Vec<String>)> {
    let mut inputs: Vec<Input> = Vec::new();
    let samplesheet = samplesheet::read(path)?;
    let note = |it: &String| format!("column '{it}' of the samplesheet is not used");
    let notes = samplesheet.unknown_columns.iter().map(note).collect();
    for row in samplesheet {
        for beside in [&row.annotations, &row.regions].into_iter().flatten() {
            // Fields of one sample share their regions. What is said of the table's format is not said of these files.
            let is_it =
                |it: &Input| it.path == *beside && it.row.as_ref().is_some_and(|it| it.sample_id == row.sample_id);
            if !inputs.iter().any(is_it) {
                let row = SampleRow { format: None, mapping: None, field_id: None, ..row.clone() };
                inputs.push(Input { path: beside.clone(), row: Some(row), role: Role::Regions });
            }
        }
        inputs.push(Input { path: row.path.clone(), row: Some(row), role: Role::Counted });
    }
    Ok((inputs, notes))
}

fn add(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(read_error)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(read_error)? {
        let entry = entry.map_err(read_error)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            add(&entry.path(), files)?;
        }
    }
    Ok(())
}
