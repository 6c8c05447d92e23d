//! Patients by a column of the clinical table, such as centre or batch.

use std::collections::BTreeMap;

/// Patients by what one column of the clinical table says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// The column.
    pub column: String,
    /// What it says of each patient; one of whom it says nothing is absent.
    pub group_of: BTreeMap<String, String>,
}

impl Grouping {
    /// The groups: in the order of their numbers where all are numbers, otherwise of their letters.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = self.group_of.values().map(String::as_str).collect();
        groups.sort_by(|a, b| in_order(a, b));
        groups.dedup();
        groups
    }
}

/// Numbers before words; numbers by size, words by letters.
pub(crate) fn in_order(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a_number), Ok(b_number)) => a_number.total_cmp(&b_number).then_with(|| a.cmp(b)),
        (Ok(_), Err(_)) => std::cmp::Ordering::Less,
        (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_come_in_the_order_of_their_numbers() {
        let group_of = [("a", "10"), ("b", "9"), ("c", "B"), ("d", "A"), ("e", "9")];
        let group_of = group_of.map(|(patient, group)| (patient.to_owned(), group.to_owned())).into();
        assert_eq!(Grouping { column: "batch".to_owned(), group_of }.groups(), ["9", "10", "A", "B"]);
    }
}
