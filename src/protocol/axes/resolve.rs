//! From what files say to what holds.

use super::{AXES_SCHEMA_VERSION, Axes, AxesFile, Axis, AxisMarker, MarkerEntry};
use crate::protocol::Measure;

/// What is wrong with a file of axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxesProblem {
    /// A sentence.
    Said(String),
    /// A word that is none of those there are.
    Unknown {
        /// What was looked for, in a sentence that goes before the words there are.
        problem: String,
        /// The word.
        word: String,
        /// Those there are.
        known: Vec<String>,
    },
}

fn said<T>(problem: impl Into<String>) -> Result<T, AxesProblem> {
    Err(AxesProblem::Said(problem.into()))
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
            file.check()?;
        }
        let mut types: Vec<&str> = files.iter().flat_map(|it| it.tumour_types()).collect();
        types.sort_unstable();
        types.dedup();
        // Each type is resolved, so that a file is sound or not whatever the study is about.
        let general = resolved(&files, None, &types)?;
        let mut found = None;
        for it in types.iter().copied() {
            let of_type = resolved(&files, Some(it), &types)?;
            if Some(it) == tumour_type {
                found = Some(of_type);
            }
        }
        match tumour_type {
            None => Ok(general),
            Some(word) => found.ok_or_else(|| AxesProblem::Unknown {
                problem: format!(
                    "no axis has signs of its own for tumour type '{word}'; leave it out for the general ones"
                ),
                word: word.to_owned(),
                known: types.into_iter().map(str::to_owned).collect(),
            }),
        }
    }

    /// What can be said of the file alone.
    fn check(&self) -> Result<(), AxesProblem> {
        if self.schema_version != AXES_SCHEMA_VERSION {
            return said(format!(
                "schema_version is {}, this version of contexture reads {AXES_SCHEMA_VERSION}",
                self.schema_version
            ));
        }
        let is_word = |it: &str| {
            !it.is_empty() && it.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
        };
        if let Some(axis) = self.axes.iter().find(|it| !is_word(&it.name)) {
            return said(format!(
                "axis '{}': a name is made of small letters, digits and '_'; put words in label",
                axis.name
            ));
        }
        if let Some(word) = self.tumour_types().into_iter().find(|it| !is_word(it)) {
            return said(format!("tumour type '{word}': a name is made of small letters, digits and '_'"));
        }
        if let Some((_, twice)) =
            self.axes.iter().enumerate().find(|(at, it)| self.axes[..*at].iter().any(|other| other.name == it.name))
        {
            return said(format!("axis '{}' stands twice; each may stand once", twice.name));
        }
        for (at, entry) in self.markers.iter().enumerate() {
            if entry.marker.as_str().is_empty() {
                return said("a marker has no name");
            }
            let is_same = |other: &&MarkerEntry| {
                other.marker == entry.marker && other.tumour_type == entry.tumour_type && other.axis == entry.axis
            };
            if let Some(first) = self.markers[..at].iter().find(is_same) {
                let line = first.line.map(|it| format!(" (first in line {it})")).unwrap_or_default();
                return said(format!(
                    "{} stands twice{line}, by this word or by others for it; each may stand once",
                    place(entry)
                ));
            }
            if entry.measure.is_some_and(Measure::is_ratio_of_cells) {
                return said(format!(
                    "{} is measured as a share of other cells; a marker of an axis is measured by density, count, percent or \
                     grade",
                    place(entry)
                ));
            }
        }
        Ok(())
    }
}

/// A marker's entry, for a message.
fn place(entry: &MarkerEntry) -> String {
    let axis = entry.axis.as_ref().map(|it| format!(" on axis '{it}'")).unwrap_or_default();
    format!("{}marker '{}'{axis}{}", line(entry), entry.marker, of_type(entry.tumour_type.as_deref()))
}

/// The line of an entry before what is said of it, where it is known.
fn line(entry: &MarkerEntry) -> String {
    entry.line.map(|it| format!("line {it}: ")).unwrap_or_default()
}

/// A type of tumour behind something, for a message.
fn of_type(tumour_type: Option<&str>) -> String {
    tumour_type.map(|it| format!(" in tumour type '{it}'")).unwrap_or_default()
}

fn resolved(files: &[&AxesFile], tumour_type: Option<&str>, types: &[&str]) -> Result<Axes, AxesProblem> {
    let mut axes: Vec<Axis> = Vec::new();
    for axis in files.iter().flat_map(|it| &it.axes) {
        match axes.iter_mut().find(|it| it.name == axis.name) {
            Some(known) => *known = axis.clone(),
            None => axes.push(axis.clone()),
        }
    }
    let mut markers: Vec<AxisMarker> = Vec::new();
    for file in files {
        let general = file.markers.iter().filter(|it| it.tumour_type.is_none());
        let typed =
            file.markers.iter().filter(|it| it.tumour_type.is_some() && it.tumour_type.as_deref() == tumour_type);
        for entry in general.chain(typed) {
            apply(entry, &axes, &mut markers)?;
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
            return said(format!(
                "marker '{}' has {what} '{}' on axis '{}' and '{}' on axis '{}'{}; a marker has one {what}: leave axis out to \
                 say it for both",
                it.marker,
                words[0],
                other.axis,
                words[1],
                it.axis,
                of_type(tumour_type)
            ));
        }
    }
    markers.sort_by_key(|it| axes.iter().position(|axis| axis.name == it.axis));
    let tumour_types = types.iter().map(|&it| it.to_owned()).collect();
    Ok(Axes { tumour_type: tumour_type.map(str::to_owned), tumour_types, axes, markers })
}

/// Changes what an entry speaks of, or adds it.
fn apply(entry: &MarkerEntry, axes: &[Axis], markers: &mut Vec<AxisMarker>) -> Result<(), AxesProblem> {
    if let Some(axis) = entry.axis.as_ref().filter(|name| !axes.iter().any(|it| it.name == **name)) {
        return Err(AxesProblem::Unknown {
            problem: format!(
                "{}marker '{}'{}: there is no axis '{axis}'",
                line(entry),
                entry.marker,
                of_type(entry.tumour_type.as_deref())
            ),
            word: axis.clone(),
            known: axes.iter().map(|it| it.name.clone()).collect(),
        });
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
fn new_marker_lacks(what: &str, entry: &MarkerEntry, markers: &[AxisMarker]) -> AxesProblem {
    let mut known: Vec<String> = markers.iter().map(|it| it.marker.to_string()).collect();
    known.sort_unstable();
    known.dedup();
    AxesProblem::Unknown {
        problem: format!("{} needs {what}, since it is new: none of the markers with an axis", place(entry)),
        word: entry.marker.to_string(),
        known,
    }
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
