//! The area of each polygon that lies in none before it, by a sweep over all edges from the top down.
//!
//! Between two neighbouring corners no edge begins or ends, and between two neighbouring crossings the edges keep their
//! order from left to right. So the plane falls into trapezoids, each in the same polygons as a whole. Nothing is built of
//! them that rounding could spoil: a crossing that is found a little too high or too low moves a sliver of no width.

use geo::{CoordsIter, LinesIter, Polygon};

/// An edge, downwards, with its places at the upper and the lower end of the slab that is swept.
#[derive(Clone, Copy)]
struct Swept {
    polygon: usize,
    top: f64,
    bottom: f64,
    x_at_top: f64,
    x_at_bottom: f64,
    upper: f64,
    lower: f64,
}

impl Swept {
    fn x_at(&self, y: f64) -> f64 {
        let share = (y - self.top) / (self.bottom - self.top);
        self.x_at_top * (1.0 - share) + self.x_at_bottom * share
    }

    /// Its place at a share of the height of the slab.
    fn between(&self, share: f64) -> f64 {
        self.upper * (1.0 - share) + self.lower * share
    }
}

/// Area of each polygon less what lies in those before it; inside is what the rings go around an odd number of times.
///
/// All coordinates are finite. The areas do not depend on where rings begin or in which direction they run.
pub(super) fn own_areas(polygons: &[&Polygon<f64>]) -> Vec<f64> {
    let mut corners: Vec<f64> = polygons.iter().flat_map(|it| it.coords_iter()).map(|it| it.y).collect();
    corners.sort_by(f64::total_cmp);
    corners.dedup();
    let mut coming = edges(polygons).into_iter().peekable();
    let mut areas = vec![0.0; polygons.len()];
    let mut swept: Vec<Swept> = Vec::new();
    let mut shares = Vec::new();
    for slab in corners.windows(2) {
        let (top, bottom) = (slab[0], slab[1]);
        swept.retain(|it| it.bottom > top);
        swept.extend(std::iter::from_fn(|| coming.next_if(|it| it.top <= top)));
        for edge in &mut swept {
            (edge.upper, edge.lower) = (edge.x_at(top), edge.x_at(bottom));
        }
        swept.sort_by(|a, b| a.upper.total_cmp(&b.upper).then(a.lower.total_cmp(&b.lower)));
        crossings(&swept, &mut shares);
        for stretch in shares.windows(2) {
            let height = (stretch[1] - stretch[0]) * (bottom - top);
            let middle = f64::midpoint(stretch[0], stretch[1]);
            swept.sort_by(|a, b| a.between(middle).total_cmp(&b.between(middle)));
            add_stretches(&swept, middle, height, &mut areas);
        }
    }
    areas
}

/// All edges that are not level, from the top down.
fn edges(polygons: &[&Polygon<f64>]) -> Vec<Swept> {
    let lines = polygons.iter().enumerate().flat_map(|(at, it)| it.lines_iter().map(move |line| (at, line)));
    let edge = |(polygon, line): (usize, geo::Line<f64>)| {
        let (a, b) = if line.start.y < line.end.y { (line.start, line.end) } else { (line.end, line.start) };
        Swept { polygon, top: a.y, bottom: b.y, x_at_top: a.x, x_at_bottom: b.x, upper: a.x, lower: b.x }
    };
    let mut edges: Vec<Swept> = lines.filter(|it| it.1.dy().abs() > 0.0).map(edge).collect();
    let by = |it: &Swept| [it.top, it.x_at_top, it.bottom, it.x_at_bottom];
    let compared = |a: &Swept, b: &Swept| by(a).iter().zip(by(b)).map(|(a, b)| a.total_cmp(&b)).find(|it| it.is_ne());
    edges.sort_by(|a, b| compared(a, b).unwrap_or(a.polygon.cmp(&b.polygon)));
    edges
}

/// Where edges, sorted by their upper ends, cross: shares of the height of the slab, ascending, with 0 and 1.
fn crossings(swept: &[Swept], shares: &mut Vec<f64>) {
    shares.clear();
    shares.extend([0.0, 1.0]);
    let mut sorted: Vec<&Swept> = Vec::with_capacity(swept.len());
    for edge in swept {
        let place = sorted.partition_point(|it| it.lower <= edge.lower);
        for crossed in &sorted[place..] {
            let (above, below) = (edge.upper - crossed.upper, crossed.lower - edge.lower);
            shares.push(above / (above + below));
        }
        sorted.insert(place, edge);
    }
    shares.sort_by(f64::total_cmp);
    shares.dedup();
}

/// Adds each stretch between two neighbouring edges, as wide as in the `middle`, to the first polygon that it lies in.
fn add_stretches(swept: &[Swept], middle: f64, height: f64, areas: &mut [f64]) {
    let mut within: Vec<usize> = Vec::new();
    for pair in swept.windows(2) {
        match within.binary_search(&pair[0].polygon) {
            Ok(place) => drop(within.remove(place)),
            Err(place) => within.insert(place, pair[0].polygon),
        }
        if let Some(&first) = within.first() {
            areas[first] += (pair[1].between(middle) - pair[0].between(middle)) * height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{LineString, polygon};

    fn areas(polygons: &[Polygon<f64>]) -> Vec<f64> {
        let areas = own_areas(&polygons.iter().collect::<Vec<_>>());
        areas.iter().map(|it| (it * 1e9).round() / 1e9).collect()
    }

    fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
        polygon!((x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side))
    }

    #[test]
    fn nothing_and_what_has_no_height_have_no_area() {
        let level = polygon!((x: 0.0, y: 1.0), (x: 5.0, y: 1.0), (x: 9.0, y: 1.0));
        let upright = polygon!((x: 1.0, y: 0.0), (x: 1.0, y: 5.0), (x: 1.0, y: 9.0));
        assert!(areas(&[]).is_empty());
        assert_eq!(areas(&[level, upright, Polygon::new(LineString::new(Vec::new()), Vec::new())]), [0.0; 3]);
    }

    #[test]
    fn what_several_cover_goes_to_the_first() {
        assert_eq!(areas(&[square(0., 0., 10.), square(5., 5., 10.), square(5., 5., 10.)]), [100.0, 75.0, 0.0]);
        let framed = Polygon::new(square(0., 0., 10.).into_inner().0, vec![square(2., 2., 6.).into_inner().0]);
        assert_eq!(areas(&[framed, square(0., 0., 10.)]), [64.0, 36.0]);
    }

    #[test]
    fn edges_that_cross_between_corners_bound_what_they_should() {
        let up = polygon!((x: 0.0, y: 6.0), (x: 12.0, y: 6.0), (x: 6.0, y: -3.0));
        let down = polygon!((x: 0.0, y: 0.0), (x: 12.0, y: 0.0), (x: 6.0, y: 9.0));
        // The two make a star; each point that looks out is a triangle of 4 by 3, six of them around a hexagon of 36.
        assert_eq!(areas(&[up, down]), [54.0, 18.0]);
        let bow_tie = polygon!((x: 0.0, y: 0.0), (x: 4.0, y: 4.0), (x: 4.0, y: 0.0), (x: 0.0, y: 4.0));
        assert_eq!(areas(&[bow_tie]), [8.0]);
    }
}
