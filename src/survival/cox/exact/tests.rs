use super::*;
use crate::survival::Cohort;
use crate::survival::cox::Ties;

/// The sum over all sets by naming each of them, with its derivatives by the moments of the sum of covariates over a set.
fn by_enumeration(x: &[[f64; 2]], log_risk: &[f64], n_event: usize) -> ExactTerm {
    let (mut sum, mut first, mut second) = (0.0, [0.0; 2], [0.0; 3]);
    for set in 0_u32..1 << x.len() {
        if set.count_ones() as usize != n_event {
            continue;
        }
        let members = || (0..x.len()).filter(|it| set >> it & 1 == 1);
        let product = members().map(|it| log_risk[it]).sum::<f64>().exp();
        let [a, b] = [0, 1].map(|column| members().map(|it| x[it][column]).sum::<f64>());
        sum += product;
        for (moment, value) in first.iter_mut().zip([a, b]) {
            *moment += product * value;
        }
        for (moment, value) in second.iter_mut().zip([a * a, a * b, b * b]) {
            *moment += product * value;
        }
    }
    let first = first.map(|it| it / sum);
    let second = [(0, 0), (1, 0), (1, 1)].iter().zip(second).map(|(&(i, j), it)| it / sum - first[i] * first[j]);
    ExactTerm { log_sum: sum.ln(), second: second.collect(), first: first.to_vec() }
}

fn risk_sets(columns: &[Vec<f64>]) -> RiskSets {
    let n = columns[0].len();
    let cohort = Cohort::from_columns(&vec![1.0; n], &vec![true; n]).unwrap();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    RiskSets::new(&cohort, &columns, None, cohort.schedules(None).unwrap().as_ref(), Ties::Exact)
}

#[test]
fn the_recursion_sums_over_all_sets() {
    let columns = [vec![3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0], vec![0.2, 7.0, 1.0, 8.0, 2.5, 8.5, 1.0, 8.0]];
    let sets = risk_sets(&columns);
    let x: Vec<[f64; 2]> = (0..8).map(|row| [sets.row(row)[0], sets.row(row)[1]]).collect();
    for spread in [0.0, 1.0, 8.0] {
        let log_risk: Vec<f64> = x.iter().map(|[a, b]| spread * (a - 0.7 * b) - 2.0).collect();
        for n_event in 1..=8 {
            let expected = by_enumeration(&x, &log_risk, n_event);
            let found = exact_tie(&sets, &(0..8).collect::<Vec<_>>(), &log_risk, n_event);
            assert!((found.log_sum - expected.log_sum).abs() < 1e-12, "{spread} {n_event}");
            let numbers = found.first.iter().chain(&found.second).zip(expected.first.iter().chain(&expected.second));
            for (found, expected) in numbers {
                assert!((found - expected).abs() < 1e-11, "{spread} {n_event}: {found} {expected}");
            }
        }
    }
}

#[test]
fn with_equal_risks_the_sets_can_be_counted_however_many_are_tied() {
    let n = 4000_usize;
    let sets = risk_sets(&[(0..n).map(|it| (it * 7919 % n) as f64).collect()]);
    let x: Vec<f64> = (0..n).map(|row| sets.row(row)[0]).collect();
    let mean = x.iter().sum::<f64>() / n as f64;
    let variance = x.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (n as f64 - 1.0);
    for d in [1, 700, 2000, 3999] {
        let found = exact_tie(&sets, &(0..n).collect::<Vec<_>>(), &vec![3.0; n], d);
        let log_choose: f64 = (0..d).map(|it| ((n - it) as f64 / (it + 1) as f64).ln()).sum();
        let expected = log_choose + 3.0 * d as f64;
        assert!((found.log_sum / expected - 1.0).abs() < 1e-12, "{d}");
        // Drawn without replacement.
        let of_sum = d as f64 * (1.0 - d as f64 / n as f64) * variance;
        assert!((found.first[0] - d as f64 * mean).abs() < 1e-9, "{d}");
        assert!((found.second[0] / of_sum - 1.0).abs() < 1e-9, "{d}: {} {of_sum}", found.second[0]);
    }
}

#[test]
fn risks_of_any_size_have_a_likelihood() {
    let n = 60;
    let sets = risk_sets(&[(0..n).map(f64::from).collect()]);
    let log_risk: Vec<f64> = (0..n).map(|it| if it < 5 { 300.0 } else { -300.0 }).collect();
    let found = exact_tie(&sets, &(0..60).collect::<Vec<_>>(), &log_risk, 30);
    // Five are sure to be among them, and 25 of the other 55.
    let log_choose: f64 = (0..25).map(|it| f64::from(55 - it).ln() - f64::from(it + 1).ln()).sum();
    assert!((found.log_sum - (5.0 * 300.0 - 25.0 * 300.0 + log_choose)).abs() < 1e-9, "{}", found.log_sum);
    assert!(found.second[0] > 0.0);
}
