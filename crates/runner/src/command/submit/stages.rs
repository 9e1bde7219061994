//! Which arrays there are, and which runs each of their tasks does.
//!
//! Every array does the same command for other runs; it goes as far as the runs before it let it. So what
//! has to wait is a later array: the main runs for tuning, a rung of `[halving]` for all that compete in it,
//! a seed for what the seeds before decide.

use std::collections::HashSet;
use std::time::Duration;

use cluster::{Aim, groups};
use store::{Of, Plan, Standing, SubmittedRun, SubmittedStage, Surveyed};
use text::counted;

use super::site::Site;
use crate::arguments::cluster::SubmitArguments;
use crate::estimate::outlook::Outlook;
use crate::sweep::opened::Sweep;

/// Time that timing steps may take in all.
pub const TIMING: Duration = Duration::from_secs(3);

/// Seconds of a run of which nothing tells the time.
const UNKNOWN: f64 = 60.0;

/// A job array.
pub struct Stage {
    /// It, without the number of a job.
    pub array: SubmittedStage,
    /// Seconds of work of all its runs.
    pub seconds: f64,
}

impl Stage {
    /// What it does, for people.
    pub fn words(&self) -> String {
        let SubmittedStage { name, tasks, .. } = &self.array;
        let runs = counted(tasks.iter().map(Vec::len).sum(), "run");
        let tasks = counted(tasks.len(), "task");
        let work = report::duration(self.seconds);
        format!("{name}: {runs} in {tasks}, about {work} of work")
    }
}

/// The arrays, in their order.
pub fn stages(
    arguments: &SubmitArguments,
    site: &Site,
    sweep: &Sweep,
    outlook: &Outlook,
    live: &HashSet<SubmittedRun>,
) -> Vec<Stage> {
    let plan = &sweep.experiment.plan;
    let aim = Aim {
        least: arguments.task_time.as_secs_f64(),
        // What is not done in time goes on later, but every task that does is one wait more.
        most: site.time.map_or(f64::INFINITY, |time| time.as_secs_f64() / 2.0),
        at_a_time: site.runs_at_a_time(arguments.threads_per_run),
        tasks: arguments.max_array as usize,
    };
    let is_wanted = |run: &&Surveyed| {
        let failed = arguments.rerun_failed && run.standing == Standing::Failed;
        let is_to_do = run.standing.is_to_do() || run.standing == Standing::NotNeeded || failed;
        is_to_do && !live.contains(&SubmittedRun { of: run.of, seed: run.seed })
    };
    let stage = |name: String, runs: Vec<&Surveyed>| -> Option<Stage> {
        let seconds: Vec<f64> = runs.iter().map(|run| seconds(plan, outlook, run)).collect();
        let of = |place: usize| SubmittedRun { of: runs[place].of, seed: runs[place].seed };
        let tasks: Vec<Vec<_>> = groups(&seconds, aim)
            .into_iter()
            .map(|group| group.into_iter().map(of).collect())
            .collect();
        let array = SubmittedStage { name, job: String::new(), tasks };
        (!array.tasks.is_empty()).then(|| Stage { array, seconds: seconds.iter().sum() })
    };
    let (tuning, main): (Vec<_>, Vec<_>) = outlook
        .survey
        .runs
        .iter()
        .filter(is_wanted)
        .partition(|run| matches!(run.of, Of::Candidate(_)));
    let rungs = |name: &str| -> Vec<String> {
        let rungs = plan.halving.as_ref().map_or(0, |halving| halving.rungs.len());
        let numbered = |rung: usize| format!("{name}, rung {}", rung + 1);
        (0..rungs).map(numbered).chain([name.to_owned()]).collect()
    };
    let tuning = rungs("tuning").into_iter().filter_map(|name| stage(name, tuning.clone()));
    let main: Vec<Stage> = match plan.rounds {
        // What competes in rungs does so in tuning, where there is one.
        None if plan.tuning.is_none() => {
            rungs("main").into_iter().filter_map(|name| stage(name, main.clone())).collect()
        }
        None => stage("main".into(), main).into_iter().collect(),
        Some(rounds) => {
            let (first, further) = plan.seeds.split_at(rounds.first.min(plan.seeds.len()));
            let of = |seeds: &[u64]| {
                main.iter().copied().filter(|run| seeds.contains(&run.seed)).collect()
            };
            let later =
                further.iter().filter_map(|seed| stage(format!("seed {seed}"), of(&[*seed])));
            stage("main".into(), of(first)).into_iter().chain(later).collect()
        }
    };
    tuning.chain(main).collect()
}

/// What is left of a run.
fn seconds(plan: &Plan, outlook: &Outlook, run: &Surveyed) -> f64 {
    // What may turn out not to be needed, and what failed, is estimated as if it was not begun.
    let as_missing = Surveyed { standing: Standing::Missing, ..run.clone() };
    let run = if run.standing.is_to_do() { run } else { &as_missing };
    outlook.costs.left(plan, run).unwrap_or(UNKNOWN)
}
