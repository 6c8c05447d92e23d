//! Which format a header is of, among all formats.

mod mutated;

use std::path::Path;

use super::*;

/// A header, as its program writes it, with a row where the values matter; JSON files by their keys.
const EXAMPLES: &[(&str, &str)] = &[
    ("mcmicro", "CellID\tDNA_6\tCD57\tCD45\tX_centroid\tY_centroid\tArea\tMajorAxisLength\tOrientation"),
    ("mcmicro", "CellID\tHoechst1_cellMask\tCD8_cellMask\tX_position\tY_position\tphenotype"),
    ("mcmicro", "CellID\tDNA_1\tCD8\tX_centroid\tY_centroid\tsample_id\tregion\tphenotype"),
    ("anndata-obs", "\tX_centroid\tY_centroid\tArea\tCellID\timageid\tphenotype\tROI"),
    ("anndata-obs", "CellID\tCD8\tX_centroid\tY_centroid\timageid\tphenotype\tregion\tsample_id"),
    ("codex-nolan", "CellID\tClusterID\tFile Name\tRegion\tpatients\tX:X\tY:Y\tZ:Z\tsize:size\tClusterName"),
    ("codex-nolan", "Imaging.phenotype.cluster.ID\tCD45\tX.X\tY.Y\tZ.Z\tsample_Xtile_Ytile"),
    ("xenium", "cell_id\tx_centroid\ty_centroid\ttranscript_counts\ttotal_counts\tcell_area\tnucleus_area"),
    ("xenium", "cell_id\tx_centroid\ty_centroid\ttranscript_counts\tsample_id\tregion\tphenotype"),
    (
        "cosmx",
        "fov\tcell_ID\tArea\tCenterX_local_px\tCenterY_local_px\tCenterX_global_px\tCenterY_global_px\tMean.PanCK",
    ),
    ("merscope", "\tfov\tvolume\tcenter_x\tcenter_y\tmin_x\tmax_x\tmin_y\tmax_y"),
    ("steinbock", "Object\tarea\tcentroid-0\tcentroid-1\taxis_major_length"),
    ("steinbock", "fov\tlabel\tcell_size\tcentroid-0\tcentroid-1\tcell_meta_cluster"),
    ("cellprofiler", "ImageNumber\tObjectNumber\tIntensity_MeanIntensity_CD8\tLocation_Center_X\tLocation_Center_Y"),
    ("qupath-geojson", "type\tfeatures"),
    ("qupath-geojson", "type\tid\tgeometry\tproperties"),
    ("contexture-cells", "sample_id\tcell_id\tx_um\ty_um\tphenotype\tregion\tsigned_distance_um"),
    ("contexture-cells", "sample_id\tregion\tCD3\tCD8\ns1\tCT\t1\t0"),
    ("contexture-regions", "sample_id\tregion\tarea_mm2\tarea_source"),
    ("contexture-regions", "patient_id\tsample_id\tregion\tmarker\tn_cells\tarea_mm2\tcells_per_mm2"),
    ("contexture-tally", "contexture_tally\tsamples"),
];

/// Headers of other formats, and of tables that are none.
const STRANGERS: &[(&str, &str)] = &[
    ("qupath-cells", "Image\tObject ID\tObject type\tClassification\tParent\tROI\tCentroid X µm\tCentroid Y µm"),
    ("qupath-annotations", "Image\tName\tClass\tParent\tROI\tCentroid X µm\tCentroid Y µm\tNum Detections\tArea µm^2"),
    (
        "halo-object",
        "Image Location\tAnalysis Region\tObject Id\tClassifier Label\tXMin\tXMax\tYMin\tYMax\tCD8 Positive",
    ),
    ("halo-summary", "Image Tag\tTotal Cells\tCD8 Positive Cells\tArea Analyzed (μm²)\tArea Analyzed (mm²)"),
    (
        "inform-cells",
        "Path\tSample Name\tTissue Category\tPhenotype\tCell ID\tCell X Position\tCell Y Position\tSlide ID",
    ),
    ("phenoptr", "Sample Name\tTissue Category\tCell ID\tPhenotype CD8\tCell X Position\tCell Y Position\tSlide ID"),
    ("clinical", "patient_id\tos_months\tos_event\tphenotype\tage"),
    ("tipc", "Phenotype\tX\tY\ttumor_ids\tcore_ids"),
    (
        "mxfda",
        "\tX\timage_id\tpatient_id\tcell_id\tpatientImage_id\tx\ty\tphenotype_ck\tphenotype_cd8\ttissue_category",
    ),
];

fn preview(format: &str, text: &str) -> Preview {
    Preview { json: ["qupath-geojson", "contexture-tally"].contains(&format), ..Preview::of_tsv("export", text) }
}

#[test]
fn every_example_is_of_one_format_and_no_other_is_as_sure() {
    for (name, text) in EXAMPLES {
        let (format, _) = recognise(Path::new("export"), &preview(name, text)).unwrap();
        assert_eq!(format.name, *name, "{text}");
        assert!(recognise_as(name, Path::new("export"), &preview(name, text)).is_ok());
    }
}

#[test]
fn a_format_does_not_claim_the_tables_of_others() {
    let here = |format: &&Format| EXAMPLES.iter().any(|(name, _)| *name == format.name);
    for (name, text) in STRANGERS {
        for format in FORMATS.iter().filter(here) {
            assert_eq!(format.of(&Preview::of_tsv("export", text)), None, "{} of {name}", format.name);
        }
    }
}

#[test]
fn json_is_no_table_and_a_table_is_no_json() {
    for (name, text) in EXAMPLES {
        let preview = preview(name, text);
        let other = Preview { json: !preview.json, ..preview };
        assert!(recognise(Path::new("export"), &other).is_err(), "{name}");
    }
}

#[test]
fn a_file_that_holds_no_cells_is_called_by_what_it_is() {
    let gates = Preview::of_tsv("gates.csv", "markers\ts1\nCD8\t6.5");
    let error = recognise(Path::new("gates.csv"), &gates).unwrap_err().to_string();
    assert!(error.starts_with("'gates.csv' is a table of gates"), "{error}");
    let unknown = recognise(Path::new("a.csv"), &Preview::of_tsv("a.csv", "a\tb\n1\t2")).unwrap_err().to_string();
    assert!(unknown.contains("--mapping"), "{unknown}");
}

#[test]
fn json_of_no_known_kind_is_told_as_json_that_may_be_cut_off() {
    for (text, keys) in [("type", "keys: type"), ("", "no keys")] {
        let preview = Preview { json: true, ..Preview::of_tsv("a.geojson", text) };
        let preview = if text.is_empty() { Preview { header: Header::new(Vec::new()), ..preview } } else { preview };
        let error = recognise(Path::new("a.geojson"), &preview).unwrap_err().to_string();
        assert!(error.contains("is JSON, but no GeoJSON and no tally") && error.contains(keys), "{error}");
        assert!(error.contains("cut off") && !error.contains("--mapping"), "{error}");
    }
}
