//! A cell whose type is not known: what the recurrence as a whole calls, once a step.

use std::fmt::Debug;

use super::pointwise::{Gate, Pointwise, Shape};
use super::step_backward::{BackwardOf, StepBackward};
use super::step_forward::{ForwardOf, StepForward};

/// Any [`Pointwise`] cell.
pub trait Kernel: Debug + Send + Sync {
    /// What the cell consists of.
    fn shape(&self) -> Shape;

    /// [`Pointwise::gates`].
    fn gates(&self) -> Vec<Gate>;

    #[doc(hidden)]
    fn forward(&self, step: StepForward);

    #[doc(hidden)]
    fn backward(&self, step: StepBackward);
}

impl<C: Pointwise> Kernel for C {
    fn shape(&self) -> Shape {
        Pointwise::shape(self)
    }

    fn gates(&self) -> Vec<Gate> {
        Pointwise::gates(self)
    }

    fn forward(&self, step: StepForward) {
        step.level.run(ForwardOf(self, step));
    }

    fn backward(&self, step: StepBackward) {
        step.level.run(BackwardOf(self, step));
    }
}
