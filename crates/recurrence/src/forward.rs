//! All steps forward, group by group.

use std::ops::Range;

use super::buffer::Buffer;
use super::cells::StepForward;
use super::gru_reset_before::Reset;
use super::layout::Layout;
use super::plan::{Group, groups};
use super::problem::{CellKind, Inputs, Problem};
use super::product::{Left, Packed, Product, Start};
use super::rows::CopyRows;
use super::simd::Level;
use super::threads;

/// Rows of the product with the input weights: as many steps at a time as make so many
/// rows, so that the weights are read rarely and the sums stay in the cache.
const SPAN_ROWS: usize = 64;

/// What the backward pass needs of one group. Rows are running sequences, step by step.
#[derive(Debug)]
pub(super) struct Kept {
    /// After their nonlinearity, `[total, stride]`.
    pub gates: Buffer,
    /// What a GRU's candidate gets of the hidden state, `[total, own]`.
    pub own: Buffer,
    /// The initial one and the one after each step, `[rows + total, state]`.
    pub hidden: Buffer,
    /// Likewise of an LSTM, `[rows + total, cell]`.
    pub cell: Buffer,
}

/// What the backward pass needs of the whole batch.
#[derive(Debug)]
pub(super) struct Trace {
    pub groups: Vec<Group>,
    pub kept: Vec<Kept>,
}

impl Trace {
    /// See [`super::Saved::gates`].
    pub(super) fn gates(&self, problem: &Problem) -> Vec<f32> {
        let Layout { hidden, state, gates, stride, .. } = Layout::new(problem);
        let width = problem.width();
        let mut all = vec![0.0; problem.batch * problem.steps * width];
        for (group, kept) in self.groups.iter().zip(&self.kept) {
            let mut rows = kept.gates.chunks_exact(stride);
            for (step, &active) in group.active.iter().enumerate() {
                for (&row, from) in group.rows[..active].iter().zip(&mut rows) {
                    let at = (row * problem.steps + problem.place(row, step)) * width;
                    let to = all[at..at + width].chunks_exact_mut(hidden);
                    for (to, from) in to.zip(from[..gates].chunks_exact(state)) {
                        to.copy_from_slice(&from[..hidden]);
                    }
                }
            }
        }
        all
    }
}

/// The weights, packed for products from the right.
struct Weights {
    input: Packed,
    shared: Packed,
    own: Packed,
    bias: Buffer,
    candidate_bias: Buffer,
}

impl Weights {
    fn new(level: Level, layout: Layout, problem: &Problem, inputs: &Inputs) -> Self {
        let Problem { input, hidden, .. } = *problem;
        let input_weight = layout.spread_rows(inputs.input_weight, input);
        let recurrent_weight = layout.spread_rows(inputs.recurrent_weight, hidden);
        let mut weights = Self {
            input: Packed::new(level, input, layout.gates),
            shared: Packed::new(level, hidden, layout.shared),
            own: Packed::new(level, hidden, layout.own),
            bias: layout.spread_rows(inputs.bias, 1),
            candidate_bias: Buffer::new(layout.own),
        };
        let row = |k: usize| k * layout.gates..(k + 1) * layout.gates;
        weights.input.fill(input, |k| &input_weight[row(k)]);
        weights.shared.fill(hidden, |k| &recurrent_weight[row(k)][..layout.shared]);
        weights.own.fill(hidden, |k| &recurrent_weight[row(k)][layout.shared..]);
        layout.spread(inputs.candidate_bias, &mut weights.candidate_bias);
        weights
    }
}

/// See [`super::forward`].
pub(super) fn forward(
    level: Level,
    problem: &Problem,
    inputs: &Inputs,
    out: &mut [f32],
    save: bool,
) -> Option<Trace> {
    let layout = Layout::new(problem);
    let groups = groups(problem);
    let weights = Weights::new(level, layout, problem, inputs);
    let outs = by_group(&groups, out, problem.out_rows() * problem.hidden);
    let tasks = groups.iter().zip(outs).collect();
    let run = Run { level, layout, problem, inputs, weights: &weights, save };
    let kept = threads::each(problem.threads, tasks, |(group, outs)| run.group(group, outs));
    save.then_some(Trace { groups, kept })
}

/// Gives every group the rows of its sequences, `width` numbers each, in its order.
pub(super) fn by_group<'a>(
    groups: &[Group],
    rows: &'a mut [f32],
    width: usize,
) -> Vec<Vec<&'a mut [f32]>> {
    let mut rows: Vec<Option<&mut [f32]>> = rows.chunks_exact_mut(width).map(Some).collect();
    groups
        .iter()
        .map(|group| group.rows.iter().filter_map(|&row| rows[row].take()).collect())
        .collect()
}

/// What all groups have in common.
struct Run<'a> {
    level: Level,
    layout: Layout,
    problem: &'a Problem<'a>,
    inputs: &'a Inputs<'a>,
    weights: &'a Weights,
    save: bool,
}

impl Run<'_> {
    /// Runs one group through all its steps.
    fn group(&self, group: &Group, mut outs: Vec<&mut [f32]>) -> Kept {
        let Self { layout, problem, .. } = *self;
        let rows = group.rows.len();
        let spans = group.spans(SPAN_ROWS);
        let widest = group.widest(&spans);
        let mut x = Buffer::new(widest * problem.input);
        // Without a backward pass to come the memory of one span does for all.
        let room = if self.save { group.total() } else { widest };
        let mut kept = Kept {
            gates: Buffer::new(room * layout.stride),
            own: Buffer::new(room * layout.own),
            hidden: Buffer::new((rows + room) * layout.state),
            cell: Buffer::new((rows + room) * layout.cell),
        };
        self.initial(group, &mut kept);
        for (&row, out) in group.rows.iter().zip(&mut outs) {
            let length = problem.length(row);
            out[length * layout.hidden..problem.steps * layout.hidden].fill(0.0);
        }
        for (first, end) in spans {
            let base = if self.save { 0 } else { group.offsets[first] };
            self.project(group, first, end, base, &mut x, &mut kept);
            let mut previous = if self.save { group.before(first) } else { 0 };
            for step in first..end {
                let at = group.offsets[step] - base;
                self.step(group.active[step], previous, at, rows, &mut kept);
                self.write(group, step, rows + at, &kept, &mut outs);
                previous = rows + at;
            }
            if !self.save {
                let last = previous..previous + group.active[end - 1];
                let range = |width: usize| last.start * width..last.end * width;
                kept.hidden.copy_within(range(layout.state), 0);
                kept.cell.copy_within(range(layout.cell), 0);
            }
        }
        kept
    }

    /// Copies the initial states in.
    fn initial(&self, group: &Group, kept: &mut Kept) {
        let Layout { hidden, state, cell, .. } = self.layout;
        for (slot, &row) in group.rows.iter().enumerate() {
            let from = row * hidden..(row + 1) * hidden;
            let to = &mut kept.hidden[slot * state..][..state];
            self.layout.spread(&self.inputs.h0[from.clone()], to);
            if cell > 0 {
                let to = &mut kept.cell[slot * cell..][..cell];
                self.layout.spread(&self.inputs.c0[from], to);
            }
        }
    }

    /// x W + b for all running sequences of the steps `first..end`.
    fn project(
        &self,
        group: &Group,
        first: usize,
        end: usize,
        base: usize,
        x: &mut [f32],
        kept: &mut Kept,
    ) {
        let input = self.problem.input;
        let rows = gather_x(self.problem, self.inputs.x, group, first..end, x);
        self.level.run(Product {
            rows,
            left: Left::Rows { data: x, stride: input },
            right: &self.weights.input,
            start: Start::Row(&self.weights.bias),
            result: &mut kept.gates[(group.offsets[first] - base) * self.layout.stride..],
            stride: self.layout.stride,
        });
    }

    /// One step of the first `active` sequences: from the states at row `previous` to those
    /// at row `rows + at`.
    fn step(&self, active: usize, previous: usize, at: usize, rows: usize, kept: &mut Kept) {
        let Layout { state, stride, own, cell, .. } = self.layout;
        let (hidden, next_hidden) = kept.hidden.split_at_mut((rows + at) * state);
        let (cells, next_cell) = kept.cell.split_at_mut((rows + at) * cell);
        let hidden = &hidden[previous * state..][..active * state];
        let step_gates = &mut kept.gates[at * stride..][..active * stride];
        let step_own = &mut kept.own[at * own..][..active * own];
        let left = Left::Rows { data: hidden, stride: state };
        self.level.run(Product {
            rows: active,
            left,
            right: &self.weights.shared,
            start: Start::Result,
            result: step_gates,
            stride,
        });
        if self.problem.kind == CellKind::GruResetBefore {
            self.level.run(Reset { state, gates: step_gates, stride, hidden, own: step_own });
            self.level.run(Product {
                rows: active,
                left: Left::Rows { data: step_own, stride: own },
                right: &self.weights.own,
                start: Start::Result,
                result: &mut step_gates[self.layout.shared..],
                stride,
            });
        }
        if self.problem.kind == CellKind::Gru {
            self.level.run(Product {
                rows: active,
                left,
                right: &self.weights.own,
                start: Start::Row(&self.weights.candidate_bias),
                result: step_own,
                stride: own,
            });
        }
        self.level.run(StepForward {
            kind: self.problem.kind,
            state,
            gates: step_gates,
            stride,
            own: step_own,
            hidden,
            next_hidden: &mut next_hidden[..active * state],
            cell: &cells[previous * cell..][..active * cell],
            next_cell: &mut next_cell[..active * cell],
        });
    }

    /// Copies the states at row `at` to their places in the result.
    fn write(&self, group: &Group, step: usize, at: usize, kept: &Kept, outs: &mut [&mut [f32]]) {
        let Layout { hidden, state, cell, .. } = self.layout;
        let steps = self.problem.steps;
        let active = group.active[step];
        let place = |slot: usize, step: usize| self.problem.place(group.rows[slot], step);
        let running = group.active.get(step + 1).copied().unwrap_or(0);
        self.level.run(CopyRows {
            from: &kept.hidden[at * state..][..active * state],
            stride: state,
            to: &mut outs[..active],
            width: hidden,
            place: |slot| (place(slot, step), place(slot, step + usize::from(slot < running))),
        });
        for slot in running..active {
            let last = |from: &[f32], width: usize, to: &mut [f32]| {
                to.copy_from_slice(&from[(at + slot) * width..][..hidden]);
            };
            let (end, out) = (steps * hidden, &mut outs[slot]);
            last(&kept.hidden, state, &mut out[end..][..hidden]);
            if cell > 0 {
                last(&kept.cell, cell, &mut out[end + hidden..]);
            }
        }
    }
}

/// Copies what the running sequences of some steps read into rows; returns how many rows.
fn gather_x(
    problem: &Problem,
    x: &[f32],
    group: &Group,
    steps: Range<usize>,
    to: &mut [f32],
) -> usize {
    let Problem { steps: row_steps, input, .. } = *problem;
    let mut to = to.chunks_exact_mut(input);
    let mut count = 0;
    for step in steps {
        for (&row, to) in group.rows[..group.active[step]].iter().zip(&mut to) {
            let at = (row * row_steps + problem.place(row, step)) * input;
            to.copy_from_slice(&x[at..at + input]);
            count += 1;
        }
    }
    count
}
