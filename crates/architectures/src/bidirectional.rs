//! Bidirectional recurrent network: one layer reads forward, one backward.
//!
//! At each step the output joins both hidden states, [h→_t ; h←_t]. The summary of a
//! sequence joins the forward state at its last valid step with the backward state at its
//! first: each has then read the whole sequence.
//!
//! Shapes: x [batch, steps, input]; h→, h← [batch, steps, hidden]; output
//! [batch, steps, 2·hidden]. The backward layer reads each sequence from its own last
//! valid step, not from the end of the padding.
//! Paper: Schuster and Paliwal 1997, IEEE Trans. Signal Processing 45:2673-2681.
//! As PyTorch's `bidirectional=True` on a packed sequence.

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::Options;
use serde::Deserialize;

use crate::architecture::{Architecture, Description, Sight, Spec, read_options};
use crate::cells::{CELL, ChosenCell};
use crate::layer::Layer;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Initializer};

/// Options of `[model.bidirectional]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BidirectionalConfig {}

/// The architecture; see the module's text.
#[derive(Module, Debug)]
pub struct Bidirectional {
    /// Reads from the first step.
    pub forward: Layer,
    /// Reads from the last valid step.
    pub backward: Layer,
    width: usize,
}

impl Architecture for Bidirectional {
    const DESCRIPTION: Description = Description {
        name: "bidirectional",
        summary: "one recurrent layer in each direction, hidden states joined",
        keys: &[CELL],
        sight: Sight::Whole,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let (cell, options) = ChosenCell::take(Self::DESCRIPTION.name, options)?;
        let BidirectionalConfig {} = read_options(Self::DESCRIPTION.name, &options)?;
        Ok(Self {
            forward: cell.layer(spec.input, spec.hidden, init)?,
            backward: cell.layer(spec.input, spec.hidden, init)?,
            width: 2 * spec.hidden,
        })
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let forward = self.forward.last(x, Direction::Forward);
        let backward = self.backward.last(x, Direction::Backward);
        Tensor::cat(vec![forward, backward], 1)
    }

    fn steps(&self, x: &Padded) -> Padded {
        let forward = self.forward.steps(x, Direction::Forward);
        let backward = self.backward.steps(x, Direction::Backward);
        let both = vec![forward.values().clone(), backward.values().clone()];
        x.with_values(Tensor::cat(both, 2))
    }
}
