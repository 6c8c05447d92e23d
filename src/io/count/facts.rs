//! What was found in a file: for `inspect`, and for the lines that `count` prints.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Settings;
use super::source::Source;
use crate::io::format::{AreaUnit, Certainty, Layout, LengthUnit};

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FileFacts {
    /// Name of the file, without its folder.
    pub file: String,
    /// Format that was recognised.
    pub format: String,
    /// `certain`: nobody else writes these columns; `likely`: others do too.
    pub certainty: &'static str,
    /// Version of the program, or what it is like; null if the file does not show it.
    pub version: Option<String>,
    /// What the file holds: `cells`, `regions`, `outlines` or `tally`.
    pub holds: &'static str,
    /// How the file is written: encoding, compression and delimiter of text; `Parquet`; `JSON`.
    pub written_as: String,
    /// Columns of the file.
    pub n_columns: usize,
    /// Rows of the file, without the header; outlines of `GeoJSON`. Null if it was not read to its end.
    pub n_rows: Option<u64>,
    /// Columns that are used, and what for.
    pub columns: Vec<ColumnUse>,
    /// Markers with intensities, which thresholds may be put on.
    pub intensities: Vec<String>,
    /// Units of lengths and areas.
    pub units: Vec<UnitUse>,
    /// Cells of each sample.
    pub samples: BTreeMap<String, u64>,
    /// Phenotypes by the file's own word. A cell may have several.
    pub phenotypes: BTreeMap<String, NamedCount>,
    /// Regions by the file's own word.
    pub regions: BTreeMap<String, NamedCount>,
    /// Rows that are not counted, by the reason.
    pub not_counted: BTreeMap<String, u64>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What the file does not say, and who has to say it.
    pub questions: Vec<String>,
}

/// A column that is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ColumnUse {
    /// What for.
    pub role: String,
    /// Its name in the file.
    pub column: String,
}

/// A unit, and where it is from.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct UnitUse {
    /// What has the unit: `coordinates`, `area`, `signed distance`.
    pub of: &'static str,
    /// The unit: `µm`, `px`, `mm²`, `µm²`, `px²`.
    pub unit: &'static str,
    /// What said so.
    pub source: String,
    /// µm in a pixel, where the unit is one; null if nobody says it.
    pub microns_per_pixel: Option<f64>,
}

/// A word of the file, its name in the results, and its cells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct NamedCount {
    /// Name in the results.
    pub name: String,
    /// Cells.
    pub n_cells: u64,
    /// Cells of which the file does not say whether they have the phenotype.
    pub n_cells_unknown: u64,
    /// Area in mm², where the file says it.
    pub area_mm2: Option<f64>,
}

impl FileFacts {
    /// What is known before the rows are read.
    pub(super) fn of(source: &Source, settings: &Settings) -> Self {
        let header = &source.preview.header;
        let used = match &source.layout {
            Layout::Cells(layout) => layout.used(header),
            Layout::Regions(layout) => layout.used.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect(),
            Layout::Outlines | Layout::Tally => Vec::new(),
        };
        let columns = used.into_iter().map(|(role, at)| ColumnUse { role, column: header.name(at).to_owned() });
        let mut facts = Self {
            file: source.preview.file_name.clone(),
            format: source.format.to_owned(),
            certainty: match source.certainty {
                Certainty::Certain => "certain",
                Certainty::Likely => "likely",
            },
            version: source.version.clone(),
            holds: match source.layout {
                Layout::Cells(_) => "cells",
                Layout::Regions(_) => "regions",
                Layout::Outlines => "outlines",
                Layout::Tally => "tally",
            },
            written_as: source.preview.written_as.clone(),
            n_columns: header.len(),
            n_rows: None,
            columns: columns.collect(),
            intensities: match &source.layout {
                Layout::Cells(layout) => layout.intensities.iter().map(|(marker, _)| marker.clone()).collect(),
                _ => Vec::new(),
            },
            units: Vec::new(),
            samples: BTreeMap::new(),
            phenotypes: BTreeMap::new(),
            regions: BTreeMap::new(),
            not_counted: BTreeMap::new(),
            notes: source.notes.clone(),
            questions: Vec::new(),
        };
        facts.add_units(source, settings);
        facts
    }

    fn add_units(&mut self, source: &Source, settings: &Settings) {
        let given = source.microns_per_pixel(settings);
        let mut lengths: Vec<(&'static str, LengthUnit, String)> = Vec::new();
        let mut areas: Vec<(AreaUnit, String)> = Vec::new();
        match &source.layout {
            Layout::Cells(layout) => {
                lengths.extend(layout.position.as_ref().map(|it| ("coordinates", it.unit, it.unit_source.clone())));
                lengths.extend(
                    layout.signed_distance.as_ref().map(|it| ("signed distance", it.unit, it.unit_source.clone())),
                );
                areas.extend(layout.region_area.as_ref().map(|it| (it.unit, it.unit_source.clone())));
            }
            Layout::Regions(layout) => areas.extend(layout.area_unit.clone()),
            Layout::Outlines => {
                let pixels = LengthUnit::Pixel { documented_microns_per_pixel: None };
                lengths.push(("coordinates", pixels, "GeoJSON of QuPath is in pixels".to_owned()));
            }
            Layout::Tally => {}
        }
        for (of, unit, source) in lengths {
            match unit {
                LengthUnit::Micrometre => self.add_unit(of, "µm", source, None),
                LengthUnit::Pixel { documented_microns_per_pixel } => {
                    self.add_pixels(of, "px", source, given, documented_microns_per_pixel);
                }
            }
        }
        for (unit, source) in areas {
            match unit {
                AreaUnit::SquareMillimetre => self.add_unit("area", "mm²", source, None),
                AreaUnit::SquareMicrometre => self.add_unit("area", "µm²", source, None),
                AreaUnit::SquarePixel { documented_microns_per_pixel } => {
                    self.add_pixels("area", "px²", source, given, documented_microns_per_pixel);
                }
            }
        }
    }

    fn add_unit(&mut self, of: &'static str, unit: &'static str, source: String, microns_per_pixel: Option<f64>) {
        self.units.push(UnitUse { of, unit, source, microns_per_pixel });
    }

    fn add_pixels(
        &mut self,
        of: &'static str,
        unit: &'static str,
        source: String,
        given: Option<f64>,
        documented: Option<f64>,
    ) {
        self.add_unit(of, unit, source, given.or(documented));
        let sentence = match (given, documented) {
            (Some(_), _) => return,
            (None, Some(scale)) => {
                let note = format!(
                    "{scale} µm per pixel is taken from the program's documentation, not from the file; if the image was \
                     scanned otherwise, say --microns-per-pixel"
                );
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
                return;
            }
            (None, None) => {
                "how many µm is a pixel? --microns-per-pixel, or microns_per_pixel in the samplesheet".to_owned()
            }
        };
        if !self.questions.contains(&sentence) {
            self.questions.push(sentence);
        }
    }

    /// Rows that are not counted.
    pub(super) fn drop(&mut self, n_rows: u64, reason: &str) {
        *self.not_counted.entry(reason.to_owned()).or_default() += n_rows;
    }

    /// What is found of a region.
    pub(super) fn region(&mut self, word: &str, name: &str) -> &mut NamedCount {
        let place = self.regions.entry(word.to_owned()).or_default();
        name.clone_into(&mut place.name);
        place
    }

    /// What is found of a phenotype.
    pub(super) fn phenotype(&mut self, word: &str, name: &str) -> &mut NamedCount {
        let place = self.phenotypes.entry(word.to_owned()).or_default();
        name.clone_into(&mut place.name);
        place
    }
}
