//! The study file and the files it names: protocol and reference.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::axes_file;
use super::suggestion::{did_you_mean, hint, in_plain_words};
use crate::error::{Error, Result};
use crate::model::Synonyms;
use crate::protocol::{
    Axes, PairedSamples, Protocol, ProtocolChoice, ReferenceMode, STUDY_SCHEMA_VERSION, Study, UnknownComponent,
    resembling_preset,
};
use crate::score::needs_reference;
use crate::stratify::is_score;

/// A study that was read and checked, with its files found.
#[derive(Clone, Debug)]
pub struct LoadedStudy {
    /// The study file; absent if there is none, and a table is scored against a reference alone.
    pub path: Option<PathBuf>,
    /// What it says.
    pub study: Study,
    /// The protocol, with what the study changes of it.
    pub protocol: Protocol,
    /// The protocol file, where the study names one.
    pub protocol_file: Option<PathBuf>,
    /// The density table.
    pub densities: PathBuf,
    /// The clinical table, where there is one.
    pub clinical: Option<PathBuf>,
    /// The frozen reference, where the study uses one.
    pub reference: Option<PathBuf>,
    /// The axes of the contexture, where the study asks for it.
    pub axes: Option<Axes>,
    /// The file of axes, where the study names one.
    pub axes_file: Option<PathBuf>,
}

/// Files that stand elsewhere than the study says, such as in the work folder of a workflow engine.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The density table.
    pub densities: Option<PathBuf>,
    /// The clinical table.
    pub clinical: Option<PathBuf>,
    /// The frozen reference.
    pub reference: Option<PathBuf>,
}

/// Reads and checks a study file.
///
/// Paths in it are relative to it; `overrides` replace them.
///
/// # Errors
///
/// * [`Error::Read`] if the study or its protocol file cannot be read.
/// * [`Error::Config`] if one of them is not what its schema says, or contradicts itself.
pub fn load(path: &Path, overrides: &Overrides) -> Result<LoadedStudy> {
    let study: Study = read_toml(path)?;
    let config_error = |problem: String| Error::Config { path: path.to_owned(), line: None, problem };
    if let Some(problem) = problem(&study) {
        return Err(config_error(problem));
    }
    if overrides.reference.is_some() && study.reference.mode != ReferenceMode::External {
        return Err(config_error("--reference is given, which only [reference] mode = \"external\" reads".to_owned()));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let found =
        |given: &Option<PathBuf>, named: Option<&PathBuf>| given.clone().or_else(|| named.map(|it| folder.join(it)));
    let protocol_file = study.protocol.file.as_ref().map(|it| folder.join(it));
    let protocol = protocol(path, &study.protocol, protocol_file.as_deref())?;
    if let Some(problem) = protocol.check() {
        let path = protocol_file.as_deref().unwrap_or(path).to_owned();
        return Err(Error::Config { path, line: None, problem: format!("protocol '{}': {problem}", protocol.name) });
    }
    if let Some(lacks) = protocol.lacks() {
        return Err(config_error(format!("protocol '{}' {lacks}", protocol.name)));
    }
    if protocol.needs_reference() && study.reference.mode == ReferenceMode::None {
        return Err(config_error(needs_reference(&protocol)));
    }
    let axes_file = study.contexture.as_ref().and_then(|it| it.axes.as_ref()).map(|it| folder.join(it));
    let axes = axes(path, &study, axes_file.as_deref())?;
    Ok(LoadedStudy {
        densities: overrides.densities.clone().unwrap_or_else(|| folder.join(&study.inputs.densities)),
        clinical: found(&overrides.clinical, study.inputs.clinical.as_ref()),
        reference: found(&overrides.reference, study.reference.file.as_ref())
            .filter(|_| study.reference.mode == ReferenceMode::External),
        path: Some(path.to_owned()),
        study,
        protocol,
        protocol_file,
        axes,
        axes_file,
    })
}

/// The axes of the contexture; absent if the study does not ask for it.
fn axes(path: &Path, study: &Study, file: Option<&Path>) -> Result<Option<Axes>> {
    let Some(choice) = &study.contexture else { return Ok(None) };
    let synonyms = Synonyms::with(&study.densities.markers, &study.densities.regions);
    axes_file::read(file, choice.tumour_type.as_deref(), &synonyms, path).map(Some)
}

pub(super) fn protocol(path: &Path, choice: &ProtocolChoice, file: Option<&Path>) -> Result<Protocol> {
    let protocol: Protocol = if let Some(file) = file {
        read_protocol(file)?
    } else {
        let name = choice.preset.as_deref().unwrap_or("consensus");
        let Some(preset) = Protocol::preset(name) else {
            let meant = hint(resembling_preset(name));
            let problem =
                format!("unknown protocol preset '{name}', expected one that 'contexture protocol list' names{meant}");
            return Err(Error::Config { path: path.to_owned(), line: None, problem });
        };
        preset
    };
    protocol.changed(choice).map_err(|UnknownComponent { name, known }| {
        let hint = did_you_mean(&name, known.iter().map(String::as_str));
        let known = known.join(", ");
        let problem = format!("[protocol] speaks of component '{name}', the protocol has {known}{hint}");
        Error::Config { path: path.to_owned(), line: None, problem }
    })
}

/// Reads a protocol file.
///
/// # Errors
///
/// [`Error::Read`] if it cannot be read, [`Error::Config`] if it is not what its schema says.
pub fn read_protocol(path: &Path) -> Result<Protocol> {
    read_toml(path)
}

/// What the schema cannot say: parts that contradict each other. Absent if there is nothing.
fn problem(study: &Study) -> Option<String> {
    if study.schema_version != STUDY_SCHEMA_VERSION {
        return Some(format!(
            "schema_version is {}, this version of contexture reads {STUDY_SCHEMA_VERSION}",
            study.schema_version
        ));
    }
    if study.protocol.preset.is_some() && study.protocol.file.is_some() {
        return Some("[protocol] has a preset and a file; give one of them".to_owned());
    }
    let reference = &study.reference;
    let split = reference.split_column.is_some() && reference.split_value.is_some();
    match reference.mode {
        ReferenceMode::External if reference.file.is_none() => {
            return Some("[reference] mode = \"external\" needs file = \"…\", a frozen reference".to_owned());
        }
        ReferenceMode::Training if !split || study.inputs.clinical.is_none() => {
            return Some(
                "[reference] mode = \"training\" needs split_column and split_value, and a clinical table that has the column"
                    .to_owned(),
            );
        }
        ReferenceMode::LeaveOneCentreOut if reference.centre_column.is_none() || study.inputs.clinical.is_none() => {
            return Some(
                "[reference] mode = \"leave_one_centre_out\" needs centre_column, and a clinical table that has the column"
                    .to_owned(),
            );
        }
        _ => {}
    }
    if reference.centre_column.is_some() && reference.mode != ReferenceMode::LeaveOneCentreOut {
        return Some("[reference] has a centre_column, which only mode = \"leave_one_centre_out\" reads".to_owned());
    }
    if reference.file.is_some() && reference.mode != ReferenceMode::External {
        return Some("[reference] has a file, which only mode = \"external\" reads".to_owned());
    }
    if !study.endpoints.is_empty() && study.inputs.clinical.is_none() {
        return Some("endpoints need [inputs] clinical = \"…\", the table with their columns".to_owned());
    }
    if !study.clinical.groups.is_empty() && study.inputs.clinical.is_none() {
        return Some("[clinical] groups need [inputs] clinical = \"…\", the table with their columns".to_owned());
    }
    if study.contexture.as_ref().is_some_and(|it| !it.covariates.is_empty()) && study.inputs.clinical.is_none() {
        return Some("[contexture] covariates need [inputs] clinical = \"…\", the table with their columns".to_owned());
    }
    if !study.analyses.is_empty() && study.inputs.clinical.is_none() {
        return Some("analyses need [inputs] clinical = \"…\", the table with their columns".to_owned());
    }
    if let Some((analysis, problem)) = study.analyses.iter().find_map(|it| Some((it, it.problem()?))) {
        return Some(format!("analysis '{}': {problem}", analysis.name));
    }
    if study.output.formats.is_empty() {
        return Some("[output] formats is empty; give \"tsv\", \"parquet\" or both".to_owned());
    }
    if let Some(PairedSamples { before, after, .. }) = study.contexture.as_ref().and_then(|it| it.paired.as_ref())
        && before == after
    {
        return Some(format!(
            "[contexture.paired] before and after are both '{before}'; each time needs a word of its own"
        ));
    }
    let times = &study.survival.times_years;
    if times.iter().any(|it| !(it.is_finite() && *it > 0.0)) || !times.is_sorted_by(|a, b| a < b) {
        return Some("[survival] times_years must be numbers greater than 0, ascending".to_owned());
    }
    names_problem(study)
}

fn names_problem(study: &Study) -> Option<String> {
    let endpoints: Vec<&str> = study.endpoints.iter().map(|it| it.name.as_str()).collect();
    let models: Vec<&str> = study.models.iter().map(|it| it.name.as_str()).collect();
    let analyses: Vec<&str> = study.analyses.iter().map(|it| it.name.as_str()).collect();
    for (kind, names) in [("endpoint", &endpoints), ("model", &models), ("analysis", &analyses)] {
        for (at, name) in names.iter().enumerate() {
            let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
            if name.is_empty() || !name.chars().all(is_word) {
                return Some(format!(
                    "{kind} '{name}': a name is made of letters, digits, '_' and '-'; put words in label"
                ));
            }
            if names[..at].iter().any(|it| it.eq_ignore_ascii_case(name)) {
                return Some(format!("{kind} '{name}' stands twice; each needs a name of its own"));
            }
        }
    }
    for endpoint in &study.endpoints {
        if let Some(both) = endpoint.event.in_both() {
            return Some(format!("endpoint '{}': {both} is both the event and censored; it can be one", endpoint.name));
        }
    }
    let titles: Vec<&str> = study.endpoints.iter().map(crate::protocol::Endpoint::title).collect();
    if let Some((_, twice)) = titles.iter().enumerate().find(|(at, it)| titles[..*at].contains(it)) {
        return Some(format!("two endpoints are labelled '{twice}'; a reader could not tell them apart"));
    }
    for model in &study.models {
        let unknown = model.endpoints.iter().flatten().find(|it| !endpoints.contains(&it.as_str()));
        if let Some(name) = unknown {
            let hint = did_you_mean(name, endpoints.iter().copied());
            return Some(format!(
                "model '{}' names endpoint '{name}', which the study does not have{hint}",
                model.name
            ));
        }
        let columns = model.covariates.iter().chain(model.factors.iter().map(|it| &it.column)).chain(&model.strata);
        let columns: Vec<&String> = columns.collect();
        if let Some(term) = columns.iter().find(|it| is_score(it)) {
            return Some(format!("model '{}' has a column '{term}', which is what the score is called", model.name));
        }
        if columns.is_empty() {
            return Some(format!("model '{}' has no covariates, factors or strata", model.name));
        }
        if let Some((_, twice)) = columns.iter().enumerate().find(|(at, it)| columns[..*at].contains(it)) {
            return Some(format!("model '{}' names column '{twice}' twice", model.name));
        }
    }
    None
}

/// Reads a TOML file whose keys are all known.
pub(super) fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| Error::Config {
        path: path.to_owned(),
        line: error.span().map(|Range { start, .. }| 1 + text[..start].matches('\n').count()),
        problem: in_plain_words(error.message()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: &str =
        "schema_version = 1\ntitle = \"t\"\n[inputs]\ndensities = \"d.csv\"\n[reference]\nmode = \"self\"\n";

    fn loaded(text: &str) -> Result<LoadedStudy> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.toml");
        fs::write(&path, text).unwrap();
        load(&path, &Overrides::default())
    }

    #[test]
    fn the_shortest_study_scores_by_consensus() {
        let found = loaded(STUDY).unwrap();
        assert_eq!(found.protocol.name, "consensus");
        assert!(found.densities.ends_with("d.csv") && found.densities.is_absolute());
    }

    #[test]
    fn a_study_changes_one_limit_and_keeps_the_others() {
        let found = loaded(&format!("{STUDY}[protocol.quality]\narea_warn_mm2 = 2.0\n")).unwrap().protocol;
        let consensus = loaded(STUDY).unwrap().protocol;
        assert!((found.quality.area_warn_mm2 - 2.0).abs() < 1e-12);
        assert!((found.quality.area_fail_mm2 - consensus.quality.area_fail_mm2).abs() < 1e-12);
        let error = loaded(&format!("{STUDY}[protocol.quality]\narea_fail_mm2 = 2.0\n")).unwrap_err().to_string();
        assert!(error.contains("between 0 and area_warn_mm2"), "{error}");
    }

    #[test]
    fn a_typo_is_named_with_its_line_and_a_suggestion() {
        let error = loaded(&format!("{STUDY}tie_rul = \"mid\"\n")).unwrap_err().to_string();
        assert!(error.contains("line 7: unknown field 'tie_rul'"), "{error}");
        assert!(error.ends_with("did you mean 'tie_rule'?"), "{error}");
        let error = loaded(&STUDY.replace("\"self\"", "\"externl\"")).unwrap_err().to_string();
        assert!(error.ends_with("did you mean 'external'?"), "{error}");
    }

    #[test]
    fn a_study_that_contradicts_itself_is_refused() {
        for (text, problem) in [
            (STUDY.replace("schema_version = 1", "schema_version = 2"), "schema_version is 2"),
            (STUDY.replace("\"self\"", "\"external\""), "needs file"),
            (STUDY.replace("\"self\"", "\"training\""), "needs split_column"),
            (STUDY.replace("\"self\"", "\"leave_one_centre_out\""), "needs centre_column"),
            (format!("{STUDY}centre_column = \"centre\"\n"), "only mode"),
            (format!("{STUDY}file = \"r.json\"\n"), "only mode"),
            (format!("{STUDY}[protocol]\npreset = \"consensos\"\n"), "did you mean 'consensus'?"),
            (format!("{STUDY}[protocol]\nprimary_scheme = \"x\"\n"), "none of the schemes"),
            (format!("{STUDY}[survival]\ntimes_years = [5, 3]\n"), "ascending"),
            (format!("{STUDY}[output]\nformats = []\n"), "formats is empty"),
        ] {
            let error = loaded(&text).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
