//! What the results folder says of each planned run.

use std::collections::BTreeMap;

use rayon::prelude::*;
use store::{
    Condition, Event, EventKind, Goal, Metrics, Outcome, Plan, PlannedTask, Provenance, ReadAt,
    Reading, RunFolder, RunResult, RunState, Score, StoreError, SweepFolder,
};

/// Largest magnitude of a score that is believed; single precision ends at 3.4e38.
const BELIEVABLE: f64 = 1e100;

/// One planned run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Index into [`Plan::conditions`].
    pub condition: usize,
    /// Index into [`Plan::arms`].
    pub arm: usize,
    /// Index into [`Plan::tasks`].
    pub task: usize,
    /// Replicate seed.
    pub seed: u64,
    /// Its folder, relative to the results folder.
    pub folder: String,
    /// How far it got.
    pub state: State,
    /// Validation score in the task's primary metric by optimizer step.
    pub curve: BTreeMap<u64, f64>,
    /// Seconds of training by optimizer step, at the same steps.
    pub seconds: BTreeMap<u64, f64>,
    /// What was seen inside the model by optimizer step.
    pub probed: BTreeMap<u64, Vec<Reading>>,
    /// What computed it, where that was recorded.
    pub provenance: Option<Provenance>,
    /// Seconds between first and last event, summed over attempts.
    pub event_seconds: f64,
    /// Files of the run that are there and cannot be read, other than its result.
    pub problems: Vec<String>,
}

/// How far a run got.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// It took all its steps.
    Completed {
        /// What it wrote.
        result: Box<RunResult>,
        /// Test score in the task's primary metric at the weights best on validation.
        best: f64,
        /// The same at the last weights.
        last: f64,
    },
    /// Its loss became NaN or infinite: a result.
    Diverged {
        /// Optimizer step at which that was seen.
        step: u64,
        /// What it wrote.
        result: Box<RunResult>,
    },
    /// `[halving]` stopped it as one of the worse: its score is not that of a whole run.
    StoppedAtRung {
        /// Optimizer steps taken.
        step: u64,
        /// What it wrote.
        result: Box<RunResult>,
    },
    /// Its result is not known.
    Failed {
        /// Kind of failure and message, one line.
        reason: String,
    },
    /// It was stopped or cut off and can go on.
    Stopped,
    /// A worker is at it.
    Running,
    /// It has not been started.
    Missing,
    /// It is not run, since all that it would be compared in is decided.
    NotNeeded,
}

impl State {
    /// The word for it in tables and in `runs.csv`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Completed { .. } => "finished",
            Self::Diverged { .. } => "diverged",
            Self::StoppedAtRung { .. } => "stopped at a rung",
            Self::Failed { .. } => "failed",
            Self::Stopped => "stopped",
            Self::Running => "running",
            Self::Missing => "missing",
            Self::NotNeeded => "not needed",
        }
    }

    /// What the run wrote, if it has a result.
    pub fn result(&self) -> Option<&RunResult> {
        match self {
            Self::Completed { result, .. }
            | Self::Diverged { result, .. }
            | Self::StoppedAtRung { result, .. } => Some(result),
            _ => None,
        }
    }

    /// Why there is no score, for a run that is not finished or did not get through.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Completed { .. } => None,
            Self::Diverged { step, .. } => Some(format!("loss was NaN or infinite at step {step}")),
            Self::StoppedAtRung { step, .. } => {
                Some(format!("stopped at step {step} as one of the worse (successive halving)"))
            }
            Self::Failed { reason } => Some(reason.clone()),
            Self::Stopped => Some("stopped or cut off; the same command goes on".into()),
            Self::Running => Some("at work when the report was made".into()),
            Self::Missing => Some("not started".into()),
            Self::NotNeeded => Some("decided before it".into()),
        }
    }

    /// Test score of a completed run at the weights that `at` names.
    pub fn score(&self, at: ReadAt) -> Option<f64> {
        match (self, at) {
            (Self::Completed { best, .. }, ReadAt::Best) => Some(*best),
            (Self::Completed { last, .. }, ReadAt::Final) => Some(*last),
            _ => None,
        }
    }

    /// The score of a completed run in `metric` on the held-out part `part`, at the weights
    /// that `at` names.
    pub fn part_score(&self, at: ReadAt, part: &str, metric: &str) -> Option<f64> {
        let Self::Completed { result, .. } = self else { return None };
        result.score(at)?.parts.get(part)?.get(metric).copied()
    }
}

/// Every planned run, in the order of conditions and seeds.
pub(crate) fn read(sweep: &SweepFolder, plan: &Plan) -> Vec<Run> {
    let conditions = plan.conditions.iter().enumerate();
    let all: Vec<_> =
        conditions.flat_map(|it| plan.seeds.iter().map(move |&seed| (it, seed))).collect();
    let run = |((index, condition), seed)| read_run(sweep, plan, index, condition, seed);
    all.into_par_iter().map(run).collect()
}

fn read_run(
    sweep: &SweepFolder,
    plan: &Plan,
    index: usize,
    condition: &Condition,
    seed: u64,
) -> Run {
    let folder = sweep.run(condition, seed);
    let task = &plan.tasks[condition.task];
    let mut problems = Vec::new();
    let events = folder.events().unwrap_or_else(|error| {
        problems.push(without_path("events.jsonl", &error));
        Vec::new()
    });
    let curve = curve(&events, &task.metric.name).unwrap_or_else(|problem| {
        problems.push(problem);
        BTreeMap::new()
    });
    let state = state(&folder, condition, task, seed);
    let state = state.unwrap_or_else(|reason| State::Failed { reason });
    if let Some(result) = state.result()
        && (curve.len() as u64) < result.epochs()
    {
        let (found, epochs) = (curve.len(), result.epochs());
        problems.push(format!("events.jsonl holds {found} of {epochs} evaluations"));
    }
    let provenance = folder.provenance().unwrap_or_else(|error| {
        problems.push(without_path("provenance.json", &error));
        None
    });
    Run {
        condition: index,
        arm: condition.arm,
        task: condition.task,
        seed,
        folder: format!("runs/{}/seed-{seed}", condition.folder),
        state,
        curve,
        seconds: seconds(&events),
        probed: probed(&events),
        provenance,
        event_seconds: event_seconds(&events),
        problems,
    }
}

/// # Errors
/// Why the result is there and cannot be used.
fn state(
    folder: &RunFolder,
    condition: &Condition,
    task: &PlannedTask,
    seed: u64,
) -> Result<State, String> {
    let unreadable = |error: StoreError| without_path("result.json", &error);
    // The state first: a result that appears after it was looked at is not missed, and
    // one that was seen does not go away.
    let finished = match folder.state().map_err(unreadable)? {
        RunState::Missing => return Ok(State::Missing),
        RunState::Running => return Ok(State::Running),
        RunState::Stopped => return Ok(State::Stopped),
        RunState::Failed { class, message } => return Err(format!("{class}: {message}")),
        RunState::Finished(_) => folder.result().map_err(unreadable)?,
    };
    let result = finished.ok_or("result.json was taken away while the report was made")?;
    if result.identity != condition.identity {
        return Err("result.json is of another configuration".into());
    }
    if result.seed != seed {
        return Err(format!("result.json is of seed {}", result.seed));
    }
    let result = Box::new(result);
    if let Outcome::Diverged { step } = result.outcome {
        return Ok(State::Diverged { step, result });
    }
    if let Outcome::StoppedAtRung { step } = result.outcome {
        return Ok(State::StoppedAtRung { step, result });
    }
    let best = test_score(result.best.as_ref(), "best", &task.metric.name)?;
    let last = test_score(result.last.as_ref(), "last", &task.metric.name)?;
    Ok(State::Completed { result, best, last })
}

fn test_score(score: Option<&Score>, which: &str, metric: &str) -> Result<f64, String> {
    let score = score.ok_or_else(|| format!("result.json has no \"{which}\" scores"))?;
    believable(&score.test, metric).map_err(|what| format!("result.json, \"{which}\" test: {what}"))
}

fn believable(metrics: &Metrics, metric: &str) -> Result<f64, String> {
    match metrics.get(metric) {
        None => Err(format!("no metric \"{metric}\"")),
        Some(value) if matches!(value.abs(), 0.0..=BELIEVABLE) => Ok(*value),
        Some(value) => Err(format!("\"{metric}\" is {value:e}, which no run can score")),
    }
}

fn curve(events: &[Event], metric: &str) -> Result<BTreeMap<u64, f64>, String> {
    let mut curve = BTreeMap::new();
    for event in store::journal::evaluations(events) {
        if let EventKind::Evaluated { step, validation, .. } = &event.kind {
            let value = believable(validation, metric)
                .map_err(|what| format!("events.jsonl, validation at step {step}: {what}"))?;
            curve.insert(*step, value);
        }
    }
    Ok(curve)
}

fn seconds(events: &[Event]) -> BTreeMap<u64, f64> {
    let evaluated = store::journal::evaluations(events);
    let at = evaluated.into_iter().filter_map(|event| match event.kind {
        EventKind::Evaluated { step, train_seconds, .. } if train_seconds.is_finite() => {
            Some((step, train_seconds))
        }
        _ => None,
    });
    at.collect()
}

/// Of each step what the last attempt saw.
fn probed(events: &[Event]) -> BTreeMap<u64, Vec<Reading>> {
    let looks = events.iter().filter_map(|event| match &event.kind {
        EventKind::Probed { step, readings } => Some((*step, readings.clone())),
        _ => None,
    });
    looks.collect()
}

fn event_seconds(events: &[Event]) -> f64 {
    let mut attempts: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for event in events {
        let span = attempts.entry(event.attempt).or_insert((event.time, event.time));
        *span = (span.0.min(event.time), span.1.max(event.time));
    }
    attempts.values().map(|(first, last)| last - first).sum()
}

/// The error without the path, which differs between machines that hold the same results.
fn without_path(file: &str, error: &StoreError) -> String {
    match error {
        StoreError::Read { source, .. } => format!("{file} cannot be read: {source}"),
        StoreError::Damaged { reason, .. } => format!("{file} is damaged: {reason}"),
        other => other.fault().unwrap_or_else(|| format!("{file}: {other}")),
    }
}

/// Whether lower scores are better.
pub(crate) fn lower_is_better(goal: Goal) -> bool {
    goal.better(0.0, 1.0)
}

/// The gradients by lag of the recurrent layer nearest to the input.
pub(crate) fn first_layer(readings: &[Reading]) -> Option<&Reading> {
    readings.iter().find(|reading| reading.kind == Reading::GRADIENT_BY_LAG)
}

/// Test scores of the completed ones by seed, at the weights that `at` names.
pub(crate) fn by_seed<'a>(
    runs: impl IntoIterator<Item = &'a Run>,
    at: ReadAt,
) -> BTreeMap<u64, f64> {
    runs.into_iter().filter_map(|run| Some((run.seed, run.state.score(at)?))).collect()
}
