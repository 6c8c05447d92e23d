//! Which region a cell lies in, and how large that is; small tables with counts and areas made by hand.

use super::{cell, densities, of_sample, rows};
use crate::command::Workplace;

/// Part, area and the reason for none, of each row of `regions` of S1.
fn parts(workplace: &Workplace, region: &str) -> Vec<[String; 3]> {
    let rows = rows(workplace, "out/regions.tsv");
    let of_region = rows.iter().filter(|it| cell(it, "sample_id") == "S1" && cell(it, "region") == region);
    of_region.map(|it| ["part", "area_mm2", "reason"].map(|column| cell(it, column).to_owned())).collect()
}

const CELLS: &str = "sample_id,region,phenotype\nS1,CT,CD8\nS1,CT,CD8\nS1,IM,CD8\nS1,IM,CD3\n";

#[test]
fn a_region_without_cells_has_none_and_one_without_an_area_has_no_density() {
    let workplace = Workplace::with_files([
        ("cells.csv", CELLS),
        ("areas.csv", "sample_id,region,area_mm2\nS1,CT,4\nS1,IM,0\nS1,STROMA,2.5\nS1,OUT,\nS1,NECROSIS,NaN\n"),
    ]);
    let rows = densities(&workplace, &["cells.csv", "areas.csv"]);
    let of = |region: &str, marker: &str| of_sample(&rows, "S1", region, marker);
    assert_eq!(of("CT", "CD8"), Some(["2", "4", "0.5"]));
    assert_eq!(of("CT", "CD3"), Some(["0", "4", "0"]));
    assert_eq!(of("STROMA", "CD8"), Some(["0", "2.5", "0"]));
    assert_eq!(of("IM", "CD8"), Some(["1", "", ""]));
    assert_eq!(of("Total", "CD8"), Some(["3", "", ""]), "the area of one region is not known");
    assert_eq!(parts(&workplace, "CT"), [["CT", "4", ""].map(str::to_owned)]);
    for region in ["IM", "OUT", "NECROSIS"] {
        let [part, area_mm2, reason] = &parts(&workplace, region)[0];
        let expected = if area_mm2 == "0" { "zero" } else { "missing" };
        assert_eq!((part.as_str(), reason.as_str()), (region, expected), "{region}: {area_mm2}");
    }
}

#[test]
fn cells_alone_are_counts_without_densities() {
    let workplace = Workplace::with_files([("cells.csv", CELLS)]);
    let rows = densities(&workplace, &["cells.csv"]);
    assert_eq!(of_sample(&rows, "S1", "CT", "CD8"), Some(["2", "", ""]));
    assert_eq!(of_sample(&rows, "S1", "Total", "Total"), Some(["4", "", ""]));
    assert_eq!(parts(&workplace, "CT"), [["", "", "not_given"].map(str::to_owned)]);
}

#[test]
fn total_is_of_the_regions_that_are_kept() {
    let workplace = Workplace::with_files([
        ("cells.csv", CELLS),
        ("areas.csv", "sample_id,region,area_mm2\nS1,CT,4\nS1,IM,1\nS1,OUT,\n"),
    ]);
    let rows = densities(&workplace, &["cells.csv", "areas.csv", "--only-regions", "CT,IM"]);
    // ΣN/ΣA, not the mean of 0.5 and 1.
    assert_eq!(of_sample(&rows, "S1", "Total", "CD8"), Some(["3", "5", "0.6"]));
    assert_eq!(of_sample(&rows, "S1", "OUT", "CD8"), None);
    let rows = densities(&workplace, &["cells.csv", "areas.csv", "--only-regions", "IM"]);
    assert_eq!(of_sample(&rows, "S1", "Total", "CD8"), of_sample(&rows, "S1", "IM", "CD8"));
    let rows = densities(&workplace, &["cells.csv", "areas.csv", "--only-regions", "Total"]);
    assert!(rows.iter().all(|it| cell(it, "region") == "Total"));
    assert_eq!(of_sample(&rows, "S1", "Total", "CD8"), Some(["3", "", ""]), "of all regions, one of which has no area");
    let refused = workplace.run(&["count", "cells.csv", "--only-regions", "Margin", "-o", "none"]);
    assert!(refused.contains("no sample has a region 'Margin' (found: CT, IM)"), "{refused}");
}

#[test]
fn a_field_without_an_area_leaves_its_region_without_a_density() {
    let cells = "sample_id,field_id,region,phenotype\nS1,f1,CT,CD8\nS1,f2,CT,CD8\nS1,f1,IM,CD8\n";
    let workplace = Workplace::with_files([("cells.csv", cells)]);
    let header = "sample_id,field_id,region,area_mm2\nS1,f1,CT,1\nS1,f1,IM,1\n";
    for (more, reason) in [("", "not_given"), ("S1,f2,CT,0\n", "zero")] {
        workplace.write("areas.csv", format!("{header}{more}"));
        let rows = densities(&workplace, &["cells.csv", "areas.csv"]);
        assert_eq!(of_sample(&rows, "S1", "CT", "CD8"), Some(["2", "", ""]), "{reason}");
        assert_eq!(of_sample(&rows, "S1", "IM", "CD8"), Some(["1", "1", "1"]));
        assert_eq!(of_sample(&rows, "S1", "Total", "CD8"), Some(["3", "", ""]));
        let parts = parts(&workplace, "CT");
        assert_eq!((parts[0][1].as_str(), parts[0][2].as_str()), ("1", ""));
        assert_eq!(parts[1][2], reason);
    }
    // The area of a field without cells counts.
    workplace.write("areas.csv", format!("{header}S1,f2,CT,3\nS1,f3,CT,4\n"));
    let rows = densities(&workplace, &["cells.csv", "areas.csv"]);
    assert_eq!(of_sample(&rows, "S1", "CT", "CD8"), Some(["2", "8", "0.25"]));
}

#[test]
fn areas_fit_cells_whose_image_differs_in_folder_and_ending_and_no_two() {
    let workplace = Workplace::with_files([
        ("cells.csv", &CELLS.replace("S1", "S1.svs")),
        ("areas.csv", "sample_id,region,area_mm2\nscans/S1.TIF,CT,4\nscans/S1.TIF,IM,1\n"),
    ]);
    let text = workplace.finishes(&["count", "cells.csv", "areas.csv", "-o", "out"]);
    assert!(text.contains("areas of 'scans/S1.TIF' are those of 'S1.svs', an image of that name"), "{text}");
    let rows = self::rows(&workplace, "out/densities.tsv");
    assert_eq!(of_sample(&rows, "S1.svs", "CT", "CD8"), Some(["2", "4", "0.5"]));
    assert_eq!(self::rows(&workplace, "out/samples.tsv").len(), 1);
    workplace.write("more.csv", "sample_id,region,phenotype\nS1.ome.tif,CT,CD8\n");
    let text = workplace.refuses(&["count", "cells.csv", "more.csv", "areas.csv", "-o", "none"]);
    let problem = "'scans/S1.TIF' is the name of areas that fit two samples, 'S1.ome.tif' and 'S1.svs'";
    assert!(text.contains(problem), "{text}");
}

#[test]
fn outlines_fit_one_image_and_no_two() {
    let outlines = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, annotation("Tumor", &square(0, 1000)));
    let workplace = Workplace::with_files([("S1.geojson", &outlines), ("S2.geojson", &outlines)]);
    let files = ["cells.csv", "S1.geojson", "S2.geojson", "--microns-per-pixel", "1"];
    workplace.write("cells.csv", "sample_id,x_px,y_px,phenotype\nx/S1.SVS,1,1,CD8\nS2,1,1,CD8\n");
    let rows = densities(&workplace, &files);
    assert_eq!(of_sample(&rows, "x/S1.SVS", "TUMOR", "CD8"), Some(["1", "1", "1"]));
    workplace.write("cells.csv", "sample_id,x_px,y_px,phenotype\nS1.svs,1,1,CD8\nS1.tif,1,1,CD8\n");
    let text = workplace.refuses(&[&["count", "-o", "none"][..], &files].concat());
    assert!(text.contains("the outlines of 'S1' fit two samples, 'S1.svs' and 'S1.tif'"), "{text}");
}

#[test]
fn a_cell_without_a_place_lies_in_no_region_and_is_told() {
    let header =
        "Image\tClassification\tParent\tCentroid X µm\tCentroid Y µm\tSigned distance to annotation with Tumor µm\n";
    let cells = ["-20", "NaN", "5", "", "30"].map(|it| format!("S1\tCD8\tAnnotation (Tumor)\t1\t1\t{it}\n")).concat();
    let workplace = Workplace::with_files([("cells.tsv", &format!("{header}{cells}"))]);
    let text = workplace.finishes(&["count", "cells.tsv", "--margin-um", "10", "-o", "out"]);
    let note =
        "the place of 2 cells is not told; the first is row 3, column 'Signed distance to annotation with Tumor µm'";
    assert!(text.contains(note), "{text}");
    let found = self::rows(&workplace, "out/densities.tsv");
    let of = |region: &str| of_sample(&found, "S1", region, "CD8").map(|it| it[0]);
    assert_eq!(["CT", "IM", "OUT", "Total"].map(of), ["1", "1", "1", "3"].map(Some));
    assert_eq!(cell(&self::rows(&workplace, "out/samples.tsv")[0], "n_cells_without_region"), "2");
}

#[test]
fn the_margin_is_cut_by_the_signed_distance_in_either_unit() {
    let workplace = Workplace::with_files([]);
    let header =
        "Image\tClassification\tParent\tCentroid X µm\tCentroid Y µm\tSigned distance to annotation with Tumor µm\n";
    let cells = |microns: f64| {
        let distances = [-10.5, -10.0, 0.0, 10.0, 10.5, 600.0];
        distances.map(|it| format!("S1\tCD8\tAnnotation (Tumor)\t1\t1\t{}\n", it / microns)).concat()
    };
    workplace.write("um.tsv", format!("{header}{}", cells(1.0)));
    workplace.write("px.tsv", format!("{}{}", header.replace("µm", "px"), cells(0.5)));
    let in_microns = densities(&workplace, &["um.tsv", "--margin-um", "10"]);
    let of = |region: &str| of_sample(&in_microns, "S1", region, "CD8").map(|it| it[0]);
    assert_eq!(["CT", "IM", "OUT", "Total"].map(of), ["1", "3", "2", "6"].map(Some));
    let in_pixels = densities(&workplace, &["px.tsv", "--margin-um", "10", "--microns-per-pixel", "0.5"]);
    assert_eq!(in_pixels, in_microns);
    // Without the margin the region is what the cell's parent is.
    let rows = densities(&workplace, &["um.tsv"]);
    assert_eq!(of_sample(&rows, "S1", "TUMOR", "CD8").map(|it| it[0]), Some("6"));
}

fn annotation(class: &str, rings: &str) -> String {
    format!(
        r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":[{rings}]}},"properties":{{"objectType":"annotation","classification":{{"name":"{class}"}}}}}}"#
    )
}

fn square(from: u32, to: u32) -> String {
    format!("[[{from},{from}],[{to},{from}],[{to},{to}],[{from},{to}],[{from},{from}]]")
}

#[test]
fn annotations_within_others_count_once_and_holes_not_at_all() {
    // Of 0.5 µm: stroma of 2 mm with a hole of 0.25 mm, in it the tumour of 1 mm, in that a necrosis of 0.25 mm.
    let stroma = annotation("Stroma", &format!("{},{}", square(0, 4000), square(3000, 3500)));
    let (tumour, necrosis) = (annotation("Tumor", &square(0, 2000)), annotation("Necrosis", &square(1000, 1500)));
    // The tumour is drawn twice, the second time within the first.
    let again = annotation("Tumor", &square(100, 900));
    let geojson = format!(r#"{{"type":"FeatureCollection","features":[{stroma},{tumour},{necrosis},{again}]}}"#);
    let places = [(500, 500), (1200, 1200), (2500, 500), (3200, 3200), (5000, 5000), (1999, 1)];
    let cells = places.map(|(x, y)| format!("S1,{x},{y},CD8\n")).concat();
    let workplace = Workplace::with_files([("S1.geojson", &geojson)]);
    workplace.write("cells.csv", format!("sample_id,x_px,y_px,phenotype\n{cells}"));
    let rows = densities(&workplace, &["cells.csv", "S1.geojson", "--microns-per-pixel", "0.5"]);
    for (region, n_cells, area_mm2) in [
        ("NECROSIS", 1.0, 0.25 * 0.25),
        ("TUMOR", 2.0, 1.0 - 0.25 * 0.25),
        ("STROMA", 1.0, 4.0 - 0.25 * 0.25 - 1.0),
        ("Total", 4.0, 4.0 - 0.25 * 0.25),
    ] {
        let found = of_sample(&rows, "S1", region, "CD8").expect("a row");
        let found = found.map(|it| it.parse::<f64>().expect("a number"));
        for (found, expected) in found.into_iter().zip([n_cells, area_mm2, n_cells / area_mm2]) {
            assert!((found - expected).abs() < 1e-9 * expected, "{region}: {found}, {expected}");
        }
    }
    let samples = self::rows(&workplace, "out/samples.tsv");
    assert_eq!(cell(&samples[0], "n_cells_without_region"), "2", "one in the hole, one outside of all");
}
