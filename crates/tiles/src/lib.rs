//! Matrix products in tiles, with vector instructions that are chosen at run time: what the layers of
//! `recurrence` and `dense` are computed with.
//!
//! Code that uses vectors is an [`Op`], which [`Level::run`] compiles once for each instruction set.
//! Products have a right-hand side that is packed in [`Panels`]; every number of a result is summed in
//! the order of the depth, whatever the tiles, so that threads and blocks of rows change no bit.

#![expect(unsafe_code, reason = "vector instructions and memory: only in simd, product, room")]
#![expect(clippy::inline_always, reason = "vectors that are passed in memory are slow")]

mod buffer;
mod lanes;
mod nonlinear;
mod outer;
mod outer_packed;
mod panels;
mod parts;
mod product;
mod room;
mod simd;
pub mod threads;
pub mod tile;

pub use buffer::Buffer;
pub use lanes::{largest, sum};
pub use nonlinear::{exp, sigmoid, softplus, tanh, without_vanished};
pub use outer::OuterProducts;
pub use outer_packed::PackedOuterProducts;
pub use panels::{Packed, Panels};
pub use parts::tiles;
pub use product::{Left, Product, Start};
pub use room::{Block, Room};
pub use simd::{LINE, Level, Op, Simd, padded};
