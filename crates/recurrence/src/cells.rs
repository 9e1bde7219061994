//! The gates of one step: what is done to each number between the products.
//!
//! Rows are sequences; every row of every slice is filled up to whole cache lines (see
//! [`Layout`](super::layout::Layout)).

use super::nonlinear::{sigmoid, tanh};
use super::problem::CellKind;
use super::simd::{Op, Simd};

/// One step forward of the sequences that run.
pub(super) struct StepForward<'a> {
    pub kind: CellKind,
    /// Width of a state.
    pub state: usize,
    /// In: the sums (of r, where the reset comes first, the gate); out: the gates, but of a
    /// vanilla network, whose only one is h'. `[rows, gates·state]`, `stride` from row to row.
    pub gates: &'a mut [f32],
    pub stride: usize,
    /// `R_n h + c_n` of a GRU, `[rows, state]`.
    pub own: &'a [f32],
    /// h, `[rows, state]`.
    pub hidden: &'a [f32],
    /// h', `[rows, state]`.
    pub next_hidden: &'a mut [f32],
    /// c of an LSTM, `[rows, state]`.
    pub cell: &'a [f32],
    /// c' of an LSTM, `[rows, state]`.
    pub next_cell: &'a mut [f32],
}

impl Op for StepForward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.state;
        let rows = self.next_hidden.chunks_exact_mut(width);
        let gates = self.gates.chunks_exact_mut(self.stride);
        match self.kind {
            CellKind::VanillaTanh => {
                for (gates, hidden) in gates.zip(rows) {
                    for j in (0..width).step_by(S::WIDTH) {
                        s.store(tanh(s, s.load(&gates[j..])), &mut hidden[j..]);
                    }
                }
            }
            CellKind::VanillaRelu => {
                for (gates, hidden) in gates.zip(rows) {
                    for j in (0..width).step_by(S::WIDTH) {
                        let sum = s.load(&gates[j..]);
                        s.store(s.where_positive(sum, sum), &mut hidden[j..]);
                    }
                }
            }
            CellKind::Lstm => {
                let cells = self.cell.chunks_exact(width);
                let cells = cells.zip(self.next_cell.chunks_exact_mut(width));
                for ((gates, hidden), (cell, next_cell)) in gates.zip(rows).zip(cells) {
                    lstm_forward(s, gates, cell, next_cell, hidden);
                }
            }
            CellKind::GruResetBefore => {
                let hiddens = self.hidden.chunks_exact(width);
                for ((gates, next), hidden) in gates.zip(rows).zip(hiddens) {
                    gru_candidate(s, gates, hidden, next);
                }
            }
            CellKind::Gru => {
                let others = self.own.chunks_exact(width).zip(self.hidden.chunks_exact(width));
                for ((gates, next), (own, hidden)) in gates.zip(rows).zip(others) {
                    gru_forward(s, gates, own, hidden, next);
                }
            }
        }
    }
}

/// One sequence's gates, side by side.
#[inline(always)]
fn four(gates: &mut [f32], width: usize) -> [&mut [f32]; 4] {
    let (i, rest) = gates.split_at_mut(width);
    let (f, rest) = rest.split_at_mut(width);
    let (g, rest) = rest.split_at_mut(width);
    [i, f, g, &mut rest[..width]]
}

/// One sequence's gates, side by side.
#[inline(always)]
fn three(gates: &mut [f32], width: usize) -> [&mut [f32]; 3] {
    let (r, rest) = gates.split_at_mut(width);
    let (z, rest) = rest.split_at_mut(width);
    [r, z, &mut rest[..width]]
}

#[inline(always)]
fn lstm_forward<S: Simd>(
    s: S,
    gates: &mut [f32],
    cell: &[f32],
    next_cell: &mut [f32],
    hidden: &mut [f32],
) {
    let width = hidden.len();
    let [i_row, f_row, g_row, o_row] = four(gates, width);
    for j in (0..width).step_by(S::WIDTH) {
        let i = sigmoid(s, s.load(&i_row[j..]));
        let f = sigmoid(s, s.load(&f_row[j..]));
        let g = tanh(s, s.load(&g_row[j..]));
        let o = sigmoid(s, s.load(&o_row[j..]));
        let c = s.mul_add(f, s.load(&cell[j..]), s.mul(i, g));
        s.store(i, &mut i_row[j..]);
        s.store(f, &mut f_row[j..]);
        s.store(g, &mut g_row[j..]);
        s.store(o, &mut o_row[j..]);
        s.store(c, &mut next_cell[j..]);
        s.store(s.mul(o, tanh(s, c)), &mut hidden[j..]);
    }
}

#[inline(always)]
fn gru_forward<S: Simd>(s: S, gates: &mut [f32], own: &[f32], hidden: &[f32], next: &mut [f32]) {
    let width = next.len();
    let [r_row, z_row, n_row] = three(gates, width);
    for j in (0..width).step_by(S::WIDTH) {
        let r = sigmoid(s, s.load(&r_row[j..]));
        let z = sigmoid(s, s.load(&z_row[j..]));
        let n = tanh(s, s.mul_add(r, s.load(&own[j..]), s.load(&n_row[j..])));
        let h = s.load(&hidden[j..]);
        s.store(r, &mut r_row[j..]);
        s.store(z, &mut z_row[j..]);
        s.store(n, &mut n_row[j..]);
        s.store(s.mul_add(z, s.sub(h, n), n), &mut next[j..]);
    }
}

/// What is left after [`Reset`](super::gru_reset_before::Reset).
#[inline(always)]
fn gru_candidate<S: Simd>(s: S, gates: &mut [f32], hidden: &[f32], next: &mut [f32]) {
    let width = next.len();
    let [_, z_row, n_row] = three(gates, width);
    for j in (0..width).step_by(S::WIDTH) {
        let z = sigmoid(s, s.load(&z_row[j..]));
        let n = tanh(s, s.load(&n_row[j..]));
        s.store(z, &mut z_row[j..]);
        s.store(n, &mut n_row[j..]);
        s.store(s.mul_add(z, s.sub(s.load(&hidden[j..]), n), n), &mut next[j..]);
    }
}

/// One step backward of the sequences that run.
pub(super) struct StepBackward<'a> {
    pub kind: CellKind,
    /// Width of a state.
    pub state: usize,
    /// In: the gates, but of a vanilla network; out: the gradient of their sums (of r, where
    /// the reset comes first, unchanged). `[rows, gates·state]`, `stride` from row to row.
    pub gates: &'a mut [f32],
    pub stride: usize,
    /// In: `R_n h + c_n` of a GRU; out: its gradient. `[rows, state]`
    pub own: &'a mut [f32],
    /// h before the step, `[rows, state]`.
    pub hidden: &'a [f32],
    /// h' after the step, `[rows, state]`.
    pub next_hidden: &'a [f32],
    /// c of an LSTM before the step, `[rows, state]`.
    pub cell: &'a [f32],
    /// c' of an LSTM after the step, `[rows, state]`.
    pub next_cell: &'a [f32],
    /// In: the gradient of h'; out, of a GRU: what goes to h past the product.
    /// `[rows, state]`
    pub hidden_grad: &'a mut [f32],
    /// In: the gradient of an LSTM's c'; out: of its c. `[rows, state]`
    pub cell_grad: &'a mut [f32],
}

impl Op for StepBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.state;
        let one = s.splat(1.0);
        let rows = self.hidden_grad.chunks_exact_mut(width);
        let gates = self.gates.chunks_exact_mut(self.stride);
        let next = self.next_hidden.chunks_exact(width);
        match self.kind {
            CellKind::VanillaTanh => {
                for (gates, (grad, next)) in gates.zip(rows.zip(next)) {
                    for j in (0..width).step_by(S::WIDTH) {
                        let h = s.load(&next[j..]);
                        let slope = s.neg_mul_add(h, h, one);
                        s.store(s.mul(s.load(&grad[j..]), slope), &mut gates[j..]);
                    }
                }
            }
            CellKind::VanillaRelu => {
                for (gates, (grad, next)) in gates.zip(rows.zip(next)) {
                    for j in (0..width).step_by(S::WIDTH) {
                        let h = s.load(&next[j..]);
                        s.store(s.where_positive(h, s.load(&grad[j..])), &mut gates[j..]);
                    }
                }
            }
            CellKind::Lstm => {
                let cells = self.cell.chunks_exact(width);
                let cells = cells.zip(self.next_cell.chunks_exact(width));
                let grads = rows.zip(self.cell_grad.chunks_exact_mut(width));
                for ((gates, (hidden, cell_grad)), (cell, next_cell)) in gates.zip(grads).zip(cells)
                {
                    lstm_backward(s, gates, cell, next_cell, hidden, cell_grad);
                }
            }
            CellKind::GruResetBefore => {
                let hiddens = self.hidden.chunks_exact(width);
                for ((gates, grad), hidden) in gates.zip(rows).zip(hiddens) {
                    gru_candidate_backward(s, gates, hidden, grad);
                }
            }
            CellKind::Gru => {
                let others = self.own.chunks_exact_mut(width).zip(self.hidden.chunks_exact(width));
                for ((gates, grad), (own, hidden)) in gates.zip(rows).zip(others) {
                    gru_backward(s, gates, own, hidden, grad);
                }
            }
        }
    }
}

#[inline(always)]
fn lstm_backward<S: Simd>(
    s: S,
    gates: &mut [f32],
    cell: &[f32],
    next_cell: &[f32],
    hidden_grad: &[f32],
    cell_grad: &mut [f32],
) {
    let width = hidden_grad.len();
    let one = s.splat(1.0);
    let [i_row, f_row, g_row, o_row] = four(gates, width);
    for j in (0..width).step_by(S::WIDTH) {
        let i = s.load(&i_row[j..]);
        let f = s.load(&f_row[j..]);
        let g = s.load(&g_row[j..]);
        let o = s.load(&o_row[j..]);
        let t = tanh(s, s.load(&next_cell[j..]));
        let dh = s.load(&hidden_grad[j..]);
        // dc = dc' + dh o (1 − t²)
        let dc = s.mul_add(s.mul(dh, o), s.neg_mul_add(t, t, one), s.load(&cell_grad[j..]));
        let di = s.mul(s.mul(dc, g), s.neg_mul_add(i, i, i));
        let df = s.mul(s.mul(dc, s.load(&cell[j..])), s.neg_mul_add(f, f, f));
        let dg = s.mul(s.mul(dc, i), s.neg_mul_add(g, g, one));
        let d_o = s.mul(s.mul(dh, t), s.neg_mul_add(o, o, o));
        s.store(di, &mut i_row[j..]);
        s.store(df, &mut f_row[j..]);
        s.store(dg, &mut g_row[j..]);
        s.store(d_o, &mut o_row[j..]);
        s.store(s.mul(dc, f), &mut cell_grad[j..]);
    }
}

#[inline(always)]
fn gru_backward<S: Simd>(
    s: S,
    gates: &mut [f32],
    own: &mut [f32],
    hidden: &[f32],
    grad: &mut [f32],
) {
    let width = hidden.len();
    let one = s.splat(1.0);
    let [r_row, z_row, n_row] = three(gates, width);
    for j in (0..width).step_by(S::WIDTH) {
        let r = s.load(&r_row[j..]);
        let z = s.load(&z_row[j..]);
        let n = s.load(&n_row[j..]);
        let q = s.load(&own[j..]);
        let dh = s.load(&grad[j..]);
        let dz = s.mul(s.mul(dh, s.sub(s.load(&hidden[j..]), n)), s.neg_mul_add(z, z, z));
        let dn = s.mul(s.mul(dh, s.sub(one, z)), s.neg_mul_add(n, n, one));
        let dr = s.mul(s.mul(dn, q), s.neg_mul_add(r, r, r));
        s.store(dr, &mut r_row[j..]);
        s.store(dz, &mut z_row[j..]);
        s.store(dn, &mut n_row[j..]);
        s.store(s.mul(dn, r), &mut own[j..]);
        s.store(s.mul(dh, z), &mut grad[j..]);
    }
}

/// What comes before [`ResetBackward`](super::gru_reset_before::ResetBackward).
#[inline(always)]
fn gru_candidate_backward<S: Simd>(s: S, gates: &mut [f32], hidden: &[f32], grad: &mut [f32]) {
    let width = hidden.len();
    let one = s.splat(1.0);
    let [_, z_row, n_row] = three(gates, width);
    for j in (0..width).step_by(S::WIDTH) {
        let z = s.load(&z_row[j..]);
        let n = s.load(&n_row[j..]);
        let dh = s.load(&grad[j..]);
        let dz = s.mul(s.mul(dh, s.sub(s.load(&hidden[j..]), n)), s.neg_mul_add(z, z, z));
        let dn = s.mul(s.mul(dh, s.sub(one, z)), s.neg_mul_add(n, n, one));
        s.store(dz, &mut z_row[j..]);
        s.store(dn, &mut n_row[j..]);
        s.store(s.mul(dh, z), &mut grad[j..]);
    }
}
