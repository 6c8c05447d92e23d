//! `contexture stratify` of a table of patients: what it finds, writes and prints, and what it refuses.

use std::fmt::Write as _;

use serde_json::Value;

use crate::command::Workplace;
use crate::reference_r::folder;

/// The statistics of whole tables against R.
mod against_r;
/// What models are good for.
mod decisions;
/// Models of a file.
mod models_file;
/// Options that contradict each other, the table, or the command line.
mod options;
/// Models with a penalty.
mod penalties;
/// What is printed.
mod printed;
/// Quantiles and bands of curves, and restricted means.
mod quantiles;
/// Same table, same bytes; and the schema.
mod same_bytes;
/// Analyses of a study.
mod study;
/// Tables of which something, or everything, is not defined.
mod undefined;
/// Models and cuts that were chosen by the data.
mod validated;
/// Columns and values of the table.
mod values;

/// Eight patients, for messages.
const TABLE: &str = "\
id,time,status,sex,age,weight,entry,ecog
p1,5,1,f,60,1,0,0
p2,8,0,m,55,2,1,1
p3,9,1,f,71,1,0,2
p4,12,1,m,48,0.5,2,0
p5,12,0,f,66,1,3,1
p6,15,1,m,59,1,0,1
p7,18,0,f,63,2,0,0
p8,20,1,m,70,1,5,3
";

/// The endpoint of [`TABLE`].
const ENDPOINT: &str = "--time time --event status=1 --unit months";

/// A dataset of the references of R, as it stands there.
fn dataset(name: &str) -> String {
    let path = folder().join("data").join(format!("{name}.csv"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The table with text replaced that stands in it.
#[track_caller]
fn with(from: &str, to: &str) -> String {
    assert!(TABLE.contains(from), "the table does not hold {from:?}");
    TABLE.replace(from, to)
}

/// The table with a column more, made of the fields of each row.
fn with_column(table: &str, name: &str, value: impl Fn(usize, &[&str]) -> String) -> String {
    let mut lines = table.lines();
    let header = lines.next().expect("a header");
    let mut text = format!("{header},{name}\n");
    for (row, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').map(|it| it.trim_matches('"')).collect();
        writeln!(text, "{line},{}", value(row, &fields)).expect("a string takes all text");
    }
    text
}

/// The arguments that analyse `table.csv` with some options, which hold no spaces, into `out`.
fn arguments(options: &str) -> Vec<&str> {
    ["stratify", "table.csv", "-o", "out"].into_iter().chain(options.split_whitespace()).collect()
}

/// What was found in a table, and what was said.
struct Found {
    workplace: Workplace,
    printed: String,
    statistics: Value,
}

impl Found {
    /// Analyses a table, which has to be done without complaint.
    #[track_caller]
    fn in_table(table: &str, options: &str) -> Self {
        Self::with_files([("table.csv", table)], options)
    }

    /// Analyses `table.csv`, with other files beside it.
    #[track_caller]
    fn with_files<const N: usize>(files: [(&str, &str); N], options: &str) -> Self {
        let workplace = Workplace::with_files(files);
        let printed = workplace.finishes(&arguments(options));
        let file: Value = serde_json::from_str(&workplace.read("out/statistics.json")).expect("JSON");
        Self { workplace, printed, statistics: file["statistics"].clone() }
    }

    /// A part of the statistics.
    #[track_caller]
    fn part(&self, pointer: &str) -> &Value {
        self.statistics.pointer(pointer).unwrap_or_else(|| panic!("the statistics have no {pointer}"))
    }

    /// One field of each entry of a list in the statistics.
    #[track_caller]
    fn each(&self, list: &str, field: &str) -> Vec<Option<f64>> {
        let entries = self.part(list).as_array().expect("a list");
        entries.iter().map(|it| it.pointer(field).expect("the field").as_f64()).collect()
    }

    /// The rows of a tidy table in which some columns have some values, reduced to one column.
    #[track_caller]
    fn column(&self, table: &str, column: &str, filters: &[(&str, &str)]) -> Vec<Option<f64>> {
        let text = self.workplace.read(&format!("out/tables/{table}.tsv"));
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let header = lines.next().expect("a header");
        let place = |name: &str| header.iter().position(|it| *it == name).unwrap_or_else(|| panic!("no {name}"));
        let is_wanted = |row: &Vec<&str>| filters.iter().all(|(name, value)| row[place(name)] == *value);
        let number = |row: Vec<&str>| {
            let cell = row[place(column)];
            (!cell.is_empty()).then(|| cell.parse().expect("a number"))
        };
        lines.filter(is_wanted).map(number).collect()
    }
}

/// What is said of a table that is refused.
#[track_caller]
fn refusal(table: &str, options: &str) -> String {
    Workplace::with_files([("table.csv", table)]).refuses(&arguments(options))
}
