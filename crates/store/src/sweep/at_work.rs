//! What the last runner on a sweep was started with and has been asked for, from the journal.

use std::path::Path;

use crate::StoreError;
use crate::sweep::request::Request;
use crate::sweep::sweep_journal::{SweepEntryKind, SweepTail};

/// What is known of the runner that began last; the latest stands for all that are at work.
#[derive(Debug)]
pub struct AtWork {
    tail: SweepTail,
    /// The command that started it.
    pub command: Option<String>,
    /// Runs at a time.
    pub jobs: Option<usize>,
    /// Whether its runs were asked to wait.
    pub is_paused: bool,
}

impl AtWork {
    /// Nothing is known yet.
    pub fn new(sweep: &Path) -> Self {
        Self { tail: SweepTail::new(sweep), command: None, jobs: None, is_paused: false }
    }

    /// Takes in what is new in the journal; whether anything was.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn update(&mut self) -> Result<bool, StoreError> {
        let entries = self.tail.read()?;
        let is_new = !entries.is_empty();
        for entry in entries {
            match entry.kind {
                SweepEntryKind::Started { command, jobs, .. } => {
                    (self.command, self.jobs) = (Some(command), Some(jobs));
                    self.is_paused = false;
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
