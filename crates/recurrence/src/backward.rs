//! All steps backward, group by group: backpropagation through time.
//!
//! The gradients of the gates' sums overwrite the gates. After some steps, while they are in
//! the cache, the products over all these steps follow: the inputs' gradients and the shares
//! of the weights' (see [`super::plan`]).

use std::ops::Range;

use super::buffer::Buffer;
use super::cells::StepBackward;
use super::forward::{Kept, Trace, by_group};
use super::gru_reset_before::ResetBackward;
use super::layout::Layout;
use super::plan::Group;
use super::problem::{CellKind, Gradients, Inputs, Problem, Wanted};
use super::product::{Left, Packed, Product, Start, pack_left};
use super::rows::AddRows;
use super::simd::{Level, padded};
use super::threads;

/// Depth of the products for the weight gradients of one share.
const SPAN_ROWS: usize = 128;

/// The transposed weights, packed for products from the right.
struct Weights {
    input: Packed,
    shared: Packed,
    own: Packed,
}

impl Weights {
    fn new(level: Level, layout: Layout, problem: &Problem, inputs: &Inputs) -> Self {
        let Problem { input, hidden, .. } = *problem;
        let input_weight = layout.spread_rows(inputs.input_weight, input);
        let recurrent_weight = layout.spread_rows(inputs.recurrent_weight, hidden);
        let row = |k: usize| k * layout.gates..(k + 1) * layout.gates;
        let mut weights = Self {
            input: Packed::new(level, layout.gates, input),
            shared: Packed::new(level, layout.shared, hidden),
            own: Packed::new(level, layout.own, hidden),
        };
        weights.input.fill_transposed(layout.gates, input, |n| &input_weight[row(n)]);
        let of = |n: usize| &recurrent_weight[row(n)];
        weights.shared.fill_transposed(layout.shared, hidden, |n| &of(n)[..layout.shared]);
        weights.own.fill_transposed(layout.own, hidden, |n| &of(n)[layout.shared..]);
        weights
    }
}

/// One share of the weight gradients; the last row of each belongs to the biases.
struct Share {
    /// `[input + 1, gates]`
    input: Buffer,
    /// `[hidden + 1, shared]`
    shared: Buffer,
    /// `[hidden + 1, own]`
    own: Buffer,
}

/// One group's part of everything.
struct Task<'a> {
    group: &'a Group,
    kept: Kept,
    /// Empty where this gradient is not asked for.
    x: Vec<&'a mut [f32]>,
    /// Likewise.
    hidden: Vec<&'a mut [f32]>,
    h0: Vec<&'a mut [f32]>,
    c0: Vec<&'a mut [f32]>,
}

/// See [`super::backward`].
pub(super) fn backward(
    level: Level,
    problem: &Problem,
    inputs: &Inputs,
    trace: Trace,
    grad_out: &[f32],
    wanted: Wanted,
) -> Gradients {
    let layout = Layout::new(problem);
    let Trace { groups, kept } = trace;
    let weights = Weights::new(level, layout, problem, inputs);
    let states = problem.batch * problem.steps * problem.hidden;
    let mut gradients = Gradients {
        x: vec![0.0; if wanted.x { inputs.x.len() } else { 0 }],
        hidden: vec![0.0; if wanted.hidden { states } else { 0 }],
        input_weight: vec![0.0; inputs.input_weight.len()],
        recurrent_weight: vec![0.0; inputs.recurrent_weight.len()],
        bias: vec![0.0; inputs.bias.len()],
        candidate_bias: vec![0.0; inputs.candidate_bias.len()],
        h0: vec![0.0; inputs.h0.len()],
        c0: vec![0.0; inputs.c0.len()],
    };
    let xs = by_group_or_none(&groups, &mut gradients.x, problem.steps * problem.input);
    let width = problem.steps * problem.hidden;
    let hiddens = by_group_or_none(&groups, &mut gradients.hidden, width);
    let h0s = by_group(&groups, &mut gradients.h0, problem.hidden);
    let c0s = by_group_or_none(&groups, &mut gradients.c0, problem.hidden);
    let parts = xs.into_iter().zip(hiddens).zip(h0s.into_iter().zip(c0s));
    let tasks = groups
        .iter()
        .zip(kept)
        .zip(parts)
        .map(|((group, kept), ((x, hidden), (h0, c0)))| Task { group, kept, x, hidden, h0, c0 })
        .collect();
    let run = Run { level, layout, problem, inputs, weights: &weights, grad_out };
    let shares = threads::each(problem.threads, tasks, |task| run.group(task));
    for share in shares.iter().flatten() {
        add(layout, problem, share, &mut gradients);
    }
    gradients
}

/// As [`by_group`], of no rows where `rows` is empty.
fn by_group_or_none<'a>(
    groups: &[Group],
    rows: &'a mut [f32],
    width: usize,
) -> Vec<Vec<&'a mut [f32]>> {
    if rows.is_empty() {
        return groups.iter().map(|_| vec![]).collect();
    }
    by_group(groups, rows, width)
}

/// Adds a share to the gradients.
fn add(layout: Layout, problem: &Problem, share: &Share, gradients: &mut Gradients) {
    let width = problem.width();
    let mut rows = share.input.chunks_exact(layout.gates);
    for (to, from) in gradients.input_weight.chunks_exact_mut(width).zip(&mut rows) {
        layout.gather_add(from, to);
    }
    if let Some(row) = rows.next() {
        layout.gather_add(row, &mut gradients.bias);
    }
    let shared = share.shared.chunks_exact(layout.shared);
    for (to, from) in gradients.recurrent_weight.chunks_exact_mut(width).zip(shared) {
        layout.gather_add(from, to);
    }
    if layout.own > 0 {
        let mut rows = share.own.chunks_exact(layout.own);
        for (to, from) in gradients.recurrent_weight.chunks_exact_mut(width).zip(&mut rows) {
            layout.gather_add(from, &mut to[width - layout.hidden..]);
        }
        if let Some(row) = rows.next() {
            layout.gather_add(row, &mut gradients.candidate_bias);
        }
    }
}

/// What all groups have in common.
struct Run<'a> {
    level: Level,
    layout: Layout,
    problem: &'a Problem<'a>,
    inputs: &'a Inputs<'a>,
    weights: &'a Weights,
    grad_out: &'a [f32],
}

/// The gradients of a group's states, `[rows, state]` each.
struct StateGradients {
    hidden: Buffer,
    /// Of an LSTM.
    cell: Buffer,
    /// Of r ⊙ h where a GRU's reset comes before the product.
    reset: Buffer,
}

/// Where to find what belongs to one step of one sequence.
#[derive(Clone, Copy)]
struct Row {
    /// The first number of what it reads, in the inputs.
    x: usize,
    /// The row of the state before the step.
    before: usize,
    /// The row of the gates.
    at: usize,
}

/// What the products over several steps work in.
struct Workspace {
    /// The rows of a share.
    rows: Vec<Row>,
    /// The inputs' gradients, `[rows, padded(input)]`.
    x: Buffer,
    /// Transposed inputs or hidden states.
    left: Buffer,
    /// Gate gradients that inputs and hidden states share.
    shared: Packed,
    /// Those that only one of them has.
    own: Packed,
}

impl Run<'_> {
    /// The gradient by one vector of `out`: `place` counts the rows of sequence `row`.
    fn grad_out(&self, row: usize, place: usize) -> &[f32] {
        let hidden = self.layout.hidden;
        &self.grad_out[(row * self.problem.out_rows() + place) * hidden..][..hidden]
    }

    /// Runs one group back through all its steps.
    fn group(&self, task: Task) -> Vec<Share> {
        let Self { level, layout, problem, .. } = *self;
        let Layout { state, cell, .. } = layout;
        let Task { group, mut kept, mut x, mut hidden, h0, c0 } = task;
        let rows = group.rows.len();
        let spans = group.spans(SPAN_ROWS * group.shares);
        let widest = group.widest(&spans);
        let deepest = group.deepest(&spans);
        let columns = (problem.input + 1).max(problem.hidden + 1);
        let of_x = if x.is_empty() { 0 } else { widest * padded(problem.input) };
        let mut work = Workspace {
            rows: Vec::with_capacity(deepest),
            x: Buffer::new(of_x),
            left: Buffer::new(deepest * columns),
            shared: Packed::new(level, deepest, layout.shared),
            own: Packed::new(level, deepest, layout.own),
        };
        let share = || Share {
            input: Buffer::zeros((problem.input + 1) * layout.gates),
            shared: Buffer::zeros((problem.hidden + 1) * layout.shared),
            own: Buffer::zeros((problem.hidden + 1) * layout.own),
        };
        let mut shares: Vec<Share> = (0..group.shares).map(|_| share()).collect();
        let reset = if problem.kind == CellKind::GruResetBefore { rows * state } else { 0 };
        let mut grads = StateGradients {
            hidden: Buffer::new(rows * state),
            cell: Buffer::new(rows * cell),
            reset: Buffer::new(reset),
        };
        for (slot, &row) in group.rows.iter().enumerate() {
            layout.spread(
                self.grad_out(row, problem.steps),
                &mut grads.hidden[slot * state..][..state],
            );
            if cell > 0 {
                let grad = self.grad_out(row, problem.steps + 1);
                layout.spread(grad, &mut grads.cell[slot * cell..][..cell]);
            }
        }
        for (first, end) in spans.into_iter().rev() {
            for step in (first..end).rev() {
                self.step(group, step, &mut kept, &mut grads, &mut hidden);
            }
            if !x.is_empty() {
                self.inputs(group, first, end, &kept, &mut work, &mut x);
            }
            for (index, share) in shares.iter_mut().enumerate() {
                self.weights(group, first..end, index, &kept, &mut work, share);
            }
        }
        for (slot, h0) in h0.into_iter().enumerate() {
            h0.copy_from_slice(&grads.hidden[slot * state..][..layout.hidden]);
        }
        for (slot, c0) in c0.into_iter().enumerate() {
            c0.copy_from_slice(&grads.cell[slot * cell..][..layout.hidden]);
        }
        shares
    }

    /// One step back: from the gradients of the states after it to those before it.
    /// `hiddens` gets the former where it is not empty.
    fn step(
        &self,
        group: &Group,
        step: usize,
        kept: &mut Kept,
        grads: &mut StateGradients,
        hiddens: &mut [&mut [f32]],
    ) {
        let Layout { state, stride, own, cell, hidden, shared, .. } = self.layout;
        let StateGradients { hidden: dh, cell: dc, reset } = grads;
        let active = group.active[step];
        let at = group.offsets[step];
        let (before, after) = (group.before(step), group.rows.len() + at);
        let place = |slot: usize, step: usize| self.problem.place(group.rows[slot], step);
        self.level.run(AddRows {
            from: |slot| self.grad_out(group.rows[slot], place(slot, step)),
            next: |slot| self.grad_out(group.rows[slot], place(slot, step.saturating_sub(1))),
            to: &mut dh[..active * state],
            stride: state,
        });
        for ((slot, to), dh) in
            hiddens.iter_mut().enumerate().zip(dh.chunks_exact(state)).take(active)
        {
            to[place(slot, step) * hidden..][..hidden].copy_from_slice(&dh[..hidden]);
        }
        let step_gates = &mut kept.gates[at * stride..][..active * stride];
        let step_own = &mut kept.own[at * own..][..active * own];
        self.level.run(StepBackward {
            kind: self.problem.kind,
            state,
            gates: step_gates,
            stride,
            own: step_own,
            hidden: &kept.hidden[before * state..][..active * state],
            cell: &kept.cell[before * cell..][..active * cell],
            next_cell: &kept.cell[after * cell..][..active * cell],
            hidden_grad: &mut dh[..active * state],
            cell_grad: &mut dc[..active * cell],
        });
        // The products below sum over the filling too: a NaN there must not spread.
        self.layout.clear_rows(step_gates);
        self.layout.clear_padding(step_own);
        if self.problem.kind == CellKind::GruResetBefore {
            self.level.run(Product {
                rows: active,
                left: Left::Rows { data: &step_gates[shared..], stride },
                right: &self.weights.own,
                start: Start::Zero,
                result: reset,
                stride: state,
            });
            self.level.run(ResetBackward {
                state,
                gates: step_gates,
                stride,
                hidden: &kept.hidden[before * state..][..active * state],
                reset_grad: &reset[..active * state],
                hidden_grad: &mut dh[..active * state],
            });
            self.layout.clear_rows(step_gates);
        }
        let gru = self.problem.kind == CellKind::Gru;
        self.level.run(Product {
            rows: active,
            left: Left::Rows { data: step_gates, stride },
            right: &self.weights.shared,
            // What goes to a GRU's hidden state past the products is there already.
            start: if own > 0 { Start::Result } else { Start::Zero },
            result: dh,
            stride: state,
        });
        if gru {
            self.level.run(Product {
                rows: active,
                left: Left::Rows { data: step_own, stride: own },
                right: &self.weights.own,
                start: Start::Result,
                result: dh,
                stride: state,
            });
        }
    }

    /// The gradients of the inputs of the steps `first..end`.
    fn inputs(
        &self,
        group: &Group,
        first: usize,
        end: usize,
        kept: &Kept,
        work: &mut Workspace,
        x: &mut [&mut [f32]],
    ) {
        let gates = self.layout.stride;
        let input = self.problem.input;
        let stride = padded(input);
        let rows = group.offsets[end] - group.offsets[first];
        self.level.run(Product {
            rows,
            left: Left::Rows { data: &kept.gates[group.offsets[first] * gates..], stride: gates },
            right: &self.weights.input,
            start: Start::Zero,
            result: &mut work.x,
            stride,
        });
        let mut grads = work.x.chunks_exact(stride);
        for step in first..end {
            for (slot, x) in x[..group.active[step]].iter_mut().enumerate() {
                let place = self.problem.place(group.rows[slot], step);
                if let Some(grad) = grads.next() {
                    x[place * input..][..input].copy_from_slice(&grad[..input]);
                }
            }
        }
    }

    /// Adds what some steps contribute to one share of the weight gradients.
    fn weights(
        &self,
        group: &Group,
        steps: Range<usize>,
        index: usize,
        kept: &Kept,
        work: &mut Workspace,
        share: &mut Share,
    ) {
        let Self { level, problem, .. } = *self;
        let Layout { state, gates, stride, own, shared, hidden, .. } = self.layout;
        let input = problem.input;
        let Workspace { rows, left, shared: packed, own: packed_own, .. } = work;
        rows.clear();
        for step in steps.rev() {
            for (slot, &row) in group.rows[..group.active[step]].iter().enumerate() {
                if group.share_of[slot] == index {
                    rows.push(Row {
                        x: (row * problem.steps + problem.place(row, step)) * input,
                        before: group.before(step) + slot,
                        at: group.offsets[step] + slot,
                    });
                }
            }
        }
        let depth = rows.len();
        packed.fill(depth, |k| &kept.gates[rows[k].at * stride..][..shared]);

        let x = self.inputs.x;
        pack_left(level, input + 1, depth, left, |k| &x[rows[k].x..][..input]);
        accumulate(level, input + 1, left, packed, &mut share.input, gates);
        if own > 0 {
            packed_own.fill(depth, |k| &kept.gates[rows[k].at * stride..][shared..gates]);
            let result = &mut share.input[shared..];
            accumulate(level, input + 1, left, packed_own, result, gates);
        }

        let gru = problem.kind == CellKind::Gru;
        let height = if gru { hidden + 1 } else { hidden };
        let before = |k: usize| &kept.hidden[rows[k].before * state..][..hidden];
        pack_left(level, height, depth, left, before);
        accumulate(level, height, left, packed, &mut share.shared, shared);
        if gru {
            packed_own.fill(depth, |k| &kept.own[rows[k].at * own..][..own]);
        } else if own > 0 {
            // The candidate's gradients, packed above, meet r ⊙ h in the place of h.
            pack_left(level, height, depth, left, |k| &kept.own[rows[k].at * own..][..hidden]);
        }
        if own > 0 {
            accumulate(level, height, left, packed_own, &mut share.own, own);
        }
    }
}

/// Adds left × right to `result`.
fn accumulate(
    level: Level,
    rows: usize,
    left: &[f32],
    right: &Packed,
    result: &mut [f32],
    stride: usize,
) {
    let left = Left::Packed(left);
    level.run(Product { rows, left, right, start: Start::Result, result, stride });
}
