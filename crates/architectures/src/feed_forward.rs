//! Feed-forward baseline: what a model without recurrence makes of the task.
//!
//! y = ReLU(W₂ ReLU(W₁ v + b₁) + b₂)
//!
//! v, for one vector a sequence, is either
//! - `moments`: mean and standard deviation of each channel over the valid steps,
//!   v = [μ ; σ], σ = √(E[(x − μ)²] + 1e-5). It is blind to order by construction: a task
//!   on which it does well does not show that order, or memory, is needed;
//! - `flattened`: all steps side by side, zeros after the end. It sees the order but
//!   shares no weights between steps.
//!
//! For one vector a step, or if `window` is given, v is the last `window` steps up to that
//! step (for one vector a sequence, up to its end) side by side, zeros before the start. It
//! sees the order within the window and nothing before it.
//!
//! Shapes: x [batch, steps, input]; v [batch, 2·input], [batch, max_steps·input],
//! [batch, window·input] or [batch, steps, window·input]; y [batch, hidden] or
//! [batch, steps, hidden].

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use kernels::{Activation, Padded};
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Description, Readout, Sight, Spec, read_options};
use crate::burn_layers::linear;
use crate::convolution::{Sees, seen};
use crate::{ArchitectureError, Cost, Initializer};

/// Options of `[model.feed_forward]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedForwardConfig {
    /// What the network sees of a sequence.
    pub view: View,
    /// The last steps that it sees, in place of the whole sequence.
    #[serde(default)]
    pub window: Option<usize>,
}

/// What the network sees of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Mean and standard deviation of each channel.
    Moments,
    /// All steps side by side.
    Flattened,
}

/// The architecture; see the module's equation.
#[derive(Module, Debug)]
pub struct FeedForward {
    /// W₁ and b₁.
    pub first: Linear,
    /// W₂ and b₂.
    pub second: Linear,
    #[module(skip)]
    view: View,
    window: Option<usize>,
    max_steps: usize,
    width: usize,
    is_asked_once: bool,
}

impl FeedForward {
    fn forward<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        linear(&self.second, linear(&self.first, v, Activation::Relu), Activation::Relu)
    }
}

/// Mean and standard deviation of each channel over the valid steps, `[batch, 2·channels]`.
fn moments(x: &Padded) -> Tensor<2> {
    let mask = x.mask(); // [batch, steps, 1]
    let count = mask.clone().sum_dim(1); // [batch, 1, 1]
    let mean = (x.values().clone() * mask.clone()).sum_dim(1) / count.clone();
    let deviation = (x.values().clone() - mean.clone()) * mask;
    let variance = deviation.square().sum_dim(1) / count;
    Tensor::cat(vec![mean, (variance + 1e-5).sqrt()], 2).squeeze_dim(1)
}

/// The last `window` steps up to each, side by side, `[batch, steps, window·channels]`.
fn windows(x: &Padded, window: usize) -> Tensor<3> {
    seen(&x.clone().zero_padding(), window, Sees::neighbours(true))
}

/// All steps side by side, zeros after the end, `[batch, max_steps·channels]`.
fn flattened(x: &Padded, max_steps: usize) -> Tensor<2> {
    let values = x.clone().zero_padding().values().clone();
    let [batch, steps, channels] = values.dims();
    let missing = Tensor::zeros([batch, max_steps - steps, channels], &values.device());
    let whole = if steps < max_steps { Tensor::cat(vec![values, missing], 1) } else { values };
    whole.reshape([batch, max_steps * channels])
}

impl Architecture for FeedForward {
    const DESCRIPTION: Description = Description {
        name: "feed_forward",
        summary: "baseline without recurrence, on order-blind statistics or flattened input",
        keys: &[
            Key::new(
                "view",
                Kind::OneOf(&[
                    Choice { word: "moments", doc: "Mean and standard deviation of each channel." },
                    Choice {
                        word: "flattened",
                        doc: "All steps side by side, zeros after the end.",
                    },
                ]),
                Literal::Text("moments"),
                "What the network sees of a sequence.",
            ),
            Key::optional(
                "window",
                Kind::Integer { min: 1, max: 4096 },
                "In place of `view`: the last steps that it sees, up to the one that is asked \
                 about. Without it, a task that asks at every step shows it that step alone.",
            ),
        ],
        sight: Sight::Past,
    };

    fn refuses(readout: Readout, options: &Options) -> Option<String> {
        let blind = !options.contains_key("window");
        (blind && readout == Readout::CAUSAL).then(|| {
            "without a window it sees one step alone and is blind to order, on a task that asks \
             what follows from the steps before; set model.feed_forward.window to the steps that \
             it may see"
                .to_owned()
        })
    }

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let FeedForwardConfig { view, window } = read_options(Self::DESCRIPTION.name, options)?;
        let seen = match (spec.readout, view) {
            (Readout::EveryStep { .. } | Readout::Pooled, _) => window.unwrap_or(1) * spec.input,
            (Readout::WholeSequence, _) if window.is_some() => window.unwrap_or(1) * spec.input,
            (Readout::WholeSequence, View::Moments) => 2 * spec.input,
            (Readout::WholeSequence, View::Flattened) => spec.max_steps * spec.input,
        };
        Ok(Self {
            first: init.linear(seen, spec.hidden),
            second: init.linear(spec.hidden, spec.hidden),
            view,
            window,
            max_steps: spec.max_steps,
            width: spec.hidden,
            is_asked_once: spec.readout == Readout::WholeSequence,
        })
    }

    fn cost(&self, steps: usize) -> Cost {
        // Once for each answer.
        let times = if self.is_asked_once { 1 } else { steps };
        let seen = self.first.weight.lazy_shape()[0] as u64;
        let is_whole = self.is_asked_once && self.window.is_none();
        let state = match self.view {
            View::Flattened if is_whole => None,
            // Sums of squares and numbers, and how many there were.
            View::Moments if is_whole => Some(seen + 1),
            _ => Some(seen),
        };
        Cost::once_a_step(self, times, state)
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        self.forward(match (self.window, self.view) {
            (Some(window), _) => x.with_values(windows(x, window)).at_last_valid(),
            (None, View::Moments) => moments(x),
            (None, View::Flattened) => flattened(x, self.max_steps),
        })
    }

    fn steps(&self, x: &Padded) -> Padded {
        let seen = windows(x, self.window.unwrap_or(1));
        x.with_values(self.forward(seen)).zero_padding()
    }
}
