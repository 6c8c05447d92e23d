//! Where a reference and its use differ in what does not forbid it.

use super::{ReferenceFile, ReferenceSettings};
use crate::protocol::QualityLimits;

/// What is to be known of percentiles in a table of quantiles.
pub(super) const OF_QUANTILES: &str = "The reference is a table of quantiles: percentiles lie on straight lines between them, and end at \
                            those of its lowest and highest group.";

/// What is to be known of intervals and of drift where samples of one patient are taken as alike.
pub(super) const WITHIN_UNKNOWN: &str = "The reference does not say how far samples of one patient go together: intervals are as wide as if \
                              these were alike.";

/// The differences, in sentences.
pub(super) fn remarks(file: &ReferenceFile, settings: &ReferenceSettings<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    // METHOD: what one side does not say forbids nothing, for most tables do not say it; but it was not compared.
    match (file.specimen, settings.specimen) {
        (Some(of_file), None) => remarks.push(format!(
            "The reference was made of {}; what the densities were measured on is not said (--specimen of a table, [densities] \
             specimen of a study). Of another kind of tissue, percentiles mean nothing.",
            of_file.description()
        )),
        (None, Some(of_patients)) => remarks.push(format!(
            "The densities were measured on {}; the reference does not say what it was made of. If that is another kind of tissue, \
             percentiles mean nothing.",
            of_patients.description()
        )),
        _ => {}
    }
    let used = |it: &QualityLimits| format!("{} mm² and {} cells/mm²", it.area_fail_mm2, it.density_max_cells_per_mm2);
    let limits = used(&settings.protocol.quality);
    if let Some(made) = file.quality.as_ref().map(used).filter(|it| *it != limits) {
        remarks.push(format!(
            "The reference was made with other limits of quality (least area and highest density: {made}) than these scores \
             ({limits})."
        ));
    }
    if file.tie_rule.is_some_and(|it| it != settings.tie_rule) {
        remarks.push("The reference was made for another tie rule than that of these scores.".to_owned());
    }
    remarks.extend(file.has_quantiles().then(|| OF_QUANTILES.to_owned()));
    remarks.extend(file.lacks_within_patient().then(|| WITHIN_UNKNOWN.to_owned()));
    remarks
}
