//! The same analyses, of the scores of a study.

use serde_json::Value;

use crate::command::Workplace;

#[test]
fn a_study_can_ask_for_analyses_of_its_scores() {
    let workplace = Workplace::with_cohort();
    let study = workplace.read("study.toml");
    let analysis = "\n[[analyses]]\nname = \"by_score\"\ntime = \"os_days\"\nunit = \"days\"\n\
                    status = { column = \"os_event\", event = 1 }\nby = [{ column = \"three_class\" }]\n\
                    [[analyses.models]]\nname = \"score\"\ncovariates = [\"score\"]\n";
    workplace.write("study.toml", format!("{study}{analysis}"));
    let said = workplace.finishes(&["run", "study.toml", "-o", "out"]);
    // Some of the rows have no score: they are in the analysis, and in nothing that is about the score.
    for line in [
        "by_score: 296 of 300 rows analysed, 125 events\n",
        "  by three_class: 277 rows, 19 without a class\n",
        "  model score: 277 rows, 19 rows lack a value\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let all: Value = serde_json::from_str(&workplace.read("out/statistics.json")).expect("JSON");
    let slope = |pointer: &str| all.pointer(pointer).and_then(Value::as_f64).expect("a number");
    let per_point = slope("/analyses/0/models/0/cox/coefficients/0/log_hazard_ratio");
    let per_10 = slope("/endpoints/0/by_score/cox/coefficients/0/log_hazard_ratio");
    assert!((10.0 * per_point / per_10 - 1.0).abs() < 1e-9, "{per_point} {per_10}");
    let groups = workplace.read("out/tables/by_score/groups.tsv");
    let classes: Vec<&str> = groups.lines().skip(2).filter_map(|line| line.split('\t').nth(1)).collect();
    assert_eq!(classes, ["Low", "Intermediate", "High"], "the order of the scheme, not of the alphabet");
    let page = workplace.read("out/cohort.html");
    assert!(page.contains("<section id=\"analysis-by_score\""));
    assert!(page.contains("Intermediate vs Low"));
    assert!(workplace.path("out/figures/analysis_by_score.three_class.svg").exists());
}
