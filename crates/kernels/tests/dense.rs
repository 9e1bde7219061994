//! Linear layers, convolutions, layer norm and attention in one operation against the same composed of the
//! backend's operations, which is what numbers of another type get.

mod devices;

use burn::tensor::{DType, Device, Tensor, TensorData};
use devices::devices;
use kernels::{
    Activation, AttentionOptions, Padded, Windows, attention, convolution, layer_norm, linear,
};

/// Differences, as a part of the largest element (at least 1).
const TOLERANCE: f64 = 2e-5;

/// Numbers in [-1, 1], none of which repeats soon.
fn tensor<const D: usize>(
    seed: u32,
    shape: [usize; D],
    device: &Device,
    dtype: DType,
) -> Tensor<D> {
    let numbers = (0..shape.iter().product())
        .map(|i: usize| f64::from(((i as f32 + 1.0) * 12.9898 + seed as f32).sin()));
    let data = TensorData::new(numbers.collect::<Vec<_>>(), shape).convert_dtype(dtype);
    Tensor::from_data(data, (device, dtype)).require_grad()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec().unwrap()
}

/// The result and the gradients of three operands, by the operation (f32) and composed (f64).
fn check<const A: usize, const B: usize, const C: usize, const R: usize>(
    what: &str,
    shapes: ([usize; A], [usize; B], [usize; C]),
    run: impl Fn(Tensor<A>, Tensor<B>, Tensor<C>) -> Tensor<R>,
) {
    for device in devices() {
        let [got, expected] = [DType::F32, DType::F64].map(|dtype| {
            let first = tensor(1, shapes.0, &device, dtype);
            let second = tensor(2, shapes.1, &device, dtype);
            let third = tensor(3, shapes.2, &device, dtype);
            let made = run(first.clone(), second.clone(), third.clone());
            let weights = tensor(4, made.dims(), &device, dtype);
            let gradients = (made.clone() * weights).sum().backward();
            let of_first = numbers(first.grad(&gradients).unwrap());
            let of_second = numbers(second.grad(&gradients).unwrap());
            [numbers(made), of_first, of_second, numbers(third.grad(&gradients).unwrap())]
        });
        for (which, (got, expected)) in got.iter().zip(&expected).enumerate() {
            assert_eq!(got.len(), expected.len());
            let scale = expected.iter().fold(1.0_f64, |scale, value| scale.max(value.abs()));
            for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
                let near = (got - expected).abs() <= TOLERANCE * scale;
                assert!(near, "{what}, {which}[{at}]: {got}, not {expected}");
            }
        }
    }
}

const ACTIVATIONS: [Activation; 2] = [Activation::Identity, Activation::Relu];

#[test]
fn linear_layers() {
    for activation in ACTIVATIONS {
        check("linear", ([2, 5, 3], [3, 7], [7]), |x, weight, bias| {
            linear(x, weight, bias, activation)
        });
    }
}

#[test]
fn convolutions() {
    for windows in [
        Windows { kernel: 3, dilation: 1, stride: 1, before: 1, outputs: 9 },
        Windows { kernel: 3, dilation: 2, stride: 1, before: 4, outputs: 9 },
        Windows { kernel: 4, dilation: 1, stride: 2, before: 1, outputs: 5 },
    ] {
        for activation in ACTIVATIONS {
            let shapes = ([2, 9, 3], [windows.kernel * 3, 5], [5]);
            check(&format!("{windows:?}"), shapes, |x, weight, bias| {
                convolution(x, weight, bias, windows, activation)
            });
        }
    }
}

#[test]
fn layer_norms() {
    for activation in ACTIVATIONS {
        check("layer norm", ([2, 5, 7], [7], [7]), |x, scale, shift| {
            layer_norm(x, scale, shift, 1e-2, activation)
        });
    }
}

#[test]
fn attention_in_all_its_forms() {
    for (lengths, causal, window) in [
        (vec![6, 6], false, 6),
        (vec![6, 6], true, 6),
        (vec![4, 6], false, 6),
        (vec![6, 6], false, 2),
        (vec![6, 6], true, 3),
    ] {
        let options = AttentionOptions { heads: 2, causal, window };
        let shape = [12, 6];
        check(&format!("{options:?} {lengths:?}"), (shape, shape, shape), |query, key, value| {
            let steps = Tensor::zeros([2, 6, 1], &query.device());
            let x = Padded::new(steps, lengths.clone()).unwrap();
            // What is at padding means nothing.
            x.with_rows(attention([query, key, value], &x, options)).zero_padding().rows()
        });
    }
}
