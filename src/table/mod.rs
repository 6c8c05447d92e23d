//! Columnar steps between files and model values: the canonical tables, their order, and their sums.
//!
//! Frames in, frames or model values out. Nothing here opens a file; wrong columns were refused in [`crate::io`].

pub mod column;
pub mod combinations;
pub mod counts;
pub mod densities;
mod frame;
pub mod patients;
pub mod survival;
pub mod tally;

pub(crate) use frame::{counts as count_column, flags as flag_column, numbers, of_columns, text};
