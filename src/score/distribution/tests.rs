use proptest::prelude::*;

use super::*;

/// Whole percentiles come out exactly.
#[track_caller]
fn assert_percentile(standing: Standing, rule: TieRule, expected: f64) {
    let found = standing.percentile(rule).value();
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

fn golden() -> Distribution {
    Distribution::new(vec![10.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]).unwrap()
}

#[test]
fn the_tie_rule_decides_what_an_equal_value_counts() {
    let standing = golden().standing(20.0);
    assert_percentile(standing, TieRule::Mid, 20.0);
    assert_percentile(standing, TieRule::Leq, 30.0);
    assert_percentile(standing, TieRule::Lt, 10.0);
}

#[test]
fn a_value_outside_the_reference_is_clamped() {
    let (below, above) = (golden().standing(5.0), golden().standing(95.0));
    assert!(below.is_below_all() && !below.is_above_all());
    assert!(above.is_above_all() && !above.is_below_all());
    assert_percentile(below, TieRule::Mid, 0.0);
    assert_percentile(above, TieRule::Mid, 100.0);
}

#[test]
fn mid_halves_what_leq_gives_to_a_zero() {
    let zeros = Distribution::new(vec![0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]).unwrap();
    assert_percentile(zeros.standing(0.0), TieRule::Mid, 20.0);
    assert_percentile(zeros.standing(0.0), TieRule::Leq, 40.0);
    assert!((zeros.share_of_zeros() - 0.4).abs() < 1e-12);
    assert_eq!(zeros.smallest_positive(), Some(5.0));
}

#[test]
fn an_empty_or_broken_reference_is_refused() {
    assert!(Distribution::new(vec![]).is_err());
    assert!(Distribution::new(vec![1.0, f64::NAN]).is_err());
    assert!(Distribution::new(vec![1.0, -1.0]).is_err());
}

/// R: `quantile(c(10, 20, 20, 30, 40, 50, 60, 70, 80, 90), c(0, 0.1, 0.25, 0.5, 0.95, 1))`.
#[test]
fn quantiles_of_values_are_those_of_r() {
    let found = [0.0, 10.0, 25.0, 50.0, 95.0, 100.0].map(|it| golden().quantile(it));
    for (found, expected) in found.into_iter().zip([10.0, 19.0, 22.5, 45.0, 85.5, 90.0]) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}

#[test]
fn the_largest_tie_leaves_zeros_aside() {
    assert_eq!(golden().largest_tie(), Some(0.2));
    assert_eq!(Distribution::new(vec![0.0, 0.0, 3.0, 4.0]).unwrap().largest_tie(), Some(0.25));
    assert_eq!(Distribution::new(vec![0.0, 0.0]).unwrap().largest_tie(), Some(0.0));
}

/// A table whose rows are given.
fn table(percentiles: &[f64], densities: &[f64]) -> Result<Distribution> {
    Distribution::of_quantiles(QuantileTable {
        n: 100,
        share_of_zeros: 0.0,
        percentiles: percentiles.to_vec(),
        densities: densities.to_vec(),
    })
}

#[test]
fn a_table_is_read_by_linear_interpolation_and_its_ends_are_flagged() {
    let table = table(&[0.0, 25.0, 50.0, 75.0, 100.0], &[0.0, 10.0, 10.0, 10.0, 50.0]).unwrap();
    assert_percentile(table.standing(4.0), TieRule::Mid, 10.0);
    assert_percentile(table.standing(30.0), TieRule::Mid, 87.5);
    // Half way along the flat piece from 25 to 75.
    assert_percentile(table.standing(10.0), TieRule::Mid, 50.0);
    assert_percentile(table.standing(10.0), TieRule::Leq, 75.0);
    assert_percentile(table.standing(10.0), TieRule::Lt, 25.0);
    let above = table.standing(60.0);
    assert_percentile(above, TieRule::Mid, 100.0);
    assert!(above.is_above_all() && !table.standing(50.0).is_above_all());
    assert!((table.quantile(90.0) - 34.0).abs() < 1e-12);
}

#[test]
fn groups_of_patients_stand_for_their_means() {
    let values: Vec<f64> = (1..=20).map(f64::from).collect();
    let table = QuantileTable::of_values(&values, 4).unwrap();
    assert_eq!(table.percentiles, [12.5, 37.5, 62.5, 87.5]);
    assert_eq!(table.densities, [3.0, 8.0, 13.0, 18.0]);
    let error = QuantileTable::of_values(&values, 5).unwrap_err().to_string();
    assert!(error.contains("20 values cannot make a table of 5 quantiles") && error.contains("2 to 4"), "{error}");
    assert!(QuantileTable::of_values(&values, 1).is_err());
}

#[test]
fn zeros_of_a_table_share_their_percentile() {
    let values: Vec<f64> = (0..100).map(|it| f64::from((it - 39).max(0))).collect();
    let table = Distribution::of_quantiles(QuantileTable::of_values(&values, 10).unwrap()).unwrap();
    // Four groups of zeros, whose middles are 5, 15, 25 and 35; exactly 40 values are 0.
    assert_percentile(table.standing(0.0), TieRule::Mid, 20.0);
    assert!((table.share_of_zeros() - 0.4).abs() < 1e-12);
}

#[test]
fn a_table_that_does_not_ascend_is_refused() {
    for (percentiles, densities) in [
        (vec![50.0], vec![1.0]),
        (vec![10.0, 20.0], vec![1.0]),
        (vec![20.0, 20.0], vec![1.0, 2.0]),
        (vec![20.0, 101.0], vec![1.0, 2.0]),
        (vec![10.0, 20.0], vec![2.0, 1.0]),
        (vec![10.0, 20.0], vec![-1.0, 1.0]),
        (vec![10.0, 20.0], vec![1.0, f64::NAN]),
    ] {
        assert!(table(&percentiles, &densities).is_err(), "{percentiles:?} {densities:?}");
    }
}

proptest! {
    #[test]
    fn percentiles_rise_with_the_density_and_the_rules_are_ordered(
        values in prop::collection::vec(0_u16..50, 10..60), a in 0_u16..60, b in 0_u16..60
    ) {
        let values = Distribution::new(values.into_iter().map(f64::from).collect()).unwrap();
        let table = QuantileTable::of_values(values.values().unwrap(), 2).unwrap();
        let (low, high) = (f64::from(a.min(b)), f64::from(a.max(b)));
        for reference in [values, Distribution::of_quantiles(table).unwrap()] {
            for rule in [TieRule::Lt, TieRule::Mid, TieRule::Leq] {
                let percentile = |density| reference.standing(density).percentile(rule).value();
                prop_assert!(percentile(low) <= percentile(high));
                prop_assert!((0.0..=100.0).contains(&percentile(low)));
            }
            let standing = reference.standing(low);
            prop_assert!(standing.percentile(TieRule::Lt) <= standing.percentile(TieRule::Mid));
            prop_assert!(standing.percentile(TieRule::Mid) <= standing.percentile(TieRule::Leq));
        }
    }

    /// The value lies in one group; it is read between the middles of that group and of a neighbour.
    #[test]
    fn a_table_is_at_most_one_and_a_half_groups_from_the_values(
        values in prop::collection::btree_set(0_u32..100_000, 60..200), density in 0_u32..100_000, n_groups in 2_usize..12
    ) {
        let values = Distribution::new(values.into_iter().map(f64::from).collect()).unwrap();
        let table = QuantileTable::of_values(values.values().unwrap(), n_groups).unwrap();
        let largest_group = 100.0 * values.n().div_ceil(n_groups) as f64 / values.n() as f64;
        let table = Distribution::of_quantiles(table).unwrap();
        let percentile = |it: &Distribution| it.standing(f64::from(density)).percentile(TieRule::Mid).value();
        prop_assert!((percentile(&values) - percentile(&table)).abs() <= 1.5 * largest_group);
    }
}
