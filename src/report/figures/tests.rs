use super::*;
use crate::report::example::Example;
use crate::stratify::EndpointStatistics;
use crate::survival::cox::{CoefficientState, CoxModel};
use crate::survival::kaplan_meier::Quantile;

/// Text that is no number, or markup that was not escaped.
fn assert_sound(figure: &Figure) {
    let Figure { name, svg, .. } = figure;
    for wrong in ["NaN", "\"inf", "\"-inf", " inf", "<script", "<b>"] {
        assert!(!svg.contains(wrong), "{name} holds '{wrong}'");
    }
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "), "{name} is a file of its own");
    assert!(svg.contains("<title ") && svg.contains("<desc ") && svg.ends_with("</svg>\n"), "{name}");
    assert_eq!(svg.matches("<text ").count(), svg.matches("</text>").count(), "{name}");
    assert!(!svg.contains("href") && !svg.contains("url("), "{name} needs no other file");
}

/// The endpoint as it is if nobody can be analysed.
fn emptied(endpoint: &EndpointStatistics) -> EndpointStatistics {
    let mut empty = endpoint.clone();
    (empty.n, empty.n_events) = (0, 0);
    empty.models.clear();
    empty.by_score.cox = None;
    empty.by_score.proportional_hazards = None;
    for by_class in &mut empty.by_class {
        (by_class.cox, by_class.trend, by_class.proportional_hazards) = (None, None, None);
        (by_class.log_rank.chi_square, by_class.log_rank.p_value) = (None, None);
        for group in &mut by_class.groups {
            (group.n, group.n_events) = (0, 0);
            group.curve.steps.clear();
            group.median = Quantile { estimate: None, lower: None, upper: None };
        }
    }
    empty
}

#[test]
fn every_figure_of_a_cohort_is_sound_and_has_a_name_of_its_own() {
    let example = Example::new(150);
    let figures = draw_all(&example.report());
    let mut names: Vec<&str> = figures.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names[..3], ["flow", "score_distribution", "percentile_heatmap"]);
    assert!(names.contains(&"kaplan_meier_os_three_class") && names.contains(&"forest_rfs"), "{names:?}");
    assert!(names.contains(&"analysis_by_stage.half"), "{names:?}");
    figures.iter().for_each(assert_sound);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), figures.len());
}

#[test]
fn the_same_cohort_gives_the_same_bytes() {
    let (one, other) = (Example::new(60), Example::new(60));
    assert_eq!(draw_all(&one.report()), draw_all(&other.report()));
}

#[test]
fn names_out_of_a_protocol_are_no_markup() {
    let mut example = Example::new(60);
    for scheme in &mut example.protocol.schemes {
        scheme.label = "<script>1</script>".to_owned();
        scheme.classes[0] = "<b>\"Low\" & 'cold'".to_owned();
    }
    draw_all(&example.report()).iter().for_each(assert_sound);
    let figure = ruler::draw(Some(&example.scores[0]), &example.profiles[0].components, &example.protocol);
    assert_sound(&figure);
}

#[test]
fn an_endpoint_without_patients_still_has_figures() {
    let example = Example::new(60);
    let endpoint = emptied(&example.statistics.as_ref().unwrap().endpoints[0]);
    let curves = kaplan_meier::draw(&endpoint, &endpoint.by_class[0]);
    assert_sound(&curves);
    assert!(curves.svg.contains("fewer than two classes with patients and events"));
    assert!(!curves.svg.contains("<path"), "there is no curve");
    assert_sound(&forest::draw(&endpoint));
}

#[test]
fn a_class_without_patients_has_a_row_and_no_curve() {
    let example = Example::new(60);
    let mut endpoint = example.statistics.as_ref().unwrap().endpoints[0].clone();
    let n_paths = |endpoint: &EndpointStatistics| {
        kaplan_meier::draw(endpoint, &endpoint.by_class[0]).svg.matches("stroke-width=\"2.0\"").count()
    };
    let before = n_paths(&endpoint);
    let group = &mut endpoint.by_class[0].groups[1];
    (group.n, group.n_events) = (0, 0);
    group.curve.steps.clear();
    assert_eq!(n_paths(&endpoint) + 1, before);
    let svg = kaplan_meier::draw(&endpoint, &endpoint.by_class[0]).svg;
    assert!(svg.contains("Intermediate (n = 0, 0 events)"), "{svg}");
}

#[test]
fn a_coefficient_without_an_estimate_is_said_in_words_and_not_drawn() {
    let example = Example::new(150);
    let endpoint = &example.statistics.as_ref().unwrap().endpoints[0];
    let adjusted: Vec<&CoxModel> =
        endpoint.models[0].without_score.iter().chain(&endpoint.models[0].with_score).collect();
    let separated =
        adjusted.iter().flat_map(|it| &it.coefficients).filter(|it| it.state == CoefficientState::Separated);
    let n_separated = separated.count();
    assert_eq!(n_separated, 2, "stage I has no events, in both models");

    let svg = forest::draw(endpoint).svg;
    assert_eq!(svg.matches("not estimable (separates events)</text>").count(), n_separated);
    let coefficients = || adjusted.iter().flat_map(|it| &it.coefficients).chain(&alone(endpoint).coefficients);
    let n_estimated = coefficients().filter(|it| it.state == CoefficientState::Estimated).count();
    let n_squares = svg.matches("width=\"8\" height=\"8\"").count();
    let n_of_classes = endpoint.by_class[0].groups.len();
    assert_eq!(n_squares, n_estimated + n_of_classes, "the estimates, and the classes with their reference");
}

fn alone(endpoint: &EndpointStatistics) -> &CoxModel {
    endpoint.by_score.cox.as_ref().expect("the score can be estimated")
}

#[test]
fn the_bars_hold_every_full_score_and_a_score_on_an_edge_counts_below_it() {
    let mut example = Example::new(60);
    let n_full = example.report().full_scores().count();
    assert_eq!(score_distribution::bins(&example.report()).iter().map(|it| it.n).sum::<usize>(), n_full);

    example.scores.truncate(3);
    for (score, value) in example.scores.iter_mut().zip([0.0, 25.0, 100.0]) {
        score.score = value;
    }
    let bins = score_distribution::bins(&example.report());
    let filled: Vec<f64> = bins.iter().filter(|it| it.n > 0).map(|it| it.upper).collect();
    assert_eq!(filled, [5.0, 25.0, 100.0]);
}

#[test]
fn a_heat_map_of_two_thousand_patients_is_no_large_file() {
    let mut example = Example::new(100);
    let (scores, profiles) = (example.scores.clone(), example.profiles.clone());
    for copy in 1..20 {
        let renamed = |id: &str| format!("{id}-{copy}");
        example.scores.extend(scores.iter().cloned().map(|mut it| {
            it.patient_id = renamed(&it.patient_id);
            it
        }));
        example.profiles.extend(profiles.iter().cloned().map(|mut it| {
            it.patient_id = renamed(&it.patient_id);
            it
        }));
    }
    let figure = heatmap::draw(&example.report());
    assert_sound(&figure);
    assert!(figure.svg.len() < 300_000, "{} bytes", figure.svg.len());
}

#[test]
fn a_patient_without_a_score_has_a_ruler_without_one() {
    let example = Example::new(60);
    let rejected = &example.rejected[0].patient_id;
    let profile = example.profiles.iter().find(|it| it.patient_id == *rejected).unwrap();
    let figure = ruler::draw(None, &profile.components, &example.protocol);
    assert_sound(&figure);
    assert!(figure.svg.contains("not measured or not usable"));
    assert!(!figure.caption.contains("Vertical line"));
}
