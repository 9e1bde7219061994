//! Transformer: self-attention blocks without recurrence.
//!
//! u = W x + b + p        p: positions, see [`positions`](crate::positions)
//! u ← u + MHA(LN(u));  u ← u + V ReLU(U LN(u))        (both, `blocks` times)
//! y = LN(u)
//!
//! Where a task forbids to look ahead attention is causal (a decoder), else each step sees all
//! of the sequence (an encoder); `window` bounds how far. Padding is never seen. Where one vector
//! a sequence is asked for, it is that of the last valid step.
//!
//! Shapes: x [batch, steps, input]; u, y [batch, steps, hidden].
//! Papers: Vaswani et al. 2017, arXiv:1706.03762, with the normalisation before each part (Xiong
//! et al. 2020, arXiv:2002.04745) and once at the end. The blocks are PyTorch's
//! `TransformerEncoderLayer(norm_first=True, activation="relu", dropout=0)`; all linear weights
//! start from U(-1/√input, 1/√input), learned positions from U(-1/√hidden, 1/√hidden).
//! With `dropout` part of what attention and feed-forward add is put to 0 while training.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::Tensor;
use kernels::{Activation, Padded};
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Description, Readout, Sight, Spec, read_options};
use crate::attention::{Blocks, HEADS, Looks, WINDOW, fits};
use crate::burn_layers::linear;
use crate::cost::in_products;
use crate::dropout::{DROPOUT, Dropout};
use crate::positions::{POSITIONS, Positions};
use crate::{ArchitectureError, Cost, Initializer};

/// Options of `[model.transformer]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerConfig {
    /// Attention heads; they divide `hidden`.
    pub heads: usize,
    /// Attention blocks.
    pub blocks: usize,
    /// How a step knows where it stands.
    pub positions: Positions,
    /// How far attention sees.
    #[serde(default)]
    pub window: Option<usize>,
    /// Part of what attention and feed-forward add that is put to 0.
    #[serde(default)]
    pub dropout: Option<f32>,
}

/// The architecture; see the module's equations.
#[derive(Module, Debug)]
pub struct Transformer {
    /// W and b.
    pub input: Linear,
    /// Learned positions, `[max_steps, hidden]`.
    pub positions: Option<Param<Tensor<2>>>,
    /// On the input.
    pub attention: Blocks,
    #[module(skip)]
    config: TransformerConfig,
    width: usize,
    causal: bool,
}

impl Transformer {
    fn looks(&self, x: &Padded) -> Looks {
        let rotation = self.config.positions.rotation(x, self.width / self.config.heads);
        Looks::new(x, self.causal, self.config.window).turned(rotation)
    }

    /// u before the blocks, `[batch·steps, hidden]`.
    fn embedded(&self, x: &Padded) -> Tensor<2> {
        let x = x.clone().zero_padding();
        let u = x.with_rows(linear(&self.input, x.rows(), Activation::Identity));
        self.config.positions.rows(&u, self.positions.as_ref())
    }
}

impl Architecture for Transformer {
    const DESCRIPTION: Description = Description {
        name: "transformer",
        summary: "baseline without recurrence: self-attention blocks",
        keys: &[
            HEADS,
            Key::new(
                "blocks",
                Kind::Integer { min: 1, max: 64 },
                Literal::Integer(2),
                "Blocks of attention and feed-forward.",
            ),
            Key::new(
                "positions",
                Kind::OneOf(&POSITIONS),
                Literal::Text("sinusoidal"),
                "How a step knows where it stands.",
            ),
            WINDOW,
            DROPOUT,
        ],
        sight: Sight::AsAllowed,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let architecture = Self::DESCRIPTION.name;
        let config: TransformerConfig = read_options(architecture, options)?;
        let TransformerConfig { heads, .. } = config;
        fits(architecture, spec.hidden, heads)?;
        config.positions.fit(architecture, spec.hidden / heads)?;
        let input = init.linear(spec.input, spec.hidden);
        let positions = config.positions.learned([spec.max_steps, spec.hidden], init);
        let dropout = Dropout::fresh(config.dropout.unwrap_or(0.0));
        let attention = Blocks::build(config.blocks, [spec.hidden, heads], dropout, init);
        let causal = spec.readout == Readout::CAUSAL;
        Ok(Self { input, positions, attention, config, width: spec.hidden, causal })
    }

    fn cost(&self, steps: usize) -> Cost {
        let attention = self.attention.cost(steps, self.causal, self.config.window);
        let input = steps as u64 * in_products(&self.input);
        Cost { multiply_adds: input + attention.multiply_adds, ..attention }
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        self.attention.last(self.embedded(x), &self.looks(x))
    }

    fn steps(&self, x: &Padded) -> Padded {
        self.attention.steps(self.embedded(x), &self.looks(x))
    }
}
