//! Initial weights, drawn on the host so that every backend starts from the same ones.

use burn::module::Param;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};

/// Draws initial weights from one stream, in the order of the calls.
pub struct Initializer<'a> {
    uniform: &'a mut dyn FnMut() -> f32,
    device: &'a Device,
}

impl<'a> Initializer<'a> {
    /// Draws from `uniform`, which gives numbers in [0, 1), and puts tensors on `device`.
    pub fn new(uniform: &'a mut dyn FnMut() -> f32, device: &'a Device) -> Self {
        Self { uniform, device }
    }

    /// Where the weights go.
    pub fn device(&self) -> &Device {
        self.device
    }

    /// Weights from U(-1/√fan, 1/√fan), PyTorch's default for recurrent and linear layers.
    pub fn uniform<const D: usize>(&mut self, shape: [usize; D], fan: usize) -> Param<Tensor<D>> {
        let bound = 1.0 / (fan as f32).sqrt();
        let draw = |_| (2.0 * (self.uniform)() - 1.0) * bound;
        let values = (0..shape.iter().product()).map(draw).collect();
        self.values(shape, values)
    }

    /// A bias from U(-1/√fan, 1/√fan) with `shift` added to the elements of `range`.
    pub fn shifted_bias(
        &mut self,
        size: usize,
        fan: usize,
        range: std::ops::Range<usize>,
        shift: f32,
    ) -> Param<Tensor<1>> {
        let bound = 1.0 / (fan as f32).sqrt();
        let draw = |i| {
            let value = (2.0 * (self.uniform)() - 1.0) * bound;
            if range.contains(&i) { value + shift } else { value }
        };
        let values = (0..size).map(draw).collect();
        self.values([size], values)
    }

    /// A linear layer, weight `[input, output]`, all from U(-1/√input, 1/√input).
    pub fn linear(&mut self, input: usize, output: usize) -> Linear {
        let mut linear = LinearConfig::new(input, output).init(self.device);
        linear.weight = self.uniform([input, output], input);
        linear.bias = Some(self.uniform([output], input));
        linear
    }

    /// A layer normalisation over `width`, scale 1 and shift 0.
    pub fn layer_norm(&mut self, width: usize) -> LayerNorm {
        LayerNormConfig::new(width).init(self.device)
    }

    fn values<const D: usize>(&self, shape: [usize; D], values: Vec<f32>) -> Param<Tensor<D>> {
        Param::from_data(TensorData::new(values, shape), self.device)
    }
}
