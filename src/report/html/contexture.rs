//! What the pages of a patient and of a cohort say alike of the contexture.

use super::document::Block;
use crate::protocol::{Axes, AxisSign, ReferenceMode};
use crate::report::figures::sign_mark;
use crate::report::format;
use crate::score::contexture::OwnReference;

/// What is to be known of samples at two times.
pub(super) const SPECIMENS_DIFFER: &str = "A biopsy and a surgical specimen are different kinds of tissue: a biopsy is a small piece, \
    often of the surface, and has other densities than the whole tumour without any therapy. A change between them is not \
    that of the therapy alone.";

/// A sign, with its mark.
pub(super) fn sign(sign: AxisSign) -> String {
    format!("{}\u{a0}{}", sign_mark::letter(sign), sign.word())
}

/// Which type of tumour the signs are of.
pub(super) fn of_tumour_type(axes: &Axes) -> String {
    let of = axes.tumour_type.as_ref().map_or_else(
        || "Signs are general ones, for the study names no type of tumour".to_owned(),
        |it| format!("Signs are those of tumour type “{it}”"),
    );
    format!("{of}: what most studies found, not what holds for one person.")
}

/// What the percentiles are counted in, where the score needs no reference; and what is to be known of it. Nothing where it has one.
pub(super) fn own_reference(own: Option<&OwnReference>) -> Vec<Block> {
    let Some(own) = own else { return Vec::new() };
    let counted_in = match (&own.frozen, own.mode) {
        (Some(it), _) => {
            let patients = format::patients(it.n_patients);
            let description = if it.description.is_empty() { String::new() } else { format!(": {}", it.description) };
            format!("the frozen reference “{}” ({patients}{description})", it.name)
        }
        (None, ReferenceMode::Training) => "the training split of this cohort".to_owned(),
        (None, ReferenceMode::LeaveOneCentreOut) => {
            "the patients of the other centres, so that no centre is its own reference".to_owned()
        }
        (None, _) => {
            "this cohort itself: exploratory, for they change when other patients are added, and cannot be compared with those \
             of other cohorts"
                .to_owned()
        }
    };
    let text = format!("The score needs no reference; the percentiles of the contexture are counted in {counted_in}.");
    let warnings = own.frozen.as_ref().map(|it| it.warnings.clone()).filter(|it| !it.is_empty());
    [Block::Paragraph(text)].into_iter().chain(warnings.map(Block::Warnings)).collect()
}

/// What belongs to the axes and is no density; absent if there is nothing.
pub(super) fn covariates(axes: &Axes) -> Option<String> {
    let of: Vec<String> = axes
        .axes
        .iter()
        .filter(|it| !it.covariates.is_empty())
        .map(|it| format!("{}: {}", it.label, it.covariates.join(", ")))
        .collect();
    (!of.is_empty()).then(|| format!("Not densities, and to be read beside them: {}.", of.join("; ")))
}
