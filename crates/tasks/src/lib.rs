//! The sequence tasks that architectures are compared on: generators and readers of real
//! data.
//!
//! A [`Task`] makes batches of padded sequences as plain vectors, and says by which
//! [`metric`]s predictions are judged; what computes on them is not its business. Most tasks
//! are a [`Generator`] (sequences drawn from a definition, [`Generated`]) or a reader of data
//! whose sequences are held in memory ([`Finite`]). Adding one is a file and a line in
//! [`TASKS`].

mod batch;
pub mod dataset;
mod entry;
mod error;
mod finite;
pub mod forecasting;
pub mod formal;
mod generated;
mod keys;
pub mod long_lag;
pub mod metric;
pub mod music;
mod prior;
pub mod randomness;
pub mod recall;
mod registry;
pub mod series;
mod shape;
mod task;
pub mod text;
pub mod vision;

pub use batch::{Asked, Batch, Example, Inputs, Targets};
pub use entry::{Build, Context, TaskEntry};
pub use error::TaskError;
pub use finite::{About, Finite, Passes, divided, stratified};
pub use generated::{Generated, Generator, Lengths};
pub use metric::{METRICS, Metric, Scored, Scores, Setting};
pub use prior::Prior;
pub use randomness::{below, permutation, stream, unit};
pub use registry::{TASKS, build, find};
pub use shape::{Answers, Input, Target, TaskShape};
pub use task::{Names, Part, TEST, Task, TaskFacts, VALIDATION};
