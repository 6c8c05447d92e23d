//! What QuPath's tables of cells and of annotations have in common.

use super::header::key;
use super::preview::Preview;
use super::units;

/// Whether a table is about annotations or images, and not about cells.
///
/// Where no column says what a row is about, a column that counts other objects says so, and so does a perimeter: an
/// annotation has one; that of a cell is called `Length`.
pub(super) fn is_about_regions(preview: &Preview) -> bool {
    let header = &preview.header;
    if let Some(kind) = preview.find_filled(&["Object type"]) {
        return preview
            .values(kind)
            .all(|it| matches!(key(it).as_str(), "annotation" | "rootobject" | "image" | "tmacore"));
    }
    let is_measured =
        units::areas(header, "Area").next().is_some() && units::lengths(header, "Perimeter").next().is_some();
    is_measured || header.names().iter().any(|it| counted_class(it).is_some())
}

/// The class that a column counts, in QuPath's words: `Num CD3: CD8` and, after R, `Num.CD3..CD8` count `CD3: CD8`.
///
/// Absent for columns that count no class: points, and densities and percentages, which have a unit.
pub(super) fn counted_class(name: &str) -> Option<String> {
    let class = match name.strip_prefix("Num ") {
        Some(class) => class.trim().to_owned(),
        None => name.strip_prefix("Num.")?.replace("..", ": ").replace('.', " ").trim().to_owned(),
    };
    let key = key(&class);
    let is_class = !key.is_empty() && key != "points" && !key.contains("permm") && !key.contains("perpx");
    (is_class && !class.contains('%')).then_some(class)
}

/// The class, or else the name, of the annotation that lies around an object: what QuPath's `Parent` says.
///
/// Absent where the parent is the whole image.
pub(super) fn parent_region(parent: &str) -> Option<&str> {
    const KINDS: [&str; 6] = ["Annotation", "Root object", "TMA core", "Cell", "Detection", "Tile"];
    let parent = parent.trim();
    // Within the core of a tissue microarray the parent is `A-1 - Annotation (Tumor)`.
    let (kind, region) = KINDS
        .iter()
        .find_map(|kind| {
            let (before, rest) = parent.split_once(kind)?;
            let is_at_start = before.is_empty() || before.ends_with(" - ");
            let class = if rest.is_empty() { *kind } else { rest.strip_prefix(" (")?.strip_suffix(')')? };
            is_at_start.then_some((*kind, class))
        })
        .unwrap_or(("", parent));
    let is_image = kind == "Root object" || ["", "Image", "PathRootObject"].contains(&parent);
    (!is_image).then_some(region)
}

/// The release that a table's columns and its way of naming parents speak of.
pub(super) fn version(preview: &Preview) -> &'static str {
    let header = &preview.header;
    let says_kind_of_parent = header.find("Parent").is_some_and(|column| {
        preview.values(column).any(|it| it.contains("Annotation (") || it.contains("Root object"))
    });
    let is_order_of_0_6 = |name: &String| {
        let compartment = name.split(": ").next().map(key);
        name.split(": ").count() == 3 && compartment.is_some_and(|it| ["nucleus", "cell"].contains(&it.as_str()))
    };
    if header.find("Classification").is_some() || header.find("Object type").is_some() || says_kind_of_parent {
        if header.names().iter().any(is_order_of_0_6) { "0.6 or later" } else { "0.5 or later" }
    } else if header.find("Object ID").is_some() {
        "0.4"
    } else if header.find("Image").is_some() || header.find("Parent").is_some() {
        "0.2 or 0.3"
    } else {
        "0.1"
    }
}

/// Columns that hold one thing in different units: first those that hold something, and of them first the calibrated one.
///
/// A table of several images has a column in µm and one in pixels where only some of the images are calibrated.
pub(super) fn calibrated_first<U: Copy + PartialEq>(
    preview: &Preview,
    columns: impl Iterator<Item = (usize, U)>,
    calibrated: U,
) -> Vec<(usize, U)> {
    let mut columns: Vec<(usize, U)> = columns.collect();
    columns.sort_by_key(|&(column, unit)| (!preview.is_filled(column), unit != calibrated));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_counted_where_the_column_has_no_unit() {
        for (name, class) in [
            ("Num Positive", Some("Positive")),
            ("Num Tumor (base)", Some("Tumor (base)")),
            ("Num CD3: CD8", Some("CD3: CD8")),
            ("Num.CD3..CD8", Some("CD3: CD8")),
            ("Num Detections", Some("Detections")),
            ("Num points", None),
            ("Num Positive per mm^2", None),
            ("Num.Positive.per.mm.2", None),
            ("Num ", None),
            ("Number", None),
            ("Positive %", None),
        ] {
            assert_eq!(counted_class(name).as_deref(), class, "{name}");
        }
    }

    #[test]
    fn the_parent_is_told_in_the_words_of_every_version() {
        for (parent, region) in [
            ("Annotation (Tumor)", Some("Tumor")),
            ("A-1 - Annotation (Tumor)", Some("Tumor")),
            ("Annotation (Tumor - core (2))", Some("Tumor - core (2)")),
            ("Annotation", Some("Annotation")),
            ("A-1 - Annotation", Some("Annotation")),
            ("Tumor", Some("Tumor")),
            ("PathAnnotationObject", Some("PathAnnotationObject")),
            ("Root object (Image)", None),
            ("Image", None),
            ("PathRootObject", None),
            ("", None),
        ] {
            assert_eq!(parent_region(parent), region, "{parent}");
        }
    }
}
