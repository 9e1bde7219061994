//! All steps of an mLSTM at once; the equations are those of [`mlstm`](crate::mlstm).

use burn::tensor::{Bool, Tensor, TensorData};
use kernels::{Padded, State};

/// What stands for an exponent of something that is not there.
const NEVER: f32 = -1e30;

/// What a step tells of itself: everything but the memory.
pub(crate) struct Told {
    /// q, `[rows, hidden]`.
    pub query: Tensor<2>,
    /// k, with its division by √d.
    pub key: Tensor<2>,
    /// v
    pub value: Tensor<2>,
    /// o
    pub output: Tensor<2>,
    /// ĩ, `[rows, heads]`.
    pub input: Tensor<2>,
    /// ln f, likewise.
    pub log_forget: Tensor<2>,
}

/// What came of a batch.
pub(crate) struct All {
    /// h at each step, `[batch, steps, hidden]`; what is at padding means nothing.
    pub hidden: Tensor<3>,
    /// C, n and m after the last valid step of each sequence, as the cell carries them.
    pub memory: Vec<Tensor<2>>,
}

/// All steps of `x`, read forward, from what they tell, `heads` of the width `head`.
pub(crate) fn parallel(
    [heads, head]: [usize; 2],
    told: Told,
    x: &Padded,
    from: Option<&State>,
) -> All {
    let ([batch, steps, _], device, hidden) = (x.values().dims(), x.device(), heads * head);
    let Told { query, key, value, output, input, log_forget } = told;
    let of_units = |rows: Tensor<2>| rows.reshape([batch, steps, heads, head]).swap_dims(1, 2);
    let (query, key, value) = (of_units(query), of_units(key), of_units(value));
    // Padding writes nothing and keeps everything, so that the last step of all has what a shorter
    // sequence ended with.
    let padding = x.is_ragged().then(|| {
        let is_padding = |&length: &usize| (0..steps).map(move |step| step >= length);
        let all: Vec<bool> = x.lengths().iter().flat_map(is_padding).collect();
        let all = Tensor::<3, Bool>::from_data(TensorData::new(all, [batch, 1, steps]), &device);
        all.expand([batch, heads, steps])
    });
    let of_heads = |rows: Tensor<2>, at_padding: f32| {
        let by_head = rows.reshape([batch, steps, heads]).swap_dims(1, 2);
        match &padding {
            Some(padding) => by_head.mask_fill(padding.clone(), at_padding),
            None => by_head,
        }
    };
    let input = of_heads(input, NEVER);
    let forgotten = of_heads(log_forget, 0.0).cumsum(2);

    // ln D_ts = Σ ln f up to t − Σ ln f up to s + ĩ_s, [batch, heads, t, s].
    let decay =
        forgotten.clone().unsqueeze_dim::<4>(3) + (input - forgotten.clone()).unsqueeze_dim::<4>(2);
    let later: Vec<bool> = (0..steps).flat_map(|t| (0..steps).map(move |s| s > t)).collect();
    let later = TensorData::new(later, [1, 1, steps, steps]);
    let later = Tensor::<4, Bool>::from_data(later, &device);
    let decay = decay.mask_fill(later.expand([batch, heads, steps, steps]), NEVER);
    let kept = forgotten.unsqueeze_dim::<4>(3); // [batch, heads, steps, 1]
    let (rows, normaliser, largest) = match from {
        None => (None, None, Tensor::zeros([batch, heads, 1, 1], &device)),
        Some(State { memory, .. }) => {
            let by_head = |it: &Tensor<2>| it.clone().reshape([batch, heads, 1, head]);
            let rows = memory[..head].iter().map(by_head).collect();
            let largest = by_head(&memory[head + 1]).narrow(3, 0, 1);
            (Some(Tensor::cat(rows, 2)), Some(by_head(&memory[head])), largest)
        }
    };
    let kept = kept + largest;
    // No number that is read depends on m.
    let most = decay.clone().max_dim(3).max_pair(kept.clone()).detach();
    let (decay, kept) = ((decay - most.clone()).exp(), (kept - most.clone()).exp());

    let looks = query.clone().matmul(key.clone().swap_dims(2, 3)) * decay.clone();
    let mut read = looks.clone().matmul(value.clone());
    let mut divisor = looks.sum_dim(3);
    if let (Some(rows), Some(normaliser)) = (&rows, &normaliser) {
        read = read + kept.clone() * query.clone().matmul(rows.clone());
        divisor = divisor + kept.clone() * query.matmul(normaliser.clone().swap_dims(2, 3));
    }
    let read = read / divisor.abs().max_pair(most.clone().neg().exp());
    let hidden_states = output.reshape([batch, steps, hidden])
        * read.swap_dims(1, 2).reshape([batch, steps, hidden]);

    let of_last = |it: Tensor<4>| it.narrow(2, steps - 1, 1);
    let written = key * of_last(decay).swap_dims(2, 3); // [batch, heads, steps, d]
    let mut last_rows = written.clone().swap_dims(2, 3).matmul(value);
    let mut last_normaliser = written.sum_dim(2);
    let kept = of_last(kept);
    if let (Some(rows), Some(normaliser)) = (rows, normaliser) {
        last_rows = last_rows + kept.clone() * rows;
        last_normaliser = last_normaliser + kept * normaliser;
    }
    let of_units = |it: Tensor<4>| it.reshape([batch, hidden]);
    let mut memory: Vec<_> =
        (0..head).map(|row| of_units(last_rows.clone().narrow(2, row, 1))).collect();
    memory.push(of_units(last_normaliser));
    memory.push(of_units(of_last(most).expand([batch, heads, 1, head])));
    All { hidden: hidden_states, memory }
}
