//! What is refused or said of a table of cells beside its counts: two analyses of one place, cells without a place, gates that fit
//! an image in two ways.

use std::collections::BTreeMap;

use super::{Reading, unusable};
use crate::error::Result;
use crate::io::cells::{Combination, Scanned, first_row_of};
use crate::io::gates::GateName;

impl Reading<'_> {
    /// Refuses a second analysis of one place, whose cells would add up to those of the first.
    pub(super) fn check_analysis(&mut self, sample_id: &str, combination: &Combination<'_>) -> Result<()> {
        let (Some(columns), Some((place, names))) = (&self.layout.analyses, &self.places.analyses) else {
            return Ok(());
        };
        let word = |it: usize| combination.word(it).map(str::to_owned);
        let (place, analysis) = (word(*place), names.iter().map(|it| word(*it)).collect::<Vec<_>>());
        let known = self.analyses.entry((sample_id.to_owned(), place.clone())).or_insert_with(|| analysis.clone());
        let differs =
            |(one, other): (&Option<String>, &Option<String>)| one.is_some() && other.is_some() && one != other;
        if !known.iter().zip(&analysis).any(differs) {
            return Ok(());
        }
        let of_sample = self.layout.sample.into_iter().chain(self.layout.sample_within.iter().copied());
        let of_sample: Vec<(usize, Option<String>)> =
            of_sample.zip(self.places.sample.iter().map(|it| word(*it))).collect();
        let row = |analysis: &[Option<String>]| {
            let named = columns.names.iter().copied().zip(analysis.iter().cloned());
            let cells = of_sample.iter().cloned().chain([(columns.place, place.clone())]).chain(named);
            let cells: Vec<(usize, String)> = cells.filter_map(|(column, word)| Some((column, word?))).collect();
            let cells: Vec<(usize, &str)> = cells.iter().map(|(column, word)| (*column, word.as_str())).collect();
            first_row_of(self.source.path(), &cells)
        };
        let text = |analysis: &[Option<String>]| analysis.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        let layer = place.as_ref().map(|it| format!(", '{it}'")).unwrap_or_default();
        let problem = format!(
            "holds two analyses of one place (sample '{sample_id}'{layer}): '{}' in row {} and '{}' in row {}; their cells would \
             add up: keep the rows of one",
            text(known),
            row(known)?,
            text(&analysis),
            row(&analysis)?
        );
        Err(unusable(self.source, problem))
    }

    /// METHOD: a cell without coordinates or distance, where these say the region, is in no region; so many there are is told.
    /// A file without any is refused.
    pub(super) fn check_places(&mut self, scanned: &Scanned, n_counted: u64) -> Result<()> {
        let Some((row, column)) = scanned.first_without_place.filter(|_| self.n_without_place > 0) else {
            return Ok(());
        };
        let column = self.source.preview.header.name(column);
        if self.n_without_place == n_counted {
            let problem = format!(
                "has no cell whose place is told: column '{column}' is empty, from row {row} on; without it nobody knows which \
                 region a cell lies in"
            );
            return Err(unusable(self.source, problem));
        }
        let n_cells = self.n_without_place;
        let note = format!("the place of {n_cells} cells is not told; the first is row {row}, column '{column}'");
        self.facts.notes.push(note);
        Ok(())
    }

    /// Says where gates are another image's but for folder and ending, and which images have none.
    pub(super) fn note_gates(&mut self) -> Result<()> {
        let Some(gates) = self.settings.gates.as_ref().filter(|_| self.phenotypes.is_gated()) else { return Ok(()) };
        let ambiguous = |one: &str, other: &str, what: &str| {
            let problem =
                format!("{what}: '{one}' and '{other}'; name the images of the gates as the table of cells does");
            unusable(self.source, problem)
        };
        let (mut alike, mut missing) = (BTreeMap::new(), Vec::new());
        for image in &self.images {
            match gates.name_of(image) {
                GateName::Own => {}
                GateName::Missing => missing.push(format!("'{image}'")),
                GateName::Ambiguous(names) => {
                    let mut names = names.iter();
                    let (one, other) = (names.next().expect("a name"), names.next().expect("another name"));
                    return Err(ambiguous(one, other, &format!("image '{image}' has the gates of two")));
                }
                GateName::Alike(name) => {
                    let own = self.images.get(name);
                    if let Some(other) = alike.insert(name, image).or(own) {
                        return Err(ambiguous(other, image, &format!("gates of '{name}' fit two images")));
                    }
                }
            }
        }
        let alike: Vec<String> = alike.iter().map(|(name, image)| format!("'{name}' = '{image}'")).collect();
        if !alike.is_empty() {
            self.facts.notes.push(format!("gates fit but for folder and ending of the image: {}", shortened(&alike)));
        }
        if !missing.is_empty() {
            self.facts.notes.push(format!("no gates are given for {}", shortened(&missing)));
        }
        Ok(())
    }

    /// Says that outlines go before the distance that the user asked for.
    pub(super) fn note_margin(&mut self) {
        let outlined = self.images.iter().filter(|it| self.settings.margin.is_some() && self.has_outlines(it));
        let outlined: Vec<String> = outlined.map(|it| format!("'{it}'")).collect();
        if !outlined.is_empty() {
            let note =
                format!("outlines say the regions of {}, and --margin-um is not used there", shortened(&outlined));
            self.facts.notes.push(note);
        }
    }
}

/// The first of several names, for a note.
fn shortened(names: &[String]) -> String {
    const MOST_SHOWN: usize = 5;
    let shown = names.iter().take(MOST_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST_SHOWN { format!("{shown} and {} more", names.len() - MOST_SHOWN) } else { shown }
}
