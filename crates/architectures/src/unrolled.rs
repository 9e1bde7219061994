//! What a cell made of a whole batch.

use burn::tensor::Tensor;
use kernels::{Padded, RunOutput, State};

/// Which end of each sequence is read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the first step to the last valid one.
    Forward,
    /// From the last valid step to the first.
    Backward,
}

impl Direction {
    /// From a batch's own order to the order of reading, or back.
    #[must_use]
    pub(crate) fn turned(self, batch: Padded) -> Padded {
        match self {
            Self::Forward => batch,
            Self::Backward => batch.reversed(),
        }
    }
}

/// What a cell made of a batch.
#[derive(Debug, Clone)]
pub struct Unrolled {
    pub(crate) hidden: Hidden,
    /// State after the last step read of each sequence, whatever its length.
    pub last: State,
}

/// The hidden state at each step.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one for each layer and batch")]
pub(crate) enum Hidden {
    /// `[batch, hidden]` each, in reading order. Rows whose sequence has ended repeat
    /// their last state.
    Steps(Vec<Tensor<2>>, Direction),
    /// In the sequence's own order, zero at padding.
    Whole(RunOutput),
}

impl Unrolled {
    /// Of all steps at once.
    pub(crate) fn whole(output: RunOutput) -> Self {
        Self { last: output.last.clone(), hidden: Hidden::Whole(output) }
    }

    /// The gates at each step after their nonlinearity, `[batch, steps, gates·hidden]`, as
    /// [`RunOutput::gates`]; `None` without a probe and of a cell that runs step by step.
    pub fn gates(&self) -> Option<&Tensor<3>> {
        match &self.hidden {
            Hidden::Whole(output) => output.gates.as_ref(),
            Hidden::Steps(..) => None,
        }
    }

    /// The hidden state at each step of `x` in its own order, zero at padding,
    /// `[batch, steps, hidden]`. `x` is the batch that was unrolled.
    pub fn steps(self, x: &Padded) -> Padded {
        match self.hidden {
            Hidden::Whole(output) => x.with_values(output.hidden),
            Hidden::Steps(steps, direction) => {
                let in_reading_order = x.with_values(Tensor::stack(steps, 1));
                direction.turned(in_reading_order).zero_padding()
            }
        }
    }
}
