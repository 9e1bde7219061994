//! Many files looked at together: on a file server it is the wait that takes the time.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Looks at a time.
const AT_A_TIME: usize = 16;
/// Items below which threads are not worth their start.
const FEW: usize = 128;
/// Items that a thread takes at a time.
const CHUNK: usize = 32;

/// What `look` says of each item, in their order; of several errors that of the first item.
pub(crate) fn together<I: Sync, T: Send, E: Send>(
    items: &[I],
    look: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    if items.len() < FEW {
        return items.iter().map(look).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        loop {
            let from = next.fetch_add(CHUNK, Ordering::Relaxed);
            let Some(chunk) = items.get(from..(from + CHUNK).min(items.len())) else { return };
            let looked: Vec<Result<T, E>> = chunk.iter().map(&look).collect();
            done.lock().unwrap_or_else(PoisonError::into_inner).push((from, looked));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(from, _)| *from);
    done.into_iter().flat_map(|(_, looked)| looked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_in_the_order_of_the_items() {
        for count in [0, 1, FEW - 1, FEW, FEW + 1, 10 * FEW + 7, 32 * FEW] {
            let items: Vec<usize> = (0..count).collect();
            let said = together(&items, |item| Ok::<_, ()>(3 * item)).unwrap();
            assert_eq!(said, items.iter().map(|item| 3 * item).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_counts() {
        let items: Vec<usize> = (0..5 * FEW).collect();
        let look = |item: &usize| if item % 200 == 199 { Err(*item) } else { Ok(()) };
        assert_eq!(together(&items, look), Err(199));
    }
}
