use contexture::model::{Percentile, TieRule};
use contexture::protocol::{ReferenceBuild, ReferenceMode};
use contexture::score::reference::ReferenceComponent;
use contexture::score::{PatientMeasurements, PatientScore, ScoreSettings, score_cohort};

use super::{GOLDEN, SCORE, first, frozen, patient, preset, scored, study};

/// Patients of made-up densities.
pub(super) fn cohort(n: u32) -> Vec<PatientMeasurements> {
    let values = |at: u32| (0..4).map(|it| f64::from((at * (7 + it) + 3 * it) % 97)).collect::<Vec<f64>>();
    (0..n).map(|at| patient(&format!("p{at:03}"), &values(at))).collect()
}

fn by_own_cohort(patients: &[PatientMeasurements]) -> contexture::score::ScoredCohort {
    let settings = ScoreSettings {
        mode: ReferenceMode::OwnCohort,
        external: None,
        specimen: None,
        built_from: ReferenceBuild::CompletePatients,
        tie_rule: TieRule::Mid,
        seed: 1,
    };
    score_cohort(patients.iter().cloned().collect(), &preset("consensus"), &settings).expect("scores")
}

fn nth_score(cohort: &contexture::score::ScoredCohort, n: usize) -> PatientScore {
    cohort.scores().nth(n).expect("a score")
}

#[test]
fn pitfall_1_percentiles_within_a_cohort_are_said_to_be_exploratory() {
    let protocol = preset("consensus");
    let (few, more) = (by_own_cohort(&cohort(40)), by_own_cohort(&cohort(80)));
    assert!((nth_score(&few, 1).score - nth_score(&more, 1).score).abs() > 1.0, "it changes when others are added");
    let summary = few.reference.expect("a reference").summary(&protocol.components());
    assert!(summary.warnings.iter().any(|it| it.starts_with("Exploratory")));
    // A frozen reference gives one patient what it gives a cohort.
    let alone = scored(&protocol, &cohort(40)[7..8], TieRule::Mid);
    let together = scored(&protocol, &cohort(40), TieRule::Mid);
    assert_eq!(nth_score(&alone, 0), nth_score(&together, 7));
    assert_eq!(alone.profiles().next(), together.profiles().nth(7));
}

#[test]
fn pitfall_2_a_training_reference_knows_nothing_of_the_others() {
    let mut patients = cohort(60);
    for it in &mut patients[..30] {
        it.in_training_split = true;
    }
    let settings = ScoreSettings {
        mode: ReferenceMode::Training,
        external: None,
        specimen: None,
        built_from: ReferenceBuild::CompletePatients,
        tie_rule: TieRule::Mid,
        seed: 1,
    };
    let scored = |patients: &[PatientMeasurements]| {
        let patients = patients.iter().cloned().collect();
        let cohort = score_cohort(patients, &preset("consensus"), &settings).expect("scores");
        cohort.scores().collect::<Vec<_>>()
    };
    assert_eq!(scored(&patients)[..40], scored(&patients[..40])[..]);
}

#[test]
fn pitfall_3_each_component_has_a_reference_of_its_own() {
    let protocol = preset("consensus");
    let mut file = frozen(&protocol, &GOLDEN);
    file.components[1] =
        ReferenceComponent { values: GOLDEN.iter().map(|it| 10.0 * it).collect(), ..file.components[1].clone() };
    let settings = ScoreSettings {
        mode: ReferenceMode::External,
        external: Some(file),
        specimen: None,
        built_from: ReferenceBuild::CompletePatients,
        tie_rule: TieRule::Mid,
        seed: 1,
    };
    let cohort = score_cohort([patient("p", &[65.0; 4])].into_iter().collect(), &protocol, &settings).expect("scores");
    let percentiles: Vec<f64> =
        cohort.profiles().flat_map(|it| it.components).filter_map(|it| it.percentile).map(Percentile::value).collect();
    assert_eq!(percentiles, [70.0, 0.0, 70.0, 70.0]);
}

/// The golden numbers: 20, 70, 0, 100 by mid, 30, 70, 0, 100 by leq.
#[test]
fn pitfall_4_ties_and_scores_on_a_cut() {
    let protocol = preset("consensus");
    let score =
        |rule| scored(&protocol, &[patient("p", &[20.0, 65.0, 5.0, 95.0])], rule).scores().next().expect("a score");
    assert!((score(TieRule::Mid).score - 47.5).abs() < 1e-12);
    assert!((score(TieRule::Leq).score - 50.0).abs() < 1e-12);
    for (score, class) in [(10.0, "IS0"), (25.0, "IS1"), (70.0, "IS2"), (95.0, "IS3"), (95.1, "IS4")] {
        assert_eq!(protocol.schemes[0].classes[protocol.schemes[0].classify(score)], class, "{score}");
    }
    // 10 + 30 + 30 + 30 is 25 on paper: of 10 and 20 the mean percentile of these densities.
    assert_eq!(protocol.schemes[2].classify((0.1 + 0.2) / 0.3 * 25.0), 0, "25.000000000000004 is Low");
}

#[test]
fn pitfall_5_high_stands_beside_its_scheme() {
    let found = scored(&preset("consensus"), &[patient("p", &[20.0, 65.0, 5.0, 95.0])], TieRule::Mid);
    let score = nth_score(&found, 0);
    assert_eq!(score.class_in("two_class").expect("a class").class, "High");
    assert_eq!(score.class_in("three_class").expect("a class").class, "Intermediate");
}

#[test]
fn pitfall_6_the_mean_is_not_ranked_again() {
    let found = by_own_cohort(&cohort(97));
    for (score, profile) in found.scores().zip(found.profiles()) {
        let sum: f64 = profile.components.iter().filter_map(|it| it.percentile).map(Percentile::value).sum();
        assert!((score.score - sum / 4.0).abs() < 1e-9);
    }
    assert!(found.scores().all(|it| it.score > 1.0 && it.score < 99.0), "a mean reaches no end");
}

#[test]
fn pitfall_7_samples_pool_as_cells_over_tissue() {
    let table = "patient_id,sample_id,region,marker,n_cells,area_mm2\np,a,CT,CD3,100,0.5\np,b,CT,CD3,1000,10\n";
    for (pooling, expected) in [("pooled", 1100.0 / 10.5), ("mean", 150.0), ("max", 200.0), ("min", 100.0)] {
        let protocol = format!("file = \"one.toml\"\npooling = \"{pooling}\"");
        let workplace = study(table, &protocol, "none");
        workplace.write("one.toml", ONE_DENSITY);
        let said = workplace.finishes(&SCORE);
        assert!(said.contains("exit code 0"), "{said}");
        let found: f64 = first(&workplace, "scores", "score").parse().expect("a number");
        assert!((found - expected).abs() < 1e-9, "{pooling}: {found}");
    }
}

/// A protocol whose score is a density.
pub(super) const ONE_DENSITY: &str = r#"schema_version = 1
name = "cd3"
title = "Density of CD3"
citation = "none"
aggregator = "weighted_sum"
primary_scheme = "two_class"
[[components]]
marker = "CD3"
region = "CT"
[[schemes]]
name = "two_class"
label = "two"
classes = ["Low", "High"]
upper_ends = [100.0]
"#;

#[test]
fn pitfall_8_little_tissue_is_not_scored_and_said() {
    let table = "patient_id,region,marker,n_cells,area_mm2\np,CT,CD3,20,0.2\nq,CT,CD3,20,0.9\n";
    let workplace = study(table, "file = \"one.toml\"", "none");
    workplace.write("one.toml", ONE_DENSITY);
    workplace.finishes(&SCORE);
    assert_eq!(first(&workplace, "rejected", "reason"), "area_too_small");
    assert_eq!(first(&workplace, "scores", "patient_id"), "q");
}

#[test]
fn pitfall_9_densities_of_another_unit_are_refused() {
    for (values, unit) in [(["0.0001", "0.0004"], "per µm²"), (["90000", "250000"], "more than tissue can hold")] {
        let table = format!("patient_id,region,marker,cells_per_mm2\np,CT,CD3,{}\nq,CT,CD3,{}\n", values[0], values[1]);
        let workplace = study(&table, "file = \"one.toml\"", "none");
        workplace.write("one.toml", ONE_DENSITY);
        let said = workplace.refuses(&SCORE);
        assert!(said.contains(unit), "{said}");
    }
}

#[test]
fn pitfall_11_nothing_measured_is_not_zero_and_zero_is_measured() {
    let table = "patient_id,region,marker,cells_per_mm2\np,CT,CD3,\nq,CT,CD3,0\nr,CT,CD3,200\n";
    let workplace = study(table, "file = \"one.toml\"", "none");
    workplace.write("one.toml", ONE_DENSITY);
    workplace.finishes(&SCORE);
    assert_eq!(first(&workplace, "rejected", "patient_id"), "p");
    assert_eq!(
        (first(&workplace, "scores", "patient_id").as_str(), first(&workplace, "scores", "score").as_str()),
        ("q", "0")
    );
}

#[test]
fn pitfall_12_words_for_one_marker_and_region_are_one() {
    let table = "patient_id,region,marker,cells_per_mm2\np,tumour core,cd3e,200\n";
    let workplace = study(table, "file = \"one.toml\"", "none");
    workplace.write("one.toml", ONE_DENSITY);
    workplace.finishes(&SCORE);
    assert_eq!(first(&workplace, "scores", "score"), "200");
}

#[test]
fn pitfall_26_cells_of_adjacent_sections_are_never_subtracted() {
    // More CD8 than CD3 is remarked, and both densities stay what they are.
    let found = scored(&preset("consensus"), &[patient("p", &[20.0, 20.0, 65.0, 65.0])], TieRule::Mid);
    let profile = found.profiles().next().expect("a profile").components;
    assert_eq!((profile[0].value, profile[2].value), (Some(20.0), Some(65.0)));
    assert!(profile[2].flags.iter().any(|it| it.code() == "cd8_above_cd3"));
    assert_eq!(found.scored().count(), 1);
}

#[test]
fn pitfall_27_order_of_patients_and_threads_change_nothing() {
    let (patients, protocol) = (cohort(50), preset("consensus"));
    let mut reversed = patients.clone();
    reversed.reverse();
    let (one, other) = (scored(&protocol, &patients, TieRule::Mid), scored(&protocol, &reversed, TieRule::Mid));
    let mut scores: Vec<_> = other.scores().collect();
    scores.reverse();
    assert_eq!(one.scores().collect::<Vec<_>>(), scores);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let by_one = alone.install(|| scored(&protocol, &patients, TieRule::Mid));
    assert!(by_one.scores().eq(one.scores()));
}

/// Immune cells are no tumour cells: however many there are, 99 tumour cells are too few.
#[test]
fn fewer_than_100_viable_tumour_cells_of_a_combined_score() {
    let rows = |patient: &str, n: u32| {
        format!(
            "{patient},TUMOR,tumour cells,{n}\n{patient},TUMOR,PD-L1+ tumour cells,9\n{patient},TUMOR,PD-L1+ \
             lymphocytes,40\n{patient},TUMOR,PD-L1+ macrophages,20\n"
        )
    };
    let table = format!("patient_id,region,marker,n_cells\n{}{}", rows("p", 99), rows("q", 100));
    let workplace = study(&table, "preset = \"pd-l1-cps\"", "none");
    workplace.finishes(&SCORE);
    let rejected = workplace.read("out/rejected.tsv");
    assert!(
        rejected.contains("p\tscore\ttoo_few_cells\tPD-L1+ tumour cells TUMOR: 99 tumour cells\t100 or more"),
        "{rejected}"
    );
    assert!(!rejected.contains("q\t"), "{rejected}");
    let scores = workplace.read("out/scores.tsv");
    assert!(scores.lines().any(|it| it.starts_with("q\t") && it.contains("69")), "{scores}");
}
