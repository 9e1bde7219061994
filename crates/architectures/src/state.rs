//! What a cell carries from step to step.

use burn::tensor::{Bool, Device, Tensor};

/// What a cell carries from step to step.
pub trait CellState: Clone + Send {
    /// The hidden state, `[batch, hidden]`: what the rest of the model sees.
    fn hidden(&self) -> Tensor<2>;

    /// This state with another hidden state.
    #[must_use]
    fn with_hidden(self, hidden: Tensor<2>) -> Self;

    /// Its tensors, `[batch, hidden]` each.
    fn tensors(&self) -> Vec<Tensor<2>>;

    /// The state of such tensors; `None` if they are not as many.
    fn of_tensors(tensors: &[Tensor<2>]) -> Option<Self>;

    /// This state, but `old` in the rows where `ended`, `[batch, 1]`, is true.
    #[must_use]
    fn unless(self, ended: &Tensor<2, Bool>, old: &Self) -> Self;
}

/// The state of a cell that carries its hidden state only.
#[derive(Debug, Clone)]
pub struct HiddenState(
    /// `[batch, hidden]`.
    pub Tensor<2>,
);

impl HiddenState {
    /// All zero, `[batch, hidden]`.
    pub fn zero(batch: usize, hidden: usize, device: &Device) -> Self {
        Self(Tensor::zeros([batch, hidden], device))
    }
}

impl CellState for HiddenState {
    fn hidden(&self) -> Tensor<2> {
        self.0.clone()
    }

    fn with_hidden(self, hidden: Tensor<2>) -> Self {
        Self(hidden)
    }

    fn tensors(&self) -> Vec<Tensor<2>> {
        vec![self.0.clone()]
    }

    fn of_tensors(tensors: &[Tensor<2>]) -> Option<Self> {
        let [hidden] = tensors else { return None };
        Some(Self(hidden.clone()))
    }

    fn unless(self, ended: &Tensor<2, Bool>, old: &Self) -> Self {
        Self(keep_where(ended, &old.0, self.0))
    }
}

/// `old` where `ended`, else `new`; `[batch, hidden]`, `ended` `[batch, 1]`.
pub(crate) fn keep_where(ended: &Tensor<2, Bool>, old: &Tensor<2>, new: Tensor<2>) -> Tensor<2> {
    let shape = new.shape();
    new.mask_where(ended.clone().expand(shape), old.clone())
}
