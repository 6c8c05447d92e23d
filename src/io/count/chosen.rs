//! Which samples of a file are wanted, where a samplesheet or the file's name says one: a slide, or a core of a tissue
//! microarray, which is a sample of its own.

use std::collections::BTreeSet;

use crate::io::cells::SAMPLE_SEPARATOR;
use crate::model::image_stem;

/// Samples of a file that are wanted, and what they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// All, by the file's own names.
    All,
    /// Those of an image, by the name that the samplesheet gives it.
    Image { image: Option<String>, name: String },
    /// One core of an image, by the name that the samplesheet gives it.
    Core { image: Option<String>, core: String, name: String },
}

/// The id of a core of an image; that of the image where there is no core.
pub(super) fn core_sample(image: &str, core: Option<&str>) -> String {
    core.map_or_else(|| image.to_owned(), |core| format!("{image}{SAMPLE_SEPARATOR}{core}"))
}

impl Chosen {
    /// The sample of this name among the images and cores of a file; the image is absent where no column names it.
    ///
    /// A core is named with its image, or alone where no other has its name; an image, with folder and ending or without; the
    /// only image of a file may have any name.
    ///
    /// # Errors
    ///
    /// The names of the samples, where it is none of them.
    pub(super) fn of(named: &str, found: &BTreeSet<(Option<String>, Option<String>)>) -> Result<Self, Vec<String>> {
        let name = named.to_owned();
        let cores = || found.iter().filter_map(|(image, core)| Some((image.as_deref(), core.as_deref()?)));
        let is_named = |(image, core): &(Option<&str>, &str)| {
            let of = |image: &str| core_sample(image, Some(core)) == named;
            image.is_some_and(|it| of(it) || of(image_stem(it)))
        };
        let alone: Vec<_> = cores().filter(|it| it.1 == named).collect();
        if let Some((image, core)) = cores().find(is_named).or(alone.first().copied().filter(|_| alone.len() == 1)) {
            return Ok(Self::Core { image: image.map(str::to_owned), core: core.to_owned(), name });
        }
        let images: BTreeSet<&String> = found.iter().filter_map(|it| it.0.as_ref()).collect();
        let same = images.iter().find(|it| image_stem(it) == image_stem(named));
        match same.or(images.first().filter(|_| images.len() == 1)) {
            Some(image) => Ok(Self::Image { image: Some((*image).clone()), name }),
            None if images.is_empty() => Ok(Self::Image { image: None, name }),
            None => Err(images.into_iter().cloned().collect()),
        }
    }

    /// The id of a sample; absent if it is not wanted. `file` is the sample where no column names the image.
    pub(super) fn sample_id(&self, image: Option<&str>, core: Option<&str>, file: &str) -> Option<String> {
        match self {
            Self::All => Some(core_sample(image.unwrap_or(file), core)),
            Self::Image { image: wanted, name } => (wanted.as_deref() == image).then(|| core_sample(name, core)),
            Self::Core { image: wanted, core: of, name } => {
                (wanted.as_deref() == image && core == Some(of)).then(|| name.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(named: &str, found: &[(&str, &str)]) -> Result<Chosen, Vec<String>> {
        let present = |it: &str| Some(it.to_owned()).filter(|it| !it.is_empty());
        Chosen::of(named, &found.iter().map(|(image, core)| (present(image), present(core))).collect())
    }

    /// What the cells of each image and core are counted as.
    fn ids(named: &str, found: &[(&str, &str)]) -> Vec<Option<String>> {
        let chosen = chosen(named, found).unwrap();
        let some = |it: &str| Some(it.to_owned()).filter(|it| !it.is_empty());
        found.iter().map(|(image, core)| chosen.sample_id(some(image).as_deref(), some(core).as_deref(), "F")).collect()
    }

    #[test]
    fn a_slide_is_named_with_its_ending_or_without_and_the_only_one_by_any_name() {
        let two = [("a.svs", ""), ("b.svs", "")];
        assert_eq!(ids("b", &two), [None, Some("b".to_owned())]);
        assert_eq!(chosen("c", &two), Err(vec!["a.svs".to_owned(), "b.svs".to_owned()]));
        assert_eq!(ids("S1", &two[..1]), [Some("S1".to_owned())]);
        assert_eq!(ids("S1", &[("", "")]), [Some("S1".to_owned())]);
    }

    #[test]
    fn a_core_is_named_with_its_image_or_alone_and_an_image_is_all_its_cores() {
        let cores = [("t.svs", "A-1"), ("t.svs", "A-2"), ("u.svs", "A-2"), ("u.svs", "")];
        let some = |it: &str| Some(it.to_owned());
        for name in ["A-1", "t_A-1", "t.svs_A-1"] {
            assert_eq!(ids(name, &cores), [some(name), None, None, None]);
        }
        assert_eq!(ids("t", &cores), [some("t_A-1"), some("t_A-2"), None, None]);
        assert_eq!(ids("u", &cores), [None, None, some("u_A-2"), some("u")]);
        assert!(chosen("A-2", &cores).is_err(), "two images have such a core");
        assert_eq!(ids("A-2", &[("", "A-1"), ("", "A-2")]), [None, some("A-2")]);
    }
}
