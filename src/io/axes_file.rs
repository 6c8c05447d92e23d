//! The axes of the contexture: those that come with contexture, and a laboratory's own file.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::study::read_toml;
use super::suggestion::did_you_mean;
use crate::error::{Error, Result};
use crate::model::{Marker, Synonyms};
use crate::protocol::{Axes, AxesFile, AxesProblem};

/// Reads a laboratory's own file, where there is one, and says what holds for a type of tumour.
///
/// Markers are found by any word for them that `synonyms` know; `path` stands in messages where there is no file.
///
/// # Errors
///
/// * [`Error::Read`] if the file cannot be read.
/// * [`Error::Config`] if it is not what its schema says, or contradicts itself; if nothing is said of the type of tumour.
pub fn read(file: Option<&Path>, tumour_type: Option<&str>, synonyms: &Synonyms, path: &Path) -> Result<Axes> {
    let own = file.map(read_with_lines).transpose()?.map(|it| in_the_fields_words(it, synonyms));
    let bundled = in_the_fields_words(AxesFile::bundled(), synonyms);
    bundled.resolve(own.as_ref(), tumour_type).map_err(|problem| Error::Config {
        path: file.unwrap_or(path).to_owned(),
        line: None,
        problem: in_words(problem),
    })
}

/// The entries of a file, for the lines that they start in.
#[derive(Deserialize)]
struct Entries {
    #[serde(default)]
    markers: Vec<Spanned<IgnoredAny>>,
}

fn read_with_lines(path: &Path) -> Result<AxesFile> {
    let mut file: AxesFile = read_toml(path)?;
    let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    if let Ok(entries) = toml::from_str::<Entries>(&text) {
        for (marker, entry) in file.markers.iter_mut().zip(entries.markers) {
            marker.line = text.get(..entry.span().start).map(|before| 1 + before.matches('\n').count());
        }
    }
    Ok(file)
}

/// A problem, with "did you mean" behind the words there are.
fn in_words(problem: AxesProblem) -> String {
    match problem {
        AxesProblem::Said(problem) => problem,
        AxesProblem::Unknown { problem, word, known } => {
            let hint = did_you_mean(&word, known.iter().map(String::as_str));
            format!("{problem} (there are: {}){hint}", known.join(", "))
        }
    }
}

fn in_the_fields_words(mut file: AxesFile, synonyms: &Synonyms) -> AxesFile {
    for it in &mut file.markers {
        it.marker = synonyms.marker(it.marker.as_str()).unwrap_or_else(|| Marker::from(it.marker.as_str()));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str, tumour_type: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("axes.toml");
        fs::write(&file, format!("schema_version = 1\n{text}")).unwrap();
        read(Some(&file), tumour_type, &Synonyms::default(), &file).unwrap_err().to_string()
    }

    #[test]
    fn unknown_keys_and_signs_are_named_with_their_line_and_a_suggestion() {
        let found = refusal("[[markers]]\nmarker = \"CD4\"\nsing = \"positive\"\n", None);
        assert!(found.contains("line 4: unknown field 'sing'") && found.ends_with("did you mean 'sign'?"), "{found}");
        let found = refusal("[[markers]]\nmarker = \"CD4\"\nsign = \"positiv\"\n", None);
        assert!(found.contains("line 4: unknown variant 'positiv'"), "{found}");
        assert!(found.ends_with("did you mean 'positive'?"), "{found}");
    }

    #[test]
    fn unknown_axes_and_types_of_tumour_have_a_suggestion() {
        let found = refusal("[[markers]]\nmarker = \"CD99\"\naxis = \"macrophage\"\nsign = \"context\"\n", None);
        assert!(found.ends_with("did you mean 'macrophages'?"), "{found}");
        let found = refusal("", Some("ccr"));
        assert!(found.contains("(there are: crc, nsclc)"), "{found}");
    }

    #[test]
    fn a_marker_is_found_by_any_word_for_it_and_both_lines_are_named() {
        let found = refusal("[[markers]]\nmarker = \"FoxP3\"\n[[markers]]\nmarker = \"foxp3+\"\n", None);
        assert!(found.contains("line 4: marker 'FOXP3' stands twice (first in line 2)"), "{found}");
        let found = refusal("[[markers]]\nmarker = \"CD4\"\n[[markers]]\nmarker = \"FOPX3\"\n", None);
        assert!(found.contains("line 4: marker 'FOPX3' needs axis") && found.contains("'FOXP3'?"), "{found}");
    }
}
