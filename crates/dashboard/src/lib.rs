//! Events to screen: the live terminal view of a sweep.
//!
//! The results folder is the only source: [`SweepState`] follows its plan, events, locks
//! and results through `store` and turns them into plain state, [`SweepView`] draws that
//! state, and [`show`] is the loop between a terminal and the view. Nothing here owns a
//! sweep, so any number of viewers may look at one.
//!
//! A new screen is one file in `screen/screens/` and one line in its `mod.rs`. What users ask of a sweep
//! goes through [`store::Asking`] to whoever is at work on it.

mod background;
mod curve;
mod error;
mod estimate;
mod names;
mod owner;
mod queue;
mod replay;
mod run;
mod screen;
mod summary;
mod sweep;
mod terminal;
mod times;
mod wanted;

#[cfg(test)]
mod fixture;

pub use curve::Points;
pub use error::DashboardError;
pub use estimate::{TimeLeft, elapsed, time_left};
pub use owner::{Exit, Owner, Place};
pub use run::{Attempt, RunView, Status};
pub use screen::SweepView;
pub use screen::ascii::is_asked_for as shows_ascii_alone;
pub use sweep::{Counts, SweepState};
pub use terminal::show;
