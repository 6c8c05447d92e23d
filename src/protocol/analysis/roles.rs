//! What each column of a table is for: the outcome is no column that explains it.

use super::Analysis;
use crate::model::problem::{KeyPath, Problem};

/// A column, what it stands for, and where that is said.
struct Role<'a> {
    column: &'a str,
    is: String,
    place: KeyPath,
}

/// A column that stands for two things of which it can be one only; absent if there is none.
pub(super) fn problem(analysis: &Analysis) -> Option<Problem> {
    let outcome = outcome(analysis);
    for (at, Role { column, is, place }) in outcome.iter().enumerate() {
        if let Some(other) = outcome[..at].iter().find(|it| it.column == *column) {
            let text = format!("column '{column}' is said to be {} and {is}; it can be one of them", other.is);
            return Some(Problem::at(place.clone(), text).after(other.place.clone()));
        }
    }
    let explains = |Role { column, is, place }: Role<'_>| {
        let other = outcome.iter().find(|it| it.column == column)?;
        let text =
            format!("column '{column}' is {}, and cannot be {is}, too: the outcome does not explain itself", other.is);
        Some(Problem::at(place, text).after(other.place.clone()))
    };
    // METHOD: within a stratum all rows have the same class, so that no test or model can compare them.
    let is_stratum = |(at, column): (usize, &str)| {
        let stratum = analysis.strata.iter().position(|it| it == column)?;
        let text = format!("column '{column}' is a stratum and in by, too; within strata its classes never meet");
        Some(Problem::at(KeyPath::from("strata").item(stratum), text).after(KeyPath::from("by").item(at)))
    };
    let by = analysis.by.iter().enumerate().map(|(at, it)| (at, it.column.as_str()));
    explanations(analysis).into_iter().find_map(explains).or_else(|| by.into_iter().find_map(is_stratum))
}

/// Columns that say what happened, or how much it counts.
fn outcome(analysis: &Analysis) -> Vec<Role<'_>> {
    let optional = [("entry", &analysis.entry, "the time of entry"), ("weights", &analysis.weights, "the weight")];
    [("time", analysis.time.as_str(), "the time"), ("status", analysis.status.column.as_str(), "the status")]
        .into_iter()
        .chain(optional.into_iter().filter_map(|(key, column, is)| Some((key, column.as_deref()?, is))))
        .map(|(key, column, is)| Role { column, is: is.to_owned(), place: key.into() })
        .collect()
}

/// Columns that may have to do with what happened, and what each is asked to be.
fn explanations(analysis: &Analysis) -> Vec<Role<'_>> {
    let of_models = analysis.models.iter().enumerate().flat_map(|(at, model)| {
        let place = KeyPath::from("models").item(at);
        let columns = model.columns().into_iter().zip(model.places()).map({
            let place = place.clone();
            move |(column, it)| (column, it.within(&place))
        });
        columns
            .chain(model.offset.iter().map(move |it| (it, place.clone().key("offset"))))
            .map(|(column, place)| Role { column, is: format!("a column of model '{}'", model.name), place })
    });
    let lists = [
        ("cutpoints", &analysis.cutpoints, "searched for a cut-point"),
        ("two_cutpoints", &analysis.two_cutpoints, "searched for two cut-points"),
        ("strata", &analysis.strata, "a stratum"),
    ];
    let item = |key: &'static str, at: usize, column, is: &str| Role {
        column,
        is: is.to_owned(),
        place: KeyPath::from(key).item(at),
    };
    let of_lists = lists.into_iter().flat_map(|(key, columns, is)| {
        columns.iter().enumerate().map(move |(at, column)| item(key, at, column.as_str(), is))
    });
    let by = analysis.by.iter().enumerate().map(|(at, it)| item("by", at, it.column.as_str(), "in by"));
    let cluster =
        analysis.cluster.iter().map(|it| Role { column: it, is: "the cluster".to_owned(), place: "cluster".into() });
    by.chain(of_models).chain(of_lists).chain(cluster).collect()
}
