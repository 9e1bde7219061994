//! Recurrences whose product with the hidden state is layer-normalised, and of an LSTM what it reads of
//! its memory: Ba, Kiros and Hinton 2016, arXiv:1607.06450.
//!
//! The statement of the cell sees W x + b, which the caller has normalised as it likes, and LN(R h) in
//! the place of R h; with [`MemoryRead`] h' = o ⊙ a(LN(c')). A mean over all gates waits for all products of a
//! step, so this is a loop of its own over groups of sequences, which need not be fitted to the caches as
//! those of the other cells.

mod backward;
mod forward;
mod rows;
#[cfg(test)]
mod tests;

use tiles::{Buffer, Level};

use crate::kernel::Kernel;
use crate::layout::Layout;
use crate::pointwise::Candidate;
use crate::problem::Problem;

pub use backward::NormalizedGradients;
pub use forward::NormalizedTrace;

/// Sequences that run together; the number of threads has no say in it.
const GROUP: usize = 16;

/// How an LSTM reads its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryRead {
    /// The block of columns of the output gate, if it is learned; else it is 1.
    pub output: Option<usize>,
    /// Whether what is read goes through tanh.
    pub through_tanh: bool,
}

/// The problem and its operands.
#[derive(Debug, Clone, Copy)]
pub struct Normalized<'a> {
    /// A cell without weights of its own, and whose product, if it has one apart, is of h.
    pub cell: &'a dyn Kernel,
    /// Sequences.
    pub batch: usize,
    /// Steps of the longest.
    pub steps: usize,
    /// Units.
    pub hidden: usize,
    /// Valid steps of each sequence.
    pub lengths: &'a [usize],
    /// Threads that may be used.
    pub threads: usize,
    /// ε of the normalisations.
    pub epsilon: f32,
    /// Of a cell whose memory is normalised.
    pub read: Option<MemoryRead>,
    /// W x + b, `[batch, steps, gates·hidden]`.
    pub sums: &'a [f32],
    /// R, `[hidden, gates·hidden]`.
    pub recurrent_weight: &'a [f32],
    /// Scale and shift of LN(R h), `[gates·hidden]` each.
    pub norm: [&'a [f32]; 2],
    /// c, `[hidden]`, of a cell whose candidate's product is kept apart; else empty.
    pub candidate_bias: &'a [f32],
    /// Scale and shift of LN(c'), `[hidden]` each; empty where the memory is not normalised.
    pub memory_norm: [&'a [f32]; 2],
    /// `[batch, hidden]`
    pub h0: &'a [f32],
    /// `[batch, memory·hidden]`
    pub m0: &'a [f32],
}

impl Normalized<'_> {
    /// h and the memory at each step, side by side, `[batch, steps, (1 + memory)·hidden]`, zero at
    /// padding; and what [`Self::backward`] needs.
    ///
    /// # Panics
    /// If a slice is not as long as the sizes say: a caller's mistake.
    pub fn forward(&self) -> (Vec<f32>, NormalizedTrace) {
        self.forward_at(Level::best())
    }

    /// The gradients from that of what came out.
    ///
    /// # Panics
    /// As [`Self::forward`].
    pub fn backward(&self, trace: NormalizedTrace, gradient: &[f32]) -> NormalizedGradients {
        self.backward_at(Level::best(), trace, gradient)
    }

    fn layout(&self) -> Layout {
        let Self { cell, batch, steps, hidden, threads, .. } = *self;
        let problem = Problem {
            cell,
            batch,
            steps,
            input: 0,
            hidden,
            lengths: None,
            reverse: false,
            threads,
        };
        Layout::new(&problem)
    }

    /// Numbers of a step of what comes out.
    fn width(&self) -> usize {
        (1 + self.cell.shape().memory) * self.hidden
    }

    fn check(&self) {
        let Self { cell, batch, steps, hidden, lengths, .. } = *self;
        let shape = cell.shape();
        let width = shape.gates * hidden;
        assert!(shape.recurrent && shape.candidate != Candidate::OfOperand, "a product of h");
        assert_eq!(shape.parameters, 0, "weights of its own");
        assert!(
            lengths.len() == batch && lengths.iter().all(|it| (1..=steps).contains(it)),
            "lengths"
        );
        assert_eq!(self.sums.len(), batch * steps * width, "sums");
        assert_eq!(self.recurrent_weight.len(), hidden * width, "R");
        assert_eq!(self.norm.map(<[f32]>::len), [width; 2], "scale and shift");
        assert_eq!([self.h0.len(), self.m0.len()], [batch * hidden, shape.memory * batch * hidden]);
    }

    /// The sequences of each group, the longest first.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.batch).collect();
        order.sort_by_key(|&sequence| std::cmp::Reverse(self.lengths[sequence]));
        order.chunks(GROUP).map(<[usize]>::to_vec).collect()
    }
}

/// A row of blocks, filled up.
fn spread(layout: Layout, from: &[f32]) -> Buffer {
    let mut to = Buffer::zeros(from.len() / layout.hidden * layout.state);
    layout.spread(from, &mut to);
    to
}

/// Scale and shift of a normalisation, filled up with zeros, and how many numbers count.
struct Norm {
    scale: Buffer,
    shift: Buffer,
    /// 1 where a number counts, else 0.
    counts: Buffer,
    count: f32,
    epsilon: f32,
}

impl Norm {
    fn new(layout: Layout, [scale, shift]: [&[f32]; 2], epsilon: f32) -> Self {
        Self {
            scale: spread(layout, scale),
            shift: spread(layout, shift),
            counts: spread(layout, &vec![1.0; scale.len()]),
            count: scale.len() as f32,
            epsilon,
        }
    }
}

/// Which rows of a group's buffers are those of a step.
#[derive(Debug)]
struct Steps {
    /// Sequences that run at each step: those of the group from the first on.
    active: Vec<usize>,
    /// Rows before those of each step.
    offsets: Vec<usize>,
    rows: usize,
}

impl Steps {
    fn new(lengths: &[usize]) -> Self {
        let longest = lengths[0];
        let active: Vec<usize> = (0..longest)
            .map(|step| lengths.iter().take_while(|length| **length > step).count())
            .collect();
        let mut rows = 0;
        let offsets = active.iter().map(|count| {
            rows += count;
            rows - count
        });
        let offsets = offsets.collect();
        Self { active, offsets, rows }
    }
}

/// Each part of `all`, by its number; every one is taken once.
fn by_number(all: &mut [f32], size: usize) -> Vec<Option<&mut [f32]>> {
    all.chunks_exact_mut(size).map(Some).collect()
}

fn taken<'a>(parts: &mut [Option<&'a mut [f32]>], which: &[usize]) -> Vec<&'a mut [f32]> {
    which.iter().filter_map(|&number| parts[number].take()).collect()
}
