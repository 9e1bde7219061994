//! Whole-sequence recurrences on plain slices, for the backends that live in main memory.
//!
//! What a cell does to each unit between the products is one statement, a [`Pointwise`]; those
//! of the literature are in [`cells`]. Everything else is the same for every cell.
//!
//! A sequence that has ended keeps its state; what lies beyond its length is neither read
//! nor has an influence.

#![expect(clippy::inline_always, reason = "vectors that are passed in memory are slow")]

mod backward;
pub mod cells;
mod check;
#[cfg(test)]
mod contrived;
mod forward;
mod kernel;
mod lanes;
mod layout;
#[cfg(test)]
mod naive;
mod normalized;
mod packed;
#[cfg(test)]
mod plain;
mod plan;
mod pointwise;
mod problem;
mod rows;
mod step_backward;
mod step_forward;
#[cfg(test)]
mod tests;
mod weight_gradients;

pub use check::check_derivative;
pub use kernel::Kernel;
pub use normalized::{MemoryRead, Normalized, NormalizedGradients, NormalizedTrace};
pub use pointwise::{
    Backward, Candidate, Forward, Gate, Number, Pointwise, Range, Shape, Unit, Work,
};
pub use problem::{Gradients, Inputs, Outputs, Problem, Upstream, Wanted};

use tiles::Level;

/// What [`backward`] needs of a forward pass.
#[derive(Debug)]
pub struct Saved(forward::Trace);

/// The vector instructions that are used on this machine. Between them results differ in
/// their last bits.
pub fn instruction_set() -> &'static str {
    Level::best().name()
}

/// Runs the recurrence over every sequence. Returns what [`backward`] needs where `save` asks
/// for it.
pub fn forward(problem: &Problem, inputs: &Inputs, outputs: Outputs, save: bool) -> Option<Saved> {
    forward::forward(Level::best(), problem, inputs, outputs, save).map(Saved)
}

/// The gradients of a loss from those by the outputs of [`forward`].
pub fn backward(
    problem: &Problem,
    inputs: &Inputs,
    saved: Saved,
    upstream: Upstream,
    wanted: Wanted,
) -> Gradients {
    backward::backward(Level::best(), problem, inputs, saved.0, upstream, wanted)
}

impl Saved {
    /// The gates at each step after their nonlinearity, `[batch, steps, gates·hidden]`; zero
    /// beyond a sequence's length. `problem` is that of the forward pass.
    pub fn gates(&self, problem: &Problem) -> Vec<f32> {
        self.0.gates(problem)
    }
}
