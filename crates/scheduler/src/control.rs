//! What users ask of a runner while it works: how many runs at a time, which one next.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use store::{Asked, Requests, RunFolder, StoreError, SweepFolder};

/// What users have asked for, for as long as a runner works: it outlives a sweep's tuning, and the
/// first of several sweeps.
#[derive(Debug)]
pub struct Control {
    asked: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) jobs: usize,
    pub(crate) is_paused: bool,
    /// Seeds 0 and up that the sweep has; `None` if its seeds are others.
    pub(crate) seeds: Option<usize>,
    /// Seeds that it is to have.
    pub(crate) more_seeds: Option<usize>,
    /// Folders whose runs come first, the last asked for before the others.
    pub(crate) first: Vec<PathBuf>,
    /// Where requests come from.
    requests: Option<(PathBuf, Requests)>,
}

impl Control {
    /// Nothing was asked for: `jobs` runs at a time.
    pub fn new(jobs: usize) -> Self {
        let jobs = jobs.max(1);
        let state = State {
            jobs,
            is_paused: false,
            seeds: None,
            more_seeds: None,
            first: Vec::new(),
            requests: None,
        };
        Self { asked: Mutex::new(state) }
    }

    /// Hears from now on what is asked of those at work on `sweep`, to which seeds can be added if
    /// `seeds` says how many it has.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn follow(&self, sweep: &SweepFolder, seeds: Option<usize>) -> Result<(), StoreError> {
        let mut state = self.state();
        state.seeds = seeds;
        if state.requests.as_ref().is_none_or(|it| it.0 != sweep.path()) {
            state.requests = Some((sweep.path().into(), Requests::open(sweep)?));
        }
        Ok(())
    }

    /// How many seeds users have asked for since this was called last, if for more than there are.
    pub fn take_seeds(&self) -> Option<usize> {
        self.state().more_seeds.take()
    }

    /// Runs at a time, unless they are paused.
    pub fn jobs(&self) -> usize {
        self.state().jobs
    }

    /// Runs that may be at work now.
    pub(crate) fn jobs_now(&self) -> usize {
        let state = self.state();
        if state.is_paused { 0 } else { state.jobs }
    }

    /// How many were asked for before this run.
    pub(crate) fn rank(&self, run: &RunFolder) -> usize {
        let state = self.state();
        let place = state.first.iter().rposition(|folder| run.path().starts_with(folder));
        place.map_or(usize::MAX, |place| state.first.len() - place)
    }

    pub(crate) fn requests(&self) -> Vec<Asked> {
        let mut state = self.state();
        // Who asks hears no answer, which says that this runner cannot read what is asked.
        state.requests.as_mut().and_then(|it| it.1.read().ok()).unwrap_or_default()
    }

    /// The folder of the sweep that requests are about.
    pub(crate) fn sweep(&self) -> Option<PathBuf> {
        self.state().requests.as_ref().map(|it| it.0.clone())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole whatever a panicking thread did.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
