//! The study file and the files it names: protocol and reference.

mod check;

use std::path::{Path, PathBuf};

use super::suggestion::did_you_mean;
use super::toml_file::TomlFile;
use super::{axes_file, protocol_file};
use crate::error::Result;
use crate::model::Synonyms;
use crate::model::problem::{KeyPath, Problem};
use crate::protocol::{Axes, Protocol, ProtocolChoice, ReferenceMode, Study, UnknownComponent};
use crate::score::needs_reference;

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
/// * [`crate::error::Error::Read`] if the study or its protocol file cannot be read.
/// * [`crate::error::Error::Config`] if one of them is not what its schema says, or contradicts itself.
pub fn load(path: &Path, overrides: &Overrides) -> Result<LoadedStudy> {
    let file = TomlFile::read(path)?;
    let study: Study = file.parse()?;
    if let Some(problem) = check::problem(&study) {
        return Err(file.refuse(&problem));
    }
    let mode = KeyPath::from("reference").key("mode");
    if overrides.reference.is_some() && study.reference.mode != ReferenceMode::External {
        let text = "--reference is given, which only [reference] mode = \"external\" reads";
        return Err(file.refuse(&Problem::at(mode, text)));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let found =
        |given: &Option<PathBuf>, named: Option<&PathBuf>| given.clone().or_else(|| named.map(|it| folder.join(it)));
    let protocol_file = study.protocol.file.as_ref().map(|it| folder.join(it));
    let protocol = protocol(&file, &study.protocol, protocol_file.as_deref())?;
    if let Some(lacks) = protocol.lacks() {
        return Err(file.refuse(&Problem::at("protocol", format!("protocol '{}' {lacks}", protocol.name))));
    }
    if protocol.needs_reference() && study.reference.mode == ReferenceMode::None {
        return Err(file.refuse(&Problem::at(mode, needs_reference(&protocol))));
    }
    let axes_file = study.contexture.as_ref().and_then(|it| it.axes.as_ref()).map(|it| folder.join(it));
    let axes = axes(&file, &study, axes_file.as_deref())?;
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
fn axes(study_file: &TomlFile, study: &Study, file: Option<&Path>) -> Result<Option<Axes>> {
    let Some(choice) = &study.contexture else { return Ok(None) };
    let synonyms = Synonyms::with(&study.densities.markers, &study.densities.regions);
    let axes = axes_file::read(file, choice.tumour_type.as_deref(), &synonyms, |problem| {
        study_file.refuse(&Problem::at(KeyPath::from("contexture").key("tumour_type"), problem))
    });
    axes.map(Some)
}

/// The protocol that a study names, with what it changes.
fn protocol(study_file: &TomlFile, choice: &ProtocolChoice, file: Option<&Path>) -> Result<Protocol> {
    let in_protocol = |key: &'static str| KeyPath::from("protocol").key(key);
    let own = file.map(TomlFile::read).transpose()?;
    let protocol: Protocol = match &own {
        Some(own) => own.parse()?,
        None => protocol_file::preset(choice.preset.as_deref().unwrap_or("consensus"))
            .map_err(|problem| study_file.refuse(&Problem::at(in_protocol("preset"), problem)))?,
    };
    let protocol = protocol.changed(choice).map_err(|UnknownComponent { name, known }| {
        let hint = did_you_mean(&name, known.iter().map(String::as_str));
        let known = known.join(", ");
        let text = format!("[protocol] speaks of component '{name}', the protocol has {known}{hint}");
        let place = |table| in_protocol(table).key(name.clone());
        let problem = Problem::at(place("cutoffs"), text);
        study_file.refuse(&problem.or_at(place("cutoff_percentiles")).or_at(place("signs")))
    })?;
    let Some(problem) = protocol.check() else { return Ok(protocol) };
    let problem = problem.reworded(|text| format!("protocol '{}': {text}", protocol.name));
    let places = problem.places.iter().filter_map(|it| protocol.place_in_study(it)).collect();
    let in_study = Problem { places, ..problem.clone() };
    Err(match own {
        Some(own) if !study_file.says(&in_study) => own.refuse(&problem),
        _ => study_file.refuse(&in_study),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

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
    fn a_study_that_contradicts_itself_is_refused_with_the_line() {
        let clinical = STUDY.replace("[reference]", "clinical = \"c.csv\"\n[reference]");
        let endpoint = "[[endpoints]]\nname = \"os\"\ntime = \"t\"\nunit = \"days\"\nevent = { column = \"e\", value = 1, censored = 0 }\n";
        let analysis = "[[analyses]]\nname = \"a\"\ntime = \"t\"\nunit = \"days\"\n\
                        status = { column = \"e\", event = 1 }\nby = [{ column = \"t\" }]\n";
        for (text, line, problem) in [
            (STUDY.replace("schema_version = 1", "schema_version = 2"), 1, "schema_version is 2"),
            (STUDY.replace("\"self\"", "\"external\""), 6, "needs file"),
            (STUDY.replace("\"self\"", "\"training\""), 6, "needs split_column"),
            (STUDY.replace("\"self\"", "\"leave_one_centre_out\""), 6, "needs centre_column"),
            (STUDY.replace("\"self\"", "\"none\""), 6, "compares patients with a reference"),
            (format!("{STUDY}centre_column = \"centre\"\n"), 7, "only mode"),
            (format!("{STUDY}file = \"r.json\"\n"), 7, "only mode"),
            (format!("{STUDY}[protocol]\npreset = \"consensos\"\n"), 8, "did you mean 'consensus'?"),
            (format!("{STUDY}[protocol]\nprimary_scheme = \"x\"\n"), 8, "none of the schemes"),
            (format!("{STUDY}[protocol]\npreset = \"i0-i4\"\n"), 7, "has no cut-off of"),
            (format!("{STUDY}[protocol.signs]\n\"CD3 TC\" = \"adverse\"\n"), 8, "speaks of component 'CD3 TC'"),
            (format!("{STUDY}[protocol]\nquality.area_warn_mm2 = 0.1\n"), 8, "between 0 and area_warn_mm2"),
            (format!("{STUDY}[protocol.uncertainty]\nreplicates = 9\n"), 8, "expected 100 to 1000000"),
            (format!("{STUDY}[survival]\ntimes_years = [5, 3]\n"), 8, "ascending"),
            (format!("{STUDY}[output]\nformats = []\n"), 8, "formats is empty"),
            (format!("{STUDY}[contexture]\ntumour_type = \"ccr\"\n"), 8, "(there are: crc, nsclc)"),
            (format!("{STUDY}{endpoint}"), 7, "endpoints need [inputs] clinical"),
            (
                format!("{clinical}{endpoint}{}", endpoint.replace("os", "OS")),
                14,
                "stands twice; each needs a name of its own (first in line 9)",
            ),
            (format!("{clinical}{endpoint}[[models]]\nname = \"m\"\n"), 13, "has no covariates"),
            (
                format!("{clinical}{endpoint}[[models]]\nname = \"m\"\nstrata = [\n\"a\",\n\"a\"]\n"),
                17,
                "'a' twice (first in line 16)",
            ),
            (format!("{clinical}{analysis}"), 13, "analysis 'a': column 't' is the time, and cannot be in by, too"),
            (format!("{clinical}[contexture]\ncovariates = [\"MSI\", \"MSI\"]\n"), 9, "name column 'MSI' twice"),
        ] {
            let error = loaded(&text).unwrap_err().to_string();
            assert!(error.contains(&format!("study.toml', line {line}: ")) && error.contains(problem), "{error}");
        }
    }

    /// A cut-off of the study stands in the study; what else is wrong with a component, in the protocol file.
    #[test]
    fn a_problem_is_named_in_the_file_that_says_it() {
        let protocol = "schema_version = 1\nname = \"lab\"\ntitle = \"t\"\ncitation = \"c\"\nprimary_scheme = \"a_class\"\n\
                        aggregator = \"sum_of_dichotomised\"\nhigh_when = \"above\"\n[[components]]\nmarker = \"CD3\"\nregion = \"CT\"\n\
                        cutoff = -1\n[[schemes]]\nname = \"a_class\"\nlabel = \"a\"\nclasses = [\"a\", \"b\"]\nupper_ends = [0.5]\n";
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.toml"), protocol).unwrap();
        let refusal = |lines: &str| {
            let path = folder.path().join("study.toml");
            fs::write(&path, format!("{STUDY}[protocol]\nfile = \"lab.toml\"\n{lines}")).unwrap();
            load(&path, &Overrides::default()).unwrap_err().to_string()
        };
        let own = refusal("");
        assert!(own.contains("lab.toml', line 11: protocol 'lab': component CD3 CT has cutoff -1"), "{own}");
        let of_study = refusal("[protocol.cutoffs]\n\"CD3 CT\" = 0.001\n");
        assert!(
            of_study.contains("study.toml', line 10: protocol 'lab': component CD3 CT has cutoff 0.001"),
            "{of_study}"
        );
    }
}
