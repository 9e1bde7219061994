//! What computes a run.

use store::{Provenance, journal};

/// Commit that the program was built from.
pub const COMMIT: &str = env!("UNROLL_COMMIT");
/// Compiler that it was built with.
pub const RUSTC: &str = env!("UNROLL_RUSTC");
/// Fingerprint of the sources and dependencies that compute runs.
pub const CODE: &str = env!("UNROLL_CODE");
/// Version of Burn.
pub const BURN: &str = env!("UNROLL_BURN");

/// The provenance of a run that starts now in this process.
pub fn now(backend: &str, data: &str, command: &str) -> Provenance {
    Provenance {
        format: Provenance::FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        commit: COMMIT.into(),
        rustc: RUSTC.into(),
        burn: BURN.into(),
        backend: backend.into(),
        cpu: cpu(),
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
    set.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The processor's model, where the system says it, else its architecture.
fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim());
    model.unwrap_or(std::env::consts::ARCH).to_owned()
}
