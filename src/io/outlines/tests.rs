use std::fs;

use super::*;

const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]]]}"#;

fn read_text(text: &str) -> Result<Outlines> {
    of_bytes(Path::new("a.geojson"), text.as_bytes())
}

fn problem(text: &str) -> String {
    read_text(text).expect_err("it cannot be used").to_string()
}

fn feature(head: &str, geometry: &str, properties: &str) -> String {
    format!(r#"{{"type":"Feature",{head}"geometry":{geometry},"properties":{properties}}}"#)
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

#[test]
fn every_version_of_an_annotation_is_read() {
    let text = collection(&[
        feature(
            r#""id":"PathAnnotationObject","#,
            SQUARE,
            r#"{"classification":{"name":"Tumor","colorRGB":-3670016}}"#,
        ),
        feature("", SQUARE, r#"{"object_type":"annotation","name":"first","measurements":[{"name":"a","value":NaN}]}"#),
        feature(
            r#""id":"9d1c","#,
            SQUARE,
            r#"{"objectType":"annotation","classification":{"names":["CD3","CD8"]},"measurements":{"a":-Infinity}}"#,
        ),
    ]);
    let outlines = read_text(&text).unwrap();
    let told: Vec<(&str, Option<&str>, Option<&str>)> =
        outlines.outlines.iter().map(|it| (it.id.as_str(), it.class.as_deref(), it.name.as_deref())).collect();
    assert_eq!(
        told,
        [("feature 1", Some("Tumor"), None), ("feature 2", None, Some("first")), ("9d1c", Some("CD3: CD8"), None)]
    );
    assert!(outlines.outlines.iter().all(|it| (it.polygons.unsigned_area() - 100.0).abs() < 1e-9));
    assert_eq!(outlines.notes, [""; 0]);
}

#[test]
fn collection_list_feature_and_geometry_are_read_alike() {
    let one = feature("", SQUARE, "null");
    let gathered =
        format!(r#"{{"type":"GeometryCollection","geometries":[{SQUARE},{{"type":"Point","coordinates":[1,2]}}]}}"#);
    let reversed = format!(r#"{{"features":[{one}],"type":"FeatureCollection"}}"#);
    for text in [&collection(std::slice::from_ref(&one)), &format!("[{one}]"), &one, SQUARE, &gathered, &reversed] {
        let outlines = read_text(text).unwrap();
        assert_eq!(outlines.outlines.len(), 1, "{text}");
        assert_eq!(outlines.outlines[0].id, "feature 1");
    }
}

#[test]
fn what_is_no_annotation_or_has_no_area_is_left_out_and_told() {
    let mut features: Vec<String> = ["cell", "detection", "tile", "tmaCore", "tma_core", "root"]
        .iter()
        .map(|it| feature("", SQUARE, &format!(r#"{{"objectType":"{it}"}}"#)))
        .collect();
    features.push(feature(r#""id":"PathCellObject","#, SQUARE, "{}"));
    for geometry in [
        r#"{"type":"Point","coordinates":[1,2]}"#,
        r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#,
        r#"{"type":"Polygon","coordinates":[]}"#,
        r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[2,2],[0,0]]]}"#,
        "null",
    ] {
        features.push(feature("", geometry, r#"{"objectType":"annotation"}"#));
    }
    let outlines = read_text(&collection(&features)).unwrap();
    assert_eq!(outlines.outlines, []);
    assert_eq!(
        outlines.notes,
        [
            "7 objects are left out, being no annotations but cells, tiles or cores",
            "5 objects are left out, having no area: points, lines or nothing"
        ]
    );
    assert_eq!(read_text(&collection(&[])).unwrap(), Outlines::default());
}

#[test]
fn children_are_read_with_their_parents() {
    let child = feature(r#""id":"child","#, SQUARE, r#"{"objectType":"annotation"}"#);
    let cell = feature("", SQUARE, r#"{"objectType":"cell"}"#);
    let parent = feature(r#""id":"parent","#, SQUARE, &format!(r#"{{"childObjects":[{child},{cell}]}}"#));
    let outlines = read_text(&collection(&[parent, feature("", SQUARE, "{}")])).unwrap();
    let ids: Vec<&str> = outlines.outlines.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["parent", "child", "feature 4"]);
}

#[test]
fn an_unclosed_ring_is_closed_and_one_that_crosses_itself_is_mended() {
    let unclosed = r#"{"type":"Polygon","coordinates":[[[0,0,5],[10,0,5],[10,10,5]]]}"#;
    assert!((read_text(unclosed).unwrap().outlines[0].polygons.unsigned_area() - 50.0).abs() < 1e-9);
    let bow_tie = r#"{"type":"Polygon","coordinates":[[[0,0],[4,4],[4,0],[0,4],[0,0]]]}"#;
    let outlines = read_text(bow_tie).unwrap();
    assert!((outlines.outlines[0].polygons.unsigned_area() - 8.0).abs() < 1e-6);
    assert!(outlines.notes[0].starts_with("feature 1 ('feature 1') has an outline that crosses itself"));
}

#[test]
fn words_within_strings_stay() {
    let text = feature("", SQUARE, r#"{"name":"NaN \"Infinity\" \\","a":NaN,"b":[-Infinity,Infinity,-1]}"#);
    assert_eq!(read_text(&text).unwrap().outlines[0].name.as_deref(), Some(r#"NaN "Infinity" \"#));
    assert_eq!(features::without_bare_nan(b"[NaN,-Infinity,-1,\"NaN").as_ref(), b"[null,null,-1,\"NaN");
    assert_eq!(features::without_bare_nan(b"\"a\\").as_ref(), b"\"a\\");
}

#[test]
fn what_cannot_be_used_is_refused_with_the_number_and_id_of_the_feature() {
    let second = |geometry: &str| {
        collection(&[feature("", SQUARE, "{}"), feature(r#""id":"b7","#, geometry, r#"{"objectType":"annotation"}"#)])
    };
    for (geometry, said) in [
        (r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}"#, "has a ring of 2 points, expected at least 3"),
        (r#"{"type":"Polygon","coordinates":[[[0],[1],[2]]]}"#, "has a point with fewer than two coordinates"),
        (r#"{"type":"Polygon","coordinates":[[["a",0],[1,1],[2,0]]]}"#, "has no usable geometry: invalid type: string"),
        (r#"{"type":"Polygon","coordinates":[[[NaN,0],[1,1],[2,0]]]}"#, "has no usable geometry"),
        (r#"{"type":"Polygon","coordinates":[[[1e300,0],[1,1],[2,0]]]}"#, "expected pixels between -1e8 and 1e8"),
        (r#"{"type":"Polygon"}"#, "has no usable geometry"),
        (r#"{"type":"Circle","coordinates":[1,2]}"#, "has no usable geometry: unknown variant"),
        ("7", "has no usable geometry"),
    ] {
        let problem = problem(&second(geometry));
        assert!(problem.contains("'a.geojson': feature 2 ('b7') ") && problem.contains(said), "{geometry}: {problem}");
    }
}

#[test]
fn what_is_no_geojson_is_refused_with_its_line() {
    let whole = collection(&[feature("", SQUARE, "{}"), feature("", SQUARE, "{}")]);
    for length in 1..whole.len() {
        let problem = problem(&whole[..length]);
        assert!(problem.starts_with("'a.geojson', line 1: is no usable GeoJSON: "), "{length}: {problem}");
    }
    for text in ["7", "null", "\"text\"", "{}", "[7]", r#"{"type":"FeatureCollection"}"#, r#"{"features":7}"#, "[] []"]
    {
        problem(text);
    }
    assert_eq!(problem(" \n"), "'a.geojson' is empty, expected GeoJSON");
    assert!(of_bytes(Path::new("a"), b"\xff\xfe{").is_err());
}

#[test]
fn deep_nesting_is_refused() {
    for start in
        ["[", r#"{"a":"#, r#"{"type":"GeometryCollection","geometries":["#, r#"{"properties":{"childObjects":["#]
    {
        assert!(problem(&start.repeat(100_000)).contains("recursion limit exceeded"), "{start}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.geojson");
    fs::write(&path, format!("\u{feff}{SQUARE}\n")).unwrap();
    assert_eq!(read(&path).unwrap().outlines.len(), 1);
}

#[test]
fn a_gzipped_file_is_read_and_a_cut_one_refused() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.geojson.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(SQUARE.as_bytes()).unwrap();
    let bytes = encoder.finish().unwrap();
    fs::write(&path, &bytes).unwrap();
    assert_eq!(read(&path).unwrap().outlines.len(), 1);
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(read(&path), Err(Error::Read { .. })));
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("is a folder, expected GeoJSON"), "{error}");
}
