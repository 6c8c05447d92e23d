//! Cells of 10x Xenium: `cells.csv.gz` or `cells.parquet`. Lengths are µm.

use super::{Certainty, Format, Layout, LengthUnit, Preview, Recognised, shared_columns};

pub(super) const FORMAT: Format =
    Format { name: "xenium", description: "10x Xenium: cells.csv.gz or cells.parquet, in µm", recognise };

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    header.has_all(&["cell_id", "transcript_counts"]).then_some(())?;
    let centroids = [["x_centroid", "y_centroid"]];
    let position = shared_columns::position(header, &centroids, LengthUnit::Micrometre, "Xenium measures in µm")?;
    let mut layout = shared_columns::joined(header);
    layout.position = Some(position);
    let mut notes = Vec::new();
    if layout.sample.is_none() {
        notes.push("no column names the sample: the file does, and every Xenium run calls it 'cells'".to_owned());
    }
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "cell_id\tx_centroid\ty_centroid\ttranscript_counts\ttotal_counts\tcell_area\tnucleus_area";

    #[test]
    fn lengths_are_micrometres() {
        let found = recognise(&Preview::of_tsv("cells.csv.gz", HEADER)).unwrap();
        let Layout::Cells(layout) = found.layout else { panic!() };
        assert_eq!(layout.position.unwrap().unit, LengthUnit::Micrometre);
        assert!(found.notes[0].contains("'cells'"));
    }

    #[test]
    fn phenotypes_and_samples_may_be_joined() {
        let text = format!("{HEADER}\tsample_id\tcell_type");
        let found = recognise(&Preview::of_tsv("cells.csv.gz", &text)).unwrap();
        let Layout::Cells(layout) = found.layout else { panic!() };
        assert_eq!((layout.sample, layout.phenotypes), (Some(7), vec![shared_columns::plain_label(8)]));
        assert!(found.notes.is_empty());
    }
}
