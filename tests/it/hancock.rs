//! The HANCOCK cohort, from its density table to its statistics and its page.
//!
//! The data are not part of the project; see `../shared/data/README.md`, which also holds the expected numbers, from
//! R 4.2.2 and survival 3.5-3.

use std::path::Path;
use std::sync::OnceLock;

use contexture::survival::kaplan_meier::Quantile;

use crate::results::{Results, assert_near, cell, coefficient, scheme, shared_data};

/// Relative; for what is computed in one pass. Numbers printed with fewer digits are met to these digits.
const TOLERANCE: f64 = 1e-9;

/// Relative; for what R iterates, and stops when the likelihood has converged to 1e-9.
const ITERATED: f64 = 1e-8;

/// The study of the cohort, with what this test changes of its reference.
fn study(reference: &str) -> Option<String> {
    let folder = shared_data("hancock")?.display().to_string();
    let study = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/hancock.toml");
    let study = std::fs::read_to_string(study).expect("the study");
    let study = study.replace("../../shared/data/hancock", &folder);
    Some(study.replace("mode = \"self\"\n", &format!("mode = \"self\"\n{reference}\n")))
}

/// One run serves all tests that look at it.
fn results() -> Option<&'static Results> {
    static RESULTS: OnceLock<Option<Results>> = OnceLock::new();
    RESULTS.get_or_init(|| study("").map(|it| Results::of_text(&it))).as_ref()
}

/// How many patients of the table `scores` have each class.
fn sizes<const N: usize>(results: &Results, column: &str, classes: [&str; N]) -> [usize; N] {
    let rows = results.rows("scores.tsv");
    classes.map(|class| rows.iter().filter(|row| cell(row, column) == class).count())
}

const THREE: [&str; 3] = ["Low", "Intermediate", "High"];

#[test]
fn patients_fall_into_the_expected_classes() {
    let Some(results) = results() else { return };
    assert_eq!(sizes(results, "three_class", THREE), [119, 365, 155]);
    assert_eq!(sizes(results, "five_class", ["IS0", "IS1", "IS2", "IS3", "IS4"]), [29, 90, 365, 142, 13]);
    assert_eq!(sizes(results, "three_class_leq", THREE), [116, 366, 157]);
    let moved = |row: &&Vec<(String, String)>| cell(row, "three_class_mid") != cell(row, "three_class_leq");
    assert_eq!(results.rows("scores.tsv").iter().filter(moved).count(), 5);
    let rejected = results.rows("rejected.tsv");
    let mut patients: Vec<&str> = rejected.iter().map(|it| cell(it, "patient_id")).collect();
    patients.dedup();
    assert_eq!(patients.len(), 736 - 639);
}

#[test]
fn a_reference_of_all_values_and_the_rule_leq_move_patients() {
    let Some(all_values) = study("built_from = \"all_values\"") else { return };
    assert_eq!(sizes(&Results::of_text(&all_values), "three_class", THREE), [117, 369, 153]);
    let leq = study("tie_rule = \"leq\"").expect("the data are there");
    assert_eq!(sizes(&Results::of_text(&leq), "three_class", THREE), [116, 366, 157]);
}

#[test]
fn classes_differ_in_overall_survival() {
    let Some(results) = results() else { return };
    let by_class = scheme(results.endpoint("os"), "three_class");
    assert_eq!(by_class.log_rank.n, [119, 365, 155]);
    assert_eq!(by_class.log_rank.observed, [45, 95, 32]);
    assert_near(by_class.log_rank.chi_square, 9.999_512_686_74, TOLERANCE);
    assert_near(by_class.log_rank.p_value, 0.006_739_588_944_59, TOLERANCE);
    assert_near(by_class.trend.map(|it| it.chi_square), 9.274_555_556_75, TOLERANCE);
}

#[test]
fn five_year_survival_and_medians_by_class() {
    let Some(results) = results() else { return };
    let endpoint = results.endpoint("os");
    let groups = &scheme(endpoint, "three_class").groups;
    for (group, survival, lower, upper, n_risk) in [
        (&groups[0], 0.609_868_032_0, 0.497_030_193_0, 0.704_833_032_6, 35),
        (&groups[1], 0.721_035_206_2, 0.662_001_464_3, 0.771_563_423_2, 115),
        (&groups[2], 0.789_692_609_3, 0.706_626_095_9, 0.851_682_404_8, 61),
    ] {
        let at = group.survival_at.iter().find(|it| (it.years - 5.0).abs() < 1e-12).expect("five years");
        assert_eq!(at.n_risk, n_risk);
        assert_near(at.survival, survival, TOLERANCE);
        assert_near(at.lower, lower, TOLERANCE);
        assert_near(at.upper, upper, TOLERANCE);
    }
    let quantile = |estimate, lower, upper| Quantile { estimate, lower, upper };
    assert_eq!(groups[0].median, quantile(Some(2474.0), Some(1782.0), Some(3760.0)));
    assert_eq!(groups[1].median, quantile(Some(3766.0), Some(3072.0), None));
    assert_eq!(groups[2].median.estimate, None);
    assert_eq!(endpoint.median_follow_up, quantile(Some(1720.0), Some(1617.0), Some(1835.0)));
}

#[test]
fn hazard_ratios_by_class() {
    let Some(results) = results() else { return };
    let model = scheme(results.endpoint("os"), "three_class").cox.as_ref().expect("a model");
    for (class, hazard_ratio, lower, upper) in [
        ("Intermediate", 0.659_067_950_2, 0.462_168_222_8, 0.939_853_805_5),
        ("High", 0.497_987_029_8, 0.316_377_260_1, 0.783_846_101_1),
    ] {
        let found = coefficient(model, "three_class", class);
        assert_near(found.hazard_ratio, hazard_ratio, ITERATED);
        assert_near(found.lower, lower, ITERATED);
        assert_near(found.upper, upper, ITERATED);
    }
    let concordance = model.concordance.as_ref().expect("pairs");
    assert_near(concordance.concordance, 0.547_869_347_63, TOLERANCE);
    assert_near(concordance.std_err, 0.021_951_917_72, TOLERANCE);
}

#[test]
fn hazard_ratio_of_the_score() {
    let Some(results) = results() else { return };
    let by_score = &results.endpoint("os").by_score;
    let model = by_score.cox.as_ref().expect("a model");
    let found = &model.coefficients[0];
    assert_near(found.log_hazard_ratio, -0.103_312_782, ITERATED);
    assert_near(found.std_err, 0.031_273_891_19, ITERATED);
    assert_near(found.hazard_ratio, 0.901_844_848_5, ITERATED);
    assert_near(found.lower, 0.848_225_734_4, ITERATED);
    assert_near(found.upper, 0.958_853_401_6, ITERATED);
    assert_near(model.concordance.as_ref().and_then(|it| it.concordance), 0.560_166_128_7, TOLERANCE);
    // R's `concordance` of the sums of ranks, which are whole numbers, so that equal scores are equal.
    assert_near(by_score.concordance.concordance, 0.560_158_725_458_260_5, TOLERANCE);
    // Printed with six digits.
    let proportional = by_score.proportional_hazards.as_ref().and_then(|it| it.global);
    assert_near(proportional.map(|it| it.chi_square), 1.768_43, 5e-6);
}

#[test]
fn patients_without_time_at_risk_are_excluded_from_relapse_free_survival() {
    let Some(results) = results() else { return };
    let endpoint = results.endpoint("rfs");
    assert_eq!(endpoint.n, 628);
    assert_near(scheme(endpoint, "three_class").log_rank.chi_square, 14.836_485_972_4, TOLERANCE);
    let excluded = results.rows("excluded.tsv");
    let not_positive = excluded.iter().filter(|it| cell(it, "reason") == "time_not_positive").count();
    assert_eq!(not_positive, 11);
}

#[test]
fn the_score_adds_no_discrimination_to_clinical_variables() {
    let Some(results) = results() else { return };
    let model = &results.endpoint("os").models[0];
    assert_eq!((model.n, model.n_incomplete), (639, 0));
    let (without, with) = (model.without_score.as_ref().expect("a model"), model.with_score.as_ref().expect("a model"));
    let score = coefficient(with, "score per 10 points", "score per 10 points");
    assert_near(score.log_hazard_ratio, -0.066_040_417_89, ITERATED);
    assert_near(score.std_err, 0.033_488_675_918, ITERATED);
    // Printed with three and six digits.
    assert_near(score.p_value, 0.0486, 1e-3);
    let added = model.added_by_score.expect("a test");
    assert_eq!(added.degrees_of_freedom, 1);
    assert_near(added.chi_square, 3.949_91, 2e-6);
    let concordance = |it: &contexture::survival::cox::CoxModel| it.concordance.as_ref().and_then(|it| it.concordance);
    assert_near(concordance(without), 0.647_405_904_8, TOLERANCE);
    assert_near(concordance(with), 0.646_302_822_1, TOLERANCE);
}

/// What a reader of the page sees; an en dash stands between the ends of an interval.
#[test]
fn the_page_shows_these_numbers() {
    let Some(results) = results() else { return };
    let page = results.text("cohort.html");
    let text = page.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ");
    for shown in [
        "0.66 (0.46–0.94)",
        "0.50 (0.32–0.78)",
        "0.90 (0.85–0.96)",
        "61.0 % (49.7–70.5)",
        "79.0 % (70.7–85.2)",
        "2474 days (1782–3760)",
        "3766 days (3072–not reached)",
        "1720 days (1617–1835)",
        "0.0067",
        "0.0006",
        "Exploratory",
        "the score adds no discrimination here",
        "Research use only",
    ] {
        assert!(text.contains(shown), "the page does not say '{shown}'");
    }
    assert!(!page.contains("http://") || page.matches("http://").count() == page.matches("http://www.w3.org/").count());
}
