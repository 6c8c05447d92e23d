//! Competing risks.

use super::named;
use crate::report::format::{self, or_dash};
use crate::stratify::patients::{AnalysisStatistics, CompetingRisks};

pub(super) fn competing_risks(of: &AnalysisStatistics, risks: &CompetingRisks) -> Vec<String> {
    let mut lines = vec![String::new(), format!("competing risks: {}", risks.causes.join(", "))];
    lines.push(format!(
        "  events: {}",
        risks.overall.n_events.iter().map(|it| format::count(*it)).collect::<Vec<_>>().join(", ")
    ));
    for at in &risks.overall_at {
        let shares: Vec<String> = at
            .incidence
            .iter()
            .map(|it| format::percent_with_interval(Some(it.estimate), it.lower, it.upper))
            .collect();
        lines.push(format!(
            "  by {} {}: {}",
            format::time(at.time, of.time_unit),
            of.time_unit.name(),
            shares.join(", ")
        ));
    }
    for group in &risks.groups {
        lines.extend(group.gray.iter().filter_map(|it| {
            Some(format!("  {}, {} (Gray): {}", group.column, it.cause, format::test(it.test.as_ref()?)))
        }));
    }
    for model in &risks.models {
        let Some(fine_gray) = &model.fine_gray else { continue };
        let mut rows = vec![vec![
            format!("{} (Fine-Gray)", model.name),
            "subdistribution hazard ratio (95 %)".to_owned(),
            "p".to_owned(),
        ]];
        rows.extend(fine_gray.coefficients.iter().map(|it| {
            let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.lower, it.upper));
            vec![named(&it.term, &it.name), or_dash(ratio, |it| it), or_dash(it.p_value, format::p_value)]
        }));
        lines.extend(format::aligned(&rows));
    }
    lines
}
