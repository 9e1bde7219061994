//! Vectors of f32 behind one trait, and the choice of instruction set at run time.
//!
//! A value of a [`Simd`] type is the proof that this machine has its instructions, so its
//! operations are safe to call. Code that uses one is an [`Op`], which [`Level::run`]
//! compiles once for each instruction set.

mod level;
mod portable;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use level::Level;
pub use vector::{LINE, Op, Simd, padded};
