//! A table of cells to a tally.
//!
//! Rows become combinations of words ([`crate::io::cells`]); what a combination means is decided here, once for all of its
//! cells: which sample and region it is of, which phenotypes it has, and whether it is counted at all.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::FileFacts;
use super::names::{field_name, labels, phenotype_name, positivity, region_name, region_word};
use super::sections::Sections;
use super::source::Source;
use super::{Settings, area_mm2, panel_id, part_area};
use crate::error::{Error, Result};
use crate::io::cells::{Combination, DistancePlan, OutlinePlan, Plan, Scanned, Threshold, first_row_of, scan};
use crate::io::format::{CellLayout, PhenotypeColumn, key};
use crate::model::State;
use crate::table::tally::{AreaSource, Counts, TOTAL, Tally};

/// Places of the columns in a [`Plan`].
struct Places {
    sample: Vec<usize>,
    patient: Option<usize>,
    field: Option<usize>,
    region: Option<usize>,
    phenotypes: Vec<usize>,
    not_a_cell: Option<usize>,
    region_area: Option<usize>,
}

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

/// What a cell is.
#[derive(Default)]
struct Cell {
    /// Phenotypes that it has, by their name in the results.
    phenotypes: BTreeSet<String>,
    is_phenotyped: bool,
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

fn plan<'a>(
    source: &'a Source,
    layout: &'a CellLayout,
    settings: &'a Settings,
    sections: &'a Sections,
    file_sample: &'a str,
) -> Result<(Plan<'a>, Places)> {
    let mut plan = Plan { file_sample, ..Plan::default() };
    let mut word = |column: usize| {
        plan.words.push(column);
        plan.words.len() - 1
    };
    let named = &source.named;
    let places = Places {
        sample: match (&named.sample, layout.sample) {
            (None, Some(sample)) => [sample].iter().chain(&layout.sample_within).map(|it| word(*it)).collect(),
            _ => Vec::new(),
        },
        patient: layout.patient.filter(|_| named.patient.is_none()).map(&mut word),
        field: layout.field.filter(|_| named.field.is_none()).map(&mut word),
        region: layout.region.filter(|_| named.region.is_none()).map(|it| word(it.column)),
        phenotypes: layout
            .phenotypes
            .iter()
            .map(|it| match it {
                PhenotypeColumn::Label { column, .. } | PhenotypeColumn::Positivity { column, .. } => word(*column),
            })
            .collect(),
        not_a_cell: layout.not_a_cell.as_ref().map(|it| word(it.0)),
        region_area: layout.region_area.as_ref().map(|it| word(it.column)),
    };
    plan.sample.clone_from(&places.sample);
    if let Some(gates) = &settings.gates {
        let gated = layout.intensities.iter().filter(|(marker, _)| gates.has(marker));
        plan.thresholds = gated.map(|(marker, column)| Threshold { column: *column, marker, gates }).collect();
    }
    let may_have_outlines =
        if places.sample.is_empty() { sections.of(file_sample).is_some() } else { !sections.is_empty() };
    if may_have_outlines && let Some(position) = &layout.position {
        let scale = || source.microns_per_unit(position.unit, &position.unit_source, settings);
        plan.outlines = Some(OutlinePlan {
            x: position.x,
            y: position.y,
            microns_per_unit: Box::new(scale),
            regions: sections.names(),
            section_of: Box::new(|word| sections.of(layout.sample_words.sample(word))),
        });
    }
    if let (Some(margin), Some(distance)) = (settings.margin, &layout.signed_distance) {
        let microns_per_unit = source.microns_per_unit(distance.unit, &distance.unit_source, settings)?;
        plan.distance = Some(DistancePlan { column: distance.column, microns_per_unit, margin });
    }
    Ok((plan, places))
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

/// Files look for the same phenotypes if they have the same markers and labels, and are read by the same rules.
fn panel(source: &Source, layout: &CellLayout, settings: &Settings) -> String {
    let header = &source.preview.header;
    let mut parts: BTreeSet<String> =
        layout.intensities.iter().map(|(marker, _)| format!("intensity {}", key(marker))).collect();
    parts.extend(layout.phenotypes.iter().map(|it| match it {
        PhenotypeColumn::Label { column, .. } => format!("label {}", header.key(*column)),
        PhenotypeColumn::Positivity { marker, .. } => format!("marker {}", key(marker)),
    }));
    if let Some(rules) = &settings.rules {
        parts.extend(rules.names().map(|it| format!("rule {it}")));
    }
    panel_id(source, parts)
}

impl Reading<'_> {
    fn count(&mut self, scanned: &Scanned, file_sample: &str) -> Result<()> {
        let mut declared: BTreeSet<String> = self.declared();
        for combination in scanned.combinations() {
            if let (Some(place), Some((_, text))) = (self.places.not_a_cell, &self.layout.not_a_cell)
                && combination.word(place).is_some_and(|it| it.eq_ignore_ascii_case(text))
            {
                self.facts.drop(combination.n_rows, "rows that sum cells up");
                continue;
            }
            let named = match self.places.sample.as_slice() {
                [] => Some(file_sample.to_owned()),
                places => combination.sample(places).map(|it| self.layout.sample_words.sample(&it).to_owned()),
            };
            match named {
                Some(sample_id) => self.add(&sample_id, &combination, &mut declared)?,
                None => self.facts.drop(combination.n_rows, "cells without a sample"),
            }
        }
        if let Some(marker) = self.source.named.marker.as_deref().filter(|_| self.is_stain) {
            declared.insert(phenotype_name("Positive", Some(marker), self.settings));
        }
        if scanned.n_rows > 0 {
            self.tally.panels.insert(self.panel.clone(), declared);
        }
        Ok(())
    }

    fn add(&mut self, sample_id: &str, combination: &Combination<'_>, seen: &mut BTreeSet<String>) -> Result<()> {
        let n_cells = combination.n_rows;
        let patient = self.source.named.patient.as_deref().or_else(|| combination.word(self.places.patient?));
        let sample = self.tally.samples.entry(sample_id.to_owned()).or_default();
        sample.panels.insert(self.panel.clone());
        sample.set_patient(sample_id, patient)?;
        *self.facts.samples.entry(sample_id.to_owned()).or_default() += n_cells;

        let Some((word, region)) = self.region(sample_id, combination) else {
            self.facts.drop(n_cells, "cells that lie in no region");
            self.sample(sample_id).n_cells_without_region += n_cells;
            return Ok(());
        };
        let field = self.source.named.field.as_deref().or_else(|| combination.word(self.places.field?)).map(field_name);
        self.add_area(sample_id, &region, field, combination)?;
        let cell = self.cell(combination)?;
        if !cell.is_phenotyped {
            self.facts.drop(n_cells, "cells of which no phenotype is known");
            self.sample(sample_id).n_cells_without_phenotype += n_cells;
            return Ok(());
        }
        if word != TOTAL {
            self.facts.region(&word, &region).n_cells += n_cells;
        }
        let place = self.sample(sample_id).regions.entry(region).or_default();
        place.fields.extend(field.map(str::to_owned));
        let counts = place.counted.get_or_insert_with(|| Counts { n_cells: Some(0), phenotypes: BTreeMap::new() });
        let phenotypes = cell.phenotypes.iter().map(|it| (it.clone(), Some(n_cells))).collect();
        counts.add(&Counts { n_cells: Some(n_cells), phenotypes });
        seen.extend(cell.phenotypes);
        Ok(())
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
        region: &str,
        field: Option<&str>,
        combination: &Combination<'_>,
    ) -> Result<()> {
        let (Some(place), Some(column)) = (self.places.region_area, &self.layout.region_area) else { return Ok(()) };
        let Some(text) = combination.word(place) else { return Ok(()) };
        let given: f64 =
            text.replace(',', ".").parse().map_err(|_| self.value_error(column.column, text, "an area"))?;
        let mm2 = area_mm2(self.source, given, column.unit, &column.unit_source, self.settings)?;
        let part = field.unwrap_or(region);
        let area = part_area(field, mm2, AreaSource::Summary);
        self.sample(sample_id).set_area(sample_id, region, part, area)
    }

    fn cell(&mut self, combination: &Combination<'_>) -> Result<Cell> {
        if self.layout.phenotypes.is_empty() && self.gated.is_empty() {
            return Ok(Cell { phenotypes: BTreeSet::new(), is_phenotyped: true });
        }
        let mut positive: Vec<&str> = Vec::new();
        let mut states: Vec<(&str, State)> = Vec::new();
        let mut is_labelled = false;
        for (column, &place) in self.layout.phenotypes.iter().zip(&self.places.phenotypes) {
            let Some(word) = combination.word(place) else { continue };
            match column {
                PhenotypeColumn::Label { words, .. } => {
                    is_labelled = true;
                    positive.extend(labels(word, *words));
                }
                PhenotypeColumn::Positivity { column, marker } => {
                    let state = positivity(word).ok_or_else(|| {
                        self.value_error(
                            *column,
                            word,
                            "1 or 0, true or false, a word that ends in + or -, or an empty cell",
                        )
                    })?;
                    states.push((marker, state));
                }
            }
        }
        for (place, marker) in self.gated.iter().enumerate() {
            states.push((marker, combination.threshold(place)));
        }
        let is_phenotyped = is_labelled || states.iter().any(|(_, state)| *state != State::Unknown);
        positive.extend(states.iter().filter(|(_, state)| *state == State::Positive).map(|(marker, _)| *marker));
        let marker = self.source.named.marker.as_deref();
        let mut phenotypes: BTreeSet<String> = BTreeSet::new();
        for word in &positive {
            self.is_stain |= ["positive", "negative"].iter().any(|it| word.eq_ignore_ascii_case(it));
            let name = phenotype_name(word, marker, self.settings);
            self.facts.phenotype(word, &name).n_cells += combination.n_rows;
            phenotypes.insert(name);
        }
        if let Some(rules) = &self.settings.rules {
            // A marker with a column is what the column says; any other word is a label, which a labelled cell has or not.
            let state_of = |atom: &str| match states.iter().find(|(marker, _)| is_same(marker, atom, self.settings)) {
                Some((_, state)) => *state,
                None if positive.iter().any(|it| is_same(it, atom, self.settings)) => State::Positive,
                None if is_labelled => State::Negative,
                None => State::Unknown,
            };
            let holds = rules.names().zip(rules.states(state_of)).filter(|(_, state)| *state == State::Positive);
            phenotypes = holds.map(|(name, _)| name.to_owned()).collect();
        }
        Ok(Cell { phenotypes, is_phenotyped })
    }

    /// Phenotypes that the file looks for, whether a cell has them or not.
    fn declared(&self) -> BTreeSet<String> {
        if let Some(rules) = &self.settings.rules {
            return rules.names().map(str::to_owned).collect();
        }
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
