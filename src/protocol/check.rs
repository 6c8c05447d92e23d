//! What the schema of a protocol cannot say: parts that contradict each other.

use super::{Aggregator, ComponentSpec, HighWhen, Measure, PROTOCOL_SCHEMA_VERSION, Pooling, Protocol, Rule, Sign};
use crate::model::problem::{KeyPath, Problem, first_repeat};
use crate::model::suggestion::did_you_mean;
use crate::model::{Component, Marker, Region, Synonyms};

/// Where the long form says a component. The short form says nothing but names, which are checked as such.
fn place(component: usize) -> KeyPath {
    KeyPath::from("components").item(component)
}

/// The name by which a table's word for a marker is read.
fn canonical(marker: &Marker) -> Marker {
    Synonyms::default().marker(marker.as_str()).unwrap_or_else(|| marker.clone())
}

fn one_marker([first, again]: [&Marker; 2]) -> String {
    format!(
        "'{first}' and '{again}' are words for one marker, which every table is read with as '{}'; name it once",
        canonical(again)
    )
}

impl Protocol {
    /// Says what is wrong with the protocol, in a sentence for its author, and which key says it; absent if nothing is.
    ///
    /// What a study still has to give, such as cut-offs, is no fault of the protocol: see [`Self::lacks`].
    pub fn check(&self) -> Option<Problem> {
        if self.schema_version != PROTOCOL_SCHEMA_VERSION {
            let found = self.schema_version;
            let text = format!("schema_version is {found}, this version of contexture reads {PROTOCOL_SCHEMA_VERSION}");
            return Some(Problem::at("schema_version", text));
        }
        if self.name.trim().is_empty() {
            return Some(Problem::at("name", "name is empty; it stands beside every score"));
        }
        let specs = self.specs();
        let of_components = |problem: &dyn Fn(&ComponentSpec) -> Option<Problem>| {
            specs.iter().enumerate().find_map(|(at, it)| Some(problem(it)?.within(place(at))))
        };
        self.form_problem()
            .or_else(|| of_components(&ComponentSpec::problem))
            .or_else(|| of_components(&|it| self.component_problem(it)))
            .or_else(|| self.grade_problem())
            .or_else(|| self.exclusive_parts_problem())
            .or_else(|| self.aggregator_problem())
            .or_else(|| self.schemes_problem())
            .or_else(|| Some(self.quality.check()?.within("quality")))
            .or_else(|| Some(self.uncertainty.check()?.within("uncertainty")))
    }

    /// Short form or long form, and every component once.
    fn form_problem(&self) -> Option<Problem> {
        let is_short = !(self.markers.is_empty() && self.regions.is_empty());
        if is_short && !self.listed.is_empty() {
            let text = "a protocol has markers and regions, or [[components]]; this one has both";
            return Some(Problem::at("components", text));
        }
        if self.specs().is_empty() {
            let text = "a protocol needs at least one marker and one region, or [[components]]";
            return Some(Problem::at("markers", text).or_at("regions"));
        }
        let markers = ("markers", self.markers.iter().map(Marker::as_str).collect::<Vec<_>>());
        let regions = ("regions", self.regions.iter().map(Region::as_str).collect());
        for (list, names) in [markers, regions] {
            if let Some(at) = names.iter().position(|it| it.trim().is_empty()) {
                return Some(Problem::at(KeyPath::from(list).item(at), format!("{list} has \"\", expected a name")));
            }
        }
        let twice = |list: &'static str, (first, again): (usize, usize), text: String| {
            let list = KeyPath::from(list);
            Problem::at(list.clone().item(again), text).after(list.item(first))
        };
        if let Some(repeat) = first_repeat(&self.markers) {
            let text = format!("marker '{}' stands twice", Marker::as_str(&self.markers[repeat.1]));
            return Some(twice("markers", repeat, text));
        }
        let as_read: Vec<Marker> = self.markers.iter().map(canonical).collect();
        if let Some(repeat) = first_repeat(&as_read) {
            let text = one_marker([repeat.0, repeat.1].map(|at| &self.markers[at]));
            return Some(twice("markers", repeat, text));
        }
        if let Some(repeat) = first_repeat(&self.regions) {
            let text = format!("region '{}' stands twice", Region::as_str(&self.regions[repeat.1]));
            return Some(twice("regions", repeat, text));
        }
        let components = self.components();
        if let Some(repeat) = first_repeat(&components) {
            let text = format!("component {} stands twice; each may stand once", components[repeat.1]);
            return Some(twice("components", repeat, text));
        }
        let as_read = |it: &Component| Component::new(canonical(&it.marker), it.region.clone());
        first_repeat(&components.iter().map(as_read).collect::<Vec<_>>()).map(|repeat| {
            let text = one_marker([repeat.0, repeat.1].map(|at| &components[at].marker));
            twice("components", repeat, text)
        })
    }

    /// What a component says that its protocol does not read.
    fn component_problem(&self, spec: &ComponentSpec) -> Option<Problem> {
        let word = self.aggregator.word();
        let name = spec.component();
        if !self.aggregator.dichotomises() && (spec.cutoff.is_some() || spec.cutoff_percentile.is_some()) {
            let text = format!("component {name} has a cut-off, which aggregator = \"{word}\" does not read");
            return Some(Problem::at("cutoff", text).or_at("cutoff_percentile"));
        }
        if let Some(problem) = self.cutoff_problem(spec) {
            return Some(Problem::at("cutoff", format!("component {name} has cutoff {problem}, or nobody is high")));
        }
        if self.aggregator != Aggregator::WeightedSum && spec.weight.is_some() {
            let text = format!("component {name} has a weight, which only aggregator = \"weighted_sum\" reads");
            return Some(Problem::at("weight", text));
        }
        let is_signed = matches!(self.aggregator, Aggregator::MeanPercentile | Aggregator::SumOfDichotomised);
        if !is_signed && spec.sign != Sign::Favourable {
            let instead = if self.aggregator == Aggregator::WeightedSum { "; give a negative weight" } else { "" };
            let text = format!("component {name} has a sign, which aggregator = \"{word}\" does not read{instead}");
            return Some(Problem::at("sign", text));
        }
        None
    }

    /// Why nobody can be high by a cut-off; absent if somebody can.
    fn cutoff_problem(&self, spec: &ComponentSpec) -> Option<String> {
        let (cutoff, most) = (spec.cutoff?, spec.measure.most().or(spec.highest)?);
        let unit = spec.measure.unit();
        match self.high_when() {
            HighWhen::Above => (cutoff >= most).then(|| format!("{cutoff}, expected less than {most} {unit}")),
            HighWhen::AtOrAbove => (cutoff > most).then(|| format!("{cutoff}, expected {most} {unit} at most")),
        }
    }

    fn grade_problem(&self) -> Option<Problem> {
        let specs = self.specs();
        let grade = specs.iter().position(|it| it.measure == Measure::Grade)?;
        (self.pooling == Pooling::Pooled).then(|| {
            let name = specs[grade].component();
            let text = format!(
                "component {name} is a grade, and grades have no sum; say pooling = \"max\", \"min\" or \"mean\""
            );
            Problem::at("pooling", text).or_at(place(grade).key("measure"))
        })
    }

    /// Parts that exclude each other are two at least, of one whole.
    fn exclusive_parts_problem(&self) -> Option<Problem> {
        if !self.exclusive_parts {
            return None;
        }
        let specs = self.specs();
        let wholes: Vec<Component> =
            specs.iter().filter(|it| self.is_exclusive_part(it)).filter_map(ComponentSpec::whole).collect();
        first_repeat(&wholes).is_none().then(|| {
            Problem::at(
                "exclusive_parts",
                "exclusive_parts is given, and no two components are percent_of_cells of the same cells in one region",
            )
        })
    }

    fn aggregator_problem(&self) -> Option<Problem> {
        let word = self.aggregator.word();
        let specs = self.specs();
        let not_read = |key: &'static str, given: &str| {
            Some(Problem::at(key, format!("{key} {given} given, which aggregator = \"{word}\" does not read")))
        };
        if self.cap.is_some() && self.aggregator != Aggregator::WeightedSum {
            return not_read("cap", "is");
        }
        if self.cap.is_some_and(|it| !(it.is_finite() && it > 0.0)) {
            return Some(Problem::at("cap", "cap must be a number greater than 0"));
        }
        if !self.rules.is_empty() && self.aggregator != Aggregator::Rule {
            return not_read("rules", "are");
        }
        if self.high_when.is_some() && !self.aggregator.dichotomises() {
            return not_read("high_when", "is");
        }
        if let Some(least) = self.min_components {
            let problem = |text: String| Some(Problem::at("min_components", text));
            if self.aggregator != Aggregator::MeanPercentile {
                return problem(format!(
                    "min_components is given, but {word} of fewer components is another score; only a mean can be partial"
                ));
            }
            if !(1..=specs.len()).contains(&least) {
                return problem(format!(
                    "min_components is {least}, expected 1 to {}, the number of components",
                    specs.len()
                ));
            }
        }
        let has_whole = specs.iter().any(|it| it.measure.is_ratio_of_cells());
        if self.min_denominator.is_some() && !has_whole {
            let text = "min_denominator is given, and no component is a share of cells";
            return Some(Problem::at("min_denominator", text));
        }
        match self.aggregator {
            Aggregator::Log2Ratio if specs.len() != 2 => {
                let text = format!("log2_ratio is one component over another; the protocol has {}", specs.len());
                Some(Problem::at("aggregator", text))
            }
            Aggregator::Log2Ratio if specs[0].measure != specs[1].measure => {
                let text = format!(
                    "log2_ratio needs two components of one measure; {} is a {}, {} a {}",
                    specs[0].component(),
                    specs[0].measure.word(),
                    specs[1].component(),
                    specs[1].measure.word()
                );
                Some(Problem::at(place(1).key("measure"), text).or_at(place(0).key("measure")))
            }
            Aggregator::Rule => self.rules_problem(),
            _ => None,
        }
    }

    fn rules_problem(&self) -> Option<Problem> {
        if self.rules.is_empty() {
            let text = "aggregator = \"rule\" needs rules = [{ score = 1, all_high = [\"CD8 CT\"] }, …]";
            return Some(Problem::at("aggregator", text));
        }
        let known: Vec<String> = self.components().iter().map(ToString::to_string).collect();
        let unknown = |rule: &Rule| rule.components().find(|it| !known.contains(it)).cloned();
        let problem = |rule: &Rule| {
            if let Some(name) = unknown(rule) {
                let hint = did_you_mean(&name, known.iter().map(String::as_str));
                let known = known.join(", ");
                return Some(format!("a rule asks about '{name}', which is no component (there are {known}){hint}"));
            }
            (!rule.score.is_finite()).then(|| "the score of a rule must be a number".to_owned())
        };
        let rule = |at: usize| KeyPath::from("rules").item(at);
        if let Some(found) =
            self.rules.iter().enumerate().find_map(|(at, it)| Some(Problem::at(rule(at), problem(it)?)))
        {
            return Some(found);
        }
        let always = self.rules.iter().position(|it| it.components().next().is_none());
        always.filter(|at| at + 1 < self.rules.len()).map(|at| {
            let text =
                format!("rule {} has no condition, so that those behind it are never asked; put it last", at + 1);
            Problem::at(rule(at), text)
        })
    }

    fn schemes_problem(&self) -> Option<Problem> {
        let names: Vec<&str> = self.schemes.iter().map(|it| it.name.as_str()).collect();
        if !names.contains(&self.primary_scheme.as_str()) {
            let hint = did_you_mean(&self.primary_scheme, names.iter().copied());
            let names = names.join(", ");
            let text = format!("primary_scheme '{}' is none of the schemes ({names}){hint}", self.primary_scheme);
            return Some(Problem::at("primary_scheme", text));
        }
        let scheme = |at: usize| KeyPath::from("schemes").item(at);
        if let Some((first, again)) = first_repeat(&names) {
            let text = format!("scheme '{}' stands twice", names[again]);
            return Some(Problem::at(scheme(again).key("name"), text).after(scheme(first).key("name")));
        }
        let scale = self.scale();
        self.schemes.iter().enumerate().find_map(|(at, it)| Some(it.check(&scale)?.within(scheme(at))))
    }
}
