//! What an mLSTM reads of its memory at all steps, in one operation; the equation is
//! [`dense::MatrixMemory`]'s.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

use burn::tensor::Tensor;
use dense::MatrixMemory;

use crate::host_operation::prelude::*;
use crate::padded::Padded;

/// Query, key and value of the steps of a batch, rows `[batch·steps, heads·d]`, and the gates i and ln f,
/// `[batch·steps, heads]`.
#[derive(Debug, Clone)]
pub struct MemoryAccess<T> {
    /// What is looked for.
    pub query: T,
    /// What it is found by.
    pub key: T,
    /// What is written.
    pub value: T,
    /// The exponent of how much of it.
    pub input: T,
    /// The logarithm of how much is kept.
    pub log_forget: T,
}

impl<T> MemoryAccess<T> {
    fn into_array(self) -> [T; 5] {
        let Self { query, key, value, input, log_forget } = self;
        [query, key, value, input, log_forget]
    }
}

/// What is read of an empty memory at each step of `x`, `[batch·steps, heads·d]`, 0 at padding; `None` on
/// backends that do not have the operation.
pub fn matrix_memory(access: &MemoryAccess<Tensor<2>>, x: &Padded) -> Option<Tensor<2>> {
    if !has_kernel(&access.query) {
        return None;
    }
    let call = Call { lengths: x.lengths().to_vec(), steps: x.steps() };
    let [query, key, value, input, log_forget] =
        access.clone().into_array().map(Tensor::into_dispatch);
    let read = Dispatch::matrix_memory(query, key, value, input, log_forget, call);
    Some(Tensor::from_dispatch(read))
}

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    lengths: Vec<usize>,
    steps: usize,
}

host_operation!(
    MatrixMemoryOps::matrix_memory([query, key, value, input, log_forget; 5], Call) saves ()
);

/// What `work` gives for the operands as slices.
fn with<B: HostMemory, T>(
    operands: &[FloatTensor<B>; 5],
    call: &Call,
    work: impl FnOnce(MatrixMemory) -> T,
) -> T {
    let (width, heads) = (operands[0].shape()[1], operands[3].shape()[1]);
    let [query, key, value, input, log_forget] = operands.each_ref().map(B::elements);
    work(MatrixMemory {
        steps: call.steps,
        heads,
        head: width / heads,
        lengths: &call.lengths,
        threads: rayon::current_num_threads(),
        query: &query,
        key: &key,
        value: &value,
        input: &input,
        log_forget: &log_forget,
    })
}

fn forward<B: HostMemory>(operands: &[FloatTensor<B>; 5], call: &Call) -> (FloatTensor<B>, ()) {
    let made = with::<B, _>(operands, call, |it| it.forward());
    (B::tensor(made, operands[0].shape(), &operands[0].device()), ())
}

fn backward<B: HostMemory>(
    operands: &[FloatTensor<B>; 5],
    call: &Call,
    (): (),
    gradient: &[f32],
    _wanted: [bool; 5],
) -> [Vec<f32>; 5] {
    let of = with::<B, _>(operands, call, |it| it.backward(gradient));
    [of.query, of.key, of.value, of.input, of.log_forget]
}
