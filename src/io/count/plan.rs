//! What is read of every row of a table of cells.

use super::Settings;
use super::sections::Sections;
use super::source::Source;
use crate::error::Result;
use crate::io::cells::{DistancePlan, OutlinePlan, Plan, Threshold};
use crate::io::format::{CellLayout, PhenotypeColumn};

/// Places of the columns in a [`Plan`].
pub(super) struct Places {
    pub(super) sample: Vec<usize>,
    pub(super) patient: Option<usize>,
    pub(super) field: Option<usize>,
    pub(super) region: Option<usize>,
    pub(super) phenotypes: Vec<usize>,
    pub(super) not_a_cell: Option<usize>,
    pub(super) region_area: Option<usize>,
    pub(super) core: Option<usize>,
    /// The place that was analysed, and what names the analysis.
    pub(super) analyses: Option<(usize, Vec<usize>)>,
}

/// What is wanted of every row of a table of cells, and where it stands.
///
/// # Errors
///
/// [`crate::error::Error::UnusableFile`] for distances in pixels without a scale.
pub(super) fn plan<'a>(
    source: &'a Source,
    layout: &'a CellLayout,
    settings: &'a Settings,
    sections: &'a Sections,
    file_sample: &'a str,
) -> Result<(Plan<'a>, Places)> {
    let mut plan = Plan { file_sample, ..Plan::default() };
    let mut word = |column: usize| {
        plan.words.iter().position(|it| *it == column).unwrap_or_else(|| {
            plan.words.push(column);
            plan.words.len() - 1
        })
    };
    let named = &source.named;
    let places = Places {
        sample: match layout.sample {
            Some(sample) => [sample].iter().chain(&layout.sample_within).map(|it| word(*it)).collect(),
            None => Vec::new(),
        },
        patient: layout.patient.filter(|_| named.patient.is_none()).map(&mut word),
        field: layout.field.filter(|_| named.field.is_none()).map(&mut word),
        region: layout.region.filter(|_| named.region.is_none()).map(|it| word(it.column)),
        phenotypes: layout
            .phenotypes
            .iter()
            .map(|it| match it {
                PhenotypeColumn::Label { column, .. } | PhenotypeColumn::Positivity { column, .. } => word(*column),
            })
            .collect(),
        not_a_cell: layout.not_a_cell.as_ref().map(|it| word(it.0)),
        region_area: layout.region_area.as_ref().map(|it| word(it.column)),
        core: layout.core.map(|it| word(it.column)),
        analyses: layout.analyses.as_ref().map(|it| (word(it.place), it.names.iter().map(|it| word(*it)).collect())),
    };
    plan.sample.clone_from(&places.sample);
    if let Some(gates) = &settings.gates {
        let gated = layout.intensities.iter().filter(|(marker, _)| gates.has(marker));
        plan.thresholds = gated
            .map(|(marker, column)| Threshold { column: *column, marker, gates, sample_words: layout.sample_words })
            .collect();
    }
    let may_have_outlines = if places.sample.is_empty() || named.sample.is_some() {
        sections.of(file_sample).is_some()
    } else {
        !sections.is_empty()
    };
    if may_have_outlines && let Some(position) = &layout.position {
        let scale = || source.microns_per_unit(position.unit, &position.unit_source, settings);
        plan.outlines = Some(OutlinePlan {
            x: position.x,
            y: position.y,
            microns_per_unit: Box::new(scale),
            regions: sections.names(),
            section_of: Box::new(|word| {
                let named = source.named.sample.as_deref();
                sections.of(named.unwrap_or_else(|| layout.sample_words.sample(word)))
            }),
        });
    }
    if let (Some(margin), Some(distance)) = (settings.margin, &layout.signed_distance) {
        let microns_per_unit = source.microns_per_unit(distance.unit, &distance.unit_source, settings)?;
        plan.distance = Some(DistancePlan { column: distance.column, microns_per_unit, margin });
    }
    Ok((plan, places))
}
