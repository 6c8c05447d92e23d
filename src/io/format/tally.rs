//! What `contexture count` wrote for a part of a cohort, to be gathered.

use super::{Certainty, Format, Layout, Preview, Recognised};

pub(super) const FORMAT: Format =
    Format { name: "contexture-tally", description: "counts of contexture count for a part of a cohort", recognise };

/// The key that stands in every tally.
const KEY: &str = "contexture_tally";

fn recognise(preview: &Preview) -> Option<Recognised> {
    (preview.json && preview.header.names().iter().any(|it| it == KEY)).then(|| Recognised {
        certainty: Certainty::Certain,
        version: None,
        layout: Layout::Tally,
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_json_with_its_key() {
        let table = Preview::of_tsv("tally.json", "contexture_tally\tcounts");
        assert_eq!(recognise(&table), None);
        assert_eq!(recognise(&Preview { json: true, ..table }).unwrap().layout, Layout::Tally);
    }
}
