//! What an experiment asks for, and what follows from it.

pub(crate) mod choice;
pub mod claim;
pub(crate) mod competition;
pub(crate) mod condition;
pub mod config;
pub mod estimate;
pub mod factors;
pub mod halving;
pub mod keep;
pub mod plan;
pub mod quantity;
pub mod rounds;
pub mod seeding;
pub mod source;
pub mod tuning;
