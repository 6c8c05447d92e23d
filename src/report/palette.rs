//! The colours of pages and figures.
//!
//! Classes run from orange (few cells) over grey to blue (many): a pair that red-green blindness leaves apart. The same
//! class of the same scheme has the same colour on every page. Percentiles follow cividis.
//!
//! # References
//!
//! * Nuñez JR, Anderton CR, Renslow RS. Optimizing colormaps with consideration for color vision deficiency to enable
//!   accurate interpretation of scientific data. *PLOS One* 2018;13:e0199239. doi:10.1371/journal.pone.0199239

/// Text.
pub const INK: &str = "#1c2733";
/// Text of lesser weight.
pub const MUTED: &str = "#55616e";
/// Axes and frames.
pub const RULE: &str = "#8a95a1";
/// Lines of a grid.
pub const GRID: &str = "#e3e7eb";
/// A range behind words and numbers.
pub const INTERVAL: &str = "#dadcdf";
/// What was not measured.
pub const MISSING: &str = "#d5dade";
/// What belongs to no class.
pub const NEUTRAL: &str = "#4d6480";

const ORANGE: Rgb = [192, 86, 12];
const LIGHT_ORANGE: Rgb = [232, 150, 46];
const GREY: Rgb = [118, 124, 130];
const LIGHT_BLUE: Rgb = [82, 154, 208];
const BLUE: Rgb = [24, 92, 164];

/// Cividis at 0, 12.5, … 100 %.
const CIVIDIS: [Rgb; 9] = [
    [0, 34, 78],
    [26, 56, 111],
    [67, 78, 108],
    [97, 101, 111],
    [125, 124, 120],
    [155, 148, 119],
    [188, 174, 108],
    [222, 202, 87],
    [254, 232, 56],
];

type Rgb = [u8; 3];

/// The colour of class `class` of `n_classes`, from the lowest.
pub fn class(class: usize, n_classes: usize) -> String {
    let tuned: &[Rgb] = match n_classes {
        2 => &[ORANGE, BLUE],
        3 => &[ORANGE, GREY, BLUE],
        4 => &[ORANGE, LIGHT_ORANGE, LIGHT_BLUE, BLUE],
        _ => &[ORANGE, LIGHT_ORANGE, GREY, LIGHT_BLUE, BLUE],
    };
    match tuned.get(class).filter(|_| n_classes <= 5) {
        Some(&color) => hex(color),
        None => hex(along(tuned, class as f64 / (n_classes.max(2) - 1) as f64)),
    }
}

/// The colour of a percentile from 0 to 100.
pub fn percentile(percentile: f64) -> String {
    hex(along(&CIVIDIS, percentile / 100.0))
}

/// Linear interpolation along a scale; `at` in [0, 1].
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the scale, and a byte")]
fn along(scale: &[Rgb], at: f64) -> Rgb {
    let position = at.clamp(0.0, 1.0) * (scale.len() - 1) as f64;
    let below = (position.floor() as usize).min(scale.len() - 2);
    let share = position - below as f64;
    let mix = |channel: usize| {
        let (a, b) = (f64::from(scale[below][channel]), f64::from(scale[below + 1][channel]));
        (a + share * (b - a)).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_and_the_highest_class_look_the_same_in_every_scheme() {
        for n in 2..9 {
            assert_eq!(class(0, n), hex(ORANGE), "{n} classes");
            assert_eq!(class(n - 1, n), hex(BLUE), "{n} classes");
        }
    }

    #[test]
    fn every_class_of_a_scheme_has_its_own_color() {
        for n in 2..12 {
            let mut colors: Vec<String> = (0..n).map(|it| class(it, n)).collect();
            colors.sort();
            colors.dedup();
            assert_eq!(colors.len(), n);
        }
    }

    #[test]
    fn percentiles_outside_the_scale_are_clamped() {
        assert_eq!(percentile(-3.0), percentile(0.0));
        assert_eq!(percentile(103.0), percentile(100.0));
    }
}
