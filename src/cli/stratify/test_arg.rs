//! A test of classes as a word of the command line, with its powers if it has any.

use std::ffi::OsStr;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, ValueEnum};

use crate::protocol::GroupTest;
use crate::survival::weighted_log_rank::Weight;

/// Tests that are called by a word alone.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TestArg {
    LogRank,
    Gehan,
    TaroneWare,
    PetoPeto,
    ModifiedPetoPeto,
    /// Weights early events; the same as fh:1:0
    FlemingHarringtonEarly,
    /// Weights late events; the same as fh:0:1
    FlemingHarringtonLate,
    /// The largest of four, for two classes
    MaxCombo,
}

impl From<TestArg> for GroupTest {
    fn from(test: TestArg) -> Self {
        Self::Weighted(match test {
            TestArg::LogRank => Weight::LogRank,
            TestArg::Gehan => Weight::Gehan,
            TestArg::TaroneWare => Weight::TaroneWare,
            TestArg::PetoPeto => Weight::PetoPeto,
            TestArg::ModifiedPetoPeto => Weight::ModifiedPetoPeto,
            TestArg::FlemingHarringtonEarly => Weight::FlemingHarrington { p: 1.0, q: 0.0 },
            TestArg::FlemingHarringtonLate => Weight::FlemingHarrington { p: 0.0, q: 1.0 },
            TestArg::MaxCombo => return Self::MaxCombo,
        })
    }
}

/// Reads a word such as `log-rank`, and one with powers, `fh:0.5:0.5` or `g-rho:1`.
#[derive(Clone, Debug)]
pub(super) struct TestParser;

impl TypedValueParser for TestParser {
    type Value = GroupTest;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<GroupTest, clap::Error> {
        let Some((name, powers)) = value.to_str().and_then(|it| it.split_once(':')) else {
            return EnumValueParser::<TestArg>::new().parse_ref(command, arg, value).map(Into::into);
        };
        with_powers(name, powers).map(GroupTest::Weighted).ok_or_else(|| {
            let problem = format!(
                "invalid test '{name}:{powers}': expected fh:P:Q, the powers of Fleming and Harrington of 0 or more, or \
                 g-rho:RHO, a power\n"
            );
            clap::Error::raw(ErrorKind::ValueValidation, problem).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let with_powers = [
            PossibleValue::new("fh:P:Q").help("Fleming and Harrington's weight of survival^P (1 - survival)^Q"),
            PossibleValue::new("g-rho:RHO").help("Survival to the power of RHO, as rho of R's survdiff"),
        ];
        Some(Box::new(TestArg::value_variants().iter().filter_map(ValueEnum::to_possible_value).chain(with_powers)))
    }
}

fn with_powers(name: &str, powers: &str) -> Option<Weight> {
    let powers: Vec<f64> = powers.split(':').map(|it| it.parse().ok()).collect::<Option<_>>()?;
    match (name, powers.as_slice()) {
        ("fh" | "fleming-harrington", &[p, q]) => Some(Weight::FlemingHarrington { p, q }),
        ("g-rho", &[rho]) => Some(Weight::GRho { rho }),
        _ => None,
    }
    .filter(|_| powers.iter().all(|it| it.is_finite() && (name == "g-rho" || *it >= 0.0)))
}
