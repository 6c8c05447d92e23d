//! The columns of a regression model: numbers as they are, categories as indicator columns.
//!
//! A factor with `k` levels becomes `k - 1` columns in the order of its levels, without the reference (treatment
//! contrasts). A column is 1 for patients of its level and 0 for others, so that its hazard ratio compares the level
//! with the reference:
//!
//! ```text
//! x_level(i) = 1 if patient i has the level, else 0
//! ```
//!
//! A level that no patient has still gets its column, of zeros, and the model calls it aliased: a report shows that the
//! level was asked for and is empty. If nobody has the reference, the other columns sum to 1, and the last is aliased.
//!
//! Patients with missing values have to be left out before: a column holds one finite number per patient.

use crate::error::{Error, Result};

/// The covariates of a model, term by term.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Design {
    /// Terms in the order in which a report names them; of collinear columns, the later are aliased.
    pub terms: Vec<Term>,
}

/// One covariate: a number with its single column, or a factor with a column per level but the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Name of the covariate.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// One column of a model, with one value per patient.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The level of a factor; the name of its term for a number.
    pub name: String,
    /// One finite value per patient, in the order of the cohort.
    pub values: Vec<f64>,
}

impl Design {
    /// A model of the given terms.
    pub fn new(terms: Vec<Term>) -> Self {
        Self { terms }
    }

    /// The rows of some patients, in that order; one who is named twice is there twice.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let pick =
            |it: &Column| Column { name: it.name.clone(), values: indices.iter().map(|&idx| it.values[idx]).collect() };
        let terms = self
            .terms
            .iter()
            .map(|term| Term { name: term.name.clone(), columns: term.columns.iter().map(pick).collect() });
        Self::new(terms.collect())
    }

    /// All columns, each with its term.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&Term, &Column)> {
        self.terms.iter().flat_map(|term| term.columns.iter().map(move |column| (term, column)))
    }

    /// Complains unless each column has one finite value per patient.
    pub(super) fn check(&self, n_patients: usize) -> Result<()> {
        for (_, column) in self.columns() {
            super::cohort::expect_length("values of a covariate", n_patients, column.values.len())?;
            if let Some(&value) = column.values.iter().find(|it| !it.is_finite()) {
                return Err(Error::OutOfRange { quantity: "value of a covariate", expected: "a finite number", value });
            }
        }
        Ok(())
    }
}

impl Term {
    /// A number, with one value per patient.
    pub fn numeric(name: impl Into<String>, values: Vec<f64>) -> Self {
        let name = name.into();
        Self { columns: vec![Column { name: name.clone(), values }], name }
    }

    /// A category, with one index into `levels` per patient; `reference` is the index of the level to compare with.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if the reference or a code is not an index into `levels`.
    pub fn factor(name: impl Into<String>, levels: &[String], reference: usize, codes: &[usize]) -> Result<Self> {
        if let Some(&wrong) = codes.iter().chain([&reference]).find(|&&code| code >= levels.len()) {
            return Err(Error::OutOfRange {
                quantity: "level of a factor",
                expected: "a code below the number of levels",
                value: wrong as f64,
            });
        }
        let columns = (0..levels.len()).filter(|&level| level != reference).map(|level| Column {
            name: levels[level].clone(),
            values: codes.iter().map(|&code| f64::from(u8::from(code == level))).collect(),
        });
        Ok(Self { name: name.into(), columns: columns.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_has_a_column_for_each_level_but_the_reference() {
        let levels = ["Low", "Intermediate", "High"].map(String::from);
        let term = Term::factor("class", &levels, 1, &[0, 2, 1, 0]).unwrap();
        assert_eq!(term.columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Low", "High"]);
        assert_eq!(term.columns[0].values, [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(term.columns[1].values, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_code_without_a_level_is_refused() {
        let levels = ["Low", "High"].map(String::from);
        assert!(matches!(Term::factor("class", &levels, 0, &[2]), Err(Error::OutOfRange { .. })));
        assert!(matches!(Term::factor("class", &levels, 2, &[0]), Err(Error::OutOfRange { .. })));
    }

    #[test]
    fn missing_values_and_patients_are_refused() {
        let design = |values| Design::new(vec![Term::numeric("age", values)]);
        assert!(matches!(design(vec![1.0, f64::NAN]).check(2), Err(Error::OutOfRange { .. })));
        assert!(matches!(design(vec![1.0]).check(2), Err(Error::UnequalLengths { .. })));
        assert!(design(vec![1.0, 2.0]).check(2).is_ok());
    }
}
