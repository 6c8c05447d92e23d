//! An analysis of the made-up cohort that asks for everything.

use std::collections::BTreeMap;

use serde_json::json;

use super::Clinical;
use crate::score::PatientScore;
use crate::stratify::patients::{AnalysisStatistics, PatientTable, Status, analysis_statistics};

/// A column whose name would be markup, were it not escaped, and no file name.
const HOSTILE_COLUMN: &str = "stage & <b>grade</b>/";

/// Death of the disease by stage and half, with models, cut-points and another cause of death.
pub(super) fn analysis(scores: &[PatientScore], clinical: &[Clinical]) -> AnalysisStatistics {
    let stage = json!({ "column": HOSTILE_COLUMN, "reference": "1" });
    let asked = json!({
        "name": "by_stage",
        "label": "Death of the disease",
        "time": "years",
        "unit": "years",
        "status": { "column": "status", "event": 1, "competing": [{ "label": "other death", "value": 2 }] },
        "by": [{ "column": HOSTILE_COLUMN }, { "column": "half", "classes": ["lower", "upper"] }],
        "tests": ["log_rank", { "fleming_harrington": { "p": 0.0, "q": 1.0 } }, "max_combo"],
        "models": [
            { "name": "age", "covariates": ["age"] },
            { "name": "both", "covariates": ["age"], "factors": [stage] },
            { "name": "bent", "splines": [{ "column": "age" }] },
            { "name": "lasso", "covariates": ["age", "score"], "penalty": { "elastic_net": { "alpha": 1.0, "folds": 5 } } },
            { "name": "ridge", "covariates": ["age", "score"], "penalty": { "ridge": { "theta": 5.0 } } },
            {
                "name": "interaction",
                "interaction": { "treatment": { "column": "half", "reference": "lower" }, "marker": "age" },
            },
        ],
        "cutpoints": ["age"],
        "two_cutpoints": ["score"],
        "times": [1.0, 3.0],
        "thresholds": [0.2],
        "bootstrap": 20,
    });
    let asked = serde_json::from_value(asked).expect("an analysis");
    let status = |it: &Clinical| match (it.events[0], it.stage) {
        (true, 3) => Status::Competing(0),
        (true, _) => Status::Event,
        (false, _) => Status::Censored,
    };
    let stage = clinical.iter().map(|it| (it.stage > 0).then(|| it.stage.to_string())).collect();
    let half = scores.iter().map(|it| Some(if it.score < 50.0 { "lower" } else { "upper" }.to_owned())).collect();
    let table = PatientTable {
        ids: scores.iter().map(|it| it.patient_id.clone()).collect(),
        times: clinical.iter().map(|it| Some(it.times_years[0])).collect(),
        statuses: clinical.iter().map(|it| Some(status(it))).collect(),
        numbers: BTreeMap::from([
            ("age".to_owned(), clinical.iter().map(|it| Some(it.age)).collect()),
            ("score".to_owned(), scores.iter().map(|it| Some(it.score)).collect()),
        ]),
        classes: BTreeMap::from([(HOSTILE_COLUMN.to_owned(), stage), ("half".to_owned(), half)]),
        ..PatientTable::default()
    };
    analysis_statistics(&asked, &table).expect("rows that can be analysed").0
}
