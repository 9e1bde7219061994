//! The pass forward.

use tiles::threads::each;
use tiles::{Buffer, Left, Level, Product, Start};

use super::rows::{AddNormalized, ReadForward};
use super::{Norm, Normalized, Steps, by_number, spread, taken};
use crate::lanes::Stage;
use crate::layout::Layout;
use crate::packed::IntoGates;
use crate::step_forward::StepForward;

/// What the pass back needs.
#[derive(Debug)]
pub struct NormalizedTrace(pub(super) Vec<Kept>);

/// That of a group.
#[derive(Debug)]
pub(super) struct Kept {
    pub sequences: Vec<usize>,
    pub steps: Steps,
    /// R h, `[rows of all steps, gates]`.
    pub products: Buffer,
    /// The gates, `[rows of all steps, stride]`.
    pub gates: Buffer,
    /// What is kept apart, `[rows of all steps, own]`.
    pub own: Buffer,
    /// h before the first step and after each, `[sequences + rows of all steps, state]`.
    pub hidden: Buffer,
    /// The memory likewise.
    pub memory: Buffer,
}

impl Kept {
    /// The row before which the states before a step begin.
    pub fn before(&self, step: usize) -> usize {
        if step == 0 { 0 } else { self.sequences.len() + self.steps.offsets[step - 1] }
    }

    /// Those after it.
    pub fn after(&self, step: usize) -> usize {
        self.sequences.len() + self.steps.offsets[step]
    }
}

impl Normalized<'_> {
    pub(super) fn forward_at(&self, level: Level) -> (Vec<f32>, NormalizedTrace) {
        self.check();
        let layout = self.layout();
        let weight = IntoGates::new(level, layout, self.recurrent_weight);
        let norm = Norm::new(layout, self.norm, self.epsilon);
        let memory_norm = Norm::new(layout, self.memory_norm, self.epsilon);
        let candidate_bias = spread(layout, self.candidate_bias);
        let size = self.steps * self.width();
        let mut states = vec![0.0; self.batch * size];
        let mut parts = by_number(&mut states, size);
        let groups = self.groups();
        let tasks: Vec<_> =
            groups.into_iter().map(|group| (taken(&mut parts, &group), group)).collect();
        let kept = each(self.threads, tasks, |(states, group)| {
            let mut run = Run {
                of: self,
                level,
                layout,
                weight: &weight,
                norm: &norm,
                memory_norm: &memory_norm,
                candidate_bias: &candidate_bias,
                kept: self.room(layout, group),
            };
            run.all(states);
            run.kept
        });
        (states, NormalizedTrace(kept))
    }

    fn room(&self, layout: Layout, sequences: Vec<usize>) -> Kept {
        let lengths: Vec<_> = sequences.iter().map(|&it| self.lengths[it]).collect();
        let steps = Steps::new(&lengths);
        let (rows, states) = (steps.rows, sequences.len() + steps.rows);
        Kept {
            products: Buffer::new(rows * layout.gates),
            gates: Buffer::new(rows * layout.stride),
            own: Buffer::new(rows * layout.own),
            hidden: Buffer::new(states * layout.state),
            memory: Buffer::new(states * layout.memory),
            sequences,
            steps,
        }
    }
}

struct Run<'a> {
    of: &'a Normalized<'a>,
    level: Level,
    layout: Layout,
    weight: &'a IntoGates,
    norm: &'a Norm,
    memory_norm: &'a Norm,
    candidate_bias: &'a [f32],
    kept: Kept,
}

impl Run<'_> {
    fn all(&mut self, mut states: Vec<&mut [f32]>) {
        let Layout { hidden, state, memory, .. } = self.layout;
        let of_memory = memory / state * hidden;
        for (row, &sequence) in self.kept.sequences.iter().enumerate() {
            let h0 = &self.of.h0[sequence * hidden..][..hidden];
            self.layout.spread(h0, &mut self.kept.hidden[row * state..][..state]);
            let m0 = &self.of.m0[sequence * of_memory..][..of_memory];
            self.layout.spread(m0, &mut self.kept.memory[row * memory..][..memory]);
        }
        for step in 0..self.kept.steps.active.len() {
            self.step(step);
            let after = self.kept.after(step);
            let width = self.of.width();
            let active = self.kept.steps.active[step];
            for (row, states) in states.iter_mut().enumerate().take(active) {
                let (of_hidden, of_memory) = states[step * width..][..width].split_at_mut(hidden);
                let at = after + row;
                self.layout.gather(&self.kept.hidden[at * state..][..state], of_hidden);
                self.layout.gather(&self.kept.memory[at * memory..][..memory], of_memory);
            }
        }
    }

    fn step(&mut self, step: usize) {
        let Layout { hidden, state, gates, stride, shared, own, memory, .. } = self.layout;
        let (before, after) = (self.kept.before(step), self.kept.after(step));
        let (at, rows) = (self.kept.steps.offsets[step], self.kept.steps.active[step]);
        let Kept {
            sequences,
            products,
            gates: all,
            own: all_own,
            hidden: states,
            memory: memories,
            ..
        } = &mut self.kept;
        let width = gates / state * hidden;
        let of_gates = &mut all[at * stride..][..rows * stride];
        for (row, &sequence) in sequences.iter().enumerate().take(rows) {
            let sums = &self.of.sums[(sequence * self.of.steps + step) * width..][..width];
            self.layout.spread(sums, &mut of_gates[row * stride..][..gates]);
        }
        // What was before lies in front of what comes after.
        let (old, new) = states.split_at_mut(after * state);
        let (old_memory, new_memory) = memories.split_at_mut(after * memory);
        let old = &old[before * state..][..rows * state];
        let old_memory = &old_memory[before * memory..][..rows * memory];
        let (new, new_memory) = (&mut new[..rows * state], &mut new_memory[..rows * memory]);
        let products = &mut products[at * gates..][..rows * gates];
        let left = Left { data: old, stride: state };
        let right = self.weight.shared();
        self.level.run(Product::new(rows, left, right, Start::Zero, products, gates));
        if own > 0 {
            let (right, result) = (self.weight.own(), &mut products[shared..]);
            self.level.run(Product::new(rows, left, right, Start::Zero, result, gates));
        }
        let of_own = &mut all_own[at * own..][..rows * own];
        self.level.run(AddNormalized {
            norm: self.norm,
            products,
            shared,
            gates: of_gates,
            stride,
            own: of_own,
            candidate_bias: self.candidate_bias,
        });
        self.of.cell.forward(StepForward {
            level: self.level,
            stage: Stage::Step,
            state,
            gates: of_gates,
            stride,
            own: of_own,
            hidden: old,
            next_hidden: new,
            memory: old_memory,
            next_memory: new_memory,
            parameters: &[],
        });
        if let Some(read) = self.of.read {
            let (norm, memory, gates) = (self.memory_norm, &*new_memory, &*of_gates);
            self.level.run(ReadForward { norm, read, memory, gates, stride, hidden: new });
        }
        // What fills the rows up must not get into a product.
        for row in new.chunks_exact_mut(state) {
            self.layout.clear_padding(row);
        }
    }
}
