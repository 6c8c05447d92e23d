use std::collections::BTreeMap;

use super::{RUN, densities, workplace};

/// The rows of a table of the results, each by the names of its columns.
fn rows(table: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = table.lines().map(|it| it.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    lines.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

/// All patients go from 0 to many cells of one marker in the core, and most of them at the margin.
#[test]
fn an_infiltration_from_zero_is_counted_and_tested() {
    let workplace = workplace();
    let from_zero = |line: &str| {
        let mut cells: Vec<&str> = line.split('\t').collect();
        let is_after = cells[2] == "surgery";
        let few_at_margin = cells[3] == "IM" && ["P01", "P02", "P03", "P04"].contains(&cells[0]);
        if cells[4] == "CD66b" {
            cells[5] = if is_after {
                "90"
            } else if few_at_margin {
                "100"
            } else {
                "0"
            };
        }
        cells.join("\t")
    };
    workplace.write("densities.tsv", densities().lines().map(from_zero).collect::<Vec<_>>().join("\n"));
    workplace.finishes(&RUN);
    let changes = rows(&workplace.read("out/contexture_change_cohort.tsv"));
    let of = |region: &str| {
        changes.iter().find(|it| it["marker"] == "CD66b" && it["region"] == region).expect("a row of CD66b").clone()
    };
    for (region, n_both_positive, n_before_zero) in [("CT", "0", "31"), ("IM", "4", "27")] {
        let row = of(region);
        assert_eq!((row["n_pairs"].as_str(), row["n_after_zero"].as_str()), ("31", "0"));
        assert_eq!((row["n_both_positive"].as_str(), row["n_before_zero"].as_str()), (n_both_positive, n_before_zero));
        assert!(row["p_holm"].parse::<f64>().expect("a test") < 0.001, "{row:?}");
    }
    assert_eq!((of("CT")["ratio"].as_str(), of("IM")["ratio"].is_empty()), ("", false));
    let (page, figure) = (workplace.read("out/cohort.html"), workplace.read("out/figures/contexture_change.svg"));
    for pairs in ["0 (+31 with 0)", "4 (+27 with 0)"] {
        assert!(page.contains(&format!("<td class=\"n\">{pairs}</td>")) && figure.contains(pairs), "{pairs}");
    }
    // Nobody has CD66b in the core before: the percentile of all is 50.
    assert!(page.contains("All reference values of CD66b CT are the same"));
    assert!(workplace.read("out/patients/P00.html").contains("all reference values are the same"));
}
