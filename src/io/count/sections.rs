//! Outlines of regions, by the sample they belong to.

use std::collections::BTreeMap;

use super::Settings;
use super::facts::FileFacts;
use super::names::region_name;
use super::source::Source;
use geo::{MapCoords as _, MultiPolygon, coord};

use crate::error::{Error, Result};
use crate::io::format::LengthUnit;
use crate::io::outlines;
use crate::model::image_stem;
use crate::spatial::SectionRegions;
use crate::table::tally::{AreaSource, PartArea, SampleTally};

/// Name of the part of a region that outlines give.
const PART: &str = "outlines";

/// The regions of each sample that has outlines.
#[derive(Debug, Default)]
pub struct Sections {
    by_sample: BTreeMap<String, SectionRegions>,
    /// The only outlines that were given, beside the only table of cells: they belong together whatever their names.
    only: Option<SectionRegions>,
}

impl Sections {
    /// No outlines were given.
    pub fn is_empty(&self) -> bool {
        self.by_sample.is_empty() && self.only.is_none()
    }

    /// The regions of a sample; an image and its outlines may differ in the ending of their names.
    pub fn of(&self, sample: &str) -> Option<&SectionRegions> {
        self.by_sample.get(image_stem(sample)).or(self.only.as_ref())
    }

    /// Whether the only outlines belong to the only sample, whatever their names.
    pub fn belong_to_any_sample(&self) -> bool {
        self.only.is_some()
    }

    /// Names of all regions, sorted.
    pub fn names(&self) -> Vec<String> {
        let sections = self.by_sample.values().chain(&self.only);
        let mut names: Vec<String> = sections.flat_map(|it| it.names().to_vec()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Adds the outlines of a sample.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if it has some.
    pub fn add(&mut self, sample: &str, section: SectionRegions) -> Result<()> {
        match self.by_sample.insert(image_stem(sample).to_owned(), section) {
            None => Ok(()),
            Some(_) => Err(Error::Unanswerable {
                problem: format!(
                    "sample '{sample}' has two files of outlines; put all regions of a sample in one file"
                ),
            }),
        }
    }

    /// Refuses outlines that fit two samples, whose names differ in folder or ending alone.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`].
    pub fn check<'a>(&self, samples: impl Iterator<Item = &'a String>) -> Result<()> {
        let mut fitting: BTreeMap<&str, &String> = BTreeMap::new();
        for sample in samples {
            let stem = image_stem(sample);
            let Some(other) = self.by_sample.contains_key(stem).then(|| fitting.insert(stem, sample)).flatten() else {
                continue;
            };
            let problem = format!(
                "the outlines of '{stem}' fit two samples, '{other}' and '{sample}'; count them apart, or rename one"
            );
            return Err(Error::Unanswerable { problem });
        }
        Ok(())
    }

    /// Lets the only outlines belong to the only table of cells.
    #[must_use]
    pub fn belong_to_any(mut self) -> Self {
        if self.by_sample.len() == 1 {
            self.only = std::mem::take(&mut self.by_sample).into_values().next();
        }
        self
    }

    /// Puts the areas of the regions of a sample.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if a region has another area from its outlines already.
    pub fn put_areas(&self, sample_id: &str, sample: &mut SampleTally) -> Result<()> {
        let Some(section) = self.of(sample_id) else { return Ok(()) };
        for (at, region) in section.names().iter().enumerate() {
            let mm2 = section.area_mm2(at);
            let area = PartArea { field: None, area_mm2: Some(mm2), source: AreaSource::Polygon };
            sample.set_area(sample_id, region, PART, area)?;
        }
        Ok(())
    }
}

/// Reads the outlines of a sample.
///
/// # Errors
///
/// Those of the file, and [`Error::UnusableFile`] without a scale.
pub(super) fn read(source: &Source, settings: &Settings) -> Result<(SectionRegions, FileFacts)> {
    let mut facts = FileFacts::of(source, settings);
    let pixels = LengthUnit::Pixel { documented_microns_per_pixel: None };
    let scale = source.microns_per_unit(pixels, "GeoJSON of QuPath is in pixels", settings)?;
    let read = outlines::read(source.path())?;
    facts.n_rows = Some(read.outlines.len() as u64);
    facts.notes.extend(read.notes);
    let mut named = Vec::new();
    for outline in read.outlines {
        match outline.class.as_deref().or(outline.name.as_deref()) {
            Some(word) => {
                let region = region_name(word, settings);
                facts.region(word, &region);
                named.push((region, in_microns(&outline.polygons, scale)));
            }
            None => facts.notes.push(format!("outline '{}' has no class and no name, and is left out", outline.id)),
        }
    }
    let section = SectionRegions::new(named)?;
    for (at, region) in section.names().iter().enumerate() {
        for fact in facts.regions.values_mut().filter(|it| it.name == *region) {
            fact.area_mm2 = Some(section.area_mm2(at));
        }
    }
    Ok((section, facts))
}

fn in_microns(polygons: &MultiPolygon<f64>, microns_per_pixel: f64) -> MultiPolygon<f64> {
    polygons.map_coords(|at| coord! { x: at.x * microns_per_pixel, y: at.y * microns_per_pixel })
}
