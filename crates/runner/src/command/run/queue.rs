//! The experiments of `run`, one after the other.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use store::{SweepFolder, TimeLeft};
use text::counted;

use crate::arguments::{ExperimentArguments, RunArguments};
use crate::command::plan;
use crate::command::run::given::experiments;
use crate::command::run::job::Job;
use crate::command::run::task;
use crate::command::run::tuning_runs::Tuned;
use crate::estimate::outlook::in_words;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::sweep::damage::set_damage_aside;
use crate::sweep::left_to_tasks::left_to_tasks;
use crate::sweep::opened::Sweep;
use crate::sweep::selection::Selection;
use crate::sweep::session::Session;
use crate::threads::jobs;

/// What is to be run.
pub struct Queue {
    /// In the order given.
    entries: Vec<Entry>,
    /// Experiments that are left out, as they lack their data.
    lacking: usize,
}

impl Queue {
    /// The results folder of the first experiment; `None` if all were left out.
    pub fn first(&self) -> Option<&SweepFolder> {
        self.entries.first().map(|entry| &entry.sweep.folder)
    }
}

struct Entry {
    experiment: ExperimentArguments,
    sweep: Sweep,
    selection: Selection,
}

/// Reads and checks all experiments before any is run. One that lacks nothing but its data is left
/// out if there are others, and said.
///
/// # Errors
/// [`Failure::Usage`] or [`Failure::Rejected`] if anything else is wrong with any of them.
pub fn open(arguments: &RunArguments, datasets: &Path) -> Result<Queue, Failure> {
    let experiments = experiments(&arguments.given, &arguments.results)?;
    let is_one = experiments.len() == 1;
    let mut queue = Queue { entries: Vec::new(), lacking: 0 };
    let mut names: HashMap<String, PathBuf> = HashMap::new();
    let mut wrong = Vec::new();
    for experiment in experiments {
        let opened = Sweep::open(&experiment, datasets).and_then(|sweep| {
            let plan = &sweep.experiment.plan;
            let selection = match arguments.task {
                Some(place) => task::selection(place, &sweep)?,
                None => Selection::new(&arguments.only, arguments.shard, plan)?,
            };
            let file = &experiment.file;
            if let Some(other) = names.insert(plan.experiment.clone(), file.clone()) {
                return Err(Failure::usage(format!(
                    "{} and {} have the same name, \"{}\", and so the same results folder; change \
                     `name` in one of them",
                    other.display(),
                    file.display(),
                    plan.experiment
                )));
            }
            Ok(Entry { experiment: experiment.clone(), sweep, selection })
        });
        match opened {
            Ok(entry) => queue.entries.push(entry),
            Err(failure) if is_one => return Err(failure),
            Err(Failure::LacksData(drawn)) => {
                anstream::eprintln!("{}", Failure::LacksData(drawn));
                say::note(format_args!("left out: {}", experiment.file.display()));
                queue.lacking += 1;
            }
            Err(failure) => wrong.push(failure),
        }
    }
    if let Some(last) = wrong.pop() {
        for failure in wrong {
            anstream::eprintln!("{failure}");
        }
        return Err(last);
    }
    Ok(queue)
}

/// Prints the plan of every experiment, and how long they take together.
///
/// # Errors
/// [`Failure::Usage`] if a run folder cannot be read.
pub fn dry_run(arguments: &RunArguments, queue: &Queue, datasets: &Path) -> Result<Exit, Failure> {
    let mut exit = Exit::NothingSelected;
    let mut all = TimeLeft::default();
    let mut may_end_early = false;
    for (index, Entry { sweep, selection, .. }) in queue.entries.iter().enumerate() {
        if index > 0 {
            anstream::println!();
        }
        let plan = &sweep.experiment.plan;
        if selection.conditions(plan).is_empty() {
            say_nothing_selected(selection);
        } else {
            let time = plan::dry_run(arguments, sweep, datasets)?;
            exit = Exit::Done;
            may_end_early |= plan.may_end_early();
            all.runs += time.runs;
            all.unknown += time.unknown;
            all.seconds += time.seconds;
            all.wall_seconds += time.wall_seconds;
        }
    }
    let jobs = jobs(arguments.jobs, arguments.threads_per_run);
    if let Some(words) = in_words(may_end_early, all, jobs).filter(|_| queue.entries.len() > 1) {
        let (count, runs) = (queue.entries.len(), counted(all.runs, "run"));
        anstream::println!();
        say::print(format_args!("all {count} experiments: {runs} to do, {words}"));
    }
    Ok(exit)
}

/// Runs what is missing of one experiment after the other. What goes wrong with one does not keep
/// the others from being run.
///
/// # Errors
/// The [`Failure`] of the only one; of several each is said as it comes, and the exit code tells it.
pub fn run(session: &Session, queue: Queue) -> Result<Exit, Failure> {
    let Queue { entries, lacking } = queue;
    let all = entries.len();
    let mut exit = if lacking > 0 { Exit::Left } else { Exit::NothingSelected };
    for (index, Entry { experiment, sweep, selection }) in entries.into_iter().enumerate() {
        if all > 1 {
            say::note(format_args!("{} of {all}: {}", index + 1, experiment.file.display()));
        }
        let place = (all > 1).then_some(dashboard::Place { number: index + 1, of: all });
        let mut job = Job { session, selection, place };
        if !job.selection.is_task() {
            job.selection.leave(left_to_tasks(&sweep.folder)?);
        }
        match with_added_seeds(&job, sweep, experiment) {
            Ok(stopped @ (Exit::Interrupted | Exit::Terminated)) => return Ok(stopped),
            Ok(ended) => exit = worse(exit, ended),
            Err(wrong) if all == 1 => return Err(wrong),
            Err(wrong) => {
                anstream::eprintln!("{wrong}");
                exit = worse(exit, wrong.exit());
            }
        }
        let left = all - index - 1;
        if left > 0 && session.failures_left() == Some(0) {
            let experiments = counted(left, "experiment");
            say::note(format_args!("too many runs failed: {experiments} not begun"));
            break;
        }
    }
    if lacking > 0 {
        let experiments = counted(lacking, "experiment");
        say::note(format_args!(
            "{experiments} left out, without data; what is missing is said above"
        ));
    }
    Ok(exit)
}

/// Runs what is missing of one experiment, then of the seeds that users asked for meanwhile.
fn with_added_seeds(
    job: &Job,
    sweep: Sweep,
    mut experiment: ExperimentArguments,
) -> Result<Exit, Failure> {
    let mut exit = one(job, sweep)?;
    while !matches!(exit, Exit::Interrupted | Exit::Terminated)
        && let Some(seeds) = job.session.control.take_seeds()
    {
        // Of two values the last one counts.
        experiment.overrides.push(format!("seeds={seeds}"));
        let file = experiment.file.display();
        say::note(format_args!("{seeds} seeds from now on; to keep them, write it in {file}"));
        exit = worse(exit, one(job, Sweep::open(&experiment, job.session.datasets)?)?);
    }
    Ok(exit)
}

/// Runs what is missing of one experiment.
fn one(job: &Job, mut sweep: Sweep) -> Result<Exit, Failure> {
    let plan = &sweep.experiment.plan;
    if job.selection.is_nothing(plan) {
        say_nothing_selected(&job.selection);
        return Ok(Exit::NothingSelected);
    }
    // For a task it was done when that was submitted.
    if !job.selection.is_task() {
        set_damage_aside(&sweep)?;
    }
    let lock = match job.tune(&mut sweep)? {
        Tuned::Ended(exit) => return Ok(exit),
        Tuned::Joined(lock) => Some(lock),
        Tuned::Untouched => None,
    };
    job.run(&sweep, lock)
}

fn say_nothing_selected(selection: &Selection) {
    say::note(format_args!("nothing selected: no planned run meets {}", selection.options()));
}

/// Of the ends of two experiments the one to tell: that nothing is selected only if it is so in all.
fn worse(one: Exit, other: Exit) -> Exit {
    let weight = |exit| match exit {
        Exit::Internal => 5,
        Exit::Usage => 4,
        Exit::RunFailed => 3,
        Exit::Left => 2,
        Exit::NothingSelected => 0,
        _ => 1,
    };
    if weight(other) > weight(one) { other } else { one }
}
