//! Restricted means of two classes.

use crate::report::format;
use crate::report::wording::difference_of_times;
use crate::stratify::patients::{AnalysisStatistics, GroupComparison};

/// The difference and the ratio of the second class and the first, as they are and beside each model.
pub(super) fn lines(of: &AnalysisStatistics, group: &GroupComparison) -> Vec<String> {
    let Some(means) = &group.restricted_mean else { return Vec::new() };
    let (by, unit) = (&group.column, of.time_unit);
    let Some(difference) = &means.difference else { return Vec::new() };
    let mut lines = vec![format!(
        "  restricted mean up to {} {}, {by} {} less {by} {}: {}",
        format::time(means.horizon, unit),
        unit.name(),
        group.groups[1].class,
        group.groups[0].class,
        difference_of_times(unit, [difference.estimate, difference.lower, difference.upper], difference.p_value)
    )];
    if let Some(ratio) = &means.ratio {
        lines.push(format!(
            "    as a ratio {}, {}",
            format::ratio_with_interval(ratio.estimate, Some(ratio.lower), Some(ratio.upper)),
            format::p_statement(ratio.p_value)
        ));
    }
    lines.extend(group.adjusted_restricted_means.iter().filter_map(|it| {
        let difference = it.comparison.difference.iter().find(|it| it.term == "group")?;
        Some(format!(
            "    adjusted for model {}, {} rows, up to {} {}: {}",
            it.model,
            format::count(it.n),
            format::time(it.comparison.horizon, unit),
            unit.name(),
            difference_of_times(unit, [difference.estimate, difference.lower, difference.upper], difference.p_value)
        ))
    }));
    lines
}
