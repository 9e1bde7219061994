//! What every architecture offers.

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Key, Options};

use crate::{ArchitectureError, Cost, Initializer};

/// What a task reads from a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readout {
    /// One output for each sequence.
    WholeSequence,
    /// One output for each sequence, made of vectors at its steps by [`crate::Pooling`].
    Pooled,
    /// One output for each step.
    EveryStep {
        /// Whether it may depend on later steps.
        future: bool,
    },
}

impl Readout {
    /// One output for each step, from that step and earlier ones alone.
    pub const CAUSAL: Self = Self::EveryStep { future: false };
}

/// On which steps the vector at a step depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// On that step and earlier ones: the architecture is causal.
    Past,
    /// On all steps of the sequence.
    Whole,
    /// On later ones as well, unless the task forbids it; then it is causal.
    AsAllowed,
}

/// What an architecture is called and which options it takes.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Registered name: the word in experiment files, the file, the table of options.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    /// Its own options, in `[model.<name>]`.
    pub keys: &'static [Key],
    /// On which steps the vector at a step depends.
    pub sight: Sight,
}

/// Sizes that a task and `[model]` give to every architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Width of the vectors that it reads: channels of the input, numbers of a frame, or the
    /// width of the embedding.
    pub input: usize,
    /// Height, width and channels of a step that is a frame of a video; their product is `input`.
    pub frame: Option<[usize; 3]>,
    /// Steps of the longest sequence that the task has.
    pub max_steps: usize,
    /// `model.hidden`.
    pub hidden: usize,
    /// What will be read of its vectors.
    pub readout: Readout,
}

/// Turns a padded batch into vectors for a linear head to read.
pub trait Architecture: Module {
    /// Name, summary and options.
    const DESCRIPTION: Description;

    /// A module with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`], [`ArchitectureError::Unfit`].
    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError>;

    /// Why it makes no sense where `readout` is asked for, and what would; `None` if it does.
    fn refuses(readout: Readout, _options: &Options) -> Option<String> {
        (Self::DESCRIPTION.sight == Sight::Whole && readout == Readout::CAUSAL).then(|| {
            "it reads the steps after the one that it is asked at, which this task forbids, as \
             they hold the answer; choose a causal architecture"
                .to_owned()
        })
    }

    /// What it takes to run over a sequence of so many steps. As it stands that of an architecture
    /// which needs the whole sequence and uses every weight of its products at each step.
    fn cost(&self, steps: usize) -> Cost {
        Cost::once_a_step(self, steps, None)
    }

    /// Width of the vectors that it makes.
    fn width(&self) -> usize;

    /// One vector for each sequence, `[batch, width]`; padding has no influence.
    fn summary(&self, x: &Padded) -> Tensor<2>;

    /// One vector for each step, `[batch, steps, width]`, zero at padding; padding has no
    /// influence. For [`Readout::Pooled`] there may be fewer steps than `x` has.
    fn steps(&self, x: &Padded) -> Padded;

    /// [`Architecture::steps`] of sequences that go on where others ended, from what those
    /// carried over; and what these carry. What an architecture has no state for starts anew:
    /// the default carries nothing.
    fn steps_carried(&self, x: &Padded, _carried: &Carried) -> (Padded, Carried) {
        (self.steps(x), Carried::default())
    }
}

/// What a model carries from one cut of a stream to the next: the states of its recurrent
/// layers, `[batch, hidden]` each, in the order of the architecture; empty at the start of a
/// stream.
#[derive(Debug, Clone, Default)]
pub struct Carried(pub Vec<Tensor<2>>);

/// Reads `options` into the configuration of `architecture`.
pub(crate) fn read_options<T: serde::de::DeserializeOwned>(
    architecture: &'static str,
    options: &Options,
) -> Result<T, ArchitectureError> {
    schema::read(options).map_err(|source| ArchitectureError::Options { architecture, source })
}
