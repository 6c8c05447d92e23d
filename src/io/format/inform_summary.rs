//! inForm's summary, `…_cell_seg_data_summary.txt`: one row a phenotype in a tissue category of a field.
//!
//! The area of a category stands in each of its rows. The rows of the phenotype `All`, or of none, hold all cells; the rows of
//! the category `All` are about the whole field.

use std::collections::BTreeMap;

use super::header::Header;
use super::inform_columns::DOCUMENTED_MICRONS_PER_PIXEL;
use super::layout::{AreaUnit, Layout, RegionLayout, RegionRecord, SampleWords};
use super::preview::{Preview, RegionTable};
use super::region_numbers::amounts;
use super::{Certainty, Format, Recognised, inform_columns, units};
use crate::error::{Error, Result};
use crate::io::table_file::TableFile;

/// inForm's summary.
pub(super) const FORMAT: Format = Format {
    name: "inform-summary",
    description: "inForm: summary of cell segmentation data, one row a phenotype of a tissue category",
    recognise,
};

/// What inForm calls all categories or all phenotypes together.
const ALL: &str = "All";

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let total = header.find("Total Cells")?;
    if !inform_columns::are_of_inform(header) || !inform_columns::is_summary(preview) {
        return None;
    }
    let area = Area::of(header);
    let mut notes = Vec::new();
    match &area {
        Some(Area { meaning: Meaning::Density, .. }) => {
            notes.push("areas are the number of cells by their density, as exact as the density is written".to_owned());
        }
        Some(_) => {}
        None => notes.push("no column holds an area, nor a density that it follows from".to_owned()),
    }
    let area_unit = area.as_ref().map(|it| (it.unit, units::said_by(header, it.column)));
    let (sample, _) = inform_columns::sample(preview);
    let used = [
        ("sample", sample),
        ("field", header.find_any(&["Sample Name", "Annotation ID"])),
        ("region", header.find("Tissue Category")),
        ("phenotype", header.find("Phenotype")),
        ("cells", Some(total)),
        ("area", area.map(|it| it.column)),
    ];
    let used = used.into_iter().filter_map(|(role, column)| Some((role, column?))).collect();
    let version = header.names().iter().find_map(|it| it.strip_prefix("inForm ")).map(str::to_owned);
    let layout = Layout::Regions(RegionLayout { used, area_unit, read });
    Some(Recognised { certainty: Certainty::Certain, version, layout, notes })
}

/// The column that the area of a category comes from.
struct Area {
    column: usize,
    unit: AreaUnit,
    meaning: Meaning,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Area,
    /// Cells in a million of the unit.
    Density,
}

impl Area {
    fn of(header: &Header) -> Option<Self> {
        let pixel = AreaUnit::SquarePixel { documented_microns_per_pixel: Some(DOCUMENTED_MICRONS_PER_PIXEL) };
        let micrometre = AreaUnit::SquareMicrometre;
        [
            ("(pixels)", Meaning::Area, pixel),
            ("(sq microns)", Meaning::Area, micrometre),
            ("(square microns)", Meaning::Area, micrometre),
            ("", Meaning::Area, micrometre),
            ("(per megapixel)", Meaning::Density, pixel),
            ("(per sq mm)", Meaning::Density, micrometre),
        ]
        .into_iter()
        .find_map(|(words, meaning, unit)| {
            let names = match meaning {
                Meaning::Area => &["Tissue Category Area", "Region Area"][..],
                Meaning::Density => &["Cell Density"],
            };
            let column = names.iter().find_map(|name| header.find(&format!("{name} {words}")))?;
            Some(Self { column, unit, meaning })
        })
    }

    /// The area of each row, in the unit.
    fn read(&self, table: &TableFile, header: &Header, totals: &[Option<u64>]) -> Result<Vec<Option<f64>>> {
        let numbers = amounts(table, header.name(self.column))?;
        Ok(match self.meaning {
            Meaning::Area => numbers,
            Meaning::Density => {
                let area = |(density, total): (Option<f64>, &Option<u64>)| {
                    let (density, total) = density.zip(*total).filter(|it| it.0 > 0.0 && it.1 > 0)?;
                    Some(total as f64 / density * 1e6)
                };
                numbers.into_iter().zip(totals).map(area).collect()
            }
        })
    }
}

/// A category of a field, and the number of cells that its area was told beside.
struct Category {
    record: RegionRecord,
    area_from: u64,
    phenotype_rows: BTreeMap<String, usize>,
}

fn read(table: &RegionTable<'_>) -> Result<Vec<RegionRecord>> {
    let RegionTable { header, table } = *table;
    let texts = |name: &str| match header.find(name) {
        Some(column) => table.texts(header.name(column)),
        None => Ok(vec![None; table.height()]),
    };
    let (slides, names, annotations) = (texts("Slide ID")?, texts("Sample Name")?, texts("Annotation ID")?);
    let (regions, phenotypes) = (texts("Tissue Category")?, texts("Phenotype")?);
    let total = header.find("Total Cells").ok_or_else(|| table.missing_column("Total Cells"))?;
    let totals = table.counts(header.name(total))?;
    let area = Area::of(header);
    let areas = match &area {
        Some(area) => area.read(table, header, &totals)?,
        None => vec![None; table.height()],
    };

    let mut found: BTreeMap<[Option<String>; 3], usize> = BTreeMap::new();
    let mut categories: Vec<Category> = Vec::new();
    for row in 0..table.height() {
        let of_name = || names[row].as_deref().map(|it| SampleWords::InformField.sample(it).to_owned());
        let sample = slides[row].clone().or_else(of_name);
        let field = names[row].clone().or_else(|| annotations[row].clone());
        let region = regions[row].clone().filter(|it| it != ALL);
        let at = *found.entry([sample.clone(), field.clone(), region.clone()]).or_insert(categories.len());
        if at == categories.len() {
            let record = RegionRecord { sample, field, region, row, ..RegionRecord::default() };
            categories.push(Category { record, area_from: 0, phenotype_rows: BTreeMap::new() });
        }
        let category = &mut categories[at];
        let phenotype = phenotypes[row].clone().unwrap_or_else(|| ALL.to_owned());
        if let Some(&first) = category.phenotype_rows.get(&phenotype) {
            let region = regions[row].as_deref().unwrap_or(ALL);
            let what = format!("the phenotype '{phenotype}' in '{region}'");
            return Err(Error::Duplicate {
                path: table.path.clone(),
                first: table.line(first),
                second: table.line(row),
                what,
            });
        }
        category.phenotype_rows.insert(phenotype.clone(), row);
        if let (Some(area), Some(told)) = (&area, areas[row]) {
            category
                .add_area(area.meaning, told, totals[row].unwrap_or(0))
                .map_err(|expected| table.value_error(row, header.name(area.column), &told.to_string(), &expected))?;
        }
        if phenotype == ALL {
            category.record.n_cells = totals[row];
        } else {
            category.record.counts.push((phenotype, totals[row]));
        }
    }
    Ok(categories.into_iter().map(|it| it.record).collect())
}

impl Category {
    /// Takes the area of a row; or says what was expected.
    fn add_area(&mut self, meaning: Meaning, area: f64, n_cells: u64) -> std::result::Result<(), String> {
        match (meaning, self.record.area) {
            // METHOD: densities are rounded; the row with the most cells gives the area most exactly.
            (Meaning::Density, Some(_)) if n_cells <= self.area_from => {}
            (Meaning::Area, Some(known)) if (known - area).abs() > known.max(area) * 1e-6 => {
                return Err(format!("{known}, as in the other rows of this category"));
            }
            _ => {
                self.record.area = Some(area);
                self.area_from = n_cells;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::preview::records_of;
    use super::*;

    fn records(text: &str) -> Result<Vec<RegionRecord>> {
        records_of(read, text)
    }

    fn layout(text: &str) -> (RegionLayout, Vec<String>) {
        let known = recognise(&Preview::of_tsv("s.txt", text)).expect("is of this format");
        let Layout::Regions(layout) = known.layout else { panic!("holds regions") };
        (layout, known.notes)
    }

    const HEADER: &str = "Sample Name\tTissue Category\tPhenotype\tCell ID\tTotal Cells\tTissue Category Area (pixels)\t\
        Cell Density (per megapixel)\tCell X Position\tCell Y Position\tSlide ID\tinForm 2.4.2";
    const PIXEL: AreaUnit = AreaUnit::SquarePixel { documented_microns_per_pixel: Some(0.5) };

    #[test]
    fn each_category_of_a_field_has_one_area_and_its_counts() {
        let text = format!(
            "{HEADER}\nS1_[1,2].im3\tTumor\tCD8+\tall\t5\t1000\t5000\t\t\tS1\t\nS1_[1,2].im3\tTumor\tAll\tall\t20\t1000\t20000\t\t\tS1\t\n\
             S1_[1,2].im3\tStroma\tCD8+\tall\t0\t0\t0.0\t\t\tS1\t\nS1_[1,2].im3\tAll\t\tall\t20\t1000\t20000\t\t\t\t"
        );
        let (known, _) = layout(&text);
        assert_eq!(known.area_unit, Some((PIXEL, "header 'Tissue Category Area (pixels)'".to_owned())));
        let records = records(&text).unwrap();
        let told: Vec<_> =
            records.iter().map(|it| (it.region.as_deref(), it.area, it.n_cells, it.counts.len())).collect();
        assert_eq!(
            told,
            [
                (Some("Tumor"), Some(1000.0), Some(20), 1),
                (Some("Stroma"), Some(0.0), None, 1),
                (None, Some(1000.0), Some(20), 0),
            ]
        );
        assert_eq!(records[1].counts, [("CD8+".to_owned(), Some(0))], "none is a count");
        assert!(
            records.iter().all(|it| it.sample.as_deref() == Some("S1") && it.field.as_deref() == Some("S1_[1,2].im3"))
        );
    }

    #[test]
    fn without_areas_they_follow_from_the_densities() {
        let header = "Sample Name\tPhenotype\tCell ID\tTotal Cells\tCell Density (per megapixel)\tCell X Position\tCell Y Position";
        let text = format!("{header}\nF\tCD8+\tall\t1\t1.3\t\t\nF\t\tall\t500\t625\t\t\nF\tCD3+\tall\t0\t0\t\t");
        let (known, notes) = layout(&text);
        assert_eq!(known.area_unit.unwrap().0, PIXEL);
        assert!(notes[0].contains("by their density"), "{notes:?}");
        let records = records(&text).unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].area, records[0].n_cells, records[0].region.as_deref()), (Some(8e5), Some(500), None));
    }

    #[test]
    fn a_category_without_cells_has_no_density_to_tell_its_area() {
        let header = "Sample Name\tPhenotype\tCell ID\tTotal Cells\tCell Density (per megapixel)\tCell X Position\tCell Y Position";
        assert_eq!(records(&format!("{header}\nF\tAll\tall\t0\t0\t\t")).unwrap()[0].area, None);
    }

    #[test]
    fn areas_are_in_the_unit_of_the_header() {
        for (name, unit) in [
            ("Tissue Category Area (sq microns)", AreaUnit::SquareMicrometre),
            ("Tissue Category Area (square microns)", AreaUnit::SquareMicrometre),
            ("Region Area (pixels)", PIXEL),
            ("Tissue Category Area", AreaUnit::SquareMicrometre),
            ("Cell Density (per sq mm)", AreaUnit::SquareMicrometre),
        ] {
            assert_eq!(Area::of(&Header::new(vec![name.to_owned()])).unwrap().unit, unit, "{name}");
        }
    }

    #[test]
    fn rows_that_contradict_each_other_are_named() {
        let row = |phenotype: &str, area: &str| format!("F\tTumor\t{phenotype}\tall\t5\t{area}\t1\t\t\tS1\t");
        let of = |rows: [String; 2]| records(&format!("{HEADER}\n{}\n{}", rows[0], rows[1])).unwrap_err().to_string();
        let error = of([row("CD8+", "1000"), row("CD8+", "1000")]);
        assert!(error.contains("rows 2 and 3: the phenotype 'CD8+' in 'Tumor'"), "{error}");
        let error = of([row("CD8+", "1000"), row("CD3+", "2000")]);
        assert!(error.contains("row 3") && error.contains("expected 1000"), "{error}");
    }

    #[test]
    fn a_table_of_cells_is_not_of_this_format() {
        for rows in [
            "",
            "\nF\tTumor\tCD8+\t1\t\t\t\t1\t2\tS1\t",
            "\nF\tTumor\tCD8+\tall\t5\t9\t1\t\t\tS1\t\nF\tTumor\tCD8+\t1\t\t\t\t1\t2\tS1\t",
        ] {
            assert!(recognise(&Preview::of_tsv("s.txt", &format!("{HEADER}{rows}"))).is_none(), "{rows}");
        }
    }
}
