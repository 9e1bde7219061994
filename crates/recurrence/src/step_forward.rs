//! A cell's statement forward, on the rows of the sequences that run.

use tiles::{LINE, Level, Op, Simd};

use super::lanes::{Lanes, Line, Place, Rows, Stage, for_each_vector, lines, lines_mut, unit};
use super::pointwise::{Forward, Pointwise, Unit, Work};

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

/// The rows of [`StepForward`].
struct UnitForward<'a, S: Simd> {
    simd: S,
    place: Place,
    state: usize,
    gates: &'a mut [Line],
    own: &'a mut [Line],
    hidden: &'a [Line],
    memory: &'a [Line],
    parameters: &'a [Line],
    next_hidden: &'a mut [Line],
    next_memory: &'a mut [Line],
}

unit!(UnitForward);

impl<S: Simd> Forward for UnitForward<'_, S> {
    #[inline(always)]
    fn sum(&self, gate: usize) -> Lanes<S> {
        self.load(self.gates, self.gate_line(gate))
    }

    #[inline(always)]
    fn set_gate(&mut self, gate: usize, value: Lanes<S>) {
        let line = self.gate_line(gate);
        value.store(self.gates, line, self.place);
    }

    #[inline(always)]
    fn set_hidden(&mut self, value: Lanes<S>) {
        value.store(self.next_hidden, self.place.state, self.place);
    }

    #[inline(always)]
    fn set_memory(&mut self, index: usize, value: Lanes<S>) {
        let line = self.memory_line(index);
        value.store(self.next_memory, line, self.place);
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
        let count = step.hidden.len() / step.state;
        let rows = Rows {
            count,
            gates: step.stride / LINE,
            memory: step.memory.len() / LINE / count,
            parameters: 0,
        };
        let mut unit = UnitForward {
            simd,
            place: Place::default(),
            state: step.state / LINE,
            hidden: lines(step.hidden),
            memory: lines(step.memory),
            parameters: lines(step.parameters),
            gates: lines_mut(step.gates),
            own: lines_mut(step.own),
            next_hidden: lines_mut(step.next_hidden),
            next_memory: lines_mut(step.next_memory),
        };
        match step.stage {
            Stage::Operand => {
                for_each_vector!(unit, S::WIDTH, rows, {
                    let operand = cell.operand(&mut unit);
                    operand.store(unit.own, unit.place.state, unit.place);
                });
            }
            Stage::Step => {
                for_each_vector!(unit, S::WIDTH, rows, {
                    cell.step(&mut unit);
                });
            }
        }
    }
}
