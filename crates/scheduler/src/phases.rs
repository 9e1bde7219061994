//! Successive halving: a sweep in phases, between which the runs at a rung are judged.
//!
//! In a phase every run goes as far as is decided for it: to the rung that is open for what
//! it competes with, or to its end. When all of a contest have got there, [`Phases::what_is_left`]
//! judges again, while other contests may still be on their way.
//! What is decided is a function of the scores in the run folders, so a sweep that was killed
//! anywhere, or several runners on one folder, go through the same phases.

use std::collections::{HashMap, HashSet};

use store::{AtRung, Goal, Halving, Outcome, Reach, RunFolder, RunState, StoreError, Verdict};

use crate::scheduler::Supply;
use crate::{Notice, Observer, QueuedRun, Scheduler, SchedulerError, Tally};

/// A run of a sweep that is done in phases.
#[derive(Debug, Clone)]
pub struct Phased {
    /// The run; [`Phases`] says how far it goes.
    pub run: QueuedRun,
    /// What was known of it when the sweep was planned.
    pub state: RunState,
    /// Whether it is to be done here. What competes with it counts wherever it is done.
    pub is_selected: bool,
}

/// Runs that compete with each other under `[halving]`.
#[derive(Debug, Clone)]
pub struct Contest {
    /// What it is called for people.
    pub label: String,
    /// Its rungs, and how many go on past each.
    pub halving: Halving,
    /// Metric on the validation split that they are compared by.
    pub metric: String,
    /// Which way it is better.
    pub goal: Goal,
    /// The runs of each competitor, one a seed: their places in the sweep.
    pub competitors: Vec<Vec<usize>>,
}

/// A rung that cannot be decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRung {
    /// [`Contest::label`].
    pub contest: String,
    /// Its optimizer step.
    pub step: u64,
    /// Places of the runs that it waits for.
    pub waits_for: Vec<usize>,
}

/// All runs of a sweep and what competes.
#[derive(Debug)]
pub struct Phases {
    runs: Vec<Phased>,
    contests: Vec<Contest>,
    /// By run: the contests that it is in.
    contests_of: Vec<Vec<usize>>,
    /// Scores at rungs: by run and step.
    known: HashMap<(usize, u64), AtRung>,
    /// How far a run was brought here, so that none is brought there twice.
    ended: HashSet<(usize, Reach)>,
    /// Runs that are on their way.
    at_work: HashSet<usize>,
    failed: HashSet<usize>,
}

impl Phases {
    /// Runs in the order in which they are to be started; the index of each is its place.
    /// Contests without a selected run play no part.
    pub fn new(runs: Vec<Phased>, mut contests: Vec<Contest>) -> Self {
        contests.retain(|it| it.competitors.iter().flatten().any(|&run| runs[run].is_selected));
        let mut contests_of = vec![Vec::new(); runs.len()];
        for (index, contest) in contests.iter().enumerate() {
            for &run in contest.competitors.iter().flatten() {
                contests_of[run].push(index);
            }
        }
        let (known, ended) = (HashMap::new(), HashSet::new());
        let (at_work, failed) = (HashSet::new(), HashSet::new());
        Self { runs, contests, contests_of, known, ended, at_work, failed }
    }

    /// What can be done now; nothing when all is done that can be. A run that failed here is
    /// not begun again.
    ///
    /// # Errors
    /// [`StoreError`] if a run folder cannot be read.
    pub fn what_is_left(&mut self) -> Result<Vec<QueuedRun>, StoreError> {
        let mut reaches = vec![None; self.runs.len()];
        for index in 0..self.contests.len() {
            let verdicts = self.judge(index)?;
            let Contest { halving, competitors, .. } = &self.contests[index];
            for (verdict, runs) in verdicts.into_iter().zip(competitors) {
                let reach = match verdict {
                    Verdict::UpTo(rung) => Reach::UpTo(halving.rungs[rung]),
                    Verdict::StoppedAt(rung) => Reach::StoppedAt(halving.rungs[rung]),
                    Verdict::GoesOn => Reach::End,
                };
                for &run in runs {
                    let before = &mut reaches[run];
                    *before = Some(before.map_or(reach, |it| further(it, reach)));
                }
            }
        }
        let mut queue = Vec::new();
        for (index, reach) in reaches.into_iter().enumerate() {
            let run =
                QueuedRun { reach: reach.unwrap_or(Reach::End), ..self.runs[index].run.clone() };
            if self.is_left(index, &run)? {
                queue.push(run);
            }
        }
        Ok(queue)
    }

    /// The rungs that wait for runs which nobody has brought there.
    ///
    /// # Errors
    /// [`StoreError`] if a run folder cannot be read.
    pub fn undecided(&mut self) -> Result<Vec<OpenRung>, StoreError> {
        let mut open = Vec::new();
        for index in 0..self.contests.len() {
            let verdicts = self.judge(index)?;
            let mut waits_for = Vec::new();
            let mut step = None;
            for (competitor, verdict) in verdicts.into_iter().enumerate() {
                let Verdict::UpTo(rung) = verdict else { continue };
                step = Some(self.contests[index].halving.rungs[rung]);
                for seed in 0..self.contests[index].competitors[competitor].len() {
                    if self.at_rung(index, competitor, seed, rung)? == AtRung::Waiting {
                        waits_for.push(self.contests[index].competitors[competitor][seed]);
                    }
                }
            }
            if let Some(step) = step {
                waits_for.sort_unstable();
                let contest = self.contests[index].label.clone();
                open.push(OpenRung { contest, step, waits_for });
            }
        }
        Ok(open)
    }

    fn judge(&mut self, contest: usize) -> Result<Vec<Verdict>, StoreError> {
        let Contest { halving, goal, competitors, .. } = &self.contests[contest];
        let (halving, goal, count) = (halving.clone(), *goal, competitors.len());
        let seeds: Vec<u64> = (0..competitors.first().map_or(0, Vec::len) as u64).collect();
        halving.judge(count, &seeds, goal, |competitor, seed, rung| {
            self.at_rung(contest, competitor, seed as usize, rung)
        })
    }

    fn at_rung(
        &mut self,
        contest: usize,
        competitor: usize,
        seed: usize,
        rung: usize,
    ) -> Result<AtRung, StoreError> {
        let Contest { halving, metric, competitors, .. } = &self.contests[contest];
        let (run, step) = (competitors[competitor][seed], halving.rungs[rung]);
        if let Some(known) = self.known.get(&(run, step)) {
            return Ok(*known);
        }
        let QueuedRun { folder, .. } = &self.runs[run].run;
        if self.is_to_be_replaced(run)? {
            return Ok(AtRung::Waiting);
        }
        let read = folder.at_rung_or_lost(step, metric)?;
        if read != AtRung::Waiting {
            self.known.insert((run, step), read);
        }
        Ok(read)
    }

    /// Whether what its folder holds does not count, since it is to be computed anew.
    fn is_to_be_replaced(&self, run: usize) -> Result<bool, StoreError> {
        let QueuedRun { folder, replace, .. } = &self.runs[run].run;
        match replace {
            Some(current) if self.runs[run].is_selected => Ok(folder.stale(current)?.is_some()),
            _ => Ok(false),
        }
    }

    fn is_left(&self, index: usize, run: &QueuedRun) -> Result<bool, StoreError> {
        if !self.runs[index].is_selected
            || self.at_work.contains(&index)
            || self.failed.contains(&index)
            || self.ended.contains(&(index, run.reach))
        {
            return Ok(false);
        }
        if self.is_to_be_replaced(index)? {
            return Ok(true);
        }
        // What competes changes from phase to phase, the others are all in the first.
        let state = match self.contests_of[index].as_slice() {
            [] => self.runs[index].state.clone(),
            _ => run.folder.state()?,
        };
        Ok(match state {
            RunState::Finished(Outcome::StoppedAtRung { step }) => run.reach.is_beyond(step),
            RunState::Finished(_) => false,
            RunState::Failed { .. } => run.rerun_failed,
            RunState::Missing | RunState::Stopped => !run.reach.is_waited_at(&run.folder)?,
            // One that another runner has may still come back to us.
            RunState::Running => true,
        })
    }
}

/// The further of two: a run that is in two contests goes as far as one of them wants it.
fn further(a: Reach, b: Reach) -> Reach {
    let rank = |reach: Reach| match reach {
        Reach::StoppedAt(step) => (0, step),
        Reach::UpTo(step) => (1, step),
        Reach::End => (2, 0),
    };
    if rank(b) > rank(a) { b } else { a }
}

/// A phase does not wait for another one's end: as soon as a contest can be judged its runs go
/// on, beside those of contests that are still on their way.
impl Supply for Phases {
    fn more(&mut self, ended: Vec<(QueuedRun, Notice)>) -> Result<Vec<QueuedRun>, StoreError> {
        for (run, notice) in ended {
            self.at_work.remove(&run.index);
            self.ended.insert((run.index, run.reach));
            if matches!(notice, Notice::Failed { .. }) {
                self.failed.insert(run.index);
            }
        }
        let queue = self.what_is_left()?;
        self.at_work.extend(queue.iter().map(|run| run.index));
        Ok(queue)
    }

    fn again(
        &mut self,
        is_it: &dyn Fn(&RunFolder) -> bool,
    ) -> Result<Option<QueuedRun>, StoreError> {
        let is_ours = |it: &Phased| it.is_selected && is_it(&it.run.folder);
        let Some(index) = self.runs.iter().position(is_ours) else { return Ok(None) };
        let state = self.runs[index].run.folder.state()?;
        if !matches!(state, RunState::Failed { .. } | RunState::Stopped | RunState::Missing) {
            return Ok(None);
        }
        self.runs[index].state = state;
        self.runs[index].run.rerun_failed = true;
        self.failed.remove(&index);
        self.ended.retain(|it| it.0 != index);
        self.at_work.remove(&index);
        // What competes with it may have taken it for lost.
        self.known.retain(|it, _| it.0 != index);
        let again = self.what_is_left()?.into_iter().find(|run| run.index == index);
        self.at_work.extend(again.iter().map(|run| run.index));
        Ok(again)
    }
}

/// The last end of each run, as it happens.
#[derive(Default)]
struct Ends {
    last: HashMap<usize, Notice>,
    /// How often a run was stopped, those included that went on after all.
    stops: usize,
}

impl Observer for Ends {
    fn notice(&mut self, run: &QueuedRun, notice: &Notice) {
        if notice.is_end() {
            self.stops += usize::from(matches!(notice, Notice::Stopped { .. }));
            self.last.insert(run.index, notice.clone());
        }
    }
}

impl Scheduler<'_> {
    /// Runs all of `phases`, telling `observer` of every change, until nothing is left that
    /// can be done here. The tally counts each run once, by its last end.
    ///
    /// # Errors
    /// [`SchedulerError`] if no worker can be started or a run folder cannot be read; the
    /// runs were stopped.
    pub fn run_phases(
        &self,
        phases: &mut Phases,
        observer: &mut dyn Observer,
    ) -> Result<Tally, SchedulerError> {
        let mut ends = Ends::default();
        let mut left = self.run_supplied(phases, &mut (&mut ends, observer))?.left;
        phases.at_work.clear();
        left -= ends.stops;
        let count = |test: fn(&Notice) -> bool| ends.last.values().filter(|it| test(it)).count();
        left += count(|end| matches!(end, Notice::Stopped { .. }));
        let failed = count(|end| matches!(end, Notice::Failed { .. }));
        if left == 0 && self.policy.max_failures.is_some_and(|most| failed >= most) {
            // They were not begun.
            left = phases.what_is_left()?.len();
        }
        Ok(Tally {
            finished: count(|end| matches!(end, Notice::Finished { .. })),
            failed,
            paused: count(|end| matches!(end, Notice::Paused)),
            left,
        })
    }
}
