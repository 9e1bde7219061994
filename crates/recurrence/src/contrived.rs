//! A cell that uses everything a statement may use, which no cell of the literature does.

use crate::pointwise::{Backward, Candidate, Forward, Number as _, Pointwise, Shape};

/// ```text
/// f = σ(W x + R h + b + p₀ ⊙ m)    k = σ(W x + R h + b)    n = tanh(W x + b + R (f ⊙ h))
/// m' = k ⊙ m + n    s' = p₁ ⊙ s + m'    h' = (1 − f) ⊙ h + f ⊙ tanh(s')
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Contrived;

impl Pointwise for Contrived {
    fn shape(&self) -> Shape {
        let candidate = Candidate::OfOperand;
        Shape { gates: 3, memory: 2, candidate, parameters: 2, ..Shape::ONE_GATE }
    }

    #[inline(always)]
    fn operand<U: Forward>(&self, unit: &mut U) -> U::V {
        let f = unit.parameter(0).mul_add(unit.memory(0), unit.sum(0)).sigmoid();
        unit.set_gate(0, f);
        f * unit.hidden()
    }

    #[inline(always)]
    fn step<U: Forward>(&self, unit: &mut U) {
        let (f, k, n) = (unit.sum(0), unit.sum(1).sigmoid(), unit.sum(2).tanh());
        unit.set_gate(1, k);
        unit.set_gate(2, n);
        let m = k.mul_add(unit.memory(0), n);
        let s = unit.parameter(1).mul_add(unit.memory(1), m);
        unit.set_memory(0, m);
        unit.set_memory(1, s);
        let h = unit.hidden();
        unit.set_hidden(f.mul_add(s.tanh() - h, h));
    }

    #[inline(always)]
    fn derivative<U: Backward>(&self, unit: &mut U) {
        let one = unit.constant(1.0);
        let (f, k, n) = (unit.gate(0), unit.gate(1), unit.gate(2));
        let (dh, h, t) = (unit.hidden_grad(), unit.hidden(), unit.next_memory(1).tanh());
        unit.leave(dh * (t - h));
        unit.set_hidden_grad(dh * (one - f));
        let ds = (dh * f).mul_add(t.neg_mul_add(t, one), unit.memory_grad(1));
        let dm = unit.memory_grad(0) + ds;
        unit.add_parameter_grad(1, ds * unit.memory(1));
        unit.set_memory_grad(1, ds * unit.parameter(1));
        unit.set_sum_grad(1, (dm * unit.memory(0)) * k.sigmoid_slope());
        unit.set_sum_grad(2, dm * n.neg_mul_add(n, one));
        unit.set_memory_grad(0, dm * k);
    }

    #[inline(always)]
    fn operand_derivative<U: Backward>(&self, unit: &mut U, grad: U::V) {
        let f = unit.gate(0);
        let sum = grad.mul_add(unit.hidden(), unit.left()) * f.sigmoid_slope();
        unit.set_hidden_grad(grad.mul_add(f, unit.hidden_grad()));
        unit.set_sum_grad(0, sum);
        unit.add_parameter_grad(0, sum * unit.memory(0));
        unit.set_memory_grad(0, unit.parameter(0).mul_add(sum, unit.memory_grad(0)));
    }
}
