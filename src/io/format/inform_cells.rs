//! inForm's table of cells, `…_cell_seg_data.txt`: one row a cell of a field, with its tissue category and phenotype.
//!
//! Tables that were merged may hold rows that sum cells up; their `Cell ID` is `all`. A cell without phenotype was not
//! phenotyped, which is not the same as negative.

use super::layout::{Layout, PhenotypeColumn};
use super::preview::Preview;
use super::{Certainty, Format, Recognised, inform_columns, key, phenoptr_consolidated};

/// inForm's table of cells.
pub(super) const FORMAT: Format =
    Format { name: "inform-cells", description: "inForm: cell segmentation data, one row a cell", recognise };

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let is_other = inform_columns::is_summary(preview) || !phenoptr_consolidated::markers(preview).is_empty();
    if !inform_columns::are_of_inform(header) || is_other {
        return None;
    }
    // `Phenotype`, and `Phenotype-<scheme>` where cells were phenotyped by more than one scheme.
    let columns = (0..header.len()).filter(|&it| {
        let name = header.name(it);
        key(name) == "phenotype" || name.starts_with("Phenotype-") || name.starts_with("Phenotype.")
    });
    let phenotypes: Vec<PhenotypeColumn> = columns.map(|it| inform_columns::phenotype(preview, it)).collect();
    let mut notes = Vec::new();
    if phenotypes.is_empty() {
        notes.push("no column says what a cell is".to_owned());
    }
    let layout = inform_columns::cells(preview, phenotypes)?;
    let version = header.names().iter().find_map(|it| it.strip_prefix("inForm ")).map(str::to_owned);
    Some(Recognised { certainty: Certainty::Certain, version, layout: Layout::Cells(layout), notes })
}

#[cfg(test)]
mod tests {
    use super::super::layout::LengthUnit;
    use super::super::layout::{CellLayout, Coordinate, LabelWords, RegionColumn, RegionWords, SampleWords};
    use super::*;

    fn layout(text: &str) -> (CellLayout, Recognised) {
        let known = recognise(&Preview::of_tsv("s.txt", text)).expect("is of this format");
        let Layout::Cells(layout) = known.layout.clone() else { panic!("holds cells") };
        (layout, known)
    }

    const HEADER: &str = "Path\tSample Name\tTissue Category\tPhenotype\tCell ID\tTotal Cells\tTissue Category Area (pixels)\t\
        Cell Density (per megapixel)\tCell X Position\tCell Y Position\tNucleus Area (pixels)\tSlide ID\tConfidence\tinForm 2.4.2";

    #[test]
    fn the_columns_of_a_table_in_pixels_are_found() {
        let (layout, known) =
            layout(&format!("{HEADER}\nC:\\x\tS1_[10,20].im3\tTumor\tCD8+\t1\t\t\t\t82\t30\t160\tS1\t9 %\t"));
        assert_eq!(known.version.as_deref(), Some("2.4.2"));
        assert_eq!((layout.sample, layout.sample_words, layout.field), (Some(11), SampleWords::Plain, Some(1)));
        assert_eq!(layout.region, Some(RegionColumn { column: 2, words: RegionWords::Plain }));
        assert_eq!(layout.phenotypes, [PhenotypeColumn::Label { column: 3, words: LabelWords::Plain }]);
        let position = layout.position.unwrap();
        assert_eq!((position.x, position.y), (Coordinate::Column(8), Coordinate::Column(9)));
        assert_eq!(position.unit, LengthUnit::Pixel { documented_microns_per_pixel: Some(0.5) });
        assert_eq!(layout.not_a_cell, Some((4, "all".to_owned())));
        assert!(known.notes.is_empty());
    }

    #[test]
    fn without_a_slide_the_name_of_the_field_holds_the_sample() {
        let (layout, _) =
            layout(&format!("{HEADER}\nC:\\x\tS1_[10,20].im3\tTumor\tCD8+\t1\t\t\t\t82\t30\t160\t\t9 %\t"));
        assert_eq!((layout.sample, layout.sample_words), (Some(1), SampleWords::InformField));
    }

    #[test]
    fn schemes_are_phenotypes_and_the_tissue_category_may_be_absent() {
        let (layout, known) = layout(
            "Annotation ID\tCell ID\tCell X Position\tCell Y Position\tPhenotype-CD8\tPhenotype-PDL1\n\
             a\t1\t1\t2\tCD8+\tPDL1+\na\t2\t1\t2\tCD8-\tOther",
        );
        assert_eq!(
            layout.phenotypes,
            [
                PhenotypeColumn::Positivity { column: 4, marker: "CD8".to_owned() },
                PhenotypeColumn::Label { column: 5, words: LabelWords::Plain },
            ]
        );
        assert_eq!((layout.region, layout.field, layout.sample), (None, Some(0), None));
        assert_eq!((layout.position.unwrap().unit, known.notes.len()), (LengthUnit::Micrometre, 0));
    }

    #[test]
    fn a_merged_table_with_sums_is_of_cells_and_one_with_sums_alone_is_not() {
        let cell = "C\tF\tTumor\tCD8+\t1\t\t\t\t1\t2\t3\tS1\t\t";
        let sum = "C\tF\tTumor\tCD8+\tall\t9\t900\t10\t\t\t\tS1\t\t";
        assert_eq!(layout(&format!("{HEADER}\n{cell}\n{sum}")).0.not_a_cell, Some((4, "all".to_owned())));
        assert!(recognise(&Preview::of_tsv("s.txt", &format!("{HEADER}\n{sum}"))).is_none());
    }

    #[test]
    fn tables_of_other_programs_are_not_of_this_format() {
        for text in [
            "Sample Name\tCell ID\tCell X Position\tCell Y Position\tPhenotype CD8\nF\t1\t1\t2\tCD8+",
            "Cell ID\tCell X Position\tCell Y Position\n1\t1\t2",
            "Sample Name\tPhenotype\nF\tCD8+",
        ] {
            assert!(recognise(&Preview::of_tsv("s.txt", text)).is_none(), "{text}");
        }
    }
}
