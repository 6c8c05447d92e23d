//! Cells of Vizgen MERSCOPE: `cell_metadata.csv`. Lengths are µm in the coordinates of the experiment.
//!
//! A field of view is a tile of the microscope here, without an area of its own, so that it is no field to count in.

use super::{Certainty, Format, Layout, LengthUnit, Preview, Recognised, shared_columns};

pub(super) const FORMAT: Format = Format {
    name: "merscope",
    description: "Vizgen MERSCOPE: metadata of the cells (cell_metadata.csv), in µm",
    recognise,
};

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    // The id is `EntityID`; before, it had no name.
    header.has_all(&["fov", "volume", "min_x", "max_x"]).then_some(())?;
    let centres = [["center_x", "center_y"]];
    let position = shared_columns::position(header, &centres, LengthUnit::Micrometre, "MERSCOPE measures in µm")?;
    let mut layout = shared_columns::joined(header);
    layout.position = Some(position);
    let mut notes = Vec::new();
    if layout.sample.is_none() {
        let problem = "no column names the sample: the file does, and every MERSCOPE run calls it 'cell_metadata'";
        notes.push(problem.to_owned());
    }
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_known_with_and_without_a_name_for_their_id() {
        for id in ["EntityID", ""] {
            let text = format!("{id}\tfov\tvolume\tcenter_x\tcenter_y\tmin_x\tmax_x\tmin_y\tmax_y");
            let found = recognise(&Preview::of_tsv("cell_metadata.csv", &text)).unwrap();
            let Layout::Cells(layout) = found.layout else { panic!() };
            assert_eq!(layout.position.unwrap().unit, LengthUnit::Micrometre);
            assert_eq!((layout.field, layout.sample), (None, None));
            assert_eq!(found.notes.len(), 1);
        }
    }
}
