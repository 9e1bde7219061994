//! A recurrent layer whose cell is an option: what the compound architectures are made of.

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Choice, Key, Kind, Literal};
use serde::Deserialize;

use crate::gru::GruCell;
use crate::lstm::LstmCell;
use crate::sequence::{unroll, unroll_carried};
use crate::unrolled::Direction;
use crate::vanilla::VanillaCell;
use crate::{ArchitectureError, Cell, CellState, Initializer};

/// The option `cell` of a compound architecture; the cell has its default options.
pub(crate) const CELL: Key = Key::new(
    "cell",
    Kind::OneOf(&[
        Choice { word: "vanilla", doc: VanillaCell::SUMMARY },
        Choice { word: "lstm", doc: LstmCell::SUMMARY },
        Choice { word: "gru", doc: GruCell::SUMMARY },
    ]),
    Literal::Text("lstm"),
    "The cell of its recurrent layers, with that cell's default options.",
);

/// Word of the option `cell`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellKind {
    /// [`VanillaCell`].
    Vanilla,
    /// [`LstmCell`].
    Lstm,
    /// [`GruCell`].
    Gru,
}

/// A recurrent layer with one of the cells.
#[derive(Module, Debug)]
pub enum Layer {
    /// With a vanilla cell.
    Vanilla(VanillaCell),
    /// With an LSTM cell.
    Lstm(LstmCell),
    /// With a GRU cell.
    Gru(GruCell),
}

impl Layer {
    /// A layer with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`].
    pub fn build(
        kind: CellKind,
        input: usize,
        hidden: usize,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        fn with_defaults<C: Cell>(
            input: usize,
            hidden: usize,
            init: &mut Initializer,
        ) -> Result<C, ArchitectureError> {
            C::build(input, hidden, &schema::defaults(C::KEYS), init)
        }
        Ok(match kind {
            CellKind::Vanilla => Self::Vanilla(with_defaults(input, hidden, init)?),
            CellKind::Lstm => Self::Lstm(with_defaults(input, hidden, init)?),
            CellKind::Gru => Self::Gru(with_defaults(input, hidden, init)?),
        })
    }

    /// The hidden state at each step, zero at padding, `[batch, steps, hidden]`.
    pub fn steps(&self, x: &Padded, direction: Direction) -> Padded {
        match self {
            Self::Vanilla(cell) => unroll(cell, x, direction, None).steps(x),
            Self::Lstm(cell) => unroll(cell, x, direction, None).steps(x),
            Self::Gru(cell) => unroll(cell, x, direction, None).steps(x),
        }
    }

    /// [`unroll_carried`].
    pub fn steps_carried(&self, x: &Padded, carried: &[Tensor<2>]) -> (Padded, Vec<Tensor<2>>) {
        match self {
            Self::Vanilla(cell) => unroll_carried(cell, x, carried),
            Self::Lstm(cell) => unroll_carried(cell, x, carried),
            Self::Gru(cell) => unroll_carried(cell, x, carried),
        }
    }

    /// Tensors of its state.
    pub fn state_tensors(&self) -> usize {
        match self {
            Self::Vanilla(_) | Self::Gru(_) => 1,
            Self::Lstm(_) => 2,
        }
    }

    /// The hidden state after the last step read of each sequence, `[batch, hidden]`.
    pub fn last(&self, x: &Padded, direction: Direction) -> Tensor<2> {
        match self {
            Self::Vanilla(cell) => unroll(cell, x, direction, None).last.hidden(),
            Self::Lstm(cell) => unroll(cell, x, direction, None).last.hidden(),
            Self::Gru(cell) => unroll(cell, x, direction, None).last.hidden(),
        }
    }
}
