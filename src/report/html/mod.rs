//! Pages: HTML that needs no network, no script and no other file.

pub mod cohort;
pub mod comparison;
mod contexture;
mod document;
pub mod drift;
pub mod patient;
pub mod quality;

use self::document::Table;
use super::format;
use crate::model::TieRule;
use crate::protocol::ReferenceMode;
use crate::score::reference::ReferenceSummary;

/// What every page says of itself.
pub(crate) const RESEARCH_USE_ONLY: &str = "Research use only. Not a diagnostic device; not for decisions about the treatment of a \
                                            patient.";

/// What the score is not.
pub(crate) const NOT_THE_COMMERCIAL_TEST: &str = "This is not the commercial Immunoscore® test: that assay’s reference \
    distribution and staining limits are not public, and the numbers here come from the reference named on this page.";

/// What a score without a reference is not.
const NO_COMPANION_DIAGNOSTIC: &str = "This is no commercial or companion diagnostic test: the numbers come from the measurements \
    and cut-offs named on this page.";

/// What the score of a protocol is not.
const fn disclaimer(has_reference: bool) -> &'static str {
    if has_reference { NOT_THE_COMMERCIAL_TEST } else { NO_COMPANION_DIAGNOSTIC }
}

/// Version of the programme.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a reference comes from, in words.
const fn reference_mode(mode: ReferenceMode) -> &'static str {
    match mode {
        ReferenceMode::External => "frozen reference file",
        ReferenceMode::Training => "built from the training split of this cohort",
        ReferenceMode::LeaveOneCentreOut => {
            "built for each centre from the patients of the other centres of this cohort"
        }
        ReferenceMode::OwnCohort => "built from this cohort itself (exploratory)",
        ReferenceMode::None => "none",
    }
}

/// What an equal reference value counts for, in words.
const fn tie_rule(rule: TieRule) -> &'static str {
    match rule {
        TieRule::Mid => "a reference value equal to the measured one counts half (mid)",
        TieRule::Leq => "a reference value equal to the measured one counts as lower (leq)",
        TieRule::Lt => "a reference value equal to the measured one does not count (lt)",
    }
}

/// The spread of the reference, component by component.
fn reference_table(reference: &ReferenceSummary) -> Table {
    let columns = ["Component", "#Values", "#Lowest", "#Median", "#Highest", "Unit", "#Zeros"];
    let mut table = Table::new("Values of the reference", columns);
    for it in &reference.components {
        table.push_texts(vec![
            it.component.to_string(),
            format::count(it.n),
            format::density(it.minimum),
            format::density(it.median),
            format::density(it.maximum),
            it.measure.unit().to_owned(),
            format::percent(it.share_of_zeros),
        ]);
    }
    table
}

#[cfg(test)]
mod tests;
