//! The default knots of a spline, as `rcspline.eval` of the R package Hmisc chooses them.

/// The share of patients from which on an extreme value is set apart; `fractied` of Hmisc.
const FREQUENT: f64 = 0.05;

/// With fewer values than this, outer knots are not quantiles.
const FEW: usize = 100;

/// The place of the outer knots among few values, from each end.
const OUTER_PLACE: usize = 5;

/// Knots of some finite values; `None` if there are not three.
pub(super) fn quantile_knots(values: &[f64], n_knots: usize) -> Option<Vec<f64>> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    if sorted.len() < OUTER_PLACE + 1 || distinct.len() < 5 {
        return None;
    }
    if distinct.len() - 2 <= n_knots {
        return Some(distinct[1..distinct.len() - 1].to_vec());
    }

    let share =
        |value: f64| sorted.iter().filter(|it| it.total_cmp(&value).is_eq()).count() as f64 / sorted.len() as f64;
    let is_spread = distinct[1..distinct.len() - 1].iter().all(|&value| share(value) < FREQUENT);
    let mut rest = sorted.clone();
    // METHOD: Where many patients share the smallest value, it gets no quantile, but a knot at its edge.
    let first = (is_spread && share(distinct[0]) >= FREQUENT).then(|| distinct[1]);
    if let Some(first) = first {
        rest.retain(|&it| it > first);
    }
    let largest = distinct[distinct.len() - 1];
    let last = (is_spread && share(largest) >= FREQUENT).then(|| distinct[distinct.len() - 2]);
    if let Some(last) = last {
        rest.retain(|&it| it < last);
    }
    let n_inner = n_knots - usize::from(first.is_some()) - usize::from(last.is_some());
    let outer = match n_knots {
        ..=3 => 0.1,
        4..=6 => 0.05,
        _ => 0.025,
    };

    let mut inner = match n_inner {
        1 => vec![quantile(&rest, 0.5)],
        2 => vec![quantile(&rest, 0.5), quantile(&rest, 1.0 - outer)],
        n => evenly(&rest, outer, n),
    };
    if n_inner > 1 && n_distinct(&inner) < n_inner.min(3) {
        inner = evenly(&rest, outer, 2 * n_inner);
    }
    if n_inner > 1 && rest.len() < FEW && rest.len() >= OUTER_PLACE {
        let n = inner.len();
        if first.is_none() {
            inner[0] = rest[OUTER_PLACE - 1];
        }
        if last.is_none() {
            inner[n - 1] = rest[rest.len() - OUTER_PLACE];
        }
    }
    let mut knots: Vec<f64> = first.into_iter().chain(inner).chain(last).collect();
    knots.sort_unstable_by(f64::total_cmp);
    knots.dedup();
    (knots.len() >= super::FEWEST_KNOTS).then_some(knots)
}

/// Quantiles at so many equal steps, from a share to its complement.
fn evenly(sorted: &[f64], outer: f64, n: usize) -> Vec<f64> {
    let share = |it: usize| outer + (1.0 - 2.0 * outer) * it as f64 / (n - 1) as f64;
    (0..n).map(|it| quantile(sorted, share(it))).collect()
}

/// R's default quantile (type 7): linear between the order statistics at `(n - 1) p`.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * p;
    let below = place.floor();
    // The share of a place is not negative and below the number of values.
    let at =
        |place: f64| sorted.iter().zip(0_u32..).find(|(_, it)| f64::from(*it) >= place).map_or(f64::NAN, |it| *it.0);
    let (low, high) = (at(below), at(place.ceil()));
    low + (place - below) * (high - low)
}

fn n_distinct(sorted: &[f64]) -> usize {
    1 + sorted.windows(2).filter(|pair| pair[1] > pair[0]).count()
}
