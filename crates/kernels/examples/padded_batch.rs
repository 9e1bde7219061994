//! Sequences of different length in one batch, through an LSTM layer, forward and backward: what
//! fills up the shorter ones has no influence. `cargo run --release -p unroll-kernels --example padded_batch`.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use kernels::{BatchError, CellKernel, Padded, Run, Weights, recurrent_sequence};
use recurrence::cells::Lstm;

const STEPS: usize = 6;
const INPUT: usize = 3;
const HIDDEN: usize = 5;
/// i, f, g and o, side by side.
const WIDTH: usize = 4 * HIDDEN;

/// Numbers from -0.5 to 0.5 that depend on the seed alone.
fn draw(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    }
}

fn main() -> Result<(), BatchError> {
    // Any device of Burn: on this one the layer is one operation of the autodiff graph, on a GPU it is
    // composed of the backend's own.
    let device = Device::flex().autodiff();
    let mut uniform = draw(1);
    let mut numbers = |count: usize| (0..count).map(|_| uniform()).collect::<Vec<_>>();
    let matrix = |values: Vec<f32>, shape: [usize; 2]| {
        Tensor::<2>::from_data(TensorData::new(values, shape), &device).require_grad()
    };
    let bias = TensorData::new(numbers(WIDTH), [WIDTH]);
    let weights = Weights {
        input_weight: matrix(numbers(INPUT * WIDTH), [INPUT, WIDTH]),
        recurrent_weight: Some(matrix(numbers(HIDDEN * WIDTH), [HIDDEN, WIDTH])),
        bias: Tensor::<1>::from_data(bias, &device).require_grad(),
        candidate_bias: None,
        parameters: None,
    };

    let lengths = vec![6, 4, 1];
    let shape = [lengths.len(), STEPS, INPUT];
    let values = numbers(lengths.len() * STEPS * INPUT);
    let x = Tensor::<3>::from_data(TensorData::new(values, shape), &device);
    let x = Padded::new(x, lengths)?;
    // The same sequences with something else behind their ends.
    let ones = x.mask().ones_like();
    let other = x.with_values(x.values().clone() + (ones - x.mask()) * 100.0);

    let cell: Arc<dyn CellKernel> = Arc::new(Lstm::PLAIN);
    let mut gradients = Vec::new();
    for batch in [&x, &other] {
        // Backwards, which begins at each sequence's own last step.
        let run = Run { reverse: true, ..Run::default() };
        let output = recurrent_sequence(&cell, batch, &weights, run);
        let memory = output.last.memory[0].clone();
        let loss = output.hidden.square().mean() + memory.square().mean();
        let by_weight = weights.input_weight.grad(&loss.backward()).expect("it has a part in it");
        println!("loss {:.6}", loss.into_scalar::<f32>());
        gradients.push(by_weight);
    }
    let apart = (gradients[0].clone() - gradients[1].clone()).abs().max();
    println!("largest difference of the gradients by W: {}", apart.into_scalar::<f32>());
    Ok(())
}
