//! phenoptrReports' consolidated table: inForm's cells in µm, with a column for each marker: `CD8+`, `CD8-`, or nothing.

use super::layout::{Layout, PhenotypeColumn};
use super::preview::Preview;
use super::{Certainty, Format, Recognised, inform_columns, key};

/// phenoptrReports' consolidated table.
pub(super) const FORMAT: Format = Format {
    name: "phenoptr-consolidated",
    description: "phenoptrReports: consolidated data, one row a cell",
    recognise,
};

fn recognise(preview: &Preview) -> Option<Recognised> {
    let markers = markers(preview);
    if markers.is_empty() || !inform_columns::are_of_inform(&preview.header) || inform_columns::is_summary(preview) {
        return None;
    }
    let phenotypes = markers.into_iter().map(|(column, marker)| PhenotypeColumn::Positivity { column, marker });
    let layout = inform_columns::cells(preview, phenotypes.collect())?;
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes: Vec::new() })
}

/// Columns that say whether a cell is positive for a marker, with the marker; none where inForm's own `Phenotype` is left.
pub(super) fn markers(preview: &Preview) -> Vec<(usize, String)> {
    let header = &preview.header;
    if (0..header.len()).any(|it| header.key(it) == key("Phenotype")) {
        return Vec::new();
    }
    let named = header.names().iter().enumerate().filter_map(|(column, name)| {
        let marker = match name.strip_prefix("Phenotype ") {
            Some(marker) => marker,
            // After R, as inForm's `Phenotype-<scheme>` is: told from it by its signs.
            None => name.strip_prefix("Phenotype.").filter(|_| is_of_signs(preview, column))?,
        };
        (!marker.trim().is_empty()).then(|| (column, marker.trim().to_owned()))
    });
    named.collect()
}

/// Whether the first rows hold words that end in a sign, and nothing else.
fn is_of_signs(preview: &Preview, column: usize) -> bool {
    let mut values = preview.values(column).peekable();
    values.peek().is_some() && values.all(|it| it.ends_with(['+', '-']))
}

#[cfg(test)]
mod tests {
    use super::super::layout::CellLayout;
    use super::super::layout::LengthUnit;
    use super::*;

    fn layout(text: &str) -> Option<CellLayout> {
        match recognise(&Preview::of_tsv("c.txt", text))?.layout {
            Layout::Cells(layout) => Some(layout),
            _ => None,
        }
    }

    #[test]
    fn each_marker_has_a_column_of_its_own() {
        let layout = layout(
            "tag\tPath\tSample Name\tTissue Category\tCell ID\tCell X Position\tCell Y Position\tNucleus DAPI Mean\tSlide ID\tPhenotype CD8\tPhenotype Helper_T\n\
             0\tC\tF.im3\tTumor\t1\t1.5\t2\t3\tS1\tCD8+\tHelper_T-\n0\tC\tF.im3\tTumor\t2\t1.5\t2\t3\tS1\t\t#N/A",
        )
        .unwrap();
        let markers = [(9, "CD8"), (10, "Helper_T")];
        let positivity =
            |(column, marker): (usize, &str)| PhenotypeColumn::Positivity { column, marker: marker.to_owned() };
        assert_eq!(layout.phenotypes, markers.map(positivity));
        assert_eq!(layout.position.unwrap().unit, LengthUnit::Micrometre);
        assert_eq!((layout.sample, layout.field), (Some(8), Some(2)));
    }

    #[test]
    fn names_after_r_are_told_by_their_values() {
        let header = "Sample.Name\tCell.ID\tCell.X.Position\tCell.Y.Position\tPhenotype.CD8";
        assert!(layout(&format!("{header}\nF\t1\t1\t2\tCD8-")).is_some());
        assert!(layout(&format!("{header}\nF\t1\t1\t2\tOther")).is_none());
    }

    #[test]
    fn tables_of_inform_are_not_of_this_format() {
        let header = "Sample Name\tCell ID\tCell X Position\tCell Y Position";
        for text in [
            format!("{header}\tPhenotype\nF\t1\t1\t2\tCD8+"),
            format!("{header}\tPhenotype-CD8\nF\t1\t1\t2\tCD8+"),
            format!("{header}\tPhenotype\tPhenotype CD8\nF\t1\t1\t2\tCD8+\tCD8+"),
            format!("{header}\nF\t1\t1\t2"),
        ] {
            assert!(layout(&text).is_none(), "{text}");
        }
    }
}
