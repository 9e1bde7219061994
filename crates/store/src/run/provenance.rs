//! What computed a run: `provenance.json`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::file::files::Stored;

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
    /// BLAKE3 of the `Cargo.lock` that the program was built with, in hexadecimal; empty
    /// before format 3.
    #[serde(default)]
    pub lock: String,
    /// Version of Burn.
    pub burn: String,
    /// Backend word of the configuration.
    pub backend: String,
    /// What the backend computes on: the name of a GPU, or `CPU`; empty before format 3.
    #[serde(default)]
    pub device: String,
    /// Processor model; before format 3 also its vector instructions.
    pub cpu: String,
    /// The vector instructions that our CPU kernels use on it; empty before format 3.
    #[serde(default)]
    pub instructions: String,
    /// Threads that the worker may compute with.
    pub threads: usize,
    /// Checksum of the task's data or generator.
    pub data: String,
    /// The command that started the sweep.
    pub command: String,
    /// Seconds since the Unix epoch at which this attempt started.
    pub started: f64,
    /// Fingerprint of the sources and dependencies that compute runs; empty in format 1.
    #[serde(default)]
    pub code: String,
    /// Fingerprints, other than this attempt's, of attempts that this one goes on from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Fingerprint>,
    /// Most memory that this attempt held at once, in bytes; absent until it has ended, and
    /// where the system does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
    /// Seconds that this attempt took; absent until it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_seconds: Option<f64>,
}

/// Code and data of a run. Two runs of one configuration and seed that have the same
/// fingerprint have the same result on a CPU backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// Fingerprint of the sources and dependencies that compute runs.
    pub code: String,
    /// Checksum of the task's data or generator.
    pub data: String,
}

/// In what the fingerprint of a run is not the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Other sources or dependencies.
    Code,
    /// Other data.
    Data,
    /// Both.
    CodeAndData,
    /// Attempts with different fingerprints went on from each other.
    Mixed,
    /// It is not recorded what computed it.
    Unrecorded,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Code => "other code computed it",
            Self::Data => "it was computed from other data",
            Self::CodeAndData => "other code computed it, from other data",
            Self::Mixed => "its attempts had different code or data",
            Self::Unrecorded => "its code is not recorded",
        })
    }
}

impl Stored for Provenance {
    const FORMAT: u32 = Self::FORMAT;
    const SEALED: u32 = 4;

    fn format(&self) -> u32 {
        self.format
    }
}

impl Provenance {
    /// Version written by this program.
    pub const FORMAT: u32 = 4;

    /// Code and data of the attempt.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint { code: self.code.clone(), data: self.data.clone() }
    }

    /// Takes over what the attempts that this one goes on from recorded.
    pub fn goes_on_from(&mut self, before: &Self) {
        let own = self.fingerprint();
        for other in before.earlier.iter().chain([&before.fingerprint()]) {
            if *other != own && !self.earlier.contains(other) {
                self.earlier.push(other.clone());
            }
        }
    }

    /// In what the run's fingerprint differs from `current`; `None` where it does not.
    pub fn stale(&self, current: &Fingerprint) -> Option<Stale> {
        if self.code.is_empty() {
            return Some(Stale::Unrecorded);
        }
        if !self.earlier.is_empty() {
            return Some(Stale::Mixed);
        }
        match (self.code == current.code, self.data == current.data) {
            (true, true) => None,
            (false, true) => Some(Stale::Code),
            (true, false) => Some(Stale::Data),
            (false, false) => Some(Stale::CodeAndData),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provenance(code: &str, data: &str) -> Provenance {
        let mut provenance: Provenance = serde_json::from_str(FORMAT_1).unwrap();
        (provenance.code, provenance.data) = (code.into(), data.into());
        provenance
    }

    const FORMAT_1: &str = r#"{
        "format": 1, "version": "0.1.0", "commit": "unknown", "rustc": "rustc 1.95.0",
        "burn": "0.22.1", "backend": "flex", "cpu": "x86_64", "threads": 2, "data": "d",
        "command": "run x.toml", "started": 3.5
    }"#;

    #[test]
    fn a_run_is_stale_by_what_differs() {
        let current = Fingerprint { code: "c".into(), data: "d".into() };
        assert_eq!(provenance("c", "d").stale(&current), None);
        assert_eq!(provenance("b", "d").stale(&current), Some(Stale::Code));
        assert_eq!(provenance("c", "e").stale(&current), Some(Stale::Data));
        assert_eq!(provenance("b", "e").stale(&current), Some(Stale::CodeAndData));
        let old: Provenance = serde_json::from_str(FORMAT_1).unwrap();
        assert_eq!(old.stale(&current), Some(Stale::Unrecorded));
        assert_eq!((&*old.lock, &*old.device, &*old.instructions), ("", "", ""));
    }

    #[test]
    fn an_attempt_that_goes_on_from_other_code_is_mixed_from_then_on() {
        let current = Fingerprint { code: "c".into(), data: "d".into() };
        let mut second = provenance("c", "d");
        second.goes_on_from(&provenance("c", "d"));
        assert_eq!(second.stale(&current), None);
        second.goes_on_from(&provenance("b", "d"));
        let mut third = provenance("c", "d");
        third.goes_on_from(&second);
        assert_eq!(third.stale(&current), Some(Stale::Mixed));
        assert_eq!(third.earlier, [provenance("b", "d").fingerprint()]);
        let read: Provenance =
            serde_json::from_str(&serde_json::to_string(&third).unwrap()).unwrap();
        assert_eq!(read, third);
    }
}
