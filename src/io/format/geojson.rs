//! Outlines of regions as `QuPath` exports them: a collection of features, an array of them, or a single one.

use super::{Certainty, Format, Layout, Preview, Recognised};

pub(super) const FORMAT: Format =
    Format { name: "qupath-geojson", description: "QuPath annotations as GeoJSON: outlines of regions", recognise };

fn recognise(preview: &Preview) -> Option<Recognised> {
    let keys = preview.header.names();
    let has = |key: &str| keys.iter().any(|it| it == key);
    (preview.json && has("type") && ["features", "geometry", "coordinates"].into_iter().any(has)).then(|| Recognised {
        certainty: Certainty::Certain,
        version: None,
        layout: Layout::Outlines,
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_features_and_bare_geometries_are_known() {
        for keys in ["type\tfeatures", "type\tid\tgeometry\tproperties", "type\tcoordinates"] {
            let mut preview = Preview::of_tsv("a.geojson", keys);
            assert_eq!(recognise(&preview), None, "a table");
            preview.json = true;
            assert_eq!(recognise(&preview).unwrap().layout, Layout::Outlines, "{keys}");
        }
        let other = Preview { json: true, ..Preview::of_tsv("a.json", "type\tversion") };
        assert_eq!(recognise(&other), None);
    }
}
