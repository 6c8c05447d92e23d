//! Names of columns; a unit stands in the name.

/// The patient, as text: leading zeros stay.
pub const PATIENT_ID: &str = "patient_id";
/// The slide, core or block.
pub const SAMPLE_ID: &str = "sample_id";
/// Region of the tumour.
pub const REGION: &str = "region";
/// Marker counted.
pub const MARKER: &str = "marker";
/// Cells counted.
pub const N_CELLS: &str = "n_cells";
/// Tissue analysed, in mm².
pub const AREA_MM2: &str = "area_mm2";
/// Density, in cells/mm².
pub const CELLS_PER_MM2: &str = "cells_per_mm2";
/// Percent of an area, or as a pathologist read it.
pub const PERCENT: &str = "percent";
/// Grade.
pub const GRADE: &str = "grade";
