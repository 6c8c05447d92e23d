//! Files that belong to an export but hold no cells, and tables for another command: what is said of them.

use super::{Preview, shared_columns};
use crate::model::Synonyms;
use crate::table::column::{CELLS_PER_MM2, MARKER, N_CELLS, REGION};

/// How such a file is known, and what is said of it.
type Companion = (fn(&Preview) -> bool, &'static str);

const COMPANIONS: &[Companion] = &[
    (
        is_densities,
        "is a table of densities: there is nothing to count in it; it is scored as it is, by contexture score",
    ),
    (
        is_workflow,
        "is a phenotype workflow of scimap, which holds no cells; give it with --rules beside the table of cells: \
         contexture count cells.csv --rules phenotype_workflow.csv",
    ),
    (
        is_rules,
        "is a table of phenotype rules, which holds no cells; give it with --rules beside the table of cells: \
         contexture count cells.csv --rules rules.tsv",
    ),
    (
        is_gates,
        "is a table of gates, which holds no cells; give it with --gates beside the table of cells whose intensities they \
         cut: contexture count cells.csv --gates gates.csv",
    ),
    (
        is_cluster_map,
        "has no header and holds no cells; it looks like a map from the numbers of clusters to their names, to be given \
         beside the table of cells",
    ),
    (
        is_intensities,
        "holds intensities of objects without their positions and phenotypes; give the table of all measurements (of \
         steinbock: 'steinbock export csv intensities regionprops')",
    ),
];

/// What a file is that no format fits, and what to do with it; absent if that is not known either.
pub(super) fn problem(preview: &Preview) -> Option<String> {
    let mut known = COMPANIONS.iter().filter(|_| !preview.json);
    known.find(|(is_this, _)| is_this(preview)).map(|(_, problem)| (*problem).to_owned())
}

/// Densities without counts, long or wide.
fn is_densities(preview: &Preview) -> bool {
    let header = &preview.header;
    let synonyms = Synonyms::default();
    let long = header.has_all(&[REGION, MARKER, CELLS_PER_MM2]) && header.find(N_CELLS).is_none();
    long || header.names().iter().any(|it| synonyms.component(it).is_some())
}

/// scimap's `phenotype_workflow.csv`: parent and phenotype without names, then `pos` or `neg` for each marker.
fn is_workflow(preview: &Preview) -> bool {
    const WORDS: [&str; 6] = ["pos", "neg", "allpos", "allneg", "anypos", "anyneg"];
    let columns = preview.header.len();
    let mut rules = (2..columns).flat_map(|it| preview.values(it)).peekable();
    let unnamed = |column: usize| ["", "unnamed0", "unnamed1"].contains(&preview.header.key(column));
    columns > 2 && unnamed(0) && unnamed(1) && rules.peek().is_some() && rules.all(|it| WORDS.contains(&it))
}

/// The table of rules: `phenotype` and `rule`.
fn is_rules(preview: &Preview) -> bool {
    preview.header.has_all(&["phenotype", "rule"])
}

/// scimap's gates: `markers`, then a column of numbers for all images or for each.
fn is_gates(preview: &Preview) -> bool {
    let columns = preview.header.len();
    columns > 1
        && ["markers", "marker"].contains(&preview.header.key(0))
        && (1..columns).all(|it| shared_columns::holds_numbers(preview, it))
}

/// Number and name of a cluster on every line, the first of which is taken for the header.
fn is_cluster_map(preview: &Preview) -> bool {
    let [number, name] = preview.header.names() else { return false };
    let is_number = |it: &str| it.trim().parse::<u64>().is_ok();
    is_number(number) && !is_number(name) && preview.values(0).all(is_number)
}

/// steinbock's or imctools' `Object` with a number for each channel.
fn is_intensities(preview: &Preview) -> bool {
    let columns = preview.header.len();
    columns > 1
        && preview.header.find("Object").is_some()
        && preview.header.find("centroid-0").is_none()
        && (0..columns).all(|it| preview.header.key(it) == "image" || shared_columns::holds_numbers(preview, it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_cells_are_called_by_what_they_are() {
        for (text, words) in [
            ("patient_id\tregion\tmarker\tcells_per_mm2\np\tCT\tCD3\t5", "contexture score"),
            ("patient_id\tcd3_ct\tcd8_im\np\t5\t6", "contexture score"),
            ("\t\tCD45\tCD8A\nall\tImmune\tpos\t\nImmune\tCD8 T\t\tallpos", "--rules phenotype_workflow.csv"),
            ("phenotype\trule\nT cell\tCD3+", "--rules rules.tsv"),
            ("markers\timage_1\nCD45\t6.4", "--gates gates.csv"),
            ("9626\tplasma cells\n9593\tB cells", "map from the numbers"),
            ("Object\tCD3\tCD8\n1\t0.5\t2", "without their positions"),
        ] {
            let problem = problem(&Preview::of_tsv("", text));
            assert!(problem.as_ref().is_some_and(|it| it.contains(words)), "{text}: {problem:?}");
        }
    }

    #[test]
    fn other_tables_are_not_guessed_at() {
        for text in
            ["a\tb\n1\t2", "1\t2\n3\t4", "markers\timage_1\nCD45\thigh", "\t\tCD45\na\tb\tperhaps", "\t\tCD45", ""]
        {
            assert_eq!(problem(&Preview::of_tsv("", text)), None, "{text}");
        }
    }
}
