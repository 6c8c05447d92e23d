//! Time of the survival statistics, by number of patients; a module for each family of them.
//!
//! Run: `cargo bench --bench survival`

use contexture::survival::design::{Design, Term};
use contexture::survival::{Cohort, Outcome};
use criterion::{criterion_group, criterion_main};

/// Competing risks.
mod competing_risks;
/// Curves.
mod curves;
/// Cut-points.
mod cutpoints;
/// Tests of groups.
mod groups;
/// Cox models.
mod models;
/// Penalized models.
mod penalized;
/// How well models tell patients apart.
mod performance;

const SIZES: [usize; 4] = [1000, 10_000, 100_000, 1_000_000];

/// Whole days, so that times tie, with a quarter of the patients censored; a fixed sequence, so that runs compare.
fn cohort(n_patients: usize) -> Cohort {
    let outcome = |it: usize| Outcome { time: (1 + it * 7919 % 3650) as f64, event: !it.is_multiple_of(4) };
    Cohort::new((0..n_patients).map(outcome).collect()).expect("times are finite and positive")
}

/// Five covariates of a thousand values each.
fn design(n_patients: usize) -> Design {
    let term = |at: usize| {
        let value = |it: usize| (it * (7 + at) * 104_729 % 1000) as f64 / 1000.0;
        Term::numeric(format!("x{at}"), (0..n_patients).map(value).collect())
    };
    Design::new((0..5).map(term).collect())
}

criterion_group!(
    benches,
    competing_risks::aalen_johansen,
    competing_risks::fine_gray,
    competing_risks::gray,
    curves::bands,
    curves::curves_and_test,
    curves::kaplan_meier,
    curves::restricted_mean,
    cutpoints::cutpoint,
    groups::fleming_harrington,
    groups::log_rank,
    groups::max_combo,
    groups::pairwise,
    models::cox,
    models::cox_bootstrap,
    models::cox_proportional_hazards,
    penalized::firth,
    penalized::lasso,
    performance::concordance,
    performance::optimism,
    performance::time_dependent_auc
);
criterion_main!(benches);
