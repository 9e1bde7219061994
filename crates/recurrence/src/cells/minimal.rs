//! Minimal recurrent units: the gates see the input only.

use crate::pointwise::{Backward, Forward, Gate, Number as _, Pointwise, Shape};

/// The units of Feng et al. 2024, arXiv:2410.01201.
///
/// ```text
/// minGRU   z = σ(W x + b)    n = W x + b    h' = h + z ⊙ (n − h)
/// minLSTM  f, i = σ(W x + b)    n = W x + b    h' = (f ⊙ h + i ⊙ n) / (f + i)
/// ```
///
/// The gates lie in the order z, n and f, i, n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minimal {
    /// minGRU
    Gru,
    /// minLSTM
    Lstm,
}

impl Pointwise for Minimal {
    fn shape(&self) -> Shape {
        let gates = match self {
            Self::Gru => 2,
            Self::Lstm => 3,
        };
        Shape { gates, recurrent: false, past_products: true, linear: true, ..Shape::ONE_GATE }
    }

    fn gates(&self) -> Vec<Gate> {
        match self {
            Self::Gru => vec![Gate::sigmoid("z"), Gate::open("n")],
            Self::Lstm => vec![Gate::sigmoid("f"), Gate::sigmoid("i"), Gate::open("n")],
        }
    }

    #[inline(always)]
    fn step<U: Forward>(&self, unit: &mut U) {
        let h = unit.hidden();
        match self {
            Self::Gru => {
                let (z, n) = (unit.sum(0).sigmoid(), unit.sum(1));
                unit.set_gate(0, z);
                unit.set_hidden(z.mul_add(n - h, h));
            }
            Self::Lstm => {
                let (f, i) = (unit.sum(0).sigmoid(), unit.sum(1).sigmoid());
                let n = unit.sum(2);
                unit.set_gate(0, f);
                unit.set_gate(1, i);
                unit.set_hidden(f.mul_add(h, i * n) / (f + i));
            }
        }
    }

    #[inline(always)]
    fn derivative<U: Backward>(&self, unit: &mut U) {
        let (h, dh) = (unit.hidden(), unit.hidden_grad());
        match self {
            Self::Gru => {
                let (z, n) = (unit.gate(0), unit.gate(1));
                unit.set_sum_grad(0, (dh * (n - h)) * z.sigmoid_slope());
                unit.set_sum_grad(1, dh * z);
                unit.set_hidden_grad(z.neg_mul_add(dh, dh));
            }
            Self::Lstm => {
                let (f, i, n) = (unit.gate(0), unit.gate(1), unit.gate(2));
                let per_gate = dh / (f + i);
                let difference = h - unit.next_hidden();
                unit.set_sum_grad(0, (per_gate * difference) * f.sigmoid_slope());
                let difference = n - unit.next_hidden();
                unit.set_sum_grad(1, (per_gate * difference) * i.sigmoid_slope());
                unit.set_sum_grad(2, per_gate * i);
                unit.set_hidden_grad(per_gate * f);
            }
        }
    }
}
