//! Real exports of each program, with the numbers that stand in them. The data are not part of the project.

use super::{densities, rows, values};
use crate::command::Workplace;
use crate::results::shared_data;

/// The path of a real export.
fn export(name: &str) -> Option<String> {
    Some(shared_data("formats")?.join(name).display().to_string())
}

#[test]
fn inform_cells_are_counted_by_tissue_category() {
    let (Some(cells), Some(summary)) =
        (export("inform/sample_cell_seg_data.txt.gz"), export("inform/sample_cell_seg_data_summary.txt"))
    else {
        return;
    };
    let workplace = Workplace::with_files([]);
    let rows = densities(&workplace, &[&cells, &summary]);
    assert_eq!(values(&rows, "TUMOR", "Total")[0], "2560");
    assert_eq!(values(&rows, "STROMA", "Total")[0], "3512");
    assert_eq!(values(&rows, "Total", "Total")[0], "6072");
    // The summary's area is 1208520 pixels of 0.5 µm.
    assert_eq!(values(&rows, "TUMOR", "CD68"), ["101", "0.30213", "334.29318505279184"]);
}

#[test]
fn inform_summaries_alone_give_the_counts_of_the_cells() {
    let (Some(cells), Some(summary)) =
        (export("inform/sample_cell_seg_data.txt.gz"), export("inform/sample_cell_seg_data_summary.txt"))
    else {
        return;
    };
    let workplace = Workplace::with_files([]);
    let told = densities(&workplace, &[&summary]);
    let counted = densities(&workplace, &[&cells, &summary]);
    for marker in ["CD68", "CD8", "FOXP3", "other"] {
        for region in ["TUMOR", "STROMA"] {
            assert_eq!(values(&told, region, marker), values(&counted, region, marker), "{region} {marker}");
        }
    }
}

#[test]
fn a_decimal_comma_changes_nothing() {
    let (Some(point), Some(comma)) =
        (export("inform/fihc4_cell_seg_data.txt"), export("inform/fihc4_decimal_comma_cell_seg_data.txt"))
    else {
        return;
    };
    let workplace = Workplace::with_files([]);
    let summary = export("inform/fihc4_cell_seg_data_summary.txt").expect("the data are there");
    let of_point = densities(&workplace, &[&point, &summary]);
    let of_comma = densities(&workplace, &[&comma, &summary]);
    assert!(of_point.len() > 5);
    assert_eq!(of_point, of_comma);
}

/// phenoptrReports' published table of slide 12_20-6plex, from areas in pixels of 0.5 µm that come to the same mm².
#[test]
fn densities_are_those_that_phenoptr_reports_publishes() {
    let header = "Path\tSample Name\tTissue Category\tPhenotype\tCell ID\tTotal Cells\tTissue Category Area (pixels)\t\
                  Cell Density (per megapixel)\tCell X Position\tCell Y Position\tSlide ID\n";
    let cells = |category: &str, n: usize| {
        format!("C:\\x\tf_[1,2].im3\t{category}\tCD8+\t1\t\t\t\t5\t5\t12_20-6plex\n").repeat(n)
    };
    let area = |category: &str, pixels: u32| {
        format!("C:\\x\tf_[1,2].im3\t{category}\tAll\tall\t0\t{pixels}\t1\t\t\t12_20-6plex\n")
    };
    let workplace = Workplace::with_files([]);
    workplace.write("f_cell_seg_data.txt", format!("{header}{}{}", cells("Tumor", 8), cells("Stroma", 22)));
    let summary = format!("{header}{}{}", area("Tumor", 4_180_693), area("Stroma", 3_601_565));
    workplace.write("f_cell_seg_data_summary.txt", summary);
    let rows = densities(&workplace, &["f_cell_seg_data.txt", "f_cell_seg_data_summary.txt"]);
    for (region, n_cells, area_mm2, density) in [
        ("TUMOR", "8", 1.045_173_25, 7.654_233_401_017_49),
        ("STROMA", "22", 0.900_391_25, 24.433_822_518_821_7),
        ("Total", "30", 1.945_564_5, 15.419_689_247_002_6),
    ] {
        let [n, area, found] = values(&rows, region, "CD8");
        assert_eq!(n, n_cells, "{region}");
        let near = |found: &str, expected: f64| (found.parse::<f64>().unwrap() - expected).abs() <= 1e-14 * expected;
        assert!(near(area, area_mm2) && near(found, density), "{region}: {area}, {found}");
    }
}

#[test]
fn halo_summaries_have_the_units_that_their_ratio_tells() {
    let Some(summary) = export("halo/example_summary.csv") else { return };
    let workplace = Workplace::with_files([]);
    let rows = densities(&workplace, &[&summary]);
    let of_sample = |marker: &str| {
        let is_it = |row: &&super::Row| {
            super::cell(row, "sample_id") == "TMA1_[3,F].tif" && super::cell(row, "marker") == marker
        };
        let row = rows.iter().find(is_it).expect("a row");
        ["patient_id", "n_cells", "area_mm2"].map(|it| super::cell(row, it).to_owned())
    };
    assert_eq!(of_sample("CD8"), ["205", "102", "0.890933625"]);
    assert_eq!(of_sample("Total"), ["205", "2896", "0.890933625"]);
    let samples: std::collections::BTreeSet<&str> = rows.iter().map(|it| super::cell(it, "sample_id")).collect();
    assert_eq!(samples.len(), 229);
}

#[test]
fn every_export_opens_or_asks_the_one_question_that_is_open() {
    let workplace = Workplace::with_files([]);
    for (name, format, n_cells, asks_scale) in [
        ("halo/tiny_halo.csv.gz", "halo-object", 10, true),
        ("halo/spatialtime_core_1.csv.gz", "spatialtime", 3803, true),
        ("halo/spatialtime_core_2.csv.gz", "spatialtime", 3008, true),
        ("codex/tiny_codex.csv.gz", "codex-nolan", 9, true),
        ("cellprofiler/tiny_cellprofiler.txt.gz", "cellprofiler", 9, true),
        ("mcmicro/exemplar-001--unmicst_cell.csv.gz", "mcmicro", 11_201, true),
        ("qupath/phenocycler_cells.tsv.gz", "qupath-cells", 1093, true),
        ("inform/tiny_inform.txt.gz", "inform-cells", 9, false),
        ("inform/fihc4_merge_cell_seg_data.txt", "inform-cells", 619, false),
        ("inform/fihc4_consolidated.txt", "phenoptr-consolidated", 619, false),
    ] {
        let Some(path) = export(name) else { return };
        let text = workplace.finishes(&["inspect", "--json", &path]);
        let json = &text[text.find('[').expect("JSON")..=text.rfind(']').expect("JSON")];
        let facts: serde_json::Value = serde_json::from_str(json).expect("JSON");
        assert_eq!(facts[0]["format"], format, "{name}");
        assert_eq!(facts[0]["n_rows"], n_cells, "{name}");
        let asked = facts[0]["questions"].as_array().expect("questions");
        assert_eq!(asked.len(), usize::from(asks_scale), "{name}: {asked:?}");

        densities(&workplace, &[&path]);
        let counted: u64 = rows(&workplace, "out/samples.tsv")
            .iter()
            .flat_map(|row| {
                ["n_cells", "n_cells_without_region", "n_cells_without_phenotype"]
                    .map(|it| super::cell(row, it).parse::<u64>().expect("a count"))
            })
            .sum();
        assert_eq!(counted, n_cells, "{name}: no cell is lost");
    }
}
