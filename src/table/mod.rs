//! Columnar steps between files and model values: the canonical tables, their order, and their sums.
//!
//! Frames in, frames or model values out. Nothing here opens a file; wrong columns were refused in [`crate::io`].

pub mod column;
pub mod combinations;
pub mod comparison;
mod competing_risks;
pub mod contexture;
pub mod counts;
mod cox_models;
mod cutpoints;
mod decisions;
pub mod densities;
pub mod drift;
mod frame;
pub mod patient_statistics;
pub mod patients;
mod penalized;
mod performance;
mod restricted_means;
pub mod survival;
pub mod tally;

pub(crate) use frame::{CountBuilder, NumberBuilder, TextBuilder};
pub(crate) use frame::{counts as count_column, flags as flag_column, numbers, of_columns, text};
