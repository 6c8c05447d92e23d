//! Things that reach from one y to another, kept by horizontal bands, so that those at one y are found at once.

/// Things by the bands of equal height that they reach into.
#[derive(Clone, Debug)]
pub(super) struct Bands<T> {
    low: f64,
    high: f64,
    /// Bands to the µm.
    density: f64,
    /// Where the things of each band start in `things`; one more than there are bands.
    starts: Vec<usize>,
    things: Vec<T>,
}

impl<T: Copy> Bands<T> {
    /// Things with the least and the greatest y of each; finite.
    ///
    /// There are as many bands as things, or fewer if the things are high, so that memory grows with the number of things
    /// and not with its square: all together stand in about three bands each.
    pub(super) fn new(reaching: &[(f64, f64, T)]) -> Self {
        let low = reaching.iter().map(|it| it.0).fold(f64::INFINITY, f64::min);
        let high = reaching.iter().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
        let heights: f64 = reaching.iter().map(|(low, high, _)| high - low).sum();
        let most = reaching.len() as f64;
        let n_bands = (most * (high - low) / heights).ceil().clamp(1.0, most.max(1.0));
        let mut bands = Self { low, high, density: n_bands / (high - low), starts: Vec::new(), things: Vec::new() };

        let n_bands = whole(n_bands).max(1);
        bands.starts = vec![0; n_bands + 1];
        for &(low, high, _) in reaching {
            for band in bands.band(low, n_bands)..=bands.band(high, n_bands) {
                bands.starts[band + 1] += 1;
            }
        }
        for band in 0..n_bands {
            bands.starts[band + 1] += bands.starts[band];
        }
        if let Some(&(_, _, any)) = reaching.first() {
            bands.things = vec![any; bands.starts[n_bands]];
        }
        let mut next = bands.starts.clone();
        for &(low, high, thing) in reaching {
            for next in &mut next[bands.band(low, n_bands)..=bands.band(high, n_bands)] {
                bands.things[*next] = thing;
                *next += 1;
            }
        }
        bands
    }

    /// The band of a y; never decreases with y. Beyond the ends, the first and the last.
    fn band(&self, y: f64, n_bands: usize) -> usize {
        whole((y - self.low) * self.density).min(n_bands - 1)
    }

    /// All things that reach over this y, and some that pass near, in the order of `new`.
    pub(super) fn at(&self, y: f64) -> &[T] {
        if y >= self.low && y <= self.high {
            let band = self.band(y, self.starts.len() - 1);
            &self.things[self.starts[band]..self.starts[band + 1]]
        } else {
            &[]
        }
    }

    /// All things that reach into this range of y, and some that pass near; a thing may come more than once.
    pub(super) fn between(&self, low: f64, high: f64) -> &[T] {
        let n_bands = self.starts.len() - 1;
        &self.things[self.starts[self.band(low, n_bands)]..self.starts[self.band(high, n_bands) + 1]]
    }
}

/// The whole part; 0 for NaN, which is what things without height come to, and for what is negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both saturate")]
fn whole(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_over_a_y_is_found_in_the_order_that_it_came_in() {
        let bands = Bands::new(&[(0.0, 10.0, 'a'), (2.0, 3.0, 'b'), (3.0, 10.0, 'c'), (5.0, 5.0, 'd')]);
        for (y, expected) in [(0.0, "a"), (2.5, "ab"), (3.0, "abc"), (5.0, "acd"), (10.0, "ac")] {
            let found: Vec<char> = bands.at(y).to_vec();
            assert!(expected.chars().all(|it| found.contains(&it)), "{y}: {found:?}");
            assert!(found.is_sorted(), "{y}: {found:?}");
        }
        assert_eq!(
            (bands.at(-0.1), bands.at(10.1), bands.at(f64::NAN)),
            (&[] as &[char], &[] as &[char], &[] as &[char])
        );
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert!(Bands::<u8>::new(&[]).at(0.0).is_empty());
        assert_eq!(Bands::new(&[(1.0, 1.0, 7)]).at(1.0), [7], "no height");
    }

    #[test]
    fn memory_grows_with_the_number_of_things_whatever_their_height() {
        let comb: Vec<(f64, f64, usize)> = (0..1000).map(|it| (0.0, 1000.0, it)).collect();
        let stairs: Vec<(f64, f64, usize)> = (0..1000).map(|it| (it as f64, it as f64 + 1.0, it)).collect();
        let mixed: Vec<(f64, f64, usize)> = [comb.as_slice(), stairs.as_slice()].concat();
        for things in [comb, stairs, mixed] {
            let n_kept = Bands::new(&things).things.len();
            assert!(n_kept <= 3 * things.len() + 3, "{n_kept}");
        }
    }
}
