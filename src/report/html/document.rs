//! The parts that pages are made of; the templates escape every text in them.

use askama::Template;

use super::patient::Tile;
use crate::report::figures::Figure;

/// A part of a page.
#[derive(Clone, Debug)]
pub(super) enum Block {
    /// A heading inside a section.
    Heading(String),
    /// Running text.
    Paragraph(String),
    /// Small print.
    Note(String),
    /// What is to be known before the numbers are believed.
    Warnings(Vec<String>),
    /// Points.
    List(Vec<String>),
    /// Names and what belongs to them.
    Facts(Vec<(String, String)>),
    /// A drawing with its caption; wide ones scroll in their own frame on a small screen.
    Figure(Figure),
    /// A table.
    Table(Table),
    /// What is folded away until it is asked for.
    Details(String, Vec<Block>),
}

/// Blocks, as HTML.
#[derive(Template)]
#[template(path = "blocks.html")]
pub(super) struct Blocks<'a> {
    blocks: &'a [Block],
}

impl<'a> Blocks<'a> {
    /// What the templates write.
    pub(super) const fn of(blocks: &'a [Block]) -> Self {
        Self { blocks }
    }
}

/// A page that is made of sections.
#[derive(Template)]
#[template(path = "sections.html")]
pub(super) struct SectionPage<'a> {
    pub(super) version: &'a str,
    /// What kind of page it is.
    pub(super) about: &'a str,
    /// Where it belongs: address and name.
    pub(super) parent: Option<(&'a str, &'a str)>,
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) research_use_only: &'a str,
    pub(super) disclaimer: &'a str,
    pub(super) warnings: Vec<String>,
    pub(super) tiles: Vec<Tile>,
    pub(super) sections: &'a [Section],
}

/// A section of a page with an entry in its list of contents.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

impl Section {
    pub(super) fn new(id: impl Into<String>, title: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { id: id.into(), title: title.into(), blocks }
    }
}

/// A table. The first cell of a row is the row's heading.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Whether a long table scrolls in its own frame.
    pub(super) is_long: bool,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_number: bool,
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// Text or a number.
    Text(String),
    /// A class with its colour.
    Class { name: String, color: String },
    /// A link to another page.
    Link { href: String, text: String },
}

impl Cell {
    /// Text of a cell.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// Rows after which a table scrolls in its own frame.
const LONG: usize = 25;

impl Table {
    /// A table of these columns; a name that starts with `#` is that of a column of numbers.
    pub(super) fn new<const N: usize>(caption: impl Into<String>, columns: [&str; N]) -> Self {
        Self::with_columns(caption, columns.map(str::to_owned).to_vec())
    }

    /// As [`Table::new`], where the columns depend on the data.
    pub(super) fn with_columns(caption: impl Into<String>, columns: Vec<String>) -> Self {
        let columns = columns
            .into_iter()
            .map(|name| match name.strip_prefix('#') {
                Some(number) => Column { name: number.to_owned(), is_number: true },
                None => Column { name, is_number: false },
            })
            .collect();
        Self { caption: caption.into(), columns, rows: vec![], is_long: false }
    }

    pub(super) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "a row of '{}' has a cell for each column", self.caption);
        self.rows.push(row);
        self.is_long = self.rows.len() > LONG;
    }

    /// Adds a row of text.
    pub(super) fn push_texts(&mut self, row: Vec<String>) {
        self.push(row.into_iter().map(Cell::Text).collect());
    }

    /// The cells of a row, each with its column.
    pub(super) fn cells<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = (&'a Column, &'a Cell)> {
        self.columns.iter().zip(row)
    }
}
