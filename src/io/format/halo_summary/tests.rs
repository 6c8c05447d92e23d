use super::super::preview::records_of;
use super::*;

fn recognised(text: &str) -> (RegionLayout, Vec<String>) {
    let known = recognise(&Preview::of_tsv("s.csv", text)).expect("is of this format");
    let Layout::Regions(layout) = known.layout else { panic!("holds regions") };
    (layout, known.notes)
}

fn records(text: &str) -> Result<Vec<RegionRecord>> {
    records_of(read, text)
}

fn counts_of(record: &RegionRecord) -> Vec<(&str, u64)> {
    record.counts.iter().filter_map(|(name, count)| Some((name.as_str(), (*count)?))).collect()
}

/// A table with these columns of areas and one row a line.
fn table(areas: &str, rows: &str) -> String {
    format!("deidentified_id\tdeidentified_sample\tTotal Cells\tCD3 (Opal 570) Positive Cells\t{areas}\n{rows}")
}

#[test]
fn counts_are_read_and_percentages_densities_and_counterstains_are_not() {
    let text = "id\tImage Tag\tTotal Cells\tDAPI Positive Cells\tCD3 (Opal 570) Positive Cells\tCD3+ CD8+ Cells\t\
        % CD3 (Opal 570) Positive Cells\t% CD3+ CD8+ Positive Cells\tCD3 Positive Cells/mm²\tArea Analyzed (μm²)\tArea Analyzed (mm²)\n\
        p7\tS1.svs\t100\t99\t20\t5\t20\t5\t40\t500000\t0.5\np8\tS2.svs\t0\t0\t0\t0\tNaN\tNaN\t\t\t";
    let (layout, notes) = recognised(text);
    assert_eq!(layout.area_unit, Some((AreaUnit::SquareMicrometre, "header 'Area Analyzed (μm²)'".to_owned())));
    assert_eq!(notes, Vec::<String>::new());
    let records = records(text).unwrap();
    assert_eq!(counts_of(&records[0]), [("CD3", 20), ("CD3+ CD8+", 5)]);
    let first = &records[0];
    assert_eq!(
        (first.patient.as_deref(), first.sample.as_deref(), first.region.as_deref()),
        (Some("p7"), Some("S1.svs"), None)
    );
    assert_eq!((first.area, first.n_cells), (Some(5e5), Some(100)));
    assert_eq!((records[1].area, records[1].n_cells, counts_of(&records[1])[0]), (None, Some(0), ("CD3", 0)));
}

#[test]
fn units_that_lost_their_signs_are_told_by_their_ratio_in_any_order() {
    for areas in [
        "Area Analyzed (m)\tArea Analyzed (mm)",
        "Area Analyzed (mm)\tArea Analyzed (m)",
        "Area Analyzed (m2)\tArea Analyzed",
    ] {
        let text = table(areas, "1\ta\t50\t5\t890933.625\t0.890933625\n2\tb\t50\t5\t865264\t0.865264");
        let (layout, notes) = recognised(&text);
        assert_eq!(layout.area_unit.unwrap().0, AreaUnit::SquareMicrometre, "{areas}");
        assert!(notes[0].contains("ratio"), "{notes:?}");
        assert_eq!(
            records(&text).unwrap()[1].area,
            Some(865_264.0),
            "what is left of the unit is not trusted: {areas}"
        );
    }
}

#[test]
fn a_row_that_breaks_the_ratio_is_named() {
    let text =
        table("Area Analyzed (m)\tArea Analyzed (mm)", "1\ta\t50\t5\t890933\t0.890933\n2\tb\t50\t5\t865264\t0.5");
    let error = records(&text).unwrap_err().to_string();
    assert!(error.contains("row 3, column 'Area Analyzed (mm)': found '0.5'"), "{error}");
}

#[test]
fn one_area_without_unit_is_used_only_if_it_can_be_nothing_else() {
    for (area, n_cells, unit) in [
        ("890933.6", "50", Some(AreaUnit::SquareMicrometre)),
        ("0.89", "50", Some(AreaUnit::SquareMillimetre)),
        ("0.89", "0", None),
        ("5000", "50", None),
        ("", "50", None),
        ("0", "0", None),
    ] {
        let (layout, notes) = recognised(&table("Area Analyzed (m)", &format!("1\ta\t{n_cells}\t5\t{area}")));
        assert_eq!(layout.area_unit.map(|it| it.0), unit, "{area}, {n_cells} cells");
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
    let error = records(&table("Area Analyzed (m)", "1\ta\t50\t5\t0.5\n2\tb\t50\t5\t20000")).unwrap_err().to_string();
    assert!(error.contains("row 3"), "{error}");
    assert_eq!(records(&table("Area Analyzed (m)", "1\ta\t50\t5\t5000")).unwrap()[0].area, None);
}

#[test]
fn each_class_of_tissue_is_a_record() {
    let text = "Image Location\tTotal Cells\tArea Analyzed (mm²)\tTumor: Total Cells\tTumor: CD8 Positive Cells\tTumor: Area Analyzed (mm²)\t\
        tumor: % CD8 Positive Cells\tStroma: CD8 Positive Cells\tStroma: Area Analyzed (mm²)\n\
        D:\\x\\S1.svs\t30\t3\t10\t4\t1\t40\t7\t2";
    let told: Vec<_> = records(text)
        .unwrap()
        .into_iter()
        .map(|it| (it.sample.unwrap(), it.region, it.area, it.n_cells, it.counts))
        .collect();
    let cd8 = |count| vec![("CD8".to_owned(), Some(count))];
    let (tumor, stroma) = (Some("Tumor".to_owned()), Some("Stroma".to_owned()));
    let image = || "S1.svs".to_owned();
    assert_eq!(
        told,
        [
            (image(), None, Some(3.0), Some(30), vec![]),
            (image(), tumor, Some(1.0), Some(10), cd8(4)),
            (image(), stroma, Some(2.0), None, cd8(7)),
        ]
    );
    assert_eq!(recognised(text).0.area_unit.unwrap().0, AreaUnit::SquareMillimetre);
}

#[test]
fn sample_and_patient_are_not_taken_from_columns_of_halo() {
    let of = |names: &str| Identifiers::of(&Header::new(names.split('\t').map(str::to_owned).collect()));
    let ids = of("Image Location\tImage Tag\tAnalysis Region\tAlgorithm Name\tTotal Cells");
    assert_eq!((ids.sample, ids.sample_words, ids.patient, ids.layer), (Some(1), SampleWords::Plain, None, Some(2)));
    let ids = of("Image Location\tTotal Cells");
    assert_eq!((ids.sample, ids.sample_words), (Some(0), SampleWords::Path));
    let ids = of("deidentified_id\tdeidentified_sample\tTotal Cells\tage");
    assert_eq!((ids.sample, ids.patient), (Some(1), Some(0)));
}

#[test]
fn other_tables_are_not_of_this_format() {
    for text in
        ["id\tTotal Cells\n1\t2", "id\tArea Analyzed (mm²)\n1\t2", "age\trace\tdeidentified_sample\n1\tx\ts", ""]
    {
        assert!(recognise(&Preview::of_tsv("s.csv", text)).is_none(), "{text}");
    }
}

#[test]
fn two_columns_of_one_phenotype_are_refused_unless_one_is_a_combination() {
    let text =
        |second: &str| format!("Image Tag\tArea Analyzed (mm²)\tCD8 (Opal 520) Positive Cells\t{second}\nS1\t1\t5\t6");
    for second in ["CD8+ Cells", "CD8 (Opal 570) Positive Cells"] {
        let error = records(&text(second)).unwrap_err().to_string();
        assert!(error.contains(&format!("'CD8 (Opal 520) Positive Cells' and '{second}'")), "{error}");
    }
    assert_eq!(counts_of(&records(&text("CD3+ CD8+ Cells")).unwrap()[0]), [("CD8", 5), ("CD3+ CD8+", 6)]);
}

#[test]
fn two_rows_of_a_layer_are_refused_and_their_analyses_named() {
    let text = |jobs: [&str; 2], layers: [&str; 2]| {
        format!(
            "Image Tag\tAnalysis Region\tAlgorithm Name\tJob Id\tTotal Cells\tArea Analyzed (mm²)\n\
             S1\t{}\tHighPlex\t{}\t5\t1\nS1\t{}\tHighPlex\t{}\t6\t1\nS2\tTumor\tHighPlex\t9\t6\t1",
            layers[0], jobs[0], layers[1], jobs[1]
        )
    };
    let parts = records(&text(["7", "8"], ["Tumor", "Stroma"])).unwrap().into_iter().map(|it| it.part);
    assert_eq!(parts.collect::<Vec<_>>(), ["Tumor", "Stroma", "Tumor"]);
    let error = records(&text(["7", "8"], ["Tumor"; 2])).unwrap_err().to_string();
    let problem = "two analyses of 'S1, Tumor': 'HighPlex 7' in row 2 and 'HighPlex 8' in row 3";
    assert!(error.contains(problem), "{error}");
    let error = records(&text(["7", "7"], ["Tumor"; 2])).unwrap_err().to_string();
    assert!(error.contains("rows 2 and 3: the summary 'S1, Tumor' stands twice"), "{error}");
}
