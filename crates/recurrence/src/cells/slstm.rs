//! sLSTM: an LSTM with exponential input gate and a normaliser.

use crate::pointwise::{Backward, Forward, Gate, Number, Pointwise, Shape, Work};

/// The scalar LSTM of Beck et al. 2024, arXiv:2405.04517, with one head.
///
/// ```text
/// i = exp(ĩ)    f = σ(f̃) or exp(f̃)    z = tanh(z̃)    o = σ(õ)        ĩ, f̃, z̃, õ = W x + R h + b
/// c' = f c + i z    n' = f n + i    h' = o c' / n'
/// ```
///
/// Computed as the same in other variables, which cannot overflow and need no stabiliser:
/// C = c / n, what is read, and ℓ = ln n.
///
/// ```text
/// s = σ(ĩ − ln f − ℓ)    C' = C + s (z − C)    ℓ' = ln(f n + i)    h' = o C'
/// ```
///
/// The gates lie in the order i, f, z, o; s is kept in the place of i. The memory is C and ℓ + 30:
/// that of zeros has n = e⁻³⁰ where the paper has 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SLstm {
    /// f = σ(f̃)
    SigmoidForget,
    /// f = exp(f̃)
    ExponentialForget,
}

/// ln n of a memory of zeros is this below 0.
const NOTHING: f32 = 30.0;

impl Pointwise for SLstm {
    fn shape(&self) -> Shape {
        Shape { gates: 4, memory: 2, ..Shape::ONE_GATE }
    }

    fn gates(&self) -> Vec<Gate> {
        let forget = match self {
            Self::SigmoidForget => Gate::sigmoid("f"),
            Self::ExponentialForget => Gate::open("ln f"),
        };
        vec![Gate::sigmoid("s"), forget, Gate::tanh("z"), Gate::sigmoid("o")]
    }

    #[inline(always)]
    fn specialised<W: Work<Self>>(&self, work: W) {
        match self {
            Self::SigmoidForget => work.run(&Self::SigmoidForget),
            Self::ExponentialForget => work.run(&Self::ExponentialForget),
        }
    }

    #[inline(always)]
    fn step<U: Forward>(&self, unit: &mut U) {
        let nothing = unit.constant(NOTHING);
        let zero = unit.constant(0.0);
        let (i, f) = (unit.sum(0), unit.sum(1));
        let log_forget = match self {
            Self::SigmoidForget => {
                unit.set_gate(1, f.sigmoid());
                zero - (zero - f).softplus()
            }
            Self::ExponentialForget => {
                unit.set_gate(1, f);
                f
            }
        };
        let (z, o) = (unit.sum(2).tanh(), unit.sum(3).sigmoid());
        let kept = log_forget + (unit.memory(1) - nothing);
        let s = (i - kept).sigmoid();
        let old = unit.memory(0);
        let new = s.mul_add(z - old, old);
        unit.set_gate(0, s);
        unit.set_gate(2, z);
        unit.set_gate(3, o);
        unit.set_memory(0, new);
        unit.set_memory(1, (i + (kept - i).softplus()) + nothing);
        unit.set_hidden(o * new);
    }

    #[inline(always)]
    fn derivative<U: Backward>(&self, unit: &mut U) {
        let one = unit.constant(1.0);
        let (s, f, z, o) = (unit.gate(0), unit.gate(1), unit.gate(2), unit.gate(3));
        let dh = unit.hidden_grad();
        let read = dh.mul_add(o, unit.memory_grad(0));
        let of_log = unit.memory_grad(1);
        let of_share = (read * (z - unit.memory(0))) * s.sigmoid_slope();
        let of_kept = (one - s) * of_log - of_share;
        unit.set_sum_grad(0, s.mul_add(of_log, of_share));
        unit.set_sum_grad(
            1,
            match self {
                Self::SigmoidForget => of_kept * (one - f),
                Self::ExponentialForget => of_kept,
            },
        );
        unit.set_sum_grad(2, (read * s) * z.neg_mul_add(z, one));
        unit.set_sum_grad(3, (dh * unit.next_memory(0)) * o.sigmoid_slope());
        unit.set_memory_grad(0, s.neg_mul_add(read, read));
        unit.set_memory_grad(1, of_kept);
    }
}
