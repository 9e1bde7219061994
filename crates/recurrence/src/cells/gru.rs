//! Gated recurrent unit.

use crate::pointwise::{Backward, Candidate, Forward, Gate, Number as _, Pointwise, Shape, Work};

/// Gated recurrent unit.
///
/// ```text
/// r, z = σ(W x + R h + b)    h' = n + z ⊙ (h − n)
/// n = tanh(W x + b + r ⊙ (R h + c))    reset after the product
/// n = tanh(W x + b + R (r ⊙ h))        reset before the product
/// n = tanh(W x + b + R h)              no reset
/// ```
///
/// The gates that are learned lie in the order r, z, n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gru {
    /// Where r acts.
    pub reset: Reset,
    /// Whether z is learned; else it is 0, and h' = n.
    pub update_gate: bool,
}

/// Where the reset gate acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// On R h + c.
    AfterProduct,
    /// On h.
    BeforeProduct,
    /// Nowhere, and has no weights.
    None,
}

impl Gru {
    /// The first version of Cho et al. 2014, as in PyTorch and cuDNN.
    pub const RESET_AFTER: Self = Self { reset: Reset::AfterProduct, update_gate: true };
    /// Its last version.
    pub const RESET_BEFORE: Self = Self { reset: Reset::BeforeProduct, update_gate: true };

    /// The block of columns of the update gate, if it is learned.
    pub fn update_column(self) -> Option<usize> {
        self.update_gate.then(|| self.update())
    }

    /// The update gate's block of columns.
    #[inline(always)]
    fn update(self) -> usize {
        usize::from(self.reset != Reset::None)
    }

    /// The candidate's.
    #[inline(always)]
    fn candidate(self) -> usize {
        self.update() + usize::from(self.update_gate)
    }
}

impl Pointwise for Gru {
    fn shape(&self) -> Shape {
        let candidate = match self.reset {
            Reset::AfterProduct => Candidate::Apart,
            Reset::BeforeProduct => Candidate::OfOperand,
            Reset::None => Candidate::Shared,
        };
        let gates = self.candidate() + 1;
        Shape { gates, candidate, past_products: true, ..Shape::ONE_GATE }
    }

    fn gates(&self) -> Vec<Gate> {
        let reset = (self.reset != Reset::None).then_some(Gate::sigmoid("r"));
        let update = self.update_gate.then_some(Gate::sigmoid("z"));
        reset.into_iter().chain(update).chain([Gate::tanh("n")]).collect()
    }

    #[inline(always)]
    fn specialised<W: Work<Self>>(&self, work: W) {
        match *self {
            Self::RESET_AFTER => work.run(&Self::RESET_AFTER),
            Self::RESET_BEFORE => work.run(&Self::RESET_BEFORE),
            other => work.run(&other),
        }
    }

    #[inline(always)]
    fn operand<U: Forward>(&self, unit: &mut U) -> U::V {
        let r = unit.sum(0).sigmoid();
        unit.set_gate(0, r);
        r * unit.hidden()
    }

    #[inline(always)]
    fn step<U: Forward>(&self, unit: &mut U) {
        let sum = unit.sum(self.candidate());
        let n = if self.reset == Reset::AfterProduct {
            let r = unit.sum(0).sigmoid();
            unit.set_gate(0, r);
            r.mul_add(unit.own(), sum).tanh()
        } else {
            sum.tanh()
        };
        unit.set_gate(self.candidate(), n);
        if self.update_gate {
            let z = unit.sum(self.update()).sigmoid();
            unit.set_gate(self.update(), z);
            unit.set_hidden(z.mul_add(unit.hidden() - n, n));
        } else {
            unit.set_hidden(n);
        }
    }

    #[inline(always)]
    fn derivative<U: Backward>(&self, unit: &mut U) {
        let one = unit.constant(1.0);
        let n = unit.gate(self.candidate());
        let dh = unit.hidden_grad();
        let slope = n.neg_mul_add(n, one);
        let dn = if self.update_gate {
            let z = unit.gate(self.update());
            let dz = (dh * (unit.hidden() - n)) * z.sigmoid_slope();
            unit.set_sum_grad(self.update(), dz);
            unit.set_hidden_grad(dh * z);
            (dh * (one - z)) * slope
        } else {
            unit.set_hidden_grad(unit.constant(0.0));
            dh * slope
        };
        if self.reset == Reset::AfterProduct {
            let r = unit.gate(0);
            unit.set_sum_grad(0, (dn * unit.own()) * r.sigmoid_slope());
            unit.set_own_grad(dn * r);
        }
        unit.set_sum_grad(self.candidate(), dn);
    }

    #[inline(always)]
    fn operand_derivative<U: Backward>(&self, unit: &mut U, grad: U::V) {
        let r = unit.gate(0);
        unit.set_sum_grad(0, (grad * unit.hidden()) * r.sigmoid_slope());
        unit.set_hidden_grad(grad.mul_add(r, unit.hidden_grad()));
    }
}
