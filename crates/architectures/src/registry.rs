//! The list of architectures. Adding one is one line in `architectures!` below; adding a cell,
//! which is an architecture too, one in [`crate::cells`].

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Key, Options};

use crate::architecture::{Architecture, Carried, Readout, Sight};
use crate::cells::{self, CELLS};
use crate::layer::CellEntry;
use crate::recurrent::Recurrent;
use crate::{ArchitectureError, Cost, Initializer, Spec};

/// An entry of the list.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Registered name.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    /// Its own options.
    pub keys: &'static [Key],
    /// On which steps the vector at a step depends.
    pub sight: Sight,
    /// [`Architecture::refuses`].
    pub refuses: fn(Readout, &Options) -> Option<String>,
    /// What it computes and how it differs: the documentation of its file.
    pub about: &'static str,
}

macro_rules! architectures {
    ($($module:ident::$name:ident),+ $(,)?) => {
        /// Any of the architectures.
        #[derive(Module, Debug)]
        pub enum Encoder {
            /// One layer of a cell of [`crate::cells`].
            Recurrent(Recurrent),
            $(
                #[doc = concat!("[`crate::", stringify!($module), "`]")]
                $name(crate::$module::$name),
            )+
        }

        const COMPOUNDS: &[Entry] = &[
            $(Entry {
                name: <crate::$module::$name as Architecture>::DESCRIPTION.name,
                summary: <crate::$module::$name as Architecture>::DESCRIPTION.summary,
                keys: <crate::$module::$name as Architecture>::DESCRIPTION.keys,
                sight: <crate::$module::$name as Architecture>::DESCRIPTION.sight,
                refuses: <crate::$module::$name as Architecture>::refuses,
                about: include_str!(concat!(stringify!($module), ".rs")),
            },)+
        ];

        impl Encoder {
            /// The named architecture with new weights.
            ///
            /// # Errors
            /// [`ArchitectureError`]; [`ArchitectureError::Unfit`] also where it makes no sense
            /// for `spec.readout`.
            pub fn build(
                name: &str,
                spec: &Spec,
                options: &Options,
                init: &mut Initializer,
            ) -> Result<Self, ArchitectureError> {
                if let Some(cell) = cells::find(name) {
                    return Ok(Self::Recurrent(Recurrent::build(cell, spec, options, init)?));
                }
                $(if name == <crate::$module::$name as Architecture>::DESCRIPTION.name {
                    let refused = <crate::$module::$name as Architecture>::refuses;
                    if let Some(reason) = refused(spec.readout, options) {
                        let architecture =
                            <crate::$module::$name as Architecture>::DESCRIPTION.name;
                        return Err(ArchitectureError::Unfit { architecture, reason });
                    }
                    return Ok(Self::$name(Architecture::build(spec, options, init)?));
                })+
                Err(ArchitectureError::Unknown { name: name.to_owned() })
            }

            /// [`Architecture::cost`].
            pub fn cost(&self, steps: usize) -> Cost {
                match self {
                    Self::Recurrent(inner) => inner.cost(steps),
                    $(Self::$name(inner) => inner.cost(steps),)+
                }
            }

            /// Width of the vectors that it makes.
            pub fn width(&self) -> usize {
                match self {
                    Self::Recurrent(inner) => inner.width(),
                    $(Self::$name(inner) => inner.width(),)+
                }
            }

            /// One vector for each sequence, `[batch, width]`.
            pub fn summary(&self, x: &Padded) -> Tensor<2> {
                match self {
                    Self::Recurrent(inner) => inner.summary(x),
                    $(Self::$name(inner) => inner.summary(x),)+
                }
            }

            /// [`Architecture::steps`].
            pub fn steps(&self, x: &Padded) -> Padded {
                match self {
                    Self::Recurrent(inner) => inner.steps(x),
                    $(Self::$name(inner) => inner.steps(x),)+
                }
            }

            /// [`Architecture::steps_carried`].
            pub fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
                match self {
                    Self::Recurrent(inner) => inner.steps_carried(x, carried),
                    $(Self::$name(inner) => inner.steps_carried(x, carried),)+
                }
            }
        }
    };
}

architectures! {
    stacked::Stacked,
    bidirectional::Bidirectional,
    cnn_rnn::CnnRnn,
    rnn_transformer::RnnTransformer,
    r_transformer::RTransformer,
    interleaved::Interleaved,
    feed_forward::FeedForward,
    tcn::Tcn,
    fcn::Fcn,
    transformer::Transformer,
}

/// All architectures, in the order of lists: one layer of each cell, then the compounds.
pub const ARCHITECTURES: &[Entry] = &{
    let mut all = [COMPOUNDS[0]; CELLS.len() + COMPOUNDS.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] =
            if index < CELLS.len() { of_cell(index) } else { COMPOUNDS[index - CELLS.len()] };
        index += 1;
    }
    all
};

const fn of_cell(index: usize) -> Entry {
    let (CellEntry { name, summary, keys, .. }, about) = CELLS[index];
    Entry { name, summary, keys, sight: Sight::Past, refuses: never, about }
}

fn never(_: Readout, _: &Options) -> Option<String> {
    None
}

/// The entry of a name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ARCHITECTURES.iter().find(|entry| entry.name == name)
}

impl Entry {
    /// The module documentation at the head of the architecture's file.
    pub fn documentation(&self) -> String {
        let lines = self.about.lines().map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n")
    }
}
