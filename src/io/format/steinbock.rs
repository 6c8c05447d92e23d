//! Region properties of steinbock, and the cell table of ark-analysis, both of scikit-image: `centroid-0` is the row (y),
//! `centroid-1` the column (x), in pixels.

use super::{Certainty, Format, Header, Layout, Preview, Recognised, shared_columns};

pub(super) const FORMAT: Format = Format {
    name: "steinbock",
    description: "steinbock region properties, or the cell table of ark-analysis, in pixels",
    recognise,
};

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let ark = header.has_all(&["fov", "label", "cell_size"]);
    (ark || header.has_all(&["Object", "area"])).then_some(())?;
    let centroids = [["centroid-1", "centroid-0"]];
    let position =
        shared_columns::position(header, &centroids, shared_columns::PIXELS, "scikit-image measures in pixels")?;
    let mut layout = shared_columns::joined(header);
    layout.sample = layout.sample.or_else(|| header.find(if ark { "fov" } else { "Image" }));
    layout.position = Some(position);
    if layout.phenotypes.is_empty() {
        layout.phenotypes.extend(header.find("cell_meta_cluster").map(shared_columns::plain_label));
    }
    if !ark {
        layout.intensities = markers(preview);
    }
    Some(Recognised {
        certainty: Certainty::Certain,
        version: Some(if ark { "cell table of ark-analysis" } else { "region properties" }.to_owned()),
        layout: Layout::Cells(layout),
        notes: vec!["'centroid-0' is read as the row (y) and 'centroid-1' as the column (x)".to_owned()],
    })
}

/// What an export puts between the object and its first property: the intensities of all channels.
fn markers(preview: &Preview) -> Vec<(String, usize)> {
    let header: &Header = &preview.header;
    let (Some(object), Some(area)) = (header.find("Object"), header.find("area")) else { return Vec::new() };
    let columns = (object + 1..area)
        .filter(|&it| !shared_columns::is_nuclear_stain(header.name(it)) && shared_columns::holds_numbers(preview, it));
    columns.map(|it| (header.name(it).to_owned(), it)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::format::{CellLayout, Coordinate};

    fn cells(text: &str) -> CellLayout {
        match recognise(&Preview::of_tsv("image.csv", text)).map(|it| it.layout) {
            Some(Layout::Cells(layout)) => layout,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_centroid_is_the_row() {
        for text in ["Object\tarea\tcentroid-0\tcentroid-1", "Object\tarea\tcentroid.0\tcentroid.1"] {
            let layout = cells(text);
            let position = layout.position.unwrap();
            assert_eq!((position.x, position.y), (Coordinate::Column(3), Coordinate::Column(2)));
            assert!(layout.sample.is_none() && layout.intensities.is_empty());
        }
    }

    #[test]
    fn a_cell_table_of_ark_names_its_images_and_clusters() {
        let layout = cells("fov\tlabel\tcell_size\tcentroid-0\tcentroid-1\tcell_meta_cluster");
        assert_eq!((layout.sample, layout.phenotypes), (Some(0), vec![shared_columns::plain_label(5)]));
        assert_eq!(layout.position.unwrap().x, Coordinate::Column(4));
    }

    #[test]
    fn an_export_of_all_images_has_intensities_before_the_properties() {
        let layout = cells("Image\tObject\tDNA1\tCD8\tarea\tcentroid-0\tcentroid-1\teccentricity");
        assert_eq!((layout.sample, layout.intensities), (Some(0), vec![("CD8".to_owned(), 3)]));
    }

    #[test]
    fn intensities_without_positions_are_no_cells() {
        assert_eq!(recognise(&Preview::of_tsv("image.csv", "Object\tCD3\tCD8\tarea")), None);
    }
}
