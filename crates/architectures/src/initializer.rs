//! Initial weights, drawn on the host so that every backend starts from the same ones.

use std::ops::Range;

use burn::module::{Param, ParamId};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};

/// Draws initial weights from one stream, in the order of the calls.
pub struct Initializer<'a> {
    /// `None` where only shapes are asked for.
    uniform: Option<&'a mut dyn FnMut() -> f32>,
    device: &'a Device,
}

impl<'a> Initializer<'a> {
    /// Draws from `uniform`, which gives numbers in [0, 1), and puts tensors on `device`.
    pub fn new(uniform: &'a mut dyn FnMut() -> f32, device: &'a Device) -> Self {
        Self { uniform: Some(uniform), device }
    }

    /// Gives parameters their shapes and no values, for counting them: that takes no memory
    /// for models that are larger than it.
    pub fn shapes(device: &'a Device) -> Self {
        Self { uniform: None, device }
    }

    /// Where the weights go.
    pub fn device(&self) -> &Device {
        self.device
    }

    /// Weights from U(-1/√fan, 1/√fan), PyTorch's default for recurrent and linear layers.
    pub fn uniform<const D: usize>(&mut self, shape: [usize; D], fan: usize) -> Param<Tensor<D>> {
        self.shifted(shape, fan, 0..0, 0.0)
    }

    /// A bias from U(-1/√fan, 1/√fan) with `shift` added to the elements of `range`.
    pub fn shifted_bias(
        &mut self,
        size: usize,
        fan: usize,
        range: Range<usize>,
        shift: f32,
    ) -> Param<Tensor<1>> {
        self.shifted([size], fan, range, shift)
    }

    fn shifted<const D: usize>(
        &mut self,
        shape: [usize; D],
        fan: usize,
        range: Range<usize>,
        shift: f32,
    ) -> Param<Tensor<D>> {
        let Some(uniform) = &mut self.uniform else {
            let zeros = move |device: &Device, _| Tensor::zeros(shape, device);
            let device = self.device.clone();
            return Param::uninitialized(ParamId::new(), zeros, device, true, shape.into());
        };
        let bound = 1.0 / (fan as f32).sqrt();
        let draw = |i| {
            let value = (2.0 * uniform() - 1.0) * bound;
            if range.contains(&i) { value + shift } else { value }
        };
        let values: Vec<f32> = (0..shape.iter().product()).map(draw).collect();
        Param::from_data(TensorData::new(values, shape), self.device)
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
}
