//! From the tallies of files to one.

use std::collections::BTreeMap;

use super::source::Source;
use crate::error::{Error, Result};
use crate::io::format::Layout;
use crate::model::image_stem;
use crate::table::tally::{PartArea, SampleTally, Tally};

/// The tallies of the files so far.
#[derive(Default)]
pub(super) struct Merging {
    tally: Tally,
    /// The file that told each area: of sample, region and part.
    told_by: BTreeMap<(String, String, String), String>,
}

impl Merging {
    /// Adds the tally of a file; one that contradicts the files before leaves them as they were.
    ///
    /// # Errors
    ///
    /// As [`Tally::merge`]; where two files give a part of a region different areas, both are named.
    pub(super) fn add(&mut self, source: &Source, of_file: Tally) -> Result<()> {
        // Without its folder, which is another one on every machine; tallies are all called alike.
        let file = match &source.layout {
            Layout::Tally => source.path().display().to_string(),
            _ => source.preview.file_name.clone(),
        };
        if let Some(it) = self.tally.contradicted_area(&of_file) {
            let key = (it.sample_id.to_owned(), it.region.to_owned(), it.part.to_owned());
            let before = self.told_by.get(&key).map_or("another file", String::as_str);
            let [one, other] = it.areas.map(PartArea::in_words);
            let (sample_id, region, part) = key.clone();
            let problem = format!(
                "part '{part}' of region '{region}' of sample '{sample_id}' has two areas, {one} in '{before}' and {other} in \
                 '{file}'; it can have one"
            );
            return Err(Error::Unanswerable { problem });
        }
        let told: Vec<(String, String, String)> = of_file
            .areas()
            .map(|(sample_id, region, part, _)| (sample_id.to_owned(), region.to_owned(), part.to_owned()))
            .collect();
        self.tally.merge(of_file).map_err(|error| match error {
            Error::Unanswerable { problem } if !problem.contains(&format!("'{file}'")) => {
                Error::Unanswerable { problem: format!("{problem}; '{file}' says it otherwise than the files before") }
            }
            error => error,
        })?;
        for key in told {
            self.told_by.entry(key).or_insert_with(|| file.clone());
        }
        Ok(())
    }

    /// The tally of all files, in which areas belong to the cells of their image; and which samples these are, by the name of
    /// the areas and that of the cells.
    ///
    /// A sample of which no cells were counted one by one is the one with cells that has its name but for folder and ending:
    /// the areas of `A` are those of `A.svs`.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if there are several such samples, on either side.
    pub(super) fn finish(self) -> Result<(Tally, Vec<(String, String)>)> {
        let Self { mut tally, .. } = self;
        let has_cells = |it: &SampleTally| it.regions.values().any(|it| !it.counted.is_empty());
        let ids =
            |with_cells: bool| tally.samples.iter().filter(move |it| has_cells(it.1) == with_cells).map(|it| it.0);
        let mut images: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for id in ids(true) {
            images.entry(image_stem(id)).or_default().push(id);
        }
        let mut same: BTreeMap<String, String> = BTreeMap::new();
        for id in ids(false) {
            match images.get(image_stem(id)).map(Vec::as_slice) {
                None => {}
                Some([cells]) => {
                    if let Some(other) = same.insert((*cells).clone(), id.clone()) {
                        return Err(ambiguous(cells, "has the areas of two samples", &other, id));
                    }
                }
                Some(several) => {
                    return Err(ambiguous(id, "is the name of areas that fit two samples", several[0], several[1]));
                }
            }
        }
        for (cells, id) in &same {
            let beside = tally.samples.remove(id).expect("a sample of the tally");
            tally.samples.get_mut(cells).expect("a sample with cells").merge(cells, beside)?;
        }
        Ok((tally, same.into_iter().map(|(cells, id)| (id, cells)).collect()))
    }
}

fn ambiguous(name: &str, what: &str, one: &str, other: &str) -> Error {
    let problem = format!("'{name}' {what}, '{one}' and '{other}'; give both sides one name");
    Error::Unanswerable { problem }
}
