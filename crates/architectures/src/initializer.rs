//! Initial weights, drawn on the host so that every backend starts from the same ones.

use burn::module::{Param, ParamId};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};

use crate::burn_layers::EPSILON;

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
        self.made(shape, |draw| within(1.0 / (fan as f32).sqrt(), shape.iter().product(), draw))
    }

    /// Weights from U(-√(6/fan), √(6/fan)), which keep the size of what goes through layers of ReLUs
    /// (He et al. 2015, arXiv:1502.01852).
    pub fn he_uniform<const D: usize>(
        &mut self,
        shape: [usize; D],
        fan: usize,
    ) -> Param<Tensor<D>> {
        self.made(shape, |draw| within((6.0 / fan as f32).sqrt(), shape.iter().product(), draw))
    }

    /// Weights that `make` gives, row by row, from uniform numbers in [0, 1).
    pub fn made<const D: usize>(
        &mut self,
        shape: [usize; D],
        make: impl FnOnce(&mut dyn FnMut() -> f32) -> Vec<f32>,
    ) -> Param<Tensor<D>> {
        let Some(uniform) = &mut self.uniform else {
            let zeros = move |device: &Device, _| Tensor::zeros(shape, device);
            let device = self.device.clone();
            return Param::uninitialized(ParamId::new(), zeros, device, true, shape.into());
        };
        Param::from_data(TensorData::new(make(uniform), shape), self.device)
    }

    /// A linear layer, weight `[input, output]`, all from U(-1/√input, 1/√input).
    pub fn linear(&mut self, input: usize, output: usize) -> Linear {
        let mut linear = LinearConfig::new(input, output).init(self.device);
        linear.weight = self.uniform([input, output], input);
        linear.bias = Some(self.uniform([output], input));
        linear
    }

    /// An embedding, weight `[vocabulary, width]` from N(0, 1), as PyTorch's.
    pub fn embedding(&mut self, vocabulary: usize, width: usize) -> Embedding {
        let mut embedding = EmbeddingConfig::new(vocabulary, width).init(self.device);
        embedding.weight = self.normal([vocabulary, width], 1.0);
        embedding
    }

    /// Weights from N(0, deviation²).
    pub fn normal<const D: usize>(
        &mut self,
        shape: [usize; D],
        deviation: f32,
    ) -> Param<Tensor<D>> {
        self.made(shape, |draw| {
            let mut normal = normals(draw);
            (0..shape.iter().product()).map(|_| normal() * deviation).collect()
        })
    }

    /// Weights that are computed from others, `[size]`.
    pub fn computed<const D: usize>(
        &mut self,
        size: usize,
        from: &Param<Tensor<D>>,
        compute: impl Fn(Tensor<D>) -> Tensor<1>,
    ) -> Param<Tensor<1>> {
        if self.uniform.is_none() {
            return self.uniform([size], 1);
        }
        Param::from_data(compute(from.val()).into_data(), self.device)
    }

    /// A layer normalisation over `width`, scale 1 and shift 0.
    pub fn layer_norm(&mut self, width: usize) -> LayerNorm {
        LayerNormConfig::new(width).with_epsilon(EPSILON).init(self.device)
    }
}

/// Numbers from U(−bound, bound).
pub(crate) fn within(bound: f32, count: usize, draw: &mut dyn FnMut() -> f32) -> Vec<f32> {
    (0..count).map(|_| (2.0 * draw() - 1.0) * bound).collect()
}

/// Numbers from N(0, 1), two from two uniform ones: Box and Muller 1958.
pub fn normals(draw: &mut dyn FnMut() -> f32) -> impl FnMut() -> f32 {
    let mut spare = None;
    move || {
        spare.take().unwrap_or_else(|| {
            // 1 − u lies in (0, 1], where the logarithm is finite.
            let radius = (-2.0 * (1.0 - draw()).ln()).sqrt();
            let (sine, cosine) = (std::f32::consts::TAU * draw()).sin_cos();
            spare = Some(radius * sine);
            radius * cosine
        })
    }
}
