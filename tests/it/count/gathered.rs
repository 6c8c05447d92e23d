//! A cohort counted in parts and gathered gives the bytes of one process; and so do other orders of rows and columns, other
//! files, and Parquet in place of text.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::command::{Contents, Workplace, assert_same};

/// A cell of a made-up cohort: sample, region and the state of two markers (`None`: unknown).
type Cell = (u8, u8, Option<bool>, Option<bool>);

const REGIONS: [&str; 3] = ["CT", "IM", "Tumour centre"];

const AREAS: &str =
    "sample_id,region,area_mm2\nS0,CT,1.25\nS0,IM,0.1\nS1,CT,2.5\nS1,IM,0.7\nS2,CT,3\nS2,IM,0.3\nS3,CT,1\n";

fn state(state: Option<bool>) -> &'static str {
    match state {
        None => "",
        Some(true) => "1",
        Some(false) => "0",
    }
}

fn table(cells: &[(usize, Cell)]) -> String {
    let mut text = "cell_id,sample_id,region,CD3,CD8\n".to_owned();
    for (id, (sample, region, cd3, cd8)) in cells {
        let region = REGIONS[usize::from(*region)];
        let _ = writeln!(text, "{id},S{sample},{region},{},{}", state(*cd3), state(*cd8));
    }
    text
}

/// The same table with its columns in another order, and tabs.
fn permuted(cells: &[(usize, Cell)]) -> String {
    let mut text = "CD8\tregion\tcell_id\tCD3\tsample_id\r\n".to_owned();
    for (id, (sample, region, cd3, cd8)) in cells {
        let region = REGIONS[usize::from(*region)];
        let _ = write!(text, "{}\t{region}\t{id}\t{}\tS{sample}\r\n", state(*cd8), state(*cd3));
    }
    text
}

/// The tables that counting these files gives; without the tally, which names the files.
fn counted(workplace: &Workplace, files: &[&str]) -> Contents {
    let mut args = vec!["count", "-q", "-o", "out", "--force"];
    args.extend(files);
    workplace.finishes(&args);
    let is_table = |name: &str| !name.starts_with("checksums") && name != "tally.json";
    workplace.contents("out").into_iter().filter(|(name, _)| is_table(name)).collect()
}

fn cells() -> impl Strategy<Value = Vec<Cell>> {
    prop::collection::vec((0_u8..4, 0_u8..3, any::<Option<bool>>(), any::<Option<bool>>()), 1..60)
}

#[test]
fn any_partition_gathered_is_the_whole() {
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let strategy = (cells(), prop::collection::vec(0_usize..4, 60));
    let outcome = runner.run(&strategy, |(cells, parts)| {
        let cells: Vec<(usize, Cell)> = cells.into_iter().enumerate().collect();
        let workplace = Workplace::with_files([("areas.csv", AREAS), ("whole.csv", &table(&cells))]);
        let whole = counted(&workplace, &["whole.csv", "areas.csv"]);

        let mut tallies = Vec::new();
        for part in 0..4 {
            let of_part: Vec<_> = cells.iter().filter(|(id, _)| parts[*id] == part).copied().collect();
            if of_part.is_empty() {
                continue;
            }
            workplace.write(&format!("part{part}.csv"), table(&of_part));
            let out = format!("counted{part}");
            workplace.finishes(&["count", "-q", &format!("part{part}.csv"), "areas.csv", "-o", &out]);
            tallies.push(format!("{out}/tally.json"));
        }
        let parts: Vec<&str> = tallies.iter().map(String::as_str).collect();
        assert_same(&whole, &counted(&workplace, &parts));

        let mut backwards = cells.clone();
        backwards.reverse();
        workplace.write("permuted.txt", permuted(&backwards));
        assert_same(&whole, &counted(&workplace, &["areas.csv", "permuted.txt"]));
        Ok(())
    });
    outcome.expect("the same bytes");
}

#[test]
fn files_that_are_counted_together_are_the_whole() {
    let cells: Vec<(usize, Cell)> = (0..200_usize)
        .map(|at| {
            let of = |n: usize| u8::try_from(at % n).expect("small");
            (at, (of(4), of(3), [None, Some(true), Some(false)][at % 3], Some(at % 5 == 0)))
        })
        .collect();
    let workplace = Workplace::with_files([("areas.csv", AREAS), ("whole.csv", &table(&cells))]);
    let whole = counted(&workplace, &["whole.csv", "areas.csv"]);
    workplace.write("shards/a.csv", table(&cells[..70]));
    workplace.write("shards/b.csv", table(&cells[70..]));
    workplace.write("shards/areas.csv", AREAS);
    assert_same(&whole, &counted(&workplace, &["shards"]));
}

#[test]
fn the_same_tally_twice_is_refused() {
    let cells: Vec<(usize, Cell)> = vec![(0, (0, 0, Some(true), None))];
    let workplace = Workplace::with_files([("cells.csv", &table(&cells))]);
    workplace.finishes(&["count", "cells.csv", "-o", "a"]);
    workplace.finishes(&["count", "cells.csv", "-o", "b"]);
    let text = workplace.refuses(&["count", "a/tally.json", "b/tally.json", "-o", "out"]);
    assert!(text.contains("holds the same bytes"), "{text}");
}
