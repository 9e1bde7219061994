//! Elman network.

use crate::pointwise::{Backward, Forward, Gate, Number as _, Pointwise, Shape, Work};

/// h' = a(W x + R h + b)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vanilla {
    /// a = tanh
    Tanh,
    /// a = max(0, ·)
    Relu,
}

impl Pointwise for Vanilla {
    fn shape(&self) -> Shape {
        Shape { gate_is_state: true, ..Shape::ONE_GATE }
    }

    fn gates(&self) -> Vec<Gate> {
        vec![match self {
            Self::Tanh => Gate::tanh("h"),
            Self::Relu => Gate::open("h"),
        }]
    }

    #[inline(always)]
    fn specialised<W: Work<Self>>(&self, work: W) {
        match self {
            Self::Tanh => work.run(&Self::Tanh),
            Self::Relu => work.run(&Self::Relu),
        }
    }

    #[inline(always)]
    fn step<U: Forward>(&self, unit: &mut U) {
        let sum = unit.sum(0);
        unit.set_hidden(match self {
            Self::Tanh => sum.tanh(),
            Self::Relu => sum.where_positive(sum),
        });
    }

    #[inline(always)]
    fn derivative<U: Backward>(&self, unit: &mut U) {
        let (h, grad) = (unit.next_hidden(), unit.hidden_grad());
        let sum_grad = match self {
            Self::Tanh => grad * h.neg_mul_add(h, unit.constant(1.0)),
            Self::Relu => h.where_positive(grad),
        };
        unit.set_sum_grad(0, sum_grad);
    }
}
