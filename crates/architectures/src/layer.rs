//! A recurrent layer of any cell: what every recurrent architecture is made of.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kernels::{Padded, Probe};
use schema::{Key, Options};

use crate::full_gate_recurrence::FullGateRecurrence;
use crate::fused::FusedCell;
use crate::sequence::{unroll, unroll_carried};
use crate::state::State;
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
    /// A layer of `hidden` units over `input` numbers, with new weights.
    pub build: fn(usize, usize, &Options, &mut Initializer) -> Result<Layer, ArchitectureError>,
}

/// Layers, and which of them runs what a [`Cell`] is asked for.
macro_rules! layers {
    ($($(#[$doc:meta])* $name:ident($cell:ty)),+ $(,)?) => {
        /// A recurrent layer with one of the cells.
        #[derive(Module, Debug)]
        pub enum Layer {
            $($(#[$doc])* $name($cell),)+
        }

        impl Cell for Layer {
            fn hidden(&self) -> usize {
                match self { $(Self::$name(cell) => cell.hidden(),)+ }
            }

            fn zero_state(&self, batch: usize, device: &Device) -> State {
                match self { $(Self::$name(cell) => cell.zero_state(batch, device),)+ }
            }

            fn state_tensors(&self) -> usize {
                match self { $(Self::$name(cell) => cell.state_tensors(),)+ }
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
}

impl Layer {
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
