//! CNN-RNN hybrid: convolutions over time find local features, a recurrent layer reads
//! them in order.
//!
//! u⁽ˡ⁾ = ReLU(conv(u⁽ˡ⁻¹⁾)),  u⁽⁰⁾ = x;  h = cell(u⁽ᴸ⁾)
//!
//! Each convolution keeps the number of steps and its output is set to zero at padding, so a
//! sequence is treated as if it stood alone. It sees as many steps before its own as after it
//! (zeros beyond both ends); where a task forbids to look ahead it sees its own and those
//! before alone (all zeros go before the start), and the architecture is causal.
//!
//! Shapes: x [batch, steps, input]; u [batch, steps, filters]; h [batch, steps, hidden].
//! Papers: the order convolution, then recurrence, without pooling, is that of Zhou et al.
//! 2015, arXiv:1511.08630 (C-LSTM), and Ordóñez and Roggen 2016, Sensors 16:115
//! (DeepConvLSTM); both use convolutions that shorten the sequence.

use burn::module::{Module, Param};
use burn::nn::PaddingConfig1d;
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::tensor::module::linear;
use burn::tensor::{Tensor, activation};
use kernels::Padded;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Readout, Sight, Spec, read_options};
use crate::layer::{CELL, CellKind, Layer};
use crate::unrolled::Direction;
use crate::{ArchitectureError, Initializer};

/// Options of `[model.cnn_rnn]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CnnRnnConfig {
    /// The cell of the recurrent layer.
    pub cell: CellKind,
    /// Channels of each convolution.
    pub filters: usize,
    /// Steps that each convolution sees; odd.
    pub kernel: usize,
    /// Number of convolutions.
    pub convolutions: usize,
}

/// The architecture; see the module's equation.
#[derive(Module, Debug)]
pub struct CnnRnn {
    /// From the input upwards.
    pub convolutions: Vec<Conv1d>,
    /// Reads the last convolution's output.
    pub layer: Layer,
    width: usize,
    causal: bool,
}

impl CnnRnn {
    fn features(&self, x: &Padded) -> Padded {
        let mut features = x.clone().zero_padding();
        for convolution in &self.convolutions {
            let output = convolve(convolution, features.values().clone(), self.causal);
            features = features.with_values(activation::relu(output)).zero_padding();
        }
        features
    }
}

/// The convolution of x `[batch, steps, channels]`, `[batch, steps, filters]`, as one matrix
/// product: each of its rows holds all steps that one output sees. On flex this is faster than
/// Burn's convolution, and it leaves sequences as they lie.
fn convolve(convolution: &Conv1d, x: Tensor<3>, causal: bool) -> Tensor<3> {
    let weight = convolution.weight.val();
    let bias = convolution.bias.as_ref().map(Param::val);
    let [filters, _, kernel] = weight.dims();
    let [batch, steps, channels] = x.dims();
    let device = x.device();
    let zeros = |steps| Tensor::zeros([batch, steps, channels], &device);
    let (before, after) = if causal { (kernel - 1, 0) } else { (kernel / 2, kernel / 2) };
    let x = Tensor::cat(vec![zeros(before), x, zeros(after)], 1);
    let seen = (0..kernel).map(|first| x.clone().narrow(1, first, steps)).collect();
    let seen = Tensor::cat(seen, 2).reshape([batch * steps, kernel * channels]);
    let weight = weight.permute([2, 1, 0]).reshape([kernel * channels, filters]);
    linear(seen, weight, bias).reshape([batch, steps, filters])
}

impl Architecture for CnnRnn {
    const DESCRIPTION: Description = Description {
        name: "cnn_rnn",
        summary: "convolutions over time, then a recurrent layer",
        keys: &[
            CELL,
            Key::new(
                "filters",
                Kind::Integer { min: 1, max: 4096 },
                Literal::Integer(32),
                "Channels of each convolution.",
            ),
            Key::new(
                "kernel",
                Kind::Integer { min: 1, max: 255 },
                Literal::Integer(5),
                "Steps that each convolution sees; an odd number.",
            ),
            Key::new(
                "convolutions",
                Kind::Integer { min: 1, max: 16 },
                Literal::Integer(2),
                "Number of convolutions.",
            ),
        ],
        sight: Sight::AsAllowed,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let architecture = Self::DESCRIPTION.name;
        let config: CnnRnnConfig = read_options(architecture, options)?;
        let CnnRnnConfig { filters, kernel, .. } = config;
        if kernel.is_multiple_of(2) {
            let reason =
                format!("kernel = {kernel} is even, so it has no middle step; use an odd one");
            return Err(ArchitectureError::Unfit { architecture, reason });
        }
        let mut input = spec.input;
        let mut convolutions = Vec::with_capacity(config.convolutions);
        for _ in 0..config.convolutions {
            let mut convolution = Conv1dConfig::new(input, filters, kernel)
                .with_padding(PaddingConfig1d::Explicit(kernel / 2, kernel / 2))
                .init(init.device());
            convolution.weight = init.uniform([filters, input, kernel], input * kernel);
            convolution.bias = Some(init.uniform([filters], input * kernel));
            convolutions.push(convolution);
            input = filters;
        }
        let layer = Layer::build(config.cell, filters, spec.hidden, init)?;
        let causal = spec.readout == Readout::CAUSAL;
        Ok(Self { convolutions, layer, width: spec.hidden, causal })
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        self.layer.last(&self.features(x), Direction::Forward)
    }

    fn steps(&self, x: &Padded) -> Tensor<3> {
        self.layer.steps(&self.features(x), Direction::Forward).values().clone()
    }

    /// The recurrent layer goes on; the convolutions see zeros before the first step of `x`.
    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Tensor<3>, Carried) {
        let (steps, last) = self.layer.steps_carried(&self.features(x), &carried.0);
        (steps.values().clone(), Carried(last))
    }
}
