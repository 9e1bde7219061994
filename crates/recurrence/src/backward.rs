//! All steps backward, group by group: backpropagation through time.
//!
//! The gradients of the gates' sums overwrite the gates. After some steps, while they are in
//! the cache, the products over all these steps follow: the inputs' gradients and, where each
//! group has sums of its own (see [`super::plan`]), those of the weights.

use std::ops::Range;

use tiles::{Buffer, Left, Level, Product, Start, padded, threads};

use super::forward::{Kept, Trace, by_group};
use super::lanes::Stage;
use super::layout::Layout;
use super::packed::OutOfGates;
use super::plan::{Group, Groups};
use super::pointwise::Candidate;
use super::problem::{Gradients, Inputs, Problem, Upstream, Wanted};
use super::rows::{AddRows, CopyRows, Dots};
use super::step_backward::StepBackward;
use super::weight_gradients::{OfWeights, Sums, Terms};

/// The widest input whose gradient is computed number by number.
const NARROW_INPUT: usize = 4;

/// The transposed weights.
struct Weights {
    input: Input,
    recurrent: OutOfGates,
    /// The cell's own, filled up.
    parameters: Buffer,
}

/// What leads from the gates to the inputs.
enum Input {
    /// Nothing does: their gradient is not asked for.
    None,
    /// The weight as it is, filled up, `[input, gates]`, where the input is narrow.
    Narrow(Buffer),
    Wide(OutOfGates),
}

impl Input {
    fn new(level: Level, layout: Layout, weight: &[f32], input: usize) -> Self {
        if input > NARROW_INPUT {
            return Self::Wide(OutOfGates::new(level, layout, weight));
        }
        let mut rows = Buffer::new(input * layout.gates);
        let weight = weight.chunks_exact(layout.width());
        for (from, to) in weight.zip(rows.chunks_exact_mut(layout.gates)) {
            layout.spread(from, to);
        }
        Self::Narrow(rows)
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
    parameters: Vec<&'a mut [f32]>,
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
    let of_input = || {
        if wanted.x {
            Input::new(level, layout, inputs.input_weight, problem.input)
        } else {
            Input::None
        }
    };
    let of_hidden = || OutOfGates::new(level, layout, inputs.recurrent_weight);
    let packing = groups.packing(problem.threads);
    let (input, recurrent) = threads::both(packing, of_input, of_hidden);
    let mut parameters = Buffer::new(layout.parameters);
    layout.spread(inputs.parameters, &mut parameters);
    let weights = Weights { input, recurrent, parameters };
    let states = problem.batch * problem.steps * problem.hidden;
    let zeros = |count: usize| vec![0.0; count];
    let mut x = zeros(if wanted.x { inputs.x.len() } else { 0 });
    let mut hidden = zeros(if wanted.hidden { states } else { 0 });
    let initial = |states: &[f32]| zeros(if wanted.initial { states.len() } else { 0 });
    let (mut h0, mut c0) = (initial(inputs.h0), initial(inputs.c0));
    let all = &groups.all;
    let xs = by_group(all, &mut x, problem.steps * problem.input);
    let hiddens = by_group(all, &mut hidden, problem.steps * problem.hidden);
    let h0s = by_group(all, &mut h0, problem.hidden);
    let c0s = by_group(all, &mut c0, layout.meant(layout.memory));
    // By sequence, so that their sum does not depend on the groups.
    let width = layout.meant(layout.parameters);
    let mut by_sequence = zeros(problem.batch * width);
    let of_parameters = by_group(all, &mut by_sequence, width);
    let states = h0s.into_iter().zip(c0s).zip(of_parameters);
    let parts = xs.into_iter().zip(hiddens).zip(states);
    let tasks = all
        .iter()
        .zip(kept)
        .zip(parts)
        .map(|((group, kept), ((x, hidden), ((h0, c0), parameters)))| Task {
            group,
            kept,
            x,
            hidden,
            h0,
            c0,
            parameters,
        })
        .collect();
    let run = Run { level, layout, problem, inputs, weights: &weights, groups: &groups, upstream };
    let threads = problem.threads;
    let of_weights = if groups.sum_apart {
        let work = |task| {
            let mut sums = Sums::new(layout, problem);
            run.group(task, Some(&mut sums));
            sums
        };
        let mut all: Option<OfWeights> = None;
        threads::each_in_order(threads, tasks, work, |sums| match &mut all {
            None => all = Some(sums.into_gradients(layout)),
            Some(all) => sums.add_to(layout, all),
        });
        all.unwrap_or_else(|| Sums::new(layout, problem).into_gradients(layout))
    } else {
        let kept = threads::each(threads, tasks, |task| run.group(task, None));
        sum_of_batch(level, problem, inputs, &groups, kept, weights)
    };
    let OfWeights { input, recurrent, bias, candidate_bias } = of_weights;
    let mut parameters = zeros(width);
    for row in by_sequence.chunks_exact(width.max(1)) {
        for (sum, term) in parameters.iter_mut().zip(row) {
            *sum += term;
        }
    }
    Gradients {
        x,
        hidden,
        input_weight: input,
        recurrent_weight: recurrent,
        bias,
        candidate_bias,
        parameters,
        h0,
        c0,
    }
}

/// The gradients of large weights: sums over the whole batch, in the memory of what is no
/// longer needed.
fn sum_of_batch(
    level: Level,
    problem: &Problem,
    inputs: &Inputs,
    groups: &Groups,
    mut kept: Vec<Kept>,
    weights: Weights,
) -> OfWeights {
    let Weights { input, recurrent, parameters: _ } = weights;
    let input_len = inputs.input_weight.len();
    let mut sums = OfWeights {
        input: match input {
            Input::Wide(input) => input.into_memory(input_len),
            Input::Narrow(_) | Input::None => vec![0.0; input_len],
        },
        recurrent: recurrent.into_memory(inputs.recurrent_weight.len()),
        bias: vec![0.0; inputs.bias.len()],
        candidate_bias: vec![0.0; inputs.candidate_bias.len()],
    };
    let spare = kept.iter_mut().map(|kept| std::mem::take(&mut kept.memory)).collect();
    let count = groups.all.iter().map(Group::total).sum();
    let mut terms = Terms::with_capacity(count, problem, inputs, Layout::new(problem));
    for (index, slot, step) in groups.backward() {
        terms.push(&groups.all[index], &kept[index], step, slot..slot + 1);
    }
    sums.sum(level, problem.threads, &terms, spare);
    sums
}

/// What all groups have in common.
struct Run<'a> {
    level: Level,
    layout: Layout,
    problem: &'a Problem<'a>,
    inputs: &'a Inputs<'a>,
    weights: &'a Weights,
    groups: &'a Groups,
    upstream: Upstream<'a>,
}

/// The gradients of a group's states, `[rows, state]` each.
struct StateGradients {
    hidden: Buffer,
    /// `[rows, memory]`
    memory: Buffer,
    /// Of the candidate's operand, where it has one.
    operand: Buffer,
    /// What one stage leaves to the next, where there are two.
    left: Buffer,
    /// Of the cell's own weights, by sequence, `[rows, parameters]`.
    parameters: Buffer,
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
        let Layout { state, memory, candidate, parameters, .. } = layout;
        let Task { group, mut kept, mut x, mut hidden, h0, c0, parameters: of_parameters } = task;
        let rows = group.rows.len();
        let spans = group.spans(self.groups.span);
        let of_x = if x.is_empty() { 0 } else { group.widest(&spans) * padded(problem.input) };
        let mut work = Buffer::new(of_x);
        let operand = if candidate == Candidate::OfOperand { rows * state } else { 0 };
        let mut grads = StateGradients {
            hidden: Buffer::new(rows * state),
            memory: Buffer::new(rows * memory),
            operand: Buffer::new(operand),
            left: Buffer::new(operand),
            parameters: Buffer::zeros(rows * parameters),
        };
        let last = |from: &[f32], to: &mut [f32], filled: usize| {
            if from.is_empty() {
                to.fill(0.0);
                return;
            }
            let width = layout.meant(filled);
            for (&row, to) in group.rows.iter().zip(to.chunks_exact_mut(filled.max(1))) {
                layout.spread(&from[row * width..][..width], to);
            }
        };
        last(self.upstream.last_hidden, &mut grads.hidden, state);
        last(self.upstream.last_memory, &mut grads.memory, memory);
        // Where the only gate is the state, and gradients are summed span by span, no gate is
        // needed longer.
        let of_one_span = problem.cell.shape().gate_is_state && sums.is_some();
        if of_one_span {
            kept.gates = Buffer::new(group.widest(&spans) * layout.stride);
        }
        for (first, end) in spans.into_iter().rev() {
            kept.gates_from = if of_one_span { group.offsets[first] } else { 0 };
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
        let of = [
            (h0, &grads.hidden, state),
            (c0, &grads.memory, memory),
            (of_parameters, &grads.parameters, parameters),
        ];
        for (to, from, filled) in of {
            for (to, from) in to.into_iter().zip(from.chunks_exact(filled.max(1))) {
                layout.gather(from, to);
            }
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
        let Layout { state, stride, own, memory, hidden, shared, parameters, .. } = self.layout;
        let Layout { candidate, past_products, recurrent, .. } = self.layout;
        let StateGradients { hidden: dh, memory: of_memory, operand, left, parameters: of_own } =
            grads;
        let active = group.active[step];
        let two_stages = if candidate == Candidate::OfOperand { active * state } else { 0 };
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
        let (earlier_gates, gates) = kept.gates.split_at_mut((at - kept.gates_from) * stride);
        let step_gates = &mut gates[..active * stride];
        let step_own = &mut kept.own[at * own..][..active * own];
        // What the next step back reads; its states are those before it.
        let ahead = match step.checked_sub(1) {
            None => [&[][..]; 3],
            Some(next) => {
                let (first, end) = (group.before(next), group.before(step));
                let gates = group.offsets[next].checked_sub(kept.gates_from);
                [
                    gates.map_or(&[][..], |first| &earlier_gates[first * stride..]),
                    &kept.hidden[first * state..end * state],
                    &kept.memory[first * memory..end * memory],
                ]
            }
        };
        let mut run =
            |stage, gates: &mut [f32], own: &mut [f32], dh: &mut [f32], operand: &[f32]| {
                self.problem.cell.backward(StepBackward {
                    level: self.level,
                    stage,
                    state,
                    gates,
                    stride,
                    own,
                    hidden: &kept.hidden[before * state..][..active * state],
                    next_hidden: &kept.hidden[after * state..][..active * state],
                    memory: &kept.memory[before * memory..][..active * memory],
                    next_memory: &kept.memory[after * memory..][..active * memory],
                    parameters: &self.weights.parameters,
                    hidden_grad: &mut dh[..active * state],
                    memory_grad: &mut of_memory[..active * memory],
                    parameter_grad: &mut of_own[..active * parameters],
                    operand_grad: operand,
                    left: &mut left[..two_stages],
                });
            };
        run(Stage::Step, step_gates, step_own, dh, &[]);
        // The products below sum over the filling too: a NaN there must not spread.
        self.layout.clear_rows(step_gates);
        self.layout.clear_padding(step_own);
        let right = self.weights.recurrent.own();
        if candidate == Candidate::OfOperand {
            let left = Left { data: &step_gates[shared..], stride };
            self.level.run(Product::new(active, left, right, Start::Zero, operand, state));
            run(Stage::Operand, step_gates, step_own, dh, &operand[..two_stages]);
            self.layout.clear_rows(step_gates);
        }
        if recurrent {
            self.level.run(Product {
                rows: active,
                left: Left { data: step_gates, stride },
                right: self.weights.recurrent.shared(),
                // What goes to h past the products is there already.
                start: if past_products { Start::Result } else { Start::Zero },
                before: None,
                ahead,
                result: dh,
                stride: state,
            });
        } else if !past_products {
            dh[..active * state].fill(0.0);
        }
        if candidate == Candidate::Apart {
            let left = Left { data: step_own, stride: own };
            self.level.run(Product::new(active, left, right, Start::Result, dh, state));
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
        let row = |step: usize| (group.offsets[step] - kept.gates_from) * gates;
        let left = &kept.gates[row(first)..row(end)];
        match &self.weights.input {
            Input::None => return,
            Input::Narrow(rows) => self.level.run(Dots {
                left,
                stride: gates,
                right: rows,
                depth: self.layout.gates,
                to: work,
                to_stride: stride,
            }),
            Input::Wide(weight) => self.level.run(Product::new(
                rows,
                Left { data: left, stride: gates },
                weight.all(),
                Start::Zero,
                work,
                stride,
            )),
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
        let count = group.offsets[steps.end] - group.offsets[steps.start];
        let Self { problem, inputs, layout, .. } = *self;
        let mut terms = Terms::with_capacity(count, problem, inputs, layout);
        for step in steps.rev() {
            terms.push(group, kept, step, 0..group.active[step]);
        }
        sums.add(self.level, &terms);
    }
}
