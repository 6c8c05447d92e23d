//! Which phenotypes a cell has: labels, positivities, rules, gates, words; small tables with counts made by hand.

use super::{cell, densities, of_sample, rows};
use crate::command::Workplace;

/// Cell by cell: CD3, CD8, FOXP3. Blanks are unknown.
const CELLS: &str = "sample_id,region,CD3,CD8,FOXP3\n\
                     S1,CT,1,1,0\nS1,CT,1,1,1\nS1,CT,1,1,\nS1,CT,1,0,0\nS1,CT,0,1,0\nS1,CT,,1,0\nS1,CT,,,\nS1,IM,0,0,0\n";

const AREAS: &str = "sample_id,region,area_mm2\nS1,CT,2\nS1,IM,0.5\n";

/// Counts of these markers in a region of S1.
fn counts<'a>(rows: &'a [super::Row], region: &str, markers: &[&str]) -> Vec<Option<&'a str>> {
    markers.iter().map(|marker| of_sample(rows, "S1", region, marker).map(|it| it[0])).collect()
}

#[test]
fn rules_hold_where_all_is_known_and_a_blank_is_never_negative() {
    let rules = "phenotype,rule,parent\nT,CD3+,\nCytotoxic,CD8+ & !FOXP3,T\nTreg,FOXP3+,T\n\
                 Effector,CD3+ & CD8+ & !FOXP3,\nOther,!CD3,\nAny,CD8+ | FOXP3+,\n";
    let workplace = Workplace::with_files([("cells.csv", CELLS), ("areas.csv", AREAS), ("rules.csv", rules)]);
    let rows = densities(&workplace, &["cells.csv", "areas.csv", "--rules", "rules.csv"]);
    let markers = ["T", "Cytotoxic", "Treg", "Effector", "Other", "Any", "Total", "CD3"];
    // The third cell may be a Treg: it is no effector. The sixth may be a T cell: it is no other, and below no parent.
    let of_centre = ["4", "1", "1", "1", "1", "5", "6"].map(Some);
    assert_eq!(counts(&rows, "CT", &markers), [&of_centre[..], &[None]].concat());
    let of_margin = ["0", "0", "0", "0", "1", "0", "1"].map(Some);
    assert_eq!(counts(&rows, "IM", &markers), [&of_margin[..], &[None]].concat());
    assert_eq!(of_sample(&rows, "S1", "CT", "Effector"), Some(["1", "2", "0.5"]));
    assert_eq!(cell(&super::rows(&workplace, "out/samples.tsv")[0], "n_cells_without_phenotype"), "1");
}

#[test]
fn without_rules_a_cell_counts_for_every_marker_it_is_positive_for() {
    let workplace = Workplace::with_files([("cells.csv", CELLS), ("areas.csv", AREAS)]);
    let rows = densities(&workplace, &["cells.csv", "areas.csv"]);
    assert_eq!(counts(&rows, "CT", &["CD3", "CD8", "FOXP3", "Total"]), ["4", "5", "1", "6"].map(Some));
    assert_eq!(of_sample(&rows, "S1", "Total", "CD8"), Some(["5", "2.5", "2"]));
}

#[test]
fn cells_of_which_a_marker_is_unknown_stand_beside_its_count() {
    let workplace = Workplace::with_files([("cells.csv", CELLS), ("areas.csv", AREAS)]);
    let text = workplace.finishes(&["count", "cells.csv", "areas.csv", "-o", "out"]);
    assert!(
        text.contains("CD3 is unknown of 2 cells in 1 sample: they are in the area and not in its counts"),
        "{text}"
    );
    let unknown = |region: &str, markers: &[&str]| -> Vec<String> {
        let rows = super::rows(&workplace, "out/densities.tsv");
        let of = |marker: &&str| {
            let is_it = |it: &&super::Row| cell(it, "region") == region && cell(it, "marker") == *marker;
            rows.iter().find(is_it).map_or_else(|| "no row".to_owned(), |it| cell(it, "n_cells_unknown").to_owned())
        };
        markers.iter().map(of).collect()
    };
    // Of the seventh cell nothing is known; it is in no count, and not negative.
    let markers = ["CD3", "CD8", "FOXP3", "Total"];
    assert_eq!(unknown("CT", &markers), ["2", "1", "2", "1"]);
    assert_eq!(unknown("IM", &markers), ["0"; 4]);
    assert_eq!(unknown("Total", &markers), ["2", "1", "2", "1"]);

    // A rule is unknown where Kleene's logic leaves it open: of the third cell and the sixth, and of the seventh.
    workplace.write("rules.csv", "phenotype,rule\nEffector,CD3+ & CD8+ & !FOXP3\n");
    workplace.finishes(&["count", "cells.csv", "areas.csv", "--rules", "rules.csv", "-o", "out", "--force"]);
    assert_eq!(unknown("CT", &["Effector"]), ["3"]);

    // A cell without a label is unknown for every label, and a count that a summary tells says nothing of such cells.
    workplace.write("cells.csv", "sample_id,region,phenotype\nS1,CT,CD8\nS1,CT,\nS1,IM,CD3\n");
    workplace.finishes(&["count", "cells.csv", "areas.csv", "-o", "out", "--force"]);
    assert_eq!(unknown("CT", &["CD8", "CD3", "Total"]), ["1"; 3]);
    workplace.write("told.csv", "sample_id,region,marker,n_cells,area_mm2\nS1,CT,CD8,5,1\n");
    workplace.finishes(&["count", "told.csv", "-o", "out", "--force"]);
    assert_eq!(unknown("CT", &["CD8"]), [""]);
}

#[test]
fn a_region_in_which_nothing_is_known_of_any_cell_is_not_empty() {
    let workplace = Workplace::with_files([
        ("cells.csv", "sample_id,region,CD3\nS1,CT,1\nS1,IM,\n"),
        ("areas.csv", "sample_id,region,area_mm2\nS1,CT,2\nS1,IM,1\nS1,OUT,4\n"),
    ]);
    let rows = densities(&workplace, &["cells.csv", "areas.csv"]);
    assert_eq!(counts(&rows, "CT", &["CD3", "Total"]), ["1", "1"].map(Some));
    assert_eq!(counts(&rows, "OUT", &["CD3", "Total"]), ["0", "0"].map(Some), "no cell is there");
    assert_eq!(counts(&rows, "IM", &["CD3", "Total"]), [None, None], "a cell of which nobody knows what it is");
    assert_eq!(counts(&rows, "Total", &["CD3", "Total"]), [None, None]);
}

#[test]
fn a_workflow_of_mcmicro_gives_every_phenotype_whose_gates_hold() {
    let workflow =
        "\u{feff},,CD3,CD8,FOXP3\nall,T,pos,,\nT,Tc,,pos,neg\nT-rest,T other,pos,,\nall,Naked,allneg,allneg,\n";
    let workplace = Workplace::with_files([("cells.csv", CELLS), ("workflow.csv", workflow)]);
    let rows = densities(&workplace, &["cells.csv", "--rules", "workflow.csv"]);
    // Of the T cells the first is Tc; the second and the fourth are not; the third nobody knows.
    assert_eq!(counts(&rows, "CT", &["T", "Tc", "T other", "Naked"]), ["4", "1", "2", "0"].map(Some));
    assert_eq!(counts(&rows, "IM", &["T", "Tc", "T other", "Naked"]), ["0", "0", "0", "1"].map(Some));
}

/// MCMICRO's intensities of CD3 and CD8, of two images.
const INTENSITIES: &str = "CellID,CD3,CD8,X_centroid,Y_centroid,sample_id,region\n\
                           1,5,2,1,1,S1,CT\n2,4.999,9,1,1,S1,CT\n3,NaN,1,1,1,S1,CT\n4,,,1,1,S1,CT\n5,5,5,1,1,S2,CT\n";

#[test]
fn a_cell_at_its_gate_is_positive_and_each_image_has_its_own() {
    let gates = "markers,S1,S2\nCD3,5,5.001\nCD8,2,5\n";
    let workplace = Workplace::with_files([("cells.csv", INTENSITIES), ("gates.csv", gates)]);
    let rows = densities(&workplace, &["cells.csv", "--gates", "gates.csv"]);
    assert_eq!(counts(&rows, "CT", &["CD3", "CD8", "Total"]), ["1", "2", "3"].map(Some));
    let of_second = ["CD3", "CD8", "Total"].map(|marker| of_sample(&rows, "S2", "CT", marker).map(|it| it[0]));
    assert_eq!(of_second, ["0", "1", "1"].map(Some));
}

#[test]
fn gates_fit_an_image_whose_name_differs_in_folder_and_ending_and_no_two() {
    let workplace = Workplace::with_files([
        ("cells.csv", &INTENSITIES.replace("S1", "S1.ome.tif")),
        ("gates.csv", "markers,x/S1.SVS,S2\nCD3,5,5.001\nCD8,2,5\n"),
    ]);
    let text = workplace.finishes(&["count", "cells.csv", "--gates", "gates.csv", "-o", "out"]);
    let note = "note: gates fit but for folder and ending of the image: 'x/S1.SVS' = 'S1.ome.tif'";
    assert!(text.contains(note), "{text}");
    let rows = super::rows(&workplace, "out/densities.tsv");
    let of = |marker: &str| of_sample(&rows, "S1.ome.tif", "CT", marker).map(|it| it[0]);
    assert_eq!(["CD3", "CD8"].map(of), ["1", "2"].map(Some));

    workplace.write("gates.csv", "markers,S1.svs,S1.tif,S2\nCD3,5,6,7\n");
    let text = workplace.refuses(&["count", "cells.csv", "--gates", "gates.csv", "-o", "none"]);
    assert!(text.contains("image 'S1.ome.tif' has the gates of two: 'S1.svs' and 'S1.tif'"), "{text}");
    workplace.write("cells.csv", INTENSITIES.replace("S1", "S.tif").replace("S2", "S.svs"));
    workplace.write("gates.csv", "markers,S\nCD3,5\n");
    let text = workplace.refuses(&["count", "cells.csv", "--gates", "gates.csv", "-o", "none"]);
    assert!(text.contains("gates of 'S' fit two images: 'S.svs' and 'S.tif'"), "{text}");
}

#[test]
fn one_gate_for_all_images_and_rules_on_top_of_it() {
    let workplace = Workplace::with_files([
        ("cells.csv", INTENSITIES),
        ("gates.csv", "marker,gate\nCD3,5\nCD8,2\n"),
        ("rules.csv", "phenotype,rule\nTc,CD3+ & CD8+\n"),
    ]);
    let rows = densities(&workplace, &["cells.csv", "--gates", "gates.csv"]);
    assert_eq!(counts(&rows, "CT", &["CD3", "CD8"]), ["1", "2"].map(Some));
    assert_eq!(of_sample(&rows, "S2", "CT", "CD3").map(|it| it[0]), Some("1"));
    let rows = densities(&workplace, &["cells.csv", "--gates", "gates.csv", "--rules", "rules.csv"]);
    assert_eq!(counts(&rows, "CT", &["Tc", "CD3"]), [Some("1"), None]);
}

#[test]
fn a_class_of_several_parts_is_each_part_and_the_whole() {
    let header = "Image\tClassification\tParent\tCentroid X µm\tCentroid Y µm\n";
    let classes = ["CD3: CD8", "CD3", "CD8", "Tumor*", "CD3: CD8", "", "CD3: CD8: PD1"];
    let cells = classes.map(|class| format!("S1\t{class}\tAnnotation (CT)\t1\t2\n")).concat();
    let workplace = Workplace::with_files([("cells.tsv", &format!("{header}{cells}"))]);
    let rows = densities(&workplace, &["cells.tsv", "--percentages"]);
    let markers = ["CD3", "CD8", "CD3: CD8", "CD3: CD8: PD1", "Total"];
    // The ignored class is a cell of no phenotype; the empty one is not counted.
    assert_eq!(counts(&rows, "CT", &markers), ["4", "4", "2", "1", "6"].map(Some));
    let share = |marker: &str| {
        let row = rows.iter().find(|it| cell(it, "region") == "CT" && cell(it, "marker") == marker).expect("a row");
        cell(row, "percent_of_cells").parse::<f64>().expect("a share")
    };
    assert!((share("CD3") - 400.0 / 6.0).abs() < 1e-12 && (share("Total") - 100.0).abs() < 1e-12);
}

#[test]
fn shares_of_phenotypes_that_exclude_each_other_sum_to_a_hundred() {
    let cells = "sample_id,region,phenotype\nS1,CT,CD8\nS1,CT,CD8\nS1,CT,Other\nS1,IM,CD20\nS1,IM,\nS1,CT,CD20\n";
    let workplace = Workplace::with_files([
        ("cells.csv", cells),
        ("areas.csv", "sample_id,region,area_mm2\nS1,CT,2\nS1,IM,1\nS1,LUMEN,4\n"),
    ]);
    let rows = densities(&workplace, &["cells.csv", "areas.csv", "--percentages"]);
    for (region, expected) in
        [("CT", ["50", "25", "25"]), ("IM", ["0", "100", "0"]), ("Total", ["40", "40", "20"]), ("LUMEN", ["", "", ""])]
    {
        let share = |marker: &&str| {
            let row =
                rows.iter().find(|it| cell(it, "region") == region && cell(it, "marker") == *marker).expect("a row");
            cell(row, "percent_of_cells").to_owned()
        };
        assert_eq!(["CD8", "CD20", "Other"].iter().map(share).collect::<Vec<_>>(), expected, "{region}");
    }
}

#[test]
fn words_of_the_laboratory_and_of_the_field_are_one() {
    let workplace = Workplace::with_files([
        ("words.toml", "[regions]\nRand = \"IM\"\n\n[markers]\n\"T Zellen\" = \"CD3\"\n"),
        ("cells.csv", "sample_id,region,phenotype\nS1,Rand,T Zellen\nS1,invasive margin,CD3+\nS1,Kern,CD8\n"),
        ("areas.csv", "sample_id,region,area_mm2\nS1,rand,1\nS1,Kern,2\n"),
    ]);
    let rows = densities(&workplace, &["cells.csv", "areas.csv", "--words", "words.toml"]);
    assert_eq!(of_sample(&rows, "S1", "IM", "CD3"), Some(["2", "1", "2"]));
    assert_eq!(of_sample(&rows, "S1", "Kern", "CD8"), Some(["1", "2", "0.5"]));
    let rows = densities(&workplace, &["cells.csv", "--words", "words.toml", "--own-regions"]);
    assert_eq!(of_sample(&rows, "S1", "Rand", "CD3").map(|it| it[0]), Some("1"), "regions keep their own names");
    assert_eq!(of_sample(&rows, "S1", "IM", "CD3"), None);
}

#[test]
fn the_marker_of_a_stain_stands_in_the_name_of_its_file() {
    let header = "Image\tClassification\tParent\tCentroid X µm\tCentroid Y µm\n";
    let cells = |image: &str, class: &str, n: usize| format!("{image}\t{class}\tAnnotation (CT)\t1\t1\n").repeat(n);
    let workplace = Workplace::with_files([]);
    let first = cells("A", "Positive", 2) + &cells("A", "Negative", 3);
    workplace.write("P07_CD8_scan.tsv", format!("{header}{first}A\tPositive\tRoot object (Image)\t1\t1\n"));
    workplace.write("P07_CD3_scan.tsv", format!("{header}{}", cells("B", "Negative", 4)));
    let pattern = ["--name-pattern", "{patient}_{marker}_*"];
    let rows = densities(&workplace, &["P07_CD8_scan.tsv", "P07_CD3_scan.tsv", pattern[0], pattern[1]]);
    let of = |sample: &str, marker: &str| of_sample(&rows, sample, "CT", marker).map(|it| it[0]);
    assert_eq!([of("A", "CD8"), of("A", "Total"), of("A", "CD3")], [Some("2"), Some("5"), None]);
    // No cell of the other slide is positive, and that is a count.
    assert_eq!([of("B", "CD3"), of("B", "Total"), of("B", "CD8")], [Some("0"), Some("4"), None]);
    assert!(rows.iter().all(|it| cell(it, "patient_id") == "P07" && cell(it, "marker") != "Positive"));
    let samples = super::rows(&workplace, "out/samples.tsv");
    assert_eq!(cell(&samples[0], "n_cells_without_region"), "1");
}

#[test]
fn a_panel_has_no_row_for_what_it_does_not_look_for() {
    let workplace = Workplace::with_files([
        ("first.csv", "sample_id,region,CD3,CD8\nS1,CT,1,1\nS1,CT,1,0\n"),
        ("second.csv", "sample_id,region,CD3,CD20\nS2,CT,0,0\n"),
        ("areas.csv", "sample_id,region,area_mm2\nS1,CT,2\nS2,CT,2\n"),
    ]);
    let rows = densities(&workplace, &["first.csv", "second.csv", "areas.csv"]);
    let of = |sample: &str, marker: &str| of_sample(&rows, sample, "CT", marker);
    assert_eq!(of("S1", "CD8"), Some(["1", "2", "0.5"]));
    assert_eq!(of("S1", "CD20"), None);
    assert_eq!(of("S2", "CD8"), None);
    assert_eq!([of("S2", "CD3"), of("S2", "CD20")], [Some(["0", "2", "0"]); 2]);
    let samples = self::rows(&workplace, "out/samples.tsv");
    assert_ne!(cell(&samples[0], "panel"), cell(&samples[1], "panel"));
}
