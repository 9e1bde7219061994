//! What `run` was asked for, whatever the experiment.

use std::cell::Cell;
use std::path::Path;

use scheduler::{Control, Signals};

use crate::arguments::RunArguments;
use crate::threads::jobs;

/// What `run` was asked for, whatever the experiment.
pub struct Session<'a> {
    pub arguments: &'a RunArguments,
    pub datasets: &'a Path,
    pub signals: Signals,
    /// What users ask for meanwhile.
    pub control: Control,
    /// Whether the user has left the dashboard, which then does not come back.
    pub is_dashboard_left: Cell<bool>,
    failed: Cell<usize>,
}

impl<'a> Session<'a> {
    /// Nothing was run so far.
    pub fn new(arguments: &'a RunArguments, datasets: &'a Path, signals: Signals) -> Self {
        let (is_dashboard_left, failed) = (Cell::new(false), Cell::new(0));
        let control = Control::new(jobs(arguments.jobs, arguments.threads_per_run));
        Self { arguments, datasets, signals, control, is_dashboard_left, failed }
    }

    /// How many more runs may fail; `None` for any number.
    pub fn failures_left(&self) -> Option<usize> {
        let most = if self.arguments.fail_fast { Some(1) } else { self.arguments.max_failures };
        most.map(|most| (most as usize).saturating_sub(self.failed.get()))
    }

    /// Counts runs that failed.
    pub fn count_failures(&self, failed: usize) {
        self.failed.set(self.failed.get() + failed);
    }
}
