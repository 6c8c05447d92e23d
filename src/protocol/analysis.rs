//! What is asked of a table of patients: an endpoint, groups, models, cut-points.

mod roles;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EventValues, Factor, TimeUnit};
use crate::model::problem::{KeyPath, Problem, first_repeat};
use crate::survival::bands::Band;
use crate::survival::confidence::ConfidenceScale;
use crate::survival::cox::Ties;
use crate::survival::weighted_log_rank::Weight;

/// The analysis of one endpoint in a table with one row a patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Analysis {
    /// Short name used in tables: letters, digits, `_` and `-`.
    pub name: String,
    /// Name used for a reader; the short name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Column with the time from the start of follow-up to the event or to the last contact.
    pub time: String,
    /// Unit of every time.
    pub unit: TimeUnit,
    /// Column with the time at which a patient came under observation (left truncation); all from the start if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Column that says what ended the follow-up, and what its values mean.
    pub status: StatusCoding,
    /// Columns whose classes are compared.
    #[serde(default)]
    pub by: Vec<Grouping>,
    /// Tests by which classes are compared.
    #[serde(default = "log_rank_alone")]
    pub tests: Vec<GroupTest>,
    /// Cox models.
    #[serde(default)]
    pub models: Vec<TableModel>,
    /// Columns of numbers for which a cut-point is searched; their number stands beside every corrected p-value.
    #[serde(default)]
    pub cutpoints: Vec<String>,
    /// Columns of numbers for which two cut-points are searched, between three ordered groups.
    #[serde(default)]
    pub two_cutpoints: Vec<String>,
    /// Columns whose classes each have a baseline hazard of their own, in every test and model.
    #[serde(default)]
    pub strata: Vec<String>,
    /// Column with the weight of each patient; each counts as one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Column that says which rows belong together, such as the patient or the centre: standard errors are robust to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// How tied events are treated in Cox models.
    #[serde(default)]
    pub ties: Ties,
    /// Scale of the Kaplan-Meier intervals.
    #[serde(default = "log_log")]
    pub confidence_scale: ConfidenceScale,
    /// Times at which survival and performance are reported, in the unit of the endpoint.
    #[serde(default)]
    pub times: Vec<f64>,
    /// Shares of patients, between 0 and 1: by when has the event happened to as many? The median stands in any case.
    #[serde(default)]
    pub quantiles: Vec<f64>,
    /// Predicted risks, between 0 and 1, from which patients might be treated: the net benefit of each model there, at each of
    /// `times`.
    #[serde(default)]
    pub thresholds: Vec<f64>,
    /// Simultaneous confidence bands of survival curves; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Band>,
    /// Replicates of every bootstrap and permutation. If absent, models are not validated by bootstrap, and searches for
    /// cut-points, which cannot do without, take 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub bootstrap: Option<usize>,
    /// Seed of everything random.
    #[serde(default)]
    pub seed: u64,
}

impl Analysis {
    /// The name for a reader.
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// What the schema cannot say: parts that contradict each other. Absent if there is nothing.
    pub fn problem(&self) -> Option<Problem> {
        if self.times.iter().any(|it| !(it.is_finite() && *it > 0.0)) || !self.times.is_sorted_by(|a, b| a < b) {
            let times: Vec<String> = self.times.iter().map(f64::to_string).collect();
            let text = format!("times are {}, expected numbers greater than 0, ascending", times.join(", "));
            return Some(Problem::at("times", text));
        }
        let shares = [
            ("quantiles", &self.quantiles, "0.25 is the time of the first quarter of events"),
            ("thresholds", &self.thresholds, "0.1 is a risk of 10 % at which one would treat"),
        ];
        for (name, shares, example) in shares {
            if shares.iter().any(|it| !(*it > 0.0 && *it < 1.0)) || !shares.is_sorted_by(|a, b| a < b) {
                let found: Vec<String> = shares.iter().map(f64::to_string).collect();
                let found = found.join(", ");
                let text = format!("{name} are {found}, expected shares between 0 and 1, ascending; {example}");
                return Some(Problem::at(name, text));
            }
        }
        if !self.thresholds.is_empty() && self.times.is_empty() {
            let text = "there are thresholds and no times; say by which times the risk is meant";
            return Some(Problem::at("thresholds", text));
        }
        if self.tests.is_empty() {
            return Some(Problem::at("tests", "tests is empty; the default is log_rank"));
        }
        if self.bootstrap == Some(0) {
            return Some(Problem::at("bootstrap", "bootstrap is 0; leave it out for none"));
        }
        if let Some(both) = self.status.in_both() {
            let text = format!("status {both} is declared to mean two things; it can mean one");
            return Some(Problem::at("status", text));
        }
        if self.ties == Ties::Exact && self.weights.is_some() {
            let text = "ties are exact and there are weights; the exact likelihood is not defined for weights";
            return Some(Problem::at("ties", text).or_at("weights"));
        }
        self.repeat_problem()
            .or_else(|| {
                let models = self.models.iter().enumerate();
                let mut models = models.map(|(at, it)| Some(it.problem()?.within(KeyPath::from("models").item(at))));
                models.find_map(|it| it)
            })
            .or_else(|| roles::problem(self))
    }

    /// What stands twice.
    fn repeat_problem(&self) -> Option<Problem> {
        let twice = |list: KeyPath, (first, again): (usize, usize), text: String| {
            Some(Problem::at(list.clone().item(again), text).after(list.item(first)))
        };
        for (at, grouping) in self.by.iter().enumerate() {
            let classes: Vec<&String> = grouping.classes.iter().flatten().collect();
            if let Some(repeat) = first_repeat(&classes) {
                let text = format!("by '{}' names class '{}' twice", grouping.column, classes[repeat.1]);
                return twice(KeyPath::from("by").item(at).key("classes"), repeat, text);
            }
        }
        let columns: Vec<&String> = self.by.iter().map(|it| &it.column).collect();
        if let Some(repeat) = first_repeat(&columns) {
            return twice("by".into(), repeat, format!("by '{}' stands twice; once is enough", columns[repeat.1]));
        }
        let labels: Vec<&String> = self.status.competing.iter().map(|it| &it.label).collect();
        if let Some(repeat) = first_repeat(&labels) {
            let label = labels[repeat.1];
            let text = format!("competing event '{label}' stands twice; name all of its values at once");
            return twice(KeyPath::from("status").key("competing"), repeat, text);
        }
        let names: Vec<&String> = self.models.iter().map(|it| &it.name).collect();
        let repeat = first_repeat(&names)?;
        let text = format!("model '{}' stands twice; each needs a name of its own", names[repeat.1]);
        twice("models".into(), repeat, text)
    }
}

fn log_rank_alone() -> Vec<GroupTest> {
    vec![GroupTest::Weighted(Weight::LogRank)]
}

fn log_log() -> ConfidenceScale {
    ConfidenceScale::LogLog
}

/// The column that says what ended the follow-up, and what its values mean: declared, never guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusCoding {
    /// The column.
    pub column: String,
    /// The value, or values, that mean that the event happened.
    pub event: EventValues,
    /// Events after which the event cannot happen any more, such as death of another cause.
    #[serde(default)]
    pub competing: Vec<CompetingEvent>,
    /// The value, or values, that mean that nothing had happened; if absent, the one other value that the column holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub censored: Option<EventValues>,
}

impl StatusCoding {
    /// A value that is declared to mean two things; absent if there is none.
    fn in_both(&self) -> Option<String> {
        let declared: Vec<&EventValues> =
            [&self.event].into_iter().chain(self.competing.iter().map(|it| &it.value)).chain(&self.censored).collect();
        let is_elsewhere = |at: usize, word: &str| declared[at + 1..].iter().any(|it| it.contains(word));
        declared.iter().enumerate().find_map(|(at, it)| it.words().into_iter().find(|word| is_elsewhere(at, word)))
    }
}

/// An event that competes with the event of interest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetingEvent {
    /// Its name for a reader.
    pub label: String,
    /// The value, or values, of the status column that mean it.
    pub value: EventValues,
}

/// A column whose classes are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// The column.
    pub column: String,
    /// Its classes in their order, the one that others are compared with first; sorted, numbers by size, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

/// A test of whether classes differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupTest {
    /// The largest of four tests of Fleming and Harrington, for two classes.
    MaxCombo,
    /// A log-rank test in which event times count by a weight.
    #[serde(untagged)]
    Weighted(Weight),
}

/// A Cox model of a table's columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableModel {
    /// Short name used in tables: letters, digits, `_` and `-`.
    pub name: String,
    /// Name used for a reader; the short name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Columns that enter as numbers.
    #[serde(default)]
    pub covariates: Vec<String>,
    /// Columns that enter as classes.
    #[serde(default)]
    pub factors: Vec<Factor>,
    /// Columns that enter as restricted cubic splines.
    #[serde(default)]
    pub splines: Vec<Spline>,
    /// Column that enters with a coefficient of 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// Whether the effect of a treatment depends on a marker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction: Option<Interaction>,
    /// How coefficients are shrunken; not at all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty: Option<Penalty>,
}

impl TableModel {
    /// The name for a reader.
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// The columns that have coefficients, without the offset.
    pub fn columns(&self) -> Vec<&String> {
        let interaction = self.interaction.iter().flat_map(|it| [&it.treatment.column, &it.marker]);
        self.covariates
            .iter()
            .chain(self.factors.iter().map(|it| &it.column))
            .chain(self.splines.iter().map(|it| &it.column))
            .chain(interaction)
            .collect()
    }

    /// Where each of [`Self::columns`] is said.
    fn places(&self) -> Vec<KeyPath> {
        let items = |key: &'static str, n: usize| (0..n).map(move |at| KeyPath::from(key).item(at));
        let interaction = self.interaction.iter().flat_map(|_| {
            let interaction = KeyPath::from("interaction");
            [interaction.clone().key("treatment"), interaction.key("marker")]
        });
        items("covariates", self.covariates.len())
            .chain(items("factors", self.factors.len()))
            .chain(items("splines", self.splines.len()))
            .chain(interaction)
            .collect()
    }

    /// What the schema cannot say. Absent if there is nothing.
    fn problem(&self) -> Option<Problem> {
        let about =
            |key: &'static str, problem: &str| Some(Problem::at(key, format!("model '{}' {problem}", self.name)));
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
        if self.name.is_empty() || !self.name.chars().all(is_word) {
            return about("name", "needs a name of letters, digits, '_' and '-'; put words in label");
        }
        let columns = self.columns();
        if columns.is_empty() {
            return about("covariates", "has no covariates, factors, splines or interaction");
        }
        if let Some((first, again)) = first_repeat(&columns) {
            let text = format!("model '{}' names column '{}' twice", self.name, columns[again]);
            let mut places = self.places();
            return Some(Problem::at(places.swap_remove(again), text).after(places.swap_remove(first)));
        }
        if let Some(at) = self.splines.iter().position(|it| !(3..=7).contains(&it.knots)) {
            let text = format!("model '{}' has a spline whose knots are not from 3 to 7", self.name);
            return Some(Problem::at(KeyPath::from("splines").item(at), text));
        }
        match self.penalty {
            Some(_) if self.interaction.is_some() => {
                about("penalty", "has a penalty and an interaction; an interaction is tested")
            }
            Some(Penalty::Ridge { theta }) if !(theta.is_finite() && theta > 0.0) => {
                about("penalty", "has a theta not above 0")
            }
            Some(Penalty::ElasticNet { alpha, .. }) if !(0.0..=1.0).contains(&alpha) => {
                about("penalty", "has an alpha outside 0 to 1")
            }
            Some(Penalty::ElasticNet { folds, .. }) if folds < 3 => about("penalty", "has fewer than 3 folds"),
            _ => None,
        }
    }
}

/// A column that enters a model as a restricted cubic spline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spline {
    /// The column.
    pub column: String,
    /// Number of knots, from 3 to 7, at Harrell's quantiles.
    #[serde(default = "four_knots")]
    #[schemars(range(min = 3, max = 7))]
    pub knots: usize,
}

fn four_knots() -> usize {
    4
}

/// A treatment whose effect may depend on a marker: a predictive marker, not only a prognostic one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// The treatment, and the class that the other is compared with.
    pub treatment: Factor,
    /// The column of the marker, a number.
    pub marker: String,
}

/// How coefficients are shrunken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Penalty {
    /// The sum of squares times half of `theta`.
    Ridge {
        /// Strength.
        theta: f64,
    },
    /// A mixture of absolute values and squares, its strength chosen by cross-validation.
    ElasticNet {
        /// Share of the absolute values: 1 is the lasso, 0 ridge.
        alpha: f64,
        /// Number of folds.
        folds: usize,
    },
    /// Firth's penalty, which keeps coefficients finite.
    Firth,
}
