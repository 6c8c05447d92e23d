//! Cut-offs of a protocol, learned in a training split.
//!
//! Each component is cut where the log-rank test between those above and those not above is largest, as
//! [`crate::survival::cutpoint`] searches it; all components are searched together, and each p-value is corrected for the cuts
//! and for the components. The cut-offs are then frozen in the protocol, with what they rest on. What they separate in the
//! patients they were learned in is no finding: score others with them.
//!
//! # References
//!
//! * Mlecnik B, Tosolini M, Kirilovsky A, et al. *J Clin Oncol* 2011;29:610-618. doi:10.1200/JCO.2010.30.5425 (cut-offs at
//!   the lowest log-rank p-value of a training set)

use crate::error::{Error, Result};
use crate::protocol::{Protocol, TrainedCutoff, TrainingSource};
use crate::survival::cutpoint::SearchSettings;
use crate::survival::cutpoint::markers::{self, Marker, MarkerOutcome, MarkerSearch};
use crate::survival::{Cohort, Outcome};

/// A patient of the training split: a value for each component of the protocol, and the outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingPatient {
    /// One usable value a component, in the protocol's order.
    pub values: Vec<f64>,
    /// Time and event.
    pub outcome: Outcome,
}

/// The protocol with a learned cut-off for each of its components.
///
/// `source` is what the protocol shall say of where the cut-offs come from.
///
/// # Errors
///
/// [`Error::Unanswerable`] if the protocol has no cut-offs, or a component cannot be cut, as without events or with one value.
pub fn train(
    protocol: &Protocol,
    patients: &[TrainingPatient],
    source: &TrainingSource,
    settings: SearchSettings,
) -> Result<Protocol> {
    if !protocol.aggregator.dichotomises() {
        return Err(Error::Unanswerable {
            problem: format!(
                "protocol '{}' has aggregator = \"{}\", which has no cut-offs to learn",
                protocol.name,
                protocol.aggregator.word()
            ),
        });
    }
    let cohort = Cohort::new(patients.iter().map(|it| it.outcome).collect())?;
    let mut specs = protocol.specs();
    let markers: Vec<Marker> = specs
        .iter()
        .enumerate()
        .map(|(at, spec)| Marker {
            name: spec.component().to_string(),
            values: patients.iter().map(|it| it.values[at]).collect(),
        })
        .collect();
    let found = markers::search(&cohort, &markers, None, settings)?;
    for (spec, MarkerSearch { name, outcome }) in specs.iter_mut().zip(found) {
        match outcome {
            MarkerOutcome::Searched { search, among_markers, .. } => {
                (spec.cutoff, spec.cutoff_percentile) = (Some(search.cut), None);
                spec.trained = Some(TrainedCutoff {
                    n: search.n,
                    n_events: search.n_events,
                    n_searched: search.n_markers_searched,
                    corrected_p_value: among_markers.p_value,
                    n_permutations: settings.n_permutations,
                    seed: settings.seed,
                    source: source.clone(),
                });
            }
            MarkerOutcome::Rejected { reason } => {
                return Err(Error::Unanswerable { problem: format!("no cut-off of {name} can be learned: {reason}") });
            }
        }
    }
    Ok(Protocol { markers: Vec::new(), regions: Vec::new(), listed: specs, ..protocol.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{EventValues, TrainingSplit};
    use crate::survival::log_rank;

    /// Who has more than 30 of the first component never has the event.
    fn patients() -> Vec<TrainingPatient> {
        (0..60_u32)
            .map(|at| TrainingPatient {
                values: (0..4).map(|it| f64::from((at * (it + 1)) % 61)).collect(),
                outcome: Outcome { time: f64::from(10 + at * 37 % 61), event: at <= 30 },
            })
            .collect()
    }

    /// The first cut of the first component with the largest log-rank test, of those with 6 to 54 patients below.
    fn best_cut() -> f64 {
        let patients = patients();
        let cohort = Cohort::new(patients.iter().map(|it| it.outcome).collect()).unwrap();
        let mut best = (0.0, 0.0);
        for cut in (5..54).map(f64::from) {
            let is_high: Vec<usize> = patients.iter().map(|it| usize::from(it.values[0] > cut)).collect();
            let chi_square = log_rank::test(&cohort, &is_high, 2).unwrap().chi_square.unwrap();
            if chi_square > best.1 + 1e-9 {
                best = (cut, chi_square);
            }
        }
        best.0
    }

    fn source() -> TrainingSource {
        TrainingSource {
            endpoint: "os_days".to_owned(),
            clinical_sha256: "c".repeat(64),
            densities_sha256: "d".repeat(64),
            split: Some(TrainingSplit {
                column: "split".to_owned(),
                values: EventValues::Several(vec![EventValues::Text("training".to_owned()), EventValues::Number(1.0)]),
            }),
        }
    }

    fn settings() -> SearchSettings {
        SearchSettings { n_permutations: 99, n_samples: 20, ..SearchSettings::default() }
    }

    #[test]
    fn a_cut_off_is_learned_and_frozen_with_what_it_rests_on() {
        let protocol = Protocol::preset("i0-i4").unwrap();
        let trained = train(&protocol, &patients(), &source(), settings()).unwrap();
        assert_eq!(trained.check(), None);
        assert_eq!(trained.lacks(), None);
        let first = &trained.specs()[0];
        assert_eq!(first.cutoff, Some(best_cut()), "the cut with the largest log-rank test");
        let provenance = first.trained.as_ref().unwrap();
        assert_eq!((provenance.n, provenance.n_events, provenance.n_searched), (60, 31, 4));
        assert!(provenance.corrected_p_value <= 0.02);
        assert_eq!(provenance.source, source());
        let text = toml::to_string(&trained).unwrap();
        assert_eq!(toml::from_str::<Protocol>(&text).unwrap(), trained, "it reads back as it was");
    }

    #[test]
    fn a_protocol_without_cut_offs_has_nothing_to_learn() {
        let protocol = Protocol::preset("consensus").unwrap();
        let error = train(&protocol, &patients(), &source(), settings()).unwrap_err().to_string();
        assert!(error.contains("no cut-offs to learn"), "{error}");
    }
}
