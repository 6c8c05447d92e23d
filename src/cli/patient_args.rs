//! Words of options about a table of patients, the same for every command that reads one.

use clap::ValueEnum;

use crate::protocol::{EventValues, TimeUnit};

/// A column, or a name, and the values behind the sign of equality.
#[derive(Clone, Debug)]
pub(super) struct ColumnAndValues {
    pub(super) column: String,
    pub(super) values: Vec<String>,
}

pub(super) fn column_and_values(text: &str) -> Result<ColumnAndValues, String> {
    match text.split_once('=') {
        Some((column, values)) if !column.is_empty() && !values.is_empty() => Ok(ColumnAndValues {
            column: column.to_owned(),
            values: values.split(',').map(|it| it.trim().to_owned()).collect(),
        }),
        _ => Err("expected NAME=VALUE, such as status=1".to_owned()),
    }
}

/// Words of the command line; numbers compare as numbers, as in a study file.
pub(super) fn values(words: &[String]) -> EventValues {
    let value = |word: &String| word.parse().map_or_else(|_| EventValues::Text(word.clone()), EventValues::Number);
    match words {
        [one] => value(one),
        several => EventValues::Several(several.iter().map(value).collect()),
    }
}

/// Unit of time.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum UnitArg {
    Days,
    Months,
    Years,
}

impl From<UnitArg> for TimeUnit {
    fn from(unit: UnitArg) -> Self {
        match unit {
            UnitArg::Days => Self::Days,
            UnitArg::Months => Self::Months,
            UnitArg::Years => Self::Years,
        }
    }
}
