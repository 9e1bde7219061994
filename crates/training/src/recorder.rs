//! What a run tells about itself: its events.

use std::time::{Duration, Instant};

use store::{EventKind, EventWriter, StoreError};

/// Shortest time between two `Progress` events.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Writes the events of a run.
pub struct Recorder {
    writer: EventWriter,
    last_progress: (Instant, u64),
}

impl Recorder {
    /// Records into `writer`, for a run that has taken `steps` steps already.
    pub fn new(writer: EventWriter, steps: u64) -> Self {
        Self { writer, last_progress: (Instant::now(), steps) }
    }

    /// Appends an event.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub fn append(&mut self, event: EventKind) -> Result<(), StoreError> {
        self.writer.append(event)
    }

    /// Says that `step` steps are taken, the last with this loss; an event now and then.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub fn advance(&mut self, step: u64, loss: f64) -> Result<(), StoreError> {
        let (since, before) = self.last_progress;
        let elapsed = since.elapsed();
        if elapsed < PROGRESS_EVERY || step <= before {
            return Ok(());
        }
        let steps_per_second = (step - before) as f64 / elapsed.as_secs_f64();
        self.last_progress = (Instant::now(), step);
        self.append(EventKind::Progress { step, loss, steps_per_second })
    }
}
