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
//! METHOD: points are located in the outlines as they were drawn, and areas are those of the outlines as they were drawn:
//! no boolean operation moves them. On the borders see [`super::shape`].

use std::cmp::Ordering;

use geo::{Area, Coord, CoordsIter, MultiPolygon, Polygon};

use super::shape::{Shape, Stack};
use super::sweep::own_areas;
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
    area_um2: f64,
    /// The outlines that it is the union of.
    outlines: Vec<Polygon<f64>>,
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
            parts.extend(parts_of(region, polygons));
            names.push(name);
        }
        // Stable: parts of equal area stay in the order of their regions' names.
        parts.sort_by(|a, b| a.area_um2.total_cmp(&b.area_um2));

        let regions: Vec<usize> = parts.iter().flat_map(|it| vec![it.region; it.outlines.len()]).collect();
        let outlines: Vec<&Polygon<f64>> = parts.iter().flat_map(|it| &it.outlines).collect();
        let mut areas_mm2 = vec![0.0; names.len()];
        for (region, area_um2) in regions.iter().zip(own_areas(&outlines)) {
            areas_mm2[*region] += area_um2 / UM2_PER_MM2;
        }
        let outlines = Stack::new(outlines.into_iter().map(Shape::new).collect());
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
fn parts_of(region: usize, polygons: Vec<Polygon<f64>>) -> Vec<Part> {
    let polygons: Vec<Polygon<f64>> = polygons.into_iter().filter(|it| it.unsigned_area() > 0.0).collect();
    let stack = Stack::new(polygons.iter().map(Shape::new).collect());
    // Of each outline an earlier one of its part, or itself.
    let mut linked: Vec<usize> = (0..polygons.len()).collect();
    for place in 0..polygons.len() {
        for near in stack.before(place) {
            let (first, own) = (first_of(&mut linked, near), first_of(&mut linked, place));
            if first != own && stack.shapes[near].meets(&stack.shapes[place]) {
                linked[first.max(own)] = first.min(own);
            }
        }
    }
    let mut outlines: Vec<Vec<Polygon<f64>>> = vec![Vec::new(); polygons.len()];
    for (place, polygon) in polygons.into_iter().enumerate() {
        outlines[first_of(&mut linked, place)].push(polygon);
    }
    outlines.retain(|it| !it.is_empty());
    let area = |it: &[Polygon<f64>]| own_areas(&it.iter().collect::<Vec<_>>()).iter().sum();
    outlines.into_iter().map(|it| Part { region, area_um2: area(&it), outlines: it }).collect()
}

/// The first outline of a part, by way of the links, which are made shorter for the next time.
fn first_of(linked: &mut [usize], mut place: usize) -> usize {
    while linked[place] != place {
        linked[place] = linked[linked[place]];
        place = linked[place];
    }
    place
}

#[cfg(test)]
mod tests;
