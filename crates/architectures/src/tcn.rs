//! Temporal convolutional network: residual blocks of causal convolutions that see ever further
//! back.
//!
//! u⁽ˡ⁾ = ReLU(c₂(c₁(u⁽ˡ⁻¹⁾)) + r(u⁽ˡ⁻¹⁾)),  c(v) = ReLU(w ∗ v + b),  w = g v / ‖v‖,  l = 0, 1, …
//!
//! Both convolutions of block l see every 2ˡ-th step back from their own, `kernel` of them, and
//! zeros before the start. w is weight-normalised, filter by filter; r is the identity, or a
//! convolution of kernel 1 where the width changes. L blocks see
//! 1 + 2 (kernel − 1) (2ᴸ − 1) steps. Where one vector a sequence is asked for, it is that of the
//! last valid step.
//!
//! Shapes: x [batch, steps, input]; u [batch, steps, hidden].
//! Papers: Bai, Kolter and Koltun 2018, arXiv:1803.01271, with the initial weights of their
//! networks: those of r from N(0, 0.01²), all others and the biases from U(-1/√fan, 1/√fan), where
//! fan = channels · kernel. The paper and its code name N(0, 0.01²) for c₁ and c₂, too, but what
//! the code draws there is replaced by the weight normalisation before its first use
//! (github.com/locuslab/TCN/issues/1); with it a signal fades block by block, and the adding
//! problem is not learned. With `dropout` d of what each convolution makes,
//! c(v) = d(ReLU(w ∗ v + b)), element by element as theirs.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, activation};
use kernels::{Activation, Padded};
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Description, Sight, Spec, read_options};
use crate::convolution::{Ends, Sees, before_start_zero, convolve};
use crate::dropout::{DROPOUT, Dropout};
use crate::{ArchitectureError, Cost, Initializer};

/// Options of `[model.tcn]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TcnConfig {
    /// Steps that each convolution sees.
    pub kernel: usize,
    /// Residual blocks; as many as see the longest sequence where it is not given.
    #[serde(default)]
    pub levels: Option<usize>,
    /// Part of what each convolution makes that is put to 0.
    #[serde(default)]
    pub dropout: Option<f32>,
}

/// Standard deviation of r's initial weights.
const SKIP_DEVIATION: f32 = 0.01;
/// Most blocks that are chosen without being asked for.
const MOST_LEVELS: usize = 16;

/// A convolution whose weight is a direction and a length for each filter.
#[derive(Module, Debug)]
pub struct Normalized {
    /// v, `[filters, channels, kernel]`.
    pub direction: Param<Tensor<3>>,
    /// g, `[filters]`.
    pub length: Param<Tensor<1>>,
    /// `[filters]`.
    pub bias: Param<Tensor<1>>,
}

impl Normalized {
    fn build([channels, filters, kernel]: [usize; 3], init: &mut Initializer) -> Self {
        let direction = init.uniform([filters, channels, kernel], channels * kernel);
        let length = init.computed(filters, &direction, |weight: Tensor<3>| {
            weight.square().sum_dim(2).sum_dim(1).sqrt().reshape([filters])
        });
        Self { direction, length, bias: init.uniform([filters], channels * kernel) }
    }

    /// w, `[filters, channels, kernel]`.
    fn weight(&self) -> Tensor<3> {
        let direction = self.direction.val();
        let filters = self.length.dims()[0];
        let norm = direction.clone().square().sum_dim(2).sum_dim(1).sqrt();
        direction * (self.length.val().reshape([filters, 1, 1]) / norm)
    }

    fn forward(&self, x: &Padded, dilation: usize) -> Padded {
        let sees = Sees { dilation, ..Sees::neighbours(true) };
        convolve(self.weight(), self.bias.val(), x, sees, Activation::Relu).zero_padding()
    }

    /// The last `outputs`, `stride` apart.
    fn ends(&self, stride: usize, outputs: usize) -> Ends {
        let [_, _, kernel] = self.direction.lazy_shape().dims();
        Ends { kernel, stride, outputs }
    }

    /// The last `outputs`, `stride` apart, of the last steps x, as far as they reach.
    fn last_outputs(&self, x: Tensor<3>, stride: usize, outputs: usize) -> Tensor<3> {
        let ends = self.ends(stride, outputs);
        ends.convolve(self.weight(), self.bias.val(), x, Activation::Relu)
    }
}

/// One residual block.
#[derive(Module, Debug)]
pub struct Level {
    /// c₁.
    pub first: Normalized,
    /// c₂.
    pub second: Normalized,
    /// r where the width changes: weight `[hidden, input, 1]` and bias.
    pub skip: Option<(Param<Tensor<3>>, Param<Tensor<1>>)>,
    dilation: usize,
}

/// The architecture; see the module's equation.
#[derive(Module, Debug)]
pub struct Tcn {
    /// From the input upwards.
    pub levels: Vec<Level>,
    width: usize,
    #[module(skip)]
    dropout: Dropout,
}

/// Blocks whose last one sees `steps` steps.
fn levels_for(steps: usize, kernel: usize) -> usize {
    let sees = |levels: usize| 1 + 2 * (kernel - 1) * ((1 << levels) - 1);
    (1..MOST_LEVELS).find(|&levels| sees(levels) >= steps).unwrap_or(MOST_LEVELS)
}

/// What a block has to make.
struct Asked {
    inner: usize,
    outer: usize,
    stride: usize,
}

impl Tcn {
    /// For the last step of a sequence: how many steps the two convolutions of every block have to make,
    /// those of the first as far apart as the block sees, those of the second `stride` times as far.
    fn asked(&self, steps: usize) -> Vec<Asked> {
        let mut asked = Vec::with_capacity(self.levels.len());
        // The top one is asked for one step, any other for every second one that it sees.
        let (mut outer, mut stride) = (1, 1);
        for level in self.levels.iter().rev() {
            let there = steps.div_ceil(level.dilation);
            let inner = level.second.ends(stride, outer).seen().min(there);
            asked.push(Asked { inner, outer, stride });
            let around = Ends { kernel: 1, stride, outputs: outer }.seen();
            outer = level.first.ends(1, inner).seen().max(around).min(there);
            stride = 2;
        }
        asked.reverse();
        asked
    }
}

impl Architecture for Tcn {
    const DESCRIPTION: Description = Description {
        name: "tcn",
        summary: "baseline without recurrence: residual blocks of dilated causal convolutions",
        keys: &[
            Key::new(
                "kernel",
                Kind::Integer { min: 2, max: 255 },
                Literal::Integer(7),
                "Steps that each convolution sees.",
            ),
            Key::optional(
                "levels",
                Kind::Integer { min: 1, max: 20 },
                "Residual blocks, each of which sees twice as far; without it as many as see all \
                 steps of the task's longest sequence, 16 at most.",
            ),
            DROPOUT,
        ],
        sight: Sight::Past,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let TcnConfig { kernel, levels, dropout } = read_options(Self::DESCRIPTION.name, options)?;
        let count = levels.unwrap_or_else(|| levels_for(spec.max_steps, kernel));
        let mut input = spec.input;
        let mut levels = Vec::with_capacity(count);
        for level in 0..count {
            let hidden = spec.hidden;
            levels.push(Level {
                first: Normalized::build([input, hidden, kernel], init),
                second: Normalized::build([hidden, hidden, kernel], init),
                skip: (input != hidden).then(|| {
                    (init.normal([hidden, input, 1], SKIP_DEVIATION), init.uniform([hidden], input))
                }),
                dilation: 1 << level,
            });
            input = hidden;
        }
        let dropout = Dropout::fresh(dropout.unwrap_or(0.0));
        Ok(Self { levels, width: spec.hidden, dropout })
    }

    fn cost(&self, steps: usize) -> Cost {
        let seen = |convolution: &Normalized, dilation: usize| {
            let [_, channels, kernel] = convolution.direction.lazy_shape().dims();
            (channels * (kernel - 1) * dilation) as u64
        };
        let levels = self.levels.iter();
        let state = levels.map(|it| seen(&it.first, it.dilation) + seen(&it.second, it.dilation));
        Cost::once_a_step(self, steps, Some(state.sum()))
    }

    fn width(&self) -> usize {
        self.width
    }

    /// Only the steps that the last one depends on: of those that block l sees, 2ˡ apart, as many as the
    /// blocks above ask for.
    fn summary(&self, x: &Padded) -> Tensor<2> {
        let asked = self.asked(x.steps());
        let x = x.clone().zero_padding();
        let lengths = x.is_ragged().then(|| x.lengths().to_vec());
        let mut u = x.reversed().values().clone().flip([1]);
        for (level, Asked { inner, outer, stride }) in self.levels.iter().zip(asked) {
            // Zero before the start, as at padding.
            let valid = |u: Tensor<3>, apart: usize| match &lengths {
                Some(lengths) => before_start_zero(u, lengths, apart),
                None => u,
            };
            let apart = level.dilation;
            let first = level.first.last_outputs(u.clone(), 1, inner);
            let v = valid(self.dropout.apply(first), apart);
            let v = level.second.last_outputs(v, stride, outer);
            let v = valid(self.dropout.apply(v), stride * apart);
            let ends = Ends { kernel: 1, stride, outputs: outer };
            let around = match &level.skip {
                Some((weight, bias)) => {
                    ends.convolve(weight.val(), bias.val(), u, Activation::Identity)
                }
                None => ends.of(u),
            };
            u = valid(activation::relu(v + around), stride * apart);
        }
        let last = u.dims()[1] - 1;
        u.narrow(1, last, 1).squeeze_dim(1)
    }

    fn steps(&self, x: &Padded) -> Padded {
        self.levels.iter().fold(x.clone().zero_padding(), |u, level| {
            let dropped = |v: Padded| v.with_values(self.dropout.apply(v.values().clone()));
            let v = dropped(level.first.forward(&u, level.dilation));
            let v = dropped(level.second.forward(&v, level.dilation));
            let around = match &level.skip {
                Some((weight, bias)) => {
                    let sees = Sees::neighbours(true);
                    let skip = convolve(weight.val(), bias.val(), &u, sees, Activation::Identity);
                    skip.values().clone()
                }
                None => u.values().clone(),
            };
            u.with_values(activation::relu(v.values().clone() + around)).zero_padding()
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::{Normalized, Tcn};
    use crate::Initializer;
    use crate::architecture::{Architecture, Readout, Spec};
    use crate::draws::uniform;

    /// Weights from N(0, 0.01²), which the paper names and its code never uses, are ten times smaller.
    #[test]
    fn convolutions_begin_as_pytorchs_do() {
        let device = Device::flex();
        let mut draw = uniform(7);
        let mut init = Initializer::new(&mut draw, &device);
        let readout = Readout::WholeSequence;
        let spec = Spec { input: 3, frame: None, max_steps: 40, hidden: 8, readout };
        let options = schema::defaults(Tcn::DESCRIPTION.keys);
        let tcn = Tcn::build(&spec, &options, &mut init).unwrap();
        let largest = |of: Tensor<3>| of.abs().max().into_scalar::<f32>();
        let begins = |convolution: &Normalized, fan: f32| {
            let (bound, weight) = (1.0 / fan.sqrt(), convolution.weight());
            let reached = largest(weight.clone()) / bound;
            assert!((0.9..=1.0001).contains(&reached), "{reached} of the bound");
            assert!(largest(weight - convolution.direction.val()) < 1e-6);
        };
        begins(&tcn.levels[0].first, 3.0 * 7.0);
        begins(&tcn.levels[0].second, 8.0 * 7.0);
        begins(&tcn.levels[1].first, 8.0 * 7.0);
        assert!(largest(tcn.levels[0].skip.as_ref().unwrap().0.val()) < 0.05);
    }
}
