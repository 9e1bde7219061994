//! Blocks of work on several threads.

use std::sync::{Mutex, PoisonError};

/// Applies `work` to every task on at most `threads` threads, the calling one included;
/// the results are in the order of the tasks.
pub(super) fn each<T: Send, R: Send>(
    threads: usize,
    tasks: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let helpers = threads.min(tasks.len()).saturating_sub(1);
    if helpers == 0 {
        return tasks.into_iter().map(work).collect();
    }
    let results: Vec<Mutex<Option<R>>> = tasks.iter().map(|_| Mutex::new(None)).collect();
    let queue = Mutex::new(tasks.into_iter().enumerate());
    let run = || {
        // The lock is held for taking a task only.
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((index, task)) = next() {
            let result = work(task);
            *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    rayon::in_place_scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|_| run());
        }
        run();
    });
    let unlock = |cell: Mutex<Option<R>>| cell.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Every task was taken and finished: the scope ends after that, or panics.
    results.into_iter().filter_map(unlock).collect()
}
