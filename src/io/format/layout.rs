//! What the columns of an export mean: the one language that all formats are translated to.
//!
//! A format's file says which column is what; counting knows these types only, and no format.

use super::header::Header;

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it a file")]
pub enum Layout {
    /// One row a cell.
    Cells(CellLayout),
    /// One row a region of a sample, with its area, its counts, or both.
    Regions(RegionLayout),
    /// Outlines of regions, as `GeoJSON`.
    Outlines,
    /// What an earlier `count` wrote, to be gathered.
    Tally,
}

impl Layout {
    /// Whether such a file is JSON; the others are tables.
    pub fn is_json(&self) -> bool {
        matches!(self, Self::Outlines | Self::Tally)
    }
}

/// The columns of a table of cells. Numbers are places in the header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellLayout {
    /// The slide or core; where no column says it, the stem of the file's name is the sample.
    pub sample: Option<usize>,
    /// Columns that number samples within that one, such as the cores of a tumour; their words follow, with `_` between.
    pub sample_within: Vec<usize>,
    /// How the sample is written, in its column or in the file's name.
    pub sample_words: SampleWords,
    /// The patient, where a column says it.
    pub patient: Option<usize>,
    /// The core of a tissue microarray, which is a sample of its own; empty where the image is a slide.
    pub core: Option<CoreColumn>,
    /// The field of view: a part of the sample whose area is its own, such as inForm's `Sample Name`.
    pub field: Option<usize>,
    /// The region of the tumour that the cell lies in.
    pub region: Option<RegionColumn>,
    /// What the cell is. More than one column may say so; a cell may be several things.
    pub phenotypes: Vec<PhenotypeColumn>,
    /// Where the cell lies.
    pub position: Option<Position>,
    /// Signed distance to the border of the tumour, negative inside.
    pub signed_distance: Option<Measured>,
    /// Area of the cell's region, repeated on every row of the region.
    pub region_area: Option<AreaColumn>,
    /// Rows that are no cells: those that hold this text in this column.
    pub not_a_cell: Option<(usize, String)>,
    /// Measured intensities that a threshold may be put on, by the name of the marker.
    pub intensities: Vec<(String, usize)>,
    /// What tells analyses of one place apart, where a table may hold several.
    pub analyses: Option<AnalysisColumns>,
}

/// Columns that say which analysis found a cell: two of one place would count its cells twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalysisColumns {
    /// The place: HALO's layer of annotations.
    pub place: usize,
    /// What names the analysis: algorithm and job.
    pub names: Vec<usize>,
}

/// A column that names the core of a tissue microarray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreColumn {
    /// Its place.
    pub column: usize,
    /// How the core is written.
    pub words: CoreWords,
}

/// How the core of a tissue microarray is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreWords {
    /// The name alone.
    Plain,
    /// `TMA core (A-1)` or `A-1 - Annotation (Tumor)`: QuPath's `Parent`.
    QupathParent,
}

/// How the name of a sample is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SampleWords {
    /// The name alone.
    #[default]
    Plain,
    /// What follows `--` says how the sample was segmented: MCMICRO's `exemplar-001--unmicst_cell`.
    BeforeDoubleDash,
    /// The number of a tile follows: CODEX's `BALBc-3_X05_Y03`.
    BeforeTile,
    /// The path of the image; its last component is the sample: HALO's `Image Location`.
    Path,
    /// The slide, then the place of the field on it: inForm's `S1_[49209,17530].im3`.
    InformField,
}

impl SampleWords {
    /// The name of the sample in what a column or the stem of a file's name says.
    pub fn sample(self, words: &str) -> &str {
        let sample = match self {
            Self::Plain => words,
            Self::BeforeDoubleDash => words.split_once("--").map_or(words, |it| it.0),
            Self::BeforeTile => before_tile(words).unwrap_or(words),
            Self::Path => words.rsplit(['\\', '/']).find(|it| !it.is_empty()).unwrap_or(words),
            Self::InformField => before_place(words),
        };
        if sample.is_empty() { words } else { sample }
    }
}

/// What stands before `_[49209,17530].im3`. Where numbers have a decimal comma, so has the name of the file.
fn before_place(words: &str) -> &str {
    let stem = words.strip_suffix(".im3").or_else(|| words.strip_suffix(",im3")).unwrap_or(words);
    match stem.rsplit_once("_[") {
        Some((slide, place)) if place.ends_with(']') => slide,
        _ => stem,
    }
}

/// What stands before `_X05_Y03`.
fn before_tile(words: &str) -> Option<&str> {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    let (before_y, y) = words.rsplit_once("_Y")?;
    let (before_x, x) = before_y.rsplit_once("_X")?;
    (is_number(x) && is_number(y)).then_some(before_x)
}

/// A column that names a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionColumn {
    /// Its place.
    pub column: usize,
    /// How the region is written.
    pub words: RegionWords,
}

/// How a region is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionWords {
    /// The word alone.
    Plain,
    /// `Annotation (Tumor)`, `Root object (Image)`, `A-1 - Annotation (Tumor)`, or the word alone: QuPath's `Parent`.
    QupathParent,
    /// The word alone, and `entire image` where nothing is annotated: HALO's `Analysis Region`.
    HaloLayer,
}

/// A column that says what a cell is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhenotypeColumn {
    /// Holds the name of the cell's type. Empty: the cell was not phenotyped.
    Label {
        /// Its place.
        column: usize,
        /// How the name is written.
        words: LabelWords,
    },
    /// Says whether the cell is positive for one marker: 1, 0; `true`, `false`; `CD8+`, `CD8-`; `pos`, `neg`; HALO's 2 and
    /// 3 are positive too. Empty: unknown, which is never negative.
    Positivity {
        /// Its place.
        column: usize,
        /// The marker or combination as the file writes it, without the words around it.
        marker: String,
    },
}

/// How the name of a cell's type is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelWords {
    /// One name.
    Plain,
    /// QuPath's class: parts separated by `: `, each of which the cell is (`CD3: CD8`); `Tumor*` is ignored by QuPath.
    QupathClass,
}

/// Where a cell lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// Across.
    pub x: Coordinate,
    /// Down.
    pub y: Coordinate,
    /// The unit of both.
    pub unit: LengthUnit,
    /// What said so, in words: `header 'Centroid X µm'`.
    pub unit_source: String,
}

/// One coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinate {
    /// The column holds it.
    Column(usize),
    /// It is half way between two columns, the edges of the cell's box.
    Middle(usize, usize),
}

impl Coordinate {
    /// The columns it is made of.
    pub fn columns(self) -> Vec<usize> {
        match self {
            Self::Column(column) => vec![column],
            Self::Middle(low, high) => vec![low, high],
        }
    }
}

/// A column that holds a length.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its place.
    pub column: usize,
    /// Its unit.
    pub unit: LengthUnit,
    /// What said so, in words.
    pub unit_source: String,
}

/// A column that holds an area.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaColumn {
    /// Its place.
    pub column: usize,
    /// Its unit.
    pub unit: AreaUnit,
    /// What said so, in words.
    pub unit_source: String,
}

/// Unit of a length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LengthUnit {
    /// µm.
    Micrometre,
    /// Pixels. A scale has to be given, unless the format documents one (µm per pixel): then that is used, and said.
    Pixel {
        /// The documented scale.
        documented_microns_per_pixel: Option<f64>,
    },
}

/// Unit of an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AreaUnit {
    /// mm².
    SquareMillimetre,
    /// µm².
    SquareMicrometre,
    /// Pixels; the scale as in [`LengthUnit::Pixel`].
    SquarePixel {
        /// The documented scale, as a length.
        documented_microns_per_pixel: Option<f64>,
    },
}

/// A table of regions: how it is read, and what its columns mean, for a person.
#[derive(Clone, Debug)]
pub struct RegionLayout {
    /// Columns that are used: what for, and their place.
    pub used: Vec<(&'static str, usize)>,
    /// The unit of the areas, and what said so.
    pub area_unit: Option<(AreaUnit, String)>,
    /// Reads the rows.
    pub read: fn(&super::RegionTable<'_>) -> crate::error::Result<Vec<RegionRecord>>,
}

/// Equal if the same columns are used: functions do not compare, and which one reads the rows is the format's choice.
impl PartialEq for RegionLayout {
    fn eq(&self, other: &Self) -> bool {
        self.used == other.used && self.area_unit == other.area_unit
    }
}

/// One region of one sample, as a table of regions gives it. Words are the file's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionRecord {
    /// The slide or core; absent if the file's name is the sample.
    pub sample: Option<String>,
    /// The patient, where the table says it.
    pub patient: Option<String>,
    /// The core of a tissue microarray, as in [`CellLayout::core`].
    pub core: Option<String>,
    /// The field of view, as in [`CellLayout::field`].
    pub field: Option<String>,
    /// The region; absent if the row is about the whole image or core.
    pub region: Option<String>,
    /// Which of several regions of one name it is, such as an annotation's id: two parts of one region add up, one part
    /// that is told twice does not.
    pub part: String,
    /// The area as the table gives it, in the layout's unit; absent if empty.
    pub area: Option<f64>,
    /// Cells of each phenotype that the table counts; absent where its cell is empty.
    pub counts: Vec<(String, Option<u64>)>,
    /// All cells of the region, where the table says it.
    pub n_cells: Option<u64>,
    /// Row of the table, from 0.
    pub row: usize,
}

impl CellLayout {
    /// Columns that are used, and what for, in words; a column may be used twice.
    pub fn used(&self, header: &Header) -> Vec<(String, usize)> {
        let mut used = Vec::new();
        let mut add = |role: &str, column: Option<usize>| used.extend(column.map(|it| (role.to_owned(), it)));
        add("sample", self.sample);
        self.sample_within.iter().for_each(|it| add("sample within", Some(*it)));
        add("patient", self.patient);
        // Of a parent that names a core, the region is shown.
        add("core", self.core.filter(|it| it.words == CoreWords::Plain).map(|it| it.column));
        add("field", self.field);
        add("region", self.region.map(|it| it.column));
        add("signed distance", self.signed_distance.as_ref().map(|it| it.column));
        add("region area", self.region_area.as_ref().map(|it| it.column));
        add("cell or summary", self.not_a_cell.as_ref().map(|it| it.0));
        self.analyses.iter().flat_map(|it| &it.names).for_each(|it| add("analysis", Some(*it)));
        if let Some(position) = &self.position {
            for (role, coordinate) in [("x", position.x), ("y", position.y)] {
                match coordinate {
                    Coordinate::Column(column) => add(role, Some(column)),
                    Coordinate::Middle(low, high) => {
                        add(&format!("{role} (low edge)"), Some(low));
                        add(&format!("{role} (high edge)"), Some(high));
                    }
                }
            }
        }
        for phenotype in &self.phenotypes {
            match phenotype {
                PhenotypeColumn::Label { column, .. } => add("phenotype", Some(*column)),
                PhenotypeColumn::Positivity { column, marker } => add(&format!("positive for {marker}"), Some(*column)),
            }
        }
        used.retain(|(_, column)| *column < header.len());
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_named_without_what_the_program_adds() {
        for (words, written, sample) in [
            (SampleWords::Plain, "a--b_X05_Y03", "a--b_X05_Y03"),
            (SampleWords::BeforeDoubleDash, "exemplar-001--unmicst_cell", "exemplar-001"),
            (SampleWords::BeforeDoubleDash, "exemplar-001", "exemplar-001"),
            (SampleWords::BeforeDoubleDash, "--cell", "--cell"),
            (SampleWords::BeforeTile, "BALBc-3_X05_Y03", "BALBc-3"),
            (SampleWords::BeforeTile, "BALBc_X_Y03", "BALBc_X_Y03"),
            (SampleWords::BeforeTile, "_X05_Y03", "_X05_Y03"),
            (SampleWords::BeforeTile, "", ""),
            (SampleWords::Path, r"\\server\images\S1 a.svs", "S1 a.svs"),
            (SampleWords::Path, "/data/S1.svs", "S1.svs"),
            (SampleWords::Path, "S1.svs", "S1.svs"),
            (SampleWords::InformField, "S1-6plex_[16142,55840].im3", "S1-6plex"),
            (SampleWords::InformField, "S1_IM3_2,im3", "S1_IM3_2"),
            (SampleWords::InformField, "_[1,2].im3", "_[1,2].im3"),
        ] {
            assert_eq!(words.sample(written), sample, "{words:?} {written}");
        }
    }
}
