//! The architectures, one a file, as Burn modules that run on any backend.
//!
//! A **cell** states one step of a recurrence: most are one
//! [statement](recurrence::Pointwise), which runs in one operation over whole sequences
//! ([`fused`]); any other is a [`Cell`], which the one time loop ([`sequence`]) runs over a padded
//! batch, forward or backward. An **architecture**
//! ([`Architecture`]) turns a padded batch into one vector for each sequence or for each
//! step, and a [`Model`] puts a linear head on it.
//!
//! To add a cell: one file like [`gru`], one line in [`cells`]. To add an architecture: one file
//! like [`stacked`], one line in [`registry`].

pub mod architecture;
pub mod attention;
pub mod bidirectional;
mod burn_layers;
pub mod cell;
pub mod cells;
pub mod cnn_rnn;
pub mod convolution;
pub mod cost;
pub mod dropout;
mod error;
pub mod exponential_gating;
pub mod fcn;
pub mod feed_forward;
pub mod frames;
pub mod full_gate_recurrence;
pub mod fused;
pub mod gru;
pub mod initial_weights;
pub mod initializer;
pub mod interleaved;
pub mod layer;
pub mod layer_normalized;
pub mod lstm;
pub mod min_gru;
pub mod min_lstm;
pub mod mlstm;
pub mod mlstm_layer;
mod mlstm_parallel;
pub mod model;
mod module_path;
pub mod r#mut;
pub mod mut_layer;
pub mod normalize;
pub mod pooling;
pub mod portable;
pub mod positions;
pub mod probing;
pub mod r_transformer;
pub mod recurrent;
pub mod registry;
pub mod rnn_transformer;
pub mod sequence;
pub mod slstm;
pub mod spectral_radius;
pub mod stacked;
pub mod tcn;
pub mod transformer;
pub mod unrolled;
pub mod vanilla;
pub mod zoneout;

#[cfg(test)]
#[path = "../tests/draws/mod.rs"]
mod draws;

pub use architecture::{Architecture, Carried, Description, Readout, Sight, Spec};
pub use cell::Cell;
pub use cost::Cost;
pub use dropout::Dropout;
pub use error::ArchitectureError;
pub use initializer::Initializer;
pub use kernels::{Padded, State};
pub use model::{Model, Places, Reads, Sequences};
pub use pooling::{Pooling, PoolingKind};
pub use portable::Mismatch;
pub use registry::{ARCHITECTURES, Encoder, Entry, find};
