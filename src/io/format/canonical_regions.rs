//! The tables `regions` and `densities` of contexture itself: areas, counts, or both.
//!
//! `sample_id` (or `patient_id` alone, where a patient is one sample), `region` (empty for the whole sample), `part` of
//! several of one name, `area_mm2` or `area_um2`; `n_cells` is all cells, or those of `marker` where there is that column.
//! The area then stands on the row of every marker: it is one area, told several times, for `part` is the same.

use super::{
    AreaUnit, Certainty, Format, Layout, Preview, Recognised, RegionLayout, RegionRecord, RegionTable, canonical,
};
use crate::error::Result;
use crate::io::format::Header;
use crate::table::column::{AREA_MM2, MARKER, N_CELLS, PATIENT_ID, REGION, SAMPLE_ID};

/// Name of the format.
pub const NAME: &str = "contexture-regions";

pub(super) const FORMAT: Format =
    Format { name: NAME, description: "contexture's own table of regions, or of densities with counts", recognise };

/// Where the columns stand.
struct Columns {
    sample: usize,
    patient: Option<usize>,
    field: Option<usize>,
    region: Option<usize>,
    part: Option<usize>,
    marker: Option<usize>,
    n_cells: Option<usize>,
    area: Option<(usize, AreaUnit)>,
}

impl Columns {
    fn of(header: &Header) -> Option<Self> {
        let patient = header.find(PATIENT_ID);
        let area = |name, unit| Some((header.find(name)?, unit));
        Some(Self {
            sample: header.find(SAMPLE_ID).or(patient)?,
            patient,
            field: header.find("field_id"),
            region: header.find(REGION),
            part: header.find("part"),
            marker: header.find(MARKER),
            n_cells: header.find(N_CELLS),
            area: area(AREA_MM2, AreaUnit::SquareMillimetre).or(area("area_um2", AreaUnit::SquareMicrometre)),
        })
    }
}

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let columns = Columns::of(header)?;
    // A row a marker without a count of it is a density, which neither adds up nor gives back its cells.
    let says_something = columns.n_cells.is_some() || (columns.area.is_some() && columns.marker.is_none());
    if !says_something || canonical::is_of_cells(header) {
        return None;
    }
    let used = [
        ("sample", Some(columns.sample)),
        ("patient", columns.patient),
        ("field", columns.field),
        ("region", columns.region),
        ("part", columns.part),
        ("marker", columns.marker),
        ("cells", columns.n_cells),
        ("area", columns.area.map(|it| it.0)),
    ];
    let mut notes = Vec::new();
    if header.find(SAMPLE_ID).is_none() {
        notes.push("there is no column 'sample_id': a patient is one sample".to_owned());
    }
    Some(Recognised {
        certainty: if columns.region.is_some() { Certainty::Certain } else { Certainty::Likely },
        version: None,
        layout: Layout::Regions(RegionLayout {
            used: used.into_iter().filter_map(|(role, column)| Some((role, column?))).collect(),
            area_unit: columns.area.map(|(column, unit)| (unit, format!("header '{}'", header.name(column)))),
            read,
        }),
        notes,
    })
}

fn read(regions: &RegionTable<'_>) -> Result<Vec<RegionRecord>> {
    let RegionTable { header, table } = *regions;
    let columns = Columns::of(header).ok_or_else(|| table.missing_column(SAMPLE_ID))?;
    let texts = |column: Option<usize>| column.map(|it| table.texts(header.name(it))).transpose();
    let mut patients = texts(columns.patient)?;
    let mut fields = texts(columns.field)?;
    let mut names = texts(columns.region)?;
    let mut parts = texts(columns.part)?;
    let mut markers = columns.marker.map(|it| table.identifiers(header.name(it))).transpose()?;
    let n_cells = columns.n_cells.map(|it| table.counts(header.name(it))).transpose()?;
    let areas = columns.area.map(|(it, _)| table.numbers(header.name(it))).transpose()?;
    let samples = table.identifiers(header.name(columns.sample))?;
    let take = |column: &mut Option<Vec<Option<String>>>, row: usize| column.as_mut().and_then(|it| it[row].take());
    let record = |(row, sample): (usize, String)| {
        let counted = n_cells.as_ref().and_then(|it| it[row]);
        let marker = markers.as_mut().map(|it| std::mem::take(&mut it[row]));
        let (counts, n_cells) = match marker {
            Some(marker) => (vec![(marker, counted)], None),
            None => (Vec::new(), counted),
        };
        RegionRecord {
            sample: Some(sample),
            patient: take(&mut patients, row),
            core: None,
            field: take(&mut fields, row),
            region: take(&mut names, row),
            part: take(&mut parts, row).unwrap_or_default(),
            area: areas.as_ref().and_then(|it| it[row]),
            counts,
            n_cells,
            row,
        }
    };
    Ok(samples.into_iter().enumerate().map(record).collect())
}

#[cfg(test)]
mod tests {
    use super::super::preview::records_of;
    use super::*;

    fn layout(header: &str) -> Option<RegionLayout> {
        match recognise(&Preview::of_tsv("regions.tsv", header))?.layout {
            Layout::Regions(layout) => Some(layout),
            other => panic!("{other:?}"),
        }
    }

    fn records(text: &str) -> Result<Vec<RegionRecord>> {
        records_of(layout(text.lines().next().unwrap()).unwrap().read, text)
    }

    #[test]
    fn areas_may_be_given_in_either_unit_and_may_lack() {
        let header = "sample_id\tregion\tarea_um2\tarea_source";
        assert_eq!(
            layout(header).unwrap().area_unit,
            Some((AreaUnit::SquareMicrometre, "header 'area_um2'".to_owned()))
        );
        let found = records("sample_id\tpatient_id\tregion\tpart\tarea_mm2\n01\tp1\tCT\ta\t1.5\n01\t\t\t\t\n").unwrap();
        let first = RegionRecord {
            sample: Some("01".to_owned()),
            patient: Some("p1".to_owned()),
            region: Some("CT".to_owned()),
            part: "a".to_owned(),
            area: Some(1.5),
            ..RegionRecord::default()
        };
        let second = RegionRecord { sample: Some("01".to_owned()), row: 1, ..RegionRecord::default() };
        assert_eq!(found, [first, second]);
    }

    #[test]
    fn the_area_on_the_row_of_each_marker_is_one_part() {
        let text = "sample_id\tregion\tmarker\tn_cells\tarea_mm2\ns\tCT\tCD3\t0\t2\ns\tCT\tCD8\t\t2\n";
        let found = records(text).unwrap();
        assert_eq!(found[0].counts, [("CD3".to_owned(), Some(0))], "zero is a count");
        assert_eq!(found[1].counts, [("CD8".to_owned(), None)], "an empty cell is none");
        assert_eq!((&found[0].part, found[0].area, found[0].n_cells), (&found[1].part, Some(2.0), None));
    }

    #[test]
    fn without_markers_all_cells_are_counted() {
        let found = records("patient_id\tregion\tn_cells\np\tCT\t7\n").unwrap();
        assert_eq!((found[0].sample.as_deref(), found[0].n_cells), (Some("p"), Some(7)));
    }

    #[test]
    fn what_cannot_be_counted_is_named_with_its_place() {
        for (row, place) in [
            ("s\tCT\tCD3\t1.5\t1", "column 'n_cells'"),
            ("\tCT\tCD3\t1\t1", "column 'sample_id'"),
            ("s\tCT\t\t1\t1", "column 'marker'"),
        ] {
            let text = format!("sample_id\tregion\tmarker\tn_cells\tarea_mm2\n{row}\n");
            let error = records(&text).unwrap_err().to_string();
            assert!(error.contains("row 2") && error.contains(place), "{error}");
        }
    }

    #[test]
    fn densities_alone_and_cells_are_not_this() {
        for header in [
            "sample_id\tregion\tmarker\tcells_per_mm2",
            "sample_id\tregion\tmarker\tarea_mm2",
            "sample_id\tregion",
            "region\tarea_mm2",
            "sample_id\tcell_id\tregion\tphenotype\tarea_um2",
        ] {
            assert_eq!(layout(header), None, "{header}");
        }
    }
}
