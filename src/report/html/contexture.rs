//! What the pages of a patient and of a cohort say alike of the contexture.

use crate::protocol::{Axes, AxisSign};
use crate::report::figures::sign_mark;

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
