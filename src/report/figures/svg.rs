//! A writer of SVG: every text is escaped, attributes keep their order, coordinates have a tenth of a pixel.

use std::fmt::{self, Write as _};

use crate::report::palette::{INK, RULE};

/// Fonts, so that a figure looks alike as a file and in a page.
const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

/// Width of an average letter, as a share of the font size; on the safe side for the fonts above.
const LETTER_WIDTH: f64 = 0.58;

/// A drawing in the making.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Start,
    Middle,
    End,
}

/// A text's place and look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    x: f64,
    y: f64,
    anchor: Anchor,
    size: f64,
    is_bold: bool,
    is_vertical: bool,
    halo: Option<&'a str>,
    color: &'a str,
}

impl<'a> Text<'a> {
    /// A text that starts at a place; `y` is its base line.
    pub(super) const fn at(x: f64, y: f64) -> Self {
        Self { x, y, anchor: Anchor::Start, size: 12.0, is_bold: false, is_vertical: false, halo: None, color: INK }
    }

    pub(super) const fn middle(self) -> Self {
        Self { anchor: Anchor::Middle, ..self }
    }

    pub(super) const fn end(self) -> Self {
        Self { anchor: Anchor::End, ..self }
    }

    pub(super) const fn size(self, size: f64) -> Self {
        Self { size, ..self }
    }

    pub(super) const fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }

    /// Turned to be read from below.
    pub(super) const fn vertical(self) -> Self {
        Self { is_vertical: true, ..self }
    }

    /// With a white rim, to be read over a line.
    pub(super) const fn halo(self) -> Self {
        self.halo_of("#ffffff")
    }

    /// With a rim of the colour that it stands on, to be read over a line.
    pub(super) const fn halo_of(self, color: &'a str) -> Self {
        Self { halo: Some(color), ..self }
    }

    pub(super) const fn color(self, color: &'a str) -> Self {
        Self { color, ..self }
    }
}

/// A line's look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke<'a> {
    pub(super) color: &'a str,
    pub(super) width: f64,
    /// As in `stroke-dasharray`; empty for a whole line.
    pub(super) dashes: &'a str,
}

impl<'a> Stroke<'a> {
    /// A whole line.
    pub(super) const fn line(color: &'a str, width: f64) -> Self {
        Self { color, width, dashes: "" }
    }

    /// A dashed line.
    pub(super) const fn dashed(color: &'a str, width: f64) -> Self {
        Self { color, width, dashes: "4 3" }
    }

    /// The line of an axis.
    pub(super) const fn axis() -> Self {
        Self::line(RULE, 1.0)
    }
}

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// The whole file. `name` makes the identifiers in it, `description` says in words what is to be seen.
    pub(super) fn finish(self, name: &str, title: &str, description: &str) -> String {
        let Self { width, height, body } = self;
        let name = escape(name);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
             aria-labelledby=\"{name}-title {name}-desc\" font-family=\"{FONTS}\">\n\
             <title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-desc\">{}</desc>\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n{body}</svg>\n",
            escape(title),
            escape(description),
            w = Number(width),
            h = Number(height),
        )
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke<'_>) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(Number);
        self.put(format_args!("<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"{}/>\n", Look(stroke)));
    }

    pub(super) fn rect(&mut self, corner: (f64, f64), size: (f64, f64), fill: &str) {
        let [x, y, w, h] = [corner.0, corner.1, size.0, size.1].map(Number);
        let fill = escape(fill);
        self.put(format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{fill}\"/>\n"));
    }

    /// A rectangle with round corners and a frame.
    pub(super) fn card(&mut self, corner: (f64, f64), size: (f64, f64), fill: &str, frame: &str) {
        let [x, y, w, h] = [corner.0, corner.1, size.0, size.1].map(Number);
        let look = Look(Stroke::line(frame, 1.0));
        self.put(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"4\" fill=\"{}\"{look}/>\n",
            escape(fill)
        ));
    }

    pub(super) fn circle(&mut self, center: (f64, f64), radius: f64, fill: &str) {
        let [x, y, r] = [center.0, center.1, radius].map(Number);
        let fill = escape(fill);
        self.put(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{fill}\" stroke=\"#ffffff\" stroke-width=\"1\"/>\n"
        ));
    }

    /// An open path.
    pub(super) fn stroke_path(&mut self, path: &Path, stroke: Stroke<'_>) {
        if !path.0.is_empty() {
            self.put(format_args!("<path d=\"{}\" fill=\"none\"{}/>\n", path.0, Look(stroke)));
        }
    }

    /// A filled path; `opacity` in [0, 1].
    pub(super) fn fill_path(&mut self, path: &Path, fill: &str, opacity: f64) {
        if !path.0.is_empty() {
            let fill = escape(fill);
            self.put(format_args!("<path d=\"{}\" fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"/>\n", path.0));
        }
    }

    pub(super) fn text(&mut self, text: Text<'_>, content: &str) {
        let (x, y) = (Number(text.x), Number(text.y));
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if text.is_bold { " font-weight=\"600\"" } else { "" };
        self.put(format_args!("<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"{anchor}{weight}", Number(text.size)));
        if text.is_vertical {
            self.put(format_args!(" transform=\"rotate(-90 {x} {y})\""));
        }
        if let Some(color) = text.halo {
            self.put(format_args!(
                " stroke=\"{}\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
                escape(color)
            ));
        }
        self.put(format_args!(" fill=\"{}\">{}</text>\n", escape(text.color), escape(content)));
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        self.body.write_fmt(text).expect("a string takes any text");
    }
}

/// The data of a path.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    pub(super) fn move_to(&mut self, x: f64, y: f64) {
        self.put('M', &[x, y]);
    }

    pub(super) fn line_to(&mut self, x: f64, y: f64) {
        self.put('L', &[x, y]);
    }

    pub(super) fn horizontal_to(&mut self, x: f64) {
        self.put('H', &[x]);
    }

    pub(super) fn vertical_to(&mut self, y: f64) {
        self.put('V', &[y]);
    }

    pub(super) fn close(&mut self) {
        self.0.push('Z');
    }

    /// A rectangle of its own.
    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64) {
        self.move_to(x, y);
        self.horizontal_to(x + width);
        self.vertical_to(y + height);
        self.horizontal_to(x);
        self.close();
    }

    fn put(&mut self, command: char, numbers: &[f64]) {
        self.0.push(command);
        for (at, &number) in numbers.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(self.0, "{space}{}", Number(number)).expect("a string takes any text");
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A width that holds a text, in pixels.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * LETTER_WIDTH
}

/// The text in lines that fit a width, broken between words.
pub(super) fn wrap(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + size * LETTER_WIDTH <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text, cut to a width with an ellipsis if it is too long.
pub(super) fn shorten(text: &str, width: f64, size: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if text_width(&short, size) + 2.0 * size * LETTER_WIDTH > width {
            break;
        }
        short.push(letter);
    }
    short.push('…');
    short
}

/// A coordinate to a tenth of a pixel, without a needless zero.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        if tenths % 10.0 == 0.0 { write!(f, "{:.0}", tenths / 10.0 + 0.0) } else { write!(f, "{:.1}", tenths / 10.0) }
    }
}

struct Look<'a>(Stroke<'a>);

impl fmt::Display for Look<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " stroke=\"{}\" stroke-width=\"{:.1}\"", escape(self.0.color), self.0.width)?;
        if !self.0.dashes.is_empty() {
            write!(f, " stroke-dasharray=\"{}\"", escape(self.0.dashes))?;
        }
        Ok(())
    }
}

/// Text that may stand in an element or an attribute; characters that XML cannot hold are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            it if it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}') => {}
            it => escaped.push(it),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_everywhere() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text(Text::at(0.0, 0.0).color("\"><x"), "<script>&\u{0}");
        let svg = svg.finish("a\"b", "1 < 2", "a & b");
        assert!(svg.contains("&lt;script&gt;&amp;</text>"), "{svg}");
        assert!(!svg.contains("<script") && !svg.contains("<x") && !svg.contains("a\"b"), "{svg}");
        assert!(svg.contains("<title id=\"a&quot;b-title\">1 &lt; 2</title>"), "{svg}");
    }

    #[test]
    fn coordinates_are_short() {
        let texts = [1.0, 1.04, 1.06, -0.01, 100.25].map(|it| Number(it).to_string());
        assert_eq!(texts, ["1", "1", "1.1", "0", "100.3"]);
    }

    #[test]
    fn text_is_broken_between_words_and_cut_where_it_is_too_long() {
        assert_eq!(wrap("one two three", 8.0 * 7.0, 12.0), ["one two", "three"]);
        assert_eq!(shorten("Intermediate", 40.0, 10.0), "Inter…");
        assert_eq!(shorten("Low", 40.0, 10.0), "Low");
    }
}
