use proptest::prelude::*;

use super::*;
use crate::survival::cutpoint;

const FEW: SearchSettings = SearchSettings {
    range: cutpoint::CandidateRange { min_share: 0.1, max_share: 0.9 },
    n_permutations: 199,
    n_samples: 10,
    n_folds: 2,
    seed: 3,
};

fn marker(name: &str, values: impl Iterator<Item = u32>) -> Marker {
    Marker { name: name.to_owned(), values: values.map(f64::from).collect() }
}

fn cohort() -> Cohort {
    let times: Vec<f64> = (0..90).map(|it| f64::from(it * 37 % 91)).collect();
    let events: Vec<bool> = (0..90).map(|it| it % 3 != 0).collect();
    Cohort::from_columns(&times, &events).unwrap()
}

#[test]
fn each_marker_is_searched_as_alone_and_corrected_for_all() {
    let cohort = cohort();
    let markers = [
        marker("time itself", (0..90).map(|it| it * 37 % 91)),
        marker("constant", std::iter::repeat_n(4, 90)),
        marker("noise", (0..90).map(|it| it * it * it % 83)),
        marker("the same noise", (0..90).map(|it| it * it * it % 83)),
    ];
    let found = search(&cohort, &markers, None, FEW).unwrap();
    assert_eq!(
        found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        markers.each_ref().map(|it| it.name.as_str())
    );

    let searched = |at: usize| match &found[at].outcome {
        MarkerOutcome::Searched { search, among_markers, holm, benjamini_hochberg } => {
            assert!(benjamini_hochberg <= holm && *holm >= among_markers.p_value.min(search.permutation.p_value));
            (search, among_markers)
        }
        MarkerOutcome::Rejected { reason } => panic!("{reason}"),
    };
    let (best, joint) = searched(0);
    assert_eq!((best.n_markers_searched, joint.p_value), (3, 1.0 / 200.0));
    let (noise, among) = searched(2);
    let alone = cutpoint::search(&cohort, &markers[2].values, None, FEW).unwrap();
    assert_eq!((noise.permutation, noise.cut, noise.interval), (alone.permutation, alone.cut, alone.interval));
    // The step-down method leaves noise to compete with its double only, which costs nothing.
    assert_eq!(among, &alone.permutation);
    assert_eq!(searched(3).1, among);
    assert!(
        matches!(&found[1].outcome, MarkerOutcome::Rejected { reason } if reason.starts_with("the marker is 4 in all"))
    );
}

/// Three markers, the first with the least p-value: Holm has 3 p, 2 p, max; the last two are the same marker.
#[test]
fn p_values_of_single_searches_are_adjusted_for_their_number() {
    let markers = [
        marker("time itself", (0..90).map(|it| it * 37 % 91)),
        marker("noise", (0..90).map(|it| it * it * it % 83)),
        marker("the same noise", (0..90).map(|it| it * it * it % 83)),
    ];
    let found = search(&cohort(), &markers, None, FEW).unwrap();
    let adjusted = |at: usize| match &found[at].outcome {
        MarkerOutcome::Searched { search, holm, benjamini_hochberg, .. } => {
            (search.permutation.p_value, *holm, *benjamini_hochberg)
        }
        MarkerOutcome::Rejected { reason } => panic!("{reason}"),
    };
    let (p, holm, benjamini_hochberg) = adjusted(0);
    assert!((holm - 3.0 * p).abs() < 1e-15 && (benjamini_hochberg - 3.0 * p).abs() < 1e-15);
    let (p, holm, benjamini_hochberg) = adjusted(1);
    assert!(p > 0.05, "{p}");
    assert!((holm - (2.0 * p).min(1.0)).abs() < 1e-15 && (benjamini_hochberg - p).abs() < 1e-15);
}

/// Three permutations of two statistics, counted by hand.
#[test]
fn the_step_down_method_by_hand() {
    let permuted = [vec![1.0, 7.0], vec![6.0, 1.0], vec![2.0, 3.0]];
    // Both are the second largest of four in their columns, and the second marker has the larger statistic. The largest of
    // each column are as rare; then the first marker has only its own.
    let found = step_down(&[4.0, 5.0], &permuted);
    assert_eq!((found[1].n_at_least, found[0].n_at_least, found[1].p_value), (2, 2, 0.75));
    // Largest of its column, and larger than the largest of the other, which is as rare.
    let found = step_down(&[4.0, 7.5], &permuted);
    assert_eq!((found[1].n_at_least, found[0].n_at_least), (0, 1));
    // The same, but not larger.
    let found = step_down(&[5.0, 0.5], &[vec![1.0, 0.1], vec![6.0, 0.2], vec![2.0, 0.3]]);
    assert_eq!((found[1].n_at_least, found[0].n_at_least), (1, 1));
}

proptest! {
    /// Markers whose statistics are of different sizes, as with many and few candidates.
    #[test]
    fn the_joint_p_value_lies_between_that_of_the_marker_and_holm_s(
        rows in prop::collection::vec((0_u8..9, 0_u8..9, 0_u8..9), 2..40),
    ) {
        let values = |it: &(u8, u8, u8)| vec![f64::from(it.0), f64::from(it.1) / 7.0, f64::from(it.2) * 3.0];
        let (observed, permuted) = (values(&rows[0]), rows[1..].iter().map(values).collect::<Vec<_>>());
        let joint = step_down(&observed, &permuted);
        let alone = |at: usize| PermutationTest::of(observed[at], permuted.iter().map(|it| it[at])).p_value;
        let alone: Vec<f64> = (0..3).map(alone).collect();
        let holm = adjusted(&alone.iter().copied().map(Some).collect::<Vec<_>>(), Method::Holm).unwrap();
        for ((joint, alone), holm) in joint.iter().zip(alone).zip(holm) {
            prop_assert!(alone <= joint.p_value + 1e-12 && joint.p_value <= holm + 1e-12);
        }
    }
}

#[test]
fn wrong_input_is_refused_as_a_whole() {
    let found = search(&cohort(), &[marker("short", 0..5)], None, FEW);
    assert!(matches!(found, Err(Error::UnequalLengths { .. })));
    assert!(search(&cohort(), &[], None, FEW).unwrap().is_empty());
}
