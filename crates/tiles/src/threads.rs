//! Blocks of work on several threads.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Applies `work` to every task on at most `threads` threads, the calling one included;
/// the results are in the order of the tasks.
pub fn each<T: Send, R: Send>(
    threads: usize,
    tasks: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let mut results = Vec::with_capacity(tasks.len());
    each_in_order(threads, tasks, work, |result| results.push(result));
    results
}

/// Both results, on two threads if so many may be used.
pub fn both<A: Send, B: Send>(
    threads: usize,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    if threads > 1 { rayon::join(first, second) } else { (first(), second()) }
}

/// Applies `work` to every task on at most `threads` threads, the calling one included, and
/// `take` to every result in the order of the tasks, as soon as all before it were taken: so
/// few results are there at a time.
pub fn each_in_order<T: Send, R: Send>(
    threads: usize,
    tasks: Vec<T>,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) + Send,
) {
    let helpers = threads.min(tasks.len()).saturating_sub(1);
    if helpers == 0 {
        tasks.into_iter().map(work).for_each(take);
        return;
    }
    let queue = Mutex::new(tasks.into_iter().enumerate());
    let mut next = 0;
    let mut early = BTreeMap::new();
    let done = Mutex::new(|index, result| {
        early.insert(index, result);
        while let Some(result) = early.remove(&next) {
            take(result);
            next += 1;
        }
    });
    let run = || {
        // The lock is held for taking a task only.
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((index, task)) = next() {
            let result = work(task);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            (*done)(index, result);
        }
    };
    // Every task is taken and finished before the scope ends, or it panics.
    rayon::in_place_scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|_| run());
        }
        run();
    });
}
