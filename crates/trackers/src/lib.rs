//! Results in other trackers, while a sweep trains.
//!
//! A [`Tracker`] is told what happened; [`follow`] tells it, by reading the results folder as the
//! dashboard does. No run knows that it is followed, so no tracker can slow or break one.
//!
//! | word | what it writes | type |
//! |---|---|---|
//! | `tensorboard` | `DIR/tensorboard/ARM/TASK/seed-N/`: event files | [`TensorBoard`] |
//! | `mlflow` | `DIR/mlruns/`: MLflow's file store | [`Mlflow`] |
//! | none | lines of JSON to a command of the user's | [`Hook`] |
//!
//! How far each tracker was told is in `DIR/trackers.json`. What a tracker has written beyond that
//! is taken back before it is told again, so every event is written once, however the follower ended.

mod error;
mod follower;
mod hook;
mod kind;
mod mlflow;
mod names;
pub mod records;
mod run;
mod state;
mod tensorboard;
mod tracker;

pub use error::TrackerError;
pub use follower::{Follower, follow};
pub use hook::Hook;
pub use kind::Kind;
pub use mlflow::Mlflow;
pub use run::Run;
pub use tensorboard::TensorBoard;
pub use tracker::{Tracker, Warning};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod readers;
