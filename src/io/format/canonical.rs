//! The table `cells` of contexture itself: one row a cell.
//!
//! `sample_id`, `patient_id`, `field_id`, `region`, `x_um` and `y_um` (or `x_px` and `y_px`), `signed_distance_um`; what a
//! cell is says `phenotype`, or a column for each marker: 1, 0, or empty where it is unknown. A marker's column that holds
//! other numbers holds intensities.

use super::{
    CellLayout, Certainty, Format, Header, Layout, LengthUnit, Measured, PhenotypeColumn, Preview, Recognised,
    shared_columns,
};
use crate::model::Synonyms;
use crate::table::column::{AREA_MM2, N_CELLS};

pub(super) const FORMAT: Format =
    Format { name: "contexture-cells", description: "contexture's own table of cells", recognise };

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let is_of_regions = header.find_any(&[N_CELLS, AREA_MM2, "area_um2"]).is_some();
    if is_of_regions && !is_of_cells(header) {
        return None;
    }
    let mut layout = shared_columns::joined(header);
    layout.position = position(header);
    if layout.sample.is_none() && layout.position.is_none() && layout.region.is_none() {
        return None;
    }
    add_markers(preview, &mut layout);
    if layout.phenotypes.is_empty() {
        return None;
    }
    layout.patient = layout.patient.or_else(|| header.find("patient"));
    layout.field = header.find("field_id");
    layout.signed_distance = header.find("signed_distance_um").map(|column| Measured {
        column,
        unit: LengthUnit::Micrometre,
        unit_source: format!("header '{}'", header.name(column)),
    });
    let mut notes = Vec::new();
    if let (None, Some(patient)) = (layout.sample, layout.patient) {
        layout.sample = Some(patient);
        notes.push("there is no column 'sample_id': a patient is one sample".to_owned());
    }
    // Programs' own tables may have a sample or a region joined to them; nobody else writes these coordinates.
    let certainty = if layout.position.is_some() { Certainty::Certain } else { Certainty::Likely };
    Some(Recognised { certainty, version: None, layout: Layout::Cells(layout), notes })
}

/// Whether the header has a column that only a row about one cell can fill.
pub(super) fn is_of_cells(header: &Header) -> bool {
    header.find_any(&["cell_id", "phenotype", "cell_type"]).is_some() || position(header).is_some()
}

fn position(header: &Header) -> Option<super::Position> {
    let by =
        |names: [&str; 2], unit| shared_columns::position(header, &[names], unit, &format!("header '{}'", names[0]));
    by(["x_um", "y_um"], LengthUnit::Micrometre).or_else(|| by(["x_px", "y_px"], shared_columns::PIXELS))
}

fn add_markers(preview: &Preview, layout: &mut CellLayout) {
    let synonyms = Synonyms::default();
    for (column, name) in preview.header.names().iter().enumerate() {
        let Some(marker) = synonyms.marker(name) else { continue };
        let is_sign =
            |value: &str| value.strip_suffix(['+', '-']).and_then(|it| synonyms.marker(it)) == Some(marker.clone());
        let says_whether = |value: &str| {
            ["0", "1", "0.0", "1.0", "true", "false", "pos", "neg"].iter().any(|it| it.eq_ignore_ascii_case(value))
                || is_sign(value)
        };
        if preview.values(column).all(says_whether) {
            let marker = name.trim().trim_end_matches('+').to_owned();
            layout.phenotypes.push(PhenotypeColumn::Positivity { column, marker });
        } else if shared_columns::holds_numbers(preview, column) {
            layout.intensities.push((name.clone(), column));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Option<(Certainty, CellLayout, Vec<String>)> {
        let found = recognise(&Preview::of_tsv("cells.tsv", text))?;
        let Layout::Cells(layout) = found.layout else { panic!() };
        Some((found.certainty, layout, found.notes))
    }

    fn positivity(column: usize, marker: &str) -> PhenotypeColumn {
        PhenotypeColumn::Positivity { column, marker: marker.to_owned() }
    }

    #[test]
    fn every_column_of_the_table_is_read() {
        let text = "sample_id\tcell_id\tx_um\ty_um\tphenotype\tregion\tsigned_distance_um\tpatient_id\tfield_id";
        let (certainty, layout, notes) = cells(text).unwrap();
        assert_eq!(certainty, Certainty::Certain);
        assert_eq!((layout.sample, layout.patient, layout.field), (Some(0), Some(7), Some(8)));
        assert_eq!(layout.region, Some(shared_columns::plain_region(5)));
        assert_eq!(layout.phenotypes, [shared_columns::plain_label(4)]);
        assert_eq!(layout.signed_distance.unwrap().column, 6);
        let position = layout.position.unwrap();
        assert_eq!((position.unit, position.unit_source.as_str()), (LengthUnit::Micrometre, "header 'x_um'"));
        assert!(notes.is_empty());
    }

    #[test]
    fn a_column_a_marker_says_whether_and_other_numbers_are_intensities() {
        let text = "sample_id\tCD8\tFOXP3+\tPD-L1\tCD68\tCD20\tCD3\n\
            a\t1\ttrue\tPD-L1+\t0.5\t\tCD8+\n\
            a\t0\t\tpdl1-\t1\t\tCD8-";
        let (certainty, layout, _) = cells(text).unwrap();
        assert_eq!(certainty, Certainty::Likely);
        assert_eq!(
            layout.phenotypes,
            [positivity(1, "CD8"), positivity(2, "FOXP3"), positivity(3, "PD-L1"), positivity(5, "CD20")]
        );
        assert_eq!(layout.intensities, [("CD68".to_owned(), 4)]);
    }

    #[test]
    fn whether_may_be_written_with_a_decimal() {
        let (_, layout, _) = cells("sample_id\tCD8\tCD3\na\t1.0\t1.0\na\t0.0\t0.5").unwrap();
        assert_eq!(layout.phenotypes, [positivity(1, "CD8")]);
        assert_eq!(layout.intensities, [("CD3".to_owned(), 2)]);
    }

    #[test]
    fn pixels_are_said_by_the_header_and_a_patient_may_be_the_sample() {
        let (_, layout, notes) = cells("patient\tx_px\ty_px\tphenotype\n1\t161.0\t36.0\tTumor").unwrap();
        assert_eq!(layout.position.unwrap().unit, shared_columns::PIXELS);
        assert_eq!((layout.sample, layout.patient, notes.len()), (Some(0), Some(0), 1));
    }

    #[test]
    fn tables_of_regions_and_cells_that_nothing_is_known_of_are_not_this() {
        for text in [
            "sample_id\tregion\tCD8\tarea_mm2",
            "sample_id\tregion\tmarker\tn_cells",
            "sample_id\tregion\tx_um\ty_um",
            "phenotype\tX\tY\ttumor_ids",
            "patient_id\tCD8\tage\np1\t1\t60",
            "",
        ] {
            assert!(cells(text).is_none(), "{text}");
        }
        assert!(cells("sample_id\tphenotype\tx_um\ty_um\tarea_um2").is_some(), "the area of each cell");
    }
}
