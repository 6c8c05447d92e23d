//! What each column of a table is for: the outcome is no column that explains it.

use super::Analysis;

/// A column that stands for two things of which it can be one only; absent if there is none.
pub(super) fn problem(analysis: &Analysis) -> Option<String> {
    let outcome = outcome(analysis);
    for (at, (column, what)) in outcome.iter().enumerate() {
        if let Some((_, other)) = outcome[..at].iter().find(|it| it.0 == *column) {
            return Some(format!("column '{column}' is said to be {other} and {what}; it can be one of them"));
        }
    }
    let explains = |(column, used): (&str, String)| {
        let (_, what) = outcome.iter().find(|it| it.0 == column)?;
        Some(format!("column '{column}' is {what}, and cannot be {used}, too: the outcome does not explain itself"))
    };
    // METHOD: within a stratum all rows have the same class, so that no test or model can compare them.
    let is_stratum = |column: &str| {
        let problem = format!("column '{column}' is a stratum and in by, too; within strata its classes never meet");
        analysis.strata.iter().any(|it| it == column).then_some(problem)
    };
    explanations(analysis)
        .into_iter()
        .find_map(explains)
        .or_else(|| analysis.by.iter().find_map(|it| is_stratum(&it.column)))
}

/// Columns that say what happened, or how much it counts.
fn outcome(analysis: &Analysis) -> Vec<(&str, &'static str)> {
    let optional = [(&analysis.entry, "the time of entry"), (&analysis.weights, "the weight")];
    [(analysis.time.as_str(), "the time"), (analysis.status.column.as_str(), "the status")]
        .into_iter()
        .chain(optional.into_iter().filter_map(|(column, what)| Some((column.as_deref()?, what))))
        .collect()
}

/// Columns that may have to do with what happened, and what each is asked to be.
fn explanations(analysis: &Analysis) -> Vec<(&str, String)> {
    let of_models = analysis.models.iter().flat_map(|model| {
        let columns = model.columns().into_iter().chain(&model.offset);
        columns.map(|it| (it.as_str(), format!("a column of model '{}'", model.name)))
    });
    let lists = [
        (&analysis.cutpoints, "searched for a cut-point"),
        (&analysis.two_cutpoints, "searched for two cut-points"),
        (&analysis.strata, "a stratum"),
    ];
    let of_lists =
        lists.into_iter().flat_map(|(columns, used)| columns.iter().map(move |it| (it.as_str(), used.to_owned())));
    let by = analysis.by.iter().map(|it| (it.column.as_str(), "in by".to_owned()));
    let cluster = analysis.cluster.iter().map(|it| (it.as_str(), "the cluster".to_owned()));
    by.chain(of_models).chain(of_lists).chain(cluster).collect()
}
