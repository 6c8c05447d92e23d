//! What a score is made of: one measurement each.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainedCutoff;
use crate::model::problem::Problem;
use crate::model::{Component, Marker, Region};

/// The most cells that a square millimetre holds, 20,000, are this many on a square micrometre. What is lower, and not 0,
/// looks like a density per µm².
pub const MOST_CELLS_PER_UM2: f64 = 0.02;

/// Distances within which a cell can be near, in µm: nearer than the least lie no two cells, and the most is the length of a slide.
const NEAR_UM: RangeInclusive<f64> = 1.0..=75_000.0;

/// One component of a score: what is measured, where, and what it counts for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentSpec {
    /// Marker, or the phenotype that is counted or graded.
    pub marker: Marker,
    /// Region it is measured in.
    pub region: Region,
    /// What is measured.
    #[serde(default)]
    pub measure: Measure,
    /// With `percent_of_cells` and `per_100_cells`: the marker or phenotype of the whole, counted in the same region. With
    /// `proximity`: that of the cells that are asked whether one of the marker is near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Marker>,
    /// With `proximity`: how near is near, in µm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_um: Option<f64>,
    /// Which way the component counts.
    #[serde(default)]
    pub sign: Sign,
    /// Above this, in the unit of the measure, the component is high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<f64>,
    /// Above this percentile of the reference the component is high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff_percentile: Option<f64>,
    /// How the cut-off was learned; absent for one that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<TrainedCutoff>,
    /// With `weighted_sum`: what the component is multiplied with; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// With `grade`: the highest grade there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<f64>,
}

impl ComponentSpec {
    /// The density of a marker in a region, and nothing else said of it.
    pub fn density(marker: Marker, region: Region) -> Self {
        Self {
            marker,
            region,
            measure: Measure::Density,
            of: None,
            within_um: None,
            sign: Sign::Favourable,
            cutoff: None,
            cutoff_percentile: None,
            trained: None,
            weight: None,
            highest: None,
        }
    }

    /// Marker and region.
    pub fn component(&self) -> Component {
        Component::new(self.marker.clone(), self.region.clone())
    }

    /// What the component is multiplied with in a weighted sum.
    pub fn weight(&self) -> f64 {
        self.weight.unwrap_or(1.0)
    }

    /// What is measured, for a reader, such as `share of tumour cells within 20 µm`.
    pub fn measure_in_words(&self) -> String {
        self.measure.in_words(self.of.as_ref(), self.within_um)
    }

    /// The marker and region of the whole, where the measure has one.
    pub fn whole(&self) -> Option<Component> {
        self.of.clone().map(|it| Component::new(it, self.region.clone()))
    }

    /// What contradicts itself, and which key says it; absent if nothing does.
    pub(super) fn problem(&self) -> Option<Problem> {
        let about = |key: &'static str, problem: &str| {
            Some(Problem::at(key, format!("component {} {problem}", self.component())))
        };
        let of = self.of.as_ref().map(Marker::as_str);
        let names = [("marker", Some(self.marker.as_str())), ("region", Some(self.region.as_str())), ("of", of)];
        if let Some((key, _)) = names.into_iter().find(|it| it.1.is_some_and(|it| it.trim().is_empty())) {
            return Some(Problem::at(key, format!("a component has {key} = \"\", expected a name")));
        }
        if self.measure.is_ratio_of_cells() != self.of.is_some() {
            return if self.of.is_some() {
                about("of", "has of = …, which only percent_of_cells, per_100_cells and proximity read")
            } else if self.measure == Measure::Proximity {
                about(
                    "measure",
                    "needs of = \"…\", the cells that are asked whether one of the marker is near, such as \"tumour cells\"",
                )
            } else {
                about(
                    "measure",
                    "needs of = \"…\", the phenotype of all cells that the share is taken of, such as \"tumour cells\"",
                )
            };
        }
        if self.of.as_ref() == Some(&self.marker) {
            return about("of", "is a share of itself; of = \"…\" names the whole");
        }
        if (self.measure == Measure::Proximity) != self.within_um.is_some() {
            return if self.within_um.is_some() {
                about("within_um", "has within_um = …, which only measure = \"proximity\" reads")
            } else {
                about("measure", "needs within_um = …, the distance in µm within which a cell is near")
            };
        }
        if let Some(radius) = self.within_um.filter(|it| !NEAR_UM.contains(it)) {
            let (least, most) = (NEAR_UM.start(), NEAR_UM.end());
            let expected = format!("expected {least} to {most} µm, which is the length of a slide");
            return about("within_um", &format!("has within_um {radius}, {expected}"));
        }
        if (self.measure == Measure::Grade) != self.highest.is_some() {
            return if self.highest.is_some() {
                about("highest", "has highest = …, which only measure = \"grade\" reads")
            } else {
                about("measure", "needs highest = …, the highest grade there is")
            };
        }
        if self.cutoff.is_some() && self.cutoff_percentile.is_some() {
            let both = about("cutoff_percentile", "has a cutoff and a cutoff_percentile; give one of them");
            return both.map(|it| it.or_at("cutoff"));
        }
        if let Some(problem) = self.cutoff.and_then(|it| self.cutoff_problem(it)) {
            return about("cutoff", &format!("has cutoff {problem}"));
        }
        if let Some(cutoff) = self.cutoff_percentile.filter(|it| !(0.0..=100.0).contains(it)) {
            return about("cutoff_percentile", &format!("has cutoff_percentile {cutoff}, expected 0 to 100"));
        }
        if self.trained.is_some() && self.cutoff.is_none() {
            return about("trained", "says how its cut-off was trained, and has none");
        }
        if let Some(problem) = self.trained.as_ref().and_then(TrainedCutoff::problem) {
            return about("trained", &format!("has trained {problem}"));
        }
        if let Some(weight) = self.weight.filter(|it| !it.is_finite() || *it == 0.0) {
            return about("weight", &format!("has weight {weight}, expected a number that is not 0"));
        }
        match self.highest {
            Some(highest) if !(highest.is_finite() && highest > 0.0) => about("highest", "has highest not above 0"),
            _ => None,
        }
    }

    /// Why a cut-off can be none of the measure; absent if it can.
    fn cutoff_problem(&self, cutoff: f64) -> Option<String> {
        let unit = self.measure.unit();
        if !(cutoff.is_finite() && cutoff >= 0.0) {
            return Some(format!("{cutoff}, expected 0 {unit} or more"));
        }
        let is_per_um2 = self.measure == Measure::Density && cutoff > 0.0 && cutoff < MOST_CELLS_PER_UM2;
        is_per_um2.then(|| format!("{cutoff} {unit}, which looks like cells per µm²; multiply it by 1,000,000"))
    }
}

/// What is measured of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Cells per mm² of tissue.
    #[default]
    Density,
    /// Cells, or structures, as they were counted.
    Count,
    /// Cells of the marker in percent of all cells of another phenotype, which they are part of: 100·Σn/ΣN.
    PercentOfCells,
    /// Cells of the marker for each 100 cells of another phenotype, which they are no part of: 100·Σn/ΣN.
    #[serde(rename = "per_100_cells")]
    Per100Cells,
    /// Percent as the table gives it: a share of an area, or what a pathologist read.
    Percent,
    /// The percent of the cells of a kind that have a cell of the marker near them, as the table gives it: the G-cross
    /// function at a distance. It has a direction: tumour cells with a T cell near are not T cells with a tumour cell near.
    Proximity,
    /// A grade as the table gives it.
    Grade,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 7] = [
        Self::Density,
        Self::Count,
        Self::PercentOfCells,
        Self::Per100Cells,
        Self::Percent,
        Self::Proximity,
        Self::Grade,
    ];

    /// The word of the protocol file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Density => "density",
            Self::Count => "count",
            Self::PercentOfCells => "percent_of_cells",
            Self::Per100Cells => "per_100_cells",
            Self::Percent => "percent",
            Self::Proximity => "proximity",
            Self::Grade => "grade",
        }
    }

    /// The measure for a reader, with what a component says of it: which cells it is taken of, and how near is near.
    pub fn in_words(self, of: Option<&Marker>, within_um: Option<f64>) -> String {
        let of = of.map(|it| format!(" of {it}")).unwrap_or_default();
        let within = within_um.map(|it| format!(" within {it} µm")).unwrap_or_default();
        let what = if self == Self::Proximity { "share".to_owned() } else { self.word().replace('_', " ") };
        format!("{what}{of}{within}")
    }

    /// The unit, as written behind a number.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Density => "cells/mm²",
            Self::Count => "cells",
            Self::PercentOfCells | Self::Percent | Self::Proximity => "%",
            Self::Per100Cells => "per 100 cells",
            Self::Grade => "(grade)",
        }
    }

    /// The columns of a density table that give it, in words.
    pub const fn columns(self) -> &'static str {
        match self {
            Self::Density => "cells_per_mm2, or n_cells and area_mm2",
            Self::Count => "n_cells",
            Self::PercentOfCells | Self::Per100Cells => "n_cells, in a row of the marker and one of the whole",
            Self::Percent => "percent, or fraction, or positive_area_mm2 and area_mm2",
            Self::Proximity => "percent, or fraction, of the whole that has one near; n_cells of the whole as a weight",
            Self::Grade => "grade",
        }
    }

    /// Whether cells are put in relation to other cells.
    pub const fn is_ratio_of_cells(self) -> bool {
        matches!(self, Self::PercentOfCells | Self::Per100Cells | Self::Proximity)
    }

    /// Whether it may rest on cells, or structures, that a density table counts.
    pub const fn is_counted(self) -> bool {
        !matches!(self, Self::Percent | Self::Proximity | Self::Grade)
    }

    /// The highest value there can be; absent if there is none, or the protocol says it.
    pub const fn most(self) -> Option<f64> {
        match self {
            Self::PercentOfCells | Self::Percent | Self::Proximity => Some(100.0),
            _ => None,
        }
    }
}

/// Which way a component counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// More of it raises the score.
    #[default]
    Favourable,
    /// More of it lowers the score.
    Adverse,
    /// Not established: the study says it, in `[protocol.signs]`.
    ToBeGiven,
}
