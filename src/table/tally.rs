//! Counts and areas before they are divided: what parts of a cohort are gathered from.
//!
//! Cells are summed, areas are a set: each part of a region (an annotation, a field of view) has one area, however many
//! files tell it. So tallies of parts of a cohort merge to the tally of the whole, in any order, and the densities made of
//! it are the same bytes as if one process had counted everything.

mod area;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use area::{AreaSource, ContradictedArea, PartArea};

/// Version of the schema of a tally, raised when an old reader could misread a new file.
pub const TALLY_SCHEMA_VERSION: u32 = 1;

/// Name of the region that stands for all of a sample's regions, and of the marker that stands for all cells.
pub const TOTAL: &str = "Total";

/// Why a region has no area if nobody gives one.
pub const NO_AREA: &str = "no area is given";

/// Key of the cells that lie in no region, where the file knows regions.
pub const NO_REGION: &str = "";

/// Counts and areas of samples: the file `tally.json`, which `contexture count` gathers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Version of this file's schema; 1.
    pub contexture_tally: u32,
    /// Samples by their id.
    pub samples: BTreeMap<String, SampleTally>,
    /// What each panel looks for. A panel is what files with the same markers, labels and rules look for.
    pub panels: BTreeMap<String, Panel>,
    /// Files that were counted, by a fingerprint of their content.
    pub sources: BTreeMap<String, String>,
    /// Files and samples that could not be counted.
    pub rejected: BTreeSet<RejectedInput>,
}

/// The phenotypes that a panel looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Names of cell types: a cell that has one has none of the others.
    pub labels: BTreeSet<String>,
    /// Markers and rules, each known or unknown of a cell by itself.
    pub markers: BTreeSet<String>,
}

impl Panel {
    /// All phenotypes, sorted.
    pub fn phenotypes(&self) -> BTreeSet<&str> {
        self.labels.iter().chain(&self.markers).map(String::as_str).collect()
    }
}

/// Counts and areas of a sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleTally {
    /// The patient; absent if no file says it.
    pub patient_id: Option<String>,
    /// Panels the sample was looked at with.
    pub panels: BTreeSet<String>,
    /// Regions by their name. Cells of files that know no regions stand under `Total`, cells that lie in no region under an
    /// empty name.
    pub regions: BTreeMap<String, RegionTally>,
    /// Cells of which no phenotype is known, and that are not counted.
    pub n_cells_without_phenotype: u64,
}

/// Counts and areas of a region of a sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionTally {
    /// Cells counted one by one, by panel.
    pub counted: BTreeMap<String, Counts>,
    /// Counts that a summary tells, by part; they stand in where no cells were counted one by one.
    pub told: BTreeMap<String, Counts>,
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
    /// Cells of each phenotype that is known of one cell at least, so 0 where all of these are negative; a cell may be of
    /// several. Null where a summary leaves the cell of its table empty.
    pub phenotypes: BTreeMap<String, Option<u64>>,
    /// Whether some of the cells have a label.
    #[serde(default)]
    pub is_labelled: bool,
    /// Cells of which no phenotype is known, and that are not among all cells.
    #[serde(default)]
    pub n_cells_unknown: u64,
    /// Cells without a label, where the file has labels; cells of which nothing is known are among them.
    #[serde(default)]
    pub n_cells_without_label: u64,
    /// Cells of which nobody knows whether they are positive, by marker or rule; cells of which nothing is known are among
    /// them. A marker that is known of all cells is left out.
    #[serde(default)]
    pub unknown: BTreeMap<String, u64>,
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
    /// Adds another tally: cells are summed, areas are united. A tally that contradicts this one leaves it as it was.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if both counted the same file, give a sample to different patients, a part of a region
    /// different areas, or a summary's count different numbers.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        for (fingerprint, file) in &other.sources {
            if let Some(first) = self.sources.get(fingerprint) {
                let problem = format!(
                    "'{file}' holds the same bytes as '{first}': counting both would count their cells twice; leave one out"
                );
                return Err(Error::Unanswerable { problem });
            }
        }
        let mut merged = Vec::with_capacity(other.samples.len());
        for (id, sample) in other.samples {
            let mut known = self.samples.get(&id).cloned().unwrap_or_default();
            known.merge(&id, sample)?;
            merged.push((id, known));
        }
        self.samples.extend(merged);
        self.sources.extend(other.sources);
        for (id, panel) in other.panels {
            let known = self.panels.entry(id).or_default();
            known.labels.extend(panel.labels);
            known.markers.extend(panel.markers);
        }
        self.rejected.extend(other.rejected);
        Ok(())
    }

    /// The first area of another tally that contradicts one of this.
    pub fn contradicted_area<'a>(&'a self, other: &'a Self) -> Option<ContradictedArea<'a>> {
        other.areas().find_map(|(sample_id, region, part, area)| {
            let known = self.samples.get(sample_id)?.regions.get(region)?.areas.get(part)?;
            (!known.is_same(area)).then_some(ContradictedArea { sample_id, region, part, areas: [known, area] })
        })
    }

    /// All areas: sample, region, part.
    pub fn areas(&self) -> impl Iterator<Item = (&str, &str, &str, &PartArea)> {
        self.samples.iter().flat_map(|(sample_id, sample)| {
            sample.regions.iter().flat_map(move |(region, it)| {
                it.areas.iter().map(move |(part, area)| (sample_id.as_str(), region.as_str(), part.as_str(), area))
            })
        })
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
                let problem = format!(
                    "part '{part}' of region '{region}' of sample '{sample_id}' has two areas, {} and {}; it can have one",
                    known.get().in_words(),
                    area.in_words()
                );
                Err(Error::Unanswerable { problem })
            }
        }
    }

    /// Adds what another file or part of a cohort tells of the sample.
    ///
    /// # Errors
    ///
    /// As [`Tally::merge`].
    pub fn merge(&mut self, id: &str, other: Self) -> Result<()> {
        self.set_patient(id, other.patient_id.as_deref())?;
        self.panels.extend(other.panels);
        self.n_cells_without_phenotype += other.n_cells_without_phenotype;
        for (name, region) in other.regions {
            for (part, area) in region.areas {
                self.set_area(id, &name, &part, area)?;
            }
            let place = self.regions.entry(name.clone()).or_default();
            place.fields.extend(region.fields);
            for (panel, counts) in region.counted {
                place.counted.entry(panel).or_default().add(&counts);
            }
            for (part, counts) in region.told {
                place.tell(id, &name, &part, counts)?;
            }
        }
        Ok(())
    }
}

impl RegionTally {
    /// Puts what a summary tells of a part.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if it told another number of the same before.
    pub fn tell(&mut self, sample_id: &str, region: &str, part: &str, counts: Counts) -> Result<()> {
        let known = self.told.entry(part.to_owned()).or_default();
        let mut problem = None;
        for (phenotype, n_cells) in counts.phenotypes {
            match known.phenotypes.insert(phenotype.clone(), n_cells) {
                Some(before) if before != n_cells => problem = Some(phenotype),
                _ => {}
            }
        }
        match (known.n_cells, counts.n_cells) {
            (Some(one), Some(other)) if one != other => problem = Some("all cells".to_owned()),
            (one, other) => known.n_cells = one.or(other),
        }
        problem.map_or(Ok(()), |what| {
            let problem = format!(
                "'{what}' of part '{part}' of region '{region}' of sample '{sample_id}' is told twice, with different counts"
            );
            Err(Error::Unanswerable { problem })
        })
    }

    /// Whether anybody counted its cells.
    pub fn has_counts(&self) -> bool {
        !self.counted.is_empty() || !self.told.is_empty()
    }

    /// The area: the sum of its parts, from the best source; or why there is none.
    ///
    /// METHOD: polygons go before a user's table of areas, and that before a program's summary; areas of different sources
    /// are never added. Absent unless every part that cells were counted in has an area above 0; a part without tissue and
    /// without cells adds nothing.
    ///
    /// # Errors
    ///
    /// The reason, in words, why there is none.
    pub fn area(&self) -> Result<f64, String> {
        let Some(source) = self.areas.values().map(|it| it.source).max() else {
            return Err(NO_AREA.to_owned());
        };
        // Parts stand in the order of their names, so that the sum does not depend on the order of files.
        let parts: Vec<(&String, &PartArea)> = self.areas.iter().filter(|(_, it)| it.source == source).collect();
        let mut sum = 0.0;
        for (part, area) in &parts {
            let has_cells = area.field.as_ref().is_some_and(|it| self.fields.contains(it));
            match area.area_mm2 {
                Some(mm2) if mm2 > 0.0 || !has_cells => sum += mm2,
                Some(_) => return Err(format!("the area of '{part}', which has cells, is 0")),
                None => return Err(format!("the area of '{part}' is missing")),
            }
        }
        let by_field: BTreeSet<&String> = parts.iter().filter_map(|(_, it)| it.field.as_ref()).collect();
        if !by_field.is_empty()
            && let Some(field) = self.fields.iter().find(|it| !by_field.contains(it))
        {
            return Err(format!("no area is given for the field '{field}', which has cells"));
        }
        if sum > 0.0 { Ok(sum) } else { Err("the area is 0".to_owned()) }
    }
}

impl Counts {
    /// Adds cells that were counted one by one.
    pub fn add(&mut self, other: &Self) {
        self.n_cells = Some(self.n_cells.unwrap_or(0) + other.n_cells.unwrap_or(0));
        self.is_labelled |= other.is_labelled;
        for (phenotype, n_cells) in &other.phenotypes {
            let sum = self.phenotypes.entry(phenotype.clone()).or_insert(Some(0));
            *sum = Some(sum.unwrap_or(0) + n_cells.unwrap_or(0));
        }
        self.n_cells_unknown += other.n_cells_unknown;
        self.n_cells_without_label += other.n_cells_without_label;
        for (phenotype, n_cells) in &other.unknown {
            *self.unknown.entry(phenotype.clone()).or_default() += n_cells;
        }
    }
}
