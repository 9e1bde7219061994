//! What a cell made of a whole batch.

use std::fmt;
use std::rc::Rc;

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
    last_hidden: Tensor<2>,
    last_memory: Memory,
}

/// What is carried beside the hidden state.
#[derive(Clone)]
enum Memory {
    Known(Vec<Tensor<2>>),
    /// It takes work of its own, which only a stream that goes on has a use for.
    Asked(Rc<dyn Fn() -> Vec<Tensor<2>>>),
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(memory) => memory.fmt(f),
            Self::Asked(_) => f.write_str("computed when asked"),
        }
    }
}

/// The hidden state at each step.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one for each layer and batch")]
pub(crate) enum Hidden {
    /// `[batch, hidden]` each, in reading order. Rows whose sequence has ended repeat
    /// their last state.
    Steps(Vec<Tensor<2>>, Direction),
    /// In the sequence's own order, zero at padding.
    Whole {
        /// `[batch, steps, hidden]`.
        hidden: Tensor<3>,
        /// As [`RunOutput::gates`].
        gates: Option<Tensor<3>>,
    },
}

impl Unrolled {
    /// Of all steps at once.
    pub(crate) fn whole(output: RunOutput) -> Self {
        let RunOutput { hidden, last, gates } = output;
        let (last_hidden, last_memory) = (last.hidden, Memory::Known(last.memory));
        Self { hidden: Hidden::Whole { hidden, gates }, last_hidden, last_memory }
    }

    /// Of all steps at once, of a cell that computes what it carries when it is asked; `hidden` is
    /// zero at padding.
    pub(crate) fn whole_without_memory(
        hidden: Tensor<3>,
        last_hidden: Tensor<2>,
        memory: impl Fn() -> Vec<Tensor<2>> + 'static,
    ) -> Self {
        let hidden = Hidden::Whole { hidden, gates: None };
        Self { hidden, last_hidden, last_memory: Memory::Asked(Rc::new(memory)) }
    }

    /// Of one step after the other.
    pub(crate) fn stepwise(hidden: Vec<Tensor<2>>, direction: Direction, last: State) -> Self {
        let (last_hidden, last_memory) = (last.hidden, Memory::Known(last.memory));
        Self { hidden: Hidden::Steps(hidden, direction), last_hidden, last_memory }
    }

    /// State after the last step read of each sequence, whatever its length.
    pub fn last(&self) -> State {
        let memory = match &self.last_memory {
            Memory::Known(memory) => memory.clone(),
            Memory::Asked(memory) => memory(),
        };
        State { hidden: self.last_hidden.clone(), memory }
    }

    /// The hidden state of [`Unrolled::last`].
    pub fn last_hidden(&self) -> &Tensor<2> {
        &self.last_hidden
    }

    /// The gates at each step after their nonlinearity, `[batch, steps, gates·hidden]`, as
    /// [`RunOutput::gates`]; `None` without a probe and of a cell that runs step by step.
    pub fn gates(&self) -> Option<&Tensor<3>> {
        match &self.hidden {
            Hidden::Whole { gates, .. } => gates.as_ref(),
            Hidden::Steps(..) => None,
        }
    }

    /// The hidden state at each step of `x` in its own order, zero at padding,
    /// `[batch, steps, hidden]`. `x` is the batch that was unrolled.
    pub fn steps(self, x: &Padded) -> Padded {
        match self.hidden {
            Hidden::Whole { hidden, .. } => x.with_values(hidden),
            Hidden::Steps(steps, direction) => {
                let in_reading_order = x.with_values(Tensor::stack(steps, 1));
                direction.turned(in_reading_order).zero_padding()
            }
        }
    }
}
