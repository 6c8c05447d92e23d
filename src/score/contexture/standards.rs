//! What the percentiles of a contexture are counted in.

use std::collections::BTreeMap;

use super::{ComponentStandard, ContextureSettings, MarkerProfile, NoPercentile, Standard};
use crate::model::TieRule;
use crate::protocol::{ComponentSpec, Protocol, ReferenceMode};
use crate::score::reference::{Reference, TOO_FEW_PATIENTS, takes_part};
use crate::score::{Distribution, Flag, Measurements, Standing, usable_values};

/// The reference of every marker and region, for the patients of each centre where it hangs on the centre.
pub(super) struct Standards<'a> {
    by_centre: BTreeMap<Option<&'a str>, Vec<Found<'a>>>,
}

/// The values of one component, or why there are none.
enum Found<'a> {
    /// Those of the score's reference.
    Score(&'a Distribution),
    /// Those of its patients, in the same file.
    InFile(&'a Distribution),
    /// Those of its patients.
    SamePatients(Distribution),
    /// None.
    Without(NoPercentile),
}

impl Found<'_> {
    const fn distribution(&self) -> Result<&Distribution, NoPercentile> {
        match self {
            Self::Score(it) | Self::InFile(it) => Ok(it),
            Self::SamePatients(it) => Ok(it),
            Self::Without(reason) => Err(*reason),
        }
    }
}

impl<'a> Standards<'a> {
    /// Finds or makes the reference of each of `specs`; `usable` has a row for each patient of `scored`.
    pub(super) fn new(
        specs: &[ComponentSpec],
        usable: &[Vec<Option<f64>>],
        scored: &'a Measurements,
        reference: Option<&'a Reference>,
        settings: ContextureSettings<'_>,
    ) -> Self {
        let is_in = in_reference(scored, settings);
        let places: Vec<Option<usize>> = specs.iter().map(|it| place_in(settings.protocol, it)).collect();
        let hangs_on_centre = settings.mode == ReferenceMode::LeaveOneCentreOut;
        let mut by_centre = BTreeMap::new();
        for centre in (0..scored.len()).map(|it| scored.centre(it)) {
            by_centre.entry(centre).or_insert_with(|| {
                let facing = reference.and_then(|it| it.facing(centre));
                let found = |at: usize| match (facing, places[at]) {
                    _ if hangs_on_centre && centre.is_none() => Found::Without(NoPercentile::CentreUnknown),
                    // METHOD: what the score ranks has the percentile that it has in the score.
                    (Some(facing), Some(place)) => Found::Score(facing.distribution(place)),
                    // METHOD: other markers are compared with the patients that the score's reference is made of, or would be
                    // made of if it needed one. Where a frozen file does not hold them, there is no percentile rather than one
                    // among other patients.
                    _ if matches!(settings.mode, ReferenceMode::External | ReferenceMode::None) => {
                        in_file(facing.and_then(|it| it.values_of(&specs[at])))
                    }
                    _ => {
                        let is_other = |it: usize| !hangs_on_centre || scored.centre(it) != centre;
                        let rows = (0..scored.len()).filter(|&it| is_in[it] && is_other(it));
                        of_same_patients(rows.filter_map(|it| usable[it][at]).collect())
                    }
                };
                (0..specs.len()).map(found).collect()
            });
        }
        Self { by_centre }
    }

    /// Says where a value stands, or why it stands nowhere.
    pub(super) fn place(
        &self,
        profile: &mut MarkerProfile,
        at: usize,
        usable: Option<f64>,
        centre: Option<&str>,
        rule: TieRule,
    ) {
        let Some(value) = usable else {
            let is_measured = profile.value.is_some();
            profile.no_percentile = Some(if is_measured { NoPercentile::NotUsable } else { NoPercentile::NotMeasured });
            return;
        };
        match self.by_centre[&centre][at].distribution() {
            Ok(distribution) => {
                let standing: Standing = distribution.standing(value);
                profile.percentile = Some(standing.percentile(rule));
                profile.flags.extend(standing.is_below_all().then_some(Flag::BelowReference));
                profile.flags.extend(standing.is_above_all().then_some(Flag::AboveReference));
            }
            Err(reason) => profile.no_percentile = Some(reason),
        }
    }

    /// Where the values come from, and how many there are.
    pub(super) fn account(&self, specs: &[ComponentSpec]) -> Vec<ComponentStandard> {
        let of = |(at, spec): (usize, &ComponentSpec)| {
            let found = || self.by_centre.values().map(|it| &it[at]);
            let standard = if found().any(|it| matches!(it, Found::Score(_))) {
                Standard::Score
            } else if found().any(|it| matches!(it, Found::InFile(_) | Found::SamePatients(_))) {
                Standard::SamePatients
            } else {
                Standard::None
            };
            let distributions = || found().filter_map(|it| it.distribution().ok());
            ComponentStandard {
                component: spec.component(),
                measure: spec.measure,
                standard,
                n: distributions().map(Distribution::n).min(),
                share_of_zeros: distributions().map(Distribution::share_of_zeros).max_by(f64::total_cmp),
                is_constant: distributions().any(|it| it.quantile(0.0) >= it.quantile(100.0)),
            }
        };
        specs.iter().enumerate().map(of).collect()
    }
}

/// The place of a component among those that the score ranks; absent if it is none of them.
fn place_in(protocol: &Protocol, spec: &ComponentSpec) -> Option<usize> {
    let is_it = |it: &ComponentSpec| {
        it.marker == spec.marker && it.region == spec.region && it.measure == spec.measure && protocol.ranks(it)
    };
    protocol.specs().iter().position(is_it)
}

/// Whether each patient is one of those that the reference of the score is made of, or would be.
fn in_reference(scored: &Measurements, settings: ContextureSettings<'_>) -> Vec<bool> {
    let is_asked = |it: usize| match settings.mode {
        ReferenceMode::OwnCohort => true,
        ReferenceMode::Training => scored.in_training_split(it),
        ReferenceMode::LeaveOneCentreOut => scored.centre(it).is_some(),
        ReferenceMode::External | ReferenceMode::None => false,
    };
    let rows = usable_values(scored, settings.protocol);
    rows.iter().enumerate().map(|(it, row)| is_asked(it) && takes_part(&row.values, settings.built_from)).collect()
}

/// METHOD: a file of fewer values than would be frozen, such as one written by hand, is no reference for a marker beside the score.
fn in_file(values: Option<&Distribution>) -> Found<'_> {
    match values {
        Some(values) if values.n() >= TOO_FEW_PATIENTS => Found::InFile(values),
        Some(_) => Found::Without(NoPercentile::TooFewValues),
        None => Found::Without(NoPercentile::NotInReference),
    }
}

fn of_same_patients<'a>(values: Vec<f64>) -> Found<'a> {
    if values.len() < TOO_FEW_PATIENTS {
        return Found::Without(NoPercentile::TooFewValues);
    }
    Distribution::new(values).map_or(Found::Without(NoPercentile::TooFewValues), Found::SamePatients)
}
