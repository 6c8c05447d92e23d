//! Counting combinations of codes: the hot path from cells to counts.
//!
//! Sample, region and phenotype are few distinct words on many rows. Each word is a code, and what matters of a table of
//! cells is how often each combination of codes occurs: everything else (synonyms, rules, multiple labels) is then said of
//! combinations, of which there are a few hundred, and not of cells, of which there are millions.
//!
//! Rows come in batches. The codes of a row are the digits of one number in a mixed radix, and rows are counted in one
//! array with a place for every number. Where that array would outgrow the cache, the numbers that really occur are
//! renumbered first, so that any number of columns can be counted:
//!
//! ```text
//! index = ((code_1 · n_2) + code_2) · n_3 + code_3 …        n_k: number of codes of column k
//! ```

use rustc_hash::FxHashMap;

/// Places of the array that rows are counted in; 256 KiB, so that it stays in the cache of one core.
const MOST_PLACES: usize = 1 << 16;

/// The codes of one column for the rows of a batch: each less than `n_codes`.
#[derive(Clone, Copy, Debug)]
pub struct Codes<'a> {
    /// One code a row.
    pub codes: &'a [u32],
    /// How many codes there are.
    pub n_codes: usize,
}

/// How often each combination of codes occurred.
#[derive(Debug, Default)]
pub struct Combinations {
    counts: FxHashMap<Box<[u32]>, u64>,
    /// Reused from batch to batch.
    index: Vec<u64>,
    places: Vec<u32>,
}

/// Columns whose digits one index holds, and what stands before them.
struct Digits {
    /// Combinations of the columns before, by the index's leading digit; empty if there are none.
    leading: Vec<u32>,
    /// Codes a combination in `leading` has.
    n_leading: usize,
    /// Numbers of codes of the columns that the index holds.
    radices: Vec<usize>,
}

impl Combinations {
    /// Adds the rows of a batch: columns of `n_rows` codes, the same number of columns each time.
    ///
    /// `global` says which code a column's code of this batch is for all batches.
    pub fn add(&mut self, n_rows: usize, columns: &[Codes<'_>], mut global: impl FnMut(usize, u32) -> u32) {
        if n_rows == 0 {
            return;
        }
        self.index.clear();
        self.index.resize(n_rows, 0);
        let mut digits = Digits { leading: Vec::new(), n_leading: 0, radices: Vec::new() };
        let mut n_places = 1;
        for column in columns {
            if n_places * column.n_codes > MOST_PLACES && n_places > 1 {
                n_places = digits.renumber(&mut self.index);
            }
            let radix = column.n_codes.max(1);
            digits.radices.push(radix);
            n_places *= radix;
            for (index, code) in self.index.iter_mut().zip(column.codes) {
                *index = *index * radix as u64 + u64::from(*code);
            }
        }
        if n_places > MOST_PLACES {
            n_places = digits.renumber(&mut self.index);
        }

        self.places.clear();
        self.places.resize(n_places, 0);
        for index in &self.index {
            self.places[place(*index)] += 1;
        }
        let mut combination = vec![0; columns.len()];
        for (index, &n_rows) in self.places.iter().enumerate().filter(|(_, n_rows)| **n_rows > 0) {
            digits.write(index, &mut combination);
            for (column, code) in combination.iter_mut().enumerate() {
                *code = global(column, *code);
            }
            match self.counts.get_mut(combination.as_slice()) {
                Some(count) => *count += u64::from(n_rows),
                None => {
                    self.counts.insert(combination.as_slice().into(), u64::from(n_rows));
                }
            }
        }
    }

    /// Combinations of global codes and how often each occurred, sorted.
    pub fn into_sorted(self) -> Vec<(Box<[u32]>, u64)> {
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_unstable();
        counts
    }
}

impl Digits {
    /// Renumbers the indices that occur from 0; returns how many there are.
    fn renumber(&mut self, index: &mut [u64]) -> usize {
        let mut numbers: FxHashMap<u64, u64> = FxHashMap::default();
        let mut seen = Vec::new();
        // Cells of one kind mostly stand together: the index before is mostly the index now.
        let mut last = None;
        for index in index {
            *index = match last {
                Some((same, number)) if same == *index => number,
                _ => {
                    let number = *numbers.entry(*index).or_insert_with(|| {
                        seen.push(*index);
                        seen.len() as u64 - 1
                    });
                    last = Some((*index, number));
                    number
                }
            };
        }
        let width = self.n_leading + self.radices.len();
        let mut leading = vec![0; width * seen.len()];
        for (combination, index) in leading.chunks_exact_mut(width).zip(&seen) {
            self.write(place(*index), combination);
        }
        *self = Self { leading, n_leading: width, radices: Vec::new() };
        seen.len()
    }

    /// Writes the codes that an index stands for.
    fn write(&self, mut index: usize, codes: &mut [u32]) {
        for (code, radix) in codes[self.n_leading..].iter_mut().zip(&self.radices).rev() {
            *code = u32::try_from(index % radix).expect("a code");
            index /= radix;
        }
        if self.n_leading > 0 {
            codes[..self.n_leading].copy_from_slice(&self.leading[index * self.n_leading..][..self.n_leading]);
        }
    }
}

/// An index as a place in memory.
fn place(index: u64) -> usize {
    usize::try_from(index).expect("an index of 64 bits")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The same by a map of rows.
    fn by_rows(columns: &[Vec<u32>]) -> Vec<(Box<[u32]>, u64)> {
        let mut counts: BTreeMap<Box<[u32]>, u64> = BTreeMap::new();
        for row in 0..columns[0].len() {
            *counts.entry(columns.iter().map(|it| it[row]).collect()).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    fn counted(columns: &[Vec<u32>], n_codes: &[usize], batch: usize) -> Vec<(Box<[u32]>, u64)> {
        let mut combinations = Combinations::default();
        for start in (0..columns[0].len()).step_by(batch) {
            let end = (start + batch).min(columns[0].len());
            let codes: Vec<Codes<'_>> =
                columns.iter().zip(n_codes).map(|(it, &n_codes)| Codes { codes: &it[start..end], n_codes }).collect();
            combinations.add(end - start, &codes, |_, code| code);
        }
        combinations.into_sorted()
    }

    #[test]
    fn no_rows_are_no_combinations() {
        assert!(counted(&[vec![], vec![]], &[3, 2], 8).is_empty());
    }

    #[test]
    fn rows_of_which_nothing_is_wanted_are_one_combination() {
        let mut combinations = Combinations::default();
        combinations.add(5, &[], |_, code| code);
        combinations.add(2, &[], |_, code| code);
        assert_eq!(combinations.into_sorted(), [([].into(), 7)]);
    }

    #[test]
    fn columns_with_many_codes_are_renumbered() {
        let columns: Vec<Vec<u32>> = (1..=6).map(|it| (0..500).map(|row| row * it % 500).collect()).collect();
        assert_eq!(counted(&columns, &[500; 6], 500), by_rows(&columns));
        assert_eq!(counted(&columns[..1], &[1_000_000], 500), by_rows(&columns[..1]), "one column of a million codes");
    }

    #[test]
    fn codes_of_a_batch_become_codes_of_all() {
        let mut combinations = Combinations::default();
        for swapped in [false, true] {
            let codes = [Codes { codes: &[0, 1, 1], n_codes: 2 }];
            combinations.add(3, &codes, |_, code| if swapped { 1 - code } else { code });
        }
        assert_eq!(combinations.into_sorted(), [([0].into(), 3), ([1].into(), 3)]);
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_rows_whatever_the_batches(
            rows in prop::collection::vec(prop::collection::vec(0_u32..300, 5), 1..400),
            batch in 1_usize..500,
        ) {
            let n_codes = [3_u32, 73, 143, 213, 283];
            let column = |at: usize| rows.iter().map(|it| it[at] % n_codes[at]).collect();
            let columns: Vec<Vec<u32>> = (0..5).map(column).collect();
            let n_codes = n_codes.map(|it| it as usize);
            prop_assert_eq!(counted(&columns, &n_codes, batch), by_rows(&columns));
        }
    }
}
