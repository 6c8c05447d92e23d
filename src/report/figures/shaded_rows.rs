//! Rows of shaded cells, one column a patient, and the scale of their shades.

use super::scale::Linear;
use super::svg::{Path, Stroke, Svg, Text, shorten};
use crate::report::format;
use crate::report::palette::{self, MISSING, MUTED};

/// Steps of the colour scale; cells of one step are one path, which keeps the file small.
const N_SHADES: usize = 50;

/// Width of the figure.
pub(super) const WIDTH: f64 = 860.0;

/// Where the cells begin.
pub(super) const LEFT: f64 = 118.0;

/// Where they end.
pub(super) const RIGHT: f64 = 844.0;

/// Ticks of a scale from 0 to 100.
pub(super) const TICKS: [f64; 5] = [0.0, 25.0, 50.0, 75.0, 100.0];

/// Rows of cells between [`LEFT`] and [`RIGHT`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ShadedRows {
    /// Where the first row begins.
    pub(super) top: f64,
    /// Height of a row.
    pub(super) height: f64,
    /// Number of patients.
    pub(super) n_columns: usize,
}

impl ShadedRows {
    /// Draws the rows of these names; `shade_of` a row and column is from 0 to 100, absent if nothing was measured.
    pub(super) fn draw(self, svg: &mut Svg, names: &[String], shade_of: impl Fn(usize, usize) -> Option<f64>) {
        let Self { top, height, n_columns } = self;
        let column = (RIGHT - LEFT) / n_columns.max(1) as f64;
        let mut shades: Vec<Path> = (0..N_SHADES).map(|_| Path::default()).collect();
        let mut missing = Path::default();
        for (row, name) in names.iter().enumerate() {
            let y = top + row as f64 * height;
            let shade_of = |at: usize| shade_of(row, at).map(shade);
            let mut from = 0;
            // Neighbours of one shade are drawn as one cell.
            for to in 1..=n_columns {
                if to == n_columns || shade_of(to) != shade_of(from) {
                    let x = LEFT + from as f64 * column;
                    let width = (to - from) as f64 * column;
                    shade_of(from).map_or(&mut missing, |it| &mut shades[it]).rect(x, y, width, height - 1.0);
                    from = to;
                }
            }
            let name = shorten(name, LEFT - 20.0, 12.0);
            svg.text(Text::at(LEFT - 10.0, y + height / 2.0 + 4.0).end(), &name);
        }
        for (at, path) in shades.iter().enumerate() {
            svg.fill_path(path, &shade_color(at), 1.0);
        }
        svg.fill_path(&missing, MISSING, 1.0);
    }
}

/// Says below the rows in which order the patients are.
pub(super) fn draw_order(svg: &mut Svg, n: &str, y: f64) {
    svg.text(Text::at(LEFT, y).color(MUTED), "lowest score");
    svg.text(Text::at(RIGHT, y).end().color(MUTED), "highest score");
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), y).middle(), &format!("{n}, by score"));
}

/// The scale of the shades, what they are, and what a cell without one is; a tick is called by its number times `per_tick`.
pub(super) fn draw_legend(svg: &mut Svg, [word, without]: [&str; 2], ticks: &[f64], per_tick: f64, y: f64) {
    let scale = Linear { domain: (0.0, 100.0), range: (LEFT, LEFT + 260.0) };
    let step = (scale.range.1 - scale.range.0) / N_SHADES as f64;
    for at in 0..N_SHADES {
        // A little overlap, so that no seam shows between two shades.
        let overlap = if at + 1 < N_SHADES { 0.5 } else { 0.0 };
        svg.rect((scale.range.0 + at as f64 * step, y), (step + overlap, 12.0), &shade_color(at));
    }
    for &tick in ticks {
        svg.line((scale.at(tick), y + 12.0), (scale.at(tick), y + 16.0), Stroke::axis());
        svg.text(Text::at(scale.at(tick), y + 29.0).middle().size(11.0).color(MUTED), &format::limit(tick * per_tick));
    }
    svg.text(Text::at(LEFT - 10.0, y + 10.0).end().size(11.0).color(MUTED), word);
    svg.rect((LEFT + 300.0, y), (18.0, 12.0), MISSING);
    svg.text(Text::at(LEFT + 324.0, y + 10.0).size(11.0).color(MUTED), without);
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the shades")]
fn shade(percentile: f64) -> usize {
    ((percentile.clamp(0.0, 100.0) / 100.0 * N_SHADES as f64) as usize).min(N_SHADES - 1)
}

fn shade_color(shade: usize) -> String {
    palette::percentile(100.0 * (shade as f64 + 0.5) / N_SHADES as f64)
}
