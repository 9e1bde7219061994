//! Layer normalisation of rows that are filled up.

use tiles::{Op, Simd, sum, tanh, without_vanished};

use super::{MemoryRead, Norm};

/// μ and 1 / √(σ² + ε) of a row whose numbers that do not count are 0.
#[inline(always)]
fn moments<S: Simd>(s: S, row: &[f32], norm: &Norm) -> [f32; 2] {
    let mut total = s.splat(0.0);
    for at in (0..row.len()).step_by(S::WIDTH) {
        total = s.add(total, s.load(&row[at..]));
    }
    let mean = sum(s, total) / norm.count;
    let (means, mut squares) = (s.splat(mean), s.splat(0.0));
    for at in (0..row.len()).step_by(S::WIDTH) {
        let from_mean = s.mul(s.sub(s.load(&row[at..]), means), s.load(&norm.counts[at..]));
        squares = s.mul_add(from_mean, from_mean, squares);
    }
    [mean, 1.0 / (sum(s, squares) / norm.count + norm.epsilon).sqrt()]
}

/// Adds LN of products to sums.
pub(super) struct AddNormalized<'a> {
    pub norm: &'a Norm,
    /// `[rows, gates]`
    pub products: &'a [f32],
    /// Columns that are added to the gates; those behind go to `own`.
    pub shared: usize,
    pub gates: &'a mut [f32],
    pub stride: usize,
    pub own: &'a mut [f32],
    /// What is added to those.
    pub candidate_bias: &'a [f32],
}

impl Op for AddNormalized<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { norm, products, shared, gates, stride, own, candidate_bias } = self;
        let width = norm.scale.len();
        for (row, products) in products.chunks_exact(width).enumerate() {
            let [mean, rate] = moments(s, products, norm);
            let (means, rates) = (s.splat(mean), s.splat(rate));
            let normed = |at: usize| {
                let normed = s.mul(s.sub(s.load(&products[at..]), means), rates);
                s.mul_add(normed, s.load(&norm.scale[at..]), s.load(&norm.shift[at..]))
            };
            let gates = &mut gates[row * stride..][..shared];
            for at in (0..shared).step_by(S::WIDTH) {
                s.store(s.add(normed(at), s.load(&gates[at..])), &mut gates[at..]);
            }
            let own = &mut own[row * (width - shared)..][..width - shared];
            for at in (0..width - shared).step_by(S::WIDTH) {
                let value = s.add(normed(shared + at), s.load(&candidate_bias[at..]));
                s.store(value, &mut own[at..]);
            }
        }
    }
}

/// h' = o ⊙ a(LN(c')).
pub(super) struct ReadForward<'a> {
    pub norm: &'a Norm,
    pub read: MemoryRead,
    /// c', `[rows, state]`.
    pub memory: &'a [f32],
    pub gates: &'a [f32],
    pub stride: usize,
    pub hidden: &'a mut [f32],
}

impl Op for ReadForward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { norm, read, memory, gates, stride, hidden } = self;
        let state = norm.scale.len();
        let rows = memory.chunks_exact(state).zip(hidden.chunks_exact_mut(state));
        for (row, (memory, hidden)) in rows.enumerate() {
            let [mean, rate] = moments(s, memory, norm);
            let (means, rates) = (s.splat(mean), s.splat(rate));
            for at in (0..state).step_by(S::WIDTH) {
                let normed = s.mul(s.sub(s.load(&memory[at..]), means), rates);
                let mut value =
                    s.mul_add(normed, s.load(&norm.scale[at..]), s.load(&norm.shift[at..]));
                if read.through_tanh {
                    value = tanh(s, value);
                }
                if let Some(output) = read.output {
                    value = s.mul(value, s.load(&gates[row * stride + output * state + at..]));
                }
                s.store(value, &mut hidden[at..]);
            }
        }
    }
}

/// From the gradient of h' to those of c', which it is added to, and of the sum of o.
pub(super) struct ReadBackward<'a> {
    pub norm: &'a Norm,
    pub read: MemoryRead,
    /// c', `[rows, state]`.
    pub memory: &'a [f32],
    pub gates: &'a [f32],
    pub stride: usize,
    /// In: that of h'; out: zero, since nothing else comes of it. `[rows, state]`
    pub hidden_grad: &'a mut [f32],
    pub memory_grad: &'a mut [f32],
    /// Of the sum of o, `[rows, state]`.
    pub of_output: &'a mut [f32],
    /// Of scale and shift, which it is added to, and room: `[state]` each.
    pub of_norm: [&'a mut [f32]; 3],
}

impl Op for ReadBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { norm, read, memory, gates, stride, .. } = self;
        let Self { hidden_grad, memory_grad, of_output, of_norm, .. } = self;
        let [of_scale, of_shift, room] = of_norm;
        let state = norm.scale.len();
        let one = s.splat(1.0);
        for (row, memory) in memory.chunks_exact(state).enumerate() {
            let [mean, rate] = moments(s, memory, norm);
            let (means, rates) = (s.splat(mean), s.splat(rate));
            let place = row * state;
            for at in (0..state).step_by(S::WIDTH) {
                let grad = without_vanished(s, s.load(&hidden_grad[place + at..]));
                s.store(s.splat(0.0), &mut hidden_grad[place + at..]);
                let normed = s.mul(s.sub(s.load(&memory[at..]), means), rates);
                let scale = s.load(&norm.scale[at..]);
                let mut value = s.mul_add(normed, scale, s.load(&norm.shift[at..]));
                let mut slope = one;
                if read.through_tanh {
                    value = tanh(s, value);
                    slope = s.neg_mul_add(value, value, one);
                }
                let mut of_value = grad;
                if let Some(output) = read.output {
                    let gate = s.load(&gates[row * stride + output * state + at..]);
                    let of_gate = s.mul(s.mul(grad, value), s.neg_mul_add(gate, gate, gate));
                    s.store(of_gate, &mut of_output[place + at..]);
                    of_value = s.mul(grad, gate);
                }
                // What does not count has a scale of 0, and no gradient.
                let of_normed = s.mul(s.mul(of_value, slope), s.load(&norm.counts[at..]));
                let sum = s.mul_add(of_normed, normed, s.load(&of_scale[at..]));
                s.store(sum, &mut of_scale[at..]);
                s.store(s.add(of_normed, s.load(&of_shift[at..])), &mut of_shift[at..]);
                s.store(s.mul(of_normed, scale), &mut room[at..]);
            }
            let grads = &mut memory_grad[place..][..state];
            let means = sums(s, norm, memory, [mean, rate], room);
            for at in (0..state).step_by(S::WIDTH) {
                let value = at_place(s, norm, memory, [mean, rate], room, means, at);
                s.store(s.add(s.load(&grads[at..]), value), &mut grads[at..]);
            }
        }
    }
}

/// From the gradients of LN(R h) to those of R h, in the place of that.
pub(super) struct NormBackward<'a> {
    pub norm: &'a Norm,
    /// In: R h; out: its gradient. `[rows, gates]`
    pub products: &'a mut [f32],
    pub shared: usize,
    /// The gradients of the sums.
    pub gates: &'a [f32],
    pub stride: usize,
    /// Of what is kept apart, `[rows, gates − shared]`.
    pub own: &'a [f32],
    /// Of scale and shift, which it is added to, and room: `[gates]` each.
    pub of_norm: [&'a mut [f32]; 3],
}

impl Op for NormBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { norm, products, shared, gates, stride, own, .. } = self;
        let [of_scale, of_shift, room] = self.of_norm;
        let width = norm.scale.len();
        for (row, products) in products.chunks_exact_mut(width).enumerate() {
            let [mean, rate] = moments(s, products, norm);
            let (means, rates) = (s.splat(mean), s.splat(rate));
            let gates = &gates[row * stride..][..shared];
            let own = &own[row * (width - shared)..][..width - shared];
            for at in (0..width).step_by(S::WIDTH) {
                let grad =
                    if at < shared { s.load(&gates[at..]) } else { s.load(&own[at - shared..]) };
                let grad = s.mul(grad, s.load(&norm.counts[at..]));
                let normed = s.mul(s.sub(s.load(&products[at..]), means), rates);
                let sum = s.mul_add(grad, normed, s.load(&of_scale[at..]));
                s.store(sum, &mut of_scale[at..]);
                s.store(s.add(grad, s.load(&of_shift[at..])), &mut of_shift[at..]);
                s.store(s.mul(grad, s.load(&norm.scale[at..])), &mut room[at..]);
            }
            let means = sums(s, norm, products, [mean, rate], room);
            for at in (0..width).step_by(S::WIDTH) {
                let value = at_place(s, norm, products, [mean, rate], room, means, at);
                s.store(value, &mut products[at..]);
            }
        }
    }
}

/// mean(ĝ x̂) and mean(ĝ).
#[inline(always)]
fn sums<S: Simd>(
    s: S,
    norm: &Norm,
    row: &[f32],
    [mean, rate]: [f32; 2],
    scaled: &[f32],
) -> [f32; 2] {
    let (means, rates) = (s.splat(mean), s.splat(rate));
    let (mut plain, mut along) = (s.splat(0.0), s.splat(0.0));
    for at in (0..row.len()).step_by(S::WIDTH) {
        let scaled = s.load(&scaled[at..]);
        let normed = s.mul(s.sub(s.load(&row[at..]), means), rates);
        plain = s.add(plain, scaled);
        along = s.mul_add(scaled, normed, along);
    }
    [sum(s, along) / norm.count, sum(s, plain) / norm.count]
}

/// (ĝ − mean(ĝ) − x̂ mean(ĝ x̂)) / √(σ² + ε) where a number counts.
#[inline(always)]
fn at_place<S: Simd>(
    s: S,
    norm: &Norm,
    row: &[f32],
    [mean, rate]: [f32; 2],
    scaled: &[f32],
    [along, plain]: [f32; 2],
    at: usize,
) -> S::V {
    let normed = s.mul(s.sub(s.load(&row[at..]), s.splat(mean)), s.splat(rate));
    let rest = s.sub(s.load(&scaled[at..]), s.splat(plain));
    let value = s.mul(s.neg_mul_add(normed, s.splat(along), rest), s.splat(rate));
    without_vanished(s, s.mul(value, s.load(&norm.counts[at..])))
}
