//! One polygon, made ready to be asked which points lie in it.
//!
//! A point lies in the polygon if a ray from it to the right crosses an odd number of edges, holes included. Which side of
//! an edge the point lies on is decided without rounding (Shewchuk's predicate), so that the answer is exact.
//!
//! METHOD: the border is half open. A point on a left or upper border lies in the polygon, one on a right or lower border
//! does not: of two polygons that share an edge, each point of the edge lies in exactly one.

use geo::algorithm::kernels::RobustKernel;
use geo::{BoundingRect, Coord, CoordsIter, Kernel, LinesIter, Orientation, Polygon};

use super::bands::Bands;

/// An edge of a ring, downwards: `top.y` is less than `bottom.y`.
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
}

/// A polygon, its edges by bands.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
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
            if top.y < bottom.y {
                edges.push((top.y, bottom.y, Edge { top, bottom }));
            }
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

    /// Whether the boxes around the two have a point in common.
    pub(super) fn box_meets(&self, other: &Self) -> bool {
        self.left <= other.right && other.left <= self.right && self.top <= other.bottom && other.top <= self.bottom
    }
}

/// A point well within a valid polygon; absent if the polygon has no height.
///
/// It lies in the middle of the widest stretch of a horizontal line that passes near the middle, and through no corner.
pub(super) fn inner_point(polygon: &Polygon<f64>) -> Option<Coord<f64>> {
    let box_around = polygon.bounding_rect()?;
    let middle = box_around.center().y;
    let next_corner = polygon.coords_iter().map(|it| it.y).filter(|&it| it > middle).min_by(f64::total_cmp)?;
    let y = f64::midpoint(middle, next_corner);
    let crossing = polygon.lines_iter().filter(|it| (it.start.y > y) != (it.end.y > y));
    let mut crossed: Vec<f64> = crossing.map(|it| it.start.x + it.dx() * ((y - it.start.y) / it.dy())).collect();
    crossed.sort_by(f64::total_cmp);
    let stretches = crossed.chunks_exact(2);
    let widest = stretches.max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))?;
    Some(Coord { x: f64::midpoint(widest[0], widest[1]), y })
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
    use geo::LineString;

    #[test]
    fn an_inner_point_lies_within_though_corners_and_level_edges_are_in_the_middle() {
        let t = [(0., 0.), (6., 0.), (6., 4.), (4., 4.), (4., 8.), (2., 8.), (2., 4.), (0., 4.)];
        let diamond = [(0., -4.), (4., 0.), (0., 4.), (-4., -0.0)];
        let flat = [(0., 0.), (4., 0.), (8., 0.)];
        let within = |corners: &[(f64, f64)]| {
            let polygon = Polygon::new(LineString::from(corners.to_vec()), Vec::new());
            inner_point(&polygon).map(|it| Shape::new(&polygon).contains(it))
        };
        assert_eq!([within(&t), within(&diamond), within(&flat), within(&[])], [Some(true), Some(true), None, None]);
    }
}
