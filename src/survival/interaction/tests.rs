use super::*;

const N: usize = 120;

fn treated() -> Vec<f64> {
    (0..N).map(|it| f64::from(u8::from(it % 2 == 1))).collect()
}

fn codes() -> Vec<usize> {
    (0..N).map(|it| it / 2 % 3).collect()
}

fn number() -> Vec<f64> {
    (0..N).map(|it| (it * 37 % 101) as f64).collect()
}

fn cohort() -> Cohort {
    let times: Vec<f64> = (0..N)
        .map(|it| {
            let benefit = if it % 2 == 1 { 30.0 * codes()[it] as f64 } else { 10.0 };
            1.0 + (it * 53 % 89) as f64 + benefit
        })
        .collect();
    let events: Vec<bool> = (0..N).map(|it| it % 7 != 0).collect();
    Cohort::from_columns(&times, &events).unwrap()
}

fn classes(reference: usize) -> Marker {
    let levels = ["low", "middle", "high"].map(str::to_owned).to_vec();
    Marker::Classes { name: "class".to_owned(), levels, reference, codes: codes() }
}

fn estimate_of(marker: &Marker) -> Interaction {
    estimate(&cohort(), &Term::numeric("treated", treated()), marker, &Design::default(), None).unwrap()
}

/// The effect in a class is the coefficient of the treatment once that class is the reference.
#[test]
fn the_effect_in_a_class_is_that_of_a_model_with_the_class_as_reference() {
    let found = estimate_of(&classes(1));
    assert_eq!(found.effects.len(), 3);
    for (class, effect) in found.effects.iter().enumerate() {
        let model = estimate_of(&classes(class)).model.unwrap();
        let of_treatment = &model.coefficients[0];
        let near = |found: Option<f64>, expected: Option<f64>| {
            assert!((found.unwrap() / expected.unwrap() - 1.0).abs() < 1e-8, "{class}");
        };
        near(effect.log_hazard_ratio, of_treatment.log_hazard_ratio);
        near(effect.std_err, of_treatment.std_err);
        near(effect.lower, of_treatment.lower);
        near(effect.upper, of_treatment.upper);
        near(effect.p_value, of_treatment.p_value);
        assert_eq!(effect.n, Some(N / 3));
        assert_eq!(effect.marker_value, None);
    }
}

#[test]
fn the_effect_at_a_value_is_that_of_a_model_with_the_marker_moved_there() {
    let marker = |shift: f64, at: &[f64]| Marker::Numeric {
        name: "number".to_owned(),
        values: number().iter().map(|it| it - shift).collect(),
        at: at.to_vec(),
    };
    let found = estimate_of(&marker(0.0, &[0.0, 40.0, 90.0]));
    for (effect, at) in found.effects.iter().zip([0.0, 40.0, 90.0]) {
        let model = estimate_of(&marker(at, &[])).model.unwrap();
        let of_treatment = &model.coefficients[0];
        assert!((effect.log_hazard_ratio.unwrap() - of_treatment.log_hazard_ratio.unwrap()).abs() < 1e-9);
        assert!((effect.std_err.unwrap() - of_treatment.std_err.unwrap()).abs() < 1e-9);
        assert_eq!(effect.marker_value, Some(at));
    }
    let product = &found.products[0];
    assert!((product.z.unwrap().powi(2) - found.predictive_wald.unwrap().chi_square).abs() < 1e-9);
}

#[test]
fn the_tests_are_those_of_models_made_by_hand() {
    let found = estimate_of(&classes(0));
    let levels = ["low", "middle", "high"].map(str::to_owned);
    let (treatment, class) =
        (Term::numeric("treated", treated()), Term::factor("class", &levels, 0, &codes()).unwrap());
    let fit = |terms: Vec<Term>| cox::fit(&cohort(), &Design::new(terms), None).unwrap().log_likelihood;
    // Six groups, one baseline: the model with products has a hazard of its own in each.
    let cells: Vec<usize> = (0..N).map(|it| codes()[it] * 2 + it % 2).collect();
    let names: Vec<String> = (0..6).map(|it| it.to_string()).collect();
    let saturated = fit(vec![Term::factor("cell", &names, 0, &cells).unwrap()]);
    let additive = fit(vec![treatment.clone(), class]);
    assert!((found.predictive.unwrap().chi_square - 2.0 * (saturated - additive)).abs() < 1e-8);
    assert!((found.prognostic.unwrap().chi_square - 2.0 * (additive - fit(vec![treatment]))).abs() < 1e-8);
    assert_eq!(found.predictive.unwrap().degrees_of_freedom, 2);
    assert_eq!(found.role, Some(MarkerRole::Predictive));
}

#[test]
fn each_arm_but_the_control_has_its_effects() {
    let arms = ["control", "a", "b"].map(str::to_owned);
    let codes: Vec<usize> = (0..N).map(|it| it * 5 % 7 % 3).collect();
    let treatment = Term::factor("arm", &arms, 0, &codes).unwrap();
    let found = estimate(&cohort(), &treatment, &classes(0), &Design::default(), None).unwrap();
    assert_eq!(found.products.len(), 4);
    let names: Vec<_> = found.effects.iter().map(|it| (it.treatment.as_str(), it.marker.as_str())).collect();
    assert_eq!(names, [("a", "low"), ("b", "low"), ("a", "middle"), ("b", "middle"), ("a", "high"), ("b", "high")]);
    assert!(found.effects.iter().all(|it| it.lower < it.hazard_ratio && it.hazard_ratio < it.upper));
}

#[test]
fn an_empty_class_has_no_effect_and_changes_no_other() {
    let levels = ["low", "middle", "high", "none"].map(str::to_owned).to_vec();
    let marker = Marker::Classes { name: "class".to_owned(), levels, reference: 0, codes: codes() };
    let (found, without) = (estimate_of(&marker), estimate_of(&classes(0)));
    assert_eq!((found.effects[3].n, found.effects[3].hazard_ratio), (Some(0), None));
    assert_eq!(found.effects[2], without.effects[2]);
    assert_eq!(found.predictive, without.predictive);
}

#[test]
fn without_events_nothing_is_said() {
    let censored = cohort().with_events(|_| false);
    let treatment = Term::numeric("treated", treated());
    let found = estimate(&censored, &treatment, &classes(0), &Design::default(), None).unwrap();
    assert_eq!((found.predictive, found.prognostic, found.role), (None, None, None));
    assert!(found.effects.iter().all(|it| it.hazard_ratio.is_none() && it.n_events == Some(0)));
}

#[test]
fn columns_of_unequal_length_and_wrong_values_are_refused() {
    let (cohort, none) = (cohort(), Design::default());
    let short = Term::numeric("treated", vec![1.0; 5]);
    assert!(matches!(estimate(&cohort, &short, &classes(0), &none, None), Err(Error::UnequalLengths { .. })));
    let treatment = Term::numeric("treated", treated());
    assert!(matches!(estimate(&cohort, &treatment, &classes(3), &none, None), Err(Error::OutOfRange { .. })));
    let marker = Marker::Numeric { name: "number".to_owned(), values: number(), at: vec![f64::NAN] };
    assert!(matches!(estimate(&cohort, &treatment, &marker, &none, None), Err(Error::OutOfRange { .. })));
}
