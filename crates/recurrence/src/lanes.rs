//! A cell's statement on vectors: as many units of one sequence at a time as a vector has
//! lanes.
//!
//! Rows are sequences; every row of every slice is filled up to whole cache lines (see
//! [`Layout`](super::layout::Layout)).

use std::ops::{Add, Div, Mul, Sub};

use tiles::{LINE, Simd, sigmoid, softplus, tanh, without_vanished};

use super::pointwise::Number;

/// A cache line of numbers.
pub(super) type Line = [f32; LINE];

/// A vector and the proof that its instructions are there.
#[derive(Clone, Copy)]
pub(super) struct Lanes<S: Simd>(pub S, pub S::V);

impl<S: Simd> Lanes<S> {
    /// Puts the numbers in a line of `to`.
    #[inline(always)]
    pub(super) fn store(self, to: &mut [Line], line: usize, place: Place) {
        self.0.store(self.1, &mut to[line][place.vector..]);
    }

    /// 0 in the place of numbers within 1e-30 of it; NaN stays.
    #[inline(always)]
    pub(super) fn without_vanished(self) -> Self {
        Self(self.0, without_vanished(self.0, self.1))
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
    fn softplus(self) -> Self {
        Self(self.0, softplus(self.0, self.1))
    }

    #[inline(always)]
    fn where_positive(self, value: Self) -> Self {
        Self(self.0, self.0.where_positive(self.1, value.1))
    }
}

/// What is done at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// [`Pointwise::operand`], and after it the product with what it gave.
    Operand,
    /// [`Pointwise::step`] forward, [`Pointwise::derivative`] backward.
    Step,
}

/// Numbers as whole cache lines, which every row consists of.
#[inline(always)]
pub(super) fn lines(numbers: &[f32]) -> &[Line] {
    numbers.as_chunks().0
}

/// Likewise.
#[inline(always)]
pub(super) fn lines_mut(numbers: &mut [f32]) -> &mut [Line] {
    numbers.as_chunks_mut().0
}

/// Where a vector of units is: lines from the start of each slice to the sequence's row and to the
/// line in it, and numbers to the vector in that line.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub gates: usize,
    pub state: usize,
    pub memory: usize,
    pub parameters: usize,
    /// Of the gradients of the parameters, which each sequence has.
    pub parameter_grad: usize,
    pub vector: usize,
}

/// Lines from one row to the next.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub count: usize,
    pub gates: usize,
    pub memory: usize,
    pub parameters: usize,
}

/// What a vector of units sees of a step in either direction, for a type with the fields `simd`,
/// `place`, `state` (lines of a state), `own`, `hidden`, `memory` and `parameters`.
macro_rules! unit {
    ($unit:ident) => {
        impl<S: Simd> $unit<'_, S> {
            /// The numbers in a line of `from`.
            #[inline(always)]
            fn load(&self, from: &[Line], line: usize) -> Lanes<S> {
                Lanes(self.simd, self.simd.load(&from[line][self.place.vector..]))
            }

            /// The line of a block of the gates.
            #[inline(always)]
            fn gate_line(&self, gate: usize) -> usize {
                self.place.gates + gate * self.state
            }

            /// The line of one of the vectors beside h.
            #[inline(always)]
            fn memory_line(&self, index: usize) -> usize {
                self.place.memory + index * self.state
            }
        }

        impl<S: Simd> Unit for $unit<'_, S> {
            type V = Lanes<S>;

            #[inline(always)]
            fn constant(&self, value: f32) -> Lanes<S> {
                Lanes(self.simd, self.simd.splat(value))
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
                self.load(self.memory, self.memory_line(index))
            }

            #[inline(always)]
            fn parameter(&self, index: usize) -> Lanes<S> {
                self.load(self.parameters, self.place.parameters + index * self.state)
            }
        }
    };
}

/// Does `work` with every vector of units of every row. Not a function: it would be one that is
/// called for each vector.
macro_rules! for_each_vector {
    ($unit:ident, $width:expr, $rows:expr, $work:block) => {
        let Rows { count, gates, memory, parameters } = $rows;
        let state = $unit.state;
        for row in 0..count {
            for line in 0..state {
                $unit.place = Place {
                    gates: row * gates + line,
                    state: row * state + line,
                    memory: row * memory + line,
                    parameters: line,
                    parameter_grad: row * parameters + line,
                    vector: 0,
                };
                while $unit.place.vector < LINE {
                    $work
                    $unit.place.vector += $width;
                }
            }
        }
    };
}

pub(super) use {for_each_vector, unit};
