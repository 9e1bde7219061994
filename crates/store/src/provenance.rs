//! What computed a run: `provenance.json`.

use serde::{Deserialize, Serialize};

/// What computed a run; the last attempt's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Version of this format.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// Commit that the program was built from, with `-dirty` if it had changes;
    /// `unknown` outside a checkout.
    pub commit: String,
    /// Compiler.
    pub rustc: String,
    /// Version of Burn.
    pub burn: String,
    /// Backend word of the configuration.
    pub backend: String,
    /// Processor model and the vector instructions that are used on it.
    pub cpu: String,
    /// Threads that the worker may compute with.
    pub threads: usize,
    /// Checksum of the task's data or generator.
    pub data: String,
    /// The command that started the sweep.
    pub command: String,
    /// Seconds since the Unix epoch at which this attempt started.
    pub started: f64,
}

impl Provenance {
    /// Version written by this program.
    pub const FORMAT: u32 = 1;
}
