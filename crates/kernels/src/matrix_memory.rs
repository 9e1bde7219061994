//! An mLSTM at all steps in one operation, from the product with its weights on; the equation is
//! [`dense::MatrixMemory`]'s.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

use burn::tensor::{Shape, Tensor};
use dense::{ForgetGate, MatrixMemory};

use crate::host_operation::prelude::*;
use crate::padded::Padded;

/// h at each step of `x`, `[batch·steps, hidden]`, 0 at padding, from an empty memory on; `rows` are q, k, v
/// and o of all heads, then i and f̃ of each, `[batch·steps, 4·hidden + 2·heads]`. `None` on backends that do
/// not have the operation.
pub fn matrix_memory(
    rows: &Tensor<2>,
    [heads, head]: [usize; 2],
    forget: ForgetGate,
    x: &Padded,
) -> Option<Tensor<2>> {
    if !has_kernel(rows) {
        return None;
    }
    let call = Call { lengths: x.lengths().to_vec(), steps: x.steps(), heads, head, forget };
    let hidden = Dispatch::matrix_memory(rows.clone().into_dispatch(), call);
    Some(Tensor::from_dispatch(hidden))
}

/// What is to be computed, beside the tensor.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    lengths: Vec<usize>,
    steps: usize,
    heads: usize,
    head: usize,
    forget: ForgetGate,
}

impl Call {
    fn of<'a>(&'a self, rows: &'a [f32]) -> MatrixMemory<'a> {
        let Self { ref lengths, steps, heads, head, forget } = *self;
        let threads = rayon::current_num_threads();
        MatrixMemory { steps, heads, head, lengths, threads, forget, rows }
    }
}

host_operation!(MatrixMemoryOps::matrix_memory([rows; 1], Call) saves ());

fn forward<B: HostMemory>([rows]: &[FloatTensor<B>; 1], call: &Call) -> (FloatTensor<B>, ()) {
    let hidden = call.of(&B::elements(rows)).forward();
    let shape = [call.lengths.len() * call.steps, call.heads * call.head];
    (B::tensor(hidden, Shape::new(shape), &rows.device()), ())
}

fn backward<B: HostMemory>(
    [rows]: &[FloatTensor<B>; 1],
    call: &Call,
    (): (),
    gradient: &[f32],
    _wanted: [bool; 1],
) -> [Vec<f32>; 1] {
    [call.of(&B::elements(rows)).backward(gradient)]
}
