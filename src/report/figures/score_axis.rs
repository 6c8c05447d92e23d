//! The axis that scores of a protocol stand on.

use crate::protocol::{CutSide, Grain, Protocol, Scale, Scheme};

/// From the lowest score to the highest, and how classes and ticks stand on it.
#[derive(Clone, Debug)]
pub(super) struct ScoreAxis {
    /// Lowest and highest number shown. Whole numbers have half a point of room on either side.
    pub(super) domain: (f64, f64),
    scale: Scale,
    /// Width of a bar of a histogram.
    bar: f64,
}

impl ScoreAxis {
    /// The axis of a protocol; where its scale has no end, the scores and the cuts set one.
    pub(super) fn new(protocol: &Protocol, scores: impl Iterator<Item = f64>) -> Self {
        let scale = protocol.scale();
        let cuts = protocol.schemes.iter().flat_map(|it| it.upper_ends.iter().copied());
        let (lowest, highest) =
            scores.chain(cuts).fold((f64::INFINITY, f64::NEG_INFINITY), |it, next| (it.0.min(next), it.1.max(next)));
        // Round ends, so that bars end at round numbers, and at the cuts that are.
        let step = round_step((scale.upper.unwrap_or(highest) - scale.lower.unwrap_or(lowest)).max(1.0) / 20.0);
        let lower = scale.lower.unwrap_or((lowest / step - 0.5).floor() * step);
        let upper = scale.upper.unwrap_or((highest / step + 0.5).ceil() * step);
        let is_bounded = scale.lower.is_some() && scale.upper.is_some();
        let (domain, bar) = match scale.grain {
            Grain::Whole => ((lower - 0.5, upper + 0.5), 1.0),
            Grain::Continuous => ((lower, upper), if is_bounded { (upper - lower) / 20.0 } else { step }),
        };
        Self { domain, scale, bar }
    }

    /// Where a class of a scheme starts and ends on the axis.
    pub(super) fn bounds(&self, scheme: &Scheme, class: usize) -> (f64, f64) {
        let (lower, upper) = scheme.bounds(class);
        let end = |end: f64| match (self.scale.grain, scheme.cut_belongs_to) {
            (Grain::Continuous, _) => end,
            (Grain::Whole, CutSide::ClassBelow) => end.floor() + 0.5,
            (Grain::Whole, CutSide::ClassAbove) => end.ceil() - 0.5,
        };
        (lower.map_or(self.domain.0, end), upper.map_or(self.domain.1, end))
    }

    /// Where the cuts of a scheme stand on the axis.
    pub(super) fn cuts(&self, scheme: &Scheme) -> Vec<f64> {
        (1..scheme.classes.len()).map(|class| self.bounds(scheme, class).0).collect()
    }

    /// About `n` round numbers on the axis; every number where scores are whole.
    pub(super) fn ticks(&self, n: u32) -> Vec<f64> {
        let (low, high) = self.domain;
        let step = round_step((high - low) / f64::from(n.max(1)));
        let step = if self.scale.grain == Grain::Whole { step.ceil().max(1.0) } else { step };
        let first = (low / step).ceil();
        (0..=1000).map(|it| (first + f64::from(it)) * step).take_while(|it| *it <= high + step * 1e-9).collect()
    }

    /// The ends of the bars of a histogram: one bar a whole number, else about 20.
    pub(super) fn bar_ends(&self) -> Vec<f64> {
        let (low, high) = self.domain;
        let ends = (0..=1000).map(|it| low + self.bar * f64::from(it));
        ends.take_while(|it| *it <= high + self.bar * 1e-6).collect()
    }

    /// Whether scores are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        self.scale.grain == Grain::Whole
    }
}

/// A round number that is not smaller: 1, 2, 2.5 or 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|it| it * power);
    steps.into_iter().find(|it| *it >= rough * 0.999).unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(preset: &str, scores: &[f64]) -> ScoreAxis {
        ScoreAxis::new(&Protocol::preset(preset).unwrap(), scores.iter().copied())
    }

    #[test]
    fn percentiles_stand_on_0_to_100() {
        let axis = axis("consensus", &[30.0, 60.0]);
        assert_eq!(axis.domain, (0.0, 100.0));
        assert_eq!(axis.ticks(4), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(axis.bar_ends().len(), 21);
    }

    #[test]
    fn whole_numbers_have_a_bar_each_and_classes_end_between_them() {
        let (axis, protocol) = (axis("i0-i4", &[]), Protocol::preset("i0-i4").unwrap());
        assert_eq!(axis.domain, (-0.5, 4.5));
        assert_eq!(axis.bar_ends(), [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5]);
        assert_eq!(axis.ticks(10), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(axis.bounds(&protocol.schemes[1], 1), (1.5, 2.5));
    }

    #[test]
    fn a_scale_without_end_ends_at_the_scores() {
        let (low, high) = axis("ratio-cd8-foxp3", &[-2.0, 3.0]).domain;
        assert!((-2.5..=-2.0).contains(&low) && (3.0..=3.5).contains(&high));
        let ends = axis("ratio-cd8-foxp3", &[-2.0, 3.0]).bar_ends();
        assert!(ends.iter().any(|it| it.abs() < 1e-9), "a bar ends at the cut");
        assert!((ends.last().unwrap() - high).abs() < 1e-9, "the last bar ends with the axis");
        assert!(axis("tls", &[0.0, 2.0]).domain.0.abs() < 1e-12);
    }
}
