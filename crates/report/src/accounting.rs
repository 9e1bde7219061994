//! What ran and what did not.

use std::collections::BTreeSet;

use store::{StoreError, SweepFolder};

use crate::runs::{Run, State};

/// How many runs are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of them.
    pub planned: usize,
    /// Took all their steps.
    pub finished: usize,
    /// Loss became NaN or infinite.
    pub diverged: usize,
    /// Stopped by `[halving]` as one of the worse. What their score at the end would have
    /// been is not known, so they are in no mean.
    pub at_rung: usize,
    /// Result not known.
    pub failed: usize,
    /// Stopped, will go on.
    pub stopped: usize,
    /// At work now.
    pub running: usize,
    /// Not started.
    pub missing: usize,
    /// Not run, since what they would be compared in is decided.
    pub not_needed: usize,
}

impl Counts {
    /// Counts runs by state.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut counts = Self::default();
        for run in runs {
            counts.planned += 1;
            *match run.state {
                State::Completed { .. } => &mut counts.finished,
                State::Diverged { .. } => &mut counts.diverged,
                State::Failed { .. } => &mut counts.failed,
                State::StoppedAtRung { .. } => &mut counts.at_rung,
                State::Stopped => &mut counts.stopped,
                State::Running => &mut counts.running,
                State::Missing => &mut counts.missing,
                State::NotNeeded => &mut counts.not_needed,
            } += 1;
        }
        counts
    }

    /// Runs without a result.
    pub const fn unknown(&self) -> usize {
        self.failed + self.stopped + self.running + self.missing
    }
}

/// What ran and what did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Accounting {
    /// By condition, in the plan's order.
    pub conditions: Vec<Counts>,
    /// Of all conditions.
    pub total: Counts,
    /// Folders under `runs/` that the plan does not name, left out of every number.
    pub unplanned: Vec<String>,
    /// Wall time of the runs with a result, in seconds.
    pub finished_seconds: f64,
    /// Wall time that the other runs took so far, in seconds, from their events.
    pub unfinished_seconds: f64,
}

impl Accounting {
    /// Counts `runs`, which are in the order of `conditions`.
    pub(crate) fn new(
        sweep: &SweepFolder,
        plan: &store::Plan,
        runs: &[Run],
    ) -> Result<Self, StoreError> {
        let of = |condition| Counts::of(runs.iter().filter(move |run| run.condition == condition));
        let (mut finished_seconds, mut unfinished_seconds) = (0.0, 0.0);
        for run in once_per_folder(runs) {
            match run.state.result() {
                Some(result) => finished_seconds += result.total_seconds,
                None => unfinished_seconds += run.event_seconds,
            }
        }
        Ok(Self {
            conditions: (0..plan.conditions.len()).map(of).collect(),
            total: Counts::of(runs),
            unplanned: sweep.unplanned(plan)?,
            finished_seconds,
            unfinished_seconds,
        })
    }
}

/// The runs without repetition: arms that resolve to the same configuration share theirs.
pub(crate) fn once_per_folder(runs: &[Run]) -> impl Iterator<Item = &Run> {
    let mut seen = BTreeSet::new();
    runs.iter().filter(move |run| seen.insert(run.folder.as_str()))
}
