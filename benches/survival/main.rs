//! Time of the survival statistics, by number of patients; a module for each family of them.
//!
//! Run: `cargo bench --bench survival`

use contexture::survival::design::{Design, Term};
use contexture::survival::{Cohort, Outcome};
use criterion::{criterion_group, criterion_main};

/// Curves.
mod curves;
/// Tests of groups.
mod groups;
/// Cox models.
mod models;

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

criterion_group!(benches, curves::kaplan_meier, groups::log_rank, models::cox);
criterion_main!(benches);
