//! A table of regions to a tally: areas, and the counts that a program summed up.

use std::collections::BTreeSet;

use super::chosen::Chosen;
use super::facts::FileFacts;
use super::names::{field_name, part_name, phenotype_name, region_name};
use super::source::{Role, Source};
use super::{Settings, area_mm2, panel_id, part_area};
use crate::error::{Error, Result};
use crate::io::format::{RegionLayout, RegionRecord, RegionTable, canonical_regions, key};
use crate::io::table_file::TableFile;
use crate::model::image_stem;
use crate::table::tally::{AreaSource, Counts, Panel, TOTAL, Tally};

/// Reads the areas and counts of a table of regions.
///
/// # Errors
///
/// Those of the file; [`Error::Value`] for a negative area; pixels without a scale.
pub(super) fn count(source: &Source, layout: &RegionLayout, settings: &Settings) -> Result<(Tally, FileFacts)> {
    let mut facts = FileFacts::of(source, settings);
    let mut tally = Tally::default();
    let table = TableFile::read_export(source.path())?.ok_or_else(|| Error::UnusableFile {
        path: source.path().to_owned(),
        problem: "is an empty export: it has a header and no rows".to_owned(),
    })?;
    facts.n_rows = Some(table.height() as u64);
    let records = (layout.read)(&RegionTable { header: &source.preview.header, table: &table })?;
    let chosen = chosen(source, &records)?;
    let file_sample = source.file_sample();

    let mut phenotypes: BTreeSet<String> = BTreeSet::new();
    let mut counted: BTreeSet<String> = BTreeSet::new();
    for record in &records {
        let Some(sample_id) = chosen.sample_id(record.sample.as_deref(), record.core.as_deref(), &file_sample) else {
            continue;
        };
        let sample = tally.samples.entry(sample_id.clone()).or_default();
        sample.set_patient(&sample_id, source.named.patient.as_deref().or(record.patient.as_deref()))?;
        let word = record.region.as_deref().or(source.named.region.as_deref()).unwrap_or(TOTAL);
        let region = if word == TOTAL { TOTAL.to_owned() } else { region_name(word, settings) };
        let field = record.field.as_deref().map(field_name);
        let part = part_name(field, &record.part, word);
        let fact = facts.region(word, &region);

        if let Some((unit, unit_source)) = &layout.area_unit {
            let mm2 = match record.area {
                Some(given) if given < 0.0 => {
                    let column = layout
                        .used
                        .iter()
                        .find(|(role, _)| *role == "area")
                        .map_or("area", |it| source.preview.header.name(it.1));
                    let expected = "an area greater than 0, or an empty cell where nothing was measured";
                    return Err(table.value_error(record.row, column, &given.to_string(), expected));
                }
                Some(given) => area_mm2(source, given, *unit, unit_source, settings)?,
                None => None,
            };
            fact.area_mm2 = fact.area_mm2.zip(mm2).map(|(sum, mm2)| sum + mm2).or(fact.area_mm2).or(mm2);
            let origin =
                if source.format == canonical_regions::NAME { AreaSource::Measured } else { AreaSource::Summary };
            sample.set_area(&sample_id, &region, &part, part_area(field, mm2, origin))?;
        }
        if source.input.role == Role::Regions || (record.counts.is_empty() && record.n_cells.is_none()) {
            continue;
        }
        let marker = source.named.marker.as_deref();
        let mut counts = Counts { n_cells: record.n_cells, ..Counts::default() };
        for (word, n_cells) in &record.counts {
            if word == TOTAL {
                counts.n_cells = *n_cells;
                continue;
            }
            let name = phenotype_name(word, marker, settings);
            facts.phenotype(word, &name).n_cells += n_cells.unwrap_or(0);
            phenotypes.insert(name.clone());
            // Two words of one phenotype, as the parts of QuPath's classes are.
            let known = counts.phenotypes.entry(name).or_insert(Some(0));
            *known = known.zip(*n_cells).map(|(one, other)| one + other);
        }
        facts.region(word, &region).n_cells += counts.n_cells.unwrap_or(0);
        *facts.samples.entry(sample_id.clone()).or_default() += counts.n_cells.unwrap_or(0);
        sample.regions.entry(region.clone()).or_default().tell(&sample_id, &region, &part, counts)?;
        counted.insert(sample_id);
    }
    if !counted.is_empty() {
        let panel = panel_id(source, phenotypes.iter().map(|it| key(it)).collect());
        for sample_id in &counted {
            tally.samples.get_mut(sample_id).expect("a sample that was counted").panels.insert(panel.clone());
        }
        tally.panels.insert(panel, Panel { markers: phenotypes, ..Panel::default() });
    }
    Ok((tally, facts))
}

/// Which of the records' samples are wanted.
///
/// A table of one image may name the image otherwise than the samplesheet names the sample; contexture's own table of
/// regions has the samples' ids.
fn chosen(source: &Source, records: &[RegionRecord]) -> Result<Chosen> {
    let Some(named) = &source.named.sample else { return Ok(Chosen::All) };
    let found: BTreeSet<_> = records.iter().map(|it| (it.sample.clone(), it.core.clone())).collect();
    let is_own = source.format == canonical_regions::NAME;
    let is_there = |it: &&(Option<String>, _)| it.0.as_deref().map(image_stem) == Some(image_stem(named));
    if is_own && !found.iter().any(|it| is_there(&it)) {
        return Err(no_region_of(source, named, &found.iter().filter_map(|it| it.0.clone()).collect::<Vec<_>>()));
    }
    Chosen::of(named, &found).map_err(|found| no_region_of(source, named, &found))
}

fn no_region_of(source: &Source, named: &str, found: &[String]) -> Error {
    let problem = format!("has no region of the sample '{named}' (found: {})", found.join(", "));
    Error::UnusableFile { path: source.path().to_owned(), problem }
}
