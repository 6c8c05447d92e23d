//! Cells of `NanoString` `CosMx`: `*_metadata_file.csv`. Positions are pixels of the whole slide; `cell_ID` begins anew in
//! every field of view.

use super::{Certainty, Format, Layout, LengthUnit, Preview, Recognised, shared_columns};

pub(super) const FORMAT: Format =
    Format { name: "cosmx", description: "NanoString CosMx: metadata of the cells (*_metadata_file.csv)", recognise };

/// Length of a pixel in µm that the maker documents for its instrument.
const MICRONS_PER_PIXEL: f64 = 0.120_28;

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let field = header.find("fov")?;
    let centres = [["CenterX_global_px", "CenterY_global_px"]];
    let unit = LengthUnit::Pixel { documented_microns_per_pixel: Some(MICRONS_PER_PIXEL) };
    let position = shared_columns::position(header, &centres, unit, "header 'CenterX_global_px'")?;
    let mut layout = shared_columns::joined(header);
    layout.sample = layout.sample.or_else(|| header.find("Run_Tissue_name"));
    layout.field = Some(field);
    layout.position = Some(position);
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::format::Coordinate;

    const HEADER: &str = "fov\tcell_ID\tArea\tCenterX_local_px\tCenterY_local_px\tCenterX_global_px\tCenterY_global_px";

    #[test]
    fn the_place_on_the_slide_is_used_and_the_scale_is_documented() {
        let found = recognise(&Preview::of_tsv("S1_metadata_file.csv", HEADER)).unwrap();
        let Layout::Cells(layout) = found.layout else { panic!() };
        let position = layout.position.unwrap();
        assert_eq!((position.x, position.y), (Coordinate::Column(5), Coordinate::Column(6)));
        assert_eq!(position.unit, LengthUnit::Pixel { documented_microns_per_pixel: Some(0.12028) });
        assert_eq!(layout.field, Some(0));
    }

    #[test]
    fn places_in_the_field_alone_are_not_enough() {
        assert_eq!(recognise(&Preview::of_tsv("", "fov\tcell_ID\tCenterX_local_px\tCenterY_local_px")), None);
    }
}
