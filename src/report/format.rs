//! How numbers are written for a reader: the one place where they are rounded.
//!
//! A p-value is never smaller than `<0.0001`; an interval is `0.66 (0.46–0.94)`; digits are grouped by narrow spaces from
//! 10 000 on; a percent sign and a unit stand behind a space that does not break.

mod agreement;
mod score;

use std::fmt::Write as _;

pub use agreement::{
    LimitsInWords, difference_with_interval, left_out_for_zero, limits_of_agreement, unit_of_difference,
    without_parentheses,
};
pub use score::{distance, points, points_or_whole, range_of_scores, score, score_interval};

use crate::protocol::TimeUnit;
use crate::survival::chi_square::ChiSquareTest;
use crate::survival::concordance::Concordance;
use crate::survival::kaplan_meier::Quantile;

/// The smallest p-value that is written as a number.
const SMALLEST_P_VALUE: f64 = 0.0001;

/// A space that neither breaks nor is wide.
const NARROW_SPACE: char = '\u{202f}';

/// A space that does not break.
const SPACE: char = '\u{a0}';

/// What stands for a value that is not defined.
pub const ABSENT: &str = "–";

/// What may be absent, or a dash: the one form of "value or absent" on pages and on the console.
pub fn or_dash<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| ABSENT.to_owned(), text)
}

/// A p-value, such as `0.034` or `<0.0001`.
pub fn p_value(p_value: f64) -> String {
    if p_value < SMALLEST_P_VALUE {
        "<0.0001".to_owned()
    } else if p_value < 0.01 {
        format!("{p_value:.4}")
    } else if p_value > 0.999 {
        ">0.999".to_owned()
    } else {
        format!("{p_value:.3}")
    }
}

/// A p-value in a sentence, such as `p = 0.034` or `p < 0.0001`.
pub fn p_statement(value: f64) -> String {
    let text = p_value(value);
    match text.split_at_checked(1) {
        Some((sign @ ("<" | ">"), number)) => format!("p{SPACE}{sign}{SPACE}{number}"),
        _ => format!("p{SPACE}={SPACE}{text}"),
    }
}

/// A ratio with two decimals, where these say enough.
pub fn ratio(ratio: f64) -> String {
    match ratio {
        it if it < 0.001 => "<0.001".to_owned(),
        it if it < 0.0095 => format!("{it:.3}"),
        it if it < 9.995 => format!("{it:.2}"),
        it if it < 99.95 => format!("{it:.1}"),
        it if it < 1000.0 => format!("{it:.0}"),
        _ => ">1000".to_owned(),
    }
}

/// A ratio with its interval, such as `0.66 (0.46–0.94)`, or `1.002 (1.001–1.004)` where two decimals would leave no width; an
/// end that is not defined is written in words.
pub fn ratio_with_interval(estimate: f64, lower: Option<f64>, upper: Option<f64>) -> String {
    let decimals = lower.zip(upper).and_then(|(lower, upper)| decimals_of_narrow(lower, upper));
    let end = |end: Option<f64>| end.map_or_else(|| "not defined".to_owned(), |it| ratio_to(it, decimals));
    format!("{} ({}–{})", ratio_to(estimate, decimals), end(lower), end(upper))
}

/// A ratio with these decimals, where it is near to 1 and they are given.
fn ratio_to(it: f64, decimals: Option<usize>) -> String {
    match decimals {
        Some(decimals) if is_near_1(it) => format!("{it:.decimals$}"),
        _ => ratio(it),
    }
}

/// Whether a ratio is so near to 1 that more decimals may say more.
fn is_near_1(ratio: f64) -> bool {
    ratio > 0.1 && ratio < 9.995
}

/// The most decimals of a ratio or a difference.
const MOST_DECIMALS: usize = 6;

/// An interval that is no wider has no width, but for round-off.
const NO_WIDTH: f64 = 1e-9;

/// The decimals at which the ends of a narrow interval around 1 differ by two units or more; absent if two decimals do, and for
/// an interval of no width.
fn decimals_of_narrow(lower: f64, upper: f64) -> Option<usize> {
    let differ = |decimals: usize| (upper - lower) * 10_f64.powf(decimals as f64) >= 2.0;
    (is_near_1(lower) && is_near_1(upper) && upper - lower > NO_WIDTH && !differ(2))
        .then(|| (3..MOST_DECIMALS).find(|it| differ(*it)).unwrap_or(MOST_DECIMALS))
}

/// A ratio without an interval, with as many decimals as tell it from 1, such as `0.66` or `1.002`.
pub fn ratio_beside_1(it: f64) -> String {
    let distance = (it - 1.0).abs();
    let shows = |decimals: usize| distance * 10_f64.powf(decimals as f64) >= 1.0;
    match (3..MOST_DECIMALS).find(|it| shows(*it)) {
        Some(decimals) if !shows(2) => format!("{it:.decimals$}"),
        None if distance > 0.0 => format!("{it:.MOST_DECIMALS$}"),
        _ => ratio(it),
    }
}

/// A correlation or kappa with its interval, such as `0.93 (0.88–0.96)` or `−0.10 (−0.42 to 0.24)`.
pub fn correlation_with_interval(estimate: f64, lower: Option<f64>, upper: Option<f64>) -> String {
    let text = |it: f64| number(it, 2);
    match (lower, upper) {
        (Some(lower), Some(upper)) => format!("{} ({})", text(estimate), between(lower, upper, text)),
        _ => text(estimate),
    }
}

/// From one number to another, such as `0.88–0.96`; `−1.7 to −0.9` where the first is below 0, for a dash would be read as a
/// minus.
pub fn between(lower: f64, upper: f64, text: impl Fn(f64) -> String) -> String {
    let dash = if lower < 0.0 { " to " } else { "–" };
    format!("{}{dash}{}", text(lower), text(upper))
}

/// A difference with its interval, all with three decimals, such as `+0.011 (−0.003 to +0.025)`.
pub fn small_difference(estimate: f64, interval: Option<(f64, f64)>) -> String {
    let text = |it: f64| difference(it, 3);
    let interval = interval.map(|(lower, upper)| format!(" ({} to {})", text(lower), text(upper)));
    format!("{}{}", text(estimate), interval.unwrap_or_default())
}

/// A difference with its sign, such as `+1.2`, and none for one that reads 0.
pub fn difference(difference: f64, decimals: usize) -> String {
    let rounded = format!("{difference:+.decimals$}");
    rounded.strip_prefix('+').filter(|it| reads_zero(it)).map_or_else(|| with_minus(&rounded), str::to_owned)
}

/// A number that may be below 0; one that reads 0 has no sign.
pub fn number(number: f64, decimals: usize) -> String {
    with_minus(&format!("{number:.decimals$}"))
}

/// A round number beside an axis.
pub fn tick(number: f64) -> String {
    with_minus(&((number * 1e6).round() / 1e6).to_string())
}

/// The number with a true minus.
fn with_minus(number: &str) -> String {
    match number.strip_prefix('-') {
        Some(rest) if !reads_zero(rest) => format!("\u{2212}{rest}"),
        Some(rest) => rest.to_owned(),
        None => number.to_owned(),
    }
}

fn reads_zero(number: &str) -> bool {
    !number.bytes().any(|it| (b'1'..=b'9').contains(&it))
}

/// A share in [0, 1] as percent, such as `66.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1}{NARROW_SPACE}%", 100.0 * share)
}

/// A share that somebody asked for, such as a threshold, with no more decimals than it has.
pub fn share_as_given(share: f64) -> String {
    format!("{}{NARROW_SPACE}%", (share * 1e6).round() / 1e4)
}

/// Patients of a reference, and their samples where each was scored by itself, such as `142 with 308 samples`.
pub fn patients_with_samples(n_patients: usize, n_samples: Option<usize>) -> String {
    let samples = n_samples.map(|it| format!(" with {} samples", count(it))).unwrap_or_default();
    format!("{}{samples}", count(n_patients))
}

/// How many patients, and samples of theirs where each was scored by itself, such as `308 samples of 142 patients`.
pub fn samples_of_patients(n_patients: usize, n_samples: Option<usize>) -> String {
    let samples = n_samples.map(|it| format!("{} of ", counted(it, "sample", "samples"))).unwrap_or_default();
    format!("{samples}{}", patients(n_patients))
}

/// Words as a sentence.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(['.']).collect()
}

/// `part` of `whole` as percent; a dash if there is no whole.
pub fn percent_of(part: usize, whole: usize) -> String {
    if whole == 0 { ABSENT.to_owned() } else { percent(part as f64 / whole as f64) }
}

/// A share with its interval, such as `81.2 % (74.0–86.5)`; a dash if there is none.
pub fn percent_with_interval(share: Option<f64>, lower: Option<f64>, upper: Option<f64>) -> String {
    match (share, lower, upper) {
        (None, ..) => ABSENT.to_owned(),
        // Before the first event the interval has no width, which would read as certainty.
        (Some(share), Some(lower), _) if share >= 1.0 && lower >= 1.0 => format!("{} (no event yet)", percent(share)),
        (Some(share), Some(lower), Some(upper)) => {
            format!("{} ({:.1}–{:.1})", percent(share), 100.0 * lower, 100.0 * upper)
        }
        (Some(share), ..) => percent(share),
    }
}

/// A probability in [0, 1] that came out of a finite number of draws: whole percent, and never 0 or 100 for what is not.
pub fn probability(probability: f64) -> String {
    let percent = 100.0 * probability;
    match percent {
        it if it > 0.0 && it < 1.0 => format!("<1{NARROW_SPACE}%"),
        it if it > 99.0 && it < 100.0 => format!(">99{NARROW_SPACE}%"),
        it => format!("{it:.0}{NARROW_SPACE}%"),
    }
}

/// A density in cells/mm², without the unit, to about three digits.
pub fn density(cells_per_mm2: f64) -> String {
    match cells_per_mm2 {
        it if it < 9.995 => format!("{it:.2}"),
        it if it < 99.95 => format!("{it:.1}"),
        it => group(&format!("{it:.0}")),
    }
}

/// The interval of a density, without the unit; absent if an end is.
pub fn density_interval(lower: Option<f64>, upper: Option<f64>) -> Option<String> {
    Some(between(lower?, upper?, density))
}

/// An area in mm², without the unit.
pub fn area(mm2: f64) -> String {
    format!("{mm2:.2}")
}

/// A cut or a limit as it was written, such as `25` or `47.5`.
pub fn limit(limit: f64) -> String {
    with_minus(&limit.to_string())
}

/// A measured value of any size: whole numbers as they are, others with four digits that count.
pub fn measured(value: f64) -> String {
    if value == 0.0 || value.fract() == 0.0 {
        return with_minus(&value.to_string());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a number is small")]
    let decimals = 3 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(decimals);
    let rounded = (value * scale).round() / scale;
    with_minus(&(if rounded.is_finite() && rounded != 0.0 { rounded } else { value }).to_string())
}

/// A count, its digits grouped from 10 000 on.
pub fn count(count: usize) -> String {
    group(&count.to_string())
}

/// A count of cells, its digits grouped from 10 000 on.
pub fn cells(n_cells: u64) -> String {
    group(&n_cells.to_string())
}

/// A count with its noun: `1 patient`, `2 patients`.
pub fn counted(n: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", count(n), if n == 1 { singular } else { plural })
}

/// A number of patients.
pub fn patients(n: usize) -> String {
    counted(n, "patient", "patients")
}

/// A number of events.
pub fn events(n: usize) -> String {
    counted(n, "event", "events")
}

/// A time or a difference of two, without its unit: whole days, tenths of months, hundredths of years.
pub fn time(time: f64, unit: TimeUnit) -> String {
    match unit {
        TimeUnit::Days => group(&number(time, 0)),
        TimeUnit::Months => number(time, 1),
        TimeUnit::Years => number(time, 2),
    }
}

/// A time in the endpoint's unit with its interval, such as `2474 days (1782–3760)`.
pub fn median(median: &Quantile, unit: TimeUnit) -> String {
    let end = |end: Option<f64>| end.map_or_else(|| "not reached".to_owned(), |it| time(it, unit));
    match (median.estimate, median.lower) {
        (Some(estimate), _) => {
            format!("{} {} ({}–{})", time(estimate, unit), unit.name(), end(median.lower), end(median.upper))
        }
        (None, Some(lower)) => format!("not reached ({}–{})", time(lower, unit), end(median.upper)),
        (None, None) => "not reached".to_owned(),
    }
}

/// The same time in years, without the unit; a dash if it was not reached.
pub fn median_in_years(median: &Quantile, unit: TimeUnit) -> String {
    or_dash(median.estimate, |it| format!("{:.1}", it / unit.per_year()))
}

/// A number of years as it was asked for, such as `5 years`, to a thousandth.
pub fn years(years: f64) -> String {
    let years = (1000.0 * years).round() / 1000.0;
    if (years - 1.0).abs() < f64::EPSILON { "1 year".to_owned() } else { format!("{years} years") }
}

/// A test statistic with its degrees of freedom, such as `16.79 (1 df)`.
pub fn chi_square(chi_square: f64, degrees_of_freedom: usize) -> String {
    format!("{chi_square:.2} ({degrees_of_freedom}{SPACE}df)")
}

/// A test in one phrase, such as `χ² = 16.79 (1 df), p < 0.0001`.
pub fn test(test: &ChiSquareTest) -> String {
    format!("χ²{SPACE}={SPACE}{}, {}", chi_square(test.chi_square, test.degrees_of_freedom), p_statement(test.p_value))
}

/// Harrell's C with its standard error, such as `0.637 (SE 0.025)`; a dash if there is none.
pub fn concordance(concordance: &Concordance) -> String {
    match (concordance.concordance, concordance.std_err) {
        (Some(c), Some(std_err)) => format!("{} (SE {std_err:.3})", c_statistic(c)),
        (Some(c), None) => c_statistic(c),
        (None, _) => ABSENT.to_owned(),
    }
}

/// Harrell's C.
pub fn c_statistic(c: f64) -> String {
    format!("{c:.3}")
}

/// A number of events for each variable.
pub fn per_variable(ratio: f64) -> String {
    format!("{ratio:.1}")
}

/// Rows of a table, its columns under each other, indented.
pub fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::from(" ");
            for (cell, width) in row.iter().zip(&widths) {
                write!(line, " {cell:<width$} ").expect("a string takes all text");
            }
            line.trim_end().to_owned()
        })
        .collect()
}

fn group(digits: &str) -> String {
    if digits.len() < 5 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return digits.to_owned();
    }
    let mut grouped = String::with_capacity(2 * digits.len());
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(NARROW_SPACE);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests;
