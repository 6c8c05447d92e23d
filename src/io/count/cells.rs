//! A table of cells to a tally.
//!
//! Rows become combinations of words ([`crate::io::cells`]); what a combination means is decided here, once for all of its
//! cells: which sample and region it is of, which phenotypes it has, and whether it is counted at all.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::FileFacts;
use super::names::{field_name, labels, part_name, phenotype_name, positivity, region_name, region_word};
use super::plan::{Places, plan};
use super::sections::Sections;
use super::source::{Source, image_stem};
use super::{Settings, area_mm2, panel_id, part_area};
use crate::error::{Error, Result};
use crate::io::cells::{Combination, Scanned, first_row_of, scan};
use crate::io::format::{CellLayout, PhenotypeColumn, key};
use crate::model::State;
use crate::table::tally::{AreaSource, Counts, NO_REGION, Panel, TOTAL, Tally};

/// A table of cells, as its combinations are gone through.
struct Reading<'a> {
    source: &'a Source,
    layout: &'a CellLayout,
    settings: &'a Settings,
    sections: &'a Sections,
    places: Places,
    gated: Vec<&'a str>,
    facts: FileFacts,
    tally: Tally,
    panel: String,
    /// Whether labels say positive or negative for the marker that the file is about.
    is_stain: bool,
}

/// What is known of a cell.
#[derive(Default)]
struct Cell {
    /// Phenotypes that it has, or that it is known not to have, by their name in the results.
    known: BTreeMap<String, bool>,
    is_labelled: bool,
}

/// Counts the cells of a file.
///
/// # Errors
///
/// Those of the file; [`Error::Value`] for a word that a positivity column cannot hold; [`Error::Unanswerable`] for a rule
/// that names a marker that the file has no column for; [`Error::UnusableFile`] for pixels without a scale where lengths
/// are wanted.
pub(super) fn count(
    source: &Source,
    layout: &CellLayout,
    settings: &Settings,
    sections: &Sections,
) -> Result<(Tally, FileFacts)> {
    let file_sample = source.file_sample();
    let (plan, places) = plan(source, layout, settings, sections, &file_sample)?;
    let gated: Vec<&str> = plan.thresholds.iter().map(|it| it.marker).collect();
    check_rules(source, layout, settings, &gated)?;
    let scanned = scan(source.path(), &source.preview.header, &plan)?;
    let mut facts = FileFacts::of(source, settings);
    facts.n_rows = Some(scanned.n_rows);
    let panel = panel(source, layout, settings);
    let mut reading = Reading {
        source,
        layout,
        settings,
        sections,
        places,
        gated,
        facts,
        tally: Tally::default(),
        panel,
        is_stain: false,
    };
    reading.count(&scanned, &file_sample)?;
    Ok((reading.tally, reading.facts))
}

/// A rule may name markers that have a column or a threshold, and any label where there are labels.
fn check_rules(source: &Source, layout: &CellLayout, settings: &Settings, gated: &[&str]) -> Result<()> {
    let Some(rules) = &settings.rules else { return Ok(()) };
    let mut known: Vec<&str> = gated.to_vec();
    for phenotype in &layout.phenotypes {
        match phenotype {
            PhenotypeColumn::Label { .. } => return Ok(()),
            PhenotypeColumn::Positivity { marker, .. } => known.push(marker),
        }
    }
    let is_known = |atom: &str| known.iter().any(|it| is_same(it, atom, settings));
    match rules.atoms().into_iter().find(|it| !is_known(it)) {
        None => Ok(()),
        Some(atom) => {
            let found = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let hint = crate::io::suggestion::did_you_mean(atom, known.iter().copied());
            let problem = format!(
                "has no column that says whether a cell is positive for '{atom}', which a phenotype rule names (found: {found}){hint}"
            );
            Err(Error::UnusableFile { path: source.path().to_owned(), problem })
        }
    }
}

fn is_same(one: &str, other: &str, settings: &Settings) -> bool {
    settings.synonyms.phenotype(one).eq_ignore_ascii_case(&settings.synonyms.phenotype(other))
}

/// Files look for the same phenotypes if they have the same markers, and labels or none, and are read by the same rules.
/// What the column of labels is called differs between versions of a program.
fn panel(source: &Source, layout: &CellLayout, settings: &Settings) -> String {
    let mut parts: BTreeSet<String> =
        layout.intensities.iter().map(|(marker, _)| format!("intensity {}", key(marker))).collect();
    parts.extend(layout.phenotypes.iter().map(|it| match it {
        PhenotypeColumn::Label { .. } => "labels".to_owned(),
        PhenotypeColumn::Positivity { marker, .. } => format!("marker {}", key(marker)),
    }));
    if let Some(rules) = &settings.rules {
        parts.extend(rules.names().map(|it| format!("rule {it}")));
    }
    panel_id(source, parts)
}

impl Reading<'_> {
    fn count(&mut self, scanned: &Scanned, file_sample: &str) -> Result<()> {
        let only = self.only_sample(scanned)?;
        let mut seen = Panel::default();
        for combination in scanned.combinations() {
            if let (Some(place), Some((_, text))) = (self.places.not_a_cell, &self.layout.not_a_cell)
                && combination.word(place).is_some_and(|it| it.eq_ignore_ascii_case(text))
            {
                self.facts.drop(combination.n_rows, "rows that sum cells up");
                continue;
            }
            let word = combination.sample(&self.places.sample);
            let word = word.as_deref().map(|it| self.layout.sample_words.sample(it));
            match (word, &only) {
                _ if self.places.sample.is_empty() => self.add(file_sample, &combination, &mut seen)?,
                (None, _) => self.facts.drop(combination.n_rows, "cells without a sample"),
                (Some(sample_id), None) => self.add(sample_id, &combination, &mut seen)?,
                (Some(word), Some(only)) if word == only => self.add(file_sample, &combination, &mut seen)?,
                (Some(_), Some(_)) => self.facts.drop(combination.n_rows, "cells of other samples"),
            }
        }
        let marker = self.source.named.marker.as_deref();
        if let Some(marker) = marker.filter(|_| self.is_stain) {
            seen.labels.insert(phenotype_name("Positive", Some(marker), self.settings));
        }
        self.note_unmatched_rules(&seen);
        if self.sections.belong_to_any_sample() && self.tally.samples.len() > 1 {
            let problem =
                "holds several samples, and one file of outlines is given; name the outlines' file after the sample";
            return Err(Error::UnusableFile { path: self.source.path().to_owned(), problem: problem.to_owned() });
        }
        if scanned.n_rows > 0 {
            if let Some(rules) = &self.settings.rules {
                seen = Panel { markers: rules.names().map(str::to_owned).collect(), labels: BTreeSet::new() };
            } else {
                seen.markers.extend(self.declared());
            }
            self.tally.panels.insert(self.panel.clone(), seen);
        }
        Ok(())
    }

    /// The word for the sample whose cells are counted, where a samplesheet names one sample and a column names several;
    /// absent if all cells are.
    fn only_sample(&self, scanned: &Scanned) -> Result<Option<String>> {
        let Some(named) = self.source.named.sample.as_deref().filter(|_| !self.places.sample.is_empty()) else {
            return Ok(None);
        };
        let words: BTreeSet<String> = scanned
            .combinations()
            .filter_map(|it| it.sample(&self.places.sample))
            .map(|it| self.layout.sample_words.sample(&it).to_owned())
            .collect();
        let is_named = |word: &&String| image_stem(word) == image_stem(named);
        match words.iter().find(is_named) {
            Some(word) => Ok(Some(word.clone())),
            None if words.len() <= 1 => Ok(words.into_iter().next()),
            None => {
                let words: Vec<String> = words.into_iter().collect();
                let problem = format!("holds several samples ({}), none of which is '{named}'", words.join(", "));
                Err(Error::UnusableFile { path: self.source.path().to_owned(), problem })
            }
        }
    }

    fn add(&mut self, sample_id: &str, combination: &Combination<'_>, seen: &mut Panel) -> Result<()> {
        let n_cells = combination.n_rows;
        let patient = self.source.named.patient.as_deref().or_else(|| combination.word(self.places.patient?));
        let sample = self.tally.samples.entry(sample_id.to_owned()).or_default();
        sample.panels.insert(self.panel.clone());
        sample.set_patient(sample_id, patient)?;
        *self.facts.samples.entry(sample_id.to_owned()).or_default() += n_cells;

        let cell = self.cell(combination, seen)?;
        if cell.known.is_empty() && !(self.layout.phenotypes.is_empty() && self.gated.is_empty()) && !cell.is_labelled {
            self.facts.drop(n_cells, "cells of which no phenotype is known");
            self.sample(sample_id).n_cells_without_phenotype += n_cells;
            return Ok(());
        }
        let region = match self.region(sample_id, combination) {
            None => {
                self.facts
                    .drop(n_cells, "cells that lie in no region; if none lies in one, all are the sample's Total");
                NO_REGION.to_owned()
            }
            Some((word, region)) => {
                if word != TOTAL {
                    self.facts.region(&word, &region).n_cells += n_cells;
                }
                let named = self.source.named.field.as_deref();
                let field = named.or_else(|| combination.word(self.places.field?)).map(field_name);
                self.add_area(sample_id, &word, &region, field, combination)?;
                self.sample(sample_id)
                    .regions
                    .entry(region.clone())
                    .or_default()
                    .fields
                    .extend(field.map(str::to_owned));
                region
            }
        };
        let panel = self.panel.clone();
        let place = self.sample(sample_id).regions.entry(region).or_default();
        let phenotypes =
            cell.known.into_iter().map(|(name, has)| (name, Some(if has { n_cells } else { 0 }))).collect();
        let counts = Counts { n_cells: Some(n_cells), phenotypes, is_labelled: cell.is_labelled };
        place.counted.entry(panel).or_default().add(&counts);
        Ok(())
    }

    /// A rule that names what no cell has and no column says would be 0 without a word.
    fn note_unmatched_rules(&mut self, seen: &Panel) {
        let Some(rules) = &self.settings.rules else { return };
        let declared = self.declared();
        let known = |atom: &str| {
            let atom = self.settings.synonyms.phenotype(atom);
            seen.labels.iter().chain(&declared).any(|it| it.eq_ignore_ascii_case(&atom))
        };
        let unknown: Vec<&str> = rules.atoms().into_iter().filter(|it| !known(it)).collect();
        if !unknown.is_empty() {
            self.facts.notes.push(format!("rules name labels that no cell has: {}", unknown.join(", ")));
        }
    }

    fn sample(&mut self, sample_id: &str) -> &mut crate::table::tally::SampleTally {
        self.tally.samples.get_mut(sample_id).expect("a sample that was added")
    }

    /// The region that cells lie in: its own word, and its name in the results. Outlines go before columns; a table that
    /// says nothing of regions is of the whole sample.
    fn region(&self, sample_id: &str, combination: &Combination<'_>) -> Option<(String, String)> {
        let named = |word: &str| Some((word.to_owned(), region_name(word, self.settings)));
        if self.sections.of(sample_id).is_some() && self.layout.position.is_some() {
            return combination.located().map(|region| (region.to_owned(), region.to_owned()));
        }
        if self.settings.margin.is_some() && self.layout.signed_distance.is_some() {
            return combination.located().map(|region| (region.to_owned(), region.to_owned()));
        }
        if let Some(word) = &self.source.named.region {
            return named(word);
        }
        match (self.places.region, self.layout.region) {
            (Some(place), Some(column)) => named(region_word(combination.word(place)?, column.words)?),
            _ => Some((TOTAL.to_owned(), TOTAL.to_owned())),
        }
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
        let given: f64 =
            text.replace(',', ".").parse().map_err(|_| self.value_error(column.column, text, "an area"))?;
        let mm2 = area_mm2(self.source, given, column.unit, &column.unit_source, self.settings)?;
        let part = part_name(field, "", word);
        let area = part_area(field, mm2, AreaSource::Summary);
        self.sample(sample_id).set_area(sample_id, region, &part, area)
    }

    fn cell(&mut self, combination: &Combination<'_>, seen: &mut Panel) -> Result<Cell> {
        let mut cell = Cell::default();
        let mut has: Vec<&str> = Vec::new();
        let mut states: Vec<(&str, State)> = Vec::new();
        for (column, &place) in self.layout.phenotypes.iter().zip(&self.places.phenotypes) {
            let Some(word) = combination.word(place) else { continue };
            match column {
                PhenotypeColumn::Label { words, .. } => {
                    cell.is_labelled = true;
                    has.extend(labels(word, *words));
                }
                PhenotypeColumn::Positivity { column, marker } => {
                    let state = positivity(word).ok_or_else(|| {
                        let expected = "1 or 0, true or false, a word that ends in + or -, or an empty cell";
                        self.value_error(*column, word, expected)
                    })?;
                    states.push((marker, state));
                }
            }
        }
        for (place, marker) in self.gated.iter().enumerate() {
            states.push((marker, combination.threshold(place)));
        }
        states.retain(|(_, state)| *state != State::Unknown);
        let marker = self.source.named.marker.as_deref();
        for word in &has {
            self.is_stain |= ["positive", "negative"].iter().any(|it| word.eq_ignore_ascii_case(it));
            let name = phenotype_name(word, marker, self.settings);
            self.facts.phenotype(word, &name).n_cells += combination.n_rows;
            seen.labels.insert(name.clone());
            cell.known.insert(name, true);
        }
        for (word, state) in &states {
            let name = phenotype_name(word, marker, self.settings);
            let is_positive = *state == State::Positive;
            self.facts.phenotype(word, &name).n_cells += if is_positive { combination.n_rows } else { 0 };
            *cell.known.entry(name).or_default() |= is_positive;
        }
        if let Some(rules) = &self.settings.rules {
            // A marker with a column is what the column says; any other word is a label, which a labelled cell has or not.
            let state_of = |atom: &str| match states.iter().find(|(marker, _)| is_same(marker, atom, self.settings)) {
                Some((_, state)) => *state,
                None if has.iter().any(|it| is_same(it, atom, self.settings)) => State::Positive,
                None if cell.is_labelled && !self.is_marker(atom) => State::Negative,
                None => State::Unknown,
            };
            let known = rules.names().zip(rules.states(state_of)).filter(|(_, state)| *state != State::Unknown);
            cell.known = known.map(|(name, state)| (name.to_owned(), state == State::Positive)).collect();
        }
        Ok(cell)
    }

    /// Whether a column or a threshold says of every cell whether it has this.
    fn is_marker(&self, atom: &str) -> bool {
        let columns = self.layout.phenotypes.iter().filter_map(|it| match it {
            PhenotypeColumn::Positivity { marker, .. } => Some(marker.as_str()),
            PhenotypeColumn::Label { .. } => None,
        });
        columns.chain(self.gated.iter().copied()).any(|it| is_same(it, atom, self.settings))
    }

    /// Markers that columns or thresholds say, whether a cell has them or not.
    fn declared(&self) -> BTreeSet<String> {
        let positivities = self.layout.phenotypes.iter().filter_map(|it| match it {
            PhenotypeColumn::Positivity { marker, .. } => Some(marker.as_str()),
            PhenotypeColumn::Label { .. } => None,
        });
        let marker = self.source.named.marker.as_deref();
        let words = positivities.chain(self.gated.iter().copied());
        words.map(|it| phenotype_name(it, marker, self.settings)).collect()
    }

    fn value_error(&self, column: usize, found: &str, expected: &str) -> Error {
        let header = &self.source.preview.header;
        match first_row_of(self.source.path(), column, found) {
            Ok(row) => Error::Value {
                path: self.source.path().to_owned(),
                row,
                column: header.name(column).to_owned(),
                found: found.to_owned(),
                expected: expected.to_owned(),
            },
            Err(error) => error,
        }
    }
}
