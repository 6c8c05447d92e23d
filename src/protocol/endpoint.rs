//! What is asked of the scores: endpoints and models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time to an event, as two columns of the clinical table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Short name used in tables and file names: letters, digits, `_` and `-`.
    pub name: String,
    /// Name used on pages, such as `Overall survival`; the short name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Column with the time from the start of follow-up to the event or to the last contact.
    pub time: String,
    /// Unit of that time.
    pub unit: TimeUnit,
    /// Column that says whether the event happened, and the values it may hold.
    pub event: EventCoding,
}

impl Endpoint {
    /// The name for a reader.
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }
}

/// The unit of a time. A year is 365.25 days or 12 months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Days.
    Days,
    /// Months.
    Months,
    /// Years.
    Years,
}

impl TimeUnit {
    /// How many of the unit make a year.
    pub const fn per_year(self) -> f64 {
        match self {
            Self::Days => 365.25,
            Self::Months => 12.0,
            Self::Years => 1.0,
        }
    }

    /// The unit in the plural, as written behind a number.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Months => "months",
            Self::Years => "years",
        }
    }
}

/// The column of the event, and what its values mean: declared, never guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventCoding {
    /// The column.
    pub column: String,
    /// The value, or values, that mean that the event happened.
    pub value: EventValues,
    /// The value, or values, that mean that it had not happened at that time.
    pub censored: EventValues,
}

impl EventCoding {
    /// A value that is declared to mean both; absent if there is none.
    pub fn in_both(&self) -> Option<String> {
        self.value.words().into_iter().find(|it| self.censored.contains(it))
    }
}

/// One value or several, written as text, number or true/false; compared as the text that stands in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum EventValues {
    /// One number.
    Number(f64),
    /// One logical value.
    Logical(bool),
    /// One word.
    Text(String),
    /// Several of them.
    Several(Vec<EventValues>),
}

impl EventValues {
    /// The values, each as it would stand in a table.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Several(several) => several.iter().map(ToString::to_string).collect(),
            one => vec![one.to_string()],
        }
    }

    /// Whether a cell of the table holds one of the values. Numbers compare as numbers (`1` is `1.0`), words without
    /// regard to case.
    pub fn contains(&self, cell: &str) -> bool {
        match self {
            Self::Number(number) => cell.parse::<f64>().is_ok_and(|it| (it - *number).abs() < f64::EPSILON),
            Self::Logical(value) => cell.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
            Self::Text(text) => cell.eq_ignore_ascii_case(text.trim()),
            Self::Several(values) => values.iter().any(|it| it.contains(cell)),
        }
    }
}

impl std::fmt::Display for EventValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Logical(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "{text}"),
            Self::Several(values) => {
                let words: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "{}", words.join(", "))
            }
        }
    }
}

/// A multivariable Cox model: what the score is adjusted for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Short name used in tables: letters, digits, `_` and `-`.
    pub name: String,
    /// Name used on pages; the short name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Endpoints it is fitted to, by name; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<String>>,
    /// Columns that enter as numbers.
    #[serde(default)]
    pub covariates: Vec<String>,
    /// Columns that enter as classes.
    #[serde(default)]
    pub factors: Vec<Factor>,
    /// Columns whose classes each have a baseline hazard of their own.
    #[serde(default)]
    pub strata: Vec<String>,
}

impl ModelSpec {
    /// The name for a reader.
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// Whether the model is fitted to an endpoint.
    pub fn applies_to(&self, endpoint: &str) -> bool {
        self.endpoints.as_ref().is_none_or(|names| names.iter().any(|it| it == endpoint))
    }
}

/// A column that enters a model as classes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// The column.
    pub column: String,
    /// The class that the others are compared with.
    pub reference: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_value_is_compared_as_it_is_meant() {
        assert!(EventValues::Number(1.0).contains("1"));
        assert!(EventValues::Number(1.0).contains("1.0"));
        assert!(!EventValues::Number(1.0).contains("11"));
        assert!(EventValues::Text("Dead".to_owned()).contains("dead"));
        assert!(EventValues::Logical(true).contains("TRUE"));
        let several = EventValues::Several(vec![EventValues::Number(0.0), EventValues::Number(2.0)]);
        assert!(several.contains("2") && !several.contains("1"));
        assert_eq!(several.to_string(), "0, 2");
    }
}
