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
/// Absent where the parent is the whole image. An annotation without class and name is `Annotation`, as in the table of
/// annotations.
pub fn parent_region(text: &str) -> Option<&str> {
    let text = text.trim();
    let (kind, region) = told_parent(text).map_or(("", text), |it| (it.kind, it.name));
    let is_whole = kind == "Root object"
        || kind == CORE
        || ["image", "rootobject", "pathrootobject"].contains(&key(text).as_str());
    let region = if region == "PathAnnotationObject" { "Annotation" } else { class_word(region) };
    (!is_whole && !region.is_empty()).then_some(region)
}

/// The core of a tissue microarray that lies around an object, as QuPath's `Parent` says it: `TMA core (A-1)`,
/// `A-1 - Annotation (Tumor)`. Absent where it says none.
pub fn parent_core(text: &str) -> Option<&str> {
    let told = told_parent(text.trim())?;
    let core = if told.kind == CORE && told.name != CORE { told.name } else { told.before };
    Some(core.trim()).filter(|it| !it.is_empty())
}

/// QuPath's word for the core of a tissue microarray.
const CORE: &str = "TMA core";

/// What `Parent` says in the words of QuPath 0.5 and later.
struct ToldParent<'a> {
    /// The core around the parent, if there is one.
    before: &'a str,
    kind: &'static str,
    /// Class or name; the kind, where there is neither.
    name: &'a str,
}

fn told_parent(text: &str) -> Option<ToldParent<'_>> {
    const KINDS: [&str; 6] = ["Annotation", "Root object", CORE, "Cell", "Detection", "Tile"];
    // Within the core of a tissue microarray the parent is `A-1 - Annotation (Tumor)`.
    let starts = std::iter::once((0, 0)).chain(text.match_indices(" - ").map(|(at, dash)| (at, at + dash.len())));
    starts.flat_map(|at| KINDS.map(|kind| (kind, at))).find_map(|(kind, (end, start))| {
        let name = match text[start..].strip_prefix(kind)? {
            "" => kind,
            rest => rest.strip_prefix(" (")?.strip_suffix(')')?,
        };
        Some(ToldParent { before: &text[..end], kind, name })
    })
}

/// A class without the star by which QuPath marks those that it ignores: `Region*` is `Region`.
pub(super) fn class_word(class: &str) -> &str {
    class.trim().trim_end_matches('*').trim_end()
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
            ("PathAnnotationObject", Some("Annotation")),
            ("Annotation (Tumor - deep)", Some("Tumor - deep")),
            ("Annotation (Tumor (deep))", Some("Tumor (deep)")),
            ("A-1 - Annotation (Stroma)", Some("Stroma")),
            ("Annotated - 2 - Annotation (Stroma)", Some("Stroma")),
            ("Annotation (Region*)", Some("Region")),
            ("Region*", Some("Region")),
            ("Root object", None),
            ("Root object (Image)", None),
            ("Image", None),
            ("PathRootObject", None),
            ("", None),
            ("TMA core (A-1)", None),
        ] {
            assert_eq!(parent_region(parent), region, "{parent}");
        }
    }

    #[test]
    fn the_core_stands_before_the_parent_or_is_the_parent() {
        for (parent, core) in [
            ("TMA core (A-1)", Some("A-1")),
            ("A-1 - Annotation (Tumor)", Some("A-1")),
            ("A-1 - Annotation", Some("A-1")),
            ("Annotation (Tumor - core (2))", None),
            ("Annotation (Tumor)", None),
            ("Root object (Image)", None),
            ("TMA core", None),
            ("Tumor", None),
            ("", None),
        ] {
            assert_eq!(parent_core(parent), core, "{parent}");
        }
    }
}
