//! A cell's statement backward, on the rows of the sequences that run.

use tiles::{LINE, Level, Op, Simd};

use super::lanes::{Lanes, Line, Place, Rows, Stage, for_each_vector, lines, lines_mut, unit};
use super::pointwise::{Backward, Pointwise, Unit, Work};

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

/// The rows of [`StepBackward`].
struct UnitBackward<'a, S: Simd> {
    simd: S,
    place: Place,
    state: usize,
    gates: &'a mut [Line],
    own: &'a mut [Line],
    hidden: &'a [Line],
    memory: &'a [Line],
    parameters: &'a [Line],
    next_hidden: &'a [Line],
    next_memory: &'a [Line],
    hidden_grad: &'a mut [Line],
    memory_grad: &'a mut [Line],
    parameter_grad: &'a mut [Line],
    left: &'a mut [Line],
}

unit!(UnitBackward);

impl<S: Simd> Backward for UnitBackward<'_, S> {
    #[inline(always)]
    fn gate(&self, gate: usize) -> Lanes<S> {
        self.load(self.gates, self.gate_line(gate))
    }

    #[inline(always)]
    fn next_hidden(&self) -> Lanes<S> {
        self.load(self.next_hidden, self.place.state)
    }

    #[inline(always)]
    fn next_memory(&self, index: usize) -> Lanes<S> {
        self.load(self.next_memory, self.memory_line(index))
    }

    #[inline(always)]
    fn hidden_grad(&self) -> Lanes<S> {
        self.load(self.hidden_grad, self.place.state).without_vanished()
    }

    #[inline(always)]
    fn memory_grad(&self, index: usize) -> Lanes<S> {
        self.load(self.memory_grad, self.memory_line(index)).without_vanished()
    }

    #[inline(always)]
    fn left(&self) -> Lanes<S> {
        self.load(self.left, self.place.state)
    }

    #[inline(always)]
    fn set_sum_grad(&mut self, gate: usize, value: Lanes<S>) {
        let line = self.gate_line(gate);
        value.store(self.gates, line, self.place);
    }

    #[inline(always)]
    fn set_own_grad(&mut self, value: Lanes<S>) {
        value.store(self.own, self.place.state, self.place);
    }

    #[inline(always)]
    fn set_hidden_grad(&mut self, value: Lanes<S>) {
        value.store(self.hidden_grad, self.place.state, self.place);
    }

    #[inline(always)]
    fn set_memory_grad(&mut self, index: usize, value: Lanes<S>) {
        let line = self.memory_line(index);
        value.store(self.memory_grad, line, self.place);
    }

    #[inline(always)]
    fn add_parameter_grad(&mut self, index: usize, value: Lanes<S>) {
        let line = self.place.parameter_grad + index * self.state;
        let sum = self.load(self.parameter_grad, line) + value;
        sum.store(self.parameter_grad, line, self.place);
    }

    #[inline(always)]
    fn leave(&mut self, value: Lanes<S>) {
        value.store(self.left, self.place.state, self.place);
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
        let count = step.hidden.len() / step.state;
        let rows = Rows {
            count,
            gates: step.stride / LINE,
            memory: step.memory.len() / LINE / count,
            parameters: step.parameters.len() / LINE,
        };
        let mut unit = UnitBackward {
            simd,
            place: Place::default(),
            state: step.state / LINE,
            hidden: lines(step.hidden),
            memory: lines(step.memory),
            parameters: lines(step.parameters),
            gates: lines_mut(step.gates),
            own: lines_mut(step.own),
            next_hidden: lines(step.next_hidden),
            next_memory: lines(step.next_memory),
            hidden_grad: lines_mut(step.hidden_grad),
            memory_grad: lines_mut(step.memory_grad),
            parameter_grad: lines_mut(step.parameter_grad),
            left: lines_mut(step.left),
        };
        match step.stage {
            Stage::Operand => {
                let grads = lines(step.operand_grad);
                for_each_vector!(unit, S::WIDTH, rows, {
                    let grad = unit.load(grads, unit.place.state);
                    cell.operand_derivative(&mut unit, grad);
                });
            }
            Stage::Step => {
                for_each_vector!(unit, S::WIDTH, rows, {
                    cell.derivative(&mut unit);
                });
            }
        }
    }
}
