//! What the schema of a protocol cannot say: parts that contradict each other.

use super::{
    Aggregator, ComponentSpec, HighWhen, Measure, PROTOCOL_SCHEMA_VERSION, Pooling, Protocol, Rule, first_repeated,
};
use crate::model::suggestion::did_you_mean;
use crate::model::{Component, Marker, Region};

impl Protocol {
    /// Says what is wrong with the protocol, in a sentence for its author; absent if nothing is.
    ///
    /// What a study still has to give, such as cut-offs, is no fault of the protocol: see [`Self::lacks`].
    pub fn check(&self) -> Option<String> {
        if self.schema_version != PROTOCOL_SCHEMA_VERSION {
            return Some(format!(
                "schema_version is {}, this version of contexture reads {PROTOCOL_SCHEMA_VERSION}",
                self.schema_version
            ));
        }
        if self.name.trim().is_empty() {
            return Some("name is empty; it stands beside every score".to_owned());
        }
        self.form_problem()
            .or_else(|| self.specs().iter().find_map(ComponentSpec::problem))
            .or_else(|| self.specs().iter().find_map(|it| self.component_problem(it)))
            .or_else(|| self.exclusive_parts_problem())
            .or_else(|| self.aggregator_problem())
            .or_else(|| self.schemes_problem())
            .or_else(|| self.quality.check())
            .or_else(|| self.uncertainty.check())
    }

    /// Short form or long form, and every component once.
    fn form_problem(&self) -> Option<String> {
        let is_short = !(self.markers.is_empty() && self.regions.is_empty());
        if is_short && !self.listed.is_empty() {
            return Some("a protocol has markers and regions, or [[components]]; this one has both".to_owned());
        }
        if self.specs().is_empty() {
            return Some("a protocol needs at least one marker and one region, or [[components]]".to_owned());
        }
        if let Some(twice) = first_repeated(&self.markers).map(Marker::as_str) {
            return Some(format!("marker '{twice}' stands twice"));
        }
        if let Some(twice) = first_repeated(&self.regions).map(Region::as_str) {
            return Some(format!("region '{twice}' stands twice"));
        }
        first_repeated(&self.components()).map(|twice| format!("component {twice} stands twice; each may stand once"))
    }

    /// What a component says that its protocol does not read.
    fn component_problem(&self, spec: &ComponentSpec) -> Option<String> {
        let word = self.aggregator.word();
        let name = spec.component();
        if !self.aggregator.dichotomises() && (spec.cutoff.is_some() || spec.cutoff_percentile.is_some()) {
            return Some(format!("component {name} has a cut-off, which aggregator = \"{word}\" does not read"));
        }
        if self.aggregator != Aggregator::WeightedSum && spec.weight.is_some() {
            return Some(format!("component {name} has a weight, which only aggregator = \"weighted_sum\" reads"));
        }
        let is_signed = matches!(self.aggregator, Aggregator::MeanPercentile | Aggregator::SumOfDichotomised);
        if !is_signed && spec.sign != super::Sign::Favourable {
            let instead = if self.aggregator == Aggregator::WeightedSum { "; give a negative weight" } else { "" };
            return Some(format!("component {name} has a sign, which aggregator = \"{word}\" does not read{instead}"));
        }
        if spec.measure == Measure::Grade && self.pooling == Pooling::Pooled {
            return Some(format!(
                "component {name} is a grade, and grades have no sum; say pooling = \"max\", \"min\" or \"mean\""
            ));
        }
        None
    }

    /// Parts that exclude each other are two at least, of one whole.
    fn exclusive_parts_problem(&self) -> Option<String> {
        if !self.exclusive_parts {
            return None;
        }
        let specs = self.specs();
        let wholes: Vec<Component> =
            specs.iter().filter(|it| self.is_exclusive_part(it)).filter_map(ComponentSpec::whole).collect();
        first_repeated(&wholes).is_none().then(|| {
            "exclusive_parts is given, and no two components are percent_of_cells of the same cells in one region"
                .to_owned()
        })
    }

    fn aggregator_problem(&self) -> Option<String> {
        let word = self.aggregator.word();
        let specs = self.specs();
        if self.cap.is_some() && self.aggregator != Aggregator::WeightedSum {
            return Some(format!("cap is given, which aggregator = \"{word}\" does not read"));
        }
        if self.cap.is_some_and(|it| !(it.is_finite() && it > 0.0)) {
            return Some("cap must be a number greater than 0".to_owned());
        }
        if !self.rules.is_empty() && self.aggregator != Aggregator::Rule {
            return Some(format!("rules are given, which aggregator = \"{word}\" does not read"));
        }
        if self.high_when != HighWhen::default() && !self.aggregator.dichotomises() {
            return Some(format!("high_when is given, which aggregator = \"{word}\" does not read"));
        }
        if self.allow_partial && self.aggregator != Aggregator::MeanPercentile {
            return Some(format!(
                "allow_partial is given, but {word} of fewer components is another score; only a mean can be partial"
            ));
        }
        let has_whole = specs.iter().any(|it| it.measure.is_ratio_of_cells());
        if self.min_denominator.is_some() && !has_whole {
            return Some("min_denominator is given, and no component is a share of cells".to_owned());
        }
        match self.aggregator {
            Aggregator::Log2Ratio if specs.len() != 2 => {
                Some(format!("log2_ratio is one component over another; the protocol has {}", specs.len()))
            }
            Aggregator::Log2Ratio if specs[0].measure != specs[1].measure => Some(format!(
                "log2_ratio needs two components of one measure; {} is a {}, {} a {}",
                specs[0].component(),
                specs[0].measure.word(),
                specs[1].component(),
                specs[1].measure.word()
            )),
            Aggregator::Rule => self.rules_problem(),
            _ => None,
        }
    }

    fn rules_problem(&self) -> Option<String> {
        if self.rules.is_empty() {
            return Some("aggregator = \"rule\" needs rules = [{ score = 1, all_high = [\"CD8 CT\"] }, …]".to_owned());
        }
        let known: Vec<String> = self.components().iter().map(ToString::to_string).collect();
        if let Some(name) = self.rules.iter().flat_map(Rule::components).find(|it| !known.contains(it)) {
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            let known = known.join(", ");
            return Some(format!("a rule asks about '{name}', which is no component (there are {known}){hint}"));
        }
        if self.rules.iter().any(|it| !it.score.is_finite()) {
            return Some("the score of a rule must be a number".to_owned());
        }
        let always = self.rules.iter().position(|it| it.components().next().is_none());
        always
            .filter(|at| at + 1 < self.rules.len())
            .map(|at| format!("rule {} has no condition, so that those behind it are never asked; put it last", at + 1))
    }

    fn schemes_problem(&self) -> Option<String> {
        let names: Vec<&str> = self.schemes.iter().map(|it| it.name.as_str()).collect();
        if !names.contains(&self.primary_scheme.as_str()) {
            let hint = did_you_mean(&self.primary_scheme, names.iter().copied());
            let names = names.join(", ");
            return Some(format!("primary_scheme '{}' is none of the schemes ({names}){hint}", self.primary_scheme));
        }
        if let Some(twice) = first_repeated(&names) {
            return Some(format!("scheme '{twice}' stands twice"));
        }
        let scale = self.scale();
        self.schemes.iter().find_map(|it| it.check(&scale))
    }
}
