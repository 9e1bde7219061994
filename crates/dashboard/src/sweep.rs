//! A results folder as plain state, kept up to date while a sweep goes on.

use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use store::{AtWork, EventTail, Plan, PlannedTask, RunFolder, RunState, StoreError, SweepFolder};

use crate::names::Names;
use crate::run::{RunView, Status};
use crate::summary::{SoFar, Summaries, Summary};
use crate::wanted::{Runs, Wanted};

/// Finished runs are looked at in one update of so many, in case they are run again.
const SELDOM: usize = 16;

/// What a results folder says, as plain state. Nothing is ever written.
#[derive(Debug)]
pub struct SweepState {
    folder: SweepFolder,
    plan: Plan,
    plan_stamp: Option<(SystemTime, u64)>,
    plan_problem: Option<String>,
    is_live: bool,
    names: Names,
    at_work: AtWork,
    journal_problem: Option<String>,
    /// Grows with everything that is new.
    changes: u64,
    /// The same of each condition's runs.
    versions: Vec<u64>,
    summaries: Summaries,
    wanted: Wanted,
    wanted_problem: Option<String>,
    /// Condition by condition, seeds within conditions.
    runs: Vec<Followed>,
    /// The runs as they were at an earlier time, while that is shown.
    earlier: Option<Vec<RunView>>,
    /// Where the next update goes on.
    cursor: usize,
    /// Looks at runs so far, over all updates.
    looks: usize,
}

/// How many runs stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All runs of the plan that something asks for.
    pub planned: usize,
    /// Those that have a result, diverged ones and those stopped at a rung included.
    pub finished: usize,
    /// Those whose loss became NaN or infinite.
    pub diverged: usize,
    /// Those that were stopped at a rung.
    pub at_rung: usize,
    /// Those whose last attempt failed.
    pub failed: usize,
    /// Those at work.
    pub running: usize,
    /// Those that were stopped and can go on.
    pub stopped: usize,
}

impl SweepState {
    /// Reads the plan; the runs are read by [`SweepState::update`].
    ///
    /// # Errors
    /// Those of [`SweepFolder::plan`].
    pub fn open(folder: &SweepFolder) -> Result<Self, StoreError> {
        let plan_stamp = stamp(folder.path());
        let plan = folder.plan()?;
        Ok(Self {
            runs: follow(folder, &plan),
            names: Names::of(&plan),
            at_work: AtWork::new(folder.path()),
            journal_problem: None,
            changes: 0,
            versions: vec![0; plan.conditions.len()],
            summaries: Summaries::default(),
            wanted: Wanted::default(),
            wanted_problem: None,
            folder: folder.clone(),
            plan,
            plan_stamp,
            plan_problem: None,
            is_live: false,
            earlier: None,
            cursor: 0,
            looks: 0,
        })
    }

    /// Reads what is new. It stops when `budget` is used up and goes on from there the
    /// next time, so that a slow disk or thousands of runs do not freeze the screen.
    pub fn update(&mut self, budget: Duration) {
        let start = Instant::now();
        let is_live = self.folder.is_locked();
        self.changes += u64::from(is_live != self.is_live);
        self.is_live = is_live;
        self.update_plan();
        match self.at_work.update() {
            Ok(is_new) => {
                self.changes += u64::from(is_new);
                self.journal_problem = None;
            }
            Err(error) => self.journal_problem = Some(error.to_string()),
        }
        if self.is_read() {
            self.update_wanted();
        }
        for _ in 0..self.runs.len() {
            let turn = self.looks / self.runs.len() + self.cursor;
            let is_new = self.runs[self.cursor].look(turn.is_multiple_of(SELDOM));
            self.changes += u64::from(is_new);
            self.versions[self.runs[self.cursor].view.condition] += u64::from(is_new);
            self.cursor = (self.cursor + 1) % self.runs.len();
            self.looks += 1;
            if start.elapsed() >= budget {
                break;
            }
        }
    }

    /// Marks the runs that nothing asks for so far.
    fn update_wanted(&mut self) {
        let finished = self.results();
        let wanted: Runs = match self.wanted.update(&self.folder, &self.plan, finished) {
            None => return,
            Some(Err(error)) => {
                self.wanted_problem = Some(error);
                return;
            }
            Some(Ok(wanted)) => wanted,
        };
        self.wanted_problem = None;
        for run in &mut self.runs {
            let view = &mut run.view;
            let identity = self.plan.conditions[view.condition].identity.clone();
            let is_wanted = wanted.contains(&(identity, view.seed));
            let status = match view.status {
                Status::Planned | Status::NotNeeded if is_wanted => Status::Planned,
                Status::Planned => Status::NotNeeded,
                other => other,
            };
            self.changes += u64::from(status != view.status);
            view.status = status;
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether a runner is at work on the folder.
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// How many runs have a result by now, whatever is shown.
    pub(crate) fn results(&self) -> usize {
        self.runs.iter().filter(|run| run.view.result.is_some()).count()
    }

    /// Its folder.
    pub fn folder(&self) -> &SweepFolder {
        &self.folder
    }

    /// The folder of a run.
    pub fn folder_of(&self, run: &RunView) -> RunFolder {
        self.folder.run(&self.plan.conditions[run.condition], run.seed)
    }

    /// How the journal and requests name a run: its folder from the sweep's on.
    pub fn run_name(&self, run: &RunView) -> String {
        self.folder.name(self.folder_of(run).path())
    }

    /// What an arm is called in a table: of a grid's arms its factors.
    pub fn name(&self, arm: usize) -> &str {
        self.names.names.get(arm).map_or("", String::as_str)
    }

    /// What stands above these names.
    pub fn names_heading(&self) -> &str {
        &self.names.heading
    }

    /// How many runs at a time, as far as the journal tells.
    pub fn jobs(&self) -> Option<usize> {
        self.at_work.jobs
    }

    /// Whether a runner is at work that was asked to pause.
    pub fn is_paused(&self) -> bool {
        self.is_live && self.at_work.is_paused
    }

    /// Grows with everything that is new: what is drawn of the same number is the same, but for times.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Every planned run, condition by condition, seeds within conditions.
    pub fn runs(&self) -> impl Iterator<Item = &RunView> + Clone {
        self.views(0, self.runs.len())
    }

    /// As many runs from one on, as they are or as they were.
    fn views(&self, first: usize, count: usize) -> impl Iterator<Item = &RunView> + Clone {
        let earlier = self.earlier.as_deref().unwrap_or_default().iter().skip(first).take(count);
        let now = if self.earlier.is_some() { &[] } else { self.runs.as_slice() };
        earlier.chain(now.iter().skip(first).take(count).map(|run| &run.view))
    }

    /// Shows the runs as they were at a time, in seconds since the Unix epoch; `None` for now.
    pub(crate) fn show_at(&mut self, time: Option<f64>) {
        self.earlier = time.map(|time| self.runs.iter().map(|run| run.view.at(time)).collect());
        self.changes += 1;
        for version in &mut self.versions {
            *version += 1;
        }
    }

    /// When the first run began and the last one ended, whatever is shown.
    pub(crate) fn span(&self) -> Option<(f64, f64)> {
        crate::replay::span(self.runs.iter().map(|run| &run.view))
    }

    /// The runs of an arm on a task, by seed; none where the plan lacks the pair.
    pub fn runs_of(&self, arm: usize, task: usize) -> impl Iterator<Item = &RunView> + Clone {
        let seeds = self.plan.seeds.len();
        let first = self.condition(arm, task).map_or(self.runs.len(), |it| it * seeds);
        self.views(first, seeds)
    }

    /// The curves of an arm on a task over its seeds; `None` where the plan lacks the pair.
    pub(crate) fn curves(&self, arm: usize, task: usize, metric: &str) -> Option<Rc<Summary>> {
        let condition = self.condition(arm, task)?;
        let runs = self.runs_of(arm, task);
        Some(self.summaries.curves((condition, self.versions[condition]), metric, &runs))
    }

    /// The mean score of an arm on a task so far.
    pub(crate) fn so_far(&self, arm: usize, task: usize) -> SoFar {
        let condition = self.condition(arm, task)?;
        let metric = &self.plan.tasks[task].metric;
        let runs = self.runs_of(arm, task);
        self.summaries.so_far((condition, self.versions[condition]), metric, &runs)
    }

    fn condition(&self, arm: usize, task: usize) -> Option<usize> {
        self.plan.conditions.iter().position(|it| it.arm == arm && it.task == task)
    }

    /// Metrics of a task: the primary one, then the others that were evaluated, by name.
    pub fn metrics(&self, task: usize) -> Vec<String> {
        let Some(PlannedTask { metric, .. }) = self.plan.tasks.get(task) else {
            return Vec::new();
        };
        let on_task = |view: &&RunView| self.plan.conditions[view.condition].task == task;
        let mut others: Vec<&String> =
            self.runs().filter(on_task).flat_map(|view| view.curves.keys()).collect();
        others.sort_unstable();
        others.dedup();
        others.retain(|name| **name != metric.name);
        std::iter::once(&metric.name).chain(others).cloned().collect()
    }

    /// How many runs stand where.
    pub fn counts(&self) -> Counts {
        let needed = |run: &&RunView| run.status != Status::NotNeeded;
        let planned = self.runs().filter(needed).count();
        let mut counts = Counts { planned, ..Counts::default() };
        for view in self.runs() {
            match view.status {
                Status::Planned | Status::NotNeeded => {}
                Status::Running => counts.running += 1,
                Status::Stopped => counts.stopped += 1,
                Status::Finished => counts.finished += 1,
                Status::Diverged => {
                    counts.finished += 1;
                    counts.diverged += 1;
                }
                Status::AtRung => {
                    counts.finished += 1;
                    counts.at_rung += 1;
                }
                Status::Failed => counts.failed += 1,
            }
        }
        counts
    }

    /// One line on what could not be read, or on a folder that is still being read.
    pub fn message(&self) -> Option<String> {
        let runs = self.runs.iter().filter_map(|run| run.problem.as_ref());
        let problems =
            self.plan_problem.iter().chain(&self.journal_problem).chain(&self.wanted_problem);
        let mut problems = problems.chain(runs);
        if let Some(first) = problems.next() {
            return Some(match problems.count() {
                0 => first.clone(),
                more => format!("{first} (and {more} more)"),
            });
        }
        let (read, all) = (self.looks, self.runs.len());
        (!self.is_read()).then(|| format!("reading the folder: {read} of {all} runs"))
    }

    /// Whether every run of the plan was looked at.
    pub fn is_read(&self) -> bool {
        self.looks >= self.runs.len()
    }

    /// Reads the plan again if its file changed: the next `run` may plan other runs.
    fn update_plan(&mut self) {
        let stamp = stamp(self.folder.path());
        if stamp == self.plan_stamp && self.plan_problem.is_none() {
            return;
        }
        self.plan_stamp = stamp;
        self.changes += 1;
        match self.folder.plan() {
            Err(error) => self.plan_problem = Some(error.to_string()),
            Ok(plan) => {
                self.plan_problem = None;
                if plan != self.plan {
                    self.runs = follow(&self.folder, &plan);
                    self.earlier = None;
                    self.names = Names::of(&plan);
                    self.versions = vec![0; plan.conditions.len()];
                    self.summaries = Summaries::default();
                    self.plan = plan;
                    (self.cursor, self.looks) = (0, 0);
                }
            }
        }
    }
}

/// Time and length of the plan's file, to notice a new one without reading it.
fn stamp(folder: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(folder.join("plan.json")).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn follow(folder: &SweepFolder, plan: &Plan) -> Vec<Followed> {
    let follow = |(index, condition): (usize, &store::Condition)| {
        let steps = condition.config.train.get("steps").and_then(serde_json::Value::as_u64);
        let runs: Vec<_> = plan
            .seeds
            .iter()
            .map(|&seed| {
                Followed::new(folder.run(condition, seed), RunView::new(index, seed, steps))
            })
            .collect();
        runs
    };
    plan.conditions.iter().enumerate().flat_map(follow).collect()
}

/// A run and how far its files were read.
#[derive(Debug)]
struct Followed {
    folder: RunFolder,
    tail: EventTail,
    /// Bytes of events when they were last looked at; `None` before the first look.
    length: Option<u64>,
    /// The view before any event, to start over from.
    fresh: RunView,
    view: RunView,
    problem: Option<String>,
}

impl Followed {
    fn new(folder: RunFolder, fresh: RunView) -> Self {
        let tail = EventTail::new(folder.events_path());
        Self { folder, tail, length: None, view: fresh.clone(), fresh, problem: None }
    }

    /// Reads what is new. A run that does not run is told from one that does by new
    /// events alone: its lock is left alone, since a probe could get in the way of the
    /// worker that is about to take it.
    ///
    /// Whether anything is new.
    fn look(&mut self, also_finished: bool) -> bool {
        let is_finished =
            matches!(self.view.status, Status::Finished | Status::Diverged | Status::AtRung);
        if is_finished && !also_finished {
            return false;
        }
        let length = fs::metadata(self.folder.events_path()).map_or(0, |file| file.len());
        let is_new = self.length != Some(length);
        if !is_new && self.view.status != Status::Running && self.problem.is_none() {
            return false;
        }
        if self.length.is_some_and(|known| length < known) {
            *self = Self::new(self.folder.clone(), self.fresh.clone());
        }
        self.length = Some(length);
        let before = self.view.status;
        self.problem = self.read().err().map(|error| error.to_string());
        is_new || self.view.status != before || self.problem.is_some()
    }

    fn read(&mut self) -> Result<(), StoreError> {
        for event in self.tail.read()? {
            self.view.apply(event);
        }
        let state = self.folder.state()?;
        let result =
            if matches!(state, RunState::Finished(_)) { self.folder.result()? } else { None };
        self.view.settle(state, result);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
