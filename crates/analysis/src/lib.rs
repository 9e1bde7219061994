//! Numbers to numbers: summaries and intervals over replicate runs.
//!
//! Plain `f64`, no input or output. The replicates are runs that differ in their seed
//! alone; examples within a run are never replicates. Values enter as a [`Sample`], which
//! checks them once, so the functions here have no failing case of their own.

mod curve;
mod paired;
mod ranking;
mod sample;
mod summary;

pub use curve::{CurvePoint, mean_curve};
pub use paired::{PAIRS_NEEDED, differences, sign_flip_floor};
pub use ranking::{Median, Rate, median_with_lost};
pub use sample::{LARGEST, NotMeasurable, Sample};
pub use summary::{Interval, Spread, Summary};
