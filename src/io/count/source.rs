//! One file that is counted: opened, recognised, its columns known, its rows not yet read.

use std::path::{Path, PathBuf};

use super::Settings;
use crate::error::{Error, Result};
use crate::io::format::{Certainty, Layout, LengthUnit, Mapping, Preview, recognise, recognise_as};
use crate::io::samplesheet::SampleRow;

/// A file, and what the samplesheet says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// The row of the samplesheet that names it.
    pub row: Option<SampleRow>,
    /// What the file is to the row, or to the user who names it.
    pub role: Role,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is counted.
    Counted,
    /// It says which regions another file's cells lie in, and how large these are; what else it holds is not counted.
    Regions,
}

/// A file whose format is known.
#[derive(Debug)]
pub struct Source {
    /// The file.
    pub input: Input,
    /// Its beginning.
    pub preview: Preview,
    /// Name of its format.
    pub format: &'static str,
    /// How sure that is.
    pub certainty: Certainty,
    /// Version of the program that wrote it.
    pub version: Option<String>,
    /// What its columns mean.
    pub layout: Layout,
    /// What a person should know about it.
    pub notes: Vec<String>,
    /// Sample, patient and marker as the samplesheet or the file's name say them.
    pub named: Named,
}

/// What is known of a file before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The sample.
    pub sample: Option<String>,
    /// The patient.
    pub patient: Option<String>,
    /// The marker that positive cells are positive for.
    pub marker: Option<String>,
    /// The region that all cells lie in.
    pub region: Option<String>,
    /// The field of view.
    pub field: Option<String>,
}

impl Source {
    /// Opens a file and recognises its format.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] if it cannot be read, [`Error::UnusableFile`] if it is of no known format or of two, and what the
    /// mapping file asks for in vain.
    pub fn open(input: Input, settings: &Settings) -> Result<Self> {
        let preview = Preview::read(&input.path)?;
        let named = Named::of(&input, &preview.file_name, settings)?;
        let format = input.row.as_ref().and_then(|it| it.format.as_deref()).or(settings.format.as_deref());
        let of_row = input.row.as_ref().and_then(|it| it.mapping.as_deref()).map(Mapping::read).transpose()?;
        if let Some(mapping) = of_row.as_ref().or(settings.mapping.as_ref()).filter(|_| !preview.json) {
            let layout = Layout::Cells(mapping.layout(&input.path, &preview.header)?);
            let (certainty, version, notes) = (Certainty::Certain, None, Vec::new());
            return Ok(Self { input, preview, format: "generic", certainty, version, layout, notes, named });
        }
        let (format, recognised) = match format {
            Some(name) => recognise_as(name, &input.path, &preview)?,
            None => recognise(&input.path, &preview)?,
        };
        Ok(Self {
            input,
            preview,
            format: format.name,
            certainty: recognised.certainty,
            version: recognised.version,
            layout: recognised.layout,
            notes: recognised.notes,
            named,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.input.path
    }

    /// The scale that is given for the file.
    pub fn microns_per_pixel(&self, settings: &Settings) -> Option<f64> {
        self.input.row.as_ref().and_then(|it| it.microns_per_pixel).or(settings.microns_per_pixel)
    }

    /// µm in a unit of length.
    ///
    /// # Errors
    ///
    /// [`Error::UnusableFile`] for pixels without a scale.
    pub fn microns_per_unit(&self, unit: LengthUnit, unit_source: &str, settings: &Settings) -> Result<f64> {
        match unit {
            LengthUnit::Micrometre => Ok(1.0),
            LengthUnit::Pixel { documented_microns_per_pixel } => {
                self.microns_per_pixel(settings).or(documented_microns_per_pixel).ok_or_else(|| Error::UnusableFile {
                    path: self.input.path.clone(),
                    problem: format!(
                        "measures in pixels ({unit_source}) and does not say how large they are; say it with \
                         --microns-per-pixel, or in the column microns_per_pixel of the samplesheet"
                    ),
                })
            }
        }
    }

    /// Whether the file's columns say which sample a row is of.
    pub fn names_its_samples(&self) -> bool {
        match &self.layout {
            Layout::Cells(layout) => layout.sample.is_some() && self.named.sample.is_none(),
            Layout::Regions(_) => self.named.sample.is_none(),
            Layout::Outlines | Layout::Tally => true,
        }
    }

    /// The sample if the file's columns do not say it.
    pub fn file_sample(&self) -> String {
        let stem = stem(&self.preview.file_name);
        self.named.sample.clone().unwrap_or_else(|| match &self.layout {
            Layout::Cells(layout) => layout.sample_words.sample(stem).to_owned(),
            _ => stem.to_owned(),
        })
    }
}

impl Named {
    fn of(input: &Input, file_name: &str, settings: &Settings) -> Result<Self> {
        let mut named = Self::default();
        if let Some(pattern) = &settings.pattern {
            let captures = pattern.captures(file_name).ok_or_else(|| Error::UnusableFile {
                path: input.path.clone(),
                problem: "is not named as --name-pattern says".to_owned(),
            })?;
            let take = |name: &str| captures.get(name).cloned();
            (named.sample, named.patient) = (take("sample"), take("patient"));
            (named.marker, named.region) = (take("marker"), take("region"));
        }
        if let Some(row) = &input.row {
            named.sample = Some(row.sample_id.clone());
            named.patient = row.patient_id.clone().or(named.patient);
            named.marker = row.marker.clone().or(named.marker);
            named.field.clone_from(&row.field_id);
        }
        Ok(named)
    }
}

/// The name of a file without the endings that say how it is written.
pub(super) fn stem(file_name: &str) -> &str {
    let mut stem = file_name;
    for ending in [".gz", ".zst", ".csv", ".tsv", ".txt", ".parquet", ".geojson", ".json", ".h5ad"] {
        let cut = stem.len().saturating_sub(ending.len());
        if stem.is_char_boundary(cut) && cut > 0 && stem[cut..].eq_ignore_ascii_case(ending) {
            stem = &stem[..cut];
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_endings_and_nothing_else() {
        for (name, expected) in [
            ("a.csv.gz", "a"),
            ("slide 1.svs.tsv", "slide 1.svs"),
            ("x.y.parquet", "x.y"),
            (".csv", ".csv"),
            ("S6_[1,2].im3", "S6_[1,2].im3"),
            ("µ.TXT", "µ"),
        ] {
            assert_eq!(stem(name), expected);
        }
    }
}
