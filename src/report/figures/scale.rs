//! From numbers to places on an axis.

/// A linear axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    /// Lowest and highest number.
    pub(super) domain: (f64, f64),
    /// Where they stand.
    pub(super) range: (f64, f64),
}

impl Linear {
    /// Where a number stands.
    pub(super) fn at(&self, number: f64) -> f64 {
        let (low, high) = self.domain;
        let share = if high > low { (number - low) / (high - low) } else { 0.0 };
        self.range.0 + share * (self.range.1 - self.range.0)
    }
}

/// A logarithmic axis; numbers outside stand at its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    /// Lowest and highest number, greater than 0.
    pub(super) domain: (f64, f64),
    /// Where they stand.
    pub(super) range: (f64, f64),
}

impl Log {
    /// Where a number stands.
    pub(super) fn at(&self, number: f64) -> f64 {
        let (low, high) = self.domain;
        let linear = Linear { domain: (low.ln(), high.ln()), range: self.range };
        linear.at(number.clamp(low, high).ln())
    }

    /// 1, 2 and 5 times the powers of ten in the domain; the powers alone, where these are many.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let all = self.ticks_of(&[1.0, 2.0, 5.0]);
        if all.len() <= 7 { all } else { self.ticks_of(&[1.0]) }
    }

    /// These digits times the powers of ten in the domain, from the lowest to the highest.
    pub(super) fn ticks_of(&self, digits: &[f64]) -> Vec<f64> {
        let (low, high) = self.domain;
        let powers = (-12..=12).flat_map(|power| digits.iter().map(move |it| it * 10_f64.powi(power)));
        powers.filter(|it| (low * 0.999..=high * 1.001).contains(it)).collect()
    }
}

/// 1, 2 or 5 times a power of ten: the first that is no less than this, which is greater than 0.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|it| it * power).into_iter().find(|it| *it >= rough * 0.999).unwrap_or(power)
}

/// Round numbers from `low` to `high`: about `n` of them.
pub(super) fn ticks_between(low: f64, high: f64, n: u32) -> Vec<f64> {
    if !((high - low).is_finite() && high > low) {
        return vec![low];
    }
    let step = round_step((high - low) / f64::from(n.max(1)));
    let first = (low / step - 1e-9).ceil();
    // Adding 0 makes the zero that `ceil` leaves below 0 an ordinary one.
    let tick = |it: u32| (first + f64::from(it)) * step + 0.0;
    (0..=1000).map(tick).take_while(|it| *it <= high + step * 1e-9).collect()
}

/// Steps of 1, 2 or 5 times a power of ten from 0 to at most `highest`: about `n` of them.
pub(super) fn ticks(highest: f64, n: u32) -> Vec<f64> {
    if !(highest.is_finite() && highest > 0.0) {
        return vec![0.0];
    }
    let step = round_step(highest / f64::from(n.max(1)));
    (0..=1000).map(|it| f64::from(it) * step).take_while(|it| *it <= highest * (1.0 + 1e-9)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(ticks(9.7, 8), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(5.2, 8), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(ticks(47.0, 5), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(ticks(0.0, 5), [0.0]);
        assert_eq!(ticks_between(-13.0, 21.0, 4), [-10.0, 0.0, 10.0, 20.0]);
        assert_eq!(ticks_between(3.0, 3.0, 4), [3.0]);
    }

    #[test]
    fn a_log_axis_keeps_one_in_its_place() {
        let log = Log { domain: (0.1, 10.0), range: (0.0, 200.0) };
        assert!((log.at(1.0) - 100.0).abs() < 1e-9);
        assert!((log.at(100.0) - 200.0).abs() < 1e-9, "clamped");
        assert_eq!(log.ticks(), [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!(log.ticks_of(&[1.0, 5.0]), [0.1, 0.5, 1.0, 5.0, 10.0]);
        let wide = Log { domain: (0.01, 100.0), range: (0.0, 200.0) };
        assert_eq!(wide.ticks(), [0.01, 0.1, 1.0, 10.0, 100.0]);
    }
}
