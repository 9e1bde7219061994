//! The pass back.

use tiles::threads::each;
use tiles::{Buffer, LINE, Left, Level, PackedOuterProducts, Product, Start};

use super::forward::{Kept, NormalizedTrace};
use super::rows::{NormBackward, ReadBackward};
use super::{Norm, Normalized, by_number, taken};
use crate::lanes::Stage;
use crate::layout::Layout;
use crate::packed::OutOfGates;
use crate::step_backward::StepBackward;

/// The gradients of the operands of a [`Normalized`].
#[derive(Debug, Clone, PartialEq)]
pub struct NormalizedGradients {
    /// Of W x + b.
    pub sums: Vec<f32>,
    /// Of R.
    pub recurrent_weight: Vec<f32>,
    /// Of scale and shift of LN(R h).
    pub norm: [Vec<f32>; 2],
    /// Of c.
    pub candidate_bias: Vec<f32>,
    /// Of scale and shift of LN(c').
    pub memory_norm: [Vec<f32>; 2],
    /// Of the state before the first step.
    pub h0: Vec<f32>,
    /// See [`Self::h0`].
    pub m0: Vec<f32>,
    /// Of h at each step, all that comes of it, `[batch, steps, hidden]`.
    pub hidden: Vec<f32>,
}

/// What a group adds to the gradients of the weights.
struct Sums {
    norm: [Buffer; 2],
    candidate_bias: Buffer,
    memory_norm: [Buffer; 2],
}

/// Where a group's gradients go.
struct Places<'a> {
    sums: Vec<&'a mut [f32]>,
    h0: Vec<&'a mut [f32]>,
    m0: Vec<&'a mut [f32]>,
    hidden: Vec<&'a mut [f32]>,
}

impl Normalized<'_> {
    pub(super) fn backward_at(
        &self,
        level: Level,
        trace: NormalizedTrace,
        gradient: &[f32],
    ) -> NormalizedGradients {
        self.check();
        let layout = self.layout();
        let Layout { hidden, gates, state, memory, .. } = layout;
        let width = gates / state * hidden;
        let of_memory = memory / state * hidden;
        assert_eq!(gradient.len(), self.batch * self.steps * self.width(), "the gradient");
        let weight = OutOfGates::new(level, layout, self.recurrent_weight);
        let norm = Norm::new(layout, self.norm, self.epsilon);
        let memory_norm = Norm::new(layout, self.memory_norm, self.epsilon);
        let sized = |size: usize| vec![0.0; self.batch * size];
        let (mut sums, mut h0) = (sized(self.steps * width), sized(hidden));
        let (mut m0, mut of_hidden) = (sized(of_memory), sized(self.steps * hidden));
        let mut by_sums = by_number(&mut sums, self.steps * width);
        let mut by_h0 = by_number(&mut h0, hidden);
        let mut by_m0 = by_number(&mut m0, of_memory.max(1));
        let mut by_hidden = by_number(&mut of_hidden, self.steps * hidden);
        let tasks = trace.0.into_iter().map(|kept| {
            let group = &kept.sequences;
            let places = Places {
                sums: taken(&mut by_sums, group),
                h0: taken(&mut by_h0, group),
                m0: if of_memory > 0 { taken(&mut by_m0, group) } else { vec![] },
                hidden: taken(&mut by_hidden, group),
            };
            (kept, places)
        });
        let done = each(self.threads, tasks.collect(), |(kept, places)| {
            let run = Run {
                of: self,
                level,
                layout,
                weight: &weight,
                norm: &norm,
                memory_norm: &memory_norm,
            };
            run.group(kept, places, gradient)
        });
        let mut gradients = NormalizedGradients {
            recurrent_weight: self.of_weight(level, layout, done.iter().map(|(kept, _)| kept)),
            norm: [vec![0.0; width], vec![0.0; width]],
            candidate_bias: vec![0.0; self.candidate_bias.len()],
            memory_norm: self.memory_norm.map(|it| vec![0.0; it.len()]),
            sums,
            h0,
            m0,
            hidden: of_hidden,
        };
        for (_, sums) in &done {
            for (to, from) in gradients.norm.iter_mut().zip(&sums.norm) {
                layout.gather_add(from, to);
            }
            layout.gather_add(&sums.candidate_bias, &mut gradients.candidate_bias);
            for (to, from) in gradients.memory_norm.iter_mut().zip(&sums.memory_norm) {
                layout.gather_add(from, to);
            }
        }
        gradients
    }

    /// Of R: the sum over all steps, whose products are their gradients now.
    fn of_weight<'a>(
        &self,
        level: Level,
        layout: Layout,
        kept: impl Iterator<Item = &'a Kept>,
    ) -> Vec<f32> {
        let Layout { hidden, state, gates, .. } = layout;
        let (mut left, mut right) = (vec![], vec![]);
        for kept in kept {
            for (step, &active) in kept.steps.active.iter().enumerate() {
                let before = &kept.hidden[kept.before(step) * state..];
                left.extend(before.chunks_exact(state).take(active));
                let products = &kept.products[kept.steps.offsets[step] * gates..];
                right.extend(products.chunks_exact(gates).take(active));
            }
        }
        let width = gates / state * hidden;
        let mut weight = vec![0.0; hidden * width];
        let rows = hidden.div_ceil(self.threads.max(1)).next_multiple_of(LINE);
        let parts: Vec<_> = weight.chunks_mut(rows * width).enumerate().collect();
        each(self.threads, parts, |(index, result)| {
            let rows_here = result.len() / width;
            let mut room = Buffer::new(rows_here * 384);
            level.run(PackedOuterProducts {
                left: &left,
                first: index * rows,
                rows: rows_here,
                right: &right,
                right_first: 0,
                blocks: gates / state,
                filled: state,
                block: hidden,
                result,
                stride: width,
                total: &mut [],
                room: &mut room,
            });
        });
        weight
    }
}

struct Run<'a> {
    of: &'a Normalized<'a>,
    level: Level,
    layout: Layout,
    weight: &'a OutOfGates,
    norm: &'a Norm,
    memory_norm: &'a Norm,
}

impl Run<'_> {
    fn group(&self, mut kept: Kept, mut places: Places, gradient: &[f32]) -> (Kept, Sums) {
        let Layout { hidden, state, gates, stride, own, memory, shared, past_products, .. } =
            self.layout;
        let (all, of_memory) = (kept.sequences.len(), memory / state * hidden);
        let (mut hidden_grad, mut memory_grad) =
            (Buffer::zeros(all * state), Buffer::zeros(all * memory));
        let mut of_output = Buffer::zeros(all * state);
        let mut sums = Sums {
            norm: [Buffer::zeros(gates), Buffer::zeros(gates)],
            candidate_bias: Buffer::zeros(own),
            memory_norm: [Buffer::zeros(state), Buffer::zeros(state)],
        };
        let mut room = Buffer::new(gates);
        for step in (0..kept.steps.active.len()).rev() {
            let (at, rows) = (kept.steps.offsets[step], kept.steps.active[step]);
            let (before, after) = (kept.before(step), kept.after(step));
            let (of_rows, of_memories) =
                (&mut hidden_grad[..rows * state], &mut memory_grad[..rows * memory]);
            self.add_above(&kept, step, &mut places.hidden, gradient, of_rows, of_memories);
            let of_gates = &mut kept.gates[at * stride..][..rows * stride];
            let next_memory = &kept.memory[after * memory..][..rows * memory];
            if let Some(read) = self.of.read {
                let [of_scale, of_shift] = &mut sums.memory_norm;
                self.level.run(ReadBackward {
                    norm: self.memory_norm,
                    read,
                    memory: next_memory,
                    gates: of_gates,
                    stride,
                    hidden_grad: of_rows,
                    memory_grad: of_memories,
                    of_output: &mut of_output[..rows * state],
                    of_norm: [of_scale, of_shift, &mut room[..state]],
                });
            }
            let of_own = &mut kept.own[at * own..][..rows * own];
            self.of.cell.backward(StepBackward {
                level: self.level,
                stage: Stage::Step,
                state,
                gates: of_gates,
                stride,
                own: of_own,
                hidden: &kept.hidden[before * state..][..rows * state],
                next_hidden: &kept.hidden[after * state..][..rows * state],
                memory: &kept.memory[before * memory..][..rows * memory],
                next_memory,
                parameters: &[],
                hidden_grad: of_rows,
                memory_grad: of_memories,
                parameter_grad: &mut [],
                operand_grad: &[],
                left: &mut [],
            });
            if let Some(output) = self.of.read.and_then(|read| read.output) {
                let of_output = of_output.chunks_exact(state);
                for (gates, of_output) in of_gates.chunks_exact_mut(stride).zip(of_output) {
                    gates[output * state..][..state].copy_from_slice(of_output);
                }
            }
            self.layout.clear_rows(of_gates);
            let width = gates / state * hidden;
            for (gates, sums) in of_gates.chunks_exact(stride).zip(&mut places.sums) {
                let blocks = self.layout.gates;
                self.layout.gather(&gates[..blocks], &mut sums[step * width..][..width]);
            }
            for of_own in of_own.chunks_exact_mut(own.max(1)) {
                self.layout.clear_padding(of_own);
                for (sum, of_own) in sums.candidate_bias.iter_mut().zip(&*of_own) {
                    *sum += of_own;
                }
            }
            let products = &mut kept.products[at * gates..][..rows * gates];
            let [of_scale, of_shift] = &mut sums.norm;
            self.level.run(NormBackward {
                norm: self.norm,
                products,
                shared,
                gates: of_gates,
                stride,
                own: of_own,
                of_norm: [of_scale, of_shift, &mut room],
            });
            let left = Left { data: products, stride: gates };
            let start = if past_products { Start::Result } else { Start::Zero };
            self.level.run(Product::new(rows, left, self.weight.all(), start, of_rows, state));
        }
        for (row, h0) in places.h0.iter_mut().enumerate() {
            self.layout.gather(&hidden_grad[row * state..][..state], h0);
        }
        for (row, m0) in places.m0.iter_mut().enumerate() {
            debug_assert_eq!(m0.len(), of_memory);
            self.layout.gather(&memory_grad[row * memory..][..memory], m0);
        }
        (kept, sums)
    }
}

impl Run<'_> {
    /// Adds what comes from above to the gradients of the states after a step, and gives that of h out.
    fn add_above(
        &self,
        kept: &Kept,
        step: usize,
        given_out: &mut [&mut [f32]],
        gradient: &[f32],
        of_hidden: &mut [f32],
        of_memory: &mut [f32],
    ) {
        let Layout { hidden, state, memory, .. } = self.layout;
        let active = kept.steps.active[step];
        for (row, &sequence) in kept.sequences.iter().enumerate().take(active) {
            let from = (sequence * self.of.steps + step) * self.of.width();
            let (above, of_memories) = gradient[from..][..self.of.width()].split_at(hidden);
            let total = &mut of_hidden[row * state..][..state];
            add(self.layout, above, total);
            self.layout.gather(total, &mut given_out[row][step * hidden..][..hidden]);
            add(self.layout, of_memories, &mut of_memory[row * memory..][..memory]);
        }
    }
}

/// Adds blocks of `hidden` numbers to blocks that are filled up.
fn add(layout: Layout, from: &[f32], to: &mut [f32]) {
    for (from, to) in from.chunks_exact(layout.hidden).zip(to.chunks_exact_mut(layout.state)) {
        for (to, from) in to.iter_mut().zip(from) {
            *to += from;
        }
    }
}
