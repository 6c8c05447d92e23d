//! One polygon, made ready to be asked which points lie in it.
//!
//! A point lies in the polygon if a ray from it to the right crosses an odd number of edges, holes included. Which side of
//! an edge the point lies on is decided without rounding (Shewchuk's predicate), so that the answer is exact.
//!
//! METHOD: the border is half open. A point on a left or upper border lies in the polygon, one on a right or lower border
//! does not: of two polygons that share an edge, each point of the edge lies in exactly one.

use geo::algorithm::kernels::RobustKernel;
use geo::{Coord, Intersects, Kernel, Line, Orientation, Polygon};

use super::bands::Bands;

/// An edge of a ring, downwards: `top.y` is at most `bottom.y`.
#[derive(Clone, Copy, Debug)]
struct Edge {
    top: Coord<f64>,
    bottom: Coord<f64>,
}

impl Edge {
    /// Whether a ray from the point to the right crosses it. Its top belongs to it, its bottom does not.
    fn is_crossed_from(self, point: Coord<f64>) -> bool {
        if point.y < self.top.y || point.y >= self.bottom.y {
            return false;
        }
        let (left, right) =
            if self.top.x < self.bottom.x { (self.top.x, self.bottom.x) } else { (self.bottom.x, self.top.x) };
        if point.x < left {
            return true;
        }
        // Turning the same way at `top` as from (0, 0) down to (0, 1) and then to the left of it.
        point.x <= right && RobustKernel::orient2d(self.top, self.bottom, point) == Orientation::CounterClockwise
    }

    /// Whether the two have a point in common.
    fn meets(self, other: Self) -> bool {
        let apart = |a: [f64; 2], b: [f64; 2]| a[0].max(a[1]) < b[0].min(b[1]);
        let (own, others) = ([self.top.x, self.bottom.x], [other.top.x, other.bottom.x]);
        !apart(own, others)
            && !apart(others, own)
            && Line::new(self.top, self.bottom).intersects(&Line::new(other.top, other.bottom))
    }
}

/// A polygon, its edges by bands.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    edges: Bands<Edge>,
}

impl Shape {
    /// The polygon, all coordinates of which are finite.
    pub(super) fn new(polygon: &Polygon<f64>) -> Self {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        let mut edges = Vec::new();
        let mut shape = Self {
            left: f64::INFINITY,
            right: f64::NEG_INFINITY,
            top: f64::INFINITY,
            bottom: f64::NEG_INFINITY,
            edges: Bands::new(&[]),
        };
        for line in rings.flat_map(geo::LineString::lines) {
            let (top, bottom) = if line.start.y < line.end.y { (line.start, line.end) } else { (line.end, line.start) };
            shape.left = shape.left.min(top.x).min(bottom.x);
            shape.right = shape.right.max(top.x).max(bottom.x);
            shape.top = shape.top.min(top.y);
            shape.bottom = shape.bottom.max(bottom.y);
            edges.push((top.y, bottom.y, Edge { top, bottom }));
        }
        shape.edges = Bands::new(&edges);
        shape
    }

    /// Whether a point lies in it; never if a coordinate is NaN.
    pub(super) fn contains(&self, point: Coord<f64>) -> bool {
        if !(point.x >= self.left && point.x < self.right && point.y >= self.top && point.y < self.bottom) {
            return false;
        }
        self.edges.at(point.y).iter().filter(|it| it.is_crossed_from(point)).count() % 2 == 1
    }

    /// Whether two valid polygons overlap or touch; decided without rounding.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let (top, bottom) = (self.top.max(other.top), self.bottom.min(other.bottom));
        let near = |edge: &Edge| other.edges.between(edge.top.y, edge.bottom.y);
        let edge_meets = |edge: &Edge| near(edge).iter().any(|it| edge.meets(*it));
        let corner_in = |one: &Self, of: &Self| of.edges.at(of.top).first().is_some_and(|it| one.contains(it.top));
        // If no edges meet, one lies in the other as a whole or not at all.
        self.box_meets(other)
            && (self.edges.between(top, bottom).iter().any(edge_meets)
                || corner_in(self, other)
                || corner_in(other, self))
    }

    /// Whether the boxes around the two have a point in common.
    fn box_meets(&self, other: &Self) -> bool {
        self.left <= other.right && other.left <= self.right && self.top <= other.bottom && other.top <= self.bottom
    }
}

/// Shapes in an order, to be asked for the first that a point lies in.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    pub(super) shapes: Vec<Shape>,
    bands: Bands<usize>,
}

impl Stack {
    /// The shapes, in their order.
    pub(super) fn new(shapes: Vec<Shape>) -> Self {
        let reaching: Vec<(f64, f64, usize)> =
            shapes.iter().enumerate().map(|(at, it)| (it.top, it.bottom, at)).collect();
        Self { bands: Bands::new(&reaching), shapes }
    }

    /// Place of the first shape that the point lies in.
    pub(super) fn first_at(&self, point: Coord<f64>) -> Option<usize> {
        self.bands.at(point.y).iter().copied().find(|&it| self.shapes[it].contains(point))
    }

    /// Places of the shapes before `place` whose boxes meet the box of that one, ascending.
    pub(super) fn before(&self, place: usize) -> Vec<usize> {
        let shape = &self.shapes[place];
        let mut near = self.bands.between(shape.top, shape.bottom).to_vec();
        near.retain(|&it| it < place && self.shapes[it].box_meets(shape));
        near.sort_unstable();
        near.dedup();
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
        polygon!((x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side))
    }

    #[test]
    fn shapes_meet_if_they_overlap_or_touch_or_one_lies_in_the_other() {
        let framed = Polygon::new(square(0., 0., 10.).into_inner().0, vec![square(2., 2., 6.).into_inner().0]);
        let cases = [
            ("beside", square(10., 2., 3.), true),
            ("below", square(2., 10., 3.), true),
            ("at a corner", square(10., 10., 3.), true),
            ("across the border", square(9., 9., 3.), true),
            ("in the frame", square(0.5, 0.5, 1.), true),
            ("around", square(-1., -1., 12.), true),
            ("in the hole, at its border", square(2., 4., 1.), true),
            ("in the hole", square(4., 4., 1.), false),
            ("apart", square(10.5, 2., 3.), false),
        ];
        for (name, other, meets) in cases {
            let (framed, other) = (Shape::new(&framed), Shape::new(&other));
            assert_eq!([framed.meets(&other), other.meets(&framed)], [meets; 2], "{name}");
        }
    }
}
