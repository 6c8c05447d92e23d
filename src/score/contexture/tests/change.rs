//! What changed from one time to the other.

use super::*;
use crate::protocol::PairedSamples;
use crate::score::contexture::change::{ComponentChange, estimate};

fn pairs() -> PairedSamples {
    let [column, before, after] = ["timepoint", "biopsy", "surgery"].map(str::to_owned);
    PairedSamples { column, before, after }
}

#[test]
fn a_change_is_that_of_the_counts_and_pairs_are_counted() {
    let (axes, protocol) = (axes(), consensus());
    let specs = specs(&axes, &regions());
    let [before, _] = cohort(&[[Some(110); 10], [Some(200); 10], [Some(50); 10], [Some(10); 10]]);
    let [mut after, _] = cohort(&[[Some(330); 10], [Some(390); 10], [Some(0); 10], [Some(10); 10]]);
    after[3].patient_id = "p9".to_owned();
    after[0].components[9] = None;
    let (cohort, patients) = estimate(&before, &after, &specs, &protocol, &pairs()).unwrap();
    assert_eq!(
        (cohort.n_paired, &cohort.only_before, &cohort.only_after),
        (3, &vec!["p003".to_owned()], &vec!["p9".to_owned()])
    );
    let ratio = patients[0].components[0].ratio().unwrap();
    assert_eq!((ratio.ratio, patients[0].components[0].difference()), (Some(3.0), None));
    assert!(ratio.lower.unwrap() > 2.0 && ratio.upper.unwrap() < 4.0);
    assert_eq!(patients[0].components[9].ratio(), None);
    // From 5 cells/mm² to none.
    let gone = patients[2].components[0].ratio().unwrap();
    assert_eq!((gone.ratio, gone.lower), (Some(0.0), Some(0.0)));

    let cd3 = &cohort.components[0];
    assert_eq!((cd3.n_pairs, cd3.change.pairs.n_positive, cd3.change.pairs.n_second_zero), (3, 2, 1));
    assert!((cd3.change.ratio.unwrap().estimate - (3.0_f64 * 1.95).sqrt()).abs() < 1e-12);
    // CD66b at the margin has one pair above 0: no ratio, but counts and a test.
    let cd66b = &cohort.components[9];
    assert_eq!((cd66b.n_pairs, cd66b.n_estimated(), cd66b.change.ratio), (2, 1, None));
    assert_eq!((cd66b.change.pairs.n_second_zero, cd66b.change.signed_rank.unwrap().n_changes), (1, 2));
    assert_eq!(cohort.n_tests, 10);
}

#[test]
fn adjusted_p_values_are_those_of_all_pairs_from_zero_too() {
    let (axes, protocol) = (axes(), consensus());
    let specs = specs(&axes, &regions());
    let rows = |of: fn(u64) -> [u64; 3]| -> Vec<[Option<u64>; 10]> {
        let row = |it| {
            let [cd3, cd8, other] = of(it).map(Some);
            [cd3, other, cd8, other, other, other, other, other, other, other]
        };
        (1..=12).map(row).collect()
    };
    // CD3 in the core rises from 0 in everybody, CD8 there from more than 0; nothing else changes.
    let [before, _] = cohort(&rows(|it| [0, 100 * it, 70]));
    let [after, _] = cohort(&rows(|it| [30 + it, 100 * it + 90, 70]));
    let (cohort, _) = estimate(&before, &after, &specs, &protocol, &pairs()).unwrap();
    let (cd3, cd8) = (&cohort.components[0], &cohort.components[2]);
    assert_eq!((cd3.change.ratio, cd3.change.pairs.n_first_zero, cohort.n_tests), (None, 12, 2));
    // R's wilcox.test(rep(1000, 12)): V = 78, p = 0.000626925; of twelve rises of different size: 2/4096.
    let p = |it: &ComponentChange| it.change.signed_rank.unwrap().p_value;
    assert!((p(cd3) - 0.000_626_925_216_318_418).abs() < 1e-12, "{}", p(cd3));
    assert!((p(cd8) - 2.0 / 4096.0).abs() < 1e-12);
    assert_eq!((cd8.p_holm, cd3.p_holm), (Some(2.0 * p(cd8)), Some(2.0 * p(cd8))));
    assert_eq!(cd3.p_benjamini_hochberg, Some(p(cd3)));
    assert_eq!(cohort.components[1].p_holm, None, "nothing changed");
}

#[test]
fn percents_change_by_differences() {
    let (axes, protocol) = (axes(), consensus());
    let mut specs = specs(&axes, &regions());
    specs[0].measure = Measure::Percent;
    let [before, _] = cohort(&[[Some(110); 10], [Some(0); 10]]);
    let [after, _] = cohort(&[[Some(330); 10], [Some(40); 10]]);
    let (cohort, patients) = estimate(&before, &after, &specs, &protocol, &pairs()).unwrap();
    let (percent, density) = (&cohort.components[0], &cohort.components[1]);
    // From 11 to 33 %, and from 0 to 4 %.
    assert_eq!((percent.change.difference.unwrap().estimate, percent.change.ratio), (13.0, None));
    assert_eq!((percent.n_estimated(), density.n_estimated(), density.change.difference), (2, 1, None));
    assert_eq!((patients[0].components[0].ratio(), patients[0].components[0].difference()), (None, Some(22.0)));
}

#[test]
fn without_a_pair_there_is_no_change() {
    let (axes, protocol) = (axes(), consensus());
    let specs = specs(&axes, &regions());
    let [before, _] = cohort(&[[Some(110); 10]]);
    let [mut after, _] = cohort(&[[Some(330); 10]]);
    after[0].patient_id = "other".to_owned();
    let error = estimate(&before, &after, &specs, &protocol, &pairs()).unwrap_err().to_string();
    assert!(
        error.contains("no patient has samples of both times in column 'timepoint': 1 have 'biopsy' alone"),
        "{error}"
    );
    // A patient without a measurement before has no sample before.
    let [empty, _] = cohort(&[[None; 10]]);
    let [after, _] = cohort(&[[Some(330); 10]]);
    assert!(estimate(&empty, &after, &specs, &protocol, &pairs()).is_err());
}
