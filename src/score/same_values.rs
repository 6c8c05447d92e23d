//! Patients who have the values of another: somebody may stand in the table twice, under two ids.

use super::{UsableValues, n_patients};

/// Fewer values above 0 are the same by chance: few cells, counted on areas of one size.
const FEWEST_ABOVE_ZERO: usize = 2;

/// Number of patients who have in every component the value of another patient, in one sample at least.
///
/// METHOD: values are compared to the last bit, and what is absent with what is absent. Two of them or more are above 0: patients
/// without cells are alike.
pub fn n_sharing(rows: &[UsableValues]) -> usize {
    let is_telling =
        |it: &&UsableValues| it.values.iter().flatten().filter(|it| **it > 0.0).count() >= FEWEST_ABOVE_ZERO;
    let mut telling: Vec<&UsableValues> = rows.iter().filter(is_telling).collect();
    // Values that passed the limits of quality are numbers, so that they have an order.
    telling.sort_by(|one, other| one.values.partial_cmp(&other.values).unwrap_or(std::cmp::Ordering::Equal));
    let groups = telling.chunk_by(|one, next| one.values == next.values);
    let shared = groups.filter(|group| group.iter().any(|it| it.patient != group[0].patient));
    let mut patients: Vec<usize> = shared.flatten().map(|it| it.patient).collect();
    patients.sort_unstable();
    patients.dedup();
    patients.len()
}

/// What is to be known of patients who have the values of another, in a sentence; absent if there is none.
pub fn remark(rows: &[UsableValues]) -> Option<String> {
    let n = n_sharing(rows);
    (n > 0).then(|| {
        format!(
            "{n} of the {} have, in every component, the same values as another of them: does somebody stand in the table \
             twice, under two ids?",
            n_patients(UsableValues::n_patients(rows))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patients(rows: &[[Option<f64>; 3]]) -> Vec<UsableValues> {
        UsableValues::of_rows(&rows.iter().map(|it| it.to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn the_values_of_another_patient_count_for_both() {
        let rows = patients(&[
            [Some(10.0), Some(20.0), Some(0.0)],
            [Some(11.0), Some(20.0), Some(0.0)],
            [Some(10.0), Some(20.0), Some(0.0)],
            [Some(10.0), Some(20.0), Some(0.0)],
            [Some(7.0), Some(8.0), None],
            [Some(7.0), Some(8.0), None],
        ]);
        assert_eq!(n_sharing(&rows), 5);
        let said = remark(&rows).unwrap();
        assert!(said.starts_with("5 of the 6 patients have, in every component, the same values"), "{said}");
    }

    #[test]
    fn other_values_are_not_shared() {
        let rows = patients(&[
            [Some(10.0), Some(20.0), Some(30.0)],
            // The next number above 30.
            [Some(10.0), Some(20.0), Some(30.0_f64.next_up())],
            [Some(10.0), Some(20.0), None],
            // One value above 0, or none.
            [Some(5.0), Some(0.0), Some(0.0)],
            [Some(5.0), Some(0.0), Some(0.0)],
            [None, None, None],
            [None, None, None],
        ]);
        assert_eq!((n_sharing(&rows), remark(&rows)), (0, None));
    }

    /// Two samples of one patient that are the same are that patient's.
    #[test]
    fn samples_of_one_patient_are_no_other_patient() {
        let mut rows = patients(&[[Some(10.0), Some(20.0), Some(30.0)]; 3]);
        for row in &mut rows {
            row.patient = 4;
        }
        assert_eq!(n_sharing(&rows), 0);
        rows[2].patient = 5;
        rows.push(UsableValues { patient: 6, values: vec![Some(1.0); 3] });
        assert_eq!(n_sharing(&rows), 2);
    }
}
