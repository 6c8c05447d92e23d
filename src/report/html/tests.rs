use std::collections::BTreeMap;

use super::*;
use crate::model::{Component, Marker, Region};
use crate::protocol::{AxesFile, AxisSign, Measure, Protocol};
use crate::report::example::{Example, HOSTILE_ID};
use crate::report::figures::{bland_altman, draw_all};
use crate::report::patient::PatientReport;
use crate::report::{PatientReports, page_file_stem};
use crate::score::comparison::{Comparison, ComparisonSettings, Measured, Readings, compare};
use crate::score::contexture::{
    ComponentStandard, Contexture, ContextureRecord, MarkerProfile, NoPercentile, PatientContexture, Standard,
};
use crate::survival::cutpoint::markers::MarkerOutcome;

fn cohort_page(example: &Example) -> String {
    let report = example.report();
    cohort::render(&report, &draw_all(&report))
}

fn patient_report(example: &Example, patient_id: &str) -> PatientReport {
    let profile = example.profiles.iter().find(|it| it.patient_id == patient_id).expect("the patient was read");
    PatientReports::new(example.report()).of(profile)
}

fn patient_page(example: &Example, patient_id: &str) -> String {
    patient::render(&patient_report(example, patient_id), &example.protocol, example.contexture.as_ref())
}

/// Every element that is opened is closed, in the right order.
fn assert_well_formed(page: &str) {
    const VOID: [&str; 5] = ["meta", "!DOCTYPE", "br", "hr", "?xml"];
    let style = page.find("<style>").zip(page.find("</style>")).expect("a page has its style");
    let mut open: Vec<&str> = Vec::new();
    for (at, piece) in page.match_indices('<').map(|(at, _)| (at, &page[at + 1..])) {
        if (style.0 + 1..style.1).contains(&at) {
            continue;
        }
        let tag = &piece[..piece.find('>').expect("a tag ends")];
        let name = tag.split_whitespace().next().unwrap_or_default();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "…{}", &page[at.saturating_sub(80)..at]);
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn an_identifier_is_never_markup() {
    let example = Example::new(60);
    for page in [cohort_page(&example), patient_page(&example, HOSTILE_ID)] {
        assert!(page.contains("alert("), "the patient is on the page");
        assert!(!page.contains("<script"), "but not as a script");
        assert_well_formed(&page);
    }
}

#[test]
fn a_page_needs_no_network_and_no_script() {
    let example = Example::new(60);
    for page in [cohort_page(&example), patient_page(&example, "P0000")] {
        let page = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for wrong in ["http://", "https://", "src=", "url(", "@import", "<link", "onload"] {
            assert!(!page.contains(wrong), "'{wrong}'");
        }
        assert!(page.contains("<html lang=\"en\">") && page.contains("<meta name=\"viewport\""));
    }
}

#[test]
fn the_list_links_to_the_page_of_every_patient_read() {
    let example = Example::new(60);
    let page = cohort_page(&example);
    for profile in &example.profiles {
        let href = format!("href=\"patients/{}.html\"", page_file_stem(&profile.patient_id));
        assert!(page.contains(&href), "{href}");
    }
}

#[test]
fn every_page_says_what_it_is_not() {
    let example = Example::new(60);
    let exploratory = "percentiles are ranks within this cohort";
    for page in [cohort_page(&example), patient_page(&example, "P0000"), patient_page(&example, "P0016")] {
        assert!(page.contains("Research use only.") && page.contains("not the commercial"));
        assert!(page.contains(exploratory), "the reference is the cohort itself");
    }
}

#[test]
fn a_rejected_patient_has_a_page_with_reasons_and_what_can_be_done() {
    let example = Example::new(60);
    let page = patient_page(&example, "P0016");
    assert!(page.contains("Why there is no score") && page.contains("a component of the score was not measured"));
    assert!(page.contains("Stain or annotate the missing region"));
    assert_well_formed(&page);
}

#[test]
fn a_patient_page_says_what_the_class_experienced_and_that_it_is_no_forecast() {
    let example = Example::new(150);
    let page = patient_page(&example, &example.scores[0].patient_id);
    assert!(page.contains("Overall survival") && page.contains("This describes a group, not this person"));
    let report = patient_report(&example, &example.scores[0].patient_id);
    let class = &example.scores[0].class_in("three_class").unwrap().class;
    assert!(report.class_outcomes.iter().all(|it| it.class == *class && it.scheme == "three_class"));
    assert_eq!(report.class_outcomes.len(), 2);
}

#[test]
fn a_partial_score_has_its_label_and_no_outcomes() {
    let mut example = Example::new(150);
    (example.scores[0].n_components, example.scores[0].near_cut) = (3, Some(true));
    let page = patient_page(&example, &example.scores[0].patient_id);
    assert!(page.contains("partial score (3 of 4 components)"));
    assert!(page.contains("A partial score has no class") && !page.contains("Class in each scheme"));
    assert!(!page.contains("Near a cut") && !page.contains("The nearest cut"));
    assert!(page.contains("A partial score is not compared with the outcomes of full scores."));
    assert_eq!(example.report().full_scores().count() + 1, example.scores.len());
}

#[test]
fn a_study_without_a_clinical_table_says_so() {
    let mut example = Example::new(60);
    example.statistics = None;
    let page = cohort_page(&example);
    assert!(page.contains("Survival was not analysed"));
    assert!(!page.contains("Log-rank"));
    assert_well_formed(&page);
}

#[test]
fn a_score_that_adds_nothing_is_said_to_add_nothing() {
    let mut example = Example::new(150);
    let model = &mut example.statistics.as_mut().unwrap().endpoints[0].models[0];
    let without = model.without_score.as_mut().and_then(|it| it.concordance.as_mut()).unwrap();
    without.concordance = Some(0.99);
    assert!(cohort_page(&example).contains("the score adds no discrimination here: concordance 0.990 without it"));
}

#[test]
fn what_cannot_be_estimated_is_said_and_the_rest_of_the_page_stays() {
    let mut example = Example::new(60);
    for endpoint in &mut example.statistics.as_mut().unwrap().endpoints {
        endpoint.by_score.cox = None;
        for by_class in &mut endpoint.by_class {
            by_class.cox = None;
            (by_class.log_rank.chi_square, by_class.log_rank.p_value) = (None, None);
        }
        let model = &mut endpoint.models[0];
        (model.with_score, model.without_score, model.added_by_score) = (None, None, None);
    }
    let page = cohort_page(&example);
    assert!(page.contains("The hazard along the score cannot be estimated."));
    assert!(page.contains("What the score adds cannot be tested here"));
    assert_well_formed(&page);
}

#[test]
fn an_analysis_has_a_section_with_what_it_asked_for() {
    let page = cohort_page(&Example::new(150));
    let start = page.find("<section id=\"analysis-by_stage\"").expect("a section");
    let section = &page[start..start + page[start..].find("</section>").expect("its end")];
    assert!(page.contains("<a href=\"#analysis-by_stage\">Death of the disease</a>"), "it stands in the contents");
    for part in [
        "<h3>By stage &#38; &#60;b&#62;grade&#60;/b&#62;/</h3>",
        "<h3>By half</h3>",
        "Test (log-rank)",
        "Test (Fleming-Harrington (0, 1))",
        "Test (max-combo)",
        "upper less lower",
        "The same beside model age",
        "Pairs of classes (log-rank)",
        "Hazard ratios in model both",
        "age other than a straight line",
        "Shrunken hazard ratios: elastic net",
        "a ridge penalty, theta 5",
        "Effect of half differs along age",
        "both against age",
        "stage &#38; &#60;b&#62;grade&#60;/b&#62;/: 2 vs 1",
        "<th scope=\"col\" class=\"n\">AUC (95 % CI)</th>",
        "Decisions on the predicted risk",
        "Change of predicted risks",
        "C with the penalty, corrected for optimism",
        "One cut a column",
        "Two cuts a column",
        "Share with each event, all rows",
        "Fine and Gray’s model of both",
        "tables/by_stage/",
    ] {
        assert!(section.contains(part), "{part}");
    }
    assert_eq!(section.matches("<figure").count(), 2, "curves for each column");
    assert_well_formed(&page);
}

#[test]
fn a_searched_cut_has_no_uncorrected_p_value_on_the_page() {
    let mut example = Example::new(150);
    let analysis = &mut example.statistics.as_mut().expect("statistics").analyses[0];
    let cutpoints = analysis.cutpoints.as_mut().expect("cut-points");
    let MarkerOutcome::Searched { search, among_markers, .. } = &mut cutpoints.columns[0].outcome else {
        panic!("a column that was searched");
    };
    (search.permutation.p_value, among_markers.p_value) = (0.123, 0.456);
    search.effect.not_to_be_reported = Some(7.77);
    let page = cohort_page(&example);
    assert!(page.contains("0.123") && page.contains("0.456"));
    assert!(!page.contains("7.77"));
}

#[test]
fn a_score_beside_a_cut_is_not_said_to_lie_on_it() {
    let mut example = Example::new(150);
    (example.scores[0].near_cut, example.scores[0].distance_to_cut) = (Some(true), Some(0.039));
    let page = patient_page(&example, &example.scores[0].patient_id);
    assert!(page.contains("The nearest cut is less than 0.1 points away.") && !page.contains("0.0 points"));
    assert!(page.contains("Near a cut (less than 0.1 points to the nearest)."));
}

#[test]
fn a_page_without_counts_has_no_word_of_intervals_by_counts() {
    let example = Example::new(60);
    let mut report = patient_report(&example, &example.scores[0].patient_id);
    let shown = |report: &PatientReport| {
        let page = patient::render(report, &example.protocol, None);
        (page.contains("exact Poisson"), page.contains(">95 % interval</th>"))
    };
    assert_eq!(shown(&report), (true, true));
    report.components.iter_mut().for_each(|it| (it.value_lower, it.value_upper) = (None, None));
    assert_eq!(shown(&report), (false, false));
}

#[test]
fn a_ratio_below_0_has_true_minus_signs_its_unit_and_its_offset() {
    let example = Example::new(60);
    let mut report = patient_report(&example, &example.scores[0].patient_id);
    report.ratio_offset = Some(0.123_456);
    let score = report.score.as_mut().expect("a score");
    (score.score, score.distance_to_cut, score.near_cut) = (-1.3, Some(1.3), Some(true));
    (score.score_lower, score.score_upper) = (Some(-1.72), Some(-0.91));
    let page = patient::render(&report, &Protocol::preset("ratio-cd8-foxp3").expect("a preset"), None);
    for part in [
        "95\u{a0}% interval \u{2212}1.7 to \u{2212}0.9",
        "is \u{2212}1.3: the binary logarithm",
        "The nearest cut is 1.3 log₂ units away.",
        "(1.3 log₂ units to the nearest)",
        "0.1235 cells/mm², half the smallest value above 0",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn pages_stay_small() {
    let example = Example::new(300);
    assert!(cohort_page(&example).len() < 700_000);
    assert!(patient_page(&example, "P0000").len() < 60_000);
}

/// A density, and a grade, of patients with a hostile id by raters with hostile names.
fn raters(densities: &[[f64; 2]]) -> Comparison {
    let patients: Vec<String> = (0..densities.len()).map(|it| format!("{HOSTILE_ID}{it}")).collect();
    let rater = |at: usize| {
        let measured = |measure, value: fn(f64) -> f64| {
            let values = patients.iter().zip(densities).map(|(id, it)| (id.clone(), value(it[at]))).collect();
            Measured { measure, values, unusable: BTreeMap::new() }
        };
        let component = |marker: &str| Component::new(Marker::from(marker), Region::from("</td>"));
        let components = [
            (component("<b>CD3"), measured(Measure::Density, |it| it)),
            (component("grade"), measured(Measure::Grade, |it| if it > 100.0 { 1.0 } else { 0.0 })),
        ];
        let label = ["<script>alert(1)</script>", "</style>\"b\""][at].to_owned();
        Readings { label, patients: patients.iter().cloned().collect(), components: components.into(), scored: None }
    };
    let settings = ComparisonSettings { without_rater: vec![HOSTILE_ID.to_owned()], ..ComparisonSettings::default() };
    compare(&[rater(0), rater(1)], settings).expect("patients in common")
}

#[test]
fn a_page_of_agreement_is_sound_whatever_raters_are_called_and_measured() {
    let usual = [[10.0, 12.0], [200.0, 180.0], [0.0, 5.0], [90.0, 400.0], [700.0, 650.0]];
    for densities in
        [&usual[..], &[[0.0, 0.0]; 4], &[[7.0, 7.0]; 4], &usual[..1], &[[1e-9, 1e9], [3.0, 4.0], [5.0, 5.0]]]
    {
        let found = raters(densities);
        let figures = bland_altman::draw_all(&found);
        let page = self::comparison::render(&found.report, &figures);
        assert_well_formed(&page);
        for wrong in ["<script", "NaN", "\"inf", "<b>CD3"] {
            assert!(!page.contains(wrong), "'{wrong}' of {densities:?}");
        }
        assert!(page.contains("A correlation alone is no agreement"));
    }
    assert!(bland_altman::draw_all(&raters(&[[0.0, 0.0]; 4]))[0][0].is_none(), "zeros have no ratio to draw");
}

#[test]
fn a_contexture_without_any_percentile_says_so() {
    let mut example = Example::new(60);
    let axes = AxesFile::bundled().resolve(None, None).unwrap();
    let component = Component::new(Marker::from("CD163"), Region::from("CT"));
    let marker = MarkerProfile {
        component: component.clone(),
        measure: Measure::Density,
        sign: AxisSign::Negative,
        n_samples: 1,
        n_cells: None,
        area_mm2: None,
        value: Some(12.0),
        value_lower: None,
        value_upper: None,
        percentile: None,
        no_percentile: Some(NoPercentile::NotInReference),
        flags: Vec::new(),
    };
    let profile = PatientContexture::of_markers("P0000".to_owned(), vec![marker], &axes);
    let standard = ComponentStandard {
        component,
        measure: Measure::Density,
        standard: Standard::None,
        n: None,
        share_of_zeros: None,
        is_constant: false,
    };
    let record = ContextureRecord {
        schema_version: 1,
        axes,
        components: vec![standard],
        own_reference: None,
        covariates: Vec::new(),
        change: None,
    };
    example.contexture = Some(Contexture { record, patients: vec![profile], changes: Vec::new() });
    let page = patient_page(&example, "P0000");
    assert!(page.contains("No marker of the axes has a percentile") && page.contains("the reference does not hold it"));
    let unmeasured = page.split("No marker measured: ").nth(1).and_then(|it| it.split(".</p>").next()).expect("a line");
    assert!(unmeasured.contains("; NK and NKT cells; Macrophages, ▲\u{a0}positive"), "{unmeasured}");
    assert!(!unmeasured.contains("▼"), "CD163 was measured: {unmeasured}");
    assert!(!page.contains("0 of ") && page.contains("1 of "), "axes without a marker have no row");
    assert!(page.contains("One row for each marker and region</span>"), "no marker has an interval");
    assert!(!patient_page(&example, "P0001").contains("Immune contexture"), "P0001 is not in it");
    assert_well_formed(&page);
    assert_well_formed(&cohort_page(&example));
}
