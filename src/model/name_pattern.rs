//! What a file's name says of its content: `CL_{cohort}_ID_{patient}_AG_{marker}_*`.
//!
//! A pattern is literal text, `{name}` for a part that is wanted, and `*` for anything. It matches the whole name, without
//! its folder. Where several divisions fit, each `{name}` from left to right takes the shortest text that lets the rest
//! match: in `{patient}_{marker}`, `P_1_CD8` is the patient `P` and the marker `1_CD8`; in `{patient}_CD{marker}` it is the
//! patient `P_1`. An extension such as `.csv` or `.tsv.gz` is part of the name only if the pattern ends with one.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};

/// Extensions of the files that are read.
const EXTENSIONS: [&str; 6] = [".csv", ".tsv", ".txt", ".parquet", ".geojson", ".json"];
/// Extensions of compressed files, behind another.
const COMPRESSED: [&str; 2] = [".gz", ".zst"];

/// A pattern of file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    parts: Vec<Part>,
    has_extension: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// At least one letter.
    Capture(String),
    Anything,
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if it names a folder, names nothing, names one part twice, has two parts with no text
    /// between them, or has a brace without its partner.
    pub fn parse(pattern: &str) -> Result<Self> {
        let parts = parts(pattern)
            .map_err(|problem| Error::Unanswerable { problem: format!("file name pattern '{pattern}': {problem}") })?;
        Ok(Self { parts, has_extension: pattern.ends_with(".*") || without_extension(pattern).len() < pattern.len() })
    }

    /// The parts of a file's name, by what the pattern calls them; absent if the name does not match.
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::model::NamePattern;
    ///
    /// let pattern = NamePattern::parse("{patient}_{marker}_*")?;
    /// let parts = pattern.captures("P07_CD8_scan2.csv").expect("the name matches");
    /// assert_eq!(parts["patient"], "P07");
    /// assert_eq!(parts["marker"], "CD8");
    /// assert!(pattern.captures("overview.csv").is_none());
    /// # Ok::<(), contexture::error::Error>(())
    /// ```
    pub fn captures(&self, file_name: &str) -> Option<BTreeMap<String, String>> {
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let name = if self.has_extension { name } else { without_extension(name) };
        let matching = self.matching(name);
        let mut captures = BTreeMap::new();
        let mut start = 0;
        for (at, part) in self.parts.iter().enumerate() {
            let end = match part {
                _ if !matching[at][start] => return None,
                Part::Literal(literal) => start + literal.len(),
                Part::Capture(_) => first_true(&matching[at + 1], start + 1)?,
                Part::Anything => first_true(&matching[at + 1], start)?,
            };
            if let Part::Capture(capture) = part {
                captures.insert(capture.clone(), name[start..end].to_owned());
            }
            start = end;
        }
        Some(captures)
    }

    /// For each part, and for the end of the pattern: whether the pattern from there on matches the name from each byte
    /// on. Filled from the end, so the time grows with the length of the pattern times that of the name.
    fn matching(&self, name: &str) -> Vec<Vec<bool>> {
        let mut matching = vec![vec![false; name.len() + 1]; self.parts.len() + 1];
        matching[self.parts.len()][name.len()] = true;
        for (at, part) in self.parts.iter().enumerate().rev() {
            let mut some_later = false;
            for start in (0..=name.len()).rev().filter(|&it| name.is_char_boundary(it)) {
                let rest = matching[at + 1][start];
                matching[at][start] = match part {
                    Part::Literal(literal) => {
                        name[start..].starts_with(literal) && matching[at + 1][start + literal.len()]
                    }
                    Part::Capture(_) => some_later,
                    Part::Anything => some_later || rest,
                };
                some_later |= rest;
            }
        }
        matching
    }
}

fn first_true(places: &[bool], from: usize) -> Option<usize> {
    (from..places.len()).find(|&it| places[it])
}

fn parts(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut names = BTreeSet::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let (part, length) = match letter {
            '/' | '\\' => return Err("it names a folder; only the name of the file is matched".to_owned()),
            '}' => return Err("a '}' has no '{' before it".to_owned()),
            '*' => (Part::Anything, 1),
            '{' => {
                let end = rest.find('}').ok_or("a '{' is not closed")?;
                let name = &rest[1..end];
                if name.is_empty() || !name.chars().all(|it| it.is_alphanumeric() || it == '_') {
                    return Err(format!("'{{{name}}}' holds something else than letters, digits and _"));
                }
                if !names.insert(name) {
                    return Err(format!("'{{{name}}}' stands twice"));
                }
                (Part::Capture(name.to_owned()), end + 1)
            }
            _ => {
                let end = rest.find(['/', '\\', '}', '*', '{']).unwrap_or(rest.len());
                (Part::Literal(rest[..end].to_owned()), end)
            }
        };
        if let (Some(Part::Capture(_) | Part::Anything), Part::Capture(_) | Part::Anything) = (parts.last(), &part) {
            return Err("two parts have no text between them, so nothing says where one ends".to_owned());
        }
        parts.push(part);
        rest = &rest[length..];
    }
    if names.is_empty() {
        return Err("it names no part; write for instance {patient}_{marker}".to_owned());
    }
    Ok(parts)
}

/// A name without the extension of its format.
fn without_extension(name: &str) -> &str {
    let without = |name: &'_ str, extensions: &[&str]| {
        let length = extensions.iter().find_map(|it| {
            let start = name.len().checked_sub(it.len())?;
            name.get(start..)?.eq_ignore_ascii_case(it).then_some(start)
        });
        length.unwrap_or(name.len())
    };
    let plain = &name[..without(name, &COMPRESSED)];
    &plain[..without(plain, &EXTENSIONS)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn captures(pattern: &str, name: &str) -> Option<Vec<(String, String)>> {
        NamePattern::parse(pattern).unwrap().captures(name).map(|it| it.into_iter().collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_separator_may_stand_inside_of_a_part() {
        let pattern = "CL_{cohort}_ID_{patient}_AG_{marker}_*";
        for (name, cohort, patient, marker) in [
            ("CL_COAD_PRI_ID_ZZZ_12ab_AG_PD1_code_Ant-Bee_PD1val_RESULT.txt", "COAD_PRI", "ZZZ_12ab", "PD1"),
            ("CL_HNSC_ID_1X2Y3Z_AG_FoxP3_code_Some_Animal_FOXP3val_RESULT.txt", "HNSC", "1X2Y3Z", "FoxP3"),
            ("CL_A_ID_B_ID_C_AG_CD3_AG_x.txt", "A", "B_ID_C", "CD3"),
            ("folder/CL_A_ID_B_AG_CD3_", "A", "B", "CD3"),
        ] {
            let expected = Some(pairs(&[("cohort", cohort), ("marker", marker), ("patient", patient)]));
            assert_eq!(captures(pattern, name), expected, "{name}");
        }
        for name in ["CL_A_ID_B_AG_CD3.txt", "CL__ID_B_AG_CD3_x.txt", "XCL_A_ID_B_AG_CD3_x.txt", "", "CL_A_ID__AG_CD3_"]
        {
            assert_eq!(captures(pattern, name), None, "{name}");
        }
    }

    #[test]
    fn the_shortest_part_is_given_up_where_the_rest_would_not_match() {
        assert_eq!(captures("{a}_{b}", "1_2_3"), Some(pairs(&[("a", "1"), ("b", "2_3")])));
        assert_eq!(captures("{a}_{b}_x", "1_x_2_x"), Some(pairs(&[("a", "1"), ("b", "x_2")])));
        assert_eq!(captures("{a}_2_{b}", "1_2_2_2_3"), Some(pairs(&[("a", "1"), ("b", "2_2_3")])));
        assert_eq!(captures("*-{a}", "x-y-z"), Some(pairs(&[("a", "y-z")])));
        assert_eq!(captures("{région}é{b}", "aéé"), Some(pairs(&[("b", "é"), ("région", "a")])));
    }

    #[test]
    fn an_extension_is_matched_only_if_the_pattern_has_one() {
        assert_eq!(captures("{a}_{b}", "S1_CD8.csv"), Some(pairs(&[("a", "S1"), ("b", "CD8")])));
        assert_eq!(captures("{a}_{b}", "S1_CD8.TSV.gz"), Some(pairs(&[("a", "S1"), ("b", "CD8")])));
        assert_eq!(captures("{a}_{b}", "S1_CD8.v2"), Some(pairs(&[("a", "S1"), ("b", "CD8.v2")])));
        assert_eq!(captures("{a}_{b}.csv", "S1_CD8.csv"), Some(pairs(&[("a", "S1"), ("b", "CD8")])));
        assert_eq!(captures("{a}_{b}.csv", "S1_CD8.tsv"), None);
        assert_eq!(captures("{a}_{b}.*", "S1_CD8.tsv.gz"), Some(pairs(&[("a", "S1"), ("b", "CD8")])));
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (pattern, why) in [
            ("", "names no part"),
            ("*.csv", "names no part"),
            ("{a}{b}", "no text between"),
            ("{a}*", "no text between"),
            ("{a", "not closed"),
            ("a}_{b}", "no '{' before"),
            ("{}", "letters, digits"),
            ("{a b}", "letters, digits"),
            ("{a}_{a}", "'{a}' stands twice"),
            ("x/{a}", "names a folder"),
        ] {
            let problem = NamePattern::parse(pattern).unwrap_err().to_string();
            assert!(problem.contains(why), "{pattern}: {problem}");
        }
    }

    #[test]
    fn many_ways_to_fail_take_no_long_time() {
        let pattern = (0..40).map(|it| format!("{{n{it}}}a")).collect::<Vec<_>>().concat() + "b";
        assert_eq!(captures(&pattern, &"a".repeat(2000)), None);
    }

    proptest! {
        #[test]
        fn the_parts_put_together_are_the_name(name in "[ab_é]{0,12}", pattern in "[ab_]{0,2}\\{x\\}[ab_]{1,2}\\{y\\}[ab_]{0,2}") {
            if let Some(parts) = NamePattern::parse(&pattern).unwrap().captures(&name) {
                prop_assert!(!parts["x"].is_empty() && !parts["y"].is_empty());
                prop_assert_eq!(pattern.replace("{x}", &parts["x"]).replace("{y}", &parts["y"]), name);
            }
        }

        #[test]
        fn a_name_made_from_a_pattern_matches_it(x in "[ab_.é]{1,5}", y in "[ab_.é]{1,5}", between in "[ab_é]{1,3}") {
            let pattern = NamePattern::parse(&format!("{{x}}{between}{{y}}")).unwrap();
            let parts = pattern.captures(&format!("{x}{between}{y}"));
            prop_assert!(parts.is_some_and(|it| it["x"].len() <= x.len()));
        }

        #[test]
        fn any_pattern_is_read_or_refused(pattern in ".{0,20}", name in ".{0,20}") {
            if let Ok(pattern) = NamePattern::parse(&pattern) {
                let _ = pattern.captures(&name);
            }
        }
    }
}
