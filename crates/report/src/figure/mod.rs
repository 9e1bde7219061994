//! Learning curves as SVG.
//!
//! Drawn here rather than by a plotting library: the page wants the same figure in light
//! and dark, with titles on lines and points, and the same bytes wherever it is made.
//! kuva 0.6, the nearest library, takes its ids from a process-wide counter, so two
//! figures on one page clash and the bytes depend on the order of drawing.

mod curves;
mod draw;
mod palette;
mod scale;

pub(crate) use curves::first_layer;
pub use curves::{CurveFigure, CurveLine, RunCurve};
pub(crate) use draw::{inline, standalone};
