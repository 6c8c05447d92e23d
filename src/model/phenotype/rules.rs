//! Named rules, some of them below another: the phenotypes of a study.

use std::collections::BTreeSet;

use super::{Expression, State};
use crate::error::Error;

/// A rule as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// The phenotype.
    pub name: String,
    /// The phenotype that the cell has to be as well; absent if the rule says all.
    pub parent: Option<String>,
    /// The rule, as [`Expression::parse`] reads it.
    pub rule: String,
}

/// Why rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct RuleProblem {
    /// Place of the rule among those that were given, from 0.
    pub at: usize,
    /// Place of the rule that it repeats, if that is the problem.
    pub repeats: Option<usize>,
    /// What is wrong, naming the phenotype.
    pub problem: String,
}

impl From<RuleProblem> for Error {
    fn from(RuleProblem { problem, .. }: RuleProblem) -> Self {
        Self::Unanswerable { problem }
    }
}

/// The phenotypes that cells are sorted into. A cell may be of several, or of none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhenotypeRules {
    /// In the order given.
    phenotypes: Vec<Phenotype>,
    /// Places of all phenotypes, parents before those below them.
    order: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Phenotype {
    name: String,
    /// The place of the parent, if there is one, and the rule below it.
    ways: Vec<(Option<usize>, Expression)>,
}

impl PhenotypeRules {
    /// Puts rules together.
    ///
    /// A name that is given again below another parent is one phenotype, which a cell is if it is so below any of them.
    ///
    /// # Errors
    ///
    /// [`RuleProblem`] if a rule cannot be read, if a name is empty or stands twice below one parent, if a parent is not
    /// among the names, or if phenotypes are below each other in a circle.
    pub fn new(rules: Vec<RuleText>) -> Result<Self, RuleProblem> {
        let texts: Vec<RuleText> = rules
            .into_iter()
            .map(|RuleText { name, parent, rule }| {
                let trimmed = |it: &str| it.trim().to_owned();
                RuleText { name: trimmed(&name), parent: parent.as_deref().map(trimmed), rule }
            })
            .collect();
        let mut phenotypes: Vec<Phenotype> = Vec::new();
        for text in &texts {
            if phenotypes.iter().all(|it| it.name != text.name) {
                phenotypes.push(Phenotype { name: text.name.clone(), ways: Vec::new() });
            }
        }
        let place = |name: &str| phenotypes.iter().position(|it| it.name == name);
        let mut ways: Vec<Vec<(Option<usize>, Expression)>> = vec![Vec::new(); phenotypes.len()];
        for (at, RuleText { name, parent, rule }) in texts.iter().enumerate() {
            let wrong = |repeats, problem| RuleProblem { at, repeats, problem };
            if name.is_empty() {
                return Err(wrong(None, "a phenotype has no name".to_owned()));
            }
            let same = |it: &RuleText| it.name == *name && it.parent == *parent;
            if let Some(first) = texts[..at].iter().position(same) {
                let below = parent.as_ref().map(|it| format!(" below '{it}'")).unwrap_or_default();
                return Err(wrong(Some(first), format!("phenotype '{name}' stands twice{below}")));
            }
            let unknown =
                |it: &String| wrong(None, format!("the parent of phenotype '{name}', '{it}', is no phenotype"));
            let parent = parent.as_ref().map(|it| place(it).ok_or_else(|| unknown(it))).transpose()?;
            let rule = Expression::parse(rule).map_err(|it| wrong(None, format!("phenotype '{name}': {it}")))?;
            ways[place(name).expect("every name has its place")].push((parent, rule));
        }
        for (phenotype, ways) in phenotypes.iter_mut().zip(ways) {
            phenotype.ways = ways;
        }
        match parents_first(&phenotypes) {
            Ok(order) => Ok(Self { phenotypes, order }),
            Err(circle) => {
                let names: Vec<String> = circle.iter().map(|&it| format!("'{}'", phenotypes[it].name)).collect();
                let problem = format!("phenotypes are below each other in a circle: {}", names.join(" below "));
                let at = texts.iter().position(|it| it.name == phenotypes[circle[0]].name).unwrap_or(0);
                Err(RuleProblem { at, repeats: None, problem })
            }
        }
    }

    /// Names of the phenotypes, in the order given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.phenotypes.iter().map(|it| it.name.as_str())
    }

    /// Names that the rules ask for.
    pub fn atoms(&self) -> BTreeSet<&str> {
        let ways = self.phenotypes.iter().flat_map(|it| &it.ways);
        ways.flat_map(|(_, rule)| rule.atoms()).collect()
    }

    /// Whether a cell is of each phenotype, in the order of [`Self::names`], given what it is for each name of the rules.
    ///
    /// A cell is of a phenotype below a parent only if it is of the parent.
    pub fn states(&self, of: impl Fn(&str) -> State) -> Vec<State> {
        let mut states = vec![State::Negative; self.phenotypes.len()];
        for &at in &self.order {
            let ways = self.phenotypes[at].ways.iter().map(|(parent, rule)| match parent.map(|it| states[it]) {
                // What the rule says does not matter below a parent that the cell is not.
                Some(State::Negative) => State::Negative,
                parent => parent.unwrap_or(State::Positive) & rule.state(&of),
            });
            states[at] = ways.fold(State::Negative, |state, it| state | it);
        }
        states
    }
}

/// Places of all phenotypes, each behind its parents; or those that are below each other in a circle, the first again at
/// the end.
fn parents_first(phenotypes: &[Phenotype]) -> Result<Vec<usize>, Vec<usize>> {
    let parents = |at: usize| phenotypes[at].ways.iter().filter_map(|(parent, _)| *parent);
    let mut order: Vec<usize> = Vec::new();
    let mut is_placed = vec![false; phenotypes.len()];
    while order.len() < phenotypes.len() {
        let n_before = order.len();
        for at in 0..phenotypes.len() {
            if !is_placed[at] && parents(at).all(|it| is_placed[it]) {
                is_placed[at] = true;
                order.push(at);
            }
        }
        if order.len() == n_before {
            // Nobody left has all its parents placed: following one that is not leads back to where one has been.
            let mut path: Vec<usize> = is_placed.iter().position(|it| !it).into_iter().collect();
            loop {
                let last = path[path.len() - 1];
                let next = parents(last).find(|&it| !is_placed[it]).expect("else it would have been placed");
                path.push(next);
                if let Some(start) = path[..path.len() - 1].iter().position(|&it| it == next) {
                    return Err(path.split_off(start));
                }
            }
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::State::{Negative, Positive, Unknown};
    use super::*;

    fn rules(texts: &[(&str, &str, &str)]) -> Result<PhenotypeRules, RuleProblem> {
        let text = |&(parent, name, rule): &(&str, &str, &str)| RuleText {
            name: name.to_owned(),
            parent: (!parent.is_empty()).then(|| parent.to_owned()),
            rule: rule.to_owned(),
        };
        PhenotypeRules::new(texts.iter().map(text).collect())
    }

    fn states(rules: &PhenotypeRules, positive: &[&str]) -> Vec<State> {
        rules.states(|name| if positive.contains(&name) { Positive } else { Negative })
    }

    #[test]
    fn a_phenotype_below_a_parent_needs_the_parent_whatever_the_order() {
        let rules = rules(&[("T", "Tc", "CD8"), ("T", "Treg", "FOXP3+ & CD8-"), ("", "T", "CD3")]).unwrap();
        assert_eq!(rules.names().collect::<Vec<_>>(), ["Tc", "Treg", "T"]);
        assert_eq!(rules.atoms().into_iter().collect::<Vec<_>>(), ["CD3", "CD8", "FOXP3"]);
        assert_eq!(states(&rules, &["CD3", "CD8"]), [Positive, Negative, Positive]);
        assert_eq!(states(&rules, &["CD8", "FOXP3"]), [Negative, Negative, Negative]);
        assert_eq!(states(&rules, &["CD3", "FOXP3"]), [Negative, Positive, Positive]);
        let parent_unknown = rules.states(|it| if it == "CD3" { Unknown } else { Positive });
        assert_eq!(parent_unknown, [Unknown, Negative, Unknown]);
    }

    #[test]
    fn a_name_below_several_parents_holds_below_any_and_is_one() {
        let rules = rules(&[("", "A", "a"), ("", "B", "b"), ("A", "X", "x"), ("B", "X", "x & y")]).unwrap();
        assert_eq!(rules.names().collect::<Vec<_>>(), ["A", "B", "X"]);
        assert_eq!(states(&rules, &["a", "x"])[2], Positive);
        assert_eq!(states(&rules, &["b", "x"])[2], Negative);
        assert_eq!(states(&rules, &["b", "x", "y"])[2], Positive);
    }

    #[test]
    fn a_phenotype_may_be_called_as_its_marker() {
        let rules = rules(&[("", "CD8", "CD3 & CD8")]).unwrap();
        assert_eq!(states(&rules, &["CD8"]), [Negative]);
    }

    #[test]
    fn no_rules_say_nothing() {
        assert_eq!(states(&rules(&[]).unwrap(), &["CD8"]), []);
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_name() {
        for (texts, at, repeats, problem) in [
            (&[("", "T", "CD3"), ("", " T ", "CD8")][..], 1, Some(0), "'T' stands twice"),
            (&[("", "A", "a"), ("A", "T", "b"), ("A", "T", "c")], 2, Some(1), "'T' stands twice below 'A'"),
            (&[("", "T", "CD3"), ("B", "Tc", "CD8")], 1, None, "'B', is no phenotype"),
            (&[("T", "T", "CD3")], 0, None, "'T' below 'T'"),
            (&[("", "R", "r"), ("C", "A", "a"), ("A", "B", "b"), ("B", "C", "c")], 1, None, "'A' below 'C' below 'B'"),
            (&[("A", "Z", "z"), ("B", "A", "a"), ("A", "B", "b")], 1, None, "circle: 'A' below 'B' below 'A'"),
            (&[("", "T", "CD3+ CD8+")], 0, None, "phenotype 'T': rule 'CD3+ CD8+'"),
            (&[("", " ", "CD3")], 0, None, "no name"),
        ] {
            let found = rules(texts).unwrap_err();
            assert_eq!((found.at, found.repeats), (at, repeats), "{found}");
            assert!(found.to_string().contains(problem), "{found}");
        }
    }
}
