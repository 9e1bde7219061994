//! Attention of the steps of each sequence to each other, in one operation.
//!
//! Composed of a backend's own operations the scores of all pairs of steps lie in memory, several times.
//! On the CPU backends [`dense`] has those of a few steps at a time, and computes them again for the
//! gradients.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

use burn::tensor::{Bool, Tensor, TensorData, activation};
use dense::Attention;

use crate::host_operation::prelude::*;
use crate::padded::Padded;

/// Which steps of a sequence each one sees: valid ones alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionOptions {
    /// Heads, which divide the width.
    pub heads: usize,
    /// Whether a step sees none after its own.
    pub causal: bool,
    /// Steps that are seen, back from each, itself included, and as many ahead.
    pub window: usize,
}

/// What stands for the score of a step that is not seen: less than any, so that its weight is 0,
/// and finite, so that padding that sees nothing has no NaN.
const UNSEEN: f32 = -1e30;

/// softmax(q kᵀ / √d) v for each head of d numbers, over the steps that each step sees. Query, key and
/// value are rows `[batch·steps, heads·d]` of the steps of `x`; so is what comes out, and means nothing at
/// padding.
pub fn attention(
    [query, key, value]: [Tensor<2>; 3],
    x: &Padded,
    options: AttentionOptions,
) -> Tensor<2> {
    if has_kernel(&query) {
        let call = Call { lengths: x.lengths().to_vec(), steps: x.steps(), options };
        let operands = [query.into_dispatch(), key.into_dispatch(), value.into_dispatch()];
        let [query, key, value] = operands;
        return Tensor::from_dispatch(Dispatch::attention(query, key, value, call));
    }
    composed([query, key, value], x, options)
}

/// The same in operations that every backend has.
fn composed(operands: [Tensor<2>; 3], x: &Padded, options: AttentionOptions) -> Tensor<2> {
    let (shape @ [_, width], [batch, steps]) = (operands[0].dims(), [x.batch(), x.steps()]);
    let head = width / options.heads;
    let [query, key, value] =
        operands.map(|rows| rows.reshape([batch, steps, options.heads, head]).swap_dims(1, 2));
    let scores = query.matmul(key.swap_dims(2, 3)).div_scalar((head as f32).sqrt());
    // Where some see what others do not.
    let hides = x.is_ragged() || options.causal || options.window < steps;
    let scores = if hides {
        let out = out_of_sight(x, options).expand([batch, options.heads, steps, steps]);
        scores.mask_fill(out, UNSEEN)
    } else {
        scores
    };
    activation::softmax(scores, 3).matmul(value).swap_dims(1, 2).reshape(shape)
}

/// True where a step is out of another's sight, `[batch, 1, steps, steps]`.
fn out_of_sight(
    x: &Padded,
    AttentionOptions { causal, window, .. }: AttentionOptions,
) -> Tensor<4, Bool> {
    let steps = x.steps();
    let of_sequence = |&length: &usize| {
        let hidden = move |from: usize, to: usize| {
            to >= length || (causal && to > from) || from.abs_diff(to) >= window
        };
        (0..steps).flat_map(move |from| (0..steps).map(move |to| hidden(from, to)))
    };
    let all: Vec<bool> = x.lengths().iter().flat_map(of_sequence).collect();
    Tensor::from_data(TensorData::new(all, [x.batch(), 1, steps, steps]), &x.device())
}

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    lengths: Vec<usize>,
    steps: usize,
    options: AttentionOptions,
}

host_operation!(AttentionOps::attention([query, key, value; 3], Call) saves ());

/// What `work` gives for query, key and value as slices.
fn with<B: HostMemory, T>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
    work: impl FnOnce(Attention) -> T,
) -> T {
    let width = operands[0].shape()[1];
    let [query, key, value] = operands.each_ref().map(B::elements);
    work(Attention {
        batch: call.lengths.len(),
        steps: call.steps,
        heads: call.options.heads,
        head: width / call.options.heads,
        lengths: &call.lengths,
        causal: call.options.causal,
        window: call.options.window,
        threads: rayon::current_num_threads(),
        query: &query,
        key: &key,
        value: &value,
    })
}

fn forward<B: HostMemory>(operands: &[FloatTensor<B>; 3], call: &Call) -> (FloatTensor<B>, ()) {
    let made = with::<B, _>(operands, call, |it| it.forward());
    (B::tensor(made, operands[0].shape(), &operands[0].device()), ())
}

fn backward<B: HostMemory>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
    (): (),
    gradient: &[f32],
    _wanted: [bool; 3],
) -> [Vec<f32>; 3] {
    let of = with::<B, _>(operands, call, |it| it.backward(gradient));
    [of.query, of.key, of.value]
}
