//! QuPath's table of annotations, or of images: one row an annotation, with its area and how many objects of each class lie
//! in it.
//!
//! Densities are never read: QuPath writes them for one class only. A class that no object of the image has, has no column.

use std::collections::{BTreeMap, BTreeSet};

use super::header::{Header, key};
use super::layout::{AreaUnit, Layout, RegionLayout, RegionRecord};
use super::preview::{Preview, RegionTable};
use super::region_numbers::amounts;
use super::{Certainty, Format, Recognised, qupath, units};
use crate::error::Result;
use crate::io::table_file::TableFile;

mod nesting;

use nesting::{Annotation, Nesting};

/// QuPath's table of annotations.
pub(super) const FORMAT: Format =
    Format { name: "qupath-annotations", description: "QuPath: measurements of annotations or images", recognise };

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let columns = Columns::of(header);
    let is_empty_export = header.len() == 1 && columns.name.is_some() && preview.rows.is_empty();
    let is_of_qupath = qupath::is_about_regions(preview) && columns.are_of_qupath(header);
    if !(is_empty_export || is_of_qupath) {
        return None;
    }
    let mut notes = Vec::new();
    if preview.rows.is_empty() {
        notes.push("the export is empty: the image had no annotation".to_owned());
    }
    if columns.area.is_none() && !is_empty_export {
        notes.push("no column holds an area".to_owned());
    }
    let is_nested = |parent: usize| preview.values(parent).any(|it| qupath::parent_region(it).is_some());
    if columns.parent.is_some_and(is_nested) {
        notes.push(
            "some annotations lie in others: the inner one's area and counts are taken off the outer one's; within one of \
             its own class it is left out"
                .to_owned(),
        );
    }
    Some(Recognised {
        certainty: if is_empty_export { Certainty::Likely } else { Certainty::Certain },
        version: (!is_empty_export).then(|| qupath::version(preview).to_owned()),
        layout: Layout::Regions(RegionLayout {
            used: columns.used(),
            area_unit: columns.area.map(|(column, unit)| (unit, units::said_by(header, column))),
            read,
        }),
        notes,
    })
}

/// Where everything is.
#[derive(Default)]
struct Columns {
    image: Option<usize>,
    core: Option<usize>,
    id: Option<usize>,
    kind: Option<usize>,
    name: Option<usize>,
    class: Option<usize>,
    parent: Option<usize>,
    roi: Option<usize>,
    missing: Option<usize>,
    area: Option<(usize, AreaUnit)>,
    detections: Option<usize>,
    /// Objects of exactly a class, by the parts of the class.
    classes: Vec<(usize, Vec<String>)>,
    /// Objects of a class and all classes below it.
    bases: Vec<(usize, String)>,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let mut columns = Self {
            image: header.find("Image"),
            core: header.find("TMA core"),
            id: header.find("Object ID"),
            kind: header.find("Object type"),
            name: header.find("Name"),
            class: header.find_any(&["Classification", "Class"]),
            parent: header.find("Parent"),
            roi: header.find("ROI"),
            missing: header.find("Missing"),
            area: units::areas(header, "Area").min_by_key(|(_, unit)| *unit != AreaUnit::SquareMicrometre),
            ..Self::default()
        };
        for (column, name) in header.names().iter().enumerate() {
            let Some(class) = qupath::counted_class(name) else { continue };
            if class == "Detections" {
                columns.detections = Some(column);
            } else if let Some(base) = class.strip_suffix("(base)") {
                columns.bases.push((column, base.trim().to_owned()));
            } else {
                columns.classes.push((column, class.split(':').map(|it| it.trim().to_owned()).collect()));
            }
        }
        columns
    }

    /// Whether the columns are those of QuPath, and not of somebody else who numbers things.
    fn are_of_qupath(&self, header: &Header) -> bool {
        let counts_cells = self.detections.is_some()
            || header.find("Num Negative").is_some()
            || header.find("Num Positive").is_some()
            || (self.roi.is_some() && !(self.classes.is_empty() && self.bases.is_empty()));
        let is_measured = self.area.is_some() && units::lengths(header, "Perimeter").next().is_some();
        (self.name.is_some() || self.class.is_some()) && (counts_cells || is_measured || self.kind.is_some())
    }

    fn used(&self) -> Vec<(&'static str, usize)> {
        let one = [
            ("sample", self.image),
            ("core", self.core),
            ("region", self.class),
            ("region where there is no class", self.name),
            ("annotation", self.id),
            ("kind of object", self.kind),
            ("kind of outline", self.roi),
            ("enclosing region", self.parent),
            ("core that is missing", self.missing),
            ("area", self.area.map(|it| it.0)),
            ("all cells", self.detections),
        ];
        let one = one.into_iter().filter_map(|(role, column)| Some((role, column?)));
        let counted = self.classes.iter().map(|it| it.0).chain(self.bases.iter().map(|it| it.0));
        one.chain(counted.map(|column| ("cells of a class", column))).collect()
    }
}

fn read(table: &RegionTable<'_>) -> Result<Vec<RegionRecord>> {
    let RegionTable { header, table } = *table;
    let columns = Columns::of(header);
    let texts = |column: Option<usize>| match column {
        Some(column) => table.texts(header.name(column)),
        None => Ok(vec![None; table.height()]),
    };
    let (images, cores, ids) = (texts(columns.image)?, texts(columns.core)?, texts(columns.id)?);
    let (kinds, names, classes) = (texts(columns.kind)?, texts(columns.name)?, texts(columns.class)?);
    let (parents, rois, missing) = (texts(columns.parent)?, texts(columns.roi)?, texts(columns.missing)?);
    // Where no column names the core, the parent does.
    let in_parents = |row: usize| parents[row].as_deref().and_then(qupath::parent_core).map(str::to_owned);
    let is_core = |row: usize| match kinds[row].as_deref() {
        Some(kind) => key(kind) == "tmacore",
        None => classes[row].is_none() && names[row].is_some() && names[row] == cores[row],
    };
    let core = |row: usize| {
        let own_name = if is_core(row) { names[row].clone() } else { None };
        cores[row].clone().or(own_name).or_else(|| in_parents(row))
    };
    let cores: Vec<Option<String>> = (0..table.height()).map(core).collect();
    let is_missing = |row: usize| missing[row].as_deref().is_some_and(|it| it.eq_ignore_ascii_case("true"));
    let areas = match columns.area {
        Some((column, _)) => amounts(table, header.name(column))?,
        None => vec![None; table.height()],
    };
    let tallies = Tallies::read(table, header, &columns)?;

    let is_image = |row: usize| {
        let is_unclassified = classes[row].is_none();
        let is_named_so = matches!(names[row].as_deref(), Some("Image" | "PathRootObject"));
        let is_root = kinds[row].as_deref().is_some_and(|it| ["rootobject", "image"].contains(&key(it).as_str()));
        let is_named_as_it = kinds[row].is_none()
            && rois[row].is_none()
            && names[row].as_deref().zip(images[row].as_deref()).is_some_and(|(name, image)| is_name_of(name, image));
        is_root || is_unclassified && (is_named_so || is_named_as_it || columns.roi.is_some() && rois[row].is_none())
    };
    let is_whole = |row: usize| is_core(row) || is_image(row);
    // Points and lines have no area, and are no region; nor has the core that was lost in cutting.
    let is_none =
        |row: usize| matches!(rois[row].as_deref(), Some("Points" | "Point" | "Line" | "Polyline")) || is_missing(row);
    let place = |row: usize| (images[row].as_deref(), cores[row].as_deref());
    // An image whose cores are samples is none itself.
    let mut told: BTreeSet<(Option<&str>, Option<&str>)> =
        (0..table.height()).filter(|&row| !is_whole(row) && !is_none(row)).map(place).collect();
    told.extend((0..table.height()).filter(|&row| cores[row].is_some()).map(|row| (images[row].as_deref(), None)));

    // What QuPath calls an annotation without class and name, and what its cells have as their parent, is `Annotation`.
    let word = |row: usize| {
        let word = classes[row].as_deref().or(names[row].as_deref()).map(qupath::class_word);
        word.filter(|it| !it.is_empty()).unwrap_or("Annotation")
    };
    // Before 0.5 the parent of what lies in a core alone is the core's own name.
    let parent = |row: usize| {
        let parent = parents[row].as_deref().and_then(qupath::parent_region);
        parent.filter(|it| cores[row].as_deref() != Some(it))
    };
    let annotations = (0..table.height()).filter(|&row| !is_whole(row) && !is_none(row));
    let nesting = Nesting::of(annotations.map(|row| Annotation {
        row,
        place: place(row),
        word: word(row),
        name: names[row].as_deref(),
        parent: parent(row),
    }));

    let mut numbered: BTreeMap<(Option<&str>, Option<&str>, &str), usize> = BTreeMap::new();
    let mut records = Vec::new();
    for row in 0..table.height() {
        if is_none(row) || is_whole(row) && told.contains(&place(row)) {
            continue;
        }
        let region = if is_whole(row) { None } else { Some(word(row)) };
        // METHOD: an annotation within one of its own class is a part of it already, with its cells and its area.
        if nesting.is_left_out(row) {
            continue;
        }
        let number = numbered.entry((place(row).0, place(row).1, region.unwrap_or_default())).or_default();
        *number += 1;
        let (n_cells, counts) = tallies.of_row(row);
        records.push(RegionRecord {
            sample: images[row].clone(),
            patient: None,
            core: cores[row].clone(),
            field: None,
            region: region.map(str::to_owned),
            part: ids[row].clone().unwrap_or_else(|| format!("{} {number}", region.unwrap_or("image"))),
            area: areas[row],
            counts: counts.into_iter().map(|(word, n_cells)| (word, Some(n_cells))).collect(),
            n_cells,
            row,
        });
    }
    nesting.take_inner_off_outer(table, &records)
}

/// Whether an object has the name of its image, with or without the ending of either.
fn is_name_of(name: &str, image: &str) -> bool {
    let rest = image.strip_prefix(name).or_else(|| name.strip_prefix(image));
    rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
}

/// How many objects each row counts.
struct Tallies {
    detections: Option<Vec<Option<u64>>>,
    classes: Vec<(Vec<String>, Vec<Option<u64>>)>,
    bases: Vec<(String, Vec<Option<u64>>)>,
}

impl Tallies {
    fn read(table: &TableFile, header: &Header, columns: &Columns) -> Result<Self> {
        let of = |column: usize| table.counts(header.name(column));
        Ok(Self {
            detections: columns.detections.map(of).transpose()?,
            classes: columns.classes.iter().map(|(at, parts)| Ok((parts.clone(), of(*at)?))).collect::<Result<_>>()?,
            bases: columns.bases.iter().map(|(at, base)| Ok((base.clone(), of(*at)?))).collect::<Result<_>>()?,
        })
    }

    /// All cells of a row, and those of each phenotype, in the order of the columns.
    ///
    /// As among cells, an object of the class `CD3: CD8` is a CD3, a CD8, and a `CD3: CD8`.
    fn of_row(&self, row: usize) -> (Option<u64>, Vec<(String, u64)>) {
        let detections = self.detections.as_ref().and_then(|it| it[row]);
        let is_counted = detections.is_some() || self.classes.iter().any(|(_, counts)| counts[row].is_some());
        if !is_counted && self.bases.iter().all(|(_, counts)| counts[row].is_none()) {
            return (None, Vec::new());
        }
        let mut tally: Vec<(String, u64)> = Vec::new();
        let mut add = |name: &str, count: u64| match tally.iter_mut().find(|it| it.0 == name) {
            Some(known) => known.1 += count,
            None => tally.push((name.to_owned(), count)),
        };
        // METHOD: where other objects of a row are counted, an empty count is 0: QuPath leaves a class out of an image, or
        // out of the table, if no object is of it.
        for (parts, counts) in &self.classes {
            let count = counts[row].unwrap_or(0);
            for part in parts {
                add(part, count);
            }
            if parts.len() > 1 {
                add(&parts.join(": "), count);
            }
        }
        let negative = tally.iter().find(|it| it.0 == "Negative").map(|it| it.1);
        if negative.is_some() && !tally.iter().any(|it| it.0 == "Positive") {
            // Objects of three intensities are positive, each in its degree.
            let degrees = tally.iter().filter(|it| ["1+", "2+", "3+"].contains(&it.0.as_str()));
            let positive = degrees.map(|it| it.1).sum();
            tally.push(("Positive".to_owned(), positive));
        }
        for (base, counts) in &self.bases {
            let Some(count) = counts[row] else { continue };
            match tally.iter_mut().find(|it| it.0 == *base) {
                // A table may have fewer columns than there are classes below the base.
                Some(known) => known.1 = known.1.max(count),
                None => tally.push((base.clone(), count)),
            }
        }
        let positive = tally.iter().find(|it| it.0 == "Positive").map(|it| it.1);
        let both = negative.zip(positive).map(|(negative, positive)| negative + positive);
        (detections.or(both), tally)
    }
}

#[cfg(test)]
mod tests;
