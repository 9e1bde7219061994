//! A cell that nobody had thought of before.

use recurrence::{Backward, Candidate, Forward, Number as _, Pointwise, Shape};

/// A minimal gated unit with a slow trace of its own past.
///
/// f = σ(W x + R h + b)    n = tanh(W x + b + R (f ⊙ h) + p ⊙ s)
/// h' = h + f ⊙ (n − h)    s' = s + (h' − s) / 8
#[derive(Debug, Clone)]
pub struct Traced;

impl Pointwise for Traced {
    fn shape(&self) -> Shape {
        let candidate = Candidate::OfOperand;
        Shape { gates: 2, memory: 1, candidate, parameters: 1, ..Shape::ONE_GATE }
    }

    #[inline(always)]
    fn operand<U: Forward>(&self, unit: &mut U) -> U::V {
        let f = unit.sum(0).sigmoid();
        unit.set_gate(0, f);
        f * unit.hidden()
    }

    #[inline(always)]
    fn step<U: Forward>(&self, unit: &mut U) {
        let (h, s, f) = (unit.hidden(), unit.memory(0), unit.sum(0));
        let n = unit.parameter(0).mul_add(s, unit.sum(1)).tanh();
        unit.set_gate(1, n);
        let next = f.mul_add(n - h, h);
        unit.set_hidden(next);
        unit.set_memory(0, unit.constant(0.125).mul_add(next - s, s));
    }

    #[inline(always)]
    fn derivative<U: Backward>(&self, unit: &mut U) {
        let (f, n, eighth) = (unit.gate(0), unit.gate(1), unit.constant(0.125));
        let ds = unit.memory_grad(0);
        let dh = ds.mul_add(eighth, unit.hidden_grad());
        let dn = (dh * f) * n.neg_mul_add(n, unit.constant(1.0));
        unit.set_sum_grad(1, dn);
        unit.add_parameter_grad(0, dn * unit.memory(0));
        unit.leave(dh * (n - unit.hidden()));
        unit.set_hidden_grad(f.neg_mul_add(dh, dh));
        let kept = eighth.neg_mul_add(ds, ds);
        unit.set_memory_grad(0, unit.parameter(0).mul_add(dn, kept));
    }

    #[inline(always)]
    fn operand_derivative<U: Backward>(&self, unit: &mut U, grad: U::V) {
        let f = unit.gate(0);
        let of_gate = grad.mul_add(unit.hidden(), unit.left());
        unit.set_sum_grad(0, of_gate * f.sigmoid_slope());
        unit.set_hidden_grad(grad.mul_add(f, unit.hidden_grad()));
    }
}
