use super::*;
use geo::LineString;
use proptest::prelude::*;

fn ring(x: f64, y: f64, side: f64) -> LineString<f64> {
    LineString::from(vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
}

fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
    Polygon::new(ring(x, y, side), Vec::new())
}

fn frame(x: f64, y: f64, side: f64, width: f64) -> Polygon<f64> {
    Polygon::new(ring(x, y, side), vec![ring(x + width, y + width, side - 2.0 * width)])
}

fn regions(outlines: &[(&str, &[Polygon<f64>])]) -> SectionRegions {
    let outlines = outlines.iter().map(|(name, it)| ((*name).to_owned(), MultiPolygon::new(it.to_vec())));
    SectionRegions::new(outlines.collect()).expect("finite coordinates")
}

/// Name and area in µm² of each region.
fn areas(regions: &SectionRegions) -> Vec<(&str, f64)> {
    let area = |it: usize| (regions.area_mm2(it) * UM2_PER_MM2 * 1e3).round() / 1e3;
    regions.names().iter().enumerate().map(|(at, name)| (name.as_str(), area(at))).collect()
}

fn name_at(regions: &SectionRegions, x: f64, y: f64) -> Option<&str> {
    regions.region_at(x, y).map(|it| regions.names()[it].as_str())
}

#[test]
fn nested_regions_give_each_point_and_area_to_the_innermost() {
    let nested = regions(&[
        ("Tissue", &[square(0., 0., 1000.)]),
        ("Tumor", &[square(100., 100., 500.)]),
        ("Necrosis", &[square(200., 200., 100.)]),
    ]);
    assert_eq!(areas(&nested), [("Necrosis", 10_000.), ("Tissue", 750_000.), ("Tumor", 240_000.)]);
    for (at, name) in [(250., Some("Necrosis")), (150., Some("Tumor")), (50., Some("Tissue")), (-1., None)] {
        assert_eq!(name_at(&nested, at, at), name, "{at}");
    }
}

#[test]
fn a_hole_belongs_to_nobody_and_an_island_in_it_to_its_region() {
    let ringed = regions(&[("Tumor", &[frame(0., 0., 100., 30.), square(45., 45., 10.)])]);
    assert_eq!(areas(&ringed), [("Tumor", 10_000. - 1600. + 100.)]);
    assert_eq!([10., 35., 50.].map(|it| name_at(&ringed, it, it)), [Some("Tumor"), None, Some("Tumor")]);
    let filled = regions(&[("Tumor", &[frame(0., 0., 100., 30.)]), ("Tissue", &[square(-50., -50., 200.)])]);
    assert_eq!(areas(&filled), [("Tissue", 40_000. - 8400.), ("Tumor", 8400.)]);
    assert_eq!(name_at(&filled, 50., 50.), Some("Tissue"));
}

#[test]
fn outlines_of_one_region_are_united_not_added() {
    let overlapping =
        regions(&[("Tumor", &[square(0., 0., 10.), square(5., 5., 10.)]), ("Tumor", &[square(0., 0., 10.)])]);
    assert_eq!(areas(&overlapping), [("Tumor", 175.)]);
    assert_eq!(name_at(&overlapping, 7., 7.), Some("Tumor"));
}

#[test]
fn a_hole_that_touches_the_outer_ring_stays_a_hole() {
    // A wedge, open at the corner (10, 10) and closed there by the other outline.
    let notched = [(0., 0.), (8., 0.), (8., 2.), (2., 2.), (10., 10.), (0., 10.)];
    let closing = [(6., 0.), (12., 0.), (10., 10.), (6., 2.)];
    let outline = |corners: &[(f64, f64)]| Polygon::new(LineString::from(corners.to_vec()), Vec::new());
    let wedged = regions(&[("Tumor", &[outline(&notched), outline(&closing)]), ("Tissue", &[square(-5., -5., 20.)])]);
    assert_eq!(areas(&wedged), [("Tissue", 400. - (110. - 16.)), ("Tumor", 110. - 16.)]);
    assert_eq!([6.9, 7.1].map(|x| name_at(&wedged, x, 7.)), [Some("Tumor"), Some("Tissue")]);
}

#[test]
fn an_outline_with_spikes_has_the_area_that_it_goes_around() {
    let spiky = [(2., 6.), (1., 6.), (4., 1.), (3., 7.), (1., 5.)];
    let spiky = Polygon::new(LineString::from(spiky.to_vec()), Vec::new());
    assert_eq!(areas(&regions(&[("Tumor", &[spiky])])), [("Tumor", 6.0)]);
}

#[test]
fn the_overlap_of_two_regions_belongs_to_the_smaller() {
    let crossing = regions(&[("A", &[square(0., 0., 10.)]), ("B", &[square(5., 5., 8.)])]);
    assert_eq!(areas(&crossing), [("A", 75.), ("B", 64.)]);
    assert_eq!(name_at(&crossing, 7., 7.), Some("B"));
    let equal = regions(&[("B", &[square(0., 0., 10.)]), ("A", &[square(0., 0., 10.)])]);
    assert_eq!(areas(&equal), [("A", 100.), ("B", 0.)]);
    assert_eq!(name_at(&equal, 7., 7.), Some("A"));
}

#[test]
fn a_nest_within_another_region_is_innermost_though_its_region_is_the_larger_one() {
    let nest = regions(&[
        ("Stroma", &[square(0., 0., 100.)]),
        ("Tumor", &[square(200., 0., 300.), square(10., 10., 20.), square(30., 10., 20.)]),
    ]);
    assert_eq!(areas(&nest), [("Stroma", 9200.), ("Tumor", 90_800.)]);
    assert_eq!([15., 35.].map(|it| name_at(&nest, it, 15.)), [Some("Tumor"); 2]);
}

#[test]
fn each_point_of_a_shared_border_lies_in_exactly_one_region() {
    // Pixels of 0.5022 µm; the border between the two runs askew.
    let corners = [(0., 0.), (3., 0.), (7., 0.), (0., 9.), (4., 9.), (7., 9.)].map(|(x, y)| (x * 0.5022, y * 0.5022));
    let outline =
        |places: [usize; 4]| Polygon::new(LineString::from(places.map(|it| corners[it]).to_vec()), Vec::new());
    let touching = regions(&[("left", &[outline([0, 1, 4, 3])]), ("right", &[outline([5, 4, 1, 2])])]);
    let (left, right) = (Shape::new(&outline([0, 1, 4, 3])), Shape::new(&outline([5, 4, 1, 2])));
    for step in 0..1000 {
        let share = f64::from(step) / 1000.0;
        let point = Coord {
            x: corners[1].0 + share * (corners[4].0 - corners[1].0),
            y: corners[1].1 + share * (corners[4].1 - corners[1].1),
        };
        assert!(left.contains(point) != right.contains(point), "{point:?}");
        assert!(touching.region_at(point.x, point.y).is_some());
    }
    let squares = regions(&[("left", &[square(0., 0., 10.)]), ("right", &[square(10., 0., 10.)])]);
    assert_eq!(areas(&squares), [("left", 100.), ("right", 100.)]);
    assert_eq!([0., 10., 20.].map(|x| name_at(&squares, x, 5.)), [Some("left"), Some("right"), None]);
    assert_eq!([0., 10.].map(|y| name_at(&squares, 5., y)), [Some("left"), None]);
}

#[test]
fn an_outline_without_area_holds_nothing_and_its_region_stays() {
    let line = Polygon::new(LineString::from(vec![(0., 0.), (5., 5.), (9., 9.)]), Vec::new());
    let empty = regions(&[("Line", &[line]), ("Nothing", &[]), ("Tumor", &[square(0., 0., 10.)])]);
    assert_eq!(areas(&empty), [("Line", 0.), ("Nothing", 0.), ("Tumor", 100.)]);
    assert_eq!(name_at(&empty, 5., 5.), Some("Tumor"));
    let none = regions(&[]);
    assert_eq!((none.names().len(), none.region_at(0., 0.)), (0, None));
}

#[test]
fn a_point_or_a_coordinate_that_is_no_number_is_nowhere() {
    let one = regions(&[("Tumor", &[square(0., 0., 10.)])]);
    for (x, y) in [(f64::NAN, 5.), (5., f64::NAN), (f64::INFINITY, 5.), (5., f64::NEG_INFINITY)] {
        assert_eq!(one.region_at(x, y), None);
    }
    for wrong in [f64::NAN, f64::INFINITY, 1e10] {
        let outlines = vec![("Tumor".to_owned(), MultiPolygon::new(vec![square(0., wrong, 10.)]))];
        assert!(matches!(SectionRegions::new(outlines), Err(Error::OutOfRange { .. })), "{wrong}");
    }
}

/// A union with a hole, found by the property test below; the covered area is that of shapely 2.1.
#[test]
fn the_hole_of_a_union_stays_a_hole() {
    let outlines: [(&str, &[(f64, f64)]); 4] = [
        ("b", &[(148.0, 123.0), (92.0, 210.0), (16.0, 158.0), (-6.0, 72.0), (87.0, 52.0), (148.0, 123.0)][..]),
        (
            "a",
            &[
                (190.0, 164.0),
                (189.0, 174.0),
                (185.0, 183.0),
                (180.0, 191.0),
                (173.0, 197.0),
                (164.0, 201.0),
                (155.0, 204.0),
                (145.0, 204.0),
                (136.0, 201.0),
                (127.0, 197.0),
                (109.0, 200.0),
                (113.0, 184.0),
                (111.0, 174.0),
                (110.0, 164.0),
                (111.0, 154.0),
                (115.0, 145.0),
                (119.0, 137.0),
                (103.0, 97.0),
                (136.0, 127.0),
                (145.0, 124.0),
                (155.0, 124.0),
                (164.0, 127.0),
                (173.0, 131.0),
                (180.0, 137.0),
                (185.0, 145.0),
                (189.0, 154.0),
                (190.0, 164.0),
            ][..],
        ),
        (
            "a",
            &[
                (111.0, 154.0),
                (66.0, 168.0),
                (59.0, 180.0),
                (48.0, 189.0),
                (35.0, 193.0),
                (21.0, 193.0),
                (8.0, 189.0),
                (-3.0, 180.0),
                (-10.0, 168.0),
                (-12.0, 154.0),
                (-10.0, 140.0),
                (-3.0, 128.0),
                (8.0, 119.0),
                (21.0, 115.0),
                (35.0, 115.0),
                (48.0, 119.0),
                (59.0, 128.0),
                (115.0, 122.0),
                (111.0, 154.0),
            ][..],
        ),
        ("b", &[(40.0, 0.0), (12.0, 38.0), (-32.0, 24.0), (-32.0, -24.0), (12.0, -38.0), (40.0, 0.0)][..]),
    ];
    let outlines = outlines.map(|(name, ring)| {
        let polygon = Polygon::new(LineString::from(ring.to_vec()), Vec::new());
        (name.to_owned(), MultiPolygon::new(vec![polygon]))
    });
    let regions = SectionRegions::new(outlines.to_vec()).unwrap();
    let sum: f64 = areas(&regions).iter().map(|it| it.1).sum();
    assert!((sum - 25_085.515_091_819_13).abs() < 1e-4, "{sum}");
}

/// Even-odd by the sign of a cross product, which is exact for small whole numbers.
fn lies_in(polygon: &Polygon<f64>, x: f64, y: f64) -> bool {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let crossed = rings.flat_map(LineString::lines).filter(|line| {
        let (a, b) = (line.start, line.end);
        let side = (b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y);
        (a.y <= y && y < b.y && side > 0.0) || (b.y <= y && y < a.y && side < 0.0)
    });
    crossed.count() % 2 == 1
}

/// Stars around a centre, with whole coordinates; some with a hole.
fn a_star() -> impl Strategy<Value = Polygon<f64>> {
    let radii = proptest::collection::vec(40_u32..100, 5..40);
    (radii, 0..300_i32, 0..300_i32, any::<bool>()).prop_map(|(radii, x, y, holed)| {
        let n = radii.len() as f64;
        let around = |share: f64| {
            let points = radii.iter().enumerate().map(|(at, &radius)| {
                let (sine, cosine) = (std::f64::consts::TAU * at as f64 / n).sin_cos();
                let radius = share * f64::from(radius);
                ((f64::from(x) + radius * cosine).round(), (f64::from(y) + radius * sine).round())
            });
            LineString::from(points.collect::<Vec<(f64, f64)>>())
        };
        let hole = ring(f64::from(x) - 5.0, f64::from(y) - 5.0, 10.0);
        Polygon::new(around(1.0), if holed { vec![hole] } else { Vec::new() })
    })
}

/// The area that polygons cover together, by horizontal bands between vertices and crossings: within a band all edges
/// are straight and none cross, so that the width in its middle is its mean width.
fn covered_area(polygons: &[&Polygon<f64>]) -> f64 {
    let edges = |it: &Polygon<f64>| -> Vec<geo::Line<f64>> {
        std::iter::once(it.exterior()).chain(it.interiors()).flat_map(LineString::lines).collect()
    };
    let edges: Vec<Vec<geo::Line<f64>>> = polygons.iter().map(|it| edges(it)).collect();
    let all: Vec<geo::Line<f64>> = edges.iter().flatten().copied().collect();
    let mut heights: Vec<f64> = all.iter().map(|it| it.start.y).collect();
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            let (p, r, q, s) = (one.start, one.delta(), other.start, other.delta());
            let cross = r.x * s.y - r.y * s.x;
            let along = ((q.x - p.x) * s.y - (q.y - p.y) * s.x) / cross;
            let across = ((q.x - p.x) * r.y - (q.y - p.y) * r.x) / cross;
            if (0.0..=1.0).contains(&along) && (0.0..=1.0).contains(&across) {
                heights.push(p.y + along * r.y);
            }
        }
    }
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    let width_at = |y: f64| {
        let mut spans: Vec<(f64, f64)> = Vec::new();
        for edges in &edges {
            let crossed = edges.iter().filter(|it| (it.start.y > y) != (it.end.y > y));
            let mut places: Vec<f64> = crossed
                .map(|it| it.start.x + (y - it.start.y) / (it.end.y - it.start.y) * (it.end.x - it.start.x))
                .collect();
            places.sort_by(f64::total_cmp);
            spans.extend(places.chunks_exact(2).map(|it| (it[0], it[1])));
        }
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut reached = f64::NEG_INFINITY;
        let mut width = 0.0;
        for (start, end) in spans {
            width += (end - start.max(reached)).max(0.0);
            reached = reached.max(end);
        }
        width
    };
    heights.windows(2).map(|it| (it[1] - it[0]) * width_at(f64::midpoint(it[0], it[1]))).sum()
}

proptest! {
    #[test]
    fn a_point_lies_in_the_regions_whose_outlines_hold_it(
        stars in proptest::collection::vec((0..3_usize, a_star()), 1..8),
        points in proptest::collection::vec((-100..400_i32, -100..400_i32), 50),
    ) {
        let stars: Vec<(usize, Polygon<f64>)> = stars.into_iter().filter(|it| super::super::mended(&it.1).is_none()).collect();
        let names = ["a", "b", "c"];
        let outlines: Vec<(String, MultiPolygon<f64>)> =
            stars.iter().map(|(at, it)| (names[*at].to_owned(), MultiPolygon::new(vec![it.clone()]))).collect();
        let regions = SectionRegions::new(outlines.clone()).unwrap();
        for (x, y) in points {
            let (x, y) = (f64::from(x), f64::from(y));
            let holding: Vec<&str> = stars.iter().filter(|it| lies_in(&it.1, x, y)).map(|it| names[it.0]).collect();
            match name_at(&regions, x, y) {
                None => prop_assert!(holding.is_empty(), "({x}, {y}) lies in {holding:?}"),
                Some(name) => prop_assert!(holding.contains(&name), "({x}, {y}) lies in {holding:?}, not in {name}"),
            }
        }

        let covered = covered_area(&stars.iter().map(|it| &it.1).collect::<Vec<_>>());
        let sum: f64 = areas(&regions).iter().map(|it| it.1).sum();
        prop_assert!((covered - sum).abs() <= 1e-6 * covered, "{covered} is covered, {sum} is told");

        let bits = |it: &SectionRegions| it.areas_mm2.iter().map(|it| it.to_bits()).collect::<Vec<u64>>();
        let mut turned = outlines;
        turned.reverse();
        prop_assert_eq!(bits(&SectionRegions::new(turned).unwrap()), bits(&regions));
    }
}
