//! What is to be known of a measurement, or of a score, in plain words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A remark on the quality of a measurement; the last two are on the score of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// No value was given.
    Missing,
    /// Measured on so little tissue that it is not used.
    AreaTooSmall,
    /// Measured on little tissue.
    AreaSmall,
    /// A density higher than tissue can hold; not used.
    DensityImplausible,
    /// Fewer cells in the whole of a share than the protocol asks for; not used.
    TooFewCells,
    /// CD8 well above CD3 in the same region.
    Cd8AboveCd3,
    /// The markers of the region were measured on areas that do not match.
    AreaMismatch,
    /// Below every value of the reference; the percentile is clamped at 0.
    BelowReference,
    /// Above every value of the reference; the percentile is clamped at 100.
    AboveReference,
    /// A share of cells whose number is not known, where the protocol asks for a number.
    CellsNotCounted,
    /// The class in some scheme is another by the tie rule `mid` than by `leq`.
    ClassDependsOnTieRule,
    /// One sample of a patient decides, and another has no score, or was measured in fewer components.
    AnotherSampleCouldDecide,
}

/// How much a [`Flag`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The measurement is not used.
    Fail,
    /// The measurement is used; look at it.
    Warn,
}

/// The flags of one measurement, or of one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// Adds a flag.
    pub const fn insert(&mut self, flag: Flag) {
        self.0 |= 1 << flag as u16;
    }

    /// Whether a flag is among them.
    pub const fn contains(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u16) != 0
    }

    /// Whether the measurement is not used.
    pub const fn fail(self) -> bool {
        self.0 & FAILS.0 != 0
    }

    /// The flags, in the order of [`Flag::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |it| self.contains(*it))
    }
}

/// Those that fail.
const FAILS: Flags = {
    let (mut fails, mut at) = (Flags(0), 0);
    while at < Flag::ALL.len() {
        if matches!(Flag::ALL[at].severity(), Severity::Fail) {
            fails.insert(Flag::ALL[at]);
        }
        at += 1;
    }
    fails
};

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut of_all = Self::default();
        flags.into_iter().for_each(|it| of_all.insert(it));
        of_all
    }
}

impl Flag {
    /// All flags, in the order they are listed in.
    pub const ALL: [Self; 12] = [
        Self::Missing,
        Self::AreaTooSmall,
        Self::AreaSmall,
        Self::DensityImplausible,
        Self::TooFewCells,
        Self::Cd8AboveCd3,
        Self::AreaMismatch,
        Self::BelowReference,
        Self::AboveReference,
        Self::CellsNotCounted,
        Self::ClassDependsOnTieRule,
        Self::AnotherSampleCouldDecide,
    ];

    /// Those of a measurement, in the order they are listed in.
    pub fn of_measurements() -> impl Iterator<Item = Self> {
        let is_of_score = |it: &Self| matches!(it, Self::ClassDependsOnTieRule | Self::AnotherSampleCouldDecide);
        Self::ALL.into_iter().filter(move |it| !is_of_score(it))
    }

    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::AreaTooSmall => "area_too_small",
            Self::AreaSmall => "area_small",
            Self::DensityImplausible => "density_implausible",
            Self::TooFewCells => "too_few_cells",
            Self::Cd8AboveCd3 => "cd8_above_cd3",
            Self::AreaMismatch => "area_mismatch",
            Self::BelowReference => "below_reference",
            Self::AboveReference => "above_reference",
            Self::CellsNotCounted => "cells_not_counted",
            Self::ClassDependsOnTieRule => "class_depends_on_tie_rule",
            Self::AnotherSampleCouldDecide => "another_sample_could_decide",
        }
    }

    /// The flag of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// How much it weighs.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Missing | Self::AreaTooSmall | Self::DensityImplausible | Self::TooFewCells => Severity::Fail,
            _ => Severity::Warn,
        }
    }

    /// In plain words, for the person who reads the report.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Missing => "not measured",
            Self::AreaTooSmall => "measured on too little tissue: not used",
            Self::AreaSmall => "measured on little tissue: the density is uncertain",
            Self::DensityImplausible => "more cells than tissue can hold: check the unit of the area; not used",
            Self::TooFewCells => "a share of fewer cells than the protocol asks for: not used",
            Self::Cd8AboveCd3 => {
                "clearly more CD8+ than CD3+ cells: nearly all CD8+ T cells carry CD3, check the staining"
            }
            Self::AreaMismatch => "the markers were measured on areas of very different size: check the annotation",
            Self::BelowReference => "lower than every value of the reference: percentile set to the lowest",
            Self::AboveReference => "higher than every value of the reference: percentile set to the highest",
            Self::CellsNotCounted => {
                "a share without the number of cells: whether there were as many as the protocol asks for is not known"
            }
            Self::ClassDependsOnTieRule => {
                "the class depends on how reference values equal to the measured one count, half or whole"
            }
            Self::AnotherSampleCouldDecide => {
                "another sample could decide: it has no score, or was measured in fewer components than the one that does"
            }
        }
    }
}
