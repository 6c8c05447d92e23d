//! Bias and limits of agreement: those of one pair of raters stand beside each other, with the same number of decimals.

use super::{MOST_DECIMALS, NO_WIDTH, count, decimals_of_narrow, difference, ratio_to};
use crate::agreement::Interval;
use crate::agreement::measurements::PairStatistics;

/// An interval of a difference is at least as many steps of its last decimal wide.
const STEPS: f64 = 10.0;

/// Bias and limits of agreement of two raters, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsInWords {
    /// The bias with its interval, such as `1.05 (0.97–1.14)` or `+1.2 (−0.3 to +2.7)`.
    pub bias: String,
    /// The lower limit with its interval.
    pub lower: String,
    /// The upper limit with its interval.
    pub upper: String,
    /// From the lower to the upper limit, such as `0.84 to 1.32`.
    pub range: String,
}

/// Bias and limits of agreement with as many decimals as the interval of the bias, the narrowest, asks for; absent with too few
/// pairs.
pub fn limits_of_agreement(statistics: &PairStatistics) -> Option<LimitsInWords> {
    let [bias, lower, upper] = statistics.limits()?;
    let is_ratio = statistics.limits_ratio.is_some();
    let (of_ratio, of_difference) = (decimals_of_narrow(bias.lower, bias.upper), decimals_of_difference(bias));
    let number = |it: f64| if is_ratio { ratio_to(it, of_ratio) } else { difference(it, of_difference) };
    let between = if is_ratio { "–" } else { " to " };
    let with_interval =
        |it: Interval| format!("{} ({}{between}{})", number(it.estimate), number(it.lower), number(it.upper));
    Some(LimitsInWords {
        bias: with_interval(bias),
        lower: with_interval(lower),
        upper: with_interval(upper),
        range: format!("{} to {}", number(lower.estimate), number(upper.estimate)),
    })
}

/// A difference with its interval, such as `+1.2 (−0.3 to +2.7)`.
pub fn difference_with_interval(it: Interval) -> String {
    let decimals = decimals_of_difference(it);
    let number = |it: f64| difference(it, decimals);
    format!("{} ({} to {})", number(it.estimate), number(it.lower), number(it.upper))
}

/// The decimals of a difference: one, where these are enough steps in its interval, and do not make a 0 of what two decimals
/// show.
fn decimals_of_difference(it: Interval) -> usize {
    let width = it.upper - it.lower;
    let is_fine = |decimals: usize| width <= NO_WIDTH || width * 10_f64.powf(decimals as f64) >= STEPS;
    let decimals = (1..MOST_DECIMALS).find(|it| is_fine(*it)).unwrap_or(MOST_DECIMALS);
    let would_read_zero = (0.005..0.05).contains(&it.estimate.abs());
    if would_read_zero { decimals.max(2) } else { decimals }
}

/// How many are left out for a 0, behind the number of the others: ` (+1 with 0)`; empty if nobody is.
pub fn left_out_for_zero(n: usize) -> String {
    if n == 0 { String::new() } else { format!(" (+{} with 0)", count(n)) }
}

/// A unit that is written in parentheses behind a number, without them.
pub fn without_parentheses(unit: &str) -> &str {
    unit.strip_prefix('(').and_then(|it| it.strip_suffix(')')).unwrap_or(unit)
}

/// The unit of a difference of two numbers of this unit.
pub fn unit_of_difference(unit: &str) -> &str {
    if unit == "%" { "percentage points" } else { without_parentheses(unit) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::measurements::{Scale, of_pair};

    #[test]
    fn a_difference_stands_with_its_interval() {
        let it = Interval { estimate: 7.3, lower: -0.39, upper: 15.0 };
        assert_eq!(difference_with_interval(it), "+7.3 (−0.4 to +15.0)");
    }

    fn written(estimate: f64, lower: f64, upper: f64) -> [String; 3] {
        let decimals = decimals_of_difference(Interval { estimate, lower, upper });
        [estimate, lower, upper].map(|it| difference(it, decimals))
    }

    #[test]
    fn differences_have_decimals_by_the_width_of_their_interval() {
        assert_eq!(written(1.23, -0.31, 2.75), ["+1.2", "\u{2212}0.3", "+2.8"]);
        assert_eq!(written(0.04, -0.02, 0.1), ["+0.04", "\u{2212}0.02", "+0.10"]);
        assert_eq!(written(0.04, -0.5, 0.6), ["+0.04", "\u{2212}0.50", "+0.60"]);
        assert_eq!(written(-0.04, -3.0, 3.0), ["\u{2212}0.04", "\u{2212}3.00", "+3.00"], "no 0 of a bias of 0.04");
        assert_eq!(written(0.001, -3.0, 3.0), ["0.0", "\u{2212}3.0", "+3.0"]);
        assert_eq!(written(1.0, 1.0, 1.0 + 1e-15), ["+1.0", "+1.0", "+1.0"], "no width");
    }

    #[test]
    fn limits_have_the_decimals_of_the_bias_beside_them() {
        let first: Vec<f64> = (1..=200_u32).map(|it| 10.0 * f64::from(it)).collect();
        let second = |factor: f64| -> Vec<f64> {
            first.iter().enumerate().map(|(at, it)| if at % 2 == 0 { it * factor } else { *it }).collect()
        };
        let words = |factor: f64| {
            limits_of_agreement(&of_pair(&first, &second(factor), Scale::Ratio).unwrap()).expect("many patients")
        };
        // Log ratios of 0 and 0.019803: mean 0.009901, standard deviation 0.009926, limits at exp(−0.009554) and exp(0.029357).
        let narrow = words(1.02);
        assert_eq!((narrow.bias.as_str(), narrow.range.as_str()), ("1.010 (1.009–1.011)", "0.990 to 1.030"));
        assert_eq!(narrow.lower.matches('.').count(), 3);
        assert!(narrow.lower.starts_with("0.990 (0.98") && narrow.upper.starts_with("1.030 (1.02"), "{narrow:?}");
        let equal = words(1.0);
        assert_eq!((equal.bias.as_str(), equal.range.as_str()), ("1.00 (1.00–1.00)", "1.00 to 1.00"));
    }

    #[test]
    fn a_unit_stands_in_one_pair_of_parentheses() {
        assert_eq!(["(grade)", "%", "cells/mm²"].map(without_parentheses), ["grade", "%", "cells/mm²"]);
        assert_eq!(["(grade)", "%", "points"].map(unit_of_difference), ["grade", "percentage points", "points"]);
        assert_eq!([0, 1].map(left_out_for_zero), ["", " (+1 with 0)"]);
    }
}
