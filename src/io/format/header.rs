//! The header line of an export, and how its names are compared.
//!
//! Programs write one column in many ways: `Centroid X µm` with either of two characters for µ, `Centroid X um`,
//! `Centroid.X..m` after R has been over it, `Centroid X �m` after a wrong decoding. Names are therefore compared by a key:
//! letters and digits only, in lower case, `µ` and `μ` as `u`, `²` and `^2` as `2`. Columns are found by name, never by
//! place.

/// The names of a file's columns, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    names: Vec<String>,
    keys: Vec<String>,
}

impl Header {
    /// A header of these names.
    pub fn new(names: Vec<String>) -> Self {
        let keys = names.iter().map(|it| key(it)).collect();
        Self { names, keys }
    }

    /// Names as they stand in the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of a column as it stands in the file.
    pub fn name(&self, column: usize) -> &str {
        &self.names[column]
    }

    /// The key of a column.
    pub fn key(&self, column: usize) -> &str {
        &self.keys[column]
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The column of exactly this name or, failing that, the first one with its key.
    pub fn find(&self, name: &str) -> Option<usize> {
        let wanted = key(name);
        self.names.iter().position(|it| it == name).or_else(|| self.keys.iter().position(|it| *it == wanted))
    }

    /// The column of the first of these names that is there.
    pub fn find_any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|it| self.find(it))
    }

    /// Whether all of these columns are there.
    pub fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|it| self.find(it).is_some())
    }

    /// All columns whose key begins and ends so, and holds something between; with the key of what is between.
    pub fn between<'a>(&'a self, start: &str, end: &str) -> impl Iterator<Item = (usize, &'a str)> {
        let (start, end) = (key(start), key(end));
        self.keys.iter().enumerate().filter_map(move |(column, key)| {
            let middle = key.strip_prefix(start.as_str())?.strip_suffix(end.as_str())?;
            (!middle.is_empty()).then_some((column, middle))
        })
    }

    /// What is common to files of one panel: the sorted keys of all columns.
    pub fn sorted_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }
}

/// What a column's name is compared by.
pub fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            'µ' | 'μ' => key.push('u'),
            '²' => key.push('2'),
            // What is left of µ or ² when UTF-8 was read as Latin-1.
            'Â' | 'Î' | '¼' => {}
            letter if letter.is_alphanumeric() => key.extend(letter.to_lowercase()),
            _ => {}
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_one_column_have_one_key() {
        for name in ["Centroid X µm", "Centroid X μm", "centroid_x_um", "Centroid X Âµm", "Centroid.X.um"] {
            assert_eq!(key(name), "centroidxum", "{name}");
        }
        assert_eq!(key("Area µm^2"), key("Area µm²"));
        assert_eq!(key("Centroid.X..m"), "centroidxm", "R strips the µ");
    }

    #[test]
    fn an_exact_name_goes_before_one_that_is_written_otherwise() {
        let header = Header::new(["x", "X"].map(str::to_owned).to_vec());
        assert_eq!((header.find("X"), header.find("x"), header.find("y")), (Some(1), Some(0), None));
    }

    #[test]
    fn columns_are_found_by_what_they_begin_and_end_with() {
        let header = Header::new(["Num Positive", "Num Tumor: Positive", "Positive %"].map(str::to_owned).to_vec());
        assert_eq!(header.between("Num ", "").collect::<Vec<_>>(), [(0, "positive"), (1, "tumorpositive")]);
    }
}
