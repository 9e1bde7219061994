//! A recurrent layer of any cell: what every recurrent architecture is made of.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::{Padded, Probe, State};
use recurrence::{Gate, MemoryRead, Pointwise};
use schema::{Key, Options};
use serde::Deserialize;

use crate::architecture::Carried;
use crate::full_gate_recurrence::FullGateRecurrence;
use crate::fused::{FusedCell, GateBias};
use crate::initial_weights::InitialWeights;
use crate::layer_normalized::LayerNormalized;
use crate::mlstm_layer::MLstm;
use crate::mut_layer::Mut;
use crate::sequence::{unroll, unroll_carried};
use crate::unrolled::{Direction, Unrolled};
use crate::zoneout::Zoneout;
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

/// Makes a layer with the options that were read: of so many numbers and units, with new weights.
pub type Chosen = Box<
    dyn FnOnce(
        [usize; 2],
        InitialWeights,
        &mut Initializer,
    ) -> Result<LayerCell, ArchitectureError>,
>;

/// A cell that is one statement, and how the bias of one of its gates begins.
pub fn statement(cell: impl Pointwise, bias: Option<GateBias>) -> Chosen {
    Box::new(move |sizes, weights, init| {
        Ok(LayerCell::Fused(FusedCell::build(Arc::new(cell), sizes, weights, bias, init)))
    })
}

/// The same with layer normalisation, and of an LSTM its memory that is read so.
pub fn layer_normalized(
    cell: impl Pointwise,
    bias: Option<GateBias>,
    read: Option<MemoryRead>,
) -> Chosen {
    Box::new(move |sizes, weights, init| {
        let cell = FusedCell::build(Arc::new(cell), sizes, weights, bias, init);
        Ok(LayerCell::LayerNormalized(LayerNormalized::build(cell, read, init)))
    })
}

/// The options of a cell that has none of its own.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

impl CellEntry {
    /// A layer of `hidden` units over `input` numbers, with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`], [`ArchitectureError::Unfit`].
    pub fn layer(
        &self,
        input: usize,
        hidden: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Layer, ArchitectureError> {
        let wrong = |source| ArchitectureError::Options { architecture: self.name, source };
        let (weights, options) = InitialWeights::take(options).map_err(wrong)?;
        let (zoneout, options) = Zoneout::take(&options).map_err(wrong)?;
        let cell = (self.choose)(&options)?([input, hidden], weights, init)?;
        Ok(Layer { cell, zoneout })
    }
}

/// Cells, and which of them runs what a [`Cell`] is asked for.
macro_rules! layer_cells {
    ($($(#[$doc:meta])* $name:ident($cell:ty)),+ $(,)?) => {
        /// The cell of a layer.
        #[derive(Module, Debug)]
        #[expect(clippy::large_enum_variant, reason = "one for each layer of a model")]
        pub enum LayerCell {
            $($(#[$doc])* $name($cell),)+
        }

        impl Cell for LayerCell {
            fn hidden(&self) -> usize {
                match self { $(Self::$name(cell) => cell.hidden(),)+ }
            }

            fn memory(&self) -> usize {
                match self { $(Self::$name(cell) => cell.memory(),)+ }
            }

            fn beside_weights(&self) -> u64 {
                match self { $(Self::$name(cell) => cell.beside_weights(),)+ }
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

layer_cells! {
    /// A cell that is one statement.
    Fused(FusedCell),
    /// [`crate::full_gate_recurrence`]
    FullGateRecurrence(FullGateRecurrence),
    /// [`crate::layer_normalized`]
    LayerNormalized(LayerNormalized),
    /// [`crate::mut_layer`]
    Mut(Mut),
    /// [`crate::mlstm_layer`]
    MLstm(MLstm),
}

/// A recurrent layer with one of the cells.
#[derive(Module, Debug)]
pub struct Layer {
    /// The cell.
    pub cell: LayerCell,
    #[module(skip)]
    zoneout: Zoneout,
}

impl Cell for Layer {
    fn hidden(&self) -> usize {
        self.cell.hidden()
    }

    fn memory(&self) -> usize {
        self.cell.memory()
    }

    fn beside_weights(&self) -> u64 {
        self.cell.beside_weights()
    }

    fn gates(&self) -> Vec<Gate> {
        self.cell.gates()
    }

    fn recurrent_weight(&self) -> Option<Tensor<2>> {
        self.cell.recurrent_weight()
    }

    fn step(&self, x: Tensor<2>, state: &State) -> State {
        self.zoneout.applied(self.cell.step(x, state), state)
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        from: Option<&State>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled> {
        self.zoneout.is_none().then(|| self.cell.whole_sequence(x, direction, from, probe))?
    }
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
        unroll(self, x, direction, None).last_hidden().clone()
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
