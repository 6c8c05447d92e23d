//! Objects of `CellProfiler` (`ExportToSpreadsheet`): one row an object, numbered within its image; lengths in pixels.

use super::{Certainty, Format, Header, Layout, Preview, Recognised, shared_columns};

pub(super) const FORMAT: Format =
    Format { name: "cellprofiler", description: "CellProfiler objects (ExportToSpreadsheet), in pixels", recognise };

/// What a pipeline calls the sample in its metadata, the likeliest first.
const SAMPLES: [&str; 6] = [
    "Metadata_Sample",
    "Metadata_SampleID",
    "Metadata_SampleName",
    "Metadata_Slide",
    "Metadata_SlideID",
    "Metadata_Core",
];

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let image = header.find("ImageNumber")?;
    header.find("ObjectNumber")?;
    let centres = [["Location_Center_X", "Location_Center_Y"]];
    let position =
        shared_columns::position(header, &centres, shared_columns::PIXELS, "CellProfiler measures in pixels")?;
    let mut layout = shared_columns::joined(header);
    layout.sample = layout.sample.or_else(|| header.find_any(&SAMPLES)).or_else(|| file(header));
    layout.patient = layout.patient.or_else(|| header.find_any(&["Metadata_Patient", "Metadata_PatientID"]));
    layout.field = Some(image);
    layout.position = Some(position);
    layout.intensities = markers(header);
    let mut notes = Vec::new();
    if layout.sample.is_none() {
        notes.push("no metadata name the sample: all images of this file are fields of one sample".to_owned());
    }
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes })
}

/// The column that names the image's file; none if every channel has a file of its own.
fn file(header: &Header) -> Option<usize> {
    let mut columns = header.between("FileName_", "").map(|it| it.0);
    columns.next().filter(|_| columns.next().is_none())
}

fn markers(header: &Header) -> Vec<(String, usize)> {
    let marker = |name: &str| name.strip_prefix("Intensity_MeanIntensity_").map(str::to_owned);
    let named = header.names().iter().enumerate().filter_map(|(column, name)| Some((marker(name)?, column)));
    named.filter(|(marker, _)| !shared_columns::is_nuclear_stain(marker)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::format::CellLayout;

    const HEADER: &str = "ImageNumber\tObjectNumber\tAreaShape_Area\tIntensity_MeanIntensity_CD8_rs\t\
        Intensity_MeanIntensity_DNA\tIntensity_StdIntensity_CD8_rs\tLocation_Center_X\tLocation_Center_Y";

    fn recognised(more: &str) -> (CellLayout, Vec<String>) {
        match recognise(&Preview::of_tsv("cells.txt", &format!("{HEADER}{more}"))) {
            Some(Recognised { layout: Layout::Cells(layout), notes, .. }) => (layout, notes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn images_are_fields_of_the_file_where_nothing_names_the_sample() {
        let (layout, notes) = recognised("");
        assert_eq!((layout.sample, layout.field), (None, Some(0)));
        assert_eq!(layout.intensities, [("CD8_rs".to_owned(), 3)], "mean intensities, no nuclei");
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn metadata_name_the_sample_before_the_image_file_does() {
        assert_eq!(recognised("\tFileName_Stack").0.sample, Some(8));
        assert_eq!(recognised("\tFileName_DNA\tFileName_CD8").0.sample, None, "one file a channel");
        let (layout, notes) = recognised("\tFileName_Stack\tMetadata_Patient\tMetadata_Sample");
        assert_eq!((layout.sample, layout.patient, notes.len()), (Some(10), Some(9), 0));
    }
}
