//! Classes: cross tables, kappas, and who changes class.

use super::super::document::{Block, Cell, Section, Table};
use super::kappa;
use crate::agreement::categories::CategoryAgreement;
use crate::report::format::{self, ABSENT, or_dash};
use crate::report::palette;
use crate::score::comparison::{AgreementReport, ClassChange, SchemeAgreement};

/// The sections of classes; none where nothing was put into classes.
pub(super) fn sections(report: &AgreementReport) -> Vec<Section> {
    if report.schemes.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Table(kappas(report))];
    for scheme in &report.schemes {
        blocks.push(Block::Heading(format!("By {}", scheme.label)));
        for pair in &scheme.pairs {
            let Some(agreement) = &pair.agreement else { continue };
            blocks.push(Block::Table(cross_table(scheme, (&pair.first, &pair.second), agreement)));
        }
    }
    let note = "Cohen’s kappa counts every change of class alike; with quadratic weights, one over two classes counts as four over \
                one. Both hang on how common the classes are, so kappas of different cohorts do not compare. Where all agree, the interval of kappa has no width, which says nothing of other patients.";
    blocks.push(Block::Note(note.to_owned()));
    vec![Section::new("classes", "Classes", blocks), changes(report)]
}

fn kappas(report: &AgreementReport) -> Table {
    let columns =
        ["Scheme", "Compared", "#Patients", "#Same class", "#Cohen’s kappa", "#Quadratic weights", "#p of symmetry"];
    let mut table = Table::new("Agreement of classes, with 95 % intervals", columns);
    for scheme in &report.schemes {
        for pair in &scheme.pairs {
            let found = pair.agreement.as_ref();
            table.push_texts(vec![
                scheme.label.clone(),
                format!("{}, {}", pair.first, pair.second),
                or_dash(found, |it| format::count(it.n_patients)),
                or_dash(found.map(|it| it.agreement), |it| {
                    format::percent_with_interval(Some(it.estimate), Some(it.lower), Some(it.upper))
                }),
                kappa(found.and_then(|it| it.kappa)),
                kappa(found.and_then(|it| it.quadratic_kappa)),
                or_dash(found.and_then(|it| it.symmetry), |it| format::p_value(it.p_value)),
            ]);
        }
    }
    table
}

fn class_cell(name: &str, classes: &[String]) -> Cell {
    match classes.iter().position(|it| it == name) {
        Some(at) => Cell::Class { name: name.to_owned(), color: palette::class(at, classes.len()) },
        None => Cell::text(name),
    }
}

/// Rows by the first rater, columns by the second.
fn cross_table(scheme: &SchemeAgreement, (first, second): (&str, &str), agreement: &CategoryAgreement) -> Table {
    let caption = format!("Patients by class: rows by {first}, columns by {second}");
    let mut columns = vec![format!("{first} \\ {second}")];
    columns.extend(scheme.classes.iter().map(|it| format!("#{it}")));
    columns.push("#All".to_owned());
    let mut table = Table::with_columns(caption, columns);
    for (class, counts) in scheme.classes.iter().zip(&agreement.table) {
        let mut row = vec![class_cell(class, &scheme.classes)];
        row.extend(counts.iter().map(|n| Cell::Text(format::count(*n))));
        row.push(Cell::Text(format::count(counts.iter().sum())));
        table.push(row);
    }
    let column = |at: usize| agreement.table.iter().map(|row| row[at]).sum();
    let mut all = vec!["All".to_owned()];
    all.extend((0..scheme.classes.len()).map(|at| format::count(column(at))));
    all.push(format::count(agreement.n_patients));
    table.push_texts(all);
    table
}

fn changes(report: &AgreementReport) -> Section {
    if report.class_changes.is_empty() {
        let text = "Nobody is in different classes by two of them.".to_owned();
        return Section::new("changes", "Changes of class", vec![Block::Paragraph(text)]);
    }
    let columns = [
        "Patient",
        "Scheme",
        "Compared",
        "First",
        "Second",
        "#Score or grade, first",
        "#Score or grade, second",
        "Unit",
        "Near a cut",
    ];
    let caption =
        format!("Changes of class, one row a patient and scheme: {}", format::count(report.class_changes.len()));
    let mut table = Table::new(caption, columns);
    for it in &report.class_changes {
        let scheme = report.schemes.iter().find(|scheme| scheme.scheme == it.scheme);
        let classes = scheme.map_or(&[][..], |it| it.classes.as_slice());
        table.push(vec![
            Cell::text(&it.patient_id),
            Cell::text(scheme.map_or(it.scheme.as_str(), |it| &it.label)),
            Cell::Text(format!("{}, {}", it.first, it.second)),
            class_cell(&it.first_class, classes),
            class_cell(&it.second_class, classes),
            Cell::Text(format::points(it.first_score)),
            Cell::Text(format::points(it.second_score)),
            Cell::text(scheme.map_or("", |it| format::without_parentheses(&it.unit))),
            Cell::text(near_cut(it)),
        ]);
    }
    Section::new("changes", "Changes of class", vec![Block::Table(table)])
}

/// Whose score is near a cut, in words.
const fn near_cut(change: &ClassChange) -> &'static str {
    match (change.first_near_cut, change.second_near_cut) {
        (Some(true), Some(true)) => "both",
        (Some(true), _) => "first",
        (_, Some(true)) => "second",
        (Some(false), _) | (_, Some(false)) => "neither",
        (None, None) => ABSENT,
    }
}
