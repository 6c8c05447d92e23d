//! Tests of the crate from the outside. One binary, so that polars is linked once.

/// The bundled cohort against R.
mod cohort_r;
/// Published log-rank tests of a colorectal cohort.
mod crc_ihc;
/// A real cohort of head and neck cancer, from densities to the page.
mod hancock;
/// Survival statistics against R.
mod reference_r;
/// The three kinds of reference.
mod references;
/// What a run wrote.
mod results;
