//! The axes of the contexture: those that come with contexture, and a laboratory's own file.

use std::path::Path;

use super::toml_file::TomlFile;
use crate::error::{Error, Result};
use crate::model::problem::Problem;
use crate::model::{Marker, Synonyms};
use crate::protocol::{Axes, AxesFile, AxesProblem};

/// Reads a laboratory's own file, where there is one, and says what holds for a type of tumour.
///
/// Markers are found by any word for them that `synonyms` know; `unknown_type` makes an error of what is said where nothing is
/// known of the type of tumour.
///
/// # Errors
///
/// * [`Error::Read`] if the file cannot be read.
/// * [`Error::Config`] if it is not what its schema says, or contradicts itself.
/// * That of `unknown_type`.
pub fn read(
    file: Option<&Path>,
    tumour_type: Option<&str>,
    synonyms: &Synonyms,
    unknown_type: impl FnOnce(String) -> Error,
) -> Result<Axes> {
    let file = file.map(TomlFile::read).transpose()?;
    let own = file.as_ref().map(TomlFile::parse).transpose()?.map(|it| in_the_fields_words(it, synonyms));
    let bundled = in_the_fields_words(AxesFile::bundled(), synonyms);
    bundled.resolve(own.as_ref(), tumour_type).map_err(|problem| match (problem, file) {
        (AxesProblem::File(problem), Some(file)) => file.refuse(&problem),
        // The table that comes with contexture has no problems.
        (AxesProblem::File(Problem { text, .. }) | AxesProblem::TumourType(text), _) => unknown_type(text),
    })
}

fn in_the_fields_words(mut file: AxesFile, synonyms: &Synonyms) -> AxesFile {
    for it in &mut file.markers {
        it.marker = synonyms.marker(it.marker.as_str()).unwrap_or_else(|| Marker::from(it.marker.as_str()));
    }
    file
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn refusal(text: &str, tumour_type: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("axes.toml");
        fs::write(&file, format!("schema_version = 1\n{text}")).unwrap();
        let unknown_type = |problem| Error::Unanswerable { problem };
        read(Some(&file), tumour_type, &Synonyms::default(), unknown_type).unwrap_err().to_string()
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
        assert!(found.contains("axes.toml', line 4: marker 'CD99'"), "{found}");
        let found = refusal("", Some("ccr"));
        assert!(found.contains("(there are: crc, nsclc)"), "{found}");
    }

    #[test]
    fn a_marker_is_found_by_any_word_for_it_and_both_lines_are_named() {
        let found = refusal("[[markers]]\nmarker = \"FoxP3\"\n[[markers]]\nmarker = \"foxp3+\"\n", None);
        assert!(
            found.contains("line 4: marker 'FOXP3' stands twice") && found.ends_with("(first in line 2)"),
            "{found}"
        );
        let found = refusal("[[markers]]\nmarker = \"CD4\"\n[[markers]]\nmarker = \"FOPX3\"\n", None);
        assert!(found.contains("line 5: marker 'FOPX3' needs axis") && found.contains("'FOXP3'?"), "{found}");
    }

    #[test]
    fn two_signs_of_a_marker_are_named_with_the_line_of_the_last() {
        let said =
            "[[markers]]\nmarker = \"CD208\"\naxis = \"dendritic_cells\"\ntumour_type = \"crc\"\nsign = \"negative\"\n";
        let found = refusal(said, None);
        assert!(found.contains("axes.toml', line 6: marker 'CD208' has sign 'positive'"), "{found}");
    }
}
