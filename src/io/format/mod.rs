//! Export formats: one a file, recognised by what their header line says, never by the name of the file.
//!
//! To add a format: write its file, with a [`Format`], and add a line to [`FORMATS`].

mod anndata_obs;
mod canonical;
pub mod canonical_regions;
mod cellprofiler;
mod codex;
mod companion;
mod cosmx;
mod generic;
mod geojson;
mod halo_objects;
mod halo_summary;
mod header;
mod inform_cells;
mod inform_columns;
mod inform_summary;
mod json_keys;
mod layout;
mod marker_name;
mod mcmicro;
mod merscope;
mod phenoptr_consolidated;
mod preview;
mod qupath;
mod qupath_annotations;
mod qupath_cells;
mod region_numbers;
mod shared_columns;
mod spatialtime;
mod steinbock;
mod tally;
#[cfg(test)]
mod tests;
mod units;
mod xenium;

pub use generic::{Mapping, MappingAreaUnit, MappingLengthUnit};
pub use header::{Header, key};
pub use layout::{
    AnalysisColumns, AreaColumn, AreaUnit, CellLayout, Coordinate, CoreColumn, CoreWords, LabelWords, Layout,
    LengthUnit, Measured, PhenotypeColumn, Position, RegionColumn, RegionLayout, RegionRecord, RegionWords,
    SampleWords,
};
pub use preview::{Preview, RegionTable};
pub use qupath::{parent_core, parent_region};

use std::path::Path;

use crate::error::{Error, Result};

/// All formats that are recognised, in the order in which they are shown.
pub const FORMATS: &[Format] = &[
    qupath_cells::FORMAT,
    qupath_annotations::FORMAT,
    geojson::FORMAT,
    halo_objects::FORMAT,
    halo_summary::FORMAT,
    spatialtime::FORMAT,
    inform_cells::FORMAT,
    inform_summary::FORMAT,
    phenoptr_consolidated::FORMAT,
    mcmicro::FORMAT,
    anndata_obs::FORMAT,
    codex::FORMAT,
    xenium::FORMAT,
    cosmx::FORMAT,
    merscope::FORMAT,
    steinbock::FORMAT,
    cellprofiler::FORMAT,
    canonical::FORMAT,
    canonical_regions::FORMAT,
    tally::FORMAT,
];

/// A format that some program exports.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Program and kind of table, for a person.
    pub description: &'static str,
    /// Says what the columns mean, if the file is of this format.
    pub recognise: fn(&Preview) -> Option<Recognised>,
}

impl Format {
    /// What the format says of a file. A table is never asked of JSON, nor outlines of a table.
    fn of(&self, preview: &Preview) -> Option<Recognised> {
        (self.recognise)(preview).filter(|it| it.layout.is_json() == preview.json)
    }
}

/// What a format says of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognised {
    /// How sure it is.
    pub certainty: Certainty,
    /// Version of the program, or what it is like: `0.5 or later`.
    pub version: Option<String>,
    /// What the file holds.
    pub layout: Layout,
    /// What a person should know about this file, one sentence each.
    pub notes: Vec<String>,
}

/// How sure it is that a file is of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The columns fit, but other programs write such columns too.
    Likely,
    /// Nobody else writes these columns.
    Certain,
}

/// The format of a file, and what it says of it.
///
/// # Errors
///
/// [`Error::UnusableFile`] if no format fits, or if two fit equally well.
pub fn recognise(path: &Path, preview: &Preview) -> Result<(&'static Format, Recognised)> {
    let mut found: Vec<(&Format, Recognised)> =
        FORMATS.iter().filter_map(|format| Some((format, format.of(preview)?))).collect();
    let surest = found.iter().map(|(_, it)| it.certainty).max();
    found.retain(|(_, it)| Some(it.certainty) == surest);
    let problem = match found.len() {
        1 => return Ok(found.remove(0)),
        0 => companion::problem(preview).unwrap_or_else(|| unknown(preview)),
        _ => {
            let names: Vec<&str> = found.iter().map(|(format, _)| format.name).collect();
            format!("may be {}; say which, with --format", names.join(" or "))
        }
    };
    Err(Error::UnusableFile { path: path.to_owned(), problem })
}

/// What is said of a file that nobody knows.
fn unknown(preview: &Preview) -> String {
    let names = preview.header.names();
    let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
    let more =
        if names.len() > shown.len() { format!(", and {} more", names.len() - shown.len()) } else { String::new() };
    let shown = shown.join(", ");
    if preview.json {
        let keys = if shown.is_empty() { "no keys".to_owned() } else { format!("keys: {shown}{more}") };
        return format!("is JSON, but no GeoJSON and no tally ({keys}); it may be cut off: export it again");
    }
    format!(
        "is of no known format (columns: {shown}{more}); say which column is what in a mapping file, with --mapping"
    )
}

/// The format of this name, and what it says of a file.
///
/// # Errors
///
/// [`Error::UnusableFile`] if the file is not of that format; [`Error::Unanswerable`] if there is no format of that name.
pub fn recognise_as(name: &str, path: &Path, preview: &Preview) -> Result<(&'static Format, Recognised)> {
    let Some(format) = FORMATS.iter().find(|it| it.name == name) else {
        let names: Vec<&str> = FORMATS.iter().map(|it| it.name).collect();
        return Err(Error::Unanswerable {
            problem: format!("there is no format '{name}' (known: {})", names.join(", ")),
        });
    };
    let recognised = format.of(preview).ok_or_else(|| {
        let problem = format!("is not of the format '{name}': {}", format.description);
        Error::UnusableFile { path: path.to_owned(), problem }
    })?;
    Ok((format, recognised))
}
