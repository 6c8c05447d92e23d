//! What the counting error of a component is drawn from.

use rand_distr::{Beta, ChiSquared, Distribution as _, Gamma};
use rand_pcg::Pcg64;

use crate::model::{Dispersion, Measurement};
use crate::protocol::{Aggregator, ComponentSpec, Measure, Protocol};

/// The counts of a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// Cells, and the tissue that they were counted on.
    Cells {
        /// Cells counted.
        n: u64,
        /// Tissue in mm².
        per: f64,
        /// How much counts vary between samples; absent for cells that lie at random.
        dispersion: Option<Dispersion>,
    },
    /// Cells that are part of others.
    Part {
        /// Cells counted.
        n: u64,
        /// Cells of the whole.
        whole: u64,
    },
    /// Cells beside others.
    Beside {
        /// Cells counted.
        n: u64,
        /// Cells that they are beside of.
        whole: u64,
    },
}

impl Source {
    /// Cells counted.
    const fn n(self) -> u64 {
        let (Self::Cells { n, .. } | Self::Part { n, .. } | Self::Beside { n, .. }) = self;
        n
    }

    /// The counts of a measurement; absent if it rests on none that are known.
    pub fn of(measure: Measure, measured: &Measurement, dispersion: Option<Dispersion>) -> Option<Self> {
        let n = measured.n_cells?;
        match measure {
            Measure::Density => Some(Self::Cells { n, per: measured.area?.mm2(), dispersion }),
            Measure::PercentOfCells => {
                let whole = measured.n_whole?;
                (n <= whole).then_some(Self::Part { n, whole })
            }
            Measure::Per100Cells => Some(Self::Beside { n, whole: measured.n_whole? }),
            // METHOD: a bare count is of all structures that there are. Drawing it anew would say of a tumour without any that
            // it has some, where one is what counts.
            // METHOD: cells near one cell are near each other, too. As a binomial share of as many cells as were asked, a proximity
            // would seem far surer than it is, so it has no interval by counting.
            Measure::Count | Measure::Percent | Measure::Proximity | Measure::Grade => None,
        }
    }
}

/// How a component is drawn together with others of the same cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    /// Place of the first of the components that are parts of the same cells and exclude each other, or of those that are
    /// beside the same cells; absent if it is neither.
    pub group: Option<usize>,
    /// Components that the prior's half of a cell is shared among, this one and those that are added to it.
    pub n_sharing: u32,
}

impl Joint {
    /// That of each component of a protocol.
    pub fn of(protocol: &Protocol) -> Vec<Self> {
        let specs = protocol.specs();
        let is_joined = |it: &ComponentSpec| protocol.is_exclusive_part(it) || it.measure == Measure::Per100Cells;
        let is_of_cells = |it: &ComponentSpec| matches!(it.measure, Measure::PercentOfCells | Measure::Per100Cells);
        let joint = |spec: &ComponentSpec| {
            let is_of_same = |it: &&ComponentSpec| spec.whole().is_some() && it.whole() == spec.whole();
            let is_alike = |it: &ComponentSpec| it.measure == spec.measure && is_of_same(&it);
            // METHOD: what is added up has the prior of one count, half a cell. Half a cell for each part would give a CPS of no cell
            // among 100 one and a half, and a probability of 0.58 to be 1 or more.
            let is_added = |it: &&ComponentSpec| is_of_same(it) && is_of_cells(it);
            let sums = protocol.aggregator == Aggregator::WeightedSum && is_of_cells(spec);
            let n_sharing = if sums { specs.iter().filter(is_added).count() } else { 1 };
            Self {
                group: specs.iter().position(is_alike).filter(|_| is_joined(spec)),
                n_sharing: u32::try_from(n_sharing).expect("a protocol has few components"),
            }
        };
        specs.iter().map(joint).collect()
    }
}

/// A source of counts, ready to be drawn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    counts: Counts,
    rounding: Rounding,
}

/// What becomes of a drawn number of cells.
#[derive(Clone, Copy, Debug)]
enum Rounding {
    /// Whole cells.
    ///
    /// METHOD: so that a rank keeps the ties that counts have, with the reference's zeros above all.
    Whole,
    /// None below half a cell, else as drawn.
    ///
    /// METHOD: a tumour in which no cell was seen may truly have none, and one in which a cell was seen has some.
    NoneBelowHalf,
    /// As drawn.
    Exact,
}

#[derive(Clone, Copy, Debug)]
enum Counts {
    Cells { expected: Gamma<f64>, per: f64 },
    Dispersed { n: f64, per: f64, dispersion: Dispersion, chi_square: ChiSquared<f64> },
    Part { share_of_rest: Beta<f64>, whole: f64, rest: Option<usize> },
    Beside { expected: Gamma<f64>, whole: Whole, at: usize },
}

/// The cells that others are beside of.
#[derive(Clone, Copy, Debug)]
enum Whole {
    /// Drawn here.
    Drawn(Gamma<f64>),
    /// What was drawn at this place.
    Of(usize),
}

impl Draw {
    /// Those of the sources of one patient; absent where there is no source. `is_ranked` says of a place whether its component is.
    ///
    /// METHOD: cells beside the same cells share the error of their count: in the CPS, lymphocytes and macrophages are related to one
    /// number of tumour cells. The share of these that is positive needs no joining, for of Poisson counts the share of a sum does not
    /// depend on the sum.
    pub(super) fn of(
        sources: &[Option<Source>],
        joints: &[Joint],
        is_ranked: impl Fn(usize) -> bool,
    ) -> Vec<Option<Self>> {
        let draw = |(at, source): (usize, &Option<Source>)| {
            let Joint { group, n_sharing } = joints[at];
            let prior = 0.5 / f64::from(n_sharing);
            let alike = |places: std::ops::Range<usize>| {
                places
                    .filter(move |it| group.is_some() && joints[*it].group == group)
                    .filter_map(|it| Some((it, sources[it]?)))
            };
            let counts = match (*source)? {
                Source::Cells { n, per, dispersion: None } => Counts::Cells { expected: gamma(n, 0.5), per },
                Source::Cells { n, per, dispersion: Some(dispersion) } => {
                    let chi_square = ChiSquared::new(dispersion.degrees_of_freedom.max(1) as f64);
                    let chi_square = chi_square.expect("one degree of freedom or more makes a distribution");
                    Counts::Dispersed { n: n as f64, per, dispersion, chi_square }
                }
                Source::Part { n, whole } => {
                    let n_before: u64 = alike(0..at).map(|(_, it)| it.n()).sum();
                    let n_later = alike(at + 1..sources.len()).count();
                    let others = whole.saturating_sub(n_before + n) as f64 + 0.5 + prior * n_later as f64;
                    let share_of_rest =
                        Beta::new(n as f64 + prior, others).expect("shapes above 0 make a distribution");
                    Counts::Part { share_of_rest, whole: whole as f64, rest: group }
                }
                Source::Beside { n, whole } => {
                    // Components that were counted on other samples have wholes of their own.
                    let is_same =
                        |it: &(usize, Source)| matches!(it.1, Source::Beside { whole: it, .. } if it == whole);
                    let before = alike(0..at).find(is_same);
                    let whole = before.map_or_else(|| Whole::Drawn(gamma(whole, 0.5)), |it| Whole::Of(it.0));
                    Counts::Beside { expected: gamma(n, prior), whole, at }
                }
            };
            let rounding = match source {
                _ if is_ranked(at) => Rounding::Whole,
                Some(it) if it.n() == 0 => Rounding::NoneBelowHalf,
                _ => Rounding::Exact,
            };
            Some(Self { counts, rounding })
        };
        sources.iter().enumerate().map(draw).collect()
    }

    /// A value that could have been measured; `shared` is, by place, what exclusive parts leave of a whole, or how many cells of a
    /// whole were drawn. It starts as 1 each.
    pub(super) fn value(&self, random: &mut Pcg64, shared: &mut [f64]) -> f64 {
        let cells = |drawn: f64| match self.rounding {
            Rounding::Whole => drawn.round(),
            Rounding::NoneBelowHalf if drawn < 0.5 => 0.0,
            Rounding::NoneBelowHalf | Rounding::Exact => drawn,
        };
        match &self.counts {
            Counts::Cells { expected, per } => cells(expected.sample(random)) / per,
            Counts::Dispersed { n, per, dispersion, chi_square } => {
                let drawn = dispersion.ratio * dispersion.degrees_of_freedom as f64 / chi_square.sample(random);
                let ratio = drawn.clamp(1.0, 1e6);
                let gamma = Gamma::new(n / ratio + 0.5, ratio).expect("a shape of 1/2 or more");
                cells(gamma.sample(random)) / per
            }
            Counts::Part { share_of_rest, whole, rest } => {
                let mut share = share_of_rest.sample(random);
                if let Some(first) = *rest {
                    share *= shared[first];
                    shared[first] -= share;
                }
                100.0 * cells(share * whole) / whole
            }
            Counts::Beside { expected, whole, at } => {
                shared[*at] = match whole {
                    Whole::Drawn(whole) => whole.sample(random).max(f64::MIN_POSITIVE),
                    Whole::Of(other) => shared[*other],
                };
                100.0 * cells(expected.sample(random)) / shared[*at]
            }
        }
    }
}

/// The posterior of an expected count, of a prior of so many cells.
fn gamma(n: u64, prior: f64) -> Gamma<f64> {
    Gamma::new(n as f64 + prior, 1.0).expect("a shape above 0 makes a gamma distribution")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Amount, Area};

    /// The prior's half of a cell is one count's: it is shared among what is added up, and by nothing else.
    #[test]
    fn only_components_that_are_added_up_share_a_prior() {
        let sharing = |protocol: &Protocol| Joint::of(protocol).iter().map(|it| it.n_sharing).collect::<Vec<_>>();
        let preset = |name: &str| Protocol::preset(name).unwrap();
        assert_eq!(sharing(&preset("pd-l1-cps")), [3, 3, 3]);
        assert_eq!(sharing(&preset("h-score")), [3, 3, 3]);
        assert_eq!(sharing(&preset("pd-l1-tps")), [1]);
        assert_eq!(sharing(&preset("consensus")), [1; 4]);
    }

    #[test]
    fn a_source_needs_the_counts_of_its_measure() {
        let area = Area::try_from(2.0).unwrap();
        let measured = Measurement {
            n_cells: Some(5),
            n_whole: None,
            area: Some(area),
            least_area: Some(area),
            amount: Amount::try_from(2.5).unwrap(),
            dispersion: None,
            n_samples: 1,
        };
        let per = 2.0;
        assert_eq!(Source::of(Measure::Density, &measured, None), Some(Source::Cells { n: 5, per, dispersion: None }));
        assert_eq!(Source::of(Measure::PercentOfCells, &measured, None), None);
        assert_eq!(Source::of(Measure::Percent, &measured, None), None);
    }
}
