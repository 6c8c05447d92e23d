//! Geometry of one section: the regions that a cell lies in, their areas, the invasive margin.
//!
//! Coordinates are µm from the upper left corner of the image; y grows downwards.

mod bands;
mod margin;
mod regions;
mod shape;
mod sweep;
mod valid;

pub use margin::{MarginWidth, region_by_distance};
pub use regions::SectionRegions;
pub use valid::mended;
