//! Scores the immune infiltrate of tumours (Immunoscore-style) and relates it to survival. Research use only.
//!
//! Exports of cells, or densities of marked cells per tumour region, go in, with a clinical table; scores, survival statistics, and reports for
//! each patient and for the cohort come out. Data flow one way, and each module knows only those to its left:
//!
//! ```text
//! error ← model ← {protocol, survival ← agreement, spatial} ← score ← stratify ← table ← io ─┐
//!                                                                         ↖ report ──────────┴─ cli ← main
//! ```
//!
//! | module | what it is |
//! | --- | --- |
//! | [`model`] | the tumour and the patient: markers, regions, densities, areas, percentiles |
//! | [`protocol`] | what is scored and how, and what is asked: the shapes of the files that a user writes |
//! | [`survival`] | survival statistics, one a file, with the conventions of R |
//! | [`agreement`] | do measurements of the same patients agree, and does a batch look like its reference? |
//! | [`spatial`] | geometry of one section: regions, their areas, which of them a cell lies in |
//! | [`score`] | measurements to percentiles, scores, classes, intervals, flags |
//! | [`stratify`] | scores and clinical data to statistics of every endpoint |
//! | [`table`] | the canonical tables as columns: pooling, counting, tidy results |
//! | [`io`] | files in and out |
//! | [`report`] | pages, figures, and the records behind them |
//! | [`cli`] | the commands |
//!
//! # Examples
//!
//! Two densities of a patient, in a reference of ten:
//!
//! ```
//! use contexture::model::TieRule;
//! use contexture::score::{Distribution, mean_percentile};
//!
//! let reference = Distribution::new((1..=10).map(|it| f64::from(it) * 100.0).collect())?;
//! let percentiles = [250.0, 800.0].map(|density| reference.standing(density).percentile(TieRule::Mid));
//! assert_eq!(mean_percentile::score(&percentiles), Some(47.5));
//! # Ok::<(), contexture::error::Error>(())
//! ```

pub mod agreement;
pub mod cli;
pub mod error;
pub mod io;
pub mod model;
pub mod protocol;
pub mod report;
pub mod score;
pub mod spatial;
pub mod stratify;
pub mod survival;
pub mod table;
