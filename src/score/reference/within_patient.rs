//! How samples of one patient go together in a reference of samples.
//!
//! Samples of one patient say less than as many of different patients. How much less hangs on how many a patient has, and how
//! alike they are: a file holds both, of the patients together, so that nobody's samples can be put together from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReferenceComponent, ReferenceFile, TOO_FEW_PATIENTS, UsableValues};
use crate::agreement::rank_intraclass;

/// How samples of one patient go together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithinPatient {
    /// Patients with one sample, with two, and so on.
    pub patients_by_n_samples: Vec<usize>,
    /// Rank correlation of two samples of one patient, from 0 to 1, of each component in their order.
    pub rank_correlations: Vec<f64>,
}

impl WithinPatient {
    /// That of samples, those of one patient side by side; absent if it is not known.
    ///
    /// METHOD: fewer patients with several samples than make a reference tell too little of it. A component that does not vary
    /// is taken as unrelated, since percentiles in it have no error; and so is one whose samples go together less than by chance.
    pub(super) fn of_rows(rows: &[&UsableValues], n_components: usize) -> Option<Self> {
        let mut patients_by_n_samples = Vec::new();
        for of_patient in rows.chunk_by(|one, next| one.patient == next.patient) {
            let most = patients_by_n_samples.len().max(of_patient.len());
            patients_by_n_samples.resize(most, 0);
            patients_by_n_samples[of_patient.len() - 1] += 1;
        }
        let n_with_several: usize = patients_by_n_samples.iter().skip(1).sum();
        let correlation = |at: usize| {
            let measured = rows.iter().filter_map(|row| Some((row.values[at]?, row.patient)));
            let (values, patients): (Vec<f64>, Vec<usize>) = measured.unzip();
            let found =
                rank_intraclass::estimate(&values, &patients).expect("usable values are finite, each of a patient");
            found.unwrap_or(0.0).max(0.0)
        };
        (n_with_several >= TOO_FEW_PATIENTS)
            .then(|| Self { patients_by_n_samples, rank_correlations: (0..n_components).map(correlation).collect() })
    }

    /// That of the union of two references, of the same components in any order; absent if it is not known of both.
    ///
    /// METHOD: the mean of both, each with the weight of its samples, as that of the [rank
    /// correlations](super::rank_correlations::of_union).
    pub(super) fn of_union(one: &ReferenceFile, other: &ReferenceFile) -> Option<Self> {
        let (first, second) = (one.within_patient.as_ref()?, other.within_patient.as_ref()?);
        let [of_one, of_other] = [first.totals()?, second.totals()?].map(|it| it.1 as f64);
        let correlation = |(at, here): (usize, &f64)| {
            let component = one.components[at].component();
            let place = other.place_of(&component).expect("the same components");
            of_one.mul_add(*here, of_other * second.rank_correlations[place]) / (of_one + of_other)
        };
        let n = first.patients_by_n_samples.len().max(second.patients_by_n_samples.len());
        let patients = |it: &Self, at: usize| it.patients_by_n_samples.get(at).copied().unwrap_or(0);
        Some(Self {
            patients_by_n_samples: (0..n).map(|at| patients(first, at) + patients(second, at)).collect(),
            rank_correlations: first.rank_correlations.iter().enumerate().map(correlation).collect(),
        })
    }

    /// Samples of each patient.
    pub fn samples_of_patients(&self) -> impl Iterator<Item = usize> {
        let of_number = |(at, n): (usize, &usize)| std::iter::repeat_n(at + 1, *n);
        self.patients_by_n_samples.iter().enumerate().flat_map(of_number)
    }

    /// Patients and samples; absent if they are too many to be counted.
    fn totals(&self) -> Option<(usize, usize)> {
        let add = |(patients, samples): (usize, usize), (at, n): (usize, &usize)| {
            Some((patients.checked_add(*n)?, samples.checked_add(n.checked_mul(at + 1)?)?))
        };
        self.patients_by_n_samples.iter().enumerate().try_fold((0, 0), add)
    }
}

/// Why what a file says of the samples of one patient is none. Absent if it is sound, or not given.
pub(super) fn problem(file: &ReferenceFile) -> Option<String> {
    let within = file.within_patient.as_ref()?;
    let n_values = file.components.iter().map(ReferenceComponent::n).fold(0, usize::saturating_add);
    // Each sample has a value of some component.
    let Some((n_patients, n_samples)) = within.totals().filter(|it| it.1 <= n_values) else {
        return Some("says within_patient of more samples than it has values".to_owned());
    };
    if n_patients != file.n_patients || Some(n_samples) != file.n_samples {
        return Some(format!(
            "says within_patient of {n_patients} patients with {n_samples} samples, and was built from {}",
            file.size_in_words()
        ));
    }
    let (n, components) = (within.rank_correlations.len(), &file.components);
    if n != components.len() {
        return Some(format!("has {n} rank_correlations within_patient, {} components are there", components.len()));
    }
    let odd = (0..n).find(|at| !(0.0..=1.0).contains(&within.rank_correlations[*at]))?;
    Some(format!(
        "has a rank correlation within_patient of {} of {}; expected a number from 0 to 1",
        components[odd].component(),
        within.rank_correlations[odd]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Component;

    fn file(names: [&str; 2], within_patient: WithinPatient) -> ReferenceFile {
        let (n_patients, n_samples) = within_patient.totals().expect("few");
        let values = || vec![1.0; n_samples];
        let component = |it: &str| ReferenceComponent::of_values(Component::new(it.into(), "CT".into()), values());
        let components = names.map(component).to_vec();
        let n_samples = Some(n_samples);
        let within_patient = Some(within_patient);
        ReferenceFile {
            n_patients,
            n_samples,
            within_patient,
            ..ReferenceFile::of_components("r", "consensus", components)
        }
    }

    fn within(patients_by_n_samples: &[usize], rank_correlations: [f64; 2]) -> WithinPatient {
        WithinPatient {
            patients_by_n_samples: patients_by_n_samples.to_vec(),
            rank_correlations: rank_correlations.to_vec(),
        }
    }

    #[test]
    fn samples_of_patients_are_counted_and_related() {
        // 30 patients with two samples that are alike in one component and opposite in the other, and 5 with one.
        let mut rows = Vec::new();
        for patient in 0..35_u32 {
            let value = f64::from(patient);
            for sample in 0..if patient % 7 > 0 { 2 } else { 1 } {
                let opposite = if sample == 0 { value } else { 100.0 - value };
                rows.push(UsableValues { patient: patient as usize, values: vec![Some(value), Some(opposite)] });
            }
        }
        let found = WithinPatient::of_rows(&rows.iter().collect::<Vec<_>>(), 2).expect("enough patients");
        assert_eq!(found.patients_by_n_samples, [5, 30]);
        assert!(found.rank_correlations[0] > 0.98, "{:?}", found.rank_correlations);
        assert_eq!(found.rank_correlations[1].to_bits(), 0.0_f64.to_bits(), "less than by chance is none");
        assert_eq!(found.samples_of_patients().sum::<usize>(), 65);
        let few: Vec<_> = rows.iter().filter(|it| it.patient < 19).collect();
        assert_eq!(WithinPatient::of_rows(&few, 2), None, "19 patients say too little");
    }

    #[test]
    fn a_union_adds_patients_and_weighs_by_samples_whatever_the_order_of_components() {
        let one = file(["CD3", "CD8"], within(&[0, 50], [0.2, 0.6]));
        let other = file(["CD8", "CD3"], within(&[100, 0, 100], [0.5, 0.3]));
        let union = WithinPatient::of_union(&one, &other).expect("both are known");
        assert_eq!(union.patients_by_n_samples, [100, 50, 100]);
        assert!((union.rank_correlations[0] - 0.28).abs() < 1e-12 && (union.rank_correlations[1] - 0.52).abs() < 1e-12);
        let unknown = ReferenceFile { within_patient: None, ..other };
        assert_eq!(WithinPatient::of_union(&one, &unknown), None);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let sound = file(["CD3", "CD8"], within(&[10, 20], [0.2, 0.6]));
        assert_eq!(problem(&sound), None);
        for (given, expected) in [
            (
                within(&[10, 21], [0.2, 0.6]),
                "within_patient of 31 patients with 52 samples, and was built from 30 patients",
            ),
            (within(&[0, 0, 1_000_000_000_000], [0.2, 0.6]), "of more samples than it has values"),
            (within(&[usize::MAX, 5], [0.2, 0.6]), "of more samples than it has values"),
            (within(&[10, 20], [0.2, 1.2]), "within_patient of CD8 CT of 1.2; expected a number from 0 to 1"),
            (WithinPatient { rank_correlations: vec![0.1], ..within(&[10, 20], [0.0; 2]) }, "2 components are there"),
        ] {
            let found = problem(&ReferenceFile { within_patient: Some(given), ..sound.clone() }).expect("a problem");
            assert!(found.contains(expected), "{found}");
        }
    }
}
