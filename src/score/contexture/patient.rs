//! The contexture of one patient: markers, and what follows from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cell_count;
use crate::agreement::count_change::{self, CellCount};
use crate::model::{Component, Marker, Percentile};
use crate::protocol::{Axes, AxisSign, Measure};
use crate::score::{Flag, Flags, mean_percentile};

/// Core of the tumour.
const CORE: &str = "CT";

/// Invasive margin.
const MARGIN: &str = "IM";

/// The contexture of one patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientContexture {
    /// The patient.
    pub patient_id: String,
    /// One entry a marker and region that the table holds, also where this patient lacks it.
    pub markers: Vec<MarkerProfile>,
    /// One entry an axis and sign that has markers, in the order of the axes.
    pub axes: Vec<AxisProfile>,
    /// Core against margin: one entry a marker that has a density in both.
    pub location: Vec<LocationRatio>,
}

/// One marker in one region of one patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkerProfile {
    /// Marker and region.
    pub component: Component,
    /// What is measured.
    pub measure: Measure,
    /// Which way the marker speaks.
    pub sign: AxisSign,
    /// Samples it was made of.
    pub n_samples: usize,
    /// Cells counted; absent if the table gave none.
    pub n_cells: Option<u64>,
    /// Tissue analysed, in mm²; absent if the table gave none.
    pub area_mm2: Option<f64>,
    /// What was measured, in the unit of the measure; absent if nothing was.
    pub value: Option<f64>,
    /// Lower end of the exact 95 % Poisson interval of a density; absent without a count and an area.
    pub value_lower: Option<f64>,
    /// Upper end of that interval.
    pub value_upper: Option<f64>,
    /// Percentile in the reference, from 0 to 100; absent for the reason in `no_percentile`.
    pub percentile: Option<Percentile>,
    /// Why there is no percentile; absent if there is one.
    pub no_percentile: Option<NoPercentile>,
    /// What is to be known of the measurement.
    pub flags: Vec<Flag>,
}

/// Why a marker has no percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoPercentile {
    /// Nothing was measured.
    NotMeasured,
    /// The measurement is refused by the limits of quality.
    NotUsable,
    /// The reference does not hold the marker in this region.
    NotInReference,
    /// Too few patients have it for a reference.
    TooFewValues,
    /// The reference hangs on the patient's centre, which is not known.
    CentreUnknown,
}

impl NoPercentile {
    /// All reasons.
    pub const ALL: [Self; 5] =
        [Self::NotMeasured, Self::NotUsable, Self::NotInReference, Self::TooFewValues, Self::CentreUnknown];

    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotMeasured => "not_measured",
            Self::NotUsable => "not_usable",
            Self::NotInReference => "not_in_reference",
            Self::TooFewValues => "too_few_values",
            Self::CentreUnknown => "centre_unknown",
        }
    }

    /// In plain words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::NotMeasured => "not measured",
            Self::NotUsable => "not used",
            Self::NotInReference => "the reference does not hold it",
            Self::TooFewValues => "too few patients have it for a percentile",
            Self::CentreUnknown => "the centre that the reference hangs on is not known",
        }
    }
}

/// The markers of one sign on one axis of one patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AxisProfile {
    /// Name of the axis.
    pub axis: String,
    /// The sign.
    pub sign: AxisSign,
    /// Mean percentile of these markers, from 0 to 100; absent if none has one, and of context markers.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub mean_percentile: Option<f64>,
    /// Markers in the mean: those with a percentile; 0 of context markers.
    pub n_in_mean: usize,
    /// These markers in the regions with a percentile.
    pub in_mean: Vec<Component>,
    /// Markers with a usable measurement; also of those that have no percentile.
    pub n_measured: usize,
    /// Markers that the axis has of this sign.
    pub n_expected: usize,
    /// Markers without a usable measurement.
    pub missing: Vec<Marker>,
}

impl AxisProfile {
    /// 100 less the mean percentile of negative markers, so that high is good; absent for other signs.
    pub fn reversed(&self) -> Option<f64> {
        self.mean_percentile.filter(|_| self.sign == AxisSign::Negative).map(|it| 100.0 - it)
    }
}

/// A marker's density in the core against that at the margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationRatio {
    /// The marker.
    pub marker: Marker,
    /// `log₂` of the density in the core over that at the margin; absent if either is 0.
    pub log2_ratio: Option<f64>,
    /// Lower end of its exact 95 % interval by the counts; absent without counts, and where it has no bound.
    pub lower: Option<f64>,
    /// Upper end of that interval.
    pub upper: Option<f64>,
}

impl MarkerProfile {
    /// The value, if it is good enough to be used.
    pub fn usable(&self) -> Option<f64> {
        self.value.filter(|_| !self.flags.iter().copied().collect::<Flags>().fail())
    }

    /// The count behind a usable density; absent without a count and an area.
    fn count(&self) -> Option<CellCount> {
        self.usable().and_then(|_| cell_count(self.measure, self.n_cells, self.area_mm2))
    }
}

impl PatientContexture {
    /// The axes and locations that follow from the markers of a patient.
    pub fn of_markers(patient_id: String, markers: Vec<MarkerProfile>, axes: &Axes) -> Self {
        let of_axis = |axis: &str, sign: AxisSign| {
            let expected: Vec<&Marker> = axes.with_sign(axis, sign).map(|it| &it.marker).collect();
            (!expected.is_empty()).then(|| axis_profile(axis, sign, &expected, &markers))
        };
        let names = axes.axes.iter().map(|it| it.name.as_str());
        let profiles = names.flat_map(|axis| AxisSign::ALL.into_iter().filter_map(move |sign| of_axis(axis, sign)));
        let profiles = profiles.collect();
        let location = axes.distinct_markers().into_iter().filter_map(|it| location(&it.marker, &markers)).collect();
        Self { patient_id, axes: profiles, location, markers }
    }
}

/// A marker in each of its regions.
fn in_regions<'a>(markers: &'a [MarkerProfile], marker: &'a Marker) -> impl Iterator<Item = &'a MarkerProfile> {
    markers.iter().filter(move |it| it.component.marker == *marker)
}

fn axis_profile(axis: &str, sign: AxisSign, expected: &[&Marker], markers: &[MarkerProfile]) -> AxisProfile {
    let is_measured = |marker: &&&Marker| in_regions(markers, marker).any(|it| it.usable().is_some());
    // METHOD: the mean over the regions of a marker goes before the mean over markers, so that a marker that was measured in
    // more regions than another does not count for more.
    let of_marker = |marker: &&Marker| {
        mean_percentile::of_points(in_regions(markers, marker).filter_map(|it| it.percentile).map(Percentile::value))
    };
    // METHOD: markers whose sign depends on the context enter no mean, since their percentiles point nowhere.
    let has_mean = sign != AxisSign::Context;
    let means: Vec<f64> = expected.iter().filter(|_| has_mean).filter_map(of_marker).collect();
    let placed = |marker| in_regions(markers, marker).filter(|it| has_mean && it.percentile.is_some());
    AxisProfile {
        axis: axis.to_owned(),
        sign,
        n_in_mean: means.len(),
        in_mean: expected.iter().flat_map(|it| placed(it)).map(|it| it.component.clone()).collect(),
        mean_percentile: mean_percentile::of_points(means.into_iter()),
        n_measured: expected.iter().filter(is_measured).count(),
        n_expected: expected.len(),
        missing: expected.iter().filter(|it| !is_measured(it)).map(|&it| it.clone()).collect(),
    }
}

/// Core against margin of one marker; absent if it has no usable density in both.
fn location(marker: &Marker, markers: &[MarkerProfile]) -> Option<LocationRatio> {
    let of = |region: &str| {
        let is_it = |it: &&MarkerProfile| it.component.marker == *marker && it.component.region.as_str() == region;
        markers.iter().find(is_it).filter(|it| it.measure == Measure::Density)
    };
    let (core, margin) = (of(CORE)?, of(MARGIN)?);
    let (in_core, at_margin) = (core.usable()?, margin.usable()?);
    let finite_log = |it: f64| Some(it.log2()).filter(|it| it.is_finite());
    // METHOD: no offset is added to a density of 0, which has no ratio here. The scores that are such ratios add half the
    // smallest density above 0 of their reference, so that every patient has one; the exact interval of two counts is that of
    // the ratio as it is.
    let counted = core.count().zip(margin.count());
    let interval = counted.and_then(|(core, margin)| count_change::estimate(margin, core).ok()?);
    Some(LocationRatio {
        marker: marker.clone(),
        log2_ratio: if at_margin > 0.0 { finite_log(in_core / at_margin) } else { None },
        lower: interval.and_then(|it| finite_log(it.lower)),
        upper: interval.and_then(|it| finite_log(it.upper?)),
    })
}
