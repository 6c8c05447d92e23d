//! Core, invasive margin and surroundings by the signed distance to the border of the tumour.

/// How far the invasive margin reaches from the border of the tumour: finite, and not below 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginWidth {
    /// Width of the band within the tumour.
    pub inside_um: f64,
    /// Width of the band around the tumour.
    pub outside_um: f64,
}

/// The region of a cell by its signed distance to the border of the tumour, which is negative inside.
///
/// `CT` (core), `IM` (invasive margin) or `OUT`; absent if the distance is no number.
///
/// ```text
/// CT:  s < -inside      IM:  -inside ≤ s ≤ outside      OUT:  s > outside
/// ```
///
/// # Examples
///
/// ```
/// use contexture::spatial::{MarginWidth, region_by_distance};
///
/// let margin = MarginWidth { inside_um: 360.0, outside_um: 360.0 };
/// assert_eq!(region_by_distance(-812.5, margin), Some("CT"));
/// assert_eq!(region_by_distance(-360.0, margin), Some("IM"));
/// ```
pub fn region_by_distance(signed_distance_um: f64, margin: MarginWidth) -> Option<&'static str> {
    // METHOD: both edges of the band belong to the margin, so that a margin of width 0 still holds the border itself.
    if signed_distance_um.is_nan() {
        None
    } else if signed_distance_um < -margin.inside_um {
        Some("CT")
    } else if signed_distance_um <= margin.outside_um {
        Some("IM")
    } else {
        Some("OUT")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARGIN: MarginWidth = MarginWidth { inside_um: 250.0, outside_um: 500.0 };

    #[test]
    fn both_edges_of_the_band_belong_to_the_margin() {
        for (distance, region) in [
            (f64::NEG_INFINITY, "CT"),
            (-250.0_f64.next_up(), "CT"),
            (-250.0, "IM"),
            (-0.0, "IM"),
            (0.0, "IM"),
            (500.0, "IM"),
            (500.0_f64.next_up(), "OUT"),
            (f64::INFINITY, "OUT"),
        ] {
            assert_eq!(region_by_distance(distance, MARGIN), Some(region), "{distance}");
        }
    }

    #[test]
    fn a_distance_that_is_no_number_has_no_region() {
        assert_eq!(region_by_distance(f64::NAN, MARGIN), None);
    }

    #[test]
    fn a_margin_without_width_is_the_border() {
        let none = MarginWidth { inside_um: 0.0, outside_um: 0.0 };
        assert_eq!([-1.0, 0.0, 1.0].map(|it| region_by_distance(it, none)), [Some("CT"), Some("IM"), Some("OUT")]);
    }
}
