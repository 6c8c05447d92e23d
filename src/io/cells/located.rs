//! In which region a cell lies, where its coordinates or its distance from the border of the tumour say it.

use std::borrow::Cow;
use std::path::Path;

use super::batch::{Batch, Wanted};
use super::words::ABSENT;
use super::{Plan, value_error};
use crate::error::Result;
use crate::io::format::{Coordinate, Header};
use crate::spatial::{SectionRegions, region_by_distance};

/// Where cells lie: in outlines where their sample has some, else by their distance from the border.
pub(super) struct Located<'p, 'a> {
    plan: &'p Plan<'a>,
    /// Regions that cells may lie in, sorted; the code of a region is its place plus 1.
    pub(super) regions: Vec<String>,
    /// Columns of the numbers below, by their place from [`Self::first`].
    columns: Vec<usize>,
    /// Place in [`Batch::numbers`] of the first of them: those of the coordinates, then the distance.
    first: usize,
    /// The first row that lacks one of these numbers where it is wanted, and the column.
    pub(super) first_without_place: Option<(u64, usize)>,
}

impl<'p, 'a> Located<'p, 'a> {
    pub(super) fn of(plan: &'p Plan<'a>, wanted: &mut Wanted) -> Option<Self> {
        let mut columns = Vec::new();
        let mut regions = Vec::new();
        if let Some(outlines) = &plan.outlines {
            columns.extend([outlines.x, outlines.y].into_iter().flat_map(Coordinate::columns));
            regions.extend(outlines.regions.iter().cloned());
        }
        if let Some(distance) = &plan.distance {
            columns.push(distance.column);
            regions.extend(["CT", "IM", "OUT"].map(str::to_owned));
        }
        if columns.is_empty() {
            return None;
        }
        regions.sort_unstable();
        regions.dedup();
        let first = wanted.numbers.len();
        wanted.numbers.extend(&columns);
        Some(Self { plan, regions, columns, first, first_without_place: None })
    }

    /// How many codes there are: no region, each region, and a place that nobody knows.
    pub(super) fn n_codes(&self) -> usize {
        self.regions.len() + 2
    }

    /// The code of each row's region; that of an absent word for a cell that lies in none, and the one behind those of the
    /// regions for a cell whose place is not told.
    pub(super) fn code<'w>(
        &mut self,
        path: &Path,
        header: &Header,
        batch: &Batch,
        codes: &mut Vec<u32>,
        sample_of: impl Fn(usize) -> Cow<'w, str>,
    ) -> Result<()> {
        codes.clear();
        // Not a number where the cell is empty.
        let number = |row: usize, at: usize| {
            let number = batch.numbers[self.first + at][row];
            if number.is_infinite() {
                let expected = "a finite number, or an empty cell";
                let column = header.name(self.columns[at]);
                return Err(value_error(path, batch.lines[row], column, &number.to_string(), expected));
            }
            Ok(number)
        };
        let unknown = u32::try_from(self.regions.len() + 1).expect("few regions");
        let mut first_without_place = self.first_without_place;
        let mut lacks = |row: usize, at: usize| {
            first_without_place = first_without_place.or(Some((batch.lines[row], self.columns[at])));
        };
        let code_of = |region: &str| {
            let place = self.regions.binary_search_by(|it| it.as_str().cmp(region)).expect("a region of the plan");
            u32::try_from(place + 1).expect("few regions")
        };
        let mut last: Option<(Cow<'_, str>, Option<&SectionRegions>)> = None;
        for row in 0..batch.n_rows {
            let section = self.plan.outlines.as_ref().and_then(|outlines| {
                let sample = sample_of(row);
                let section = match &last {
                    Some((same, section)) if *same == sample => *section,
                    _ => (outlines.section_of)(&sample),
                };
                last = Some((sample, section));
                Some((outlines, section?))
            });
            let region = match section {
                Some((outlines, section)) => {
                    let mut next = 0;
                    let mut coordinate = |it: Coordinate| -> Result<f64> {
                        let columns = it.columns();
                        let mut sum = 0.0;
                        for _ in &columns {
                            let number = number(row, next)?;
                            if number.is_nan() {
                                lacks(row, next);
                            }
                            sum += number;
                            next += 1;
                        }
                        Ok(sum / columns.len() as f64)
                    };
                    let scale = (outlines.microns_per_unit)()?;
                    let (x, y) = (coordinate(outlines.x)?, coordinate(outlines.y)?);
                    if x.is_nan() || y.is_nan() {
                        codes.push(unknown);
                        continue;
                    }
                    section.region_at(x * scale, y * scale).map(|it| section.names()[it].as_str())
                }
                None => match &self.plan.distance {
                    Some(plan) => {
                        let at = self.columns.len() - 1;
                        let distance_um = number(row, at)? * plan.microns_per_unit;
                        if distance_um.is_nan() {
                            lacks(row, at);
                            codes.push(unknown);
                            continue;
                        }
                        region_by_distance(distance_um, plan.margin)
                    }
                    None => None,
                },
            };
            codes.push(region.map_or(ABSENT, code_of));
        }
        self.first_without_place = first_without_place;
        Ok(())
    }
}
