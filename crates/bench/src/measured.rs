//! A row of the suite `layers`.

use crate::Case;
use crate::contest::Times;
use crate::session::{milliseconds, ratio};
use crate::table::{Column, Value};

/// One row as it was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What was done.
    pub case: Case,
    /// By this workspace.
    pub ours: Times,
    /// By Burn's own layer.
    pub burn: Times,
    /// By PyTorch.
    pub torch: Times,
    /// By JAX.
    pub jax: Times,
    /// The machine's speed in floating-point operations a second, measured in turn with
    /// the others.
    pub speed: Option<f64>,
}

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    ("cell", 7),
    ("shape", 13),
    ("pass", 16),
    ("threads", 0),
    ("ours ms", 8),
    ("Burn ms", 8),
    ("PyTorch ms", 0),
    ("JAX ms", 8),
    ("ratio", 6),
    ("GFLOP/s", 0),
    ("of peak", 0),
];

impl Measured {
    /// The better of the peers' medians, in seconds.
    fn best_peer(&self) -> Option<f64> {
        [&self.torch, &self.jax].into_iter().filter_map(Times::median).min_by(f64::total_cmp)
    }

    /// Our time over that of the better peer.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.ours.median()? / self.best_peer()?)
    }

    /// Our floating-point operations a second over the machine's.
    pub fn share(&self) -> Option<f64> {
        Some(self.case.flops() / self.ours.median()? / self.speed?)
    }

    /// The values of [`COLUMNS`].
    pub fn row(&self) -> Vec<Value> {
        let Case { cell, shape, pass, threads } = self.case;
        let rate = self.ours.median().map(|seconds| self.case.flops() / seconds / 1e9);
        vec![
            Value::Text(cell.name().into()),
            Value::Text(shape.to_string()),
            Value::Text(pass.name().into()),
            Value::Count(threads),
            milliseconds(&self.ours),
            milliseconds(&self.burn),
            milliseconds(&self.torch),
            milliseconds(&self.jax),
            ratio(self.ours.median(), self.best_peer()),
            rate.map_or(Value::Missing, Value::Whole),
            self.share().map_or(Value::Missing, Value::Share),
        ]
    }
}
