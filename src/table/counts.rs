//! Counting cells: the hot path from cells to densities.
//!
//! Sample, region and phenotype are few distinct words on many rows. Each word is given a number when it is first seen,
//! and cells are counted in one array with a place for every combination, so that a cell costs three look-ups and one
//! addition. Cell tables mostly come slide by slide and region by region, so a word that repeats the row before it is not
//! looked up again.

use std::collections::HashMap;

use polars::prelude::{ChunkedArray, DataFrame, PolarsResult, StringType};

use super::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, REGION, SAMPLE_ID};
use super::{count_column, numbers, of_columns, text};

/// Counts cells by sample, region and marker.
///
/// | in | out |
/// | --- | --- |
/// | one row a cell: `sample_id`, `region`, `marker`, all text | one row a combination seen: the keys and `n_cells`, sorted by them |
///
/// A cell that lacks one of the three is not counted.
///
/// # Errors
///
/// If a column is absent or not text.
pub fn count(cells: &DataFrame) -> PolarsResult<DataFrame> {
    let keys = [cells.column(SAMPLE_ID)?.str()?, cells.column(REGION)?.str()?, cells.column(MARKER)?.str()?];
    let mut histogram = Histogram::default();
    let mut words: [Words<'_>; 3] = Default::default();
    let [samples, regions, markers] = keys;
    for ((sample, region), marker) in samples.iter().zip(regions.iter()).zip(markers.iter()) {
        let (Some(sample), Some(region), Some(marker)) = (sample, region, marker) else { continue };
        histogram.add([words[0].number(sample), words[1].number(region), words[2].number(marker)]);
    }

    let mut rows: Vec<([&str; 3], u64)> = histogram
        .combinations()
        .map(|(numbers, n_cells)| (std::array::from_fn(|key| words[key].seen[numbers[key]]), n_cells))
        .collect();
    rows.sort_unstable();
    let key = |name, at: usize| text(name, rows.iter().map(move |(words, _)| Some(words[at])));
    Ok(of_columns(vec![
        key(SAMPLE_ID, 0),
        key(REGION, 1),
        key(MARKER, 2),
        count_column(N_CELLS, rows.iter().map(|(_, n_cells)| Some(*n_cells))),
    ]))
}

/// Puts areas to counts, and makes densities of them.
///
/// | in | out |
/// | --- | --- |
/// | counts as [`count`] gives them; areas: `sample_id`, `region`, `area_mm2`, one row a sample and region | the counts, plus `area_mm2` and `cells_per_mm2` |
///
/// Both are null where no area is known.
///
/// # Errors
///
/// If a column is absent or of another type.
pub fn densities(counts: &DataFrame, areas: &DataFrame) -> PolarsResult<DataFrame> {
    let text_of = |frame: &DataFrame, name: &str| -> PolarsResult<ChunkedArray<StringType>> {
        Ok(frame.column(name)?.str()?.clone())
    };
    let (area_samples, area_regions) = (text_of(areas, SAMPLE_ID)?, text_of(areas, REGION)?);
    let known: HashMap<(&str, &str), f64> = area_samples
        .iter()
        .zip(area_regions.iter())
        .zip(areas.column(AREA_MM2)?.f64()?.iter())
        .filter_map(|((sample, region), area)| Some(((sample?, region?), area?)))
        .collect();
    let (samples, regions) = (text_of(counts, SAMPLE_ID)?, text_of(counts, REGION)?);
    let area_of: Vec<Option<f64>> =
        samples.iter().zip(regions.iter()).map(|(sample, region)| known.get(&(sample?, region?)).copied()).collect();
    let n_cells = counts.column(N_CELLS)?.u64()?;
    let density = n_cells.iter().zip(&area_of).map(|(n, area)| Some(n? as f64 / (*area)?));
    let mut columns = counts.columns().to_vec();
    columns.push(numbers(AREA_MM2, area_of.iter().copied()));
    columns.push(numbers(CELLS_PER_MM2, density));
    Ok(of_columns(columns))
}

/// Distinct words, numbered in the order they were first seen.
#[derive(Default)]
struct Words<'a> {
    numbers: HashMap<&'a str, usize>,
    seen: Vec<&'a str>,
    last: Option<(&'a str, usize)>,
}

impl<'a> Words<'a> {
    fn number(&mut self, word: &'a str) -> usize {
        if let Some((last, number)) = self.last
            && last == word
        {
            return number;
        }
        let number = *self.numbers.entry(word).or_insert_with(|| {
            self.seen.push(word);
            self.seen.len() - 1
        });
        self.last = Some((word, number));
        number
    }
}

/// Counts of combinations: per sample, a grid of regions by markers that grows as words are seen.
#[derive(Default)]
struct Histogram {
    samples: Vec<Vec<Vec<u64>>>,
}

impl Histogram {
    fn add(&mut self, [sample, region, marker]: [usize; 3]) {
        let regions = place(&mut self.samples, sample);
        let markers = place(regions, region);
        *place(markers, marker) += 1;
    }

    fn combinations(&self) -> impl Iterator<Item = ([usize; 3], u64)> {
        self.samples.iter().enumerate().flat_map(|(sample, regions)| {
            regions.iter().enumerate().flat_map(move |(region, markers)| {
                let seen = markers.iter().enumerate().filter(|(_, n_cells)| **n_cells > 0);
                seen.map(move |(marker, n_cells)| ([sample, region, marker], *n_cells))
            })
        })
    }
}

fn place<T: Default>(list: &mut Vec<T>, at: usize) -> &mut T {
    if list.len() <= at {
        list.resize_with(at + 1, T::default);
    }
    &mut list[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rows: &[(Option<&str>, Option<&str>, Option<&str>)]) -> DataFrame {
        of_columns(vec![
            text(SAMPLE_ID, rows.iter().map(|it| it.0)),
            text(REGION, rows.iter().map(|it| it.1)),
            text(MARKER, rows.iter().map(|it| it.2)),
        ])
    }

    #[test]
    fn cells_are_counted_by_sample_region_and_marker() {
        let [s1, s2, ct, im, cd3, cd8] = ["s1", "s2", "CT", "IM", "CD3", "CD8"].map(Some);
        let rows = [(s2, ct, cd8), (s1, im, cd3), (s1, ct, cd3), (s1, im, cd3), (s1, None, cd3), (s1, ct, cd8)];
        let counts = count(&cells(&rows)).unwrap();
        let expected = of_columns(vec![
            text(SAMPLE_ID, [s1, s1, s1, s2]),
            text(REGION, [ct, ct, im, ct]),
            text(MARKER, [cd3, cd8, cd3, cd8]),
            count_column(N_CELLS, [1, 1, 2, 1].map(Some)),
        ]);
        assert!(counts.equals(&expected), "{counts:?}");
    }

    #[test]
    fn a_table_without_cells_has_no_counts() {
        assert_eq!(count(&cells(&[])).unwrap().height(), 0);
    }

    #[test]
    fn a_density_needs_an_area() {
        let [s1, ct, im, cd3] = ["s1", "CT", "IM", "CD3"].map(Some);
        let counts = count(&cells(&[(s1, ct, cd3), (s1, ct, cd3), (s1, im, cd3)])).unwrap();
        let areas = of_columns(vec![text(SAMPLE_ID, [s1]), text(REGION, [ct]), numbers(AREA_MM2, [Some(0.5)])]);
        let found = densities(&counts, &areas).unwrap();
        let found: Vec<Option<f64>> = found.column(CELLS_PER_MM2).unwrap().f64().unwrap().iter().collect();
        assert_eq!(found, [Some(4.0), None]);
    }
}
