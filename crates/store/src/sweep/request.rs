//! What is asked of the runners at work on a sweep, and what they say.

use serde::{Deserialize, Serialize};

use crate::Plan;

/// What is asked of a runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// All runs save their state and wait.
    Pause {},
    /// They go on.
    Resume {},
    /// So many runs at a time.
    Jobs {
        /// At least 1.
        jobs: usize,
    },
    /// So many seeds, 0 and up, of everything: those that are new are done when all others are.
    Seeds {
        /// How many in all.
        seeds: usize,
    },
    /// The runner ends, with the state of all runs saved.
    Stop {},
    /// One run saves its state and is left, for another `run`.
    StopRun {
        /// Its folder, from the sweep's, with `/` between.
        run: String,
    },
    /// One run that failed or was stopped is done after all.
    RetryRun {
        /// Its folder, from the sweep's, with `/` between.
        run: String,
    },
    /// The waiting runs of an arm come before all others.
    First {
        /// Name of the arm.
        arm: String,
        /// Folders of its conditions, from the sweep's.
        folders: Vec<String>,
    },
}

impl Request {
    /// The waiting runs of the arm with this index, those that tuning tries too, come first.
    pub fn first(plan: &Plan, arm: usize) -> Self {
        let main = plan.conditions.iter().filter(|it| it.arm == arm);
        let candidates = plan.tuning.iter().flat_map(|tuning| &tuning.candidates);
        let tried = candidates.filter(|it| plan.conditions[it.of].arm == arm);
        let all = main.chain(tried.map(|it| &it.condition));
        let folders = all.map(|it| format!("runs/{}", it.folder)).collect();
        Self::First { arm: plan.arms[arm].name.clone(), folders }
    }
}

/// A request and whose it is: a line of `control.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Tells it from every other request.
    pub id: String,
    /// Who asked, for people.
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub request: Request,
}

/// What a runner says to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it did what was asked.
    pub done: bool,
    /// In a sentence.
    pub says: String,
}

impl Answer {
    /// It is done.
    pub fn done(says: impl Into<String>) -> Self {
        Self { done: true, says: says.into() }
    }

    /// It is not, for this reason.
    pub fn refused(says: impl Into<String>) -> Self {
        Self { done: false, says: says.into() }
    }
}
