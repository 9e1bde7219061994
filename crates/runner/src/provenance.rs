//! What computes a run.

use store::{Provenance, journal};

/// Commit that the program was built from.
pub const COMMIT: &str = env!("UNROLL_COMMIT");
/// Compiler that it was built with.
pub const RUSTC: &str = env!("UNROLL_RUSTC");
/// Fingerprint of the sources and dependencies that compute runs.
pub const CODE: &str = env!("UNROLL_CODE");
/// The `Cargo.lock` that it was built with.
const LOCK: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));
/// Version of Burn.
pub const BURN: &str = env!("UNROLL_BURN");

/// The provenance of a run that starts now in this process, on `device`.
pub fn now(backend: &str, device: String, data: &str, command: &str) -> Provenance {
    Provenance {
        format: Provenance::FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        commit: COMMIT.into(),
        rustc: RUSTC.into(),
        lock: blake3::hash(LOCK).to_hex().to_string(),
        burn: BURN.into(),
        backend: backend.into(),
        device,
        cpu: bench::machine::processor_model(),
        instructions: bench::machine::instruction_set().into(),
        threads: threads(),
        data: data.into(),
        command: command.into(),
        started: journal::now(),
        code: CODE.into(),
        earlier: Vec::new(),
        peak_memory: None,
        wall_seconds: None,
    }
}

/// Threads that this process computes with.
fn threads() -> usize {
    let set = std::env::var("RAYON_NUM_THREADS").ok().and_then(|threads| threads.parse().ok());
    set.unwrap_or_else(bench::machine::cores)
}
