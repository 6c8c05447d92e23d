//! The survival analysis of a table of patients in a few lines of text, for the terminal.

use super::format::{self, ABSENT};
use crate::stratify::patients::{
    AnalysisStatistics, CompetingRisks, CutpointStatistics, GroupComparison, ModelComparison, ModelStatistics,
    TableStatistics,
};
use crate::survival::concordance::WeightedConcordance;
use crate::survival::cox::{Coefficient, CoefficientState};
use crate::survival::cutpoint::markers::{MarkerOutcome, MarkerSearch};
use crate::survival::weighted_log_rank::Weight;

/// The summary, without a line end behind the last line.
pub fn of_table(table: &TableStatistics) -> String {
    let it = &table.statistics;
    let mut lines = vec![patients(it)];
    lines.extend(it.excluded.iter().map(|it| format!("  left out: {} {}", format::count(it.n), it.description)));
    if it.n_times_merged > 0 {
        lines.push(format!(
            "  {} times differed from another by round-off and were made equal to it",
            it.n_times_merged
        ));
    }
    lines.push(format!("  median follow-up {}", format::median(&it.median_follow_up, it.time_unit)));
    lines.push(format!("  median survival {}", format::median(&it.overall.median, it.time_unit)));
    lines.extend(it.groups.iter().flat_map(|group| comparison(it, group)));
    lines.extend(it.models.iter().flat_map(model));
    lines.extend(it.model_comparisons.iter().map(model_comparison));
    lines.extend(it.cutpoints.iter().flat_map(cutpoints));
    lines.extend(it.competing_risks.iter().flat_map(|risks| competing_risks(it, risks)));
    lines.extend(it.warnings.iter().map(|it| format!("note: {it}")));
    lines.join("\n")
}

fn patients(it: &AnalysisStatistics) -> String {
    format!("{} of {} rows analysed, {}", format::count(it.n), format::count(it.n_rows), format::events(it.n_events))
}

fn comparison(of: &AnalysisStatistics, group: &GroupComparison) -> Vec<String> {
    let missing = if group.n_missing > 0 { format!(", {} without a class", group.n_missing) } else { String::new() };
    let mut lines = vec![String::new(), format!("by {}{missing}", group.column)];
    let mut rows = vec![["class", "n", "events", "median survival"].map(str::to_owned).to_vec()];
    rows.extend(group.groups.iter().map(|it| {
        vec![
            it.class.clone(),
            format::count(it.n),
            format::count(it.n_events),
            format::median(&it.median, of.time_unit),
        ]
    }));
    lines.extend(format::aligned(&rows));
    lines.extend(group.tests.iter().map(|it| match (it.chi_square, it.p_value) {
        (Some(chi_square), Some(p_value)) => format!(
            "  {}: χ² = {}, {}",
            test_name(it.weight),
            format::chi_square(chi_square, it.degrees_of_freedom),
            format::p_statement(p_value)
        ),
        _ => format!("  {}: not defined, as no event happens while two classes are at risk", test_name(it.weight)),
    }));
    if let Some(p_value) = group.max_combo.as_ref().and_then(|it| it.p_value) {
        lines.push(format!("  max-combo: {}", format::p_statement(p_value)));
    }
    if let Some(trend) = &group.trend {
        lines.push(format!("  trend: z = {:.2}, {}", trend.z, format::p_statement(trend.p_value)));
    }
    if let Some(pairs) = &group.pairs {
        let mut rows = vec![vec!["pair".to_owned(), "p".to_owned(), format!("Holm, of {}", pairs.n_comparisons)]];
        let p = |it: Option<f64>| it.map_or_else(|| ABSENT.to_owned(), format::p_value);
        rows.extend(pairs.pairs.iter().map(|it| {
            let [first, second] = it.groups.map(|at| group.groups[at].class.as_str());
            vec![format!("{first} – {second}"), p(it.p_value), p(it.p_holm)]
        }));
        lines.extend(format::aligned(&rows));
    }
    if let Some(means) = &group.restricted_mean
        && let Some(difference) = &means.difference
    {
        lines.push(format!(
            "  restricted mean up to {} {}: difference {} ({} to {}), {}",
            format::time(means.horizon, of.time_unit),
            of.time_unit.name(),
            format::time(difference.estimate, of.time_unit),
            format::time(difference.lower, of.time_unit),
            format::time(difference.upper, of.time_unit),
            format::p_statement(difference.p_value)
        ));
    }
    if let Some(cox) = &group.cox {
        let mut rows = vec![["", "hazard ratio (95 %)", "p"].map(str::to_owned).to_vec()];
        rows.extend(cox.coefficients.iter().map(coefficient));
        lines.extend(format::aligned(&rows));
    }
    lines
}

fn test_name(weight: Weight) -> String {
    match weight {
        Weight::LogRank => "log-rank".to_owned(),
        Weight::GRho { rho } => format!("G-rho ({rho})"),
        Weight::FlemingHarrington { p, q } => format!("Fleming-Harrington ({p}, {q})"),
        Weight::Gehan => "Gehan-Wilcoxon".to_owned(),
        Weight::TaroneWare => "Tarone-Ware".to_owned(),
        Weight::PetoPeto => "Peto-Peto".to_owned(),
        Weight::ModifiedPetoPeto => "modified Peto-Peto".to_owned(),
    }
}

fn model(model: &ModelStatistics) -> Vec<String> {
    let incomplete =
        if model.n_incomplete > 0 { format!(", {} lack a column", model.n_incomplete) } else { String::new() };
    let mut lines = vec![
        String::new(),
        format!(
            "model {}: {}, {}{incomplete}",
            model.label,
            format::counted(model.n, "row", "rows"),
            format::events(model.n_events)
        ),
    ];
    if !model.cox.coefficients.is_empty() {
        let mut rows = vec![["", "hazard ratio (95 %)", "p"].map(str::to_owned).to_vec()];
        rows.extend(model.cox.coefficients.iter().map(coefficient));
        lines.extend(format::aligned(&rows));
    }
    if let Some(it) = &model.performance {
        lines.extend(concordance("C (Harrell)", &it.harrell));
        lines.extend(it.uno.as_ref().and_then(|it| concordance("C (Uno)", it)));
        if let Some(validation) = &it.validation
            && let (Some(apparent), Some(corrected)) =
                (validation.concordance.apparent, validation.concordance.corrected)
        {
            lines.push(format!(
                "  C of the fit {apparent:.3}, corrected for optimism {corrected:.3} ({} bootstrap samples, {} without a model)",
                validation.n_replicates, validation.n_failed
            ));
        }
    }
    if let Some(firth) = &model.firth {
        lines.push("  with Firth's penalty, since a hazard ratio has no finite estimate:".to_owned());
        let rows: Vec<Vec<String>> = firth
            .coefficients
            .iter()
            .map(|it| {
                let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.lower, it.upper));
                vec![
                    it.name.clone(),
                    ratio.unwrap_or_else(|| ABSENT.to_owned()),
                    it.p_value.map_or_else(|| ABSENT.to_owned(), format::p_value),
                ]
            })
            .collect();
        lines.extend(format::aligned(&rows));
    }
    lines.extend(model.splines.iter().filter_map(|it| {
        let test = it.non_linearity.likelihood_ratio.as_ref()?;
        Some(format!("  {} other than a straight line: {}", it.name, format::test(test)))
    }));
    if let Some(it) = &model.interaction {
        lines.extend(
            it.predictive.as_ref().map(|test| {
                format!("  effect of {} differs along {}: {}", it.treatment, it.marker, format::test(test))
            }),
        );
        let mut rows = vec![vec![format!("{} at", it.marker), "hazard ratio of the treatment (95 %)".to_owned()]];
        rows.extend(it.effects.iter().map(|it| {
            let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.lower, it.upper));
            vec![format!("{} ({})", it.marker, it.treatment), ratio.unwrap_or_else(|| ABSENT.to_owned())]
        }));
        lines.extend(format::aligned(&rows));
    }
    if let Some(global) = model.proportional_hazards.as_ref().and_then(|it| it.global.as_ref()) {
        lines.push(format!("  proportional hazards: {}", format::test(global)));
    }
    lines
}

fn model_comparison(it: &ModelComparison) -> String {
    let mut said = Vec::new();
    if let Some(test) = &it.likelihood_ratio {
        said.push(format!("likelihood ratio {}", format::test(test)));
    }
    if let Some(difference) = &it.concordance_difference {
        said.push(format!("C {:+.3} ({:+.3} to {:+.3})", difference.difference, difference.lower, difference.upper));
    }
    format!("  {} against {}, {} rows: {}", it.second, it.first, format::count(it.n), said.join("; "))
}

fn cutpoints(it: &CutpointStatistics) -> Vec<String> {
    let searched = it.columns.iter().filter(|it| matches!(it.outcome, MarkerOutcome::Searched { .. })).count();
    let incomplete = if it.n_incomplete > 0 { format!(", {} lack a column", it.n_incomplete) } else { String::new() };
    let mut lines = vec![
        String::new(),
        format!(
            "cut-points, searched over the outcomes in {}: {} rows, {}{incomplete}",
            format::counted(searched + it.two_cuts.len(), "column", "columns"),
            format::count(it.n),
            format::events(it.n_events)
        ),
    ];
    lines.extend(it.columns.iter().flat_map(cutpoint));
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

fn cutpoint(it: &MarkerSearch) -> Vec<String> {
    let name = &it.name;
    let (search, among_markers) = match &it.outcome {
        MarkerOutcome::Searched { search, among_markers, .. } => (search, among_markers),
        MarkerOutcome::Rejected { reason } => return vec![format!("  {name}: {reason}")],
    };
    let end = |end: Option<f64>| end.map_or_else(|| ABSENT.to_owned(), |it| it.to_string());
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
            "    high against low: hazard ratio {} in patients without part in the choice",
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
    lines
}

fn competing_risks(of: &AnalysisStatistics, risks: &CompetingRisks) -> Vec<String> {
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
            let name = if it.name == it.term { it.term.clone() } else { format!("{} {}", it.term, it.name) };
            let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.lower, it.upper));
            vec![
                name,
                ratio.unwrap_or_else(|| ABSENT.to_owned()),
                it.p_value.map_or_else(|| ABSENT.to_owned(), format::p_value),
            ]
        }));
        lines.extend(format::aligned(&rows));
    }
    lines
}

fn concordance(name: &str, it: &WeightedConcordance) -> Option<String> {
    let c = it.concordance?;
    let interval = it.lower.zip(it.upper).map(|(lower, upper)| format!(" ({lower:.3}–{upper:.3})"));
    Some(format!("  {name} = {c:.3}{}", interval.unwrap_or_default()))
}

fn coefficient(it: &Coefficient) -> Vec<String> {
    let name = if it.name == it.term { it.term.clone() } else { format!("{} {}", it.term, it.name) };
    let ratio = match (it.state, it.hazard_ratio) {
        (CoefficientState::Estimated, Some(ratio)) => format::ratio_with_interval(ratio, it.lower, it.upper),
        (CoefficientState::Aliased, _) => "left out: the same for all, or a combination of others".to_owned(),
        _ => "no finite estimate: separates events".to_owned(),
    };
    vec![name, ratio, it.p_value.map_or_else(|| ABSENT.to_owned(), format::p_value)]
}
