//! What a cell is: rules over the markers it is positive or negative for.
//!
//! A marker that was not measured, or could not be read, is unknown: neither positive nor negative. Rules follow Kleene's
//! strong three-valued logic, so that an unknown marker never counts either way: `CD3 & CD8` is negative where CD3 is
//! negative, whatever CD8 is, and unknown where CD3 is positive and CD8 is unknown.
//!
//! # References
//!
//! * Kleene SC. *Introduction to Metamathematics*. North-Holland 1952, § 64.

mod expression;
mod rules;

pub use expression::Expression;
pub use rules::{PhenotypeRules, RuleProblem, RuleText};

use std::ops::{BitAnd, BitOr, Not};

/// Whether a cell is positive for a marker, or of a phenotype.
// The order is the one of Kleene's truth values: *and* is the least of two, *or* the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It is known not to be.
    Negative,
    /// Nobody knows.
    Unknown,
    /// It is.
    Positive,
}

impl BitAnd for State {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.min(other)
    }
}

impl BitOr for State {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Not for State {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Negative => Self::Positive,
            Self::Unknown => Self::Unknown,
            Self::Positive => Self::Negative,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::State::{Negative, Positive, Unknown};

    #[test]
    fn unknown_is_decided_only_by_what_decides_alone() {
        // Kleene 1952, § 64: the strong tables.
        assert_eq!([Positive & Unknown, Unknown & Unknown, Negative & Unknown], [Unknown, Unknown, Negative]);
        assert_eq!([Positive | Unknown, Unknown | Unknown, Negative | Unknown], [Positive, Unknown, Unknown]);
        assert_eq!([!Positive, !Unknown, !Negative], [Negative, Unknown, Positive]);
        assert_eq!([Positive & Negative, Positive | Negative], [Negative, Positive]);
    }
}
