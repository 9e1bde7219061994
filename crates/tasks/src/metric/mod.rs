//! The scores that predictions are judged by. Adding one is a file here, a line in
//! [`METRICS`] (`list.rs`), and its name in the list of a task.
//!
//! A metric is exact over a whole part of the data: it is counted row by row in `f64`, in the
//! order of the rows, so the size of the batches changes no bit of it, also where it is no
//! mean of anything that a batch could tell.

pub mod accuracy;
pub mod balanced_accuracy;
pub mod binary_cross_entropy;
pub mod bits_per_character;
mod confusion;
pub mod cross_entropy;
pub mod exact_match;
pub mod frame_accuracy;
mod list;
pub mod macro_f1;
pub mod mase;
pub mod mean_absolute_error;
mod measure;
pub mod perplexity;
pub mod root_mean_squared_error;
mod scores;
pub mod squared_error;

pub use list::METRICS;
pub use measure::{Counter, Mean, Measure, Metric, Scored, Setting};
pub use scores::{Scores, scores_of};
