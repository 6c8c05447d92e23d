//! An axis of names: groups, batches.

use super::svg::{Svg, Text, shorten};
use crate::report::format;
use crate::report::palette::MUTED;

/// Names beyond this have no room across, and stand upright.
const MOST_ACROSS: usize = 12;

/// Names at equal distances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Categories {
    /// Where the axis begins and ends.
    pub(super) range: (f64, f64),
    /// Number of names.
    pub(super) n: usize,
}

impl Categories {
    /// The room of one name.
    pub(super) fn room(self) -> f64 {
        (self.range.1 - self.range.0) / self.n.max(1) as f64
    }

    /// Where the middle of a name stands.
    pub(super) fn at(self, place: usize) -> f64 {
        self.range.0 + (place as f64 + 0.5) * self.room()
    }

    /// Writes the names, each with its number of patients where there is room for it.
    pub(super) fn draw<'a>(self, svg: &mut Svg, names: impl IntoIterator<Item = (&'a str, usize)>, y: f64) {
        for (place, (name, n_patients)) in names.into_iter().enumerate() {
            let x = self.at(place);
            if self.n <= MOST_ACROSS {
                svg.text(Text::at(x, y).middle().size(11.0), &shorten(name, self.room() - 4.0, 11.0));
                let n_patients = format!("n = {}", format::count(n_patients));
                svg.text(Text::at(x, y + 15.0).middle().size(10.0).color(MUTED), &n_patients);
            } else {
                svg.text(Text::at(x + 4.0, y - 8.0).end().size(10.0).vertical(), &shorten(name, 48.0, 10.0));
            }
        }
    }
}
