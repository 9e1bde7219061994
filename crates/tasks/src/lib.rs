//! The sequence tasks that architectures are compared on: generators and readers of real
//! data.
//!
//! A task makes batches of padded sequences as plain `Vec<f32>`; what computes on them is
//! not its business. Adding one is a file under [`synthetic`] or [`datasets`] and a line
//! in [`TASKS`].

pub mod datasets;
mod entry;
mod error;
pub mod randomness;
mod registry;
pub mod synthetic;
mod task;

pub use entry::{Build, Context, TaskEntry};
pub use error::TaskError;
pub use randomness::{below, permutation, stream, unit};
pub use registry::{TASKS, build, find};
pub use task::{Batch, Metric, Split, Target, Targets, Task, TaskFacts, TaskShape};
