//! All steps of an mLSTM at once; the equations are those of [`mlstm`](crate::mlstm).

use burn::tensor::{Bool, Tensor, TensorData, activation};
use kernels::{Padded, State, matrix_memory};

use crate::exponential_gating::ForgetGate;

/// What stands for an exponent of something that is not there.
const NEVER: f32 = -1e30;

/// The product of the inputs of steps with the weights, `[rows, 4·hidden + 2·heads]`.
pub(crate) struct Told {
    pub rows: Tensor<2>,
    /// Heads, and the width d of each.
    pub heads: [usize; 2],
    pub forget_gate: ForgetGate,
}

/// What the memory is asked and given at each row: q, k / √d and v, `[rows, hidden]`, i and ln f,
/// `[rows, heads]`.
pub(crate) struct Access {
    pub query: Tensor<2>,
    pub key: Tensor<2>,
    pub value: Tensor<2>,
    pub input: Tensor<2>,
    pub log_forget: Tensor<2>,
}

impl Told {
    /// Its parts, and σ(o) `[rows, hidden]`.
    pub fn apart(&self) -> (Access, Tensor<2>) {
        let [heads, head] = self.heads;
        let hidden = heads * head;
        let block = |from: usize, width: usize| self.rows.clone().narrow(1, from, width);
        let forget = block(4 * hidden + heads, heads);
        let access = Access {
            query: block(0, hidden),
            key: block(hidden, hidden).div_scalar((head as f32).sqrt()),
            value: block(2 * hidden, hidden),
            input: block(4 * hidden, heads),
            log_forget: match self.forget_gate {
                ForgetGate::Sigmoid => activation::log_sigmoid(forget),
                ForgetGate::Exponential => forget,
            },
        };
        (access, activation::sigmoid(block(3 * hidden, hidden)))
    }
}

/// h at each step of `x`, read forward, `[batch·steps, hidden]`; at padding it means nothing.
pub(crate) fn parallel(told: &Told, x: &Padded, from: Option<&State>) -> Tensor<2> {
    let in_one = || matrix_memory(&told.rows, told.heads, told.forget_gate.into(), x);
    from.is_none().then(in_one).flatten().unwrap_or_else(|| {
        let (access, output) = told.apart();
        output * Steps::new(told.heads, &access, x, from).read()
    })
}

/// C, n and m after the last valid step of each sequence, as the cell carries them.
pub(crate) fn last_memory(told: &Told, x: &Padded, from: Option<&State>) -> Vec<Tensor<2>> {
    Steps::new(told.heads, &told.apart().0, x, from).last_memory()
}

/// C (rows by key) and n of each head, `[batch, heads, d, d]` and `[batch, heads, 1, d]`.
struct Memory {
    rows: Tensor<4>,
    normaliser: Tensor<4>,
}

/// The steps of a batch by heads.
struct Steps {
    /// `[batch, heads, steps, d]`
    query: Tensor<4>,
    key: Tensor<4>,
    value: Tensor<4>,
    /// ĩ_s − Σ ln f up to s, and Σ ln f up to t, `[batch, heads, steps]`.
    written: Tensor<3>,
    forgotten: Tensor<3>,
    /// What was there before.
    before: Option<Memory>,
    /// Its m, `[batch, heads, 1, 1]`.
    largest: Tensor<4>,
}

impl Steps {
    fn new([heads, head]: [usize; 2], access: &Access, x: &Padded, from: Option<&State>) -> Self {
        let ([batch, steps, _], device) = (x.values().dims(), x.device());
        let of_units =
            |rows: &Tensor<2>| rows.clone().reshape([batch, steps, heads, head]).swap_dims(1, 2);
        // Padding writes nothing and keeps everything, so that the last step of all has what a
        // shorter sequence ended with.
        let padding = x.is_ragged().then(|| {
            let is_padding = |&length: &usize| (0..steps).map(move |step| step >= length);
            let all: Vec<bool> = x.lengths().iter().flat_map(is_padding).collect();
            let all = TensorData::new(all, [batch, 1, steps]);
            Tensor::<3, Bool>::from_data(all, &device).expand([batch, heads, steps])
        });
        let of_heads = |rows: &Tensor<2>, at_padding: f32| {
            let by_head = rows.clone().reshape([batch, steps, heads]).swap_dims(1, 2);
            match &padding {
                Some(padding) => by_head.mask_fill(padding.clone(), at_padding),
                None => by_head,
            }
        };
        let forgotten = of_heads(&access.log_forget, 0.0).cumsum(2);
        let by_head = |it: &Tensor<2>| it.clone().reshape([batch, heads, 1, head]);
        let before = from.map(|State { memory, .. }| Memory {
            rows: Tensor::cat(memory[..head].iter().map(by_head).collect(), 2),
            normaliser: by_head(&memory[head]),
        });
        let largest = match from {
            None => Tensor::zeros([batch, heads, 1, 1], &device),
            Some(State { memory, .. }) => by_head(&memory[head + 1]).narrow(3, 0, 1),
        };
        Self {
            query: of_units(&access.query),
            key: of_units(&access.key),
            value: of_units(&access.value),
            written: of_heads(&access.input, NEVER) - forgotten.clone(),
            forgotten,
            before,
            largest,
        }
    }

    /// h before its gate, at each step, `[batch·steps, hidden]`, composed.
    fn read(&self) -> Tensor<2> {
        let [batch, heads, steps, head] = self.query.dims();
        // ln D_ts = Σ ln f up to t − Σ ln f up to s + ĩ_s, [batch, heads, t, s].
        let decay = self.forgotten.clone().unsqueeze_dim::<4>(3)
            + self.written.clone().unsqueeze_dim::<4>(2);
        let later: Vec<bool> = (0..steps).flat_map(|t| (0..steps).map(move |s| s > t)).collect();
        let later = TensorData::new(later, [1, 1, steps, steps]);
        let later = Tensor::<4, Bool>::from_data(later, &decay.device());
        let decay = decay.mask_fill(later.expand([batch, heads, steps, steps]), NEVER);
        let kept = self.forgotten.clone().unsqueeze_dim::<4>(3) + self.largest.clone();
        // No number that is read depends on m.
        let most = decay.clone().max_dim(3).max_pair(kept.clone()).detach();
        let (decay, kept) = ((decay - most.clone()).exp(), (kept - most.clone()).exp());
        let looks = self.query.clone().matmul(self.key.clone().swap_dims(2, 3)) * decay;
        let mut read = looks.clone().matmul(self.value.clone());
        let mut divisor = looks.sum_dim(3);
        if let Some(Memory { rows, normaliser }) = &self.before {
            let query = || self.query.clone();
            read = read + kept.clone() * query().matmul(rows.clone());
            divisor = divisor + kept * query().matmul(normaliser.clone().swap_dims(2, 3));
        }
        let read = read / divisor.abs().max_pair(most.neg().exp());
        read.swap_dims(1, 2).reshape([batch * steps, heads * head])
    }

    /// C, n and m after the last step.
    fn last_memory(&self) -> Vec<Tensor<2>> {
        let [batch, heads, steps, head] = self.query.dims();
        let forgotten = self.forgotten.clone().narrow(2, steps - 1, 1).unsqueeze_dim::<4>(3);
        let decay = self.written.clone().unsqueeze_dim::<4>(3) + forgotten.clone();
        let kept = forgotten + self.largest.clone();
        let most = decay.clone().max_dim(2).max_pair(kept.clone()).detach();
        let (decay, kept) = ((decay - most.clone()).exp(), (kept - most.clone()).exp());
        let written = self.key.clone() * decay; // [batch, heads, steps, d]
        let mut rows = written.clone().swap_dims(2, 3).matmul(self.value.clone());
        let mut normaliser = written.sum_dim(2);
        if let Some(before) = &self.before {
            rows = rows + kept.clone() * before.rows.clone();
            normaliser = normaliser + kept * before.normaliser.clone();
        }
        let of_units = |it: Tensor<4>| it.reshape([batch, heads * head]);
        let mut memory: Vec<_> =
            (0..head).map(|row| of_units(rows.clone().narrow(2, row, 1))).collect();
        memory.push(of_units(normaliser));
        memory.push(of_units(most.expand([batch, heads, 1, head])));
        memory
    }
}
