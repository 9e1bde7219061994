//! All steps backward, group by group: backpropagation through time.
//!
//! The gradients of the gates' sums overwrite the gates. After some steps, while they are in
//! the cache, the products over all these steps follow: the inputs' gradients and, where each
//! group has sums of its own (see [`super::plan`]), those of the weights.

use std::ops::Range;

use super::buffer::Buffer;
use super::cells::StepBackward;
use super::forward::{Kept, Trace, by_group};
use super::gru_reset_before::ResetBackward;
use super::layout::{Layout, Rows};
use super::plan::{Group, Groups};
use super::problem::{CellKind, Gradients, Inputs, Problem, Upstream, Wanted};
use super::product::{Left, Packed, Product, Start};
use super::rows::{AddRows, CopyRows, Dots};
use super::simd::{LINE, Level, padded};
use super::threads;
use super::weight_gradients::{Sums, Terms, parts};

/// Running sequences, summed over steps, after which the products over these steps follow.
const SPAN_ROWS: usize = 96;

/// The widest input whose gradient is computed number by number.
const NARROW_INPUT: usize = 4;

/// The transposed weights, packed for products from the right.
struct Weights<'a> {
    /// Not filled where the input is narrow.
    input: Packed,
    /// Not packed, `[input, gates]`.
    input_rows: Rows<'a>,
    shared: Packed,
    own: Packed,
}

impl<'a> Weights<'a> {
    fn new(
        level: Level,
        layout: Layout,
        problem: &Problem,
        inputs: &Inputs<'a>,
        wanted: Wanted,
    ) -> Self {
        let Problem { input, hidden, .. } = *problem;
        // Without the inputs' gradients nothing is multiplied by their weights.
        let rows = layout.spread_rows(if wanted.x { inputs.input_weight } else { &[] });
        let (packed, rows, unpacked) = if input > NARROW_INPUT {
            (rows.len() / layout.gates, rows, Rows::Same(&[]))
        } else {
            (0, Rows::Same(&[]), rows)
        };
        let row = |k: usize| k * layout.gates..(k + 1) * layout.gates;
        let mut weights = Self {
            input: Packed::new(level, layout.gates, packed),
            input_rows: unpacked,
            shared: Packed::new(level, layout.shared, hidden),
            own: Packed::new(level, layout.own, hidden),
        };
        weights.input.fill_transposed(layout.gates, packed, |n| &rows[row(n)]);
        drop(rows);
        let rows = layout.spread_rows(inputs.recurrent_weight);
        weights.shared.fill_transposed(layout.shared, hidden, |n| &rows[row(n)][..layout.shared]);
        weights.own.fill_transposed(layout.own, hidden, |n| &rows[row(n)][layout.shared..]);
        weights
    }
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
    upstream: Upstream,
    wanted: Wanted,
) -> Gradients {
    let layout = Layout::new(problem);
    let Trace { groups, kept } = trace;
    let weights = Weights::new(level, layout, problem, inputs, wanted);
    let states = problem.batch * problem.steps * problem.hidden;
    let zeros = |count: usize| vec![0.0; count];
    let mut x = zeros(if wanted.x { inputs.x.len() } else { 0 });
    let mut hidden = zeros(if wanted.hidden { states } else { 0 });
    let (mut h0, mut c0) = (zeros(inputs.h0.len()), zeros(inputs.c0.len()));
    let mut of_weights = Gradients {
        x: vec![],
        hidden: vec![],
        input_weight: zeros(inputs.input_weight.len()),
        recurrent_weight: zeros(inputs.recurrent_weight.len()),
        bias: zeros(inputs.bias.len()),
        candidate_bias: zeros(inputs.candidate_bias.len()),
        h0: vec![],
        c0: vec![],
    };
    let all = &groups.groups;
    let xs = by_group(all, &mut x, problem.steps * problem.input);
    let hiddens = by_group(all, &mut hidden, problem.steps * problem.hidden);
    let h0s = by_group(all, &mut h0, problem.hidden);
    let c0s = by_group(all, &mut c0, problem.hidden);
    let parts = xs.into_iter().zip(hiddens).zip(h0s.into_iter().zip(c0s));
    let tasks = all
        .iter()
        .zip(kept)
        .zip(parts)
        .map(|((group, kept), ((x, hidden), (h0, c0)))| Task { group, kept, x, hidden, h0, c0 })
        .collect();
    let run = Run { level, layout, problem, inputs, weights: &weights, upstream };
    let threads = problem.threads;
    if groups.sum_apart {
        let work = |task| {
            let mut sums = Sums::new(layout, problem);
            run.group(task, Some(&mut sums));
            sums
        };
        let width = problem.width();
        let add = |sums: Sums| sums.add_to(layout, width, &mut of_weights);
        threads::each_in_order(threads, tasks, work, add);
    } else {
        let kept = threads::each(threads, tasks, |task| run.group(task, None));
        run.all_weights(&groups, &kept, &mut of_weights);
    }
    Gradients { x, hidden, h0, c0, ..of_weights }
}

/// What all groups have in common.
struct Run<'a> {
    level: Level,
    layout: Layout,
    problem: &'a Problem<'a>,
    inputs: &'a Inputs<'a>,
    weights: &'a Weights<'a>,
    upstream: Upstream<'a>,
}

/// The gradients of a group's states, `[rows, state]` each.
struct StateGradients {
    hidden: Buffer,
    /// Of an LSTM.
    cell: Buffer,
    /// Of r ⊙ h where a GRU's reset comes before the product.
    reset: Buffer,
}

impl Run<'_> {
    /// The gradient of the hidden state of a sequence of the batch at one of its places, as
    /// it comes from above.
    fn above(&self, row: usize, place: usize) -> &[f32] {
        let hidden = self.layout.hidden;
        &self.upstream.hidden[(row * self.problem.steps + place) * hidden..][..hidden]
    }

    /// Runs one group back through all its steps, and adds its part of the weight gradients
    /// to `sums` where they are summed by groups.
    fn group(&self, task: Task, mut sums: Option<&mut Sums>) -> Kept {
        let Self { layout, problem, .. } = *self;
        let Layout { state, cell, .. } = layout;
        let Task { group, mut kept, mut x, mut hidden, h0, c0 } = task;
        let rows = group.rows.len();
        let spans = group.spans(SPAN_ROWS);
        let of_x = if x.is_empty() { 0 } else { group.widest(&spans) * padded(problem.input) };
        let mut work = Buffer::new(of_x);
        let reset = if problem.kind == CellKind::GruResetBefore { rows * state } else { 0 };
        let mut grads = StateGradients {
            hidden: Buffer::new(rows * state),
            cell: Buffer::new(rows * cell),
            reset: Buffer::new(reset),
        };
        let last = |from: &[f32], to: &mut [f32], width: usize| {
            if from.is_empty() {
                to.fill(0.0);
                return;
            }
            for (&row, to) in group.rows.iter().zip(to.chunks_exact_mut(width)) {
                layout.spread(&from[row * layout.hidden..][..layout.hidden], to);
            }
        };
        last(self.upstream.last_hidden, &mut grads.hidden, state);
        if cell > 0 {
            last(self.upstream.last_cell, &mut grads.cell, cell);
        }
        for (first, end) in spans.into_iter().rev() {
            for step in (first..end).rev() {
                self.step(group, step, &mut kept, &mut grads, &mut hidden);
            }
            if !x.is_empty() {
                self.inputs(group, first, end, &kept, &mut work, &mut x);
            }
            if let Some(sums) = &mut sums {
                self.weights(group, first..end, &kept, sums);
            }
        }
        for (slot, h0) in h0.into_iter().enumerate() {
            h0.copy_from_slice(&grads.hidden[slot * state..][..layout.hidden]);
        }
        for (slot, c0) in c0.into_iter().enumerate() {
            c0.copy_from_slice(&grads.cell[slot * cell..][..layout.hidden]);
        }
        kept
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
        if !self.upstream.hidden.is_empty() {
            self.level.run(AddRows {
                from: |slot| self.above(group.rows[slot], place(slot, step)),
                next: |slot| self.above(group.rows[slot], place(slot, step.saturating_sub(1))),
                to: &mut dh[..active * state],
                stride: state,
            });
        }
        for ((slot, to), dh) in
            hiddens.iter_mut().enumerate().zip(dh.chunks_exact(state)).take(active)
        {
            to[place(slot, step) * hidden..][..hidden].copy_from_slice(&dh[..hidden]);
        }
        let (earlier_gates, gates) = kept.gates.split_at_mut(at * stride);
        let next = step.checked_sub(1).map_or(at, |next| group.offsets[next]);
        let next_gates = &earlier_gates[next * stride..];
        let step_gates = &mut gates[..active * stride];
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
            self.level.run(Product::new(
                active,
                Left { data: &step_gates[shared..], stride },
                &self.weights.own,
                Start::Zero,
                reset,
                state,
            ));
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
            left: Left { data: step_gates, stride },
            right: &self.weights.shared,
            // What goes to a GRU's hidden state past the products is there already.
            start: if own > 0 { Start::Result } else { Start::Zero },
            before: None,
            ahead: next_gates,
            result: dh,
            stride: state,
        });
        if gru {
            self.level.run(Product::new(
                active,
                Left { data: step_own, stride: own },
                &self.weights.own,
                Start::Result,
                dh,
                state,
            ));
        }
    }

    /// The gradients of the inputs of the steps `first..end`.
    fn inputs(
        &self,
        group: &Group,
        first: usize,
        end: usize,
        kept: &Kept,
        work: &mut [f32],
        x: &mut [&mut [f32]],
    ) {
        let gates = self.layout.stride;
        let input = self.problem.input;
        let stride = padded(input);
        let rows = group.offsets[end] - group.offsets[first];
        let left = &kept.gates[group.offsets[first] * gates..group.offsets[end] * gates];
        if input <= NARROW_INPUT {
            self.level.run(Dots {
                left,
                stride: gates,
                right: &self.weights.input_rows,
                depth: self.layout.gates,
                to: work,
                to_stride: stride,
            });
        } else {
            self.level.run(Product::new(
                rows,
                Left { data: left, stride: gates },
                &self.weights.input,
                Start::Zero,
                work,
                stride,
            ));
        }
        for step in first..end {
            let active = group.active[step];
            let at = (group.offsets[step] - group.offsets[first]) * stride;
            let place = |slot: usize, step| self.problem.place(group.rows[slot], step);
            let next = (step + 1).min(end - 1);
            let runs = |slot: usize| slot < group.active[next];
            self.level.run(CopyRows {
                from: &work[at..][..active * stride],
                stride,
                to: &mut x[..active],
                width: input,
                place: |slot| {
                    (place(slot, step), place(slot, if runs(slot) { next } else { step }))
                },
            });
        }
    }

    /// Adds what some steps of a group contribute to its sums.
    fn weights(&self, group: &Group, steps: Range<usize>, kept: &Kept, sums: &mut Sums) {
        let Self { level, layout, problem, .. } = *self;
        let count = group.offsets[steps.end] - group.offsets[steps.start];
        let mut terms = Terms::with_capacity(count, layout);
        for step in steps.rev() {
            self.push(group, kept, step, 0..group.active[step], &mut terms);
        }
        for sum in sums.parts() {
            sum.add(level, problem.kind, layout, &terms);
        }
    }

    /// The weight gradients of the whole batch, in parts for the threads.
    fn all_weights(&self, groups: &Groups, kept: &[Kept], gradients: &mut Gradients) {
        let Self { level, layout, problem, .. } = *self;
        let count = groups.groups.iter().map(Group::total).sum();
        let mut terms = Terms::with_capacity(count, layout);
        for (index, slot, step) in groups.backward() {
            self.push(&groups.groups[index], &kept[index], step, slot..slot + 1, &mut terms);
        }
        let rows = (problem.input + problem.hidden).div_ceil(problem.threads.max(1));
        let rows = rows.next_multiple_of(LINE);
        let width = problem.width();
        threads::each(problem.threads, parts(gradients, rows, width), |sum| {
            if layout.hidden == layout.state {
                sum.add(level, problem.kind, layout, &terms);
            } else {
                sum.add_unfilled(level, problem.kind, layout, width, &terms);
            }
        });
    }

    /// Adds the terms of one step of some sequences of a group.
    fn push<'k>(
        &'k self,
        group: &Group,
        kept: &'k Kept,
        step: usize,
        slots: Range<usize>,
        terms: &mut Terms<'k>,
    ) {
        let Layout { state, gates, stride, own, .. } = self.layout;
        let (before, at) = (group.before(step) + slots.start, group.offsets[step] + slots.start);
        let count = slots.len();
        terms.x.extend(group.rows[slots].iter().map(|&row| self.problem.x(self.inputs, row, step)));
        terms.hidden.extend(kept.hidden[before * state..].chunks_exact(state).take(count));
        let of_gates = kept.gates[at * stride..].chunks_exact(stride).take(count);
        terms.gates.extend(of_gates.map(|row| &row[..gates]));
        if own > 0 {
            terms.own.extend(kept.own[at * own..].chunks_exact(own).take(count));
        }
    }
}
