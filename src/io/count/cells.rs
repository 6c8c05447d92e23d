//! A table of cells to a tally.
//!
//! Rows become combinations of words ([`crate::io::cells`]); what a combination means is decided here, once for all of its
//! cells: which sample and region it is of, which phenotypes it has, and whether it is counted at all.

mod checks;

use std::collections::{BTreeMap, BTreeSet};

use super::chosen::{Chosen, core_sample};
use super::facts::FileFacts;
use super::names::{field_name, part_name, region_name, region_word};
use super::phenotypes::{Phenotypes, check_rules, panel};
use super::plan::{Places, plan};
use super::sections::Sections;
use super::source::Source;
use super::{Settings, area_mm2, part_area};
use crate::error::{Error, Result};
use crate::io::cells::{Combination, Place, Scanned, scan};
use crate::io::format::{CellLayout, CoreWords, RegionWords, parent_core};
use crate::table::tally::{AreaSource, Counts, NO_REGION, Panel, SampleTally, TOTAL, Tally};

/// A table of cells, as its combinations are gone through.
struct Reading<'a> {
    source: &'a Source,
    layout: &'a CellLayout,
    settings: &'a Settings,
    sections: &'a Sections,
    places: &'a Places,
    phenotypes: Phenotypes<'a>,
    facts: FileFacts,
    tally: Tally,
    panel: String,
    /// The analysis that found the cells of a sample and place.
    analyses: BTreeMap<(String, Option<String>), Vec<Option<String>>>,
    /// Images whose cells are counted.
    images: BTreeSet<String>,
    n_without_place: u64,
}

/// Where the cells of a combination lie.
enum Lies {
    /// In a region: its own word, and its name in the results.
    In(String, String),
    Outside,
    /// Nobody knows.
    Unknown,
}

/// The image and core of a combination's cells; absent where no column says it.
type ImageAndCore = (Option<String>, Option<String>);

/// Counts the cells of a file.
///
/// # Errors
///
/// Those of the file; [`Error::Value`] for a word that a positivity column cannot hold; [`Error::UnusableFile`] for a rule
/// that names a marker that the file has no column for, for pixels without a scale where lengths are wanted, for a margin
/// without distances, for two analyses of one place, and for gates that fit an image in two ways.
pub(super) fn count(
    source: &Source,
    layout: &CellLayout,
    settings: &Settings,
    sections: &Sections,
) -> Result<(Tally, FileFacts)> {
    if settings.margin.is_some() && layout.signed_distance.is_none() {
        return Err(unusable(
            source,
            "has no column with the signed distance of a cell to the border of the tumour, which --margin-um needs; let QuPath \
             compute it (Spatial analysis, signed distance to annotations of the tumour), name it signed_distance in a mapping \
             file, or count without --margin-um"
                .to_owned(),
        ));
    }
    let file_sample = source.file_sample();
    let (plan, places) = plan(source, layout, settings, sections, &file_sample)?;
    let gated: Vec<&str> = plan.thresholds.iter().map(|it| it.marker).collect();
    check_rules(source, layout, settings, &gated)?;
    let scanned = scan(source.path(), &source.preview.header, &plan)?;
    let mut facts = FileFacts::of(source, settings);
    facts.n_rows = Some(scanned.n_rows);
    let mut reading = Reading {
        source,
        layout,
        settings,
        sections,
        places: &places,
        phenotypes: Phenotypes::new(source, layout, settings, &places, gated),
        facts,
        tally: Tally::default(),
        panel: panel(source, layout, settings),
        analyses: BTreeMap::new(),
        images: BTreeSet::new(),
        n_without_place: 0,
    };
    reading.count(&scanned, &file_sample)?;
    Ok((reading.tally, reading.facts))
}

impl Reading<'_> {
    fn count(&mut self, scanned: &Scanned, file_sample: &str) -> Result<()> {
        let chosen = self.chosen(scanned)?;
        let mut seen = Panel::default();
        let mut n_counted = 0;
        for combination in scanned.combinations() {
            if self.is_no_cell(&combination) {
                self.facts.drop(combination.n_rows, "rows that sum cells up");
                continue;
            }
            let (image, core) = self.image_and_core(&combination);
            if image.is_none() && !self.places.sample.is_empty() {
                self.facts.drop(combination.n_rows, "cells without a sample");
                continue;
            }
            match chosen.sample_id(image.as_deref(), core.as_deref(), file_sample) {
                Some(sample_id) => {
                    let image = image.as_deref().unwrap_or(file_sample);
                    self.add(&sample_id, image, core.as_deref(), &combination, &mut seen)?;
                    n_counted += combination.n_rows;
                }
                None => self.facts.drop(combination.n_rows, "cells of other samples"),
            }
        }
        self.check_places(scanned, n_counted)?;
        self.note_gates()?;
        self.note_margin();
        let is_stain = self.phenotypes.is_stain;
        self.phenotypes.note_unmatched_rules(&seen, &mut self.facts);
        if self.sections.belong_to_any_sample() && self.tally.samples.len() > 1 {
            let problem =
                "holds several samples, and one file of outlines is given; name the outlines' file after the sample";
            return Err(unusable(self.source, problem.to_owned()));
        }
        if scanned.n_rows > 0 {
            if let Some(rules) = &self.settings.rules {
                seen = Panel { markers: rules.names().map(str::to_owned).collect(), labels: BTreeSet::new() };
            } else {
                seen.labels.extend(is_stain.then(|| self.phenotypes.stain()).flatten());
                seen.markers.extend(self.phenotypes.looked_for.iter().cloned());
            }
            self.tally.panels.insert(self.panel.clone(), seen);
        }
        Ok(())
    }

    fn is_no_cell(&self, combination: &Combination<'_>) -> bool {
        let word = self.places.not_a_cell.and_then(|it| combination.word(it));
        let summary = self.layout.not_a_cell.as_ref().map(|it| it.1.as_str());
        word.zip(summary).is_some_and(|(word, summary)| word.eq_ignore_ascii_case(summary))
    }

    fn image_and_core(&self, combination: &Combination<'_>) -> ImageAndCore {
        let image = match self.places.sample.as_slice() {
            [] => None,
            places => combination.sample(places).map(|it| self.layout.sample_words.sample(&it).to_owned()),
        };
        let word = self.places.core.and_then(|it| combination.word(it));
        let core = match self.layout.core.map(|it| it.words) {
            Some(CoreWords::QupathParent) => word.and_then(parent_core),
            _ => word,
        };
        (image, core.map(str::to_owned))
    }

    /// Which of the file's samples are counted.
    fn chosen(&self, scanned: &Scanned) -> Result<Chosen> {
        let Some(named) = self.source.named.sample.as_deref() else { return Ok(Chosen::All) };
        let cells = scanned.combinations().filter(|it| !self.is_no_cell(it));
        let found: BTreeSet<ImageAndCore> = cells.map(|it| self.image_and_core(&it)).collect();
        Chosen::of(named, &found).map_err(|found| {
            let problem = format!("holds several samples ({}), none of which is '{named}'", found.join(", "));
            unusable(self.source, problem)
        })
    }

    fn add(
        &mut self,
        sample_id: &str,
        image: &str,
        core: Option<&str>,
        combination: &Combination<'_>,
        seen: &mut Panel,
    ) -> Result<()> {
        self.check_analysis(sample_id, combination)?;
        let n_cells = combination.n_rows;
        let patient = self.source.named.patient.as_deref().or_else(|| combination.word(self.places.patient?));
        let sample = self.tally.samples.entry(sample_id.to_owned()).or_default();
        sample.panels.insert(self.panel.clone());
        sample.set_patient(sample_id, patient)?;
        *self.facts.samples.entry(sample_id.to_owned()).or_default() += n_cells;
        self.images.insert(image.to_owned());

        let cell = self.phenotypes.cell(combination, seen, &mut self.facts)?;
        let is_known = self.phenotypes.is_known(&cell);
        if !is_known {
            self.facts.drop(n_cells, "cells of which no phenotype is known");
            self.sample(sample_id).n_cells_without_phenotype += n_cells;
        }
        let not_counted = match self.lies(image, core, combination)? {
            Lies::In(word, region) => {
                if word != TOTAL && is_known {
                    self.facts.region(&word, &region).n_cells += n_cells;
                }
                let named = self.source.named.field.as_deref();
                let field = named.or_else(|| combination.word(self.places.field?)).map(field_name);
                self.add_area(sample_id, &word, &region, field, combination)?;
                let place = self.sample(sample_id).regions.entry(region.clone()).or_default();
                place.fields.extend(field.map(str::to_owned));
                self.add_counts(sample_id, region, &self.phenotypes.counts(cell, n_cells));
                return Ok(());
            }
            Lies::Outside => "cells that lie in no region; if none lies in one, all are the sample's Total",
            Lies::Unknown => {
                self.n_without_place += n_cells;
                "cells whose place is not told, and that are in no region"
            }
        };
        if is_known {
            self.facts.drop(n_cells, not_counted);
        }
        self.add_counts(sample_id, NO_REGION.to_owned(), &self.phenotypes.counts(cell, n_cells));
        Ok(())
    }

    fn add_counts(&mut self, sample_id: &str, region: String, counts: &Counts) {
        let panel = self.panel.clone();
        self.sample(sample_id).regions.entry(region).or_default().counted.entry(panel).or_default().add(counts);
    }

    fn sample(&mut self, sample_id: &str) -> &mut SampleTally {
        self.tally.samples.get_mut(sample_id).expect("a sample that was added")
    }

    fn has_outlines(&self, image: &str) -> bool {
        let outlined = self.source.named.sample.as_deref().unwrap_or(image);
        self.layout.position.is_some() && self.sections.of(outlined).is_some()
    }

    /// Where cells lie. Outlines go before columns; a table that says nothing of regions is of the whole sample.
    fn lies(&self, image: &str, core: Option<&str>, combination: &Combination<'_>) -> Result<Lies> {
        let has_outlines = self.has_outlines(image);
        if let Some(core) = core.filter(|_| has_outlines) {
            let problem = format!(
                "has cores of a tissue microarray ('{}'), and outlines do not say which core they lie in; give QuPath's table \
                 of annotations in their place",
                core_sample(image, Some(core))
            );
            return Err(unusable(self.source, problem));
        }
        if has_outlines || self.settings.margin.is_some() {
            return Ok(match combination.located() {
                Place::Region(region) => Lies::In(region.to_owned(), region.to_owned()),
                Place::Outside => Lies::Outside,
                Place::Unknown => Lies::Unknown,
            });
        }
        let whole = || Lies::In(TOTAL.to_owned(), TOTAL.to_owned());
        let named = |word: &str| Lies::In(word.to_owned(), region_name(word, self.settings));
        if let Some(word) = &self.source.named.region {
            return Ok(named(word));
        }
        let (Some(place), Some(column)) = (self.places.region, self.layout.region) else { return Ok(whole()) };
        let word = combination.word(place).and_then(|it| region_word(it, column.words));
        Ok(match word {
            Some(TOTAL) if column.words == RegionWords::HaloLayer => whole(),
            // Before QuPath 0.5 the parent of a cell that lies in a core alone is the core's name.
            Some(word) if Some(word) != core => named(word),
            _ => Lies::Outside,
        })
    }

    /// The area that the rows of a region repeat.
    fn add_area(
        &mut self,
        sample_id: &str,
        word: &str,
        region: &str,
        field: Option<&str>,
        combination: &Combination<'_>,
    ) -> Result<()> {
        let (Some(place), Some(column)) = (self.places.region_area, &self.layout.region_area) else { return Ok(()) };
        let Some(text) = combination.word(place) else { return Ok(()) };
        let given: f64 = match text.replace(',', ".").parse() {
            Ok(given) => given,
            Err(_) => return Err(self.phenotypes.value_error(column.column, text, "an area")),
        };
        let mm2 = area_mm2(self.source, given, column.unit, &column.unit_source, self.settings)?;
        let part = part_name(field, "", word);
        let area = part_area(field, mm2, AreaSource::Summary);
        self.sample(sample_id).set_area(sample_id, region, &part, area)
    }
}

fn unusable(source: &Source, problem: String) -> Error {
    Error::UnusableFile { path: source.path().to_owned(), problem }
}
