//! Annotations that lie in others, whose cells and area QuPath counts in both.

use std::collections::{BTreeMap, BTreeSet};

use super::super::layout::RegionRecord;
use crate::error::{Error, Result};
use crate::io::table_file::TableFile;

/// Areas are rounded: so much, relatively, the inner ones may be larger than the outer one.
const AREA_TOLERANCE: f64 = 1e-6;

/// One row of the table.
pub(super) struct Annotation<'a> {
    pub row: usize,
    /// Image and core.
    pub place: (Option<&'a str>, Option<&'a str>),
    pub word: &'a str,
    pub name: Option<&'a str>,
    /// Class or name of the annotation around it.
    pub parent: Option<&'a str>,
}

/// Which annotation may lie in which.
pub(super) struct Nesting<'a> {
    annotations: BTreeMap<usize, Annotation<'a>>,
    /// The rows that each annotation's parent may be.
    parents: BTreeMap<usize, Vec<usize>>,
    left_out: BTreeSet<usize>,
}

impl<'a> Nesting<'a> {
    pub(super) fn of(annotations: impl Iterator<Item = Annotation<'a>>) -> Self {
        let annotations: BTreeMap<usize, Annotation<'_>> = annotations.map(|it| (it.row, it)).collect();
        let mut called: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
        for it in annotations.values() {
            for word in [Some(it.word), it.name].into_iter().flatten() {
                called.entry((it.place, word)).or_default().insert(it.row);
            }
        }
        let (mut parents, mut left_out) = (BTreeMap::new(), BTreeSet::new());
        for it in annotations.values() {
            let Some(parent) = it.parent else { continue };
            let rows = called.get(&(it.place, parent)).into_iter().flatten().copied();
            let rows: Vec<usize> = rows.filter(|row| *row != it.row).collect();
            let is_of_own_class = |row: &usize| annotations[row].word == it.word;
            if rows.iter().all(is_of_own_class) && (!rows.is_empty() || parent == it.word) {
                left_out.insert(it.row);
            }
            parents.insert(it.row, rows);
        }
        Self { annotations, parents, left_out }
    }

    /// Whether a row is a part of another that has its class.
    pub(super) fn is_left_out(&self, row: usize) -> bool {
        self.left_out.contains(&row)
    }

    /// The rows of records that an annotation may lie in: its parents, or where those are left out, theirs.
    fn outer(&self, row: usize) -> BTreeSet<usize> {
        let (mut outer, mut seen, mut next) = (BTreeSet::new(), BTreeSet::new(), vec![row]);
        while let Some(at) = next.pop() {
            for &parent in self.parents.get(&at).into_iter().flatten() {
                if !self.is_left_out(parent) {
                    outer.insert(parent);
                } else if seen.insert(parent) {
                    next.push(parent);
                }
            }
        }
        outer
    }

    /// The records, each without the area and the cells of those that lie in it directly.
    ///
    /// # Errors
    ///
    /// [`Error::UnusableFile`] if an annotation may lie in one of several, or holds more than the one around it.
    // METHOD: QuPath counts an object for every annotation around it. Each record keeps what no inner annotation holds, so that
    // a cell and a place belong to one region: the innermost.
    pub(super) fn take_inner_off_outer(&self, table: &TableFile, told: &[RegionRecord]) -> Result<Vec<RegionRecord>> {
        let mut records = told.to_vec();
        for inner in told {
            let outer = self.outer(inner.row);
            let Some(&row) = outer.first() else { continue };
            let unusable = |problem: String| {
                let problem = format!("row {}: {problem}", table.line(inner.row));
                Error::UnusableFile { path: table.path.clone(), problem }
            };
            let annotation = &self.annotations[&inner.row];
            let (name, parent) = (annotation.name.unwrap_or(annotation.word), annotation.parent.unwrap_or_default());
            if outer.len() > 1 {
                return Err(unusable(format!(
                    "annotation '{name}' lies within one of several '{parent}'; give the outlines as GeoJSON, or name the \
                     annotations"
                )));
            }
            let at = told.iter().position(|it| it.row == row).expect("an annotation that is not left out has a record");
            take_off(&mut records[at], inner).map_err(|what| {
                let outer = table.line(row);
                unusable(format!(
                    "annotation '{name}' lies within '{parent}' of row {outer}, which has too few {what} for it"
                ))
            })?;
        }
        Ok(records)
    }
}

/// Takes one record off another; what is unknown of the inner one is unknown of the rest. Says what would be negative.
fn take_off(outer: &mut RegionRecord, inner: &RegionRecord) -> Result<(), String> {
    outer.area = match outer.area.zip(inner.area) {
        Some((all, part)) if part > all + AREA_TOLERANCE * part => return Err("µm² or pixels of area".to_owned()),
        both => both.map(|(all, part)| (all - part).max(0.0)),
    };
    let rest = |all: Option<u64>, part: Option<u64>, what: &str| match all.zip(part) {
        Some((all, part)) => all.checked_sub(part).map(Some).ok_or_else(|| format!("cells '{what}'")),
        None => Ok(None),
    };
    outer.n_cells = rest(outer.n_cells, inner.n_cells, "all")?;
    let is_counted = !inner.counts.is_empty() || inner.n_cells.is_some();
    for (phenotype, n_cells) in &mut outer.counts {
        // A row that counts other objects has none of a class that it leaves out.
        let part = inner.counts.iter().find(|it| it.0 == *phenotype).map_or(is_counted.then_some(0), |it| it.1);
        *n_cells = rest(*n_cells, part, phenotype)?;
    }
    Ok(())
}
