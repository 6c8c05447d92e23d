//! Outlines of regions as `GeoJSON`, as QuPath exports its annotations; also gzipped.
//!
//! A collection of features, a bare list of them, a single feature or a bare geometry. Coordinates are pixels of the image at
//! full resolution, from its upper left corner. Children of an object (`childObjects`) are read as its siblings. What QuPath
//! wrote in each version:
//!
//! | | 0.2 | 0.3 | 0.4 and later |
//! | --- | --- | --- | --- |
//! | kind of object | `"id": "PathAnnotationObject"` | `object_type` | `objectType` |
//! | `id` | the kind | none | a UUID |
//!
//! Measurements that are `NaN` or `Infinity` stand bare in QuPath's files, which JSON does not know; they are read as
//! `null`. One feature at a time is held beside the text of the file.

use std::io::Read as _;
use std::path::Path;

use geo::{Area, Coord, LineString, MultiPolygon, Polygon};
use geojson::{GeometryValue, Position};
use serde_json::Value;

use super::suggestion::in_plain_words;
use super::text::{plain_text, read_error};
use crate::error::{Error, Result};
use crate::spatial::mended;

mod features;

/// No image is larger, pixels.
const FARTHEST_PX: f64 = 1e8;

/// What a file of outlines holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlines {
    /// Annotations with an area, in the order of the file.
    pub outlines: Vec<Outline>,
    /// What a person should know about this file, one sentence each: what was left out, and what was mended.
    pub notes: Vec<String>,
}

/// An annotation with an area.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Its class, as the file writes it: `Tumor`, `Immune cells: Positive`; absent if it has none.
    pub class: Option<String>,
    /// Its name; absent if it has none.
    pub name: Option<String>,
    /// Its id, or `feature 3` by its place in the file if it has none of its own.
    pub id: String,
    /// Valid polygons, in pixels of the image.
    pub polygons: MultiPolygon<f64>,
}

/// Reads the outlines of a file.
///
/// # Errors
///
/// * [`Error::Read`] if it cannot be read.
/// * [`Error::Config`] if it is no JSON, is cut off, or a feature of it is no `GeoJSON`; with the line, or with number
///   and id of the feature.
/// * [`Error::UnusableFile`] if it is a folder, or holds nothing that `GeoJSON` knows.
pub fn read(path: &Path) -> Result<Outlines> {
    if path.is_dir() {
        let problem = "is a folder, expected GeoJSON".to_owned();
        return Err(Error::UnusableFile { path: path.to_owned(), problem });
    }
    let mut bytes = Vec::new();
    plain_text(path)?.read_to_end(&mut bytes).map_err(|source| read_error(path, source))?;
    of_bytes(path, &bytes)
}

fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Outlines> {
    if bytes.trim_ascii().is_empty() {
        return Err(Error::UnusableFile { path: path.to_owned(), problem: "is empty, expected GeoJSON".to_owned() });
    }
    let mut reading = Reading::default();
    let whole = features::for_each(&features::without_bare_nan(bytes), |feature| reading.add(feature));
    if let Err(error) = whole {
        let line = reading.refused.is_none().then(|| error.line());
        let problem = reading.refused.unwrap_or_else(|| {
            let message = error.to_string();
            let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            let n_read = reading.n_objects;
            format!("is no usable GeoJSON: {}, behind object {n_read}", in_plain_words(what))
        });
        return Err(Error::Config { path: path.to_owned(), line, problem });
    }
    Ok(reading.finish())
}

/// What was found so far.
#[derive(Default)]
struct Reading {
    found: Outlines,
    /// Objects met, of any kind: the number of the one being read.
    n_objects: usize,
    n_other_objects: usize,
    n_without_area: usize,
    /// Why an object was refused.
    refused: Option<String>,
}

impl Reading {
    /// Reads an object and its children. After a refusal, which is kept, nothing more is to be read.
    fn add(&mut self, object: Value) -> std::result::Result<(), ()> {
        let mut waiting = vec![object];
        while let Some(mut object) = waiting.pop() {
            self.n_objects += 1;
            let mut children = Vec::new();
            for key in ["childObjects", "children"] {
                if let Some(Value::Array(list)) = object.pointer_mut(&format!("/properties/{key}")).map(Value::take) {
                    children = list;
                    break;
                }
            }
            waiting.extend(children.into_iter().rev());
            let own_id = own_id(&object);
            if let Err(problem) = self.add_one(object, own_id.as_deref()) {
                let id = own_id.map(|it| format!(" ('{it}')")).unwrap_or_default();
                self.refused = Some(format!("feature {}{id} {problem}", self.n_objects));
                return Err(());
            }
        }
        Ok(())
    }

    fn add_one(&mut self, mut object: Value, own_id: Option<&str>) -> std::result::Result<(), String> {
        if !is_annotation(&object) {
            self.n_other_objects += 1;
            return Ok(());
        }
        let is_feature = object.get("type").and_then(Value::as_str) == Some("Feature");
        let geometry =
            if is_feature { object.get_mut("geometry").map_or(Value::Null, Value::take) } else { object.take() };
        let mut drawn = Vec::new();
        if !geometry.is_null() {
            let geometry: geojson::Geometry = serde_json::from_value(geometry)
                .map_err(|error| format!("has no usable geometry: {}", in_plain_words(&error.to_string())))?;
            collect(&geometry.value, &mut drawn)?;
        }
        let id = own_id.map_or_else(|| format!("feature {}", self.n_objects), str::to_owned);
        let mut polygons = Vec::new();
        for polygon in drawn {
            if let Some(valid) = mended(&polygon) {
                self.found.notes.push(format!(
                    "feature {} ('{id}') has an outline that crosses itself; what it goes around an odd number of times \
                     (even-odd rule) is taken for its inside",
                    self.n_objects
                ));
                polygons.extend(valid);
            } else if polygon.unsigned_area() > 0.0 {
                polygons.push(polygon);
            }
        }
        if polygons.is_empty() {
            self.n_without_area += 1;
            return Ok(());
        }
        let properties = object.get("properties").unwrap_or(&Value::Null);
        self.found.outlines.push(Outline {
            class: class(properties),
            name: text(properties.get("name")),
            id,
            polygons: MultiPolygon::new(polygons),
        });
        Ok(())
    }

    fn finish(mut self) -> Outlines {
        let one_or_many = |n: usize| if n == 1 { "object is" } else { "objects are" };
        if self.n_other_objects > 0 {
            let are = one_or_many(self.n_other_objects);
            let note =
                format!("{} {are} left out, being no annotations but cells, tiles or cores", self.n_other_objects);
            self.found.notes.push(note);
        }
        if self.n_without_area > 0 {
            let are = one_or_many(self.n_without_area);
            let note = format!("{} {are} left out, having no area: points, lines or nothing", self.n_without_area);
            self.found.notes.push(note);
        }
        self.found
    }
}

/// The kind that QuPath 0.2 wrote in place of an id.
fn is_kind(id: &str) -> bool {
    id.starts_with("Path") && id.ends_with("Object") || id == "TMACoreObject"
}

/// The id of an object, if it is one.
fn own_id(object: &Value) -> Option<String> {
    let id = object.get("id")?;
    id.as_str().map(str::to_owned).or_else(|| id.as_number().map(ToString::to_string)).filter(|it| !is_kind(it))
}

/// Whether an object is an annotation, which one of unknown kind is taken for, as QuPath does.
fn is_annotation(object: &Value) -> bool {
    let stated = ["objectType", "object_type"].iter().find_map(|it| object.get("properties")?.get(it)?.as_str());
    let kind = stated.or_else(|| object.get("id")?.as_str().filter(|it| is_kind(it)));
    let others = ["cell", "detection", "tile", "tmacore", "root"];
    let kind = kind.unwrap_or_default().trim_start_matches("Path").trim_end_matches("Object").replace('_', "");
    !others.contains(&kind.to_lowercase().as_str())
}

/// The class of an object: `classification.name`, the parts in `classification.names`, or the text itself.
fn class(properties: &Value) -> Option<String> {
    let class = properties.get("classification")?;
    let parts = || {
        let parts: Option<Vec<&str>> = class.get("names")?.as_array()?.iter().map(Value::as_str).collect();
        parts.map(|it| it.join(": ")).filter(|it| !it.is_empty())
    };
    text(class.get("name")).or_else(parts).or_else(|| text(Some(class)))
}

/// A text that is there and not blank.
fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
}

/// Gathers the polygons of a geometry.
fn collect(geometry: &GeometryValue, polygons: &mut Vec<Polygon<f64>>) -> std::result::Result<(), String> {
    match geometry {
        GeometryValue::Polygon { coordinates } => polygons.extend(polygon(coordinates)?),
        GeometryValue::MultiPolygon { coordinates } => {
            for rings in coordinates {
                polygons.extend(polygon(rings)?);
            }
        }
        GeometryValue::GeometryCollection { geometries } => {
            for geometry in geometries {
                collect(&geometry.value, polygons)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The polygon of an outer ring and holes, each closed if it is not; absent if there is no ring.
fn polygon(rings: &[Vec<Position>]) -> std::result::Result<Option<Polygon<f64>>, String> {
    let rings: Vec<LineString<f64>> = rings.iter().map(|it| ring(it)).collect::<std::result::Result<_, _>>()?;
    let mut rings = rings.into_iter();
    Ok(rings.next().map(|outer| Polygon::new(outer, rings.collect())))
}

fn ring(positions: &[Position]) -> std::result::Result<LineString<f64>, String> {
    let mut points: Vec<Coord<f64>> = Vec::with_capacity(positions.len() + 1);
    for position in positions {
        let &[x, y, ..] = position.as_slice() else {
            return Err("has a point with fewer than two coordinates, expected x and y".to_owned());
        };
        if !(x.abs() <= FARTHEST_PX && y.abs() <= FARTHEST_PX) {
            return Err(format!("has a point at ({x}, {y}), expected pixels between -1e8 and 1e8"));
        }
        points.push(Coord { x, y });
    }
    let is_closed = points.len() > 1 && points.first() == points.last();
    let n_points = points.len() - usize::from(is_closed);
    if n_points < 3 {
        let points = if n_points == 1 { "point" } else { "points" };
        return Err(format!("has a ring of {n_points} {points}, expected at least 3"));
    }
    let mut ring = LineString::new(points);
    ring.close();
    Ok(ring)
}

#[cfg(test)]
mod tests;
