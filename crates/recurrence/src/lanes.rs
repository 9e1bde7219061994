//! A cell's statement on vectors: as many units of one sequence at a time as a vector has
//! lanes.
//!
//! Rows are sequences; every row of every slice is filled up to whole cache lines (see
//! [`Layout`](super::layout::Layout)).

use std::ops::{Add, Div, Mul, Sub};

use super::nonlinear::{sigmoid, tanh};
use super::pointwise::{Backward, Forward, Number, Pointwise, Work};
use super::simd::{LINE, Level, Op, Simd};

/// A cache line of numbers.
type Line = [f32; LINE];

/// A vector and the proof that its instructions are there.
#[derive(Clone, Copy)]
struct Lanes<S: Simd>(S, S::V);

impl<S: Simd> Lanes<S> {
    /// 0 in the place of numbers within 1e-30 of it; NaN stays.
    ///
    /// Over many steps gradients shrink until they are denormal, and with those a processor may
    /// take a hundred times as long. So far below what any sum of them has to say, they are gone.
    #[inline(always)]
    fn without_vanished(self) -> Self {
        let Self(s, value) = self;
        let scaled = s.clamp(s.mul(value, s.splat(1e30)), -2.0, 2.0);
        let beyond = s.sub(s.mul(scaled, scaled), s.splat(1.0));
        Self(s, s.where_positive(beyond, value))
    }
}

macro_rules! operator {
    ($operator:ident, $method:ident) => {
        impl<S: Simd> $operator for Lanes<S> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(self.0, self.0.$method(self.1, other.1))
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl<S: Simd> Number for Lanes<S> {
    #[inline(always)]
    fn mul_add(self, by: Self, plus: Self) -> Self {
        Self(self.0, self.0.mul_add(self.1, by.1, plus.1))
    }

    #[inline(always)]
    fn neg_mul_add(self, by: Self, from: Self) -> Self {
        Self(self.0, self.0.neg_mul_add(self.1, by.1, from.1))
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self(self.0, sigmoid(self.0, self.1))
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        Self(self.0, tanh(self.0, self.1))
    }

    #[inline(always)]
    fn where_positive(self, value: Self) -> Self {
        Self(self.0, self.0.where_positive(self.1, value.1))
    }
}

/// What is done at a step forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// [`Pointwise::operand`], and after it the product with what it gave.
    Operand,
    /// [`Pointwise::step`] forward, [`Pointwise::derivative`] backward.
    Step,
}

/// One step forward of the sequences that run.
pub struct StepForward<'a> {
    pub(super) level: Level,
    pub(super) stage: Stage,
    /// Width of a state.
    pub(super) state: usize,
    /// In: the sums; out: the gates, but of a cell whose only gate is h'.
    /// `[rows, gates·state]`, `stride` from row to row.
    pub(super) gates: &'a mut [f32],
    pub(super) stride: usize,
    /// `R h + c` of a candidate whose product is apart; out: the operand of one that has one.
    /// `[rows, state]`
    pub(super) own: &'a mut [f32],
    /// h, `[rows, state]`.
    pub(super) hidden: &'a [f32],
    /// h', `[rows, state]`.
    pub(super) next_hidden: &'a mut [f32],
    /// The vectors beside h before the step, `[rows, memory·state]`.
    pub(super) memory: &'a [f32],
    /// After it.
    pub(super) next_memory: &'a mut [f32],
    /// The weights of the cell's own, `[parameters·state]`.
    pub(super) parameters: &'a [f32],
}

/// Numbers as whole cache lines, which every row consists of.
#[inline(always)]
fn lines(numbers: &[f32]) -> &[Line] {
    numbers.as_chunks().0
}

/// Likewise.
#[inline(always)]
fn lines_mut(numbers: &mut [f32]) -> &mut [Line] {
    numbers.as_chunks_mut().0
}

/// Where a vector of units is: lines from the start of each slice to the sequence's row and
/// to the line in it, and numbers to the vector in that line.
#[derive(Clone, Copy, Default)]
struct Place {
    gates: usize,
    state: usize,
    memory: usize,
    parameters: usize,
    /// Of the gradients of the parameters, which each sequence has.
    parameter_grad: usize,
    vector: usize,
}

/// Calls `work` for every vector of units of every row.
macro_rules! for_each_vector {
    ($S:ty, $unit:ident, $rows:expr, [$state:expr, $stride:expr, $memory:expr, $parameters:expr], $work:block) => {
        for row in 0..$rows {
            for line in 0..$state {
                $unit.place = Place {
                    gates: row * $stride + line,
                    state: row * $state + line,
                    memory: row * $memory + line,
                    parameters: line,
                    parameter_grad: row * $parameters + line,
                    vector: 0,
                };
                while $unit.place.vector < LINE {
                    $work
                    $unit.place.vector += <$S>::WIDTH;
                }
            }
        }
    };
}

/// The rows of [`StepForward`], and where in them we are.
struct UnitForward<'a, S: Simd> {
    simd: S,
    place: Place,
    /// Lines of a state.
    state: usize,
    gates: &'a mut [Line],
    own: &'a mut [Line],
    hidden: &'a [Line],
    next_hidden: &'a mut [Line],
    memory: &'a [Line],
    next_memory: &'a mut [Line],
    parameters: &'a [Line],
}

impl<S: Simd> UnitForward<'_, S> {
    #[inline(always)]
    fn load(&self, from: &[Line], line: usize) -> Lanes<S> {
        Lanes(self.simd, self.simd.load(&from[line][self.place.vector..]))
    }
}

impl<S: Simd> Forward for UnitForward<'_, S> {
    type V = Lanes<S>;

    #[inline(always)]
    fn constant(&self, value: f32) -> Lanes<S> {
        Lanes(self.simd, self.simd.splat(value))
    }

    #[inline(always)]
    fn sum(&self, gate: usize) -> Lanes<S> {
        self.load(self.gates, self.place.gates + gate * self.state)
    }

    #[inline(always)]
    fn own(&self) -> Lanes<S> {
        self.load(self.own, self.place.state)
    }

    #[inline(always)]
    fn hidden(&self) -> Lanes<S> {
        self.load(self.hidden, self.place.state)
    }

    #[inline(always)]
    fn memory(&self, index: usize) -> Lanes<S> {
        self.load(self.memory, self.place.memory + index * self.state)
    }

    #[inline(always)]
    fn parameter(&self, index: usize) -> Lanes<S> {
        self.load(self.parameters, self.place.parameters + index * self.state)
    }

    #[inline(always)]
    fn set_gate(&mut self, gate: usize, value: Lanes<S>) {
        self.simd.store(
            value.1,
            &mut self.gates[self.place.gates + gate * self.state][self.place.vector..],
        );
    }

    #[inline(always)]
    fn set_hidden(&mut self, value: Lanes<S>) {
        self.simd.store(value.1, &mut self.next_hidden[self.place.state][self.place.vector..]);
    }

    #[inline(always)]
    fn set_memory(&mut self, index: usize, value: Lanes<S>) {
        self.simd.store(
            value.1,
            &mut self.next_memory[self.place.memory + index * self.state][self.place.vector..],
        );
    }
}

/// A cell at one stage forward.
pub(super) struct ForwardOf<'a, C>(pub &'a C, pub StepForward<'a>);

impl<C: Pointwise> Op for ForwardOf<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        self.0.specialised(ForwardRows(simd, self.1));
    }
}

/// All rows of a step with some vectors.
struct ForwardRows<'a, S>(S, StepForward<'a>);

impl<S: Simd, C: Pointwise> Work<C> for ForwardRows<'_, S> {
    #[inline(always)]
    fn run(self, cell: &C) {
        let Self(simd, step) = self;
        let rows = step.hidden.len() / step.state;
        let state = step.state / LINE;
        let memory = step.memory.len() / LINE / rows;
        let stride = step.stride / LINE;
        let mut unit = UnitForward {
            simd,
            place: Place::default(),
            state,
            gates: lines_mut(step.gates),
            own: lines_mut(step.own),
            hidden: lines(step.hidden),
            next_hidden: lines_mut(step.next_hidden),
            memory: lines(step.memory),
            next_memory: lines_mut(step.next_memory),
            parameters: lines(step.parameters),
        };
        match step.stage {
            Stage::Operand => for_each_vector!(S, unit, rows, [state, stride, memory, 0], {
                let Lanes(_, operand) = cell.operand(&mut unit);
                simd.store(operand, &mut unit.own[unit.place.state][unit.place.vector..]);
            }),
            Stage::Step => for_each_vector!(S, unit, rows, [state, stride, memory, 0], {
                cell.step(&mut unit);
            }),
        }
    }
}

/// One step backward of the sequences that run.
pub struct StepBackward<'a> {
    pub(super) level: Level,
    pub(super) stage: Stage,
    /// Width of a state.
    pub(super) state: usize,
    /// In: the gates, but of a cell whose only gate is h'; out: the gradients of their sums.
    /// `[rows, gates·state]`, `stride` from row to row.
    pub(super) gates: &'a mut [f32],
    pub(super) stride: usize,
    /// In: `R h + c` of a candidate whose product is apart; out: its gradient. `[rows, state]`
    pub(super) own: &'a mut [f32],
    /// h before the step, `[rows, state]`.
    pub(super) hidden: &'a [f32],
    /// h' after the step, `[rows, state]`.
    pub(super) next_hidden: &'a [f32],
    /// The vectors beside h before the step, `[rows, memory·state]`.
    pub(super) memory: &'a [f32],
    /// After it.
    pub(super) next_memory: &'a [f32],
    /// The weights of the cell's own, `[parameters·state]`.
    pub(super) parameters: &'a [f32],
    /// In: the gradient of h'; out: what goes to h past the products, if anything does.
    /// `[rows, state]`
    pub(super) hidden_grad: &'a mut [f32],
    /// In: the gradient of the memory after the step; out: before it. `[rows, memory·state]`
    pub(super) memory_grad: &'a mut [f32],
    /// The gradients of the cell's own weights by each sequence, `[rows, parameters·state]`.
    pub(super) parameter_grad: &'a mut [f32],
    /// The gradient of the operand, `[rows, state]`; only where there is one.
    pub(super) operand_grad: &'a [f32],
    /// What is left from one stage to the next, `[rows, state]`; only where there is an
    /// operand.
    pub(super) left: &'a mut [f32],
}

/// The rows of [`StepBackward`], and where in them we are.
struct UnitBackward<'a, S: Simd> {
    simd: S,
    place: Place,
    /// Lines of a state.
    state: usize,
    gates: &'a mut [Line],
    own: &'a mut [Line],
    hidden: &'a [Line],
    next_hidden: &'a [Line],
    memory: &'a [Line],
    next_memory: &'a [Line],
    parameters: &'a [Line],
    hidden_grad: &'a mut [Line],
    memory_grad: &'a mut [Line],
    parameter_grad: &'a mut [Line],
    left: &'a mut [Line],
}

impl<S: Simd> UnitBackward<'_, S> {
    #[inline(always)]
    fn load(&self, from: &[Line], line: usize) -> Lanes<S> {
        Lanes(self.simd, self.simd.load(&from[line][self.place.vector..]))
    }
}

impl<S: Simd> Backward for UnitBackward<'_, S> {
    type V = Lanes<S>;

    #[inline(always)]
    fn constant(&self, value: f32) -> Lanes<S> {
        Lanes(self.simd, self.simd.splat(value))
    }

    #[inline(always)]
    fn gate(&self, gate: usize) -> Lanes<S> {
        self.load(self.gates, self.place.gates + gate * self.state)
    }

    #[inline(always)]
    fn own(&self) -> Lanes<S> {
        self.load(self.own, self.place.state)
    }

    #[inline(always)]
    fn hidden(&self) -> Lanes<S> {
        self.load(self.hidden, self.place.state)
    }

    #[inline(always)]
    fn next_hidden(&self) -> Lanes<S> {
        self.load(self.next_hidden, self.place.state)
    }

    #[inline(always)]
    fn memory(&self, index: usize) -> Lanes<S> {
        self.load(self.memory, self.place.memory + index * self.state)
    }

    #[inline(always)]
    fn next_memory(&self, index: usize) -> Lanes<S> {
        self.load(self.next_memory, self.place.memory + index * self.state)
    }

    #[inline(always)]
    fn parameter(&self, index: usize) -> Lanes<S> {
        self.load(self.parameters, self.place.parameters + index * self.state)
    }

    #[inline(always)]
    fn hidden_grad(&self) -> Lanes<S> {
        self.load(self.hidden_grad, self.place.state).without_vanished()
    }

    #[inline(always)]
    fn memory_grad(&self, index: usize) -> Lanes<S> {
        self.load(self.memory_grad, self.place.memory + index * self.state).without_vanished()
    }

    #[inline(always)]
    fn left(&self) -> Lanes<S> {
        self.load(self.left, self.place.state)
    }

    #[inline(always)]
    fn set_sum_grad(&mut self, gate: usize, value: Lanes<S>) {
        self.simd.store(
            value.1,
            &mut self.gates[self.place.gates + gate * self.state][self.place.vector..],
        );
    }

    #[inline(always)]
    fn set_own_grad(&mut self, value: Lanes<S>) {
        self.simd.store(value.1, &mut self.own[self.place.state][self.place.vector..]);
    }

    #[inline(always)]
    fn set_hidden_grad(&mut self, value: Lanes<S>) {
        self.simd.store(value.1, &mut self.hidden_grad[self.place.state][self.place.vector..]);
    }

    #[inline(always)]
    fn set_memory_grad(&mut self, index: usize, value: Lanes<S>) {
        self.simd.store(
            value.1,
            &mut self.memory_grad[self.place.memory + index * self.state][self.place.vector..],
        );
    }

    #[inline(always)]
    fn add_parameter_grad(&mut self, index: usize, value: Lanes<S>) {
        let line = self.place.parameter_grad + index * self.state;
        let sum = self.load(self.parameter_grad, line) + value;
        self.simd.store(sum.1, &mut self.parameter_grad[line][self.place.vector..]);
    }

    #[inline(always)]
    fn leave(&mut self, value: Lanes<S>) {
        self.simd.store(value.1, &mut self.left[self.place.state][self.place.vector..]);
    }
}

/// A cell at one stage backward.
pub(super) struct BackwardOf<'a, C>(pub &'a C, pub StepBackward<'a>);

impl<C: Pointwise> Op for BackwardOf<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        self.0.specialised(BackwardRows(simd, self.1));
    }
}

/// All rows of a step with some vectors.
struct BackwardRows<'a, S>(S, StepBackward<'a>);

impl<S: Simd, C: Pointwise> Work<C> for BackwardRows<'_, S> {
    #[inline(always)]
    fn run(self, cell: &C) {
        let Self(simd, step) = self;
        let rows = step.hidden.len() / step.state;
        let state = step.state / LINE;
        let memory = step.memory.len() / LINE / rows;
        let stride = step.stride / LINE;
        let parameters = step.parameters.len() / LINE;
        let mut unit = UnitBackward {
            simd,
            place: Place::default(),
            state,
            gates: lines_mut(step.gates),
            own: lines_mut(step.own),
            hidden: lines(step.hidden),
            next_hidden: lines(step.next_hidden),
            memory: lines(step.memory),
            next_memory: lines(step.next_memory),
            parameters: lines(step.parameters),
            hidden_grad: lines_mut(step.hidden_grad),
            memory_grad: lines_mut(step.memory_grad),
            parameter_grad: lines_mut(step.parameter_grad),
            left: lines_mut(step.left),
        };
        match step.stage {
            Stage::Operand => {
                let grads = lines(step.operand_grad);
                for_each_vector!(S, unit, rows, [state, stride, memory, parameters], {
                    let grad = unit.load(grads, unit.place.state);
                    cell.operand_derivative(&mut unit, grad);
                });
            }
            Stage::Step => for_each_vector!(S, unit, rows, [state, stride, memory, parameters], {
                cell.derivative(&mut unit);
            }),
        }
    }
}
