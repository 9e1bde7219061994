//! An LSTM layer of this crate in a Burn program of your own: its module, its training loop, nothing of
//! Unroll's. `cargo run --release -p unroll-architectures --example train_lstm`, or `-- gru` for another cell.
//!
//! The task is the adding problem: of the numbers of a sequence two are marked, and their sum is asked
//! for. Who predicts 1 without looking has a loss of 1/6.

use architectures::layer::{CellEntry, Layer};
use architectures::sequence::Direction;
use architectures::{ArchitectureError, Initializer, Padded, cells};
use burn::module::Module;
use burn::nn::Linear;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};

const BATCH: usize = 32;
const STEPS: usize = 20;
const HIDDEN: usize = 16;
const RATE: f64 = 1e-2;

/// A recurrent layer and what reads its last state.
#[derive(Module, Debug)]
struct Adder {
    layer: Layer,
    head: Linear,
}

impl Adder {
    fn new(
        cell: &CellEntry,
        uniform: &mut dyn FnMut() -> f32,
        device: &Device,
    ) -> Result<Self, ArchitectureError> {
        // Every option of the cell with its default; `options.insert("forget_gate", ...)` changes one.
        let options = schema::defaults(cell.keys);
        let mut init = Initializer::new(uniform, device);
        let layer = cell.layer(2, HIDDEN, &options, &mut init)?;
        Ok(Self { layer, head: init.linear(HIDDEN, 1) })
    }

    /// `[batch, 1]`; padding has no influence.
    fn forward(&self, x: &Padded) -> Tensor<2> {
        self.head.forward(self.layer.last(x, Direction::Forward))
    }
}

/// Numbers from 0 to 1 that depend on the seed alone.
fn draw(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    }
}

/// Sequences of half to all of the steps, each step a number and whether it is marked; and their sums.
fn batch(uniform: &mut dyn FnMut() -> f32, device: &Device) -> (Padded, Tensor<2>) {
    let mut x = vec![0.0; BATCH * STEPS * 2];
    let (mut lengths, mut sums) = (Vec::new(), Vec::new());
    for row in 0..BATCH {
        let half = STEPS / 2;
        let length = half + (uniform() * (half + 1) as f32) as usize;
        // One in either half, so that they differ.
        let marked = [
            (uniform() * (length / 2) as f32) as usize,
            length / 2 + (uniform() * (length - length / 2) as f32) as usize,
        ];
        let mut sum = 0.0;
        for step in 0..length {
            let number = uniform();
            let at = (row * STEPS + step) * 2;
            x[at] = number;
            if marked.contains(&step) {
                x[at + 1] = 1.0;
                sum += number;
            }
        }
        lengths.push(length);
        sums.push(sum);
    }
    let x = Tensor::<3>::from_data(TensorData::new(x, [BATCH, STEPS, 2]), device);
    let x = Padded::new(x, lengths).expect("every length is at least one step and at most all");
    (x, Tensor::from_data(TensorData::new(sums, [BATCH, 1]), device))
}

fn main() -> Result<(), ArchitectureError> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "lstm".into());
    let Some(cell) = cells::find(&name) else {
        eprintln!("there is no cell {name}");
        std::process::exit(2);
    };
    let device = Device::flex().autodiff();
    let mut model = Adder::new(cell, &mut draw(1), &device)?;
    let mut optimizer = AdamConfig::new().init();
    let mut uniform = draw(2);
    for step in 0..=600 {
        let (x, sums) = batch(&mut uniform, &device);
        let loss = (model.forward(&x) - sums).square().mean();
        if step % 100 == 0 {
            println!("step {step:>3}: loss {:.4}", loss.clone().into_scalar::<f32>());
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(RATE, model, gradients);
    }
    Ok(())
}
