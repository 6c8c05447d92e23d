//! Phenotype rules: a table with the columns `phenotype`, `rule` and, if some are below another, `parent`; or scimap's
//! phenotype workflow, which MCMICRO passes on. Which of the two a file is, its columns say.
//!
//! The workflow has the parent in its first column, the phenotype in its second, both often without a name, and then a
//! column a marker:
//!
//! | in the workflow | here |
//! | --- | --- |
//! | `pos`, `allpos` | all of these markers are positive |
//! | `neg`, `allneg` | all of these markers are negative |
//! | `anypos`, `anyneg` | one of these markers at least is |
//! | several of them in a row | all of that together |
//! | parent `all` | no parent |
//! | parent `X-rest` | the cells of X that are none of the phenotypes listed below X |
//! | a phenotype listed below several parents | holds below any of them |
//!
//! scimap differs in four ways. It gives a cell one phenotype, the one with the greatest mean of rescaled intensities among
//! those below a parent and then the one of the last parent in the file; here a cell is of every phenotype whose rule it
//! fulfils, parents too. It takes the mean over the kinds of gates in a row, so that a `neg` far below its gate may make up
//! for a `pos` that is not fulfilled; here all must be. A cell that fulfils one of several `pos` and not the others may be `likely-` of
//! the phenotype there, and is not of it here. It knows the phenotypes of earlier rows only as parents; here the order of
//! rows does not matter.

use std::path::Path;

use super::suggestion::did_you_mean;
use super::text::TextFile;
use crate::error::{Error, Result};
use crate::model::{Expression, PhenotypeRules, RuleProblem, RuleText, means_absent};

const PHENOTYPE: &str = "phenotype";
const RULE: &str = "rule";
const PARENT: &str = "parent";

/// The workflow's word for no parent.
const ALL: &str = "all";
/// Ending of the workflow's word for the cells that are none of the phenotypes below a parent.
const REST: &str = "-rest";
/// Columns of the workflow before its markers: parent and phenotype.
const BEFORE_MARKERS: usize = 2;

/// Reads phenotype rules.
///
/// # Errors
///
/// As [`TextFile`]; [`Error::Value`] if a cell holds no gate of a workflow, or a name is missing; [`Error::Duplicate`] if a
/// phenotype stands twice below one parent; [`Error::UnusableFile`] with the row if a rule or its parent cannot be used.
pub fn read(path: &Path) -> Result<PhenotypeRules> {
    let table = Columns::read(path)?;
    let rules = match (table.find(PHENOTYPE), table.find(RULE)) {
        (Some(phenotype), Some(rule)) => written(&table, phenotype, rule)?,
        _ => workflow(&table)?,
    };
    let names: Vec<String> = rules.iter().map(|it| it.name.clone()).collect();
    let parents: Vec<Option<String>> = rules.iter().map(|it| it.parent.clone()).collect();
    PhenotypeRules::new(rules).map_err(|RuleProblem { at, repeats, problem }| {
        let row = table.lines[at];
        if let Some(first) = repeats {
            let what = format!("phenotype '{}'", names[at]);
            return Error::Duplicate { path: path.to_owned(), first: table.lines[first], second: row, what };
        }
        let stranger = parents[at].as_ref().filter(|it| !names.contains(it));
        let hint = stranger.map(|it| did_you_mean(it, names.iter().map(String::as_str))).unwrap_or_default();
        Error::UnusableFile { path: path.to_owned(), problem: format!("row {row}: {problem}{hint}") }
    })
}

/// The rules of a table that holds them as text.
fn written(table: &Columns<'_>, phenotype: usize, rule: usize) -> Result<Vec<RuleText>> {
    let parent = table.find(PARENT);
    (0..table.lines.len())
        .map(|row| {
            Ok(RuleText {
                name: table.required(phenotype, row, "the name of a phenotype")?.to_owned(),
                parent: parent.and_then(|it| table.cell(it, row)).map(str::to_owned),
                rule: table.required(rule, row, "a rule such as CD3+ & CD8+")?.to_owned(),
            })
        })
        .collect()
}

/// The rules of a workflow.
fn workflow(table: &Columns<'_>) -> Result<Vec<RuleText>> {
    if table.names.len() <= BEFORE_MARKERS {
        let problem = format!(
            "holds no phenotype rules: expected the columns phenotype and rule, or a workflow with a parent, a phenotype and \
             a column a marker (found: {})",
            table.names.join(", ")
        );
        return Err(Error::UnusableFile { path: table.path.to_owned(), problem });
    }
    let rows = 0..table.lines.len();
    let parents: Vec<&str> =
        rows.clone().map(|row| table.required(0, row, "a phenotype, or all")).collect::<Result<_>>()?;
    let names: Vec<&str> =
        rows.clone().map(|row| table.required(1, row, "the name of a phenotype")).collect::<Result<_>>()?;
    let gates: Vec<String> = rows.clone().map(|row| gates(table, row)).collect::<Result<_>>()?;
    Ok(rows
        .map(|row| {
            let is_known = |it: &str| it == ALL || names.contains(&it);
            let base = parents[row].strip_suffix(REST).filter(|it| is_known(it) && !names.contains(&parents[row]));
            let others = parents.iter().zip(&gates).filter(|(parent, _)| Some(**parent) == base);
            let rule = others.fold(gates[row].clone(), |rule, (_, other)| format!("{rule} & !({other})"));
            let parent = Some(base.unwrap_or(parents[row])).filter(|it| *it != ALL).map(str::to_owned);
            RuleText { name: names[row].to_owned(), parent, rule }
        })
        .collect())
}

/// What a row of a workflow asks of its markers.
fn gates(table: &Columns<'_>, row: usize) -> Result<String> {
    let (mut all, mut any_positive, mut any_negative) = (Vec::new(), Vec::new(), Vec::new());
    for column in BEFORE_MARKERS..table.names.len() {
        let marker = Expression::of_name(&table.names[column]);
        match table.cell(column, row) {
            None => {}
            Some("pos" | "allpos") => all.push(marker.to_string()),
            Some("neg" | "allneg") => all.push(format!("!{marker}")),
            Some("anypos") => any_positive.push(marker.to_string()),
            Some("anyneg") => any_negative.push(format!("!{marker}")),
            Some(other) => {
                let expected = "pos, neg, allpos, allneg, anypos, anyneg or an empty cell, as in a phenotype workflow; rules \
                                that are text stand in the columns phenotype and rule";
                return Err(table.value_error(column, row, other, expected));
            }
        }
    }
    for any in [any_positive, any_negative] {
        all.extend((!any.is_empty()).then(|| format!("({})", any.join(" | "))));
    }
    if all.is_empty() {
        return Err(table.value_error(1, row, &table.names_of(row), "a phenotype with a gate for one marker at least"));
    }
    Ok(all.join(" & "))
}

/// A table whose columns are known by their place, for the first two of a workflow have no name.
struct Columns<'a> {
    path: &'a Path,
    names: Vec<String>,
    lines: Vec<usize>,
    cells: Vec<Vec<Option<String>>>,
}

impl<'a> Columns<'a> {
    fn read(path: &'a Path) -> Result<Self> {
        let file = TextFile::open(path)?;
        let names = file.header().to_vec();
        let all: Vec<usize> = (0..names.len()).collect();
        let mut table = Self { path, lines: Vec::new(), cells: vec![Vec::new(); names.len()], names };
        file.for_each_row(&all, |line, fields| {
            table.lines.push(usize::try_from(line).unwrap_or(usize::MAX));
            for (at, column) in table.cells.iter_mut().enumerate() {
                column.push(Some(fields.text(at).into_owned()).filter(|it| !means_absent(it)));
            }
            Ok(())
        })?;
        if table.lines.is_empty() {
            let problem = "has a header and no rows, expected a phenotype rule in each".to_owned();
            return Err(Error::UnusableFile { path: path.to_owned(), problem });
        }
        Ok(table)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|it| it.eq_ignore_ascii_case(name))
    }

    fn cell(&self, column: usize, row: usize) -> Option<&str> {
        self.cells[column][row].as_deref()
    }

    fn required(&self, column: usize, row: usize, expected: &str) -> Result<&str> {
        self.cell(column, row).ok_or_else(|| self.value_error(column, row, "", expected))
    }

    /// Parent and phenotype of a row of a workflow.
    fn names_of(&self, row: usize) -> String {
        (0..BEFORE_MARKERS).filter_map(|it| self.cell(it, row)).collect::<Vec<_>>().join(", ")
    }

    fn value_error(&self, column: usize, row: usize, found: &str, expected: &str) -> Error {
        let name = &self.names[column];
        Error::Value {
            path: self.path.to_owned(),
            row: self.lines[row],
            column: if name.is_empty() { (column + 1).to_string() } else { name.clone() },
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::State;

    fn read(text: &str) -> Result<PhenotypeRules> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.csv");
        fs::write(&path, text).unwrap();
        super::read(&path)
    }

    /// The phenotypes that a cell is of which is positive for these markers and negative for all others.
    fn phenotypes<'a>(rules: &'a PhenotypeRules, positive: &[&str]) -> Vec<&'a str> {
        let states = rules.states(|it| if positive.contains(&it) { State::Positive } else { State::Negative });
        rules.names().zip(states).filter(|(_, state)| *state == State::Positive).map(|(name, _)| name).collect()
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        let rules =
            read("phenotype;rule;parent\nT;CD3+;\nTc;CD8+ & FOXP3-;T\n\"B \"\"x\"\"\";CD20 | \"HLA DR\";NA\n").unwrap();
        assert_eq!(rules.names().collect::<Vec<_>>(), ["T", "Tc", "B \"x\""]);
        assert_eq!(rules.atoms().into_iter().collect::<Vec<_>>(), ["CD20", "CD3", "CD8", "FOXP3", "HLA DR"]);
        assert_eq!(phenotypes(&rules, &["CD3", "CD8"]), ["T", "Tc"]);
        assert_eq!(phenotypes(&rules, &["CD8", "HLA DR"]), ["B \"x\""]);
    }

    /// The traits of a real workflow: byte order mark, no names, a phenotype below two parents, the rest of a phenotype.
    const WORKFLOW: &str = "\u{feff},,CD3,CD4,CD8,CD20,CD68,HLA-DR,PD-L1\r\n\
                            all,Immune,anypos,,,anypos,anypos,,\r\n\
                            all,Checked,,,,,,anyneg,anyneg\r\n\
                            Immune,T,pos,,,neg,,,\r\n\
                            Immune,Myeloid,,,,,pos,,\r\n\
                            Myeloid,T,pos,,,,,,\r\n\
                            T,T help,,pos,neg,,,,\r\n\
                            T-rest,T other,allpos,,,allneg,,,\r\n\
                            all-rest,Naked,,,,,neg,,\r\n";

    #[test]
    fn a_workflow_becomes_rules() {
        let rules = read(WORKFLOW).unwrap();
        let names = ["Immune", "Checked", "T", "Myeloid", "T help", "T other", "Naked"];
        assert_eq!(rules.names().collect::<Vec<_>>(), names);
        let all = ["HLA-DR", "PD-L1"];
        let with = |markers: &[&'static str]| phenotypes(&rules, &[markers, &all[..]].concat());
        assert_eq!(with(&["CD3", "CD4"]), ["Immune", "T", "T help"]);
        assert_eq!(with(&["CD3", "CD4", "CD8"]), ["Immune", "T", "T other"]);
        assert_eq!(with(&["CD3", "CD20"]), ["Immune"], "T of the immune cells is negative for CD20");
        assert_eq!(with(&["CD3", "CD20", "CD68"]), ["Immune", "T", "Myeloid"], "T of the myeloid cells is not");
        assert_eq!(with(&["CD4"]), ["Naked"]);
        assert_eq!(phenotypes(&rules, &["HLA-DR"]), ["Checked"]);
        let nothing_known = rules.states(|_| State::Unknown);
        assert_eq!(nothing_known, [State::Unknown; 7]);
    }

    #[test]
    fn a_workflow_may_name_its_first_columns() {
        let named = WORKFLOW.replacen(",,CD3", "parent,phenotype,CD3", 1);
        assert_eq!(read(&named).unwrap(), read(WORKFLOW).unwrap());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_row() {
        for (text, problem) in [
            ("phenotype,rule\nT,CD3+ CD8+\n", "row 2: phenotype 'T': rule 'CD3+ CD8+'"),
            ("phenotype,rule\nT,CD3\nB,CD20\nT,CD8\n", "rows 2 and 4: phenotype 'T' stands twice"),
            ("phenotype,rule,parent\nTcell,CD3,\nTc,CD8,Tcells\n", "row 3: the parent of phenotype 'Tc', 'Tcells'"),
            ("phenotype,rule,parent\nTcell,CD3,\nTc,CD8,Tcells\n", "did you mean 'Tcell'?"),
            ("phenotype,rule,parent\nA,a,B\nB,b,A\n", "row 2: phenotypes are below each other in a circle"),
            ("phenotype,rule\nT,\n", "row 2, column 'rule': found ''"),
            ("phenotype,rules\nT,CD3\n", "expected the columns phenotype and rule"),
            ("phenotype,parent,rules\nT,all,CD3\n", "row 2, column 'rules': found 'CD3', expected pos"),
            (",,CD3\nall,T,yes\n", "row 2, column 'CD3': found 'yes'"),
            (",,CD3\nall,T,\n", "row 2, column '2': found 'all, T'"),
            (",,CD3\n,T,pos\n", "row 2, column '1'"),
            (",,CD3\nall,T,pos\nB-rest,Tc,pos\n", "'B-rest', is no phenotype"),
            (",,CD3,CD8\nall,T,pos,\nall,T,,pos\n", "rows 2 and 3: phenotype 'T' stands twice"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
