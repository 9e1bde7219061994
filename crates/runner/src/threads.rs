//! How many runs are at work at a time, and what a process of them computes with.

use std::process::Command;
use std::sync::Arc;

use rayon::ThreadPoolBuilder;
use scheduler::{Binding, Processors};

/// Runs at a time: as asked for, else as many as the cores have threads for.
pub fn jobs(asked: Option<u16>, threads: u16) -> usize {
    let threads = usize::from(threads.max(1));
    asked.map_or_else(|| (bench::machine::cores() / threads).max(1), usize::from)
}

/// Whether each thread of so many runs can have a processor of its own.
pub fn have_processors(jobs: usize, threads: u16) -> bool {
    Processors::allowed().is_some_and(|all| all.hold(jobs, threads.into()))
}

/// Does `work` with each of `threads` threads bound to a processor that no other worker is bound
/// to, or unbound if so many cannot be had or `threads` is `None`
/// (docs/design/why-workers-are-bound.md). To be called before anything else computes in this
/// process.
pub fn bound<R: Send>(threads: Option<u16>, work: impl FnOnce() -> R + Send) -> R {
    let binding = threads.and_then(|threads| Binding::claim(threads.into()));
    let Some(binding) = binding.map(Arc::new) else { return work() };
    let count = binding.processors().len();
    if count == 1 {
        return work();
    }
    let each = binding.clone();
    let pool = ThreadPoolBuilder::new()
        .num_threads(count)
        // `work` is done on a thread of the pool, and needs as much as on the main thread.
        .stack_size(STACK)
        .start_handler(move |thread| each.bind_thread(thread))
        .build_global();
    match pool {
        // On one of the pool's threads: the one that hands out work is then one of `count`, where
        // the main thread would be one more that competes with them.
        Ok(()) => rayon::scope(|_| work()),
        Err(_) => work(),
    }
}

/// Bytes of stack of a bound thread: twice what the main thread usually has.
const STACK: usize = 16 << 20;

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

    #[test]
    fn threads_that_are_too_many_are_not_bound() {
        assert!(!have_processors(usize::MAX, 2));
        assert!(!have_processors(1, u16::MAX));
        assert_eq!(
            bound(Some(u16::MAX), || std::thread::current().id()),
            std::thread::current().id()
        );
        assert_eq!(bound(None, || 7), 7);
    }
}
