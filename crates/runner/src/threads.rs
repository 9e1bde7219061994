//! How many runs are at work at a time, and what a process of them computes with.

use std::process::Command;

/// Runs at a time: as asked for, else as many as the cores have threads for.
pub fn jobs(asked: Option<u16>, threads: u16) -> usize {
    let threads = usize::from(threads.max(1));
    asked.map_or_else(|| (bench::machine::cores() / threads).max(1), usize::from)
}

/// Tells a process in its environment to keep its memory: every step needs that of the step
/// before again (docs/design/why-mimalloc.md).
pub const KEEP_MEMORY: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "-1");

/// Has a process compute with so many threads and keep its memory.
pub fn compute_with(command: &mut Command, threads: u16) -> &mut Command {
    command
        // One thread a run by default: many small runs use the cores better than one can.
        .env("RAYON_NUM_THREADS", threads.to_string())
        .env(KEEP_MEMORY.0, KEEP_MEMORY.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_shared_between_jobs_and_threads() {
        assert_eq!(jobs(Some(3), 7), 3);
        assert_eq!(jobs(None, u16::MAX), 1);
        assert_eq!(jobs(None, 1), bench::machine::cores());
    }
}
