//! A study without a study file: one density table against one frozen reference, which says the rest.

use std::path::{Path, PathBuf};

use super::study::LoadedStudy;
use super::{axes_file, protocol_file, reference_file};
use crate::error::{Error, Result};
use crate::model::{Specimen, Synonyms, TieRule};
use crate::protocol::{
    ClinicalTable, ContextureChoice, DensityTable, Inputs, OutputSettings, PRESETS, ProtocolChoice, ReferenceChoice,
    ReferenceMode, STUDY_SCHEMA_VERSION, Study, SurvivalSettings,
};
use crate::score::reference::ReferenceFile;

/// What a user may say beside the two files.
#[derive(Clone, Debug, Default)]
pub struct ReferenceUse {
    /// Preset or file of the protocol; that of the reference if absent.
    pub protocol: Option<String>,
    /// What an equal reference value counts for; as the reference says if absent.
    pub tie_rule: Option<TieRule>,
    /// What kind of tissue the densities were measured on.
    pub specimen: Option<Specimen>,
    /// Seed of the Monte Carlo intervals.
    pub seed: u64,
    /// A laboratory's own file of axes, which adds to those that come with contexture.
    pub axes: Option<PathBuf>,
    /// The type of tumour that signs of the axes depend on; the general ones if absent.
    pub tumour_type: Option<String>,
}

impl LoadedStudy {
    /// The study that scores a density table against a frozen reference.
    ///
    /// Without a protocol, the reference's is used: the preset of its name, with the pooling and the limits of quality that
    /// it was made with. A reference that holds markers beside the score makes a contexture of the axes in the regions of the
    /// protocol.
    ///
    /// # Errors
    ///
    /// * As [`reference_file::read`], [`protocol_file::read`] and [`axes_file::read`].
    /// * [`Error::UnusableFile`] if no preset has the name of the reference's protocol, or if axes are given and the reference
    ///   holds no marker beside the score.
    pub fn of_reference(densities: &Path, reference: &Path, given: &ReferenceUse) -> Result<Self> {
        let file = reference_file::read(reference)?;
        let (protocol, protocol_file) = match &given.protocol {
            Some(name) => protocol_file::read(name)?,
            None if PRESETS.iter().any(|it| it.0 == file.protocol) => {
                let (mut protocol, path) = protocol_file::read(&file.protocol)?;
                protocol.pooling = file.pooling.unwrap_or(protocol.pooling);
                protocol.quality = file.quality.unwrap_or(protocol.quality);
                (protocol, path)
            }
            None => {
                let problem = format!(
                    "was made for protocol '{}', which does not come with contexture; give its file: --protocol FILE.toml",
                    file.protocol
                );
                return Err(Error::UnusableFile { path: reference.to_owned(), problem });
            }
        };
        let contexture = contexture(reference, &file, given)?;
        let read_axes = |it: &ContextureChoice| {
            let unknown_type = |problem| Error::Unanswerable { problem };
            axes_file::read(it.axes.as_deref(), it.tumour_type.as_deref(), &Synonyms::default(), unknown_type)
        };
        let axes = contexture.as_ref().map(read_axes).transpose()?;
        let tie_rule = given.tie_rule.or(file.tie_rule).unwrap_or_default();
        Ok(Self {
            path: None,
            study: Study { contexture, ..study(densities, reference, &file.name, tie_rule, given) },
            protocol,
            protocol_file,
            densities: densities.to_owned(),
            clinical: None,
            reference: Some(reference.to_owned()),
            axes,
            axes_file: given.axes.clone(),
        })
    }
}

/// The contexture that a reference has markers for; absent if it has none.
fn contexture(path: &Path, file: &ReferenceFile, given: &ReferenceUse) -> Result<Option<ContextureChoice>> {
    let ReferenceUse { axes, tumour_type, .. } = given;
    if !file.contexture.is_empty() {
        let choice = ContextureChoice { axes: axes.clone(), tumour_type: tumour_type.clone(), ..Default::default() };
        return Ok(Some(choice));
    }
    let option = axes.as_ref().map(|_| "--axes").or_else(|| tumour_type.as_ref().map(|_| "--tumour-type"));
    option.map_or(Ok(None), |option| {
        let problem = format!(
            "holds no markers of the contexture, which {option} is about; make it with 'contexture reference fit --contexture'"
        );
        Err(Error::UnusableFile { path: path.to_owned(), problem })
    })
}

fn study(densities: &Path, reference: &Path, name: &str, tie_rule: TieRule, given: &ReferenceUse) -> Study {
    let title = densities.file_name().unwrap_or(densities.as_os_str()).to_string_lossy();
    let file: Option<PathBuf> = Some(reference.to_owned());
    Study {
        schema_version: STUDY_SCHEMA_VERSION,
        title: format!("{title} against {name}"),
        seed: given.seed,
        inputs: Inputs { densities: densities.to_owned(), clinical: None },
        densities: DensityTable { specimen: given.specimen, ..DensityTable::default() },
        clinical: ClinicalTable::default(),
        protocol: ProtocolChoice::default(),
        reference: ReferenceChoice {
            mode: ReferenceMode::External,
            file,
            split_column: None,
            split_value: None,
            centre_column: None,
            built_from: None,
            tie_rule,
        },
        contexture: None,
        endpoints: Vec::new(),
        models: Vec::new(),
        analyses: Vec::new(),
        survival: SurvivalSettings::default(),
        output: OutputSettings::default(),
    }
}
