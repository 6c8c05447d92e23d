//! HALO's table of objects after R's `make.names`, as spatialTIME keeps it: all but letters and digits became dots.
//!
//! `CD3 (Opal 570) Positive` is `CD3..Opal.570..Positive`, and `CD3+ CD8+` is `CD3..CD8.`. The names are put right, from
//! `Analysis Inputs` where they stand there too, and read as HALO's.

use super::halo_objects::{describe, entries, was_renamed_by_r};
use super::header::{Header, key};
use super::layout::Layout;
use super::preview::Preview;
use super::{Format, Recognised};

/// HALO's table of objects after R.
pub(super) const FORMAT: Format = Format {
    name: "spatialtime",
    description: "HALO: object data whose columns R has renamed, as spatialTIME keeps it",
    recognise,
};

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    if !was_renamed_by_r(header) {
        return None;
    }
    let told = names_in_inputs(preview);
    let mut guessed = Vec::new();
    let names = header.names().iter().enumerate().map(|(column, name)| {
        if let Some(original) = told.iter().find(|it| renamed_by_r(it) == *name) {
            return original.clone();
        }
        let is_yes_or_no = preview.values(column).all(|it| ["0", "1", "2", "3"].contains(&it));
        match combination(name).filter(|_| is_yes_or_no) {
            Some(combination) => {
                guessed.push(combination.clone());
                combination
            }
            None => as_halo_writes(name),
        }
    });
    let header = Header::new(names.collect());
    let mut recognised = describe(&Preview { header, ..preview.clone() })?;
    if let (Layout::Cells(_), false) = (&recognised.layout, guessed.is_empty()) {
        let note = format!("R has taken the signs from the names of {}; they are read as +", guessed.join(", "));
        recognised.notes.push(note);
    }
    Some(recognised)
}

/// Names of positive columns and of phenotypes that `Analysis Inputs` tells as HALO writes them.
fn names_in_inputs(preview: &Preview) -> Vec<String> {
    let Some(column) = preview.header.find("Analysis Inputs") else { return Vec::new() };
    entries(preview.values(column).next().unwrap_or_default())
        .filter_map(|(name, value)| match name {
            "phenotype_name" => Some(value.to_owned()),
            _ => name.starts_with("Dye ").then(|| format!("{value} Positive")),
        })
        .collect()
}

/// What R makes of a name.
fn renamed_by_r(name: &str) -> String {
    name.chars().map(|it| if it.is_alphanumeric() || it == '_' { it } else { '.' }).collect()
}

/// `CD3..PD.L1.` is `CD3+ PD-L1+`.
fn combination(name: &str) -> Option<String> {
    let is_measured = ["area", "perimeter", "intensity", "distance", "length"].iter().any(|it| key(name).contains(it));
    let markers: Vec<&str> = name.strip_suffix('.')?.split("..").collect();
    if is_measured || markers.iter().any(|it| it.is_empty() || it.starts_with('.') || it.ends_with('.')) {
        return None;
    }
    let written: Vec<String> = markers.iter().map(|it| format!("{}+", it.replace('.', "-"))).collect();
    Some(written.join(" "))
}

/// `CD3..Opal.570..Positive` is `CD3 (Opal 570) Positive`; other names get spaces.
fn as_halo_writes(name: &str) -> String {
    let with_spaces = |text: &str| text.replace('.', " ");
    for end in [".Positive", ".Positive.Classification"] {
        let Some(stem) = name.strip_suffix(end) else { continue };
        let marker = match stem.strip_suffix('.').and_then(|it| it.split_once("..")) {
            Some((marker, dye)) => format!("{} ({})", marker.replace('.', "-"), with_spaces(dye)),
            None => with_spaces(stem),
        };
        return format!("{marker}{}", with_spaces(end));
    }
    with_spaces(name)
}

#[cfg(test)]
mod tests {
    use super::super::layout::{CellLayout, PhenotypeColumn};
    use super::*;

    fn layout(text: &str) -> (CellLayout, Vec<String>) {
        let known = recognise(&Preview::of_tsv("s.csv", text)).expect("is of this format");
        let Layout::Cells(layout) = known.layout else { panic!("holds cells") };
        (layout, known.notes)
    }

    fn markers(layout: &CellLayout) -> Vec<(usize, &str)> {
        let markers = layout.phenotypes.iter().filter_map(|it| match it {
            PhenotypeColumn::Positivity { column, marker } => Some((*column, marker.as_str())),
            PhenotypeColumn::Label { .. } => None,
        });
        markers.collect()
    }

    const HEADER: &str = "deidentified_sample\tAnalysis.Region\tAnalysis.Inputs\tObject.Id\tXMin\tXMax\tYMin\tYMax\tCD3..CD8.\tCD3..PD.L1.\t\
        Nuclei..DAPI..Positive\tCD3..Opal.570..Positive\tCD3..Opal.570..Positive.Nucleus\tPDL1..Opal.540..Positive\tCell.Area..m..\tNucleus.Perimeter..m.\tClassifier.Label";

    #[test]
    fn names_are_put_right_by_rule_where_nothing_tells_them() {
        let (layout, notes) =
            layout(&format!("{HEADER}\nT_[1,A].tif\tLayer 1\t\t0\t1\t2\t3\t4\t0\t0\t1\t1\t0\t0\t60\t20\tTumor"));
        assert_eq!(markers(&layout), [(8, "CD3+ CD8+"), (9, "CD3+ PD-L1+"), (11, "CD3"), (13, "PDL1")]);
        assert_eq!((layout.sample, layout.region.unwrap().column), (Some(0), 16));
        assert!(notes.iter().any(|it| it.contains("read as +")), "{notes:?}");
    }

    #[test]
    fn signs_that_r_took_are_told_by_the_inputs_of_the_analysis() {
        let inputs = "Dye 1:CD3 (Opal 570);phenotype_name:CD3+ CD8-;phenotype_name:CD3+ PD-L1+";
        let (layout, notes) =
            layout(&format!("{HEADER}\nT\tLayer 1\t{inputs}\t0\t1\t2\t3\t4\t0\t0\t1\t1\t0\t0\t60\t20\tTumor"));
        assert_eq!(markers(&layout), [(8, "CD3+ CD8-"), (9, "CD3+ PD-L1+"), (11, "CD3"), (13, "PDL1")]);
        assert!(!notes.iter().any(|it| it.contains("read as +")), "{notes:?}");
    }

    #[test]
    fn measurements_are_no_phenotypes() {
        for name in ["Nucleus.Perimeter..m.", "Cell.Area..m..", "Object.Id", "Nucleus.Roundness"] {
            assert_eq!(combination(name), None, "{name}");
        }
        assert_eq!(combination("CD8.").as_deref(), Some("CD8+"));
        assert_eq!(as_halo_writes("PD.L1..Opal.540..Positive"), "PD-L1 (Opal 540) Positive");
        assert_eq!(as_halo_writes("Dye.1.Positive"), "Dye 1 Positive");
    }

    #[test]
    fn a_table_that_r_has_not_touched_is_not_of_this_format() {
        assert!(
            recognise(&Preview::of_tsv("s.csv", "Analysis Region\tXMin\tXMax\tYMin\tYMax\na\t1\t2\t3\t4")).is_none()
        );
    }
}
