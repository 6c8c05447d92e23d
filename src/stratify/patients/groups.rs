//! Survival by the classes of a column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PatientSet;
use super::levels::{are_ordered, codes, levels};
use super::restricted_means::{self, AdjustedRestrictedMean};
use crate::error::{Error, Result};
use crate::protocol::{Analysis, GroupTest, Grouping};
use crate::survival::bands::{self, ConfidenceBand};
use crate::survival::cox::CoxModel;
use crate::survival::design::{Design, Term};
use crate::survival::kaplan_meier::{self, Quantile, SurvivalAt, SurvivalCurve, Variance};
use crate::survival::max_combo::{Alternative, MaxCombo};
use crate::survival::pairwise::PairwiseTests;
use crate::survival::proportional_hazards::{ProportionalHazards, Transform};
use crate::survival::trend::GroupTrend;
use crate::survival::weighted_log_rank::{Weight, WeightedLogRank};
use crate::survival::{
    Cohort, cox, max_combo, pairwise, proportional_hazards, restricted_mean, trend, weighted_log_rank,
};

/// Survival by the classes of a column, and whether they differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupComparison {
    /// The column.
    pub column: String,
    /// Rows that have a class.
    pub n: usize,
    /// Rows of the analysis that have none.
    pub n_missing: usize,
    /// Events among the rows that have one.
    pub n_events: usize,
    /// One entry a class, in their order.
    pub groups: Vec<TableGroup>,
    /// The tests that were asked for, within strata if the analysis has them; none if a weight is a fraction.
    pub tests: Vec<WeightedLogRank>,
    /// The largest of several tests, if that was asked for and there are two classes.
    pub max_combo: Option<MaxCombo>,
    /// Whether the hazard rises or falls from class to class, by the first of the tests; absent for two classes, and for words
    /// whose order was not declared.
    pub trend: Option<GroupTrend>,
    /// Each class against each other, by the first of the tests; absent for two classes.
    pub pairs: Option<PairwiseTests>,
    /// Mean time free of the event up to a horizon, compared between two classes: up to the last time of the analysis, or as
    /// far as both were followed; absent for other numbers of classes, with strata, and where the horizon is beyond the
    /// follow-up.
    pub restricted_mean: Option<restricted_mean::Comparison>,
    /// The same beside the columns of each model that does not hold this one; empty where `restricted_mean` is absent, and
    /// with late entry or weights.
    pub adjusted_restricted_means: Vec<AdjustedRestrictedMean>,
    /// Cox model of the classes against the first that has rows; absent without events, or with one class alone.
    pub cox: Option<CoxModel>,
    /// Whether its hazard ratios are constant over time; absent if the model is, or a coefficient is not estimated.
    pub proportional_hazards: Option<ProportionalHazards>,
}

/// Survival of the rows of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableGroup {
    /// The class; `all` for all rows.
    pub class: String,
    /// Rows.
    pub n: usize,
    /// Events.
    pub n_events: usize,
    /// Median survival; absent if it was not reached.
    pub median: Quantile,
    /// The quantiles that the analysis asks for.
    pub quantiles: Vec<QuantileAt>,
    /// Survival at the times of the analysis that lie within the follow-up.
    pub survival_at: Vec<SurvivalAt>,
    /// Times of the analysis after the last observation, of which nothing is known.
    pub times_beyond_follow_up: Vec<f64>,
    /// The Kaplan-Meier estimate.
    pub curve: SurvivalCurve,
    /// The simultaneous band that the analysis asks for; absent without one, if no event leaves survivors, and if a weight is
    /// a fraction.
    pub band: Option<ConfidenceBand>,
}

/// When the event has happened to a share of patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantileAt {
    /// The share, between 0 and 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// The time; absent if it was not reached.
    pub time: Quantile,
}

impl TableGroup {
    /// Survival of all rows of a cohort; rows of a cluster may depend on each other.
    pub(super) fn of(class: &str, cohort: &Cohort, clusters: Option<&[usize]>, analysis: &Analysis) -> Result<Self> {
        let settings = kaplan_meier::Settings {
            confidence_scale: analysis.confidence_scale,
            variance: clusters.map_or(Variance::ByWeights, Variance::Clustered),
            ..kaplan_meier::Settings::default()
        };
        let curve = kaplan_meier::estimate_with(cohort, &settings)?;
        let at_times = curve.survival_at_times(&analysis.times);
        Ok(Self {
            class: class.to_owned(),
            n: cohort.len(),
            n_events: cohort.n_events(),
            median: curve.median(),
            quantiles: analysis
                .quantiles
                .iter()
                .map(|&share| QuantileAt { share, time: curve.quantile(share) })
                .collect(),
            survival_at: at_times.rows,
            times_beyond_follow_up: at_times.beyond,
            curve,
            band: band(cohort, analysis)?,
        })
    }
}

fn band(cohort: &Cohort, analysis: &Analysis) -> Result<Option<ConfidenceBand>> {
    let Some(band) = analysis.bands else { return Ok(None) };
    let settings = bands::Settings { band, confidence_scale: analysis.confidence_scale, ..bands::Settings::default() };
    match bands::estimate(cohort, &settings) {
        Ok(band) => Ok(Some(band)),
        Err(Error::Unanswerable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Compares the classes of a column among the rows that have one.
///
/// # Errors
///
/// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if a test or model is not defined for these rows.
pub(super) fn compare(analysis: &Analysis, set: &PatientSet<'_>, grouping: &Grouping) -> Result<GroupComparison> {
    let known = set.complete_in(analysis, &[], &[&grouping.column])?;
    let (cohort, strata) = (&known.cohort, known.strata.as_deref());
    let values = known.classes(&grouping.column);
    let classes = levels(&values, grouping.classes.as_deref());
    let codes = codes(&values, &classes);
    let groups = (0..classes.len()).map(|code| {
        let rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] == code).collect();
        let clusters = known.clusters.as_ref().map(|it| rows.iter().map(|&row| it[row]).collect::<Vec<_>>());
        TableGroup::of(&classes[code], &cohort.select(&rows), clusters.as_deref(), analysis)
    });
    let groups: Vec<TableGroup> = groups.collect::<Result<_>>()?;

    // METHOD: tests that count events are not defined for patients who count as a fraction; the Cox model is.
    let can_test = !known.has_fractional_weights();
    let weights: Vec<Weight> = analysis
        .tests
        .iter()
        .filter_map(|it| if let GroupTest::Weighted(weight) = it { Some(*weight) } else { None })
        .filter(|_| can_test)
        .collect();
    let tests: Vec<WeightedLogRank> = weights
        .iter()
        .map(|&weight| weighted_log_rank::test(cohort, &codes, classes.len(), weight, strata))
        .collect::<Result<_>>()?;
    let wants_max_combo = can_test && classes.len() == 2 && analysis.tests.contains(&GroupTest::MaxCombo);
    let several = weights.first().filter(|_| classes.len() > 2);
    let ordered = several.filter(|_| are_ordered(&classes, grouping.classes.as_deref()));
    let (cox, proportional_hazards) = cox_of_classes(analysis, &known, grouping, &groups)?;
    Ok(GroupComparison {
        column: grouping.column.clone(),
        n: known.rows.len(),
        n_missing: set.rows.len() - known.rows.len(),
        n_events: cohort.n_events(),
        groups,
        max_combo: wants_max_combo
            .then(|| max_combo::test(cohort, &codes, &max_combo::WEIGHTS, Alternative::TwoSided, strata))
            .transpose()?,
        trend: ordered.and(tests.first()).map(|it| trend::of_groups(it, None)).transpose()?.flatten(),
        pairs: several.map(|&it| pairwise::test(cohort, &codes, classes.len(), it, strata)).transpose()?,
        tests,
        restricted_mean: restricted_means::compare(analysis, &known, &codes, classes.len())?,
        adjusted_restricted_means: restricted_means::adjusted(analysis, set, grouping, &classes)?,
        cox,
        proportional_hazards,
    })
}

/// What was asked for and is not defined, in sentences.
pub(super) fn warnings(analysis: &Analysis, set: &PatientSet<'_>, groups: &[GroupComparison]) -> Vec<String> {
    let no_band = analysis.bands.is_some() && set.has_fractional_weights();
    let no_band = no_band.then(|| "there is no band of survival, as weights are fractions".to_owned());
    tests_that_are_not_defined(analysis, set, groups).into_iter().chain(no_band).collect()
}

fn tests_that_are_not_defined(analysis: &Analysis, set: &PatientSet<'_>, groups: &[GroupComparison]) -> Vec<String> {
    if !groups.is_empty() && set.has_fractional_weights() {
        return vec![
            "weights are fractions: classes are compared by Cox models alone, as tests count events".to_owned(),
        ];
    }
    let several = groups.iter().filter(|it| it.groups.len() != 2 && analysis.tests.contains(&GroupTest::MaxCombo));
    several
        .map(|it| format!("max-combo compares two classes, and '{}' has {}: there is none", it.column, it.groups.len()))
        .collect()
}

/// The Cox model of the classes that have rows, against the first of them.
fn cox_of_classes(
    analysis: &Analysis,
    known: &PatientSet<'_>,
    grouping: &Grouping,
    groups: &[TableGroup],
) -> Result<(Option<CoxModel>, Option<ProportionalHazards>)> {
    let present: Vec<String> = groups.iter().filter(|it| it.n > 0).map(|it| it.class.clone()).collect();
    if present.len() < 2 || known.cohort.n_events() == 0 {
        return Ok((None, None));
    }
    let codes = codes(&known.classes(&grouping.column), &present);
    let design = Design::new(vec![Term::factor(grouping.column.clone(), &present, 0, &codes)?]);
    let settings = known.cox_settings(analysis);
    let model = cox::fit_with(&known.cohort, &design, &settings)?;
    let zph = proportional_hazards::test_along(Transform::default(), &known.cohort, &design, &settings, &model)?;
    Ok((Some(model), zph))
}
