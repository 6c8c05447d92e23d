//! What cannot be analysed is refused with a message that names file, row and column, what was found, what was expected
//! and what to do; nothing is written, and nothing is left behind.

/// Clinical tables.
mod clinical;
/// Values of density tables.
mod densities;
/// Columns and shape of density tables.
mod density_columns;
/// Files that are no tables.
mod files;
/// The output folder, and the folders between the steps.
mod folders;
/// Frozen references, and cohorts that cannot be one.
mod reference;
/// Study files.
mod study;

use crate::command::Workplace;

/// The whole way.
const RUN: [&str; 4] = ["run", "study.toml", "-o", "out"];

/// A study that only scores, against the frozen reference of the bundled cohort.
const SCORING: &str = r#"schema_version = 1
title = "Scores alone"
[inputs]
densities = "densities.csv"
[reference]
mode = "external"
file = "reference.json"
"#;

/// The table of one patient who can be scored.
const ONE_PATIENT: &str = "patient_id,region,marker,n_cells,area_mm2
p1,CT,CD3,900,5
p1,CT,CD8,300,5
p1,IM,CD3,1800,4.5
p1,IM,CD8,700,4.5
";

/// A folder in which [`RUN`] scores this density table.
fn scoring(densities: impl AsRef<[u8]>) -> Workplace {
    let workplace = Workplace::with_cohort();
    workplace.write("study.toml", SCORING);
    workplace.write("densities.csv", densities);
    workplace
}

/// What [`RUN`] says of a density table that it refuses.
#[track_caller]
fn refusal_of(densities: impl AsRef<[u8]>) -> String {
    scoring(densities).refuses(&RUN)
}

/// What [`RUN`] says of the bundled cohort after a change of one of its files.
#[track_caller]
fn refusal_after(name: &str, from: &str, to: &str) -> String {
    let workplace = Workplace::with_cohort();
    workplace.edit(name, from, to);
    workplace.refuses(&RUN)
}
