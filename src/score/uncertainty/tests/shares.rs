use super::*;

/// A combined positive score of this, of so many tumour cells: a third of the cells are tumour cells, a third lymphocytes, a third
/// macrophages. All rest on the count of tumour cells.
///
/// Returns the share of patients whose interval holds it.
fn covered_score(truth: f64, n_tumour_cells: f64) -> f64 {
    let mut random = generator(5, "truth");
    let each = truth / 100.0 * n_tumour_cells / 3.0;
    let poisson = [each, n_tumour_cells - each, each, each].map(|it| rand_distr::Poisson::new(it).unwrap());
    let covered = (0..PATIENTS).filter(|patient| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let [positive, negative, lymphocytes, macrophages] = poisson.map(|it| it.sample(&mut random) as u64);
        let n = [positive, lymphocytes, macrophages];
        let found = both(&combined_positive_score(n, positive + negative, (*patient, 200)));
        contains(found, truth)
    });
    covered.count() as f64 / PATIENTS as f64
}

#[test]
fn a_95_percent_interval_of_a_combined_positive_score_covers_it_in_95_percent() {
    for (truth, n_tumour_cells) in [(62.0, 100.0), (20.0, 100.0), (5.0, 100.0), (0.9, 1000.0), (1.0, 1000.0)] {
        let share = covered_score(truth, n_tumour_cells);
        assert!(COVERED.contains(&share), "{truth} of {n_tumour_cells}: {share}");
    }
}

/// Where less than three cells are expected, no interval of a count covers 95 % everywhere: Jeffreys' goes from 91 to 100 %.
#[test]
fn of_very_few_cells_a_combined_positive_score_is_covered_as_a_count_is() {
    for (truth, n_tumour_cells) in [(0.3, 100.0), (0.5, 100.0), (0.9, 100.0), (0.5, 400.0), (0.7, 400.0), (0.9, 400.0)]
    {
        let share = covered_score(truth, n_tumour_cells);
        assert!(share > 0.9, "{truth} of {n_tumour_cells}: {share}");
    }
}

fn combined_positive_score(n: [u64; 3], whole: u64, patient: (usize, u32)) -> Uncertainty {
    let values = n.map(|it| 100.0 * it as f64 / whole as f64);
    let beside = |n| Source::Beside { n, whole };
    let sources = [Source::Part { n: n[0], whole }, beside(n[1]), beside(n[2])];
    simulated_by(&Protocol::preset("pd-l1-cps").unwrap(), &values, &sources, patient)
}

/// Of 30 and 30 cells beside the same 100, `100 Γ(60⅓)/Γ(100½)`, whose variance is that of a ratio of gamma variates,
/// `100² a (a + b - 1) / ((b - 1)² (b - 2))`; and of no cells that are part of them, Beta(⅙, 100½).
#[test]
fn cells_beside_the_same_cells_share_the_error_of_their_count() {
    let found = both(&combined_positive_score([0, 30, 30], 100, (1, 4000)));
    let (a, b) = (60.0 + 1.0 / 3.0, 100.5_f64);
    let beside = a * (a + b - 1.0) / ((b - 1.0).powi(2) * (b - 2.0));
    let total: f64 = 100.5 + 1.0 / 6.0;
    let part = 100.5 / 6.0 / (total.powi(2) * (total + 1.0));
    let expected = 1.96 * 100.0 * (beside + part).sqrt();
    let half_width = (found.upper - found.lower) / 2.0;
    // The half width of an interval from 4000 draws has a relative standard error of about 2 %; drawn apart, it is 10 % less.
    assert!((half_width / expected - 1.0).abs() < 0.06, "{half_width} is not near {expected}");
}

/// No cell beside 100: the probability of 1 or more is that of Γ(½) ≥ 1, which is `erfc(1)`, 0.157, a little less as a draw of a
/// part below half a cell is none.
#[test]
fn a_combined_positive_score_of_no_cells_is_likely_below_1() {
    let found = combined_positive_score([0, 0, 0], 100, (1, 4000));
    let at_least_1 = found.both.as_ref().unwrap().probabilities[1][1];
    assert!((0.10..0.18).contains(&at_least_1), "{at_least_1}");
}

/// The H-score of 0, 200 and 200 among 400: weights 1, 2 and 3, so that its variance under Dirichlet(⅙, 200⅙, 200⅙, ½) is
/// `100² (Σ w² p - (Σ w p)²) / (N + 2)`.
#[test]
fn parts_that_exclude_each_other_are_drawn_together() {
    let protocol = Protocol::preset("h-score").unwrap();
    let sources = [0, 200, 200].map(|n| Source::Part { n, whole: 400 });
    let found = both(&simulated_by(&protocol, &[0.0, 50.0, 50.0], &sources, (1, 4000)));
    let sixth = 1.0 / 6.0;
    let shares = [sixth, 200.0 + sixth, 200.0 + sixth, 0.5].map(|it: f64| it / 401.0);
    let moment = |power: i32| shares.iter().zip([1.0_f64, 2.0, 3.0, 0.0]).map(|(p, w)| p * w.powi(power)).sum::<f64>();
    let expected = 1.96 * 100.0 * ((moment(2) - moment(1).powi(2)) / 402.0).sqrt();
    let half_width = (found.upper - found.lower) / 2.0;
    // The half width of an interval from 4000 draws has a relative standard error of about 2 %.
    assert!((half_width / expected - 1.0).abs() < 0.06, "{half_width} is not near {expected}");
}

/// Less than half a cell is none: of Γ(½) that is so in `erf(√½)`, 0.683, and of three parts of Γ(⅙) in more.
#[test]
fn a_tumour_without_stain_may_truly_have_none() {
    let protocol = Protocol::preset("h-score").unwrap();
    let sources = [Source::Part { n: 0, whole: 400 }; 3];
    let found = simulated_by(&protocol, &[0.0; 3], &sources, (1, 4000));
    let unstained = found.both.as_ref().unwrap().probabilities[0][0];
    assert!((0.66..0.78).contains(&unstained), "{unstained}");
    assert_eq!(both(&found).lower.to_bits(), 0.0_f64.to_bits());
    // One stained cell was seen: it is there.
    let sources = [1, 0, 0].map(|n| Source::Part { n, whole: 400 });
    let found = simulated_by(&protocol, &[0.25, 0.0, 0.0], &sources, (1, 4000)).both.unwrap();
    assert_eq!(found.probabilities[0][1].to_bits(), 1.0_f64.to_bits());
    assert!(found.interval.lower > 0.0);
}
