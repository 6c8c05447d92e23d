//! Polygons whose rings cross themselves or each other, and what they enclose.

use geo::{Area, BooleanOps, BoundingRect, LineString, MultiPolygon, Polygon};

/// Areas that differ by less than this, as a share of the box around the polygon, are one area: boolean operations round
/// coordinates to a grid of 2⁻²⁹ of the box.
const SAME_AREA: f64 = 1e-7;

/// What an invalid polygon encloses, as valid polygons; absent if the polygon is valid as it is.
///
/// METHOD: a ring that crosses itself encloses the points that it goes around an odd number of times (even-odd rule), which
/// does not depend on the direction it was drawn in. Holes are taken away from what the outer ring encloses; a hole, or a
/// part of one, that lies outside of the outer ring takes nothing away.
pub fn mended(polygon: &Polygon<f64>) -> Option<MultiPolygon<f64>> {
    let nothing = MultiPolygon::<f64>::new(Vec::new());
    let enclosed = |ring: &LineString<f64>| Polygon::new(ring.clone(), Vec::new()).union(&nothing);
    let holes: Vec<MultiPolygon<f64>> = polygon.interiors().iter().map(enclosed).collect();
    let outer = enclosed(polygon.exterior());
    let enclosed = holes.iter().fold(outer, |left, hole| left.difference(hole));
    // Going around twice, or backwards, counts twice or negatively in the area of a ring, and once or not at all here.
    let by_rings = polygon.exterior().clone();
    let by_rings = Polygon::new(by_rings, Vec::new()).unsigned_area()
        - polygon.interiors().iter().map(|it| Polygon::new(it.clone(), Vec::new()).unsigned_area()).sum::<f64>();
    let whole = polygon.bounding_rect().map_or(0.0, |it| it.width() * it.height());
    ((by_rings - enclosed.unsigned_area()).abs() > SAME_AREA * whole).then_some(enclosed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    #[test]
    fn a_valid_polygon_is_left_as_it_is() {
        let square = polygon!((x: 0.1, y: 0.1), (x: 9.3, y: 0.1), (x: 9.3, y: 7.7), (x: 0.1, y: 7.7));
        let hole = square.exterior().0.iter().map(|it| *it * 0.5 + geo::coord! { x: 1.0, y: 1.0 }).collect();
        assert_eq!(mended(&square), None);
        assert_eq!(mended(&Polygon::new(square.exterior().clone(), vec![hole])), None);
        assert_eq!(mended(&Polygon::new(LineString::new(Vec::new()), Vec::new())), None);
    }

    #[test]
    fn a_bow_tie_encloses_both_of_its_halves() {
        let bow_tie = polygon!((x: 0.0, y: 0.0), (x: 4.0, y: 4.0), (x: 4.0, y: 0.0), (x: 0.0, y: 4.0));
        let mended = mended(&bow_tie).expect("it crosses itself");
        assert!((mended.unsigned_area() - 8.0).abs() < 1e-6, "two triangles of 4");
    }

    #[test]
    fn what_is_gone_around_twice_is_not_enclosed() {
        let ring = [(0., 0.), (6., 0.), (6., 6.), (0., 6.), (0., 0.), (2., 0.), (2., 2.), (0., 2.), (0., 0.)];
        let mended = mended(&Polygon::new(ring.to_vec().into(), Vec::new())).expect("it goes around twice");
        assert!((mended.unsigned_area() - 32.0).abs() < 1e-6, "36 less the 4 that are gone around twice");
    }

    #[test]
    fn holes_that_overlap_or_lie_outside_take_away_what_they_cover() {
        let square = |x: f64, y: f64, side: f64| {
            LineString::from(vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)])
        };
        let overlapping = Polygon::new(square(0., 0., 10.), vec![square(1., 1., 3.), square(2., 2., 3.)]);
        let outside = Polygon::new(square(0., 0., 10.), vec![square(9., 9., 3.)]);
        let area = |it: &Polygon<f64>| mended(it).expect("holes that are not where they should be").unsigned_area();
        assert!((area(&overlapping) - 86.0).abs() < 1e-6, "100 - (9 + 9 - 4)");
        assert!((area(&outside) - 99.0).abs() < 1e-6, "100 - 1");
    }
}
