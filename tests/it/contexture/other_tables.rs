use super::{RUN, densities, workplace};

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
    let changes = workplace.rows("out/contexture_change_cohort.tsv");
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

/// PD-L1 in percent: a remark until the axes ask for it, and then differences in points.
#[test]
fn a_marker_in_another_measure_is_not_missing_without_a_word() {
    let workplace = workplace();
    let with_percent = |(at, line): (usize, &str)| {
        let cells: Vec<&str> = line.split('\t').collect();
        let own = format!("{line}\t{}", if at == 0 { "percent" } else { "" });
        if cells[4] != "PD-1" || cells[3] != "CT" {
            return own;
        }
        let percent = if cells[2] == "surgery" { 40 + at % 7 } else { 5 + at % 5 };
        format!("{own}\n{}\tCT\tPD-L1\t\t\t{percent}", cells[..3].join("\t"))
    };
    workplace.write("densities.tsv", densities().lines().enumerate().map(with_percent).collect::<Vec<_>>().join("\n"));
    let remark = "PD-L1 is given as percent; the axes ask for its density: set measure = \"percent\" in an axes file";
    let said = workplace.finishes(&RUN);
    assert!(said.contains(remark), "{said}");
    assert!(!workplace.read("out/contexture_markers.tsv").contains("PD-L1"));

    workplace.write("mine.toml", "schema_version = 1\n[[markers]]\nmarker = \"PD-L1\"\nmeasure = \"percent\"\n");
    workplace.edit("study.toml", "tumour_type", "axes = \"mine.toml\"\ntumour_type");
    let said = workplace.finishes(&["run", "study.toml", "-o", "percent"]);
    assert!(!said.contains("PD-L1"), "{said}");
    let changes = workplace.rows("percent/contexture_change_cohort.tsv");
    let row = changes.iter().find(|it| it["marker"] == "PD-L1").expect("PD-L1");
    assert_eq!((row["unit"].as_str(), row["ratio"].as_str(), row["n_pairs"].as_str()), ("%", "", "31"));
    let difference: f64 = row["difference"].parse().expect("a difference");
    assert!((30.0..42.0).contains(&difference) && !row["difference_lower"].is_empty(), "{row:?}");
    let patient = workplace.rows("percent/contexture_change.tsv");
    let row = patient.iter().find(|it| it["marker"] == "PD-L1").expect("PD-L1");
    assert_eq!((row["ratio"].as_str(), row["difference"].is_empty()), ("", false));
    for page in ["cohort.html", "patients/P00.html"] {
        assert!(workplace.read(&format!("percent/{page}")).contains(" percentage points"), "{page}");
    }
}

/// A table without CD3 and CD8 has no score by the consensus, and one by the protocol that the documentation shows.
#[test]
fn a_panel_of_other_markers_has_a_contexture_by_a_protocol_of_its_own() {
    let workplace = workplace();
    let is_myeloid = |it: &&str| ["patient_id", "\tCD163\t", "\tCD66b\t"].iter().any(|word| it.contains(word));
    let table = densities();
    workplace.write("densities.tsv", table.lines().filter(is_myeloid).collect::<Vec<_>>().join("\n"));
    let said = workplace.refuses(&RUN);
    assert!(said.contains("0 patients of the cohort can make a reference"), "{said}");
    let mut examples = include_str!("../../../docs/contexture.md").split("```toml\n").skip(1);
    let protocol = examples.find(|it| it.contains("name = \"myeloid\"")).and_then(|it| it.split("```").next());
    workplace.write("myeloid.toml", protocol.expect("the example"));
    workplace.edit(
        "study.toml",
        "[protocol.uncertainty]",
        "[protocol]\nfile = \"myeloid.toml\"\n[protocol.uncertainty]",
    );
    workplace.finishes(&RUN);
    let scored = workplace.rows("out/contexture.tsv");
    assert!(scored.iter().any(|it| it["sign"] == "negative" && it["n_in_mean"] == "1"), "{scored:?}");
    assert!(workplace.read("out/cohort.html").contains("Immune contexture"));
}
