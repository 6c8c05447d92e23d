//! Why a patient has no score.

use crate::protocol::Protocol;
use crate::report::figures::ruler;
use crate::report::html::document::{Block, Cell, Section, Table};
use crate::report::patient::PatientReport;
use crate::score::RejectionReason;

/// The reasons, and what can be done.
pub(super) fn section(report: &PatientReport, protocol: &Protocol) -> Section {
    let mut table = Table::new("Reasons", ["Reason", "Found", "Expected", "What can be done"]);
    for rejection in &report.rejected {
        table.push(vec![
            Cell::text(rejection.reason.description()),
            Cell::text(&rejection.found),
            Cell::text(&rejection.expected),
            Cell::text(what_can_be_done(rejection.reason)),
        ]);
    }
    let needs =
        protocol.min_components.map_or_else(|| "all its components".to_owned(), |it| format!("{it} components"));
    let text = format!(
        "This patient has no score. The score needs {needs}, and a missing one is never filled in from the others."
    );
    Section::new(
        "result",
        "Why there is no score",
        vec![
            Block::Paragraph(text),
            Block::Table(table),
            Block::Figure(ruler::draw(None, &report.components, protocol)),
        ],
    )
}

const fn what_can_be_done(reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::ComponentMissing => {
            "Stain or annotate the missing region; if it was measured, check the spelling of marker and region in the table."
        }
        RejectionReason::SamplesNotPooled => {
            "Give the count and the area of every sample, or choose another way to pool densities in the study file."
        }
        RejectionReason::CentreMissing => "Fill in the patient's centre in the clinical table.",
        RejectionReason::AreaTooSmall => "Analyse more of the region, or another block; check that the area is in mm².",
        RejectionReason::TooFewComponents => {
            "Measure more of the components; the protocol says how many a score needs."
        }
        RejectionReason::TooFewCells => "Count more cells of the whole, on another field or block.",
        RejectionReason::ScoreUndefined => "Nothing: for these measurements the score says nothing.",
        RejectionReason::DensityImplausible => {
            "Check the unit of the area (mm², not µm² or pixels) and the detection of cells."
        }
    }
}
