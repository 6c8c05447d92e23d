use super::super::layout::LengthUnit;
use super::super::preview::records_of;
use super::*;

fn preview(text: &str) -> Preview {
    Preview::of_tsv("s.txt", text)
}

fn records(text: &str) -> Result<Vec<RegionRecord>> {
    records_of(read, text)
}

fn counts_of(record: &RegionRecord) -> Vec<(&str, u64)> {
    record.counts.iter().filter_map(|(name, count)| Some((name.as_str(), (*count)?))).collect()
}

const V01: &str = "Name\tClass\tROI\tCentroid X µm\tCentroid Y µm\tNum Negative\tNum Positive\tPositive %\tNum Positive per mm^2\tArea µm^2\tPerimeter µm";

#[test]
fn counts_and_areas_are_read_and_densities_are_not() {
    let text = format!(
        "{V01}\nCORE\tCORE\tArea\t1\t2\t30\t10\t25\t999\t2000000\t9\nOUT\tOUT\tArea\t1\t2\t5\t0\t0\t999\t1e6\tNaN"
    );
    let known = recognise(&preview(&text)).unwrap();
    assert_eq!((known.certainty, known.version.as_deref()), (Certainty::Certain, Some("0.1")));
    let Layout::Regions(layout) = known.layout else { panic!("holds regions") };
    assert_eq!(layout.area_unit, Some((AreaUnit::SquareMicrometre, "header 'Area µm^2'".to_owned())));

    let records = records(&text).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(
        (records[0].region.as_deref(), records[0].area, records[0].n_cells),
        (Some("CORE"), Some(2e6), Some(40))
    );
    assert_eq!(counts_of(&records[0]), [("Negative", 30), ("Positive", 10)]);
    assert_eq!(counts_of(&records[1]), [("Negative", 5), ("Positive", 0)]);
}

#[test]
fn where_nothing_was_positive_the_missing_column_is_zero() {
    let records =
        records("Name\tClass\tROI\tNum Negative\tArea µm^2\tPerimeter µm\nC\tC\tArea\t7\t100\t4\nD\tD\tArea\t\t100\t4")
            .unwrap();
    assert_eq!(counts_of(&records[0]), [("Negative", 7), ("Positive", 0)]);
    assert_eq!(records[0].n_cells, Some(7));
    assert_eq!((counts_of(&records[1]), records[1].n_cells), (vec![], None), "nothing was counted in it");
}

#[test]
fn an_empty_export_is_known_and_said_to_be_empty() {
    for text in ["Name", V01, "Name\tClass\tROI\tCentroid X µm\tCentroid Y µm\tArea µm^2\tPerimeter µm"] {
        let known = recognise(&preview(text)).unwrap();
        assert!(known.notes.iter().any(|it| it.contains("empty")), "{text}: {:?}", known.notes);
    }
    assert!(recognise(&preview("Name\nsomebody")).is_none());
}

#[test]
fn an_image_alone_is_one_record_and_beside_annotations_none() {
    let summary = "Image\tName\tNum Detections\tNum Negative\tPositive %\na.svs\tImage\t36\t36\t0";
    let known = recognise(&preview(summary)).unwrap();
    assert!(known.notes.iter().any(|it| it.contains("area")));
    let image = records(summary).unwrap();
    assert_eq!((image[0].sample.as_deref(), image[0].region.as_deref(), image[0].area), (Some("a.svs"), None, None));
    assert_eq!((image[0].n_cells, counts_of(&image[0])), (Some(36), vec![("Negative", 36), ("Positive", 0)]));

    let header = "Image\tObject type\tName\tClassification\tROI\tNum Detections\tArea µm^2";
    let records = records(&format!(
        "{header}\na\tRoot object\t\t\t\t9\tNaN\na\tAnnotation\t\tTumor\tPolygon\t4\t10\nb\tRoot object\t\t\t\t3\tNaN"
    ))
    .unwrap();
    let told: Vec<_> =
        records.iter().map(|it| (it.sample.as_deref().unwrap(), it.region.as_deref(), it.n_cells)).collect();
    assert_eq!(told, [("a", Some("Tumor"), Some(4)), ("b", None, Some(3))]);
}

#[test]
fn two_annotations_of_one_class_are_two_parts() {
    let header = "Image\tName\tClass\tROI\tNum Detections\tArea µm^2";
    let parts = |text: &str| -> Vec<String> { records(text).unwrap().into_iter().map(|it| it.part).collect() };
    assert_eq!(
        parts(&format!(
            "{header}\na\tTumor\tTumor\tPolygon\t1\t1\na\tTumor\tTumor\tPolygon\t1\t1\nb\tTumor\tTumor\tPolygon\t1\t1"
        )),
        ["Tumor 1", "Tumor 2", "Tumor 1"]
    );
    assert_eq!(parts("Image\tObject ID\tClass\tROI\tNum Detections\na\tu1\tTumor\tPolygon\t1"), ["u1"]);
}

#[test]
fn a_class_of_several_parts_counts_for_each_part() {
    let header = "Image\tClass\tROI\tNum Detections\tNum CD3\tNum CD3: CD8\tNum CD3 (base)\tNum CD20 (base)\tNum points\tH-score";
    let records = records(&format!(
        "{header}\na\tTumor\tPolygon\t20\t5\t3\t8\t2\t7\t150\na\tStroma\tPolygon\t9\t\t2\t2\t0\t7\t150"
    ))
    .unwrap();
    assert_eq!(counts_of(&records[0]), [("CD3", 8), ("CD8", 3), ("CD3: CD8", 3), ("CD20", 2)]);
    assert_eq!(counts_of(&records[1]), [("CD3", 2), ("CD8", 2), ("CD3: CD8", 2), ("CD20", 0)]);
}

#[test]
fn positive_cells_of_one_class_and_of_three_degrees_are_summed() {
    let text = "Image\tClass\tROI\tNum Tumor: Positive\tNum Tumor: Negative\na\tTumor\tPolygon\t4\t6";
    let record = &records(text).unwrap()[0];
    assert_eq!(record.n_cells, Some(10));
    assert!(
        record.counts.contains(&("Positive".to_owned(), Some(4)))
            && record.counts.contains(&("Tumor".to_owned(), Some(10)))
    );
    let text = "Image\tClass\tROI\tNum Negative\tNum 1+\tNum 2+\tNum 3+\na\tTumor\tPolygon\t1\t2\t3\t4";
    let record = &records(text).unwrap()[0];
    assert_eq!((record.n_cells, record.counts.last().unwrap()), (Some(10), &("Positive".to_owned(), Some(9))));
}

#[test]
fn an_annotation_within_one_of_its_class_is_not_counted_again() {
    let text = "Image\tName\tClassification\tParent\tROI\tNum Detections\tArea µm^2\n\
        a\t\tTissue\tRoot object (Image)\tPolygon\t9\t90\n\
        a\t\tTumor\tAnnotation (Tissue)\tPolygon\t5\t50\n\
        a\t\tTumor\tAnnotation (Tumor)\tPolygon\t2\t20";
    assert!(recognise(&preview(text)).unwrap().notes.iter().any(|it| it.contains("lie in others")));
    let told: Vec<_> = records(text).unwrap().into_iter().map(|it| (it.region.unwrap(), it.n_cells)).collect();
    assert_eq!(told, [("Tissue".to_owned(), Some(4)), ("Tumor".to_owned(), Some(5))]);
}

#[test]
fn points_and_lines_are_no_regions() {
    let text =
        "Name\tClass\tROI\tNum points\tNum Detections\tArea µm^2\nP\tP\tPoints\t7\t0\tNaN\nT\tT\tPolygon\tNaN\t3\t10";
    assert_eq!(records(text).unwrap().len(), 1);
}

#[test]
fn areas_are_in_the_unit_of_the_header() {
    for (name, unit) in [
        ("Area px^2", units::SQUARE_PIXEL),
        ("Area µm^2", AreaUnit::SquareMicrometre),
        ("Area.µm.2", AreaUnit::SquareMicrometre),
        ("Area..m.2", AreaUnit::SquareMicrometre),
    ] {
        let columns = Columns::of(&Header::new(vec![name.to_owned()]));
        assert_eq!(columns.area, Some((0, unit)), "{name}");
    }
    assert_eq!(units::length("mm"), None::<LengthUnit>);
}

#[test]
fn a_count_that_is_none_is_named() {
    let error = records("Name\tClass\tROI\tNum Detections\nT\tT\tPolygon\tmany").unwrap_err().to_string();
    assert!(error.contains("row 2, column 'Num Detections': found 'many'"), "{error}");
}

#[test]
fn tables_of_cells_and_of_other_things_are_not_of_this_format() {
    for text in [
        "Image\tObject type\tName\tClassification\tParent\tCentroid X µm\tCentroid Y µm\na\tCell\t\tT\tImage\t1\t2",
        "Name\tNum children\tage\nsomebody\t3\t40",
        "Image\tArea µm^2\na\t3",
        "",
    ] {
        assert!(recognise(&preview(text)).is_none(), "{text}");
    }
}

const NESTED: &str = "Image\tName\tClassification\tParent\tROI\tNum Detections\tNum CD8\tArea µm^2\n";

#[test]
fn what_lies_in_another_annotation_is_taken_off_that_one_alone() {
    let told = records(&format!(
        "{NESTED}a\t\tTissue\tRoot object (Image)\tPolygon\t90\t30\t900\n\
         a\tT1\tTumor\tAnnotation (Tissue)\tPolygon\t50\t20\t500\n\
         a\t\tTumor\tAnnotation (T1)\tPolygon\t9\t9\t90\n\
         a\t\tNecrosis*\tAnnotation (T1)\tPolygon\t5\t0\t50\n\
         b\t\tTissue\tRoot object (Image)\tPolygon\t7\t1\t70"
    ))
    .unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|it| (it.region.as_deref().unwrap(), it.area.unwrap(), it.n_cells.unwrap(), counts_of(it)[0].1))
        .collect();
    assert_eq!(
        told,
        [("Tissue", 400.0, 40, 10), ("Tumor", 450.0, 45, 20), ("Necrosis", 50.0, 5, 0), ("Tissue", 70.0, 7, 1)]
    );
}

#[test]
fn an_annotation_in_one_of_several_and_one_larger_than_its_parent_are_refused() {
    let tissue = "a\t\tTissue\tImage\tPolygon\t9\t3\t90\n";
    let refused = |rows: &str| records(&format!("{NESTED}{tissue}{rows}")).unwrap_err().to_string();
    let several = refused(&format!("{tissue}a\tX\tTumor\tTissue\tPolygon\t5\t2\t50"));
    assert!(
        several.contains("row 4: annotation 'X' lies within one of several 'Tissue'; give the outlines"),
        "{several}"
    );
    for (row, what) in [("10\t2\t50", "'all'"), ("5\t4\t50", "'CD8'"), ("5\t2\t91", "area")] {
        let error = refused(&format!("a\tX\tTumor\tTissue\tPolygon\t{row}"));
        assert!(error.contains("row 3: annotation 'X'") && error.contains(what), "{error}");
    }
}

#[test]
fn a_row_with_the_name_of_its_image_is_about_the_image() {
    for name in ["a.ome.tif", "a", "a.ome"] {
        let image = records(&format!("Image\tName\tNum Detections\tNum Negative\na.ome.tif\t{name}\t3\t3")).unwrap();
        assert_eq!(image[0].region, None, "{name}");
    }
    let other = records("Image\tName\tNum Detections\tNum Negative\nab.tif\ta\t3\t3").unwrap();
    assert_eq!(other[0].region.as_deref(), Some("a"));
}
