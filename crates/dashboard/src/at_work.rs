//! What the runners at work on a sweep were asked for, from the sweep's journal.

use std::path::Path;

use store::{Request, StoreError, SweepEntryKind, SweepTail};

/// How many runs at a time, and whether they wait.
#[derive(Debug)]
pub(crate) struct AtWork {
    tail: SweepTail,
    pub(crate) jobs: Option<usize>,
    pub(crate) is_paused: bool,
}

impl AtWork {
    /// Nothing is known yet.
    pub(crate) fn new(sweep: &Path) -> Self {
        Self { tail: SweepTail::new(sweep), jobs: None, is_paused: false }
    }

    /// Takes in what is new in the journal; whether anything was.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub(crate) fn update(&mut self) -> Result<bool, StoreError> {
        let entries = self.tail.read()?;
        let is_new = !entries.is_empty();
        for entry in entries {
            match entry.kind {
                // The latest runner stands for all of them.
                SweepEntryKind::Started { jobs, .. } => {
                    (self.jobs, self.is_paused) = (Some(jobs), false);
                }
                SweepEntryKind::Answered { asked, answer } if answer.done => match asked.request {
                    Request::Pause {} => self.is_paused = true,
                    Request::Resume {} => self.is_paused = false,
                    Request::Jobs { jobs } => self.jobs = Some(jobs),
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(is_new)
    }
}
