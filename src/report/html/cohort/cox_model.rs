//! A Cox model on the page: its coefficients, its tests, and what has no estimate.

use crate::report::figures::forest;
use crate::report::format;
use crate::report::html::document::{Cell, Table};
use crate::stratify::{ByClass, EventsPerVariable};
use crate::survival::cox::{Coefficient, CoxModel};
use crate::survival::proportional_hazards::ProportionalHazards;

/// Below this, a test of proportional hazards gets a remark.
const REMARKABLE: f64 = 0.05;

/// Name of the fact, which one table shows by another.
pub(super) const CONCORDANCE: &str = "Concordance";

/// A Cox model as a table; `label` says what a coefficient is called.
pub(super) fn coefficients(caption: &str, cox: &CoxModel, label: impl Fn(&Coefficient) -> String) -> Table {
    let mut table = Table::new(caption, ["Variable", "#HR (95 % CI)", "#p"]);
    for it in &cox.coefficients {
        let [ratio, p] = estimate(it);
        table.push(vec![Cell::Text(label(it)), ratio, p]);
    }
    table
}

/// Hazard ratio and p-value, or the reason why there are none.
pub(super) fn estimate(coefficient: &Coefficient) -> [Cell; 2] {
    match (forest::why_not_estimated(coefficient), coefficient.hazard_ratio) {
        (None, Some(ratio)) => [
            Cell::Text(format::ratio_with_interval(ratio, coefficient.lower, coefficient.upper)),
            Cell::Text(format::or_dash(coefficient.p_value, format::p_value)),
        ],
        _ => [Cell::text("not estimable"), Cell::text(format::ABSENT)],
    }
}

/// Which coefficients have no estimate, and why; absent if all have one.
pub(super) fn not_estimated<'a>(
    coefficients: impl Iterator<Item = &'a Coefficient>,
    label: impl Fn(&Coefficient) -> String,
) -> Option<String> {
    let mut reasons: Vec<String> = Vec::new();
    for it in coefficients {
        if let Some(reason) = forest::why_not_estimated(it) {
            let sentence = format!("{}: {reason}.", label(it));
            if !reasons.contains(&sentence) {
                reasons.push(sentence);
            }
        }
    }
    (!reasons.is_empty()).then(|| reasons.join(" "))
}

/// What the coefficient of a class is called. The lowest class with patients has none: the others are compared with it.
pub(super) fn class_label(by_class: &ByClass, cox: &CoxModel, coefficient: &Coefficient) -> String {
    let has_none = |class: &str| cox.coefficients.iter().all(|it| it.term != coefficient.term || it.name != class);
    let reference = by_class.groups.iter().find(|it| it.n > 0 && has_none(&it.class));
    match reference {
        Some(reference) => format!("{} vs {}", coefficient.name, reference.class),
        None => coefficient.name.clone(),
    }
}

/// Tests of a model, its concordance, proportional hazards, and events per variable.
pub(super) fn facts(
    cox: &CoxModel,
    proportional_hazards: Option<&ProportionalHazards>,
    events_per_variable: EventsPerVariable,
) -> Vec<(String, String)> {
    let mut facts =
        vec![("Model".to_owned(), format!("{}, {}", format::patients(cox.n), format::events(cox.n_events)))];
    let tests = [("Likelihood ratio", &cox.likelihood_ratio), ("Wald", &cox.wald), ("Score test", &cox.score)];
    let tests: Vec<String> =
        tests.iter().filter_map(|(name, test)| Some(format!("{name} {}", format::test(test.as_ref()?)))).collect();
    if !tests.is_empty() {
        facts.push(("Tests of the model".to_owned(), tests.join("; ")));
    }
    if let Some(concordance) = &cox.concordance {
        facts.push((CONCORDANCE.to_owned(), format::concordance(concordance)));
    }
    if !cox.converged {
        facts.push(("Convergence".to_owned(), "not reached: do not rely on this model".to_owned()));
    }
    facts.push(("Proportional hazards".to_owned(), proportional_hazards.map_or_else(untested, constancy)));
    if let Some(ratio) = events_per_variable.ratio {
        let remark = if events_per_variable.too_few { ": fewer than 10, the estimates are unreliable" } else { "" };
        facts.push(("Events per variable".to_owned(), format!("{}{remark}", format::per_variable(ratio))));
    }
    facts
}

fn untested() -> String {
    "not tested: a coefficient has no estimate".to_owned()
}

/// The tests of proportional hazards in a line.
fn constancy(found: &ProportionalHazards) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut lowest = f64::INFINITY;
    if found.terms.len() > 1 {
        for it in &found.terms {
            if let Some(test) = &it.test {
                lowest = lowest.min(test.p_value);
                parts.push(format!("{} {}", forest::term_label(&it.term), format::p_statement(test.p_value)));
            }
        }
    }
    match &found.global {
        Some(global) => {
            lowest = lowest.min(global.p_value);
            parts.push(format!("global {}", format::test(global)));
        }
        None => parts.push("events at too few times to tell".to_owned()),
    }
    let verdict =
        if lowest < REMARKABLE { ": a hazard ratio may change over time, and is then an average" } else { "" };
    format!("{}{verdict}", parts.join("; "))
}
