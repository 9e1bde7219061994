//! Experiment files in, plans or messages out.

mod catalogue;
mod identity;
mod plan;
mod rejected;
