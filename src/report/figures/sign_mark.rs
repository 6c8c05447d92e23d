//! The mark of a sign: its shape tells it, its colour only helps.

use super::svg::{Path, Stroke, Svg};
use crate::protocol::AxisSign;
use crate::report::palette;

/// A character of the same shape, for text.
pub(crate) const fn letter(sign: AxisSign) -> &'static str {
    match sign {
        AxisSign::Positive => "▲",
        AxisSign::Negative => "▼",
        AxisSign::Context => "○",
    }
}

/// The colour beside the shape.
pub(super) fn color(sign: AxisSign) -> String {
    match sign {
        AxisSign::Positive => palette::class(1, 2),
        AxisSign::Negative => palette::class(0, 2),
        AxisSign::Context => palette::MUTED.to_owned(),
    }
}

/// Draws the mark: a triangle that points up, one that points down, or a ring.
pub(super) fn draw(svg: &mut Svg, sign: AxisSign, (x, y): (f64, f64)) {
    let color = color(sign);
    let mut path = Path::default();
    match sign {
        AxisSign::Context => {
            svg.circle((x, y), 5.5, &color);
            svg.circle((x, y), 3.0, "#ffffff");
            return;
        }
        AxisSign::Positive => triangle(&mut path, x, y, -1.0),
        AxisSign::Negative => triangle(&mut path, x, y, 1.0),
    }
    svg.fill_path(&path, &color, 1.0);
    svg.stroke_path(&path, Stroke::line("#ffffff", 0.8));
}

fn triangle(path: &mut Path, x: f64, y: f64, tip: f64) {
    path.move_to(x, y + 5.5 * tip);
    path.line_to(x - 5.5, y - 4.5 * tip);
    path.line_to(x + 5.5, y - 4.5 * tip);
    path.close();
}
