//! From what files say to what holds.

use std::collections::BTreeMap;

use super::{AXES_SCHEMA_VERSION, Axes, AxesFile, Axis, AxisMarker, MarkerEntry};
use crate::model::Marker;
use crate::model::problem::{KeyPath, Problem, first_repeat};
use crate::model::suggestion::did_you_mean;
use crate::protocol::Measure;

/// Why axes do not hold for a type of tumour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxesProblem {
    /// What is wrong with the laboratory's file.
    File(Problem),
    /// Nothing is said of the type of tumour, in a sentence.
    TumourType(String),
}

impl AxesFile {
    /// What holds for a type of tumour: this file, then a laboratory's own.
    ///
    /// In each file, what is said of the type goes after what is said of all types; the laboratory's file goes last.
    ///
    /// # Errors
    ///
    /// The [problem](AxesProblem) of the laboratory's file, or of the type of tumour.
    pub fn resolve(&self, own: Option<&Self>, tumour_type: Option<&str>) -> Result<Axes, AxesProblem> {
        let files: Vec<&Self> = [Some(self), own].into_iter().flatten().collect();
        for file in &files {
            file.check().map_err(AxesProblem::File)?;
        }
        let mut types: Vec<&str> = files.iter().flat_map(|it| it.tumour_types()).collect();
        types.sort_unstable();
        types.dedup();
        // Each type is resolved, so that a file is sound or not whatever the study is about.
        let of = |tumour_type| resolved(&files, tumour_type, &types).map_err(AxesProblem::File);
        let general = of(None)?;
        let mut found = None;
        for it in types.iter().copied() {
            let of_type = of(Some(it))?;
            if Some(it) == tumour_type {
                found = Some(of_type);
            }
        }
        match tumour_type {
            None => Ok(general),
            Some(word) => found.ok_or_else(|| {
                let problem =
                    format!("no axis has signs of its own for tumour type '{word}'; leave it out for the general ones");
                AxesProblem::TumourType(problem + &known(word, &types))
            }),
        }
    }

    /// What can be said of the file alone.
    fn check(&self) -> Result<(), Problem> {
        if self.schema_version != AXES_SCHEMA_VERSION {
            let found = self.schema_version;
            let text = format!("schema_version is {found}, this version of contexture reads {AXES_SCHEMA_VERSION}");
            return Err(Problem::at("schema_version", text));
        }
        let is_word = |it: &str| {
            !it.is_empty() && it.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
        };
        let axis = |at: usize| KeyPath::from("axes").item(at).key("name");
        if let Some(at) = self.axes.iter().position(|it| !is_word(&it.name)) {
            let name = &self.axes[at].name;
            let text = format!("axis '{name}': a name is made of small letters, digits and '_'; put words in label");
            return Err(Problem::at(axis(at), text));
        }
        let is_other = |it: &MarkerEntry| it.tumour_type.as_deref().is_some_and(|it| !is_word(it));
        if let Some(at) = self.markers.iter().position(is_other) {
            let word = self.markers[at].tumour_type.as_deref().unwrap_or_default();
            let text = format!("tumour type '{word}': a name is made of small letters, digits and '_'");
            return Err(Problem::at(marker(at).key("tumour_type"), text));
        }
        let names: Vec<&String> = self.axes.iter().map(|it| &it.name).collect();
        if let Some((first, again)) = first_repeat(&names) {
            let text = format!("axis '{}' stands twice; each may stand once", names[again]);
            return Err(Problem::at(axis(again), text).after(axis(first)));
        }
        for (at, entry) in self.markers.iter().enumerate() {
            if entry.marker.as_str().is_empty() {
                return Err(Problem::at(marker(at), "a marker has no name"));
            }
            let is_same = |other: &MarkerEntry| {
                other.marker == entry.marker && other.tumour_type == entry.tumour_type && other.axis == entry.axis
            };
            if let Some(first) = self.markers[..at].iter().position(is_same) {
                let text =
                    format!("{} stands twice, by this word or by others for it; each may stand once", in_words(entry));
                return Err(Problem::at(marker(at), text).after(marker(first)));
            }
            if entry.measure.is_some_and(Measure::is_ratio_of_cells) {
                let text = format!(
                    "{} is measured as a share of other cells; a marker of an axis is measured by density, count, percent or \
                     grade",
                    in_words(entry)
                );
                return Err(Problem::at(marker(at).key("measure"), text));
            }
        }
        Ok(())
    }
}

/// Where a file says something of a marker.
fn marker(entry: usize) -> KeyPath {
    KeyPath::from("markers").item(entry)
}

/// A marker's entry, for a message.
fn in_words(entry: &MarkerEntry) -> String {
    let axis = entry.axis.as_ref().map(|it| format!(" on axis '{it}'")).unwrap_or_default();
    format!("marker '{}'{axis}{}", entry.marker, of_type(entry.tumour_type.as_deref()))
}

/// The words there are, and which of them a wrong one resembles, as the tail of a message.
fn known(word: &str, known: &[&str]) -> String {
    format!(" (there are: {}){}", known.join(", "), did_you_mean(word, known.iter().copied()))
}

/// A type of tumour behind something, for a message.
fn of_type(tumour_type: Option<&str>) -> String {
    tumour_type.map(|it| format!(" in tumour type '{it}'")).unwrap_or_default()
}

fn resolved(files: &[&AxesFile], tumour_type: Option<&str>, types: &[&str]) -> Result<Axes, Problem> {
    let mut axes: Vec<Axis> = Vec::new();
    for axis in files.iter().flat_map(|it| &it.axes) {
        match axes.iter_mut().find(|it| it.name == axis.name) {
            Some(known) => *known = axis.clone(),
            None => axes.push(axis.clone()),
        }
    }
    let mut markers: Vec<AxisMarker> = Vec::new();
    // The entry that each marker was last changed by.
    let mut last: BTreeMap<&Marker, usize> = BTreeMap::new();
    for file in files {
        let entries = || file.markers.iter().enumerate();
        let general = entries().filter(|it| it.1.tumour_type.is_none());
        let typed = entries().filter(|it| it.1.tumour_type.is_some() && it.1.tumour_type.as_deref() == tumour_type);
        for (at, entry) in general.chain(typed) {
            apply(entry, &axes, &mut markers).map_err(|it| it.within(marker(at)))?;
            last.insert(&entry.marker, at);
        }
    }
    for (at, it) in markers.iter().enumerate() {
        let differs =
            |other: &&AxisMarker| other.marker == it.marker && (other.sign, other.measure) != (it.sign, it.measure);
        if let Some(other) = markers[..at].iter().find(differs) {
            let (what, words) = if other.sign == it.sign {
                ("measure", [other.measure.word(), it.measure.word()])
            } else {
                ("sign", [other.sign.word(), it.sign.word()])
            };
            let text = format!(
                "marker '{}' has {what} '{}' on axis '{}' and '{}' on axis '{}'{}; a marker has one {what}: leave axis out to \
                 say it for both",
                it.marker,
                words[0],
                other.axis,
                words[1],
                it.axis,
                of_type(tumour_type)
            );
            return Err(Problem::at(marker(last[&it.marker]).key(what), text));
        }
    }
    markers.sort_by_key(|it| axes.iter().position(|axis| axis.name == it.axis));
    let tumour_types = types.iter().map(|&it| it.to_owned()).collect();
    Ok(Axes { tumour_type: tumour_type.map(str::to_owned), tumour_types, axes, markers })
}

/// Changes what an entry speaks of, or adds it.
fn apply(entry: &MarkerEntry, axes: &[Axis], markers: &mut Vec<AxisMarker>) -> Result<(), Problem> {
    if let Some(axis) = entry.axis.as_ref().filter(|name| !axes.iter().any(|it| it.name == **name)) {
        let names: Vec<&str> = axes.iter().map(|it| it.name.as_str()).collect();
        let of_type = of_type(entry.tumour_type.as_deref());
        let text = format!("marker '{}'{of_type}: there is no axis '{axis}'{}", entry.marker, known(axis, &names));
        return Err(Problem::at("axis", text));
    }
    let is_meant =
        |it: &AxisMarker| it.marker == entry.marker && entry.axis.as_ref().is_none_or(|axis| *axis == it.axis);
    let mut is_known = false;
    for known in markers.iter_mut().filter(|it| is_meant(it)) {
        is_known = true;
        change(known, entry);
    }
    if is_known {
        return Ok(());
    }
    let Some(axis) = entry.axis.clone() else {
        return Err(new_marker_lacks("axis = \"…\"", entry, markers));
    };
    let elsewhere = markers.iter().find(|it| it.marker == entry.marker);
    let Some(sign) = entry.sign.or(elsewhere.map(|it| it.sign)) else {
        return Err(new_marker_lacks("sign = \"positive\", \"negative\" or \"context\"", entry, markers));
    };
    markers.push(AxisMarker {
        marker: entry.marker.clone(),
        axis,
        measure: entry.measure.or(elsewhere.map(|it| it.measure)).unwrap_or_default(),
        sign,
        note: entry.note.clone(),
        source: entry.source.clone(),
        confidence: entry.confidence,
    });
    Ok(())
}

/// What a marker that is on no axis yet needs; it may be one that is, with a slip of the pen.
fn new_marker_lacks(what: &str, entry: &MarkerEntry, markers: &[AxisMarker]) -> Problem {
    let mut names: Vec<&str> = markers.iter().map(|it| it.marker.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let known = known(entry.marker.as_str(), &names);
    let text = format!("{} needs {what}, since it is new: none of the markers with an axis{known}", in_words(entry));
    Problem::at("marker", text)
}

/// What is not said of a known marker stays as it was.
fn change(known: &mut AxisMarker, entry: &MarkerEntry) {
    known.measure = entry.measure.unwrap_or(known.measure);
    if let Some(sign) = entry.sign.filter(|it| *it != known.sign) {
        // What was published of another sign does not carry over.
        known.sign = sign;
        (known.source, known.confidence, known.note) = (None, None, None);
    }
    known.note = entry.note.clone().or_else(|| known.note.take());
    known.source = entry.source.clone().or_else(|| known.source.take());
    known.confidence = entry.confidence.or(known.confidence);
}
