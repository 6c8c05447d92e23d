//! What the cells of a combination are: their labels, the markers they are positive or negative for, and what rules make of
//! these.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::FileFacts;
use super::names::{labels, phenotype_name, positivity};
use super::plan::Places;
use super::source::Source;
use super::{Settings, panel_id};
use crate::error::{Error, Result};
use crate::io::cells::{Combination, first_row_of};
use crate::io::format::{CellLayout, PhenotypeColumn, key};
use crate::io::suggestion::did_you_mean;
use crate::model::State;
use crate::table::tally::{Counts, Panel};

/// What a file says of its cells.
pub(super) struct Phenotypes<'a> {
    source: &'a Source,
    layout: &'a CellLayout,
    settings: &'a Settings,
    places: &'a Places,
    gated: Vec<&'a str>,
    /// Markers that columns or thresholds say, whether a cell has them or not; the phenotypes of the rules, where there are
    /// rules.
    pub(super) looked_for: BTreeSet<String>,
    has_labels: bool,
    /// Whether labels say positive or negative for the marker that the file is about.
    pub(super) is_stain: bool,
}

/// What is known of a cell.
#[derive(Default)]
pub(super) struct Cell {
    /// Phenotypes that it has, or that it is known not to have, by their name in the results.
    known: BTreeMap<String, bool>,
    is_labelled: bool,
}

/// A rule may name markers that have a column or a threshold, and any label where there are labels.
pub(super) fn check_rules(source: &Source, layout: &CellLayout, settings: &Settings, gated: &[&str]) -> Result<()> {
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
            let hint = did_you_mean(atom, known.iter().copied());
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
pub(super) fn panel(source: &Source, layout: &CellLayout, settings: &Settings) -> String {
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

impl<'a> Phenotypes<'a> {
    pub(super) fn new(
        source: &'a Source,
        layout: &'a CellLayout,
        settings: &'a Settings,
        places: &'a Places,
        gated: Vec<&'a str>,
    ) -> Self {
        let has_labels = layout.phenotypes.iter().any(|it| matches!(it, PhenotypeColumn::Label { .. }));
        let (looked_for, is_stain) = (BTreeSet::new(), false);
        let mut phenotypes = Self { source, layout, settings, places, gated, looked_for, has_labels, is_stain };
        phenotypes.looked_for = match &settings.rules {
            Some(rules) => rules.names().map(str::to_owned).collect(),
            None => phenotypes.declared(),
        };
        phenotypes
    }

    /// Whether some phenotypes are intensities above a threshold.
    pub(super) fn is_gated(&self) -> bool {
        !self.gated.is_empty()
    }

    /// The name of the marker that the file is about.
    pub(super) fn stain(&self) -> Option<String> {
        let marker = self.source.named.marker.as_deref()?;
        Some(phenotype_name("Positive", Some(marker), self.settings))
    }

    /// Whether anything is known of a cell, or nothing is looked for.
    pub(super) fn is_known(&self, cell: &Cell) -> bool {
        !cell.known.is_empty() || cell.is_labelled || self.layout.phenotypes.is_empty() && self.gated.is_empty()
    }

    /// The counts that so many cells add.
    pub(super) fn counts(&self, cell: Cell, n_cells: u64) -> Counts {
        let (n_known, n_unknown) = if self.is_known(&cell) { (n_cells, 0) } else { (0, n_cells) };
        let unknown = self.looked_for.iter().filter(|it| !cell.known.contains_key(*it));
        Counts {
            n_cells: Some(n_known),
            is_labelled: cell.is_labelled,
            n_cells_unknown: n_unknown,
            n_cells_without_label: if self.has_labels && !cell.is_labelled { n_cells } else { 0 },
            unknown: unknown.map(|it| (it.clone(), n_cells)).collect(),
            phenotypes: cell.known.into_iter().map(|(name, has)| (name, Some(if has { n_cells } else { 0 }))).collect(),
        }
    }

    /// A rule that names what no cell has and no column says would be 0 without a word.
    pub(super) fn note_unmatched_rules(&self, seen: &Panel, facts: &mut FileFacts) {
        let Some(rules) = &self.settings.rules else { return };
        let (declared, stain) = (self.declared(), self.stain().filter(|_| self.is_stain));
        let known = |atom: &str| {
            let atom = self.settings.synonyms.phenotype(atom);
            seen.labels.iter().chain(&declared).chain(&stain).any(|it| it.eq_ignore_ascii_case(&atom))
        };
        let unknown: Vec<&str> = rules.atoms().into_iter().filter(|it| !known(it)).collect();
        if !unknown.is_empty() {
            facts.notes.push(format!("rules name labels that no cell has: {}", unknown.join(", ")));
        }
    }

    /// What the cells of a combination are.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] for a word that a positivity column cannot hold.
    pub(super) fn cell(
        &mut self,
        combination: &Combination<'_>,
        seen: &mut Panel,
        facts: &mut FileFacts,
    ) -> Result<Cell> {
        let mut cell = Cell::default();
        let mut has: Vec<&str> = Vec::new();
        let mut states: Vec<(&str, State)> = Vec::new();
        for (column, &place) in self.layout.phenotypes.iter().zip(&self.places.phenotypes) {
            match (column, combination.word(place)) {
                (PhenotypeColumn::Label { words, .. }, Some(word)) => {
                    cell.is_labelled = true;
                    has.extend(labels(word, *words));
                }
                (PhenotypeColumn::Label { .. }, None) => {}
                (PhenotypeColumn::Positivity { column, marker }, Some(word)) => {
                    let state = positivity(word).ok_or_else(|| {
                        let expected = "1 or 0, true or false, a word that ends in + or -, or an empty cell";
                        self.value_error(*column, word, expected)
                    })?;
                    states.push((marker, state));
                }
                (PhenotypeColumn::Positivity { marker, .. }, None) => states.push((marker, State::Unknown)),
            }
        }
        for (place, marker) in self.gated.iter().enumerate() {
            states.push((marker, combination.threshold(place)));
        }
        let marker = self.source.named.marker.as_deref();
        for word in &has {
            self.is_stain |= ["positive", "negative"].iter().any(|it| word.eq_ignore_ascii_case(it));
            let name = phenotype_name(word, marker, self.settings);
            facts.phenotype(word, &name).n_cells += combination.n_rows;
            seen.labels.insert(name.clone());
            cell.known.insert(name, true);
        }
        for (word, state) in &states {
            let name = phenotype_name(word, marker, self.settings);
            let fact = facts.phenotype(word, &name);
            match state {
                State::Positive => fact.n_cells += combination.n_rows,
                State::Unknown => fact.n_cells_unknown += combination.n_rows,
                State::Negative => {}
            }
            if *state != State::Unknown {
                *cell.known.entry(name).or_default() |= *state == State::Positive;
            }
        }
        states.retain(|(_, state)| *state != State::Unknown);
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

    /// The error that a word cannot be used, with the first row that holds it.
    pub(super) fn value_error(&self, column: usize, found: &str, expected: &str) -> Error {
        let header = &self.source.preview.header;
        match first_row_of(self.source.path(), &[(column, found)]) {
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
