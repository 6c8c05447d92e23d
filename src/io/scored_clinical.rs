//! The clinical table of a study with the scores of its patients beside it.

use std::path::Path;

use super::table_file::TableFile;
use crate::error::Result;
use crate::protocol::{Analysis, Protocol, Study};
use crate::score::PatientScore;
use crate::stratify::ScoredPatients;

/// Name of the column of scores.
const SCORE: &str = "score";

/// Reads the clinical table, and adds the columns `score` and one with the class in each scheme.
///
/// They are empty for a patient without a full score, and for one who made the reference or the cut-offs and does not test them.
///
/// # Errors
///
/// As [`TableFile`]; [`Error::UnusableFile`](crate::error::Error::UnusableFile) if the table has a column of one of these
/// names.
pub fn read(path: &Path, study: &Study, protocol: &Protocol, scored: ScoredPatients<'_>) -> Result<TableFile> {
    let table = TableFile::read(path)?;
    let patients = table.identifiers(study.clinical.patient_column())?;
    let score_of = |patient: &String| {
        let at = scored.scores.binary_search_by(|it| it.patient_id.as_str().cmp(patient)).ok()?;
        // METHOD: partial scores are never pooled with full ones.
        Some(&scored.scores[at]).filter(|it| !it.is_partial() && scored.why_not_tested(it).is_none())
    };
    let found: Vec<Option<&PatientScore>> = patients.iter().map(score_of).collect();
    let numbers: Vec<Option<f64>> = found.iter().map(|it| it.map(|it| it.score)).collect();
    let mut table = table.with_numbers(SCORE, &numbers)?;
    for scheme in &protocol.schemes {
        let class = |it: Option<&PatientScore>| Some(it?.class_in(&scheme.name)?.class.clone());
        let classes: Vec<Option<String>> = found.iter().map(|it| class(*it)).collect();
        let classes: Vec<Option<&str>> = classes.iter().map(Option::as_deref).collect();
        table = table.with_texts(&scheme.name, &classes)?;
    }
    Ok(table)
}

/// The analysis with the classes of each scheme in the order of the protocol, unless it declares another.
pub fn with_ordered_classes(analysis: &Analysis, protocol: &Protocol) -> Analysis {
    let mut analysis = analysis.clone();
    for grouping in &mut analysis.by {
        let scheme = protocol.schemes.iter().find(|it| it.name == grouping.column);
        if let (None, Some(scheme)) = (&grouping.classes, scheme) {
            grouping.classes = Some(scheme.classes.clone());
        }
    }
    analysis
}
