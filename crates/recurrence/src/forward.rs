//! All steps forward, group by group.

use tiles::{Buffer, Left, Level, Product, Start, threads};

use super::lanes::Stage;
use super::layout::Layout;
use super::packed::IntoGates;
use super::plan::{Group, Groups};
use super::pointwise::Candidate;
use super::problem::{Inputs, Outputs, Problem};
use super::rows::{CopyRows, GatherRows};
use super::step_forward::StepForward;

/// The widest input whose products are joined with those of the hidden state.
const JOINED_INPUT: usize = 64;

/// What the backward pass needs of one group. Rows are running sequences, step by step.
#[derive(Debug)]
pub(super) struct Kept {
    /// After their nonlinearity, `[total, stride]`. Where the only gate is the state, this is
    /// only where the gradients will be.
    pub gates: Buffer,
    /// The row to which the first one of `gates` belongs, where there are those of some steps
    /// only.
    pub gates_from: usize,
    /// What a candidate gets of the hidden state apart from its sum, `[total, own]`.
    pub own: Buffer,
    /// The initial one and the one after each step, `[rows + total, state]`.
    pub hidden: Buffer,
    /// Likewise, `[rows + total, memory]`.
    pub memory: Buffer,
}

/// What the backward pass needs of the whole batch.
#[derive(Debug)]
pub(super) struct Trace {
    pub groups: Groups,
    pub kept: Vec<Kept>,
}

impl Trace {
    /// See [`super::Saved::gates`].
    pub(super) fn gates(&self, problem: &Problem) -> Vec<f32> {
        let Layout { hidden, state, gates, stride, .. } = Layout::new(problem);
        let width = problem.width();
        let mut all = vec![0.0; problem.batch * problem.steps * width];
        for (group, kept) in self.groups.all.iter().zip(&self.kept) {
            let mut rows = if problem.cell.shape().gate_is_state {
                kept.hidden[group.rows.len() * state..].chunks_exact(state)
            } else {
                kept.gates.chunks_exact(stride)
            };
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
    input: IntoGates,
    recurrent: IntoGates,
    bias: Buffer,
    candidate_bias: Buffer,
    parameters: Buffer,
}

impl Weights {
    fn new(level: Level, layout: Layout, inputs: &Inputs, threads: usize) -> Self {
        let filled = |from: &[f32], len: usize| {
            let mut to = Buffer::new(len);
            layout.spread(from, &mut to);
            to
        };
        let own = if inputs.candidate_bias.is_empty() { 0 } else { layout.own };
        let (input, recurrent) = threads::both(
            threads,
            || IntoGates::new(level, layout, inputs.input_weight),
            || IntoGates::new(level, layout, inputs.recurrent_weight),
        );
        Self {
            input,
            recurrent,
            bias: filled(inputs.bias, layout.gates),
            candidate_bias: filled(inputs.candidate_bias, own),
            parameters: filled(inputs.parameters, layout.parameters),
        }
    }
}

/// See [`super::forward`].
pub(super) fn forward(
    level: Level,
    problem: &Problem,
    inputs: &Inputs,
    outputs: Outputs,
    save: bool,
) -> Option<Trace> {
    let layout = Layout::new(problem);
    let groups = Groups::new(problem);
    let weights = Weights::new(level, layout, inputs, groups.packing(problem.threads));
    let all = &groups.all;
    let Outputs { hidden, last_hidden, last_memory } = outputs;
    let hidden = by_group(all, hidden, problem.steps * problem.hidden);
    let last_hidden = by_group(all, last_hidden, problem.hidden);
    let last_memory = by_group(all, last_memory, layout.meant(layout.memory));
    let parts = hidden.into_iter().zip(last_hidden).zip(last_memory);
    let parts =
        parts.map(|((hidden, last_hidden), last_memory)| Part { hidden, last_hidden, last_memory });
    let tasks = all.iter().zip(parts).collect();
    let joined = problem.input <= JOINED_INPUT && layout.recurrent;
    let run =
        Run { level, layout, problem, inputs, weights: &weights, groups: &groups, save, joined };
    let kept = threads::each(problem.threads, tasks, |(group, part)| run.group(group, part));
    save.then_some(Trace { groups, kept })
}

/// Gives every group the rows of its sequences, `width` numbers each, in its order; none
/// where there are no rows.
pub(super) fn by_group<'a>(
    groups: &[Group],
    rows: &'a mut [f32],
    width: usize,
) -> Vec<Vec<&'a mut [f32]>> {
    let mut rows: Vec<Option<&mut [f32]>> = rows.chunks_exact_mut(width.max(1)).map(Some).collect();
    let mut take = |row: &usize| rows.get_mut(*row).and_then(Option::take);
    groups.iter().map(|group| group.rows.iter().filter_map(&mut take).collect()).collect()
}

/// One group's rows of the outputs.
struct Part<'a> {
    hidden: Vec<&'a mut [f32]>,
    last_hidden: Vec<&'a mut [f32]>,
    /// None where there is none.
    last_memory: Vec<&'a mut [f32]>,
}

/// What all groups have in common.
struct Run<'a> {
    level: Level,
    layout: Layout,
    problem: &'a Problem<'a>,
    inputs: &'a Inputs<'a>,
    weights: &'a Weights,
    groups: &'a Groups,
    save: bool,
    /// Whether the products with x are parts of the steps' products: their sums then never
    /// go through memory. Large weights are better read once for many steps.
    joined: bool,
}

/// Where the rows of one step lie in what is kept.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Sequences that run.
    active: usize,
    /// The states before the step and after it.
    previous: usize,
    next: usize,
    gates: usize,
    own: usize,
}

impl Run<'_> {
    /// Runs one group through all its steps.
    fn group(&self, group: &Group, mut part: Part) -> Kept {
        let Self { layout, problem, .. } = *self;
        let rows = group.rows.len();
        let spans = group.spans(self.groups.span);
        let widest = group.widest(&spans);
        let mut x = Buffer::new(widest * problem.input);
        // Without a backward pass to come the memory of one span does for all.
        let room = if self.save { group.total() } else { widest };
        let all_gates = self.save && !(problem.cell.shape().gate_is_state && self.groups.sum_apart);
        let gates_room = if all_gates { group.total() } else { widest };
        let mut kept = Kept {
            gates: Buffer::new(gates_room * layout.stride),
            gates_from: 0,
            own: Buffer::new(room * layout.own),
            hidden: Buffer::new((rows + room) * layout.state),
            memory: Buffer::new((rows + room) * layout.memory),
        };
        self.initial(group, &mut kept);
        for (&row, out) in group.rows.iter().zip(&mut part.hidden) {
            out[problem.length(row) * layout.hidden..].fill(0.0);
        }
        for (first, end) in spans {
            let base = if self.save { 0 } else { group.offsets[first] };
            kept.gates_from = if all_gates { 0 } else { group.offsets[first] };
            self.project(group, first, end, &mut x, &mut kept);
            for step in first..end {
                let at = group.offsets[step] - base;
                let place = Place {
                    active: group.active[step],
                    // The states before the first step of a span come first.
                    previous: if step == first && !self.save {
                        0
                    } else {
                        group.before(step) - base
                    },
                    next: rows + at,
                    gates: group.offsets[step] - kept.gates_from,
                    own: at,
                };
                let x = &x[(group.offsets[step] - group.offsets[first]) * problem.input..];
                self.step(place, x, &mut kept);
                self.write(group, step, rows + at, &kept, &mut part);
            }
            if !self.save {
                let last = rows + group.offsets[end - 1] - base;
                let last = last..last + group.active[end - 1];
                let range = |width: usize| last.start * width..last.end * width;
                kept.hidden.copy_within(range(layout.state), 0);
                kept.memory.copy_within(range(layout.memory), 0);
            }
        }
        if !all_gates {
            kept.gates = Buffer::default();
        }
        kept
    }

    /// Copies the initial states in.
    fn initial(&self, group: &Group, kept: &mut Kept) {
        let layout = self.layout;
        let Layout { state, memory, .. } = layout;
        let copy = |from: &[f32], to: &mut [f32], row: usize, slot: usize, filled: usize| {
            let width = layout.meant(filled);
            layout.spread(&from[row * width..][..width], &mut to[slot * filled..][..filled]);
        };
        for (slot, &row) in group.rows.iter().enumerate() {
            copy(self.inputs.h0, &mut kept.hidden, row, slot, state);
            copy(self.inputs.c0, &mut kept.memory, row, slot, memory);
        }
    }

    /// Copies what all running sequences read in the steps `first..end` to `x`, and computes
    /// of x W + b what the products of the steps do not.
    fn project(&self, group: &Group, first: usize, end: usize, x: &mut [f32], kept: &mut Kept) {
        let input = self.problem.input;
        let mut rows = 0;
        for step in first..end {
            let active = group.active[step];
            self.level.run(GatherRows {
                from: |slot| self.problem.x(self.inputs, group.rows[slot], step),
                to: &mut x[rows * input..][..active * input],
                width: input,
            });
            rows += active;
        }
        let Layout { stride, shared, own, .. } = self.layout;
        let bias = &self.weights.bias;
        let result = &mut kept.gates[(group.offsets[first] - kept.gates_from) * stride..];
        let left = Left { data: x, stride: input };
        if !self.joined {
            let start = Start::Row(&bias[..shared]);
            let right = self.weights.input.shared();
            self.level.run(Product::new(rows, left, right, start, result, stride));
        }
        if own > 0 {
            let start = Start::Row(&bias[shared..]);
            let (right, result) = (self.weights.input.own(), &mut result[shared..]);
            self.level.run(Product::new(rows, left, right, start, result, stride));
        }
    }

    /// One step of the running sequences.
    fn step(&self, place: Place, x: &[f32], kept: &mut Kept) {
        let Place { active, previous, next, .. } = place;
        let Layout { state, stride, own, memory, shared, candidate, recurrent, .. } = self.layout;
        let (hidden, later_hidden) = kept.hidden.split_at_mut(next * state);
        let (next_hidden, later_hidden) = later_hidden.split_at_mut(active * state);
        let (memories, later_memories) = kept.memory.split_at_mut(next * memory);
        let (next_memory, later_memories) = later_memories.split_at_mut(active * memory);
        let hidden = &hidden[previous * state..][..active * state];
        let gates = &mut kept.gates[place.gates * stride..];
        let (step_gates, later_gates) = gates.split_at_mut(active * stride);
        let step_own = &mut kept.own[place.own * own..][..active * own];
        let left = Left { data: hidden, stride: state };
        if recurrent {
            self.level.run(Product {
                rows: active,
                left,
                right: self.weights.recurrent.shared(),
                start: if self.joined {
                    Start::Row(&self.weights.bias[..shared])
                } else {
                    Start::Result
                },
                before: self.joined.then(|| {
                    (Left { data: x, stride: self.problem.input }, self.weights.input.shared())
                }),
                // No more will run at the next step.
                ahead: [
                    (&*later_gates, stride),
                    (&*later_hidden, state),
                    (&*later_memories, memory),
                ]
                .map(|(later, width)| &later[..later.len().min(active * width)]),
                result: step_gates,
                stride,
            });
        }
        let mut run = |stage, gates: &mut [f32], own: &mut [f32]| {
            self.problem.cell.forward(StepForward {
                level: self.level,
                stage,
                state,
                gates,
                stride,
                own,
                hidden,
                next_hidden: &mut *next_hidden,
                memory: &memories[previous * memory..][..active * memory],
                next_memory: &mut *next_memory,
                parameters: &self.weights.parameters,
            });
        };
        let right = self.weights.recurrent.own();
        match candidate {
            Candidate::Shared => {}
            Candidate::Apart => {
                let start = Start::Row(&self.weights.candidate_bias);
                self.level.run(Product::new(active, left, right, start, step_own, own));
            }
            Candidate::OfOperand => {
                run(Stage::Operand, step_gates, step_own);
                let left = Left { data: step_own, stride: own };
                let result = &mut step_gates[shared..];
                self.level.run(Product::new(active, left, right, Start::Result, result, stride));
            }
        }
        run(Stage::Step, step_gates, step_own);
    }

    /// Copies the states at row `at` to their places in the outputs.
    fn write(&self, group: &Group, step: usize, at: usize, kept: &Kept, part: &mut Part) {
        let Layout { hidden, state, memory, .. } = self.layout;
        let active = group.active[step];
        let place = |slot: usize, step: usize| self.problem.place(group.rows[slot], step);
        let running = group.active.get(step + 1).copied().unwrap_or(0);
        self.level.run(CopyRows {
            from: &kept.hidden[at * state..][..active * state],
            stride: state,
            to: &mut part.hidden[..active],
            width: hidden,
            place: |slot| (place(slot, step), place(slot, step + usize::from(slot < running))),
        });
        for slot in running..active {
            let of = |width: usize| (at + slot) * width..(at + slot + 1) * width;
            self.layout.gather(&kept.hidden[of(state)], part.last_hidden[slot]);
            if let Some(last_memory) = part.last_memory.get_mut(slot) {
                self.layout.gather(&kept.memory[of(memory)], last_memory);
            }
        }
    }
}
