//! CNN-RNN hybrid: convolutions find local features, a recurrent layer reads them in order.
//!
//! u⁽ˡ⁾ = pool(ReLU(LN(conv(u⁽ˡ⁻¹⁾)))),  u⁽⁰⁾ = x;  h = cell(u⁽ᴸ⁾)
//!
//! `pool` (max over steps) and `LN` (layer normalisation of each step) are left out unless asked
//! for. Beyond both ends of a sequence a convolution sees zeros, and its output is set to zero at
//! padding, so a sequence is treated as if it stood alone. It sees as many steps before its own
//! as after it; where a task forbids to look ahead it sees its own and those before alone (all
//! zeros go before the start), and the architecture is causal.
//!
//! With `stride` or `pool` each convolution shortens the sequence, lengths rounded up; that fits
//! tasks that ask once a sequence. With `form = "parallel"` the recurrent layer reads x itself,
//! and what is read is [h ; u⁽ᴸ⁾], u⁽ᴸ⁾ averaged over the steps where one vector a sequence is
//! asked for. With `frame_filters` each step is a frame of a video, and up to two convolutions
//! within the frame (3 × 3, each followed by 2 × 2 max pooling) make its vector x; on any other
//! task x is the step itself.
//!
//! Shapes: x [batch, steps, input]; u [batch, steps, filters]; h [batch, steps, hidden].
//! Papers: convolution, then recurrence, is Zhou et al. 2015, arXiv:1511.08630 (C-LSTM, on
//! sentences) and Ordóñez and Roggen 2016, Sensors 16:115 (DeepConvLSTM, on sensors: there four
//! convolutions of 64 filters and kernel 5, two LSTM layers); frames first is Donahue et al.
//! 2015, arXiv:1411.4389 (LRCN), whose frames go through a network that was trained on pictures;
//! the parallel form is Karim et al. 2018, arXiv:1709.05206 (LSTM-FCN), whose convolutions are
//! batch-normalised where `normalize = "layer"` takes each step by itself, and whose LSTM reads
//! the series as one step.

use burn::module::Module;
use burn::tensor::{Int, Tensor, TensorData};
use kernels::Padded;
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Readout, Sight, Spec, read_options};
use crate::cells::{CELL, ChosenCell};
use crate::convolution::{Convolution, Sees, max_pool};
use crate::cost::in_products;
use crate::frames::FrameConvolutions;
use crate::layer::Layer;
use crate::normalize::Normalize;
use crate::pooling::mean_over_steps;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cost, Initializer};

/// Options of `[model.cnn_rnn]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CnnRnnConfig {
    /// Channels of each convolution.
    pub filters: usize,
    /// Steps that each convolution sees; odd.
    pub kernel: usize,
    /// Number of convolutions over time.
    pub convolutions: usize,
    /// Steps from one output of a convolution to the next.
    #[serde(default = "one")]
    pub stride: usize,
    /// Steps of which the largest is taken after each convolution.
    #[serde(default = "one")]
    pub pool: usize,
    /// What normalises the output of each convolution.
    #[serde(default)]
    pub normalize: Option<Normalize>,
    /// Where the recurrent layer stands.
    #[serde(default)]
    pub form: Form,
    /// Channels of the convolutions within each frame.
    #[serde(default)]
    pub frame_filters: Option<usize>,
}

fn one() -> usize {
    1
}

/// Where the recurrent layer stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Behind the convolutions.
    #[default]
    Series,
    /// Beside them.
    Parallel,
}

/// The architecture; see the module's equation.
#[derive(Module, Debug)]
pub struct CnnRnn {
    /// Within each frame.
    pub frames: Option<FrameConvolutions>,
    /// Over time, from the input upwards.
    pub convolutions: Vec<Convolution>,
    /// Reads the last convolution's output, or x.
    pub layer: Layer,
    width: usize,
    #[module(skip)]
    sees: Sees,
    pool: usize,
    #[module(skip)]
    form: Form,
}

impl CnnRnn {
    fn features(&self, x: &Padded) -> Padded {
        self.convolutions.iter().fold(x.clone(), |u, convolution| {
            let u = convolution.forward(&u, self.sees);
            if self.pool > 1 { max_pool(&u, self.pool) } else { u }
        })
    }

    fn vectors(&self, x: &Padded) -> Padded {
        let x = x.clone().zero_padding();
        self.frames.as_ref().map_or(x.clone(), |frames| frames.forward(&x))
    }
}

impl CnnRnn {
    /// [h ; u] at each step of u. Where u is shorter than h, h is read at the last of the steps
    /// that a step of u stands for.
    fn beside(&self, h: &Padded, u: &Padded) -> Padded {
        let each = (self.sees.stride * self.pool).pow(self.convolutions.len() as u32);
        let [batch, steps, width] = h.values().dims();
        let mut values = h.values().clone();
        if each > 1 {
            let fewer = u.steps();
            let last =
                |row: usize, to: usize| row * steps + ((to + 1) * each).min(h.lengths()[row]);
            let rows =
                (0..batch).flat_map(|row| (0..fewer).map(move |to| last(row, to) as i32 - 1));
            let rows = TensorData::new(rows.collect::<Vec<_>>(), [batch * fewer]);
            let rows = Tensor::<1, Int>::from_data(rows, &h.device());
            let all = values.reshape([batch * steps, width]);
            values = all.select(0, rows).reshape([batch, fewer, width]);
        }
        u.with_values(Tensor::cat(vec![values, u.values().clone()], 2)).zero_padding()
    }
}

impl Architecture for CnnRnn {
    const DESCRIPTION: Description = Description {
        name: "cnn_rnn",
        summary: "convolutions over time (and within frames), then or beside a recurrent layer",
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
                Kind::Integer { min: 0, max: 16 },
                Literal::Integer(2),
                "Number of convolutions over time; 0 where frames have theirs.",
            ),
            Key::optional(
                "stride",
                Kind::Integer { min: 2, max: 64 },
                "Steps from one output of a convolution to the next; without it 1. Each \
                 convolution shortens the sequence so many times.",
            ),
            Key::optional(
                "pool",
                Kind::Integer { min: 2, max: 64 },
                "Steps of which the largest is taken after each convolution, which shortens the \
                 sequence so many times; without it there is no pooling.",
            ),
            Key::optional(
                "normalize",
                Kind::OneOf(&[Choice {
                    word: "layer",
                    doc: "Layer normalisation over the filters of each step.",
                }]),
                "What is done to the output of each convolution before the ReLU; without it \
                 nothing.",
            ),
            Key::optional(
                "form",
                Kind::OneOf(&[
                    Choice { word: "series", doc: "The recurrent layer reads the features." },
                    Choice {
                        word: "parallel",
                        doc: "It reads the input; what is read is its state and the features.",
                    },
                ]),
                "Where the recurrent layer stands; without it in series.",
            ),
            Key::optional(
                "frame_filters",
                Kind::Integer { min: 1, max: 1024 },
                "Channels of two convolutions within each frame, of no effect on tasks whose \
                 steps are no frames; without it a frame is read as one vector.",
            ),
        ],
        sight: Sight::AsAllowed,
    };

    fn refuses(readout: Readout, options: &Options) -> Option<String> {
        let shortens = ["stride", "pool"].into_iter().find(|key| options.contains_key(*key))?;
        matches!(readout, Readout::EveryStep { .. }).then(|| {
            format!(
                "{shortens} shortens the sequence, on a task that asks at every step; leave out \
                 model.cnn_rnn.{shortens}"
            )
        })
    }

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let architecture = Self::DESCRIPTION.name;
        let unfit = |reason| ArchitectureError::Unfit { architecture, reason };
        let (cell, options) = ChosenCell::take(architecture, options)?;
        let config: CnnRnnConfig = read_options(architecture, &options)?;
        let CnnRnnConfig { filters, kernel, stride, pool, form, .. } = config;
        if kernel.is_multiple_of(2) {
            let reason =
                format!("kernel = {kernel} is even, so it has no middle step; use an odd one");
            return Err(unfit(reason));
        }
        if config.convolutions == 0 && config.frame_filters.is_none() {
            let reason = "convolutions = 0 and no frame_filters: it has no convolution at all; \
                          choose the cell as architecture instead";
            return Err(unfit(reason.into()));
        }
        let (frames, input) = match (config.frame_filters, spec.frame) {
            (Some(filters), Some(frame)) => {
                let (frames, width) = FrameConvolutions::build(frame, filters, init);
                (Some(frames), width)
            }
            (Some(_), None) if config.convolutions == 0 => {
                let reason = "frame_filters is for tasks whose steps are frames of a video, and \
                              this one's are not; with convolutions = 0 there is no other";
                return Err(unfit(reason.into()));
            }
            (_, _) => (None, spec.input),
        };
        let mut width = input;
        let mut convolutions = Vec::with_capacity(config.convolutions);
        for _ in 0..config.convolutions {
            let normalized = config.normalize == Some(Normalize::Layer);
            convolutions.push(Convolution::build([width, filters, kernel], normalized, init));
            width = filters;
        }
        let (read, width) = match form {
            Form::Series => (width, spec.hidden),
            Form::Parallel => (input, spec.hidden + width),
        };
        let layer = cell.layer(read, spec.hidden, init)?;
        let sees = Sees { stride, ..Sees::neighbours(spec.readout == Readout::CAUSAL) };
        Ok(Self { frames, convolutions, layer, width, sees, pool, form })
    }

    fn cost(&self, steps: usize) -> Cost {
        let frames = self.frames.as_ref().map_or(0, |frames| steps as u64 * frames.multiply_adds());
        let (mut multiply_adds, mut left) = (frames, steps);
        let mut seen = 0;
        for convolution in &self.convolutions {
            left = left.div_ceil(self.sees.stride);
            multiply_adds += left as u64 * in_products(convolution);
            left = left.div_ceil(self.pool);
            let [_, channels, kernel] = convolution.weight.lazy_shape().dims();
            seen += (channels * (kernel - 1)) as u64;
        }
        let read = if self.form == Form::Series { left } else { steps };
        multiply_adds += read as u64 * in_products(&self.layer);
        let state = self.sees.causal.then(|| seen + self.layer.state_size());
        Cost { multiply_adds, state }.with_layers(read, [&self.layer])
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let x = self.vectors(x);
        let u = self.features(&x);
        match self.form {
            Form::Series => self.layer.last(&u, Direction::Forward),
            Form::Parallel => {
                let last = self.layer.last(&x, Direction::Forward);
                Tensor::cat(vec![last, mean_over_steps(&u)], 1)
            }
        }
    }

    fn steps(&self, x: &Padded) -> Padded {
        let x = self.vectors(x);
        let u = self.features(&x);
        match self.form {
            Form::Series => self.layer.steps(&u, Direction::Forward),
            Form::Parallel => self.beside(&self.layer.steps(&x, Direction::Forward), &u),
        }
    }

    /// The recurrent layer goes on; the convolutions see zeros before the first step of `x`.
    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        let x = self.vectors(x);
        let u = self.features(&x);
        match self.form {
            Form::Series => {
                let (steps, last) = self.layer.steps_carried(&u, &carried.0);
                (steps, Carried(last))
            }
            Form::Parallel => {
                let (steps, last) = self.layer.steps_carried(&x, &carried.0);
                (self.beside(&steps, &u), Carried(last))
            }
        }
    }
}
