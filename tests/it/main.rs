//! Tests of the crate from the outside. One binary, so that polars is linked once.

mod command;

/// `contexture axes`.
mod axes;
/// What is refused, with which message, and what is left behind.
mod bad_input;
/// The bundled cohort against R.
mod cohort_r;
/// Exit codes, help, and what is printed.
mod command_line;
/// `contexture compare`.
mod compare;
/// The immune contexture: axes, percentiles, and what changed.
mod contexture;
/// `contexture count` and `inspect`.
mod count;
/// Published log-rank tests of a colorectal cohort.
mod crc_ihc;
/// The tables of the bundled cohort, as they were.
mod golden;
/// A real cohort of head and neck cancer, from densities to the page.
mod hancock;
/// Which module may know which.
mod house_rules;
/// `contexture init`.
mod init;
/// `contexture plan`.
mod plan;
/// Protocols and their scores.
mod protocols;
/// Agreement and batches against R.
mod reference_agreement;
/// `contexture reference check`.
mod reference_check;
/// `contexture reference`, and scores by a reference alone.
mod reference_files;
/// Survival statistics against R.
mod reference_r;
/// References that do not answer what a protocol asks.
mod reference_use;
/// The three kinds of reference.
mod references;
/// What a run wrote.
mod results;
/// Same input, same bytes.
mod same_bytes;
/// The checked-in JSON schemas.
mod schemas;
/// `contexture stratify` of a table of patients.
mod stratify_table;
