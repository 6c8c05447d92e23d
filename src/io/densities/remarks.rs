//! What is to be known of a density table that was read.

use super::{DensityInput, plausible};
use crate::model::Component;
use crate::protocol::{ComponentSpec, Measure};
use crate::table::densities::measured;

impl DensityInput {
    /// What is to be known of the table where these components are read from it, in sentences: words that resemble one of the
    /// field, but for those of `known` components; rows that are no measurement of a density, where one is read; columns that
    /// are passed over; samples of other times; densities so low that they look like cells per µm².
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
        if !self.other_times.is_empty() {
            let times: Vec<String> = self.other_times.iter().map(|(word, n)| format!("'{word}' ({n})")).collect();
            remarks.push(format!("samples of other times, passed over: {}", times.join(", ")));
        }
        remarks.extend(plausible::remark(self, specs));
        remarks
    }

    /// Components of axes that the table gives in another measure than the axes ask for, in sentences, one a marker; `lacking`
    /// are those that nobody has in the measure asked for.
    pub fn other_measures(&self, lacking: &[&ComponentSpec]) -> Vec<String> {
        let given = measured(&self.densities);
        let mut remarks: Vec<String> = Vec::new();
        for asked in lacking {
            let is_it = |it: &&ComponentSpec| it.component() == asked.component() && it.measure != asked.measure;
            let remark = given.iter().find(is_it).map(|it| {
                let (marker, given, asked) = (&it.marker, it.measure.word(), asked.measure.word());
                format!(
                    "{marker} is given as {given}; the axes ask for its {asked}: set measure = \"{given}\" in an axes file \
                     ([contexture] axes, or --axes)"
                )
            });
            remarks.extend(remark.filter(|it| !remarks.contains(it)));
        }
        remarks
    }
}

/// The remark on columns that are passed over; absent without any.
pub fn of_columns(unused: &[String]) -> Option<String> {
    (!unused.is_empty()).then(|| format!("columns that are no marker and region: {}", unused.join(", ")))
}
