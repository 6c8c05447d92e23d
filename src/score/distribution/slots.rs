//! Where to look for a value among many.

/// Slots for each value, so that a slot holds one value or none as a rule.
const PER_VALUE: usize = 4;

/// Never more slots than this.
const MOST: usize = 1 << 20;

/// Ascending values that are not negative, by slots of equal width on a logarithmic scale.
///
/// The bits of such numbers ascend as the numbers do. The first of these bits are the slot: all values of lower slots are
/// lower, all of higher slots higher. What is left of a search are the values of one slot.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slots {
    /// Bits that the values of a slot differ in.
    shift: u32,
    /// The first bits of the smallest value above 0, which is in slot 1.
    first: u64,
    /// Where the values of each slot start; and last, their number.
    starts: Vec<u32>,
}

impl Slots {
    pub(super) fn new(ascending: &[f64]) -> Self {
        let positive = ascending.partition_point(|&it| it <= 0.0).min(ascending.len() - 1);
        let (smallest, largest) = (bits(ascending[positive]), bits(ascending[ascending.len() - 1]));
        let most = (PER_VALUE * ascending.len()).min(MOST) as u64;
        let shift = (0..u64::BITS).find(|it| (largest - smallest) >> it < most).unwrap_or_default();
        let first = smallest >> shift;
        let mut slots = Self { shift, first, starts: Vec::new() };
        for (at, value) in ascending.iter().enumerate() {
            let at = u32::try_from(at).expect("a cohort has fewer than 2³² patients");
            slots.starts.resize(slots.slot(*value, usize::MAX) + 1, at);
        }
        slots.starts.push(u32::try_from(ascending.len()).expect("a cohort has fewer than 2³² patients"));
        slots
    }

    /// The values in the slot of a value, and how many come before: these are lower than it, all behind are higher.
    #[inline]
    pub(super) fn around<'a>(&self, value: f64, ascending: &'a [f64]) -> (u32, &'a [f64]) {
        let slot = self.slot(value, self.starts.len() - 2);
        let (start, end) = (self.starts[slot], self.starts[slot + 1]);
        (start, &ascending[start as usize..end as usize])
    }

    fn slot(&self, value: f64, last: usize) -> usize {
        let slot = ((bits(value) >> self.shift) + 1).saturating_sub(self.first);
        usize::try_from(slot).unwrap_or(last).min(last)
    }
}

/// The bits of a number, of which those of -0 are those of 0.
const fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}
