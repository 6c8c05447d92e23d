//! A column of values that may be absent.

/// A kind of value with one state that says "absent".
pub(super) trait Absent: Copy {
    /// That state.
    const ABSENT: Self;

    fn is_absent(self) -> bool;
}

impl Absent for f64 {
    const ABSENT: Self = Self::NAN;

    fn is_absent(self) -> bool {
        self.is_nan()
    }
}

impl Absent for u64 {
    const ABSENT: Self = Self::MAX;

    fn is_absent(self) -> bool {
        self == Self::MAX
    }
}

impl Absent for u32 {
    const ABSENT: Self = Self::MAX;

    fn is_absent(self) -> bool {
        self == Self::MAX
    }
}

/// One value an entry, or an absence, in the memory of the value alone; in none while all are absent.
#[derive(Clone, Debug)]
pub(super) struct Column<T> {
    /// Entries so far; of them, those in `values` can be present.
    len: usize,
    values: Vec<T>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { len: 0, values: Vec::new() }
    }
}

impl<T: Absent> Column<T> {
    /// Appends an entry; a value that is [`Absent::ABSENT`] is an absence.
    pub(super) fn push(&mut self, value: Option<T>) {
        if let Some(value) = value {
            self.values.resize(self.len, T::ABSENT);
            self.values.push(value);
        }
        self.len += 1;
    }

    /// The value of an entry.
    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<T> {
        self.values.get(at).copied().filter(|it| !it.is_absent())
    }

    /// Whether any entry has a value.
    pub(super) const fn has_any(&self) -> bool {
        !self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absences_before_between_and_after_values_are_absent() {
        let mut column = Column::default();
        for value in [None, None, Some(0.5), None, Some(0.0), None] {
            column.push(value);
        }
        let found: Vec<Option<f64>> = (0..7).map(|at| column.get(at)).collect();
        assert_eq!(found, [None, None, Some(0.5), None, Some(0.0), None, None]);
        assert!(column.has_any());
    }

    #[test]
    fn absences_alone_take_no_room() {
        let mut column = Column::<u64>::default();
        column.push(None);
        assert!(!column.has_any());
        assert_eq!(column.values.capacity(), 0);
    }
}
