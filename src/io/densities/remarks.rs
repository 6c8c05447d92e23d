//! What is to be known of a density table that was read.

use super::DensityInput;
use crate::model::Component;
use crate::protocol::{ComponentSpec, Measure};

impl DensityInput {
    /// What is to be known of the table where these components are read from it, in sentences: words that resemble one of the
    /// field, but for those of `known` components; rows that are no measurement of a density, where one is read; columns that
    /// are passed over.
    pub fn remarks(&self, specs: &[ComponentSpec], known: &[Component]) -> Vec<String> {
        let is_known = |word: &str| known.iter().any(|it| it.marker.as_str() == word || it.region.as_str() == word);
        let resembling = self.resembling.iter().filter(|it| !is_known(&it.0)).map(|(word, near)| {
            format!("'{word}' is no known marker or region, and is kept as it is; did you mean '{near}'?")
        });
        let mut remarks: Vec<String> = resembling.collect();
        let reads_density = specs.iter().any(|it| it.measure == Measure::Density);
        if self.n_without_area > 0 && reads_density {
            let n = self.n_without_area;
            remarks.push(format!("rows with a count and no area, which are no measurement of a density: {n}"));
        }
        remarks.extend(of_columns(&self.unused_columns));
        remarks
    }
}

/// The remark on columns that are passed over; absent without any.
pub fn of_columns(unused: &[String]) -> Option<String> {
    (!unused.is_empty()).then(|| format!("columns that are no marker and region: {}", unused.join(", ")))
}
