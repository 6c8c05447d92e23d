//! Cells of CODEX as the Nolan laboratory's tools write them, and as R writes them again (`X.X` for `X:X`).
//!
//! `Region` is a core of a tissue microarray there, not a tissue: it is the sample where no `File Name` is. A name such as
//! `BALBc-3_X05_Y03` is a tile of the sample `BALBc-3`.

use super::{
    CellLayout, Certainty, Coordinate, Format, Header, Layout, Position, Preview, Recognised, SampleWords,
    shared_columns,
};

pub(super) const FORMAT: Format = Format {
    name: "codex-nolan",
    description: "CODEX: cells with X:X, Y:Y and the name or number of their cluster",
    recognise,
};

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    // By the exact name: a column `XX` has the same key.
    let exact = |names: [&str; 2]| header.names().iter().position(|it| names.contains(&it.as_str()));
    let (x, y) = (exact(["X:X", "X.X"])?, exact(["Y:Y", "Y.Y"])?);
    let name = header.find("ClusterName");
    let number = header.find("Imaging phenotype cluster ID");
    let intensities = markers(header);
    if name.or(number).is_none() && intensities.is_empty() {
        return None;
    }
    let tile = header.find("sample_Xtile_Ytile");
    let image = header.find("File Name");
    let mut notes = Vec::new();
    if let (None, Some(number)) = (name, number) {
        let column = header.name(number);
        notes.push(format!(
            "column '{column}' numbers the clusters; a map of two columns without a header, number and name, comes with it"
        ));
    }
    if tile.or(image).is_none() && header.has_all(&["Region", "TMA_AB"]) {
        notes.push(
            "column 'Region' is the sample; cores of one number on two arrays ('TMA_AB') are not told apart".to_owned(),
        );
    }
    let layout = CellLayout {
        sample: tile.or(image).or_else(|| header.find("Region")),
        sample_words: if tile.is_some() { SampleWords::BeforeTile } else { SampleWords::Plain },
        patient: header.find("patients"),
        field: tile,
        phenotypes: name.or(number).map(shared_columns::plain_label).into_iter().collect(),
        position: Some(Position {
            x: Coordinate::Column(x),
            y: Coordinate::Column(y),
            unit: shared_columns::PIXELS,
            unit_source: "CODEX measures in pixels".to_owned(),
        }),
        intensities,
        ..CellLayout::default()
    };
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes })
}

/// Markers that say in which cycle they were stained: `CD8 - cytotoxic T cells:Cyc_3_ch_2`.
fn markers(header: &Header) -> Vec<(String, usize)> {
    let marker = |name: &str| {
        let staining = name.find(":Cyc_").or_else(|| name.find(".Cyc_"))?;
        let words = &name[..staining];
        let end = words.find(" - ").or_else(|| words.find("...")).unwrap_or(words.len());
        let marker = words[..end].trim();
        (!marker.is_empty() && !shared_columns::is_nuclear_stain(marker)).then(|| marker.to_owned())
    };
    header.names().iter().enumerate().filter_map(|(column, name)| Some((marker(name)?, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(text: &str) -> (CellLayout, Vec<String>) {
        match recognise(&Preview::of_tsv("codex.csv", text)) {
            Some(Recognised { layout: Layout::Cells(layout), notes, .. }) => (layout, notes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_region_is_a_core_and_never_a_tissue() {
        let (layout, notes) =
            recognised("CellID\tFile Name\tRegion\tTMA_AB\tpatients\tX:X\tY:Y\tClusterName\n1\treg001_A\treg001\tA\t1");
        assert_eq!((layout.sample, layout.patient, layout.region), (Some(1), Some(4), None));
        assert_eq!(layout.phenotypes, [shared_columns::plain_label(7)]);
        assert!(notes.is_empty());
        let (layout, notes) = recognised("Region\tTMA_AB\tX:X\tY:Y\tClusterName");
        assert_eq!((layout.sample, layout.region, notes.len()), (Some(0), None, 1));
    }

    #[test]
    fn a_tile_is_a_field_of_its_sample_and_numbers_want_a_map() {
        let (layout, notes) = recognised("Imaging.phenotype.cluster.ID\tCD45\tX.X\tY.Y\tZ.Z\tsample_Xtile_Ytile");
        assert_eq!((layout.sample, layout.field), (Some(5), Some(5)));
        assert_eq!(layout.sample_words.sample("BALBc-3_X05_Y03"), "BALBc-3");
        assert_eq!(layout.phenotypes, [shared_columns::plain_label(0)]);
        assert!(notes[0].contains("numbers the clusters"), "{notes:?}");
    }

    #[test]
    fn stained_channels_are_markers_under_their_names_alone() {
        let text = "HOECHST1:Cyc_1_ch_1\tCD44 - stroma:Cyc_2_ch_2\tCD8...cytotoxic.Cyc_3_ch_2\tX:X\tY:Y\tsize:size";
        let (layout, _) = recognised(text);
        assert_eq!(layout.intensities, [("CD44".to_owned(), 1), ("CD8".to_owned(), 2)]);
        assert!(layout.phenotypes.is_empty());
    }

    #[test]
    fn coordinates_alone_or_other_names_are_not_enough() {
        assert_eq!(recognise(&Preview::of_tsv("", "X:X\tY:Y")), None);
        assert_eq!(recognise(&Preview::of_tsv("", "XX\tYY\tClusterName")), None);
    }
}
