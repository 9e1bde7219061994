//! A cell's statement on whole tensors: what every backend can compute, and differentiate by
//! itself.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Sub};

use burn::tensor::{Tensor, activation};
use recurrence::{Forward, Kernel, Number, Pointwise, Unit};

use crate::state::State;

/// What a step computes, in the order of the computation. Numbers of a statement are copied
/// freely, tensors are not: a number is the place of its tensor in here.
#[derive(Default)]
struct Tape(RefCell<Vec<Tensor<2>>>);

/// All units of all sequences, `[batch, hidden]`, or what broadcasts to that.
#[derive(Clone, Copy)]
struct Whole<'a> {
    tape: &'a Tape,
    place: usize,
}

impl Tape {
    fn keep(&self, tensor: Tensor<2>) -> Whole<'_> {
        let mut tensors = self.0.borrow_mut();
        tensors.push(tensor);
        Whole { tape: self, place: tensors.len() - 1 }
    }
}

impl Whole<'_> {
    fn tensor(self) -> Tensor<2> {
        self.tape.0.borrow()[self.place].clone()
    }

    fn map(self, function: impl FnOnce(Tensor<2>) -> Tensor<2>) -> Self {
        self.tape.keep(function(self.tensor()))
    }
}

macro_rules! operator {
    ($operator:ident, $method:ident) => {
        impl $operator for Whole<'_> {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.map(|tensor| tensor.$method(other.tensor()))
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl Number for Whole<'_> {
    fn mul_add(self, by: Self, plus: Self) -> Self {
        self * by + plus
    }

    fn neg_mul_add(self, by: Self, from: Self) -> Self {
        from - self * by
    }

    fn sigmoid(self) -> Self {
        self.map(activation::sigmoid)
    }

    fn tanh(self) -> Self {
        self.map(Tensor::tanh)
    }

    fn softplus(self) -> Self {
        self.map(|x| {
            let below = x.clone().abs().neg().exp().log1p();
            x.clamp_min(0.0) + below
        })
    }

    fn where_positive(self, value: Self) -> Self {
        let not_positive = self.tensor().lower_equal_elem(0.0);
        value.map(|value| value.mask_fill(not_positive, 0.0))
    }
}

/// One step of all units of all sequences.
struct Step<'a> {
    tape: &'a Tape,
    /// The sums, then the gates.
    gates: Vec<Whole<'a>>,
    own: Option<Whole<'a>>,
    hidden: Whole<'a>,
    memory: Vec<Whole<'a>>,
    parameters: Vec<Whole<'a>>,
    next_hidden: Whole<'a>,
    next_memory: Vec<Whole<'a>>,
}

impl<'a> Unit for Step<'a> {
    type V = Whole<'a>;

    fn constant(&self, value: f32) -> Whole<'a> {
        let like = self.hidden.tensor();
        self.tape.keep(Tensor::full([1, 1], value, (&like.device(), like.dtype())))
    }

    fn own(&self) -> Whole<'a> {
        self.own.expect("only of a candidate whose product is kept apart")
    }

    fn hidden(&self) -> Whole<'a> {
        self.hidden
    }

    fn memory(&self, index: usize) -> Whole<'a> {
        self.memory[index]
    }

    fn parameter(&self, index: usize) -> Whole<'a> {
        self.parameters[index]
    }
}

impl<'a> Forward for Step<'a> {
    fn sum(&self, gate: usize) -> Whole<'a> {
        self.gates[gate]
    }

    fn set_gate(&mut self, gate: usize, value: Whole<'a>) {
        self.gates[gate] = value;
    }

    fn set_hidden(&mut self, value: Whole<'a>) {
        self.next_hidden = value;
    }

    fn set_memory(&mut self, index: usize, value: Whole<'a>) {
        self.next_memory[index] = value;
    }
}

/// What goes into one step, each `[batch, hidden]`, a parameter `[1, hidden]`. For [`CellKernel`]
/// alone.
pub struct Before {
    /// One for each gate.
    pub(crate) sums: Vec<Tensor<2>>,
    /// R h + c of a candidate whose product is kept apart.
    pub(crate) own: Option<Tensor<2>>,
    pub(crate) state: State,
    pub(crate) parameters: Vec<Tensor<2>>,
}

/// What comes out of one step, each `[batch, hidden]`. For [`CellKernel`] alone.
pub struct After {
    pub(crate) gates: Vec<Tensor<2>>,
    pub(crate) state: State,
}

impl Before {
    fn on(self, tape: &Tape) -> Step<'_> {
        let keep = |tensors: Vec<Tensor<2>>| -> Vec<_> {
            tensors.into_iter().map(|tensor| tape.keep(tensor)).collect()
        };
        let hidden = tape.keep(self.state.hidden);
        let memory = keep(self.state.memory);
        Step {
            tape,
            gates: keep(self.sums),
            own: self.own.map(|own| tape.keep(own)),
            hidden,
            next_memory: memory.clone(),
            memory,
            parameters: keep(self.parameters),
            next_hidden: hidden,
        }
    }
}

/// A cell whose statement is known for vectors and for tensors, whatever its type: any
/// [`Pointwise`] is one.
pub trait CellKernel: Kernel {
    /// [`Pointwise::operand`], and the gates after it.
    #[doc(hidden)]
    fn operand_of_tensors(&self, before: Before) -> (Tensor<2>, Vec<Tensor<2>>);

    /// [`Pointwise::step`].
    #[doc(hidden)]
    fn step_of_tensors(&self, before: Before) -> After;
}

impl<C: Pointwise> CellKernel for C {
    fn operand_of_tensors(&self, before: Before) -> (Tensor<2>, Vec<Tensor<2>>) {
        let tape = Tape::default();
        let mut step = before.on(&tape);
        let operand = self.operand(&mut step).tensor();
        (operand, step.gates.into_iter().map(Whole::tensor).collect())
    }

    fn step_of_tensors(&self, before: Before) -> After {
        let tape = Tape::default();
        let mut step = before.on(&tape);
        self.step(&mut step);
        let hidden = step.next_hidden.tensor();
        let gate_is_state = Kernel::shape(self).gate_is_state;
        let tensors = |whole: Vec<Whole>| whole.into_iter().map(Whole::tensor).collect();
        After {
            gates: if gate_is_state { vec![hidden.clone()] } else { tensors(step.gates) },
            state: State { hidden, memory: tensors(step.next_memory) },
        }
    }
}
