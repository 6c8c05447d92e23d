//! How the components of a reference go together.
//!
//! A tumour with many CD3+ cells in its core has many at its margin, too. A file holds the values of each component by
//! themselves, so that nobody's tumour can be put together from it; of their going together it holds Spearman's rank
//! correlation `ρ` of each two components, which says how far errors of their percentiles add up.

use std::cmp::Ordering;

use super::{ReferenceFile, UsableValues};
use crate::agreement::correlation;

/// Spearman's correlation of each two components over the patients that have both, a row a component.
///
/// METHOD: a component that does not vary is taken as unrelated, since percentiles in it have no error. So are two with fewer
/// than 3 patients in common, of which nothing is known.
pub(super) fn of_rows(rows: &[&UsableValues], n_components: usize) -> Vec<Vec<f64>> {
    let of = |first: usize, second: usize| {
        let both = rows.iter().filter_map(|row| Some((row.values[first]?, row.values[second]?)));
        let (first, second): (Vec<f64>, Vec<f64>) = both.unzip();
        let found = correlation::spearman(&first, &second).expect("pairs of usable values are finite numbers");
        found.map_or(0.0, |it| it.correlation)
    };
    symmetric(n_components, of)
}

/// Those of the union of two references, of the same components in any order; empty if they are not known of both.
///
/// METHOD: the mean of both, each with the weight of its patients. The rank correlation of the union is not known from its
/// parts; it is this one if both are samples of the same patients.
pub(super) fn of_union(one: &ReferenceFile, other: &ReferenceFile) -> Vec<Vec<f64>> {
    if one.rank_correlations.is_empty() || other.rank_correlations.is_empty() {
        return Vec::new();
    }
    let place = |at: usize| {
        let component = one.components[at].component();
        other.place_of(&component).expect("the same components")
    };
    let [of_one, of_other] = [one, other].map(|it| it.n_rows() as f64);
    symmetric(one.components.len(), |first, second| {
        let there = other.rank_correlations[place(first)][place(second)];
        of_one.mul_add(one.rank_correlations[first][second], of_other * there) / (of_one + of_other)
    })
}

fn symmetric(n: usize, of: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    let below: Vec<Vec<f64>> = (0..n).map(|first| (0..first).map(|second| of(first, second)).collect()).collect();
    let at = |row: usize, column: usize| match row.cmp(&column) {
        Ordering::Less => below[column][row],
        Ordering::Equal => 1.0,
        Ordering::Greater => below[row][column],
    };
    (0..n).map(|row| (0..n).map(|column| at(row, column)).collect()).collect()
}

/// Why the correlations of a file are none. Absent if they are sound, or not given.
pub(super) fn problem(file: &ReferenceFile) -> Option<String> {
    let (matrix, n) = (&file.rank_correlations, file.components.len());
    if matrix.is_empty() {
        return None;
    }
    if matrix.len() != n || matrix.iter().any(|row| row.len() != n) {
        return Some(format!("needs {n} rank_correlations for each of its {n} components, one with each"));
    }
    for (first, row) in matrix.iter().enumerate() {
        for (second, &it) in row.iter().enumerate() {
            let lowest = if first == second { 1.0 } else { -1.0 };
            let is_sound = (lowest..=1.0).contains(&it);
            if !is_sound || it.to_bits() != matrix[second][first].to_bits() {
                let [first, second] = [first, second].map(|at| file.components[at].component());
                return Some(format!(
                    "has a rank correlation of {first} and {second} of {it}; expected 1 of a component with itself, else a \
                     number from -1 to 1, the same both ways"
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::ReferenceComponent;
    use super::*;
    use crate::model::Component;

    fn file(n_patients: usize, names: [&str; 2], rank_correlations: Vec<Vec<f64>>) -> ReferenceFile {
        let component = |it: &str| ReferenceComponent::of_values(Component::new(it.into(), "CT".into()), vec![1.0]);
        let components = names.map(component).to_vec();
        ReferenceFile { n_patients, rank_correlations, ..ReferenceFile::of_components("r", "consensus", components) }
    }

    #[test]
    fn correlations_are_of_patients_with_both() {
        let rows = [
            vec![Some(1.0), Some(2.0), Some(7.0)],
            vec![Some(2.0), Some(4.0), Some(7.0)],
            vec![Some(3.0), None, Some(7.0)],
            vec![Some(4.0), Some(9.0), Some(7.0)],
            vec![Some(9.0), Some(3.0), Some(7.0)],
        ];
        let found = of_rows(&UsableValues::of_rows(&rows).iter().collect::<Vec<_>>(), 3);
        // Ranks 1 2 3 4 and 1 3 4 2: 1 - 6 (0 + 1 + 1 + 4) / 60.
        assert!((found[0][1] - 0.4).abs() < 1e-12);
        assert_eq!((found[1][0].to_bits(), found[2][0], found[2][2]), (found[0][1].to_bits(), 0.0, 1.0));
    }

    #[test]
    fn a_union_weighs_by_patients_whatever_the_order_of_components() {
        let pair = |it: f64| vec![vec![1.0, it], vec![it, 1.0]];
        let one = file(100, ["CD3", "CD8"], pair(0.5));
        let union = of_union(&one, &file(300, ["CD8", "CD3"], pair(0.7)));
        assert!((union[0][1] - 0.65).abs() < 1e-12);
        assert!(of_union(&one, &file(300, ["CD8", "CD3"], Vec::new())).is_empty());
    }

    #[test]
    fn correlations_that_are_none_are_told() {
        let of = |matrix| problem(&file(9, ["CD3", "CD8"], matrix));
        assert_eq!(of(vec![vec![1.0, 0.5], vec![0.5, 1.0]]), None);
        assert_eq!(of(Vec::new()), None);
        for (matrix, expected) in [
            (vec![vec![1.0, 0.5]], "needs 2 rank_correlations for each of its 2 components"),
            (vec![vec![1.0, 1.5], vec![1.5, 1.0]], "of CD3 CT and CD8 CT of 1.5"),
            (vec![vec![1.0, 0.5], vec![0.4, 1.0]], "the same both ways"),
            (vec![vec![0.9, 0.5], vec![0.5, 1.0]], "expected 1 of a component with itself"),
        ] {
            let found = of(matrix).expect("a problem");
            assert!(found.contains(expected), "{found}");
        }
    }
}
