//! The regions of one section: their areas, and which of them a point lies in.
//!
//! Outlines of one name are united, and what touches or overlaps becomes one *part* of the region. Parts of several regions
//! may overlap: a necrosis lies in a tumour, and the tumour in the tissue.
//!
//! METHOD: a point belongs to the innermost part that contains it, which is the one with the smallest area of its own
//! (holes not counted), and the area of every larger part is less by it. The overlap of two parts of which neither lies in
//! the other belongs to the smaller one, too. Of parts of equal area, the one whose region comes first by name goes first.
//! So no point and no area counts twice, and the areas add up to what the outlines cover together.
//!
//! METHOD: points are located in the outlines as they were drawn, not in what boolean operations round them to; on the
//! borders see [`super::shape`]. Outlines thinner than that rounding (2⁻²⁹ of the region's extent) are none.

use std::cmp::Ordering;

use geo::orient::Direction;
use geo::{Area, BooleanOps, Coord, CoordsIter, MultiPolygon, Orient, Polygon, unary_union};

use super::shape::{Shape, Stack, inner_point};
use crate::error::{Error, Result};

/// µm² in a mm².
const UM2_PER_MM2: f64 = 1e6;
/// No slide is larger, µm.
const FARTHEST_UM: f64 = 1e9;

/// Regions of one section, and which of them a point lies in.
#[derive(Clone, Debug)]
pub struct SectionRegions {
    names: Vec<String>,
    areas_mm2: Vec<f64>,
    /// The outlines, those of the smallest part first.
    outlines: Stack,
    /// The region of each outline.
    regions: Vec<usize>,
}

/// A connected part of a region.
struct Part {
    region: usize,
    polygon: Polygon<f64>,
    area_um2: f64,
    /// The outlines that it is the union of.
    outlines: Vec<Shape>,
}

impl SectionRegions {
    /// Regions by name, with outlines in µm; a name may come more than once.
    ///
    /// Outlines are to be valid polygons; [`super::mended`] makes them so. One without area adds nothing to its region.
    /// The order of the outlines does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] if a coordinate is not finite, or farther than 1 km from the origin.
    pub fn new(outlines: Vec<(String, MultiPolygon<f64>)>) -> Result<Self> {
        let mut outlines: Vec<(String, Vec<Polygon<f64>>)> =
            outlines.into_iter().map(|(name, it)| (name, it.0)).collect();
        outlines.sort_by(|a, b| a.0.cmp(&b.0));
        outlines.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.append(&mut next.1);
            }
            same
        });
        let mut parts = Vec::new();
        let mut names = Vec::new();
        for (region, (name, mut polygons)) in outlines.into_iter().enumerate() {
            check(&polygons)?;
            polygons.sort_by(by_coordinates);
            parts.extend(parts_of(region, &polygons));
            names.push(name);
        }
        // Stable: parts of equal area stay in the order of their regions' names.
        parts.sort_by(|a, b| a.area_um2.total_cmp(&b.area_um2));

        let mut areas_mm2 = vec![0.0; names.len()];
        for (part, area_um2) in parts.iter().zip(own_areas(&parts)) {
            areas_mm2[part.region] += area_um2 / UM2_PER_MM2;
        }
        let regions = parts.iter().flat_map(|it| vec![it.region; it.outlines.len()]).collect();
        let outlines = Stack::new(parts.into_iter().flat_map(|it| it.outlines).collect());
        Ok(Self { names, areas_mm2, outlines, regions })
    }

    /// Names of the regions, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Area of a region in mm², less the smaller parts of other regions within it; 0 if nothing is left, or its outlines
    /// have no area.
    pub fn area_mm2(&self, region: usize) -> f64 {
        self.areas_mm2[region]
    }

    /// The region that a point lies in, as a place in [`Self::names`]; absent outside of all, or if a coordinate is NaN.
    pub fn region_at(&self, x_um: f64, y_um: f64) -> Option<usize> {
        self.outlines.first_at(Coord { x: x_um, y: y_um }).map(|it| self.regions[it])
    }
}

/// Refuses coordinates that are none.
fn check(polygons: &[Polygon<f64>]) -> Result<()> {
    let mut numbers = polygons.iter().flat_map(CoordsIter::coords_iter).flat_map(|it| [it.x, it.y]);
    match numbers.find(|it| it.is_nan() || it.abs() > FARTHEST_UM) {
        None => Ok(()),
        Some(value) => Err(Error::OutOfRange {
            quantity: "coordinate of an outline (µm)",
            expected: "a number between -1e9 and 1e9",
            value,
        }),
    }
}

/// An order of polygons that depends on nothing but their coordinates.
fn by_coordinates(a: &Polygon<f64>, b: &Polygon<f64>) -> Ordering {
    let by_number = a.interiors().len().cmp(&b.interiors().len()).then(a.coords_count().cmp(&b.coords_count()));
    let mut pairs = a.coords_iter().zip(b.coords_iter()).map(|(a, b)| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    by_number.then_with(|| pairs.find(|it| it.is_ne()).unwrap_or(Ordering::Equal))
}

/// The connected parts of a region.
fn parts_of(region: usize, polygons: &[Polygon<f64>]) -> Vec<Part> {
    let with_area = || polygons.iter().filter(|it| it.unsigned_area() > 0.0);
    let united = united(with_area());
    let mut parts: Vec<Part> = united
        .into_iter()
        .map(|polygon| Part { region, area_um2: polygon.unsigned_area(), polygon, outlines: Vec::new() })
        .collect();
    let places = Stack::new(parts.iter().map(|it| Shape::new(&it.polygon)).collect());
    for polygon in with_area() {
        // An outline lies in one part as a whole, so that any of its points says in which.
        if let Some(part) = inner_point(polygon).and_then(|it| places.first_at(it)) {
            parts[part].outlines.push(Shape::new(polygon));
        }
    }
    parts
}

/// What is left of each part's area without the smaller parts of other regions, µm²; parts come by area.
fn own_areas(parts: &[Part]) -> Vec<f64> {
    let stack = Stack::new(parts.iter().map(|it| Shape::new(&it.polygon)).collect());
    let own_area = |(place, part): (usize, &Part)| {
        let smaller = stack.before(place).into_iter().map(|it| &parts[it]).filter(|it| it.region != part.region);
        let smaller = united(smaller.map(|it| &it.polygon));
        if smaller.0.is_empty() { part.area_um2 } else { part.polygon.difference(&smaller).unsigned_area() }
    };
    parts.iter().enumerate().map(own_area).collect()
}

/// The union of polygons.
fn united<'a>(polygons: impl Iterator<Item = &'a Polygon<f64>>) -> MultiPolygon<f64> {
    // A hole that runs the same way round as its shell would be filled; results of a union have such holes.
    let oriented: Vec<Polygon<f64>> = polygons.map(|it| it.orient(Direction::Default)).collect();
    unary_union(&oriented)
}

#[cfg(test)]
mod tests;
