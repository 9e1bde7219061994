//! One run: its events folded into plain state.

use std::collections::BTreeMap;

use store::{Event, EventKind, Outcome, Reading, RunResult, RunState};

use crate::curve::Points;
use crate::times::Times;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing has been done.
    Planned,
    /// Nothing has been done, and so far nothing asks for it: what its seed is for is decided.
    NotNeeded,
    /// A worker is at it.
    Running,
    /// It was stopped or cut off and can go on.
    Stopped,
    /// All its steps were taken.
    Finished,
    /// The loss became NaN or infinite: finished as well.
    Diverged,
    /// `[halving]` stopped it as one of the worse: settled, and its scores are not those of
    /// a whole run.
    AtRung,
    /// The last attempt failed; the result is not known.
    Failed,
}

impl Status {
    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::NotNeeded => "not needed",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Diverged => "diverged",
            Self::AtRung => "at rung",
            Self::Failed => "failed",
        }
    }

    /// Whether somebody should look at it.
    pub(crate) fn is_trouble(self) -> bool {
        matches!(self, Self::Failed | Self::Diverged)
    }
}

/// One attempt at a run, in seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// When it started.
    pub started: f64,
    /// Time of its last event.
    pub last: f64,
    /// Optimizer steps that earlier attempts had taken.
    pub from_step: u64,
}

/// What is known of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// Index into the plan's conditions.
    pub condition: usize,
    /// Replicate seed.
    pub seed: u64,
    /// Where it stands.
    pub status: Status,
    /// Optimizer steps taken.
    pub step: u64,
    /// Optimizer steps planned, once known.
    pub steps: Option<u64>,
    /// Training loss of the last batch that was reported.
    pub loss: Option<f64>,
    /// Speed that was last reported.
    pub steps_per_second: Option<f64>,
    /// Class and message of the last failure, also after a later attempt started.
    pub failure: Option<String>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// Validation curves by metric: (optimizer step, value).
    pub curves: BTreeMap<String, Points>,
    /// Seconds of training by step, where it was evaluated.
    pub seconds: Points,
    /// The share of the gradient that reached the largest lag, by step.
    pub kept: Points,
    /// When its steps were reached.
    pub(crate) times: Times,
    /// What was last seen inside the model, and at which step.
    pub readings: Option<(u64, Vec<Reading>)>,
    /// The result, once there is one.
    pub result: Option<RunResult>,
}

impl RunView {
    /// A run of which nothing is known yet.
    pub(crate) fn new(condition: usize, seed: u64, steps: Option<u64>) -> Self {
        Self {
            condition,
            seed,
            status: Status::Planned,
            step: 0,
            steps,
            loss: None,
            steps_per_second: None,
            failure: None,
            attempts: Vec::new(),
            curves: BTreeMap::new(),
            seconds: Points::new(),
            kept: Points::new(),
            times: Times::default(),
            readings: None,
            result: None,
        }
    }

    /// The part of its steps that is done, 0 to 1; 1 for runs that have a result.
    pub fn fraction(&self) -> f64 {
        match (self.status, self.steps) {
            (Status::Finished | Status::Diverged | Status::AtRung, _) => 1.0,
            (_, Some(steps)) if steps > 0 => (self.step as f64 / steps as f64).min(1.0),
            _ => 0.0,
        }
    }

    /// The curve of a metric; empty where it was never evaluated.
    pub fn curve(&self, metric: &str) -> &[(f64, f64)] {
        self.curves.get(metric).map_or(&[], Vec::as_slice)
    }

    /// The same over seconds of training.
    pub fn over_time(&self, metric: &str) -> Points {
        let at = |step: f64| {
            let place = self.seconds.binary_search_by(|point| point.0.total_cmp(&step)).ok()?;
            Some(self.seconds[place].1)
        };
        self.curve(metric).iter().filter_map(|&(step, value)| Some((at(step)?, value))).collect()
    }

    /// Takes one event in. An attempt that starts over from an earlier step drops what
    /// the attempt before it did beyond that step.
    pub(crate) fn apply(&mut self, event: Event) {
        // What begins a new attempt is no part of the one before: a pause between them is no work.
        let begins = matches!(event.kind, EventKind::Started { .. });
        if let Some(attempt) = self.attempts.last_mut().filter(|_| !begins) {
            attempt.last = attempt.last.max(event.time);
        }
        self.times.take(event.time, &event.kind);
        match event.kind {
            EventKind::Started { step, steps, .. } => {
                let (started, last) = (event.time, event.time);
                self.attempts.push(Attempt { started, last, from_step: step });
                (self.step, self.steps) = (step, Some(steps));
                (self.loss, self.steps_per_second) = (None, None);
                for curve in self.curves.values_mut().chain([&mut self.seconds, &mut self.kept]) {
                    curve.retain(|point| point.0 <= step as f64);
                }
            }
            EventKind::Progress { step, loss, steps_per_second } => {
                self.step = step;
                (self.loss, self.steps_per_second) = (Some(loss), Some(steps_per_second));
            }
            EventKind::Evaluated { step, validation, train_seconds, .. } => {
                self.step = step;
                let step = step as f64;
                self.seconds.retain(|point| point.0 < step);
                self.seconds.push((step, train_seconds));
                for (metric, value) in validation {
                    let curve = self.curves.entry(metric).or_default();
                    curve.retain(|point| point.0 < step);
                    curve.push((step, value));
                }
            }
            EventKind::Checkpointed { step } | EventKind::Stopped { step } => self.step = step,
            EventKind::Finished { .. } | EventKind::Damaged { .. } | EventKind::Scored { .. } => {}
            EventKind::Probed { step, readings } => {
                let by_lag = readings.iter().find(|it| it.kind == Reading::GRADIENT_BY_LAG);
                let ends = by_lag.and_then(|it| Some((it.values.first()?, it.values.last()?)));
                if let Some((near, far)) = ends.filter(|ends| *ends.0 > 0.0) {
                    self.kept.push((step as f64, far / near));
                }
                self.readings = Some((step, readings));
            }
            EventKind::Failed { class, message } => {
                self.failure = Some(format!("{class}: {message}"));
            }
        }
    }

    /// Takes in what the folder says of the run as a whole.
    pub(crate) fn settle(&mut self, state: RunState, result: Option<RunResult>) {
        self.status = match state {
            RunState::Missing => Status::Planned,
            RunState::Running => Status::Running,
            RunState::Stopped => Status::Stopped,
            RunState::Finished(Outcome::Diverged { .. }) => Status::Diverged,
            RunState::Finished(Outcome::StoppedAtRung { .. }) => Status::AtRung,
            RunState::Finished(_) => Status::Finished,
            RunState::Failed { class, message } => {
                self.failure = Some(format!("{class}: {message}"));
                Status::Failed
            }
        };
        if let Some(result) = &result {
            self.step = result.steps;
        }
        self.result = result;
    }
}
