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
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    let all: Value = serde_json::from_str(&workplace.read("out/statistics.json")).expect("JSON");
    let slope = |pointer: &str| all.pointer(pointer).and_then(Value::as_f64).expect("a number");
    let per_point = slope("/analyses/0/models/0/cox/coefficients/0/log_hazard_ratio");
    let per_10 = slope("/endpoints/0/by_score/cox/coefficients/0/log_hazard_ratio");
    assert!((10.0 * per_point / per_10 - 1.0).abs() < 1e-9, "{per_point} {per_10}");
    assert!(workplace.read("out/tables/by_score/groups.tsv").lines().count() > 1);
}
