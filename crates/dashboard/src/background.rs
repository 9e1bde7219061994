//! What takes longer than a frame: computed beside the screen, anew whenever something has changed.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// A computation over a sweep.
#[derive(Debug)]
pub(crate) struct Background<T> {
    /// What it rested on when it was begun last: a number that changes with it.
    rests_on: Option<usize>,
    coming: Option<Receiver<T>>,
}

/// The computation ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost;

impl<T> Default for Background<T> {
    fn default() -> Self {
        Self { rests_on: None, coming: None }
    }
}

impl<T: Send + 'static> Background<T> {
    /// What has come since this was called last. `compute` is begun if what it rests on has changed since
    /// it was begun last, such as how many runs have ended, and it is not at work.
    pub(crate) fn update(
        &mut self,
        rests_on: usize,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Option<Result<T, Lost>> {
        let come = match self.coming.as_ref().map(Receiver::try_recv) {
            Some(Err(TryRecvError::Empty)) => return None,
            Some(Ok(come)) => Some(Ok(come)),
            Some(Err(TryRecvError::Disconnected)) => Some(Err(Lost)),
            None => None,
        };
        self.coming = None;
        if self.rests_on != Some(rests_on) {
            self.rests_on = Some(rests_on);
            let (send, receive) = channel();
            self.coming = Some(receive);
            // Nobody waits for it where the view is closed.
            std::thread::spawn(move || send.send(compute()).ok());
        }
        come
    }

    /// Whether it is at work.
    pub(crate) fn is_at_work(&self) -> bool {
        self.coming.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_computed_once_for_so_many_results() {
        let mut background = Background::default();
        let mut wait = |finished: usize| loop {
            if let Some(come) = background.update(finished, move || 10 * finished) {
                return come;
            }
            std::thread::yield_now();
        };
        assert_eq!(wait(1), Ok(10));
        assert_eq!(wait(2), Ok(20));
        for _ in 0..100 {
            assert_eq!(background.update(2, || panic!("again")), None);
        }
        assert!(!background.is_at_work());
        assert_eq!(background.update(3, || panic!("lost")), None);
        let lost = std::iter::repeat_with(|| background.update(3, || 0)).find_map(|it| it);
        assert_eq!(lost, Some(Err(Lost)));
    }
}
