//! The samples of a patient, where each is scored by itself and one decides.

use crate::protocol::{Grain, Protocol, Scheme};
use crate::report::html::document::{Block, Cell, Section, Table};
use crate::report::patient::PatientReport;
use crate::report::{format, palette};
use crate::score::{SampleRemark, SampleScore};

/// One row for each sample; absent where the samples became one measurement.
pub(super) fn section(report: &PatientReport, protocol: &Protocol) -> Option<Section> {
    let rule = protocol.pooling.deciding_sample().filter(|_| !report.samples.is_empty())?;
    let which = rule.word();
    // By its distance a score is given digits enough; whole scores need none.
    let is_whole = protocol.scale().grain == Grain::Whole;
    let distance = |score: f64| protocol.distance_to_cut(score).filter(|_| !is_whole);
    let heads = ["Sample", "Score", "Components"].map(str::to_owned).into_iter();
    let heads = heads.chain(protocol.schemes.iter().map(|it| format!("Class ({})", it.label)));
    let caption = "One row for each sample, with its score by itself.";
    let mut table = Table::with_columns(caption.to_owned(), heads.chain(["Decides".to_owned()]).collect());
    for sample in &report.samples {
        let score = sample.score.map(|it| format::score(it, distance(it)));
        let mut row = vec![
            Cell::text(&sample.sample_id),
            Cell::Text(score.unwrap_or_else(|| "no score".to_owned())),
            Cell::Text(format!("{} of {}", sample.n_components, sample.n_components_expected)),
        ];
        row.extend(protocol.schemes.iter().map(|it| class(sample, it)));
        row.push(Cell::text(match (sample.decides, sample.score) {
            (true, Some(_)) => "yes",
            (true, None) => "shown above",
            (false, _) => "",
        }));
        table.push(row);
    }
    let lacking =
        if report.score.is_some() { "" } else { " No sample has a score; the one with the most components is shown." };
    let note = format!(
        "Each sample is scored by itself; the one with the {which} score is the patient’s result, and its measurements are those \
         above. A sample without a score, or with fewer components than another, does not decide. The interval of the result \
         is that of the sample that decides.{lacking}"
    );
    let mut blocks = vec![Block::Table(table), Block::Note(note)];
    let of_others: Vec<String> = report.samples.iter().filter(|it| !it.decides).filter_map(remarks).collect();
    if !of_others.is_empty() {
        let summary = "Remarks on the measurements of samples that do not decide".to_owned();
        blocks.push(Block::Details(summary, vec![Block::List(of_others)]));
    }
    Some(Section::new("samples", "Samples", blocks))
}

fn class(sample: &SampleScore, scheme: &Scheme) -> Cell {
    let at = sample.classes.get(&scheme.name).and_then(|it| scheme.classes.iter().position(|class| class == it));
    at.map_or_else(
        || Cell::text(format::ABSENT),
        |at| Cell::Class { name: scheme.classes[at].clone(), color: palette::class(at, scheme.classes.len()) },
    )
}

/// What is to be known of the measurements of a sample; absent if there is nothing.
fn remarks(sample: &SampleScore) -> Option<String> {
    let words = |it: &SampleRemark| {
        let flags: Vec<&str> = it.flags.iter().map(|it| it.description()).collect();
        format!("{}, {}", it.component, flags.join("; "))
    };
    let words: Vec<String> = sample.remarks.iter().map(words).collect();
    (!words.is_empty()).then(|| format!("{}: {}", sample.sample_id, words.join("; ")))
}
