//! Batches made ahead on a thread of their own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use tasks::{Batch, Task};

/// Batches that wait to be taken, at most. One being made and one ready hide the making
/// behind training; more would only hold memory.
const READY: usize = 1;

/// Batches in order, each made while the one before is used. What they hold is a function of
/// their number alone, so making them ahead changes nothing.
pub struct Ahead {
    batches: Option<Receiver<Batch>>,
    maker: Option<JoinHandle<()>>,
}

impl Ahead {
    /// The batches that `make` gives for each of `numbers`.
    pub fn new(
        task: Arc<dyn Task>,
        numbers: impl Iterator<Item = u64> + Send + 'static,
        make: impl Fn(&dyn Task, u64) -> Batch + Send + 'static,
    ) -> Self {
        let (ready, batches) = sync_channel(READY);
        let maker = thread::spawn(move || {
            for number in numbers {
                // Nobody waits any more where training has ended early.
                if ready.send(make(&*task, number)).is_err() {
                    break;
                }
            }
        });
        Self { batches: Some(batches), maker: Some(maker) }
    }
}

impl Iterator for Ahead {
    type Item = Batch;

    /// # Panics
    /// With what the task panicked with, if it did.
    fn next(&mut self) -> Option<Batch> {
        let batch = self.batches.as_ref().and_then(|batches| batches.recv().ok());
        if batch.is_none()
            && let Some(Err(panic)) = self.maker.take().map(JoinHandle::join)
        {
            std::panic::resume_unwind(panic);
        }
        batch
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(maker) = self.maker.take() {
            // Its panic, if any, came after the last batch that somebody wanted.
            let _ = maker.join();
        }
    }
}
