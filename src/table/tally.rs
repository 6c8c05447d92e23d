//! Counts and areas before they are divided: what parts of a cohort are gathered from.
//!
//! Cells are summed, areas are a set: each part of a region (an annotation, a field of view) has one area, however many
//! files tell it. So tallies of parts of a cohort merge to the tally of the whole, in any order, and the densities made of
//! it are the same bytes as if one process had counted everything.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Version of the schema of a tally, raised when an old reader could misread a new file.
pub const TALLY_SCHEMA_VERSION: u32 = 1;

/// Relative: areas of one part that differ by less are the same.
const ROUNDING: f64 = 1e-9;

/// Name of the region that stands for all of a sample's regions, and of the marker that stands for all cells.
pub const TOTAL: &str = "Total";

/// Counts and areas of samples: the file `tally.json`, which `contexture count` gathers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Version of this file's schema; 1.
    pub contexture_tally: u32,
    /// Samples by their id.
    pub samples: BTreeMap<String, SampleTally>,
    /// Phenotypes of each panel. A panel is what files with the same columns, marker and rules look for: what none of a
    /// sample's cells is, of its own panel, is a count of 0.
    pub panels: BTreeMap<String, BTreeSet<String>>,
    /// Files that were counted, by a fingerprint of their content.
    pub sources: BTreeMap<String, String>,
    /// Files and samples that could not be counted.
    pub rejected: BTreeSet<RejectedInput>,
}

/// Counts and areas of a sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleTally {
    /// The patient; absent if no file says it.
    pub patient_id: Option<String>,
    /// Panels the sample was looked at with.
    pub panels: BTreeSet<String>,
    /// Regions by their name.
    pub regions: BTreeMap<String, RegionTally>,
    /// Cells that lie in no region, and are not counted.
    pub n_cells_without_region: u64,
    /// Cells of which no phenotype is known, and that are not counted.
    pub n_cells_without_phenotype: u64,
}

/// Counts and areas of a region of a sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionTally {
    /// Cells counted one by one; absent if no table of cells has the region.
    pub counted: Option<Counts>,
    /// Counts that a summary tells; they stand in where cells were not counted one by one. Absent if none does.
    pub told: Option<Counts>,
    /// Fields of view that cells were counted in; empty if the file has none.
    pub fields: BTreeSet<String>,
    /// Areas by part.
    pub areas: BTreeMap<String, PartArea>,
}

/// Cells of a region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// All cells of a known phenotype; absent if a summary does not tell it.
    pub n_cells: Option<u64>,
    /// Cells of each phenotype; a cell may be of several. Null where a summary leaves the cell of its table empty.
    pub phenotypes: BTreeMap<String, Option<u64>>,
}

/// The area of a part of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartArea {
    /// Field of view that the part lies in; absent if areas are not told by field.
    pub field: Option<String>,
    /// Area in mm²; absent if it is missing or 0.
    pub area_mm2: Option<f64>,
    /// Where the area is from.
    pub source: AreaSource,
}

/// Where an area is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaSource {
    /// A column of the table of cells or of a table of regions that a program measured.
    Summary,
    /// Polygons.
    Polygon,
    /// A table of regions that the user gave.
    Measured,
}

impl AreaSource {
    /// The word in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Polygon => "polygon",
            Self::Measured => "measured",
        }
    }
}

/// A file or sample that could not be counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectedInput {
    /// The sample; absent if nobody knows it.
    pub sample_id: Option<String>,
    /// Name of the file, without its folder.
    pub file: String,
    /// Why, as a code.
    pub reason: String,
    /// What was found, what was expected, and what to do.
    pub message: String,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            contexture_tally: TALLY_SCHEMA_VERSION,
            samples: BTreeMap::new(),
            panels: BTreeMap::new(),
            sources: BTreeMap::new(),
            rejected: BTreeSet::new(),
        }
    }
}

impl Tally {
    /// Adds another tally: cells are summed, areas are united.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if both counted the same file, give a sample to different patients, or a part of a region
    /// different areas.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        for (fingerprint, file) in other.sources {
            if let Some(first) = self.sources.insert(fingerprint, file.clone()) {
                let problem = format!(
                    "'{first}' and '{file}' hold the same bytes: counting both would count their cells twice; leave one out"
                );
                return Err(Error::Unanswerable { problem });
            }
        }
        for (panel, phenotypes) in other.panels {
            self.panels.entry(panel).or_default().extend(phenotypes);
        }
        self.rejected.extend(other.rejected);
        for (id, sample) in other.samples {
            match self.samples.entry(id) {
                Entry::Vacant(place) => {
                    place.insert(sample);
                }
                Entry::Occupied(mut place) => {
                    let id = place.key().clone();
                    place.get_mut().merge(&id, sample)?;
                }
            }
        }
        Ok(())
    }
}

impl SampleTally {
    /// Names the patient.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if it is another one than before.
    pub fn set_patient(&mut self, sample_id: &str, patient_id: Option<&str>) -> Result<()> {
        match (&self.patient_id, patient_id) {
            (Some(known), Some(other)) if known != other => {
                let problem =
                    format!("sample '{sample_id}' is of patient '{known}' and of patient '{other}'; it can be of one");
                Err(Error::Unanswerable { problem })
            }
            (None, Some(patient)) => {
                self.patient_id = Some(patient.to_owned());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Puts the area of a part of a region.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if the part has another area already.
    pub fn set_area(&mut self, sample_id: &str, region: &str, part: &str, area: PartArea) -> Result<()> {
        let areas = &mut self.regions.entry(region.to_owned()).or_default().areas;
        match areas.entry(part.to_owned()) {
            Entry::Vacant(place) => {
                place.insert(area);
                Ok(())
            }
            Entry::Occupied(mut known) if known.get().is_same(&area) => {
                // The lesser of the two, so that the order of files changes nothing.
                if area.order_key() < known.get().order_key() {
                    known.insert(area);
                }
                Ok(())
            }
            Entry::Occupied(known) => {
                let text = |it: &PartArea| it.area_mm2.map_or("none".to_owned(), |it| format!("{it} mm²"));
                let problem = format!(
                    "part '{part}' of region '{region}' of sample '{sample_id}' has two areas, {} and {}; it can have one",
                    text(known.get()),
                    text(&area)
                );
                Err(Error::Unanswerable { problem })
            }
        }
    }

    fn merge(&mut self, id: &str, other: Self) -> Result<()> {
        self.set_patient(id, other.patient_id.as_deref())?;
        self.panels.extend(other.panels);
        self.n_cells_without_region += other.n_cells_without_region;
        self.n_cells_without_phenotype += other.n_cells_without_phenotype;
        for (name, region) in other.regions {
            for (part, area) in region.areas {
                self.set_area(id, &name, &part, area)?;
            }
            let place = self.regions.entry(name).or_default();
            place.fields.extend(region.fields);
            merge_counts(&mut place.counted, region.counted);
            merge_counts(&mut place.told, region.told);
        }
        Ok(())
    }
}

impl PartArea {
    /// METHOD: an area that is told twice, in µm² and in mm² perhaps, is one if the two differ by rounding alone.
    fn is_same(&self, other: &Self) -> bool {
        let is_near = match (self.area_mm2, other.area_mm2) {
            (Some(one), Some(other)) => (one - other).abs() <= ROUNDING * one.max(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        is_near && self.field == other.field
    }

    fn order_key(&self) -> (Option<u64>, AreaSource) {
        // Areas are above 0, where the order of the bits is that of the numbers.
        (self.area_mm2.map(f64::to_bits), self.source)
    }
}

fn merge_counts(counts: &mut Option<Counts>, other: Option<Counts>) {
    let Some(other) = other else { return };
    match counts {
        None => *counts = Some(other),
        Some(counts) => counts.add(&other),
    }
}

impl Counts {
    /// Adds cells. A number that one of the two does not tell is not known of both.
    pub fn add(&mut self, other: &Self) {
        self.n_cells = self.n_cells.zip(other.n_cells).map(|(one, other)| one + other);
        for (phenotype, n_cells) in &other.phenotypes {
            let sum = self.phenotypes.entry(phenotype.clone()).or_insert(Some(0));
            *sum = sum.zip(*n_cells).map(|(one, other)| one + other);
        }
    }
}

/// What a region's area comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum RegionArea {
    /// The sum of its parts, in mm².
    Known(f64),
    /// There is none, for this reason.
    Absent(String),
}

impl RegionTally {
    /// Cells of the region: those counted one by one, or what a summary tells.
    pub fn counts(&self) -> Option<&Counts> {
        self.counted.as_ref().or(self.told.as_ref())
    }

    /// The area: the sum of its parts, absent unless every part that cells were counted in has one.
    pub fn area(&self) -> RegionArea {
        if self.areas.is_empty() {
            return RegionArea::Absent("no area is given".to_owned());
        }
        if let Some((part, _)) = self.areas.iter().find(|(_, it)| it.area_mm2.is_none()) {
            return RegionArea::Absent(format!("the area of '{part}' is missing or 0"));
        }
        let by_field: BTreeSet<&String> = self.areas.values().filter_map(|it| it.field.as_ref()).collect();
        if !by_field.is_empty()
            && let Some(field) = self.fields.iter().find(|it| !by_field.contains(it))
        {
            return RegionArea::Absent(format!("no area is given for the field '{field}', which has cells"));
        }
        // Parts stand in the order of their names, so that the sum does not depend on the order of files.
        RegionArea::Known(self.areas.values().filter_map(|it| it.area_mm2).sum())
    }
}
