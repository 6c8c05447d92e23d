//! Observations of an `AnnData` object (`adata.obs`) as scimap leaves them, saved as CSV.
//!
//! pandas writes the index as a first column without a name; it is no marker and no id.

use super::{Certainty, Format, Layout, Preview, Recognised, shared_columns};

pub(super) const FORMAT: Format = Format {
    name: "anndata-obs",
    description: "scimap, AnnData: table of observations (adata.obs) with imageid and phenotype",
    recognise,
};

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let mut layout = shared_columns::joined(header);
    let of_spatial = [["spatial_x", "spatial_y"]];
    if let Some(position) = shared_columns::position(header, &of_spatial, shared_columns::PIXELS, "obsm['spatial']") {
        // An AnnData file with coordinates: what its cells are, the user's own column says.
        layout.position = Some(position);
        layout.sample = layout.sample.or_else(|| header.find_any(&["imageid", "library_id", "sample"]));
        let certainty = if layout.phenotypes.is_empty() { Certainty::Likely } else { Certainty::Certain };
        return Some(Recognised { certainty, version: None, layout: Layout::Cells(layout), notes: Vec::new() });
    }
    let sample = header.find("imageid")?;
    let phenotype = header.find("phenotype")?;
    layout.sample = Some(sample);
    layout.phenotypes = vec![shared_columns::plain_label(phenotype)];
    // What scverse calls `region` is the name of an image layer.
    layout.region = header.find("ROI").map(shared_columns::plain_region);
    let centroids = [["X_centroid", "Y_centroid"]];
    layout.position =
        shared_columns::position(header, &centroids, shared_columns::PIXELS, "scimap keeps MCMICRO's pixels");
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::format::Coordinate;

    #[test]
    fn the_unnamed_index_is_not_used() {
        let text = "\tX_centroid\tY_centroid\tCellID\timageid\tROI\tphenotype\ns_1\t1\t2\t1\ts\tCT\tCD8 T";
        let Layout::Cells(layout) = recognise(&Preview::of_tsv("obs.csv", text)).unwrap().layout else { panic!() };
        assert_eq!(layout.sample, Some(4));
        assert_eq!(layout.region, Some(shared_columns::plain_region(5)));
        assert_eq!(layout.phenotypes, [shared_columns::plain_label(6)]);
        assert_eq!(layout.position.unwrap().x, Coordinate::Column(1));
        assert!(layout.intensities.is_empty());
    }

    #[test]
    fn a_layer_of_spatialdata_is_no_region_and_coordinates_may_lack() {
        let text = "imageid\tphenotype\tregion\ns\tCD8 T\tcell_circles";
        let Layout::Cells(layout) = recognise(&Preview::of_tsv("obs.csv", text)).unwrap().layout else { panic!() };
        assert_eq!((layout.region, layout.position), (None, None));
    }
}
