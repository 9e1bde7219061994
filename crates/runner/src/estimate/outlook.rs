//! What is there of a sweep, what is left of it, and what that will take.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use store::{
    Costs, Estimate, Of, Plan, RunBytes, Standing, Survey, Surveyed, SweepFolder, TimeLeft,
    bytes_on_disk, estimated_bytes,
};

use crate::estimate::timing::Timing;
use crate::exit::Failure;
use crate::output::say;
use crate::provenance;

/// A survey of a sweep with an estimate of what is left.
pub struct Outlook {
    /// Every planned run.
    pub survey: Survey,
    /// What is known of the time of runs.
    pub costs: Costs,
    /// Runs at a time that the estimates are for.
    pub jobs: usize,
    /// The time that is left of all runs that are to be done.
    pub time: TimeLeft,
    /// The disk that those will take.
    pub disk: DiskLeft,
    /// Why steps could not be timed, if they were to be.
    pub untimed: Option<String>,
}

/// What runs that are to be done will take on the disk, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DiskLeft {
    /// For good.
    pub kept: u64,
    /// For checkpoints, while as many runs are at work as can be.
    pub checkpoints: u64,
}

impl Outlook {
    /// Surveys `folder`. What earlier runs do not tell is found by timing steps, if `timing`
    /// is given.
    ///
    /// # Errors
    /// [`Failure::Usage`] if a run folder cannot be read.
    pub fn new(
        plan: &Plan,
        folder: &SweepFolder,
        jobs: usize,
        timing: Option<&Timing<'_>>,
    ) -> Result<Self, Failure> {
        let mut survey = folder.survey(plan, provenance::CODE).map_err(Failure::usage)?;
        leave_out_what_is_not_needed(plan, folder, &mut survey)?;
        let mut costs = Costs::learn(plan, &survey);
        let untimed = timing.and_then(|timing| timing.learn(plan, &survey, &mut costs));
        let time = costs.time_left(plan, survey.runs.iter(), jobs);
        let mut outlook = Self { survey, costs, jobs, time, disk: DiskLeft::default(), untimed };
        outlook.disk = outlook.disk_left(plan)?;
        Ok(outlook)
    }

    fn disk_left(&self, plan: &Plan) -> Result<DiskLeft, Failure> {
        // One finished run of a configuration stands for the others.
        let finished = self.survey.runs.iter().filter(|run| run.standing == Standing::Finished);
        let examples: HashMap<_, _> =
            finished.map(|run| (run.of.condition(plan).identity.as_str(), run)).collect();
        let mut known: HashMap<&str, RunBytes> = HashMap::new();
        let mut left = DiskLeft::default();
        let mut checkpoints = Vec::new();
        for run in self.survey.runs.iter().filter(|run| run.standing.is_to_do()) {
            let condition = run.of.condition(plan);
            let identity = condition.identity.as_str();
            let bytes = if let Some(bytes) = known.get(identity) {
                *bytes
            } else {
                let seconds = self.costs.of(condition).map_or(0.0, |it| it.seconds);
                let mut bytes = estimated_bytes(condition, seconds);
                if let Some(example) = examples.get(identity) {
                    bytes.kept = bytes_on_disk(example.folder.path()).map_err(Failure::usage)?;
                }
                known.insert(identity, bytes);
                bytes
            };
            left.kept += bytes.kept;
            checkpoints.push(bytes.checkpoint);
        }
        checkpoints.sort_unstable_by(|a, b| b.cmp(a));
        left.checkpoints = checkpoints.iter().take(self.jobs).sum();
        Ok(left)
    }

    /// How long a run of what this run is of takes.
    pub fn estimate(&self, plan: &Plan, run: &Surveyed) -> Option<Estimate> {
        self.costs.of(run.of.condition(plan))
    }

    /// [`in_words`] of the time that is left.
    pub fn time_in_words(&self, plan: &Plan) -> Option<String> {
        in_words(plan.may_end_early(), self.time, self.jobs)
    }
}

/// Marks what no round has asked for.
fn leave_out_what_is_not_needed(
    plan: &Plan,
    folder: &SweepFolder,
    survey: &mut Survey,
) -> Result<(), Failure> {
    let wanted = report::wanted(folder, plan).context("cannot read the results")?;
    let Some(names) = wanted.map(|it| it.names(plan)) else { return Ok(()) };
    for run in &mut survey.runs {
        let identity = run.of.condition(plan).identity.as_str();
        let is_main = matches!(run.of, Of::Condition(_));
        if is_main && run.standing == Standing::Missing && !names.contains(&(identity, run.seed)) {
            run.standing = Standing::NotNeeded;
        }
    }
    Ok(())
}

/// `about 3.2 s with 2 jobs, 5.1 s of work`; `None` if nothing is known or left.
pub fn in_words(may_end_early: bool, time: TimeLeft, jobs: usize) -> Option<String> {
    let TimeLeft { runs, unknown, seconds, wall_seconds } = time;
    if runs == unknown {
        return None;
    }
    let about = if may_end_early { "at most about" } else { "about" };
    let wall = report::duration(wall_seconds);
    let mut words = format!("{about} {wall} with {}", text::counted(jobs, "job"));
    if jobs > 1 {
        let _ = write!(words, ", {} of work", report::duration(seconds));
    }
    if unknown > 0 {
        let _ = write!(words, "; beside {unknown} of {runs} runs whose time is not known");
    }
    Some(words)
}

/// Says on standard error what the runs in these folders will take, where earlier runs tell
/// it.
///
/// # Errors
/// [`Failure::Usage`] if a run folder cannot be read.
pub fn announce(
    plan: &Plan,
    folder: &SweepFolder,
    jobs: usize,
    todo: &HashSet<&Path>,
) -> Result<(), Failure> {
    let survey = folder.survey(plan, provenance::CODE).map_err(Failure::usage)?;
    let runs = survey.runs.iter().filter(|run| todo.contains(run.folder.path()));
    let time = Costs::learn(plan, &survey).time_left(plan, runs, jobs);
    if let Some(words) = in_words(plan.may_end_early(), time, jobs) {
        say::note(format_args!("by earlier runs: {words}"));
    }
    Ok(())
}

/// How many of some runs stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    by_standing: [usize; Standing::ALL.len()],
    /// Those of all of them whose code or data is not the present one.
    pub stale: usize,
}

impl Counts {
    /// Counts runs.
    pub fn of<'a>(runs: impl Iterator<Item = &'a Surveyed>) -> Self {
        let mut counts = Self::default();
        for run in runs {
            counts.by_standing[run.standing as usize] += 1;
            counts.stale += usize::from(run.stale.is_some());
        }
        counts
    }

    /// Those that stand here.
    pub fn at(&self, standing: Standing) -> usize {
        self.by_standing[standing as usize]
    }

    /// The number at each standing, for programs.
    pub fn by_state(&self) -> BTreeMap<Standing, usize> {
        Standing::ALL.into_iter().map(|it| (it, self.at(it))).collect()
    }

    /// Those that `run` would do.
    pub fn left(&self) -> usize {
        Standing::ALL.into_iter().filter(|it| it.is_to_do()).map(|it| self.at(it)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings_are_counted_in_their_place() {
        for (index, standing) in Standing::ALL.into_iter().enumerate() {
            assert_eq!(standing as usize, index);
        }
    }
}
