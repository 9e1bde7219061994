//! Windows in one operation against the same composed of the backend's operations, bit for bit.

mod devices;

use burn::tensor::{Device, Tensor, TensorData};
use devices::devices;
use kernels::Windows;

fn draw(count: usize, seed: u32) -> Vec<f32> {
    (0..count).map(|i| ((i as f32 + 1.0) * 12.9898 + seed as f32).sin() * 1.7).collect()
}

fn numbers(tensor: Tensor<3>) -> Vec<u32> {
    let numbers = tensor.into_data().try_to_vec::<f32>().unwrap();
    numbers.into_iter().map(f32::to_bits).collect()
}

/// Shapes at the edges: one step, strides that do not divide, all zeros before or behind.
const CASES: [(usize, Windows); 7] = [
    (1, Windows { kernel: 1, dilation: 1, stride: 1, before: 0, outputs: 1 }),
    (1, Windows { kernel: 4, dilation: 3, stride: 1, before: 9, outputs: 1 }),
    (9, Windows { kernel: 3, dilation: 1, stride: 1, before: 1, outputs: 9 }),
    (9, Windows { kernel: 3, dilation: 2, stride: 1, before: 4, outputs: 9 }),
    (9, Windows { kernel: 4, dilation: 1, stride: 2, before: 1, outputs: 5 }),
    (10, Windows { kernel: 2, dilation: 3, stride: 3, before: 3, outputs: 4 }),
    (5, Windows { kernel: 7, dilation: 8, stride: 1, before: 48, outputs: 5 }),
];

#[test]
fn are_those_composed_of_the_backends_operations() {
    for device in devices() {
        for (seed, (steps, windows)) in (0..).zip(CASES) {
            let [batch, channels] = [3, 5];
            let x = TensorData::new(draw(batch * steps * channels, seed), [batch, steps, channels]);
            let width = windows.kernel * channels;
            let weights = draw(batch * windows.outputs * width, seed + 100);
            let weights = TensorData::new(weights, [batch, windows.outputs, width]);
            let [got, expected] = [Windows::of, Windows::composed].map(|way| {
                let x = Tensor::<3>::from_data(x.clone(), &device).require_grad();
                let cut = way(windows, x.clone());
                assert_eq!(cut.dims(), [batch, windows.outputs, width]);
                let weights = Tensor::<3>::from_data(weights.clone(), &device);
                let gradients = (cut.clone() * weights).sum().backward();
                (numbers(cut), numbers(x.grad(&gradients).unwrap()))
            });
            assert_eq!(got.0, expected.0, "{windows:?} of {steps} steps");
            assert_eq!(got.1, expected.1, "the gradient of {windows:?} of {steps} steps");
        }
    }
}

#[test]
fn without_gradients_they_are_the_same() {
    let device = Device::flex();
    for (seed, (steps, windows)) in (0..).zip(CASES) {
        let x = TensorData::new(draw(2 * steps * 3, seed), [2, steps, 3]);
        let x = Tensor::<3>::from_data(x, &device);
        assert_eq!(numbers(windows.of(x.clone())), numbers(windows.composed(x)), "{windows:?}");
    }
}
