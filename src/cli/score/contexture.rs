//! The contexture of a study's patients, beside their scores.

use std::collections::BTreeMap;

use crate::cli::say;
use crate::error::Error;
use crate::io::densities::DensityInput;
use crate::io::study::LoadedStudy;
use crate::io::{clinical, reference_file};
use crate::model::{Component, Region, Synonyms};
use crate::protocol::{ComponentSpec, Pooling, Protocol};
use crate::score::contexture::{self, Contexture, ContextureSettings, Covariate, change};
use crate::score::reference::{Reference, ReferenceSettings};
use crate::score::{Absence, PatientMeasurements, ScoredCohort};
use crate::table;

/// What a study's contexture looks for in the density table; nothing if the study asks for none.
pub(super) fn components(loaded: &LoadedStudy) -> Vec<Component> {
    specs(loaded).iter().map(ComponentSpec::component).collect()
}

/// The contexture of the patients of a scored cohort; absent if the study asks for none.
pub(super) fn profile(
    loaded: &LoadedStudy,
    input: &DensityInput,
    cohort: &ScoredCohort,
    quiet: bool,
) -> anyhow::Result<Option<Contexture>> {
    let LoadedStudy { study, protocol, axes: Some(axes), .. } = loaded else { return Ok(None) };
    let own_reference = own_reference(loaded)?;
    for remark in own_reference.iter().flat_map(Reference::remarks) {
        say(quiet, &remark)?;
    }
    let specs = specs(loaded);
    let patients = table::densities::pool_beside(&input.densities, &specs, protocol)?;
    let is_lacking = |at: usize| patients.iter().all(|it| it.components[at].is_none());
    let lacking: Vec<&ComponentSpec> = (0..specs.len()).filter(|at| is_lacking(*at)).map(|at| &specs[at]).collect();
    for remark in input.other_measures(&lacking) {
        say(quiet, &remark)?;
    }
    // Without a study file nobody asked for a contexture: it comes with the reference.
    if loaded.path.is_none() && lacking.len() == specs.len() {
        say(quiet, "the density table holds no marker of an axis: there is no contexture")?;
        return Ok(None);
    }
    let settings = ContextureSettings {
        axes,
        protocol,
        mode: study.reference.mode,
        built_from: study.reference.built_from.unwrap_or_default(),
        tie_rule: study.reference.tie_rule,
    };
    // METHOD: percentiles are of the samples before alone. Those after are no part of a reference, and have no percentile: a
    // treated tumour is not to be compared with a reference of untreated ones.
    let every: Vec<usize> = (0..cohort.len()).collect();
    let (scored, places) =
        cohort.samples().map_or((cohort.measurements(), every.as_slice()), |it| (it.measurements(), it.deciding()));
    let reference = cohort.reference.as_ref().or(own_reference.as_ref());
    let mut found = contexture::profile(&patients, &specs, scored, places, reference, settings)?;
    found.record.covariates = covariates(loaded, &found)?;
    let samples = study.contexture.as_ref().and_then(|it| it.paired.as_ref());
    if let Some(samples) = samples.filter(|_| input.after.is_some()) {
        let (before, after) = at_both_times(input, &specs, protocol)?;
        let (change, changes) = change::estimate(&before, &after, &specs, protocol, samples)?;
        (found.record.change, found.changes) = (Some(change), changes);
    }
    Ok(Some(found))
}

/// The frozen reference of a score that needs none, for the contexture; read and checked as that of a score.
fn own_reference(loaded: &LoadedStudy) -> Result<Option<Reference>, Error> {
    let LoadedStudy { study, protocol, reference: Some(path), .. } = loaded else { return Ok(None) };
    if protocol.needs_reference() {
        return Ok(None);
    }
    let settings = ReferenceSettings {
        mode: study.reference.mode,
        tie_rule: study.reference.tie_rule,
        built_from: study.reference.built_from.unwrap_or_default(),
        protocol,
        specimen: study.densities.specimen,
    };
    Reference::new(reference_file::read(path)?, &settings).map(Some)
}

/// What was measured of the patients before and after.
///
/// METHOD: where one sample of a patient decides, the change is of all of them pooled, or of their means where they have no counts:
/// the lowest of four samples is lower than that of one, though nothing changed.
fn at_both_times(
    input: &DensityInput,
    specs: &[ComponentSpec],
    protocol: &Protocol,
) -> Result<(Vec<PatientMeasurements>, Vec<PatientMeasurements>), Error> {
    let pooled = |pooling: Pooling| {
        let protocol = Protocol { pooling, ..protocol.clone() };
        let before = table::densities::pool_beside(&input.densities, specs, &protocol)?;
        let after = input.after.as_ref().map(|it| table::densities::pool_beside(it, specs, &protocol));
        Ok((before, after.transpose()?.unwrap_or_default()))
    };
    if protocol.pooling.deciding_sample().is_none() {
        return pooled(protocol.pooling);
    }
    let (before, after) = pooled(Pooling::Pooled)?;
    let lacks_counts = before.iter().chain(&after).flat_map(|it| &it.absences).any(|it| it.1 == Absence::NotPooled);
    if lacks_counts { pooled(Pooling::Mean) } else { Ok((before, after)) }
}

/// What the clinical table says of the patients beside the axes.
fn covariates(loaded: &LoadedStudy, contexture: &Contexture) -> anyhow::Result<Vec<Covariate>> {
    let asked = loaded.study.contexture.iter().flat_map(|it| &it.covariates);
    let columns: Vec<&str> = asked.map(String::as_str).collect();
    let Some(path) = loaded.clinical.as_ref().filter(|_| !columns.is_empty()) else { return Ok(Vec::new()) };
    let values = clinical::columns(path, loaded.study.clinical.patient_column(), &columns)?;
    let covariate = |(column, mut value_of): (&str, BTreeMap<String, String>)| {
        value_of.retain(|patient, _| contexture.of(patient).is_some());
        Covariate { column: column.to_owned(), value_of }
    };
    Ok(columns.into_iter().zip(values).map(covariate).collect())
}

fn specs(loaded: &LoadedStudy) -> Vec<ComponentSpec> {
    let LoadedStudy { study, protocol, axes: Some(axes), .. } = loaded else { return Vec::new() };
    let synonyms = Synonyms::with(&study.densities.markers, &study.densities.regions);
    let own = study.contexture.iter().flat_map(|it| &it.regions);
    let own: Vec<Region> = own.map(|it| synonyms.region(it.as_str()).unwrap_or_else(|| it.clone())).collect();
    contexture::specs(axes, &if own.is_empty() { protocol.distinct_regions() } else { own })
}
