use super::*;
use crate::io::format::LabelWords;

fn read(text: &str) -> Result<Mapping> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mapping.toml");
    std::fs::write(&path, text).unwrap();
    Mapping::read(&path)
}

fn header(names: &str) -> Header {
    Header::new(names.split(',').map(|it| it.trim_matches('"').to_owned()).collect())
}

fn layout(mapping: &str, names: &str) -> CellLayout {
    read(mapping).unwrap().layout(Path::new("cells.csv"), &header(names)).unwrap()
}

fn label(column: usize) -> PhenotypeColumn {
    PhenotypeColumn::Label { column, words: LabelWords::Plain }
}

#[test]
fn the_example_in_the_documentation_is_a_mapping() {
    let lines = include_str!("../generic.rs").lines().map_while(|it| it.strip_prefix("//!"));
    let example: Vec<&str> =
        lines.skip_while(|it| it.trim() != "```toml").skip(1).take_while(|it| it.trim() != "```").collect();
    let found = layout(&example.join("\n"), "Slide,Case,Tissue,Cell class,X,Y,CD8 status,PDL1 membrane OD");
    assert_eq!((found.sample, found.patient, found.phenotypes.len()), (Some(0), Some(1), 2));
    let unit = LengthUnit::Pixel { documented_microns_per_pixel: Some(0.5) };
    assert_eq!(found.position.map(|it| it.unit), Some(unit));
    assert_eq!(found.intensities, [("PD-L1".to_owned(), 7)]);
}

#[test]
fn a_marker_a_column_and_an_unnamed_index_as_in_the_lung_cohort_of_mxfda() {
    let names = r#""","X","image_id","patient_id","cell_id","patientImage_id","x","y","gender","phenotype_ck","phenotype_cd8","tissue_category""#;
    let mapping = "sample = \"patientImage_id\"\npatient = \"patient_id\"\nregion = \"tissue_category\"\n\
        x = \"x\"\ny = \"y\"\nlength_unit = \"um\"\n\
        [positivity]\nCK = \"phenotype_ck\"\nCD8 = \"phenotype_cd8\"\n";
    let found = layout(mapping, names);
    let positivity = |column, marker: &str| PhenotypeColumn::Positivity { column, marker: marker.to_owned() };
    assert_eq!(found.phenotypes, [positivity(10, "CD8"), positivity(9, "CK")]);
    assert_eq!((found.sample, found.patient, found.region.map(|it| it.column)), (Some(5), Some(3), Some(11)));
    let position = found.position.unwrap();
    assert_eq!((position.x, position.y), (Coordinate::Column(6), Coordinate::Column(7)), "'X' is a row number there");
    assert_eq!((position.unit, position.unit_source.as_str()), (LengthUnit::Micrometre, "mapping file"));
}

#[test]
fn cores_that_are_numbered_in_their_tumour_as_in_the_cohort_of_tipc() {
    let mapping = "sample = \"tumor_ids\"\nfield = \"core_ids\"\nphenotype = [\"Phenotype\"]\n\
        x = \"X\"\ny = \"Y\"\nlength_unit = \"px\"\n";
    let found = layout(mapping, "Phenotype,X,Y,tumor_ids,core_ids");
    assert_eq!((found.sample, found.field, found.phenotypes), (Some(3), Some(4), vec![label(0)]));
    let unit = LengthUnit::Pixel { documented_microns_per_pixel: None };
    assert_eq!(found.position.map(|it| it.unit), Some(unit));
}

#[test]
fn one_image_a_patient_as_in_the_breast_cohort_of_mibi() {
    let mapping = "sample = \"patient\"\npatient = \"patient\"\nphenotype = [\"phenotype\"]\n\
        x = \"x_px\"\ny = \"y_px\"\nlength_unit = \"px\"\nmicrons_per_pixel = 0.39\n";
    let found = layout(mapping, "patient,x_px,y_px,phenotype");
    assert_eq!((found.sample, found.patient, found.phenotypes), (Some(0), Some(0), vec![label(3)]));
}

#[test]
fn boxes_distances_and_areas_have_their_units() {
    let mapping = "sample_from_file_name = true\nphenotype = [\"class\"]\nx_min = \"l\"\nx_max = \"r\"\ny_min = \"t\"\n\
        y_max = \"b\"\nlength_unit = \"px\"\nmicrons_per_pixel = 0.25\nsigned_distance = \"d\"\nregion_area = \"a\"\n\
        area_unit = \"px2\"\n";
    let found = layout(mapping, "class,l,r,t,b,d,a");
    let position = found.position.unwrap();
    assert_eq!((position.x, position.y), (Coordinate::Middle(1, 2), Coordinate::Middle(3, 4)));
    assert_eq!(found.signed_distance.unwrap().unit, position.unit);
    let unit = AreaUnit::SquarePixel { documented_microns_per_pixel: Some(0.25) };
    assert_eq!(found.region_area.map(|it| (it.column, it.unit)), Some((6, unit)));
    assert_eq!(found.sample, None);
}

#[test]
fn a_column_that_is_not_there_is_named_with_the_one_that_is_alike() {
    let mapping = read("sample = \"Slide\"\nphenotype = [\"Phenotypes\"]\n").unwrap();
    let error = mapping.layout(Path::new("cells.csv"), &header("Slide,Phenotype,X")).unwrap_err().to_string();
    assert_eq!(error, "'cells.csv' has no column 'Phenotypes' (found: Slide, Phenotype, X); did you mean 'Phenotype'?");
}

#[test]
fn a_mapping_that_lacks_or_contradicts_itself_is_refused() {
    const CELLS: &str = "sample = \"s\"\nphenotype = [\"p\"]\n";
    for (text, problem) in [
        (String::new(), "give sample"),
        ("phenotype = [\"p\"]\n".to_owned(), "give sample"),
        (format!("{CELLS}sample_from_file_name = true\n"), "one of them"),
        ("sample = \"s\"\n".to_owned(), "give phenotype"),
        (format!("{CELLS}x = \"x\"\nlength_unit = \"um\"\n"), "give x and y"),
        (format!("{CELLS}x = \"x\"\ny = \"y\"\nx_min = \"l\"\n"), "give x and y"),
        (format!("{CELLS}x_min = \"x\"\nx_max = \"y\"\n"), "give x and y"),
        (format!("{CELLS}x = \"x\"\ny = \"y\"\n"), "length_unit goes with"),
        (format!("{CELLS}length_unit = \"um\"\n"), "length_unit goes with"),
        (format!("{CELLS}signed_distance = \"d\"\n"), "length_unit goes with"),
        (format!("{CELLS}region_area = \"a\"\n"), "area_unit goes with"),
        (
            format!("{CELLS}x = \"x\"\ny = \"y\"\nlength_unit = \"um\"\nmicrons_per_pixel = 0.5\n"),
            "nothing is in pixels",
        ),
        (format!("{CELLS}x = \"x\"\ny = \"y\"\nlength_unit = \"px\"\nmicrons_per_pixel = nan\n"), "greater than 0"),
        (format!("{CELLS}regoin = \"r\"\n"), "line 3: unknown field 'regoin'"),
        (format!("{CELLS}length_unit = \"mm\"\n"), "line 3: unknown variant 'mm'"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(problem), "{text}: {error}");
    }
}
