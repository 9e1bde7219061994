//! The parts of a step of a GRU whose reset comes before the product: between the products
//! with the shared and with the candidate's weights, forward and backward.
//!
//! Rows are as in [`super::cells`].

use super::nonlinear::sigmoid;
use super::simd::{Op, Simd};

/// r = σ(its sum) and r ⊙ h.
pub(super) struct Reset<'a> {
    /// Width of a state.
    pub state: usize,
    /// In: the sums; out: of r the gate. `[rows, gates·state]`, `stride` from row to row.
    pub gates: &'a mut [f32],
    pub stride: usize,
    /// h, `[rows, state]`.
    pub hidden: &'a [f32],
    /// r ⊙ h, `[rows, state]`.
    pub own: &'a mut [f32],
}

impl Op for Reset<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.state;
        let gates = self.gates.chunks_exact_mut(self.stride);
        let states = self.hidden.chunks_exact(width).zip(self.own.chunks_exact_mut(width));
        for (gates, (hidden, own)) in gates.zip(states) {
            let gate = &mut gates[..width];
            for j in (0..width).step_by(S::WIDTH) {
                let r = sigmoid(s, s.load(&gate[j..]));
                s.store(r, &mut gate[j..]);
                s.store(s.mul(r, s.load(&hidden[j..])), &mut own[j..]);
            }
        }
    }
}

/// From the gradient of r ⊙ h to those of r's sum and of h.
pub(super) struct ResetBackward<'a> {
    /// Width of a state.
    pub state: usize,
    /// In: of r the gate; out: the gradient of its sum. `[rows, gates·state]`, `stride` from
    /// row to row.
    pub gates: &'a mut [f32],
    pub stride: usize,
    /// h before the step, `[rows, state]`.
    pub hidden: &'a [f32],
    /// The gradient of r ⊙ h, `[rows, state]`.
    pub reset_grad: &'a [f32],
    /// The gradient of h, to which this part is added. `[rows, state]`
    pub hidden_grad: &'a mut [f32],
}

impl Op for ResetBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.state;
        let gates = self.gates.chunks_exact_mut(self.stride);
        let grads = self.reset_grad.chunks_exact(width);
        let grads = grads.zip(self.hidden_grad.chunks_exact_mut(width));
        for ((gates, hidden), (reset_grad, hidden_grad)) in
            gates.zip(self.hidden.chunks_exact(width)).zip(grads)
        {
            let gate = &mut gates[..width];
            for j in (0..width).step_by(S::WIDTH) {
                let r = s.load(&gate[j..]);
                let grad = s.load(&reset_grad[j..]);
                let dr = s.mul(s.mul(grad, s.load(&hidden[j..])), s.neg_mul_add(r, r, r));
                s.store(dr, &mut gate[j..]);
                let dh = s.mul_add(grad, r, s.load(&hidden_grad[j..]));
                s.store(dh, &mut hidden_grad[j..]);
            }
        }
    }
}
