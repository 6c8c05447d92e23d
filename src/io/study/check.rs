//! What the schema of a study cannot say: parts that lack or contradict each other.

use crate::model::problem::{KeyPath, Problem, first_repeat};
use crate::model::suggestion::did_you_mean;
use crate::protocol::{
    ContextureChoice, Endpoint, ModelSpec, PairedSamples, ReferenceChoice, ReferenceMode, STUDY_SCHEMA_VERSION, Study,
};
use crate::stratify::is_score;

/// What is wrong with a study, and which key says it; absent if there is nothing.
pub(super) fn problem(study: &Study) -> Option<Problem> {
    if study.schema_version != STUDY_SCHEMA_VERSION {
        let found = study.schema_version;
        let text = format!("schema_version is {found}, this version of contexture reads {STUDY_SCHEMA_VERSION}");
        return Some(Problem::at("schema_version", text));
    }
    if study.protocol.preset.is_some() && study.protocol.file.is_some() {
        let file = KeyPath::from("protocol").key("file");
        return Some(Problem::at(file, "[protocol] has a preset and a file; give one of them"));
    }
    reference_problem(study)
        .map(|it| it.within("reference"))
        .or_else(|| clinical_problem(study))
        .or_else(|| Some(study.contexture.as_ref().and_then(contexture_problem)?.within("contexture")))
        .or_else(|| settings_problem(study))
        .or_else(|| names_problem(study))
        .or_else(|| endpoints_problem(&study.endpoints))
        .or_else(|| {
            let mut models = study.models.iter().enumerate();
            models.find_map(|(at, it)| Some(model_problem(it, study)?.within(KeyPath::from("models").item(at))))
        })
        .or_else(|| {
            let mut analyses = study.analyses.iter().enumerate();
            analyses.find_map(|(at, it)| {
                let problem = it.problem()?.within(KeyPath::from("analyses").item(at));
                Some(problem.reworded(|text| format!("analysis '{}': {text}", it.name)))
            })
        })
}

/// What a mode lacks, and what is given that it does not read.
fn reference_problem(study: &Study) -> Option<Problem> {
    let ReferenceChoice { mode, file, split_column, split_value, centre_column, .. } = &study.reference;
    let has_clinical = study.inputs.clinical.is_some();
    let lacks = match mode {
        ReferenceMode::External if file.is_none() => {
            Some("[reference] mode = \"external\" needs file = \"…\", a frozen reference")
        }
        ReferenceMode::Training if split_column.is_none() || split_value.is_none() || !has_clinical => Some(
            "[reference] mode = \"training\" needs split_column and split_value, and a clinical table that has the column",
        ),
        ReferenceMode::LeaveOneCentreOut if centre_column.is_none() || !has_clinical => Some(
            "[reference] mode = \"leave_one_centre_out\" needs centre_column, and a clinical table that has the column",
        ),
        _ => None,
    };
    if let Some(text) = lacks {
        return Some(Problem::at("mode", text));
    }
    if centre_column.is_some() && *mode != ReferenceMode::LeaveOneCentreOut {
        let text = "[reference] has a centre_column, which only mode = \"leave_one_centre_out\" reads";
        return Some(Problem::at("centre_column", text));
    }
    (file.is_some() && *mode != ReferenceMode::External)
        .then(|| Problem::at("file", "[reference] has a file, which only mode = \"external\" reads"))
}

/// What is asked of a clinical table that is not given.
fn clinical_problem(study: &Study) -> Option<Problem> {
    let covariates = study.contexture.iter().any(|it| !it.covariates.is_empty());
    let asked = [
        (!study.endpoints.is_empty(), KeyPath::from("endpoints"), "endpoints"),
        (!study.clinical.groups.is_empty(), KeyPath::from("clinical").key("groups"), "[clinical] groups"),
        (covariates, KeyPath::from("contexture").key("covariates"), "[contexture] covariates"),
        (!study.analyses.is_empty(), KeyPath::from("analyses"), "analyses"),
    ];
    let (_, place, what) = asked.into_iter().find(|it| it.0 && study.inputs.clinical.is_none())?;
    Some(Problem::at(place, format!("{what} need [inputs] clinical = \"…\", the table with their columns")))
}

fn contexture_problem(choice: &ContextureChoice) -> Option<Problem> {
    let covariates = &choice.covariates;
    if let Some((first, again)) = first_repeat(covariates) {
        let place = |at: usize| KeyPath::from("covariates").item(at);
        let text = format!("[contexture] covariates name column '{}' twice", covariates[again]);
        return Some(Problem::at(place(again), text).after(place(first)));
    }
    let PairedSamples { before, after, .. } = choice.paired.as_ref()?;
    (before == after).then(|| {
        let text =
            format!("[contexture.paired] before and after are both '{before}'; each time needs a word of its own");
        Problem::at(KeyPath::from("paired").key("after"), text)
    })
}

fn settings_problem(study: &Study) -> Option<Problem> {
    if study.output.formats.is_empty() {
        let text = "[output] formats is empty; give \"tsv\", \"parquet\" or both";
        return Some(Problem::at(KeyPath::from("output").key("formats"), text));
    }
    let times = &study.survival.times_years;
    let ascend = times.iter().all(|it| it.is_finite() && *it > 0.0) && times.is_sorted_by(|a, b| a < b);
    (!ascend).then(|| {
        let text = "[survival] times_years must be numbers greater than 0, ascending";
        Problem::at(KeyPath::from("survival").key("times_years"), text)
    })
}

/// Names that are files, too: made of few letters, and each once whatever its case.
fn names_problem(study: &Study) -> Option<Problem> {
    let endpoints = study.endpoints.iter().map(|it| it.name.as_str()).collect();
    let models = study.models.iter().map(|it| it.name.as_str()).collect();
    let analyses = study.analyses.iter().map(|it| it.name.as_str()).collect();
    let lists: [(_, _, Vec<&str>); 3] =
        [("endpoints", "endpoint", endpoints), ("models", "model", models), ("analyses", "analysis", analyses)];
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    for (list, kind, names) in lists {
        let place = |at: usize| KeyPath::from(list).item(at).key("name");
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() || !name.chars().all(is_word) {
                let text =
                    format!("{kind} '{name}': a name is made of letters, digits, '_' and '-'; put words in label");
                return Some(Problem::at(place(at), text));
            }
            if let Some(first) = names[..at].iter().position(|it| it.eq_ignore_ascii_case(name)) {
                let text = format!("{kind} '{name}' stands twice; each needs a name of its own");
                return Some(Problem::at(place(at), text).after(place(first)));
            }
        }
    }
    None
}

fn endpoints_problem(endpoints: &[Endpoint]) -> Option<Problem> {
    let place = |at: usize| KeyPath::from("endpoints").item(at);
    for (at, endpoint) in endpoints.iter().enumerate() {
        if let Some(both) = endpoint.event.in_both() {
            let text = format!("endpoint '{}': {both} is both the event and censored; it can be one", endpoint.name);
            return Some(Problem::at(place(at).key("event"), text));
        }
    }
    let titles: Vec<&str> = endpoints.iter().map(Endpoint::title).collect();
    let (first, again) = first_repeat(&titles)?;
    let text = format!("two endpoints are labelled '{}'; a reader could not tell them apart", titles[again]);
    // A title is the name, where there is no label.
    let label = |at: usize| place(at).key("label");
    Some(Problem::at(label(again), text).or_at(place(again).key("name")).after(label(first)))
}

fn model_problem(model: &ModelSpec, study: &Study) -> Option<Problem> {
    let name = &model.name;
    let endpoints: Vec<&str> = study.endpoints.iter().map(|it| it.name.as_str()).collect();
    let named = model.endpoints.iter().flatten().enumerate();
    if let Some((at, unknown)) = named.into_iter().find(|(_, it)| !endpoints.contains(&it.as_str())) {
        let hint = did_you_mean(unknown, endpoints.iter().copied());
        let text = format!("model '{name}' names endpoint '{unknown}', which the study does not have{hint}");
        return Some(Problem::at(KeyPath::from("endpoints").item(at), text));
    }
    let factors: Vec<&String> = model.factors.iter().map(|it| &it.column).collect();
    let lists = [
        ("covariates", model.covariates.iter().collect()),
        ("factors", factors),
        ("strata", model.strata.iter().collect::<Vec<_>>()),
    ];
    let (places, columns): (Vec<KeyPath>, Vec<&String>) = lists
        .into_iter()
        .flat_map(|(key, columns)| {
            columns.into_iter().enumerate().map(move |(at, it)| (KeyPath::from(key).item(at), it))
        })
        .unzip();
    if let Some(at) = columns.iter().position(|it| is_score(it)) {
        let text = format!("model '{name}' has a column '{}', which is what the score is called", columns[at]);
        return Some(Problem::at(places[at].clone(), text));
    }
    if columns.is_empty() {
        return Some(Problem::at("covariates", format!("model '{name}' has no covariates, factors or strata")));
    }
    let (first, again) = first_repeat(&columns)?;
    let text = format!("model '{name}' names column '{}' twice", columns[again]);
    Some(Problem::at(places[again].clone(), text).after(places[first].clone()))
}
