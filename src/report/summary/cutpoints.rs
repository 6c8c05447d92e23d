//! Cut-points that were searched.

use super::incomplete;
use crate::report::format::{self, or_dash};
use crate::stratify::patients::{CutValidation, CutpointStatistics};
use crate::survival::cutpoint::markers::{MarkerOutcome, MarkerSearch};

/// The seed decides how patients are split where a cut is judged in others than those that it was chosen in.
pub(super) fn cutpoints(it: &CutpointStatistics, seed: u64) -> Vec<String> {
    let one_cut = it.columns.iter().filter(|it| matches!(it.outcome, MarkerOutcome::Searched { .. }));
    let n_searched = one_cut.count() + it.two_cuts.iter().filter(|it| it.search.is_some()).count();
    let searched = match n_searched {
        0 => String::new(),
        n => format!(", searched over the outcomes in {}", format::counted(n, "column", "columns")),
    };
    let incomplete = incomplete(it.n_incomplete);
    let mut lines = vec![
        String::new(),
        format!("cut-points{searched}: {} rows, {}{incomplete}", format::count(it.n), format::events(it.n_events)),
    ];
    lines.extend(it.columns.iter().flat_map(|column| {
        let validation = it.validations.iter().find(|of| of.column == column.name);
        cutpoint(column, validation, seed)
    }));
    lines.extend(it.two_cuts.iter().map(|it| match (&it.search, &it.reason) {
        (Some(search), _) => format!(
            "  {}: low up to {}, high above {}; {} of {} permutations of the whole search are as extreme, {}",
            it.column,
            search.lower_cut,
            search.upper_cut,
            search.permutation.n_at_least,
            search.permutation.n_permutations,
            format::p_statement(search.permutation.p_value)
        ),
        (None, reason) => format!("  {}: {}", it.column, reason.as_deref().unwrap_or("nothing was found")),
    }));
    lines
}

fn cutpoint(it: &MarkerSearch, validation: Option<&CutValidation>, seed: u64) -> Vec<String> {
    let name = &it.name;
    let (search, among_markers) = match &it.outcome {
        MarkerOutcome::Searched { search, among_markers, .. } => (search, among_markers),
        MarkerOutcome::Rejected { reason } => return vec![format!("  {name}: {reason}")],
    };
    let end = |end: Option<f64>| or_dash(end, format::measured);
    let mut lines = vec![
        format!(
            "  {name}: low up to {} ({} low, {} high); in bootstrap samples the cut falls from {} to {}",
            search.cut,
            format::count(search.n_low),
            format::count(search.n_high),
            end(search.interval.lower),
            end(search.interval.upper)
        ),
        format!(
            "    corrected for the search {}, and for {} {}",
            format::p_statement(search.permutation.p_value),
            format::counted(search.n_markers_searched, "column", "columns"),
            format::p_statement(among_markers.p_value)
        ),
    ];
    let cross_validated = &search.effect.cross_validated;
    if let Some(ratio) = cross_validated.hazard_ratio {
        lines.push(format!(
            "    high against low: hazard ratio {} in patients without part in the choice (split by seed {seed})",
            format::ratio_with_interval(ratio, cross_validated.lower, cross_validated.upper)
        ));
    }
    if let Some(shrunken) = &search.effect.bootstrap {
        lines.push(format!(
            "    high against low: hazard ratio {} after shrinkage",
            format::ratio(shrunken.hazard_ratio)
        ));
    }
    if let (Some(effect), Some(p_value)) = (&search.continuous.per_standard_deviation, search.continuous.p_value) {
        lines.push(format!(
            "    without a cut, per standard deviation: hazard ratio {}, {}",
            format::ratio_with_interval(effect.hazard_ratio, Some(effect.lower), Some(effect.upper)),
            format::p_statement(p_value)
        ));
    }
    let without_cut = search.continuous.concordance.as_ref().and_then(|it| it.concordance);
    if let Some(validation) = validation.map(|it| &it.validation)
        && let (Some(corrected), Some(without_cut)) = (validation.concordance.corrected, without_cut)
    {
        lines.push(format!(
            "    C of the cut, corrected for the search, {corrected:.3} ({} bootstrap samples, each searched anew); without a cut \
             {without_cut:.3}",
            format::count(validation.concordance.n_replicates)
        ));
    }
    lines
}
