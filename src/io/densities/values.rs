//! What the cells of a density table say of one measurement, checked.

use crate::error::{Error, Result};
use crate::io::table_file::TableFile;
use crate::model::{Area, Density};
use crate::table::column::{AREA_MM2, CELLS_PER_MM2, GRADE, N_CELLS, PERCENT};

/// A column of fractions, from 0 to 1.
const FRACTION: &str = "fraction";

/// A column of the areas that are positive, in mm².
const POSITIVE_AREA_MM2: &str = "positive_area_mm2";

/// A density that is given beside a count and an area may differ from their ratio by this much, relatively: exports
/// round. More points to another unit or another area. So may a percent differ from its positive area.
const RATIO_TOLERANCE: f64 = 0.01;

/// The names of the columns of one measurement, by their place in [`Names::SUFFIXES`]; empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Names<'a>([&'a str; 7]);

impl<'a> Names<'a> {
    /// Place and ending of the columns of a wide table; longer endings first, a bare name is a density.
    pub(super) const SUFFIXES: [(usize, &'static str); 8] = [
        (0, N_CELLS),
        (5, POSITIVE_AREA_MM2),
        (1, AREA_MM2),
        (2, CELLS_PER_MM2),
        (3, PERCENT),
        (4, FRACTION),
        (6, GRADE),
        (2, ""),
    ];

    /// The columns of a long table.
    pub(super) const LONG: Names<'static> =
        Names([N_CELLS, AREA_MM2, CELLS_PER_MM2, PERCENT, FRACTION, POSITIVE_AREA_MM2, GRADE]);

    /// Puts a name in its place, and hands out the one that was there.
    pub(super) fn set(&mut self, at: usize, name: &'a str) -> Option<&'a str> {
        let other = std::mem::replace(&mut self.0[at], name);
        (!other.is_empty()).then_some(other)
    }
}

/// A column of numbers, and its name.
type Numbers = (String, Vec<Option<f64>>);

/// The columns of one measurement.
pub(super) struct Values {
    n_cells: Option<Vec<Option<u64>>>,
    area_mm2: Option<Numbers>,
    cells_per_mm2: Option<Numbers>,
    percent: Option<Numbers>,
    fraction: Option<Numbers>,
    positive_area_mm2: Option<Numbers>,
    grade: Option<Numbers>,
}

/// What was measured in one row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    pub(super) n_cells: Option<u64>,
    pub(super) area_mm2: Option<f64>,
    pub(super) cells_per_mm2: Option<f64>,
    pub(super) percent: Option<f64>,
    pub(super) grade: Option<f64>,
}

impl Measured {
    /// Whether cells were counted on tissue that nobody measured.
    pub(super) const fn lacks_area(&self) -> bool {
        self.n_cells.is_some() && self.area_mm2.is_none() && self.cells_per_mm2.is_none()
    }
}

impl Values {
    /// Reads the columns that are there.
    ///
    /// # Errors
    ///
    /// As [`TableFile`]; [`Error::UnusableFile`] if a column of percents holds fractions.
    pub(super) fn of(table: &TableFile, names: &Names<'_>) -> Result<Self> {
        let Names([n_cells, area_mm2, cells_per_mm2, percent, fraction, positive_area_mm2, grade]) = *names;
        // A column without a name is a row number that some programs write, and nothing that was measured.
        let has = |name: &str| !name.is_empty() && table.has(name);
        let numbers = |name: &str| -> Result<Option<Numbers>> {
            has(name).then(|| Ok((name.to_owned(), table.numbers(name)?))).transpose()
        };
        let values = Self {
            n_cells: has(n_cells).then(|| table.counts(n_cells)).transpose()?,
            area_mm2: numbers(area_mm2)?,
            cells_per_mm2: numbers(cells_per_mm2)?,
            percent: numbers(percent)?,
            fraction: numbers(fraction)?,
            positive_area_mm2: numbers(positive_area_mm2)?,
            grade: numbers(grade)?,
        };
        values.percent.iter().try_for_each(|percent| refuse_fractions(table, percent))?;
        Ok(values)
    }

    /// Whether nothing can be measured by these columns.
    pub(super) const fn are_none(&self) -> bool {
        self.n_cells.is_none()
            && self.cells_per_mm2.is_none()
            && self.percent.is_none()
            && self.fraction.is_none()
            && self.grade.is_none()
            && self.positive_area_mm2.is_none()
    }

    /// What was measured in a row.
    pub(super) fn row(&self, table: &TableFile, row: usize) -> Result<Measured> {
        let n_cells = self.n_cells.as_ref().and_then(|it| it[row]);
        let area = checked(table, row, self.area_mm2.as_ref(), |it| Area::try_from(it).ok(), AREA)?;
        let density = checked(table, row, self.cells_per_mm2.as_ref(), |it| Density::try_from(it).ok(), DENSITY)?;
        let counted = n_cells.zip(area).map(|(n_cells, area)| Density::from_count(n_cells, area));
        if let (Some(counted), Some(given), Some((column, _))) = (counted, density, &self.cells_per_mm2) {
            let (counted, given) = (counted.cells_per_mm2(), given.cells_per_mm2());
            if differ(counted, given) {
                let expected = format!("{counted}, which is n_cells over area_mm2; check the unit of the area");
                return Err(table.value_error(row, column, &given.to_string(), &expected));
            }
        }
        let within = |most: f64| move |it: f64| (0.0..=most).contains(&it).then_some(it);
        Ok(Measured {
            n_cells,
            area_mm2: area.map(Area::mm2),
            cells_per_mm2: counted.or(density).map(Density::cells_per_mm2),
            percent: self.percent(table, row, area)?,
            grade: checked(table, row, self.grade.as_ref(), within(f64::MAX), "a grade of 0 or more")?,
        })
    }

    /// The percent of a row: given, or as a fraction, or as a positive area; where two are given they have to agree.
    fn percent(&self, table: &TableFile, row: usize, area: Option<Area>) -> Result<Option<f64>> {
        let within = |most: f64| move |it: f64| (0.0..=most).contains(&it).then_some(it);
        let percent = checked(table, row, self.percent.as_ref(), within(100.0), "a percent from 0 to 100")?;
        let fraction = checked(table, row, self.fraction.as_ref(), within(1.0), FRACTIONS)?.map(|it| 100.0 * it);
        let most = area.map_or(f64::MAX, Area::mm2);
        let positive = checked(table, row, self.positive_area_mm2.as_ref(), within(most), POSITIVE_AREA)?;
        let positive = positive.zip(area).map(|(positive, area)| 100.0 * positive / area.mm2());
        let given = percent.or(fraction).or(positive);
        let others = [(fraction, &self.fraction), (positive, &self.positive_area_mm2)];
        for (other, column) in others {
            if let (Some(given), Some(other), Some((column, _))) = (given, other, column)
                && differ(given, other)
            {
                let expected = format!("what makes {given} %, as the row says in another column");
                return Err(table.value_error(row, column, &format!("{other} %"), &expected));
            }
        }
        Ok(given)
    }
}

const AREA: &str = "an area greater than 0 mm², or an empty cell where nothing was measured";
const DENSITY: &str = "a density of 0 cells/mm² or more";
const FRACTIONS: &str = "a fraction from 0 to 1; percents belong in a column percent";
const POSITIVE_AREA: &str = "an area of 0 mm² or more that is no larger than area_mm2";

fn differ(a: f64, b: f64) -> bool {
    (a - b).abs() > RATIO_TOLERANCE * a.max(b)
}

/// A number of a row that is what it has to be; absent where the cell is.
fn checked<T>(
    table: &TableFile,
    row: usize,
    column: Option<&Numbers>,
    check: impl Fn(f64) -> Option<T>,
    expected: &str,
) -> Result<Option<T>> {
    let Some((name, values)) = column else { return Ok(None) };
    let value = |it: f64| check(it).ok_or_else(|| table.value_error(row, name, &it.to_string(), expected));
    values[row].map(value).transpose()
}

/// Percents that are all 1 or less, and not all 0 or 1, are fractions.
fn refuse_fractions(table: &TableFile, (name, values): &Numbers) -> Result<()> {
    let mut given = values.iter().flatten();
    let has_inner = values.iter().flatten().any(|it| *it > 0.0 && *it < 1.0);
    if !has_inner || given.any(|it| *it > 1.0) {
        return Ok(());
    }
    let fraction = name.to_lowercase().replace(PERCENT, FRACTION);
    let problem = format!(
        "column '{name}' holds values from 0 to 1 only, which look like fractions; call the column '{fraction}', and if they \
         really are percents, divide them by 100 first"
    );
    Err(Error::UnusableFile { path: table.path.clone(), problem })
}
