//! What a call computes: the cell, the sizes and the lengths.

use super::kernel::Kernel;

/// The sizes of one call. Every size is at least 1.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The cell.
    pub cell: &'a dyn Kernel,
    /// Sequences.
    pub batch: usize,
    /// Steps that the tensors have room for.
    pub steps: usize,
    /// Width of one input.
    pub input: usize,
    /// Width of the state.
    pub hidden: usize,
    /// Valid steps of each sequence, each `1..=steps`; `None` where all are full.
    pub lengths: Option<&'a [usize]>,
    /// Reads each sequence from its last valid step to its first. Outputs stay at the place
    /// of the step they belong to.
    pub reverse: bool,
    /// The most threads to use. It never changes a bit of the result.
    pub threads: usize,
}

impl Problem<'_> {
    /// Valid steps of one sequence.
    pub(super) fn length(&self, row: usize) -> usize {
        self.lengths.map_or(self.steps, |lengths| lengths[row])
    }

    /// The place of what sequence `row` reads at its `step`-th step.
    pub(super) fn place(&self, row: usize, step: usize) -> usize {
        if self.reverse { self.length(row) - 1 - step } else { step }
    }

    /// What sequence `row` reads at its `step`-th step.
    pub(super) fn x<'a>(&self, inputs: &Inputs<'a>, row: usize, step: usize) -> &'a [f32] {
        let at = (row * self.steps + self.place(row, step)) * self.input;
        &inputs.x[at..at + self.input]
    }

    /// Columns of the weights.
    pub(super) fn width(&self) -> usize {
        self.cell.shape().gates * self.hidden
    }
}

/// The tensors of one call, each contiguous and row-major.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// `[batch, steps, input]`; what lies beyond a sequence's length is never read.
    pub x: &'a [f32],
    /// W, `[input, gates·hidden]`.
    pub input_weight: &'a [f32],
    /// R, `[hidden, gates·hidden]`; empty of a cell without.
    pub recurrent_weight: &'a [f32],
    /// b, `[gates·hidden]`.
    pub bias: &'a [f32],
    /// c, `[hidden]` where the candidate's product is [`Apart`](super::Candidate::Apart);
    /// else empty.
    pub candidate_bias: &'a [f32],
    /// The weights of the cell's own, `[parameters·hidden]`.
    pub parameters: &'a [f32],
    /// Initial hidden state, `[batch, hidden]`.
    pub h0: &'a [f32],
    /// Initial memory, `[batch, memory·hidden]`.
    pub c0: &'a [f32],
}

/// Where the results of a forward pass go, each contiguous and row-major.
#[derive(Debug)]
pub struct Outputs<'a> {
    /// The hidden state after each step, `[batch, steps, hidden]`; zero beyond a sequence's
    /// length.
    pub hidden: &'a mut [f32],
    /// The one after the last step read, `[batch, hidden]`.
    pub last_hidden: &'a mut [f32],
    /// The memory after the last step read, `[batch, memory·hidden]`.
    pub last_memory: &'a mut [f32],
}

/// The gradient of a loss by each of [`Outputs`], of the same shape; empty where the loss
/// does not depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Upstream<'a> {
    /// What it holds beyond a sequence's length is ignored.
    pub hidden: &'a [f32],
    /// By the hidden state after the last step read, beside its place in `hidden`.
    pub last_hidden: &'a [f32],
    /// By the memory after the last step read.
    pub last_memory: &'a [f32],
}

/// Gradients that cost something and are not always needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// [`Gradients::x`]; not needed in a first layer, whose inputs are data.
    pub x: bool,
    /// [`Gradients::hidden`]; needed to see how far gradients flow.
    pub hidden: bool,
    /// [`Gradients::h0`] and [`Gradients::c0`]; not needed where the initial states are zeros.
    pub initial: bool,
}

/// The gradient of each tensor of [`Inputs`], of the same shape; empty where that is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// `[batch, steps, input]`; zero beyond a sequence's length; empty unless wanted.
    pub x: Vec<f32>,
    /// By the hidden state after each step, through its place in the output and through all
    /// later steps, `[batch, steps, hidden]`; zero beyond a sequence's length; empty unless
    /// wanted.
    pub hidden: Vec<f32>,
    /// `[input, gates·hidden]`.
    pub input_weight: Vec<f32>,
    /// `[hidden, gates·hidden]`, or empty.
    pub recurrent_weight: Vec<f32>,
    /// `[gates·hidden]`.
    pub bias: Vec<f32>,
    /// `[hidden]`, or empty.
    pub candidate_bias: Vec<f32>,
    /// `[parameters·hidden]`.
    pub parameters: Vec<f32>,
    /// `[batch, hidden]`; empty unless wanted.
    pub h0: Vec<f32>,
    /// `[batch, memory·hidden]`; empty unless wanted.
    pub c0: Vec<f32>,
}
