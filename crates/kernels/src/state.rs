//! What a recurrent layer carries from step to step.

use burn::tensor::{Bool, Tensor, TensorCreationOptions};

/// What a recurrent layer carries from step to step: the hidden state, which the rest of the
/// model sees, and what the cell carries beside it. One row for each sequence.
#[derive(Debug, Clone)]
pub struct State {
    /// h, `[batch, hidden]`.
    pub hidden: Tensor<2>,
    /// What comes beside it, such as c of an LSTM.
    pub memory: Vec<Tensor<2>>,
}

impl State {
    /// All zero, `[batch, hidden]`, with `memory` vectors as wide as the hidden state beside it.
    pub fn zero(
        shape: [usize; 2],
        memory: usize,
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        let zero = Tensor::zeros(shape, options);
        Self { memory: vec![zero.clone(); memory], hidden: zero }
    }

    /// Its tensors, the hidden state first.
    pub fn tensors(&self) -> Vec<Tensor<2>> {
        std::iter::once(&self.hidden).chain(&self.memory).cloned().collect()
    }

    /// The state of such tensors; `None` of none.
    pub fn of_tensors(tensors: &[Tensor<2>]) -> Option<Self> {
        let (hidden, memory) = tensors.split_first()?;
        Some(Self { hidden: hidden.clone(), memory: memory.to_vec() })
    }

    /// This state, but `old` in the rows where `ended`, `[batch, 1]`, is true.
    #[must_use]
    pub fn unless(self, ended: &Tensor<2, Bool>, old: &Self) -> Self {
        let keep = |new: Tensor<2>, old: &Tensor<2>| {
            let shape = new.shape();
            new.mask_where(ended.clone().expand(shape), old.clone())
        };
        let memory = self.memory.into_iter().zip(&old.memory);
        Self {
            hidden: keep(self.hidden, &old.hidden),
            memory: memory.map(|(new, old)| keep(new, old)).collect(),
        }
    }
}
