//! Replicates of a random procedure: bootstrap samples, permutations, folds.
//!
//! Each replicate draws from a stream of its own, fixed by the seed and the number of the replicate. So they can be made
//! on all cores, in any order, and are the same for any number of cores.
//!
//! # References
//!
//! * O'Neill ME. *PCG: A family of simple fast space-efficient statistically good algorithms for random number
//!   generation.* Harvey Mudd College, HMC-CS-2014-0905, 2014.

use rand::RngExt as _;
use rand_pcg::Pcg64;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

/// The random numbers of one replicate.
pub(crate) fn generator(seed: u64, replicate: usize) -> Pcg64 {
    Pcg64::new(u128::from(seed), replicate as u128)
}

/// Makes `n` replicates on all cores; the result is in the order of their numbers.
pub(super) fn map<T: Send>(n: usize, seed: u64, make: impl Fn(&mut Pcg64) -> T + Sync) -> Vec<T> {
    (0..n).into_par_iter().map(|replicate| make(&mut generator(seed, replicate))).collect()
}

/// Draws `n` indices below `n` with replacement: a bootstrap sample.
pub(crate) fn sample_with_replacement(n: usize, random: &mut Pcg64) -> Vec<usize> {
    draws(n, n, random)
}

/// Places of `n_drawn` draws with replacement from `n` patients.
pub(crate) fn draws(n_drawn: usize, n: usize, random: &mut Pcg64) -> Vec<usize> {
    (0..n_drawn).map(|_| random.random_range(0..n)).collect()
}

/// Puts values in random order (Fisher-Yates).
pub(super) fn shuffle<T>(values: &mut [T], random: &mut Pcg64) {
    for last in (1..values.len()).rev() {
        values.swap(last, random.random_range(0..=last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicates_do_not_depend_on_the_number_of_threads() {
        let run = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| map(50, 7, |random| sample_with_replacement(20, random)))
        };
        assert_eq!(run(1), run(3));
        assert_ne!(run(1)[0], run(1)[1]);
    }

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut values: Vec<usize> = (0..100).collect();
        shuffle(&mut values, &mut generator(1, 0));
        assert!(values.windows(2).any(|pair| pair[0] > pair[1]));
        values.sort_unstable();
        assert_eq!(values, (0..100).collect::<Vec<_>>());
    }
}
