//! Experiment files in, plans or messages out.

mod catalogue;
mod extends;
mod identity;
mod plan;
mod rejected;
mod sections;
mod size;
mod sweep;
