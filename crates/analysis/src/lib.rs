//! Numbers to numbers: summaries, intervals and tests over replicate runs.
//!
//! Plain `f64`, no input or output. The replicates are runs that differ in their seed
//! alone; examples within a run are never replicates. Values enter as a [`Sample`], which
//! checks them once, so the functions here have no failing case of their own.

mod aggregate;
mod betting;
mod curve;
mod effect;
mod holm;
mod importance;
mod mean_ranks;
mod paired;
mod ranking;
mod sample;
mod sign_flip;
mod solving;
mod summary;

pub use aggregate::{FEWEST, profile, stratified};
pub use betting::{anytime, anytime_equivalence};
pub use curve::{CurvePoint, mean_curve};
pub use effect::{POWER, pairs_to_decide};
pub use holm::holm;
pub use importance::{GridPoint, grid_importance};
pub use mean_ranks::{mean_ranks, signed_rank, told_together};
pub use paired::{PAIRS_NEEDED, differences, fewest_pairs, sign_flip_floor};
pub use ranking::{Median, Rate, expected_best, median_with_lost};
pub use sample::{LARGEST, NotMeasurable, Sample};
pub use sign_flip::{Alternative, EXACT_UP_TO, PValue, equivalence, sign_flip};
pub use solving::{SurvivalPoint, Watched, kaplan_meier, median_interval, median_time};
pub use summary::{Interval, Spread, Summary};
