//! A recurrent layer of any cell: what every recurrent architecture is made of.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::{CellKernel, Padded, Probe, State};
use recurrence::{Gate, Pointwise};
use schema::{Key, Options};
use serde::Deserialize;

use crate::architecture::Carried;
use crate::full_gate_recurrence::FullGateRecurrence;
use crate::fused::{FusedCell, GateBias};
use crate::initial_weights::InitialWeights;
use crate::layer_normalized::{LayerNormalized, MemoryRead};
use crate::sequence::{unroll, unroll_carried};
use crate::unrolled::{Direction, Unrolled};
use crate::{ArchitectureError, Cell, Initializer};

/// What a cell is called, which options it takes and how a layer of it is made.
#[derive(Debug, Clone, Copy)]
pub struct CellEntry {
    /// Registered name: the word in experiment files, the file, the table of options.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    /// Its own options, in `[model.<name>]`.
    pub keys: &'static [Key],
    /// What these options choose.
    pub choose: fn(&Options) -> Result<Chosen, ArchitectureError>,
}

/// What the options of a cell choose: its statement, and what a layer of it needs beside.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The statement.
    pub cell: Arc<dyn CellKernel>,
    /// How the bias of a gate begins.
    pub bias: Option<GateBias>,
    /// What goes on around the statement, from step to step.
    pub around: Around,
}

/// What goes on around the statement of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// Nothing: it runs in one operation.
    Nothing,
    /// Full gate recurrence; the block of columns of the candidate, which is no gate.
    FullGateRecurrence(usize),
    /// Layer normalisation.
    LayerNorm(MemoryRead),
}

impl Chosen {
    /// A statement that needs nothing beside.
    pub fn only(cell: impl Pointwise) -> Self {
        Self { cell: Arc::new(cell), bias: None, around: Around::Nothing }
    }
}

/// The options of a cell that has none of its own.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

impl CellEntry {
    /// A layer of `hidden` units over `input` numbers, with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`].
    pub fn layer(
        &self,
        input: usize,
        hidden: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Layer, ArchitectureError> {
        let wrong = |source| ArchitectureError::Options { architecture: self.name, source };
        let (weights, options) = InitialWeights::take(options).map_err(wrong)?;
        let Chosen { cell, bias, around } = (self.choose)(&options)?;
        let fused = FusedCell::build(cell, [input, hidden], weights, bias, init);
        Ok(match around {
            Around::Nothing => Layer::Fused(fused),
            Around::FullGateRecurrence(candidate) => {
                Layer::FullGateRecurrence(FullGateRecurrence::build(fused, candidate, init))
            }
            Around::LayerNorm(read) => {
                Layer::LayerNormalized(LayerNormalized::build(fused, read, init))
            }
        })
    }
}

/// Layers, and which of them runs what a [`Cell`] is asked for.
macro_rules! layers {
    ($($(#[$doc:meta])* $name:ident($cell:ty)),+ $(,)?) => {
        /// A recurrent layer with one of the cells.
        #[derive(Module, Debug)]
        #[expect(clippy::large_enum_variant, reason = "one for each layer of a model")]
        pub enum Layer {
            $($(#[$doc])* $name($cell),)+
        }

        impl Cell for Layer {
            fn hidden(&self) -> usize {
                match self { $(Self::$name(cell) => cell.hidden(),)+ }
            }

            fn memory(&self) -> usize {
                match self { $(Self::$name(cell) => cell.memory(),)+ }
            }

            fn gates(&self) -> Vec<Gate> {
                match self { $(Self::$name(cell) => cell.gates(),)+ }
            }

            fn recurrent_weight(&self) -> Option<Tensor<2>> {
                match self { $(Self::$name(cell) => Cell::recurrent_weight(cell),)+ }
            }

            fn step(&self, x: Tensor<2>, state: &State) -> State {
                match self { $(Self::$name(cell) => cell.step(x, state),)+ }
            }

            fn whole_sequence(
                &self,
                x: &Padded,
                direction: Direction,
                from: Option<&State>,
                probe: Option<&Probe>,
            ) -> Option<Unrolled> {
                match self {
                    $(Self::$name(cell) => cell.whole_sequence(x, direction, from, probe),)+
                }
            }
        }
    };
}

layers! {
    /// A cell that is one statement.
    Fused(FusedCell),
    /// [`crate::full_gate_recurrence`]
    FullGateRecurrence(FullGateRecurrence),
    /// [`crate::layer_normalized`]
    LayerNormalized(LayerNormalized),
}

impl Layer {
    /// Numbers that it carries from step to step.
    pub fn state_size(&self) -> u64 {
        (self.hidden() * self.state_tensors()) as u64
    }

    /// The hidden state at each step, zero at padding, `[batch, steps, hidden]`.
    pub fn steps(&self, x: &Padded, direction: Direction) -> Padded {
        unroll(self, x, direction, None).steps(x)
    }

    /// [`unroll_carried`].
    pub fn steps_carried(&self, x: &Padded, carried: &[Tensor<2>]) -> (Padded, Vec<Tensor<2>>) {
        unroll_carried(self, x, carried)
    }

    /// The hidden state after the last step read of each sequence, `[batch, hidden]`.
    pub fn last(&self, x: &Padded, direction: Direction) -> Tensor<2> {
        unroll(self, x, direction, None).last.hidden
    }
}

/// How a compound runs each of its layers, from the input upwards.
pub(crate) type RunLayer<'a> = &'a mut dyn FnMut(&Layer, &Padded) -> Padded;

/// Reads forward, from the zero state.
pub(crate) fn forward(layer: &Layer, x: &Padded) -> Padded {
    layer.steps(x, Direction::Forward)
}

/// What `through` makes of layers that go on from what they carried, and what they carry after it.
pub(crate) fn carrying(
    carried: &Carried,
    through: impl FnOnce(RunLayer) -> Padded,
) -> (Padded, Carried) {
    let mut states = carried.0.as_slice();
    let mut after = Vec::new();
    let steps = through(&mut |layer, x| {
        // At the start of a stream there are none.
        let (own, others) = states.split_at(layer.state_tensors().min(states.len()));
        let (hidden, last) = layer.steps_carried(x, own);
        states = others;
        after.extend(last);
        hidden
    });
    (steps, Carried(after))
}
