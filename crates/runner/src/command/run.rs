//! `run`: runs what is missing, tuning first, then writes the report.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context as _;
use scheduler::{QueuedRun, Signals, Tally};
use store::{RunLock, RunState, SetAside, SweepFolder};

use crate::arguments::{Progress, Rerun, RunArguments};
use crate::exit::{Exit, Failure};
use crate::outlook::announce;
use crate::part::{Part, some_of};
use crate::say;
use crate::selection::Selection;
use crate::sweep::{PlannedRun, Sweep};
use crate::table::plural;
use crate::threads::jobs;
use crate::typed::command_line;
use crate::work::work;
use crate::{chosen, tuning};

/// Runs what is missing of an experiment.
///
/// # Errors
/// [`Failure::Usage`] before anything is written or run, [`Failure::Internal`] after.
pub fn run(arguments: &RunArguments, datasets: &Path) -> Result<Exit, Failure> {
    if arguments.memory_limit.is_some() && scheduler::peak_memory().is_none() {
        let text = "--memory-limit: this system does not say how much memory a process holds";
        return Err(Failure::usage(text));
    }
    let mut sweep = Sweep::open(&arguments.experiment, datasets)?;
    let plan = &sweep.experiment.plan;
    let selection = Selection::new(&arguments.only, arguments.shard, plan)?;
    if selection.conditions(plan).is_empty() {
        say::note(format_args!("nothing selected: no planned run meets {}", selection.options()));
        return Ok(Exit::NothingSelected);
    }
    if arguments.dry_run {
        return super::plan::dry_run(arguments, &sweep, datasets);
    }
    set_damage_aside(&sweep)?;
    let signals = Signals::listen().context("cannot listen to signals")?;
    let job = Job { arguments, datasets, selection, signals };
    let lock = match job.tune(&mut sweep)? {
        Tuned::Ended(exit) => return Ok(exit),
        Tuned::Joined(lock) => Some(lock),
        Tuned::Untouched => None,
    };
    job.run(&sweep, lock)
}

/// What `run` was asked for.
struct Job<'a> {
    arguments: &'a RunArguments,
    datasets: &'a Path,
    selection: Selection,
    signals: Signals,
}

/// How tuning ended.
enum Tuned {
    /// The main runs cannot follow.
    Ended(Exit),
    /// They can; the sweep was joined for it.
    Joined(RunLock),
    /// There was nothing to do.
    Untouched,
}

impl Job<'_> {
    /// Does the tuning runs that the main runs wait for, then plans those.
    fn tune(&self, sweep: &mut Sweep) -> Result<Tuned, Failure> {
        let Some((view, runs)) = tuning::view(sweep)? else { return Ok(Tuned::Untouched) };
        let competing = Some(&sweep.experiment.plan);
        let selection = self.selection.of_tuning();
        let mut part = Part::new(self.arguments, &selection, competing, &view, runs);
        part.say_what_is_stale(self.arguments.stale)?;
        let queue = part.phases.what_is_left().map_err(Failure::usage)?;
        let mut tuned = Tuned::Untouched;
        if !queue.is_empty() {
            part.check_backends(&queue)?;
            tuned = Tuned::Joined(sweep.join()?);
            let (name, all) = (&view.experiment.plan.experiment, part.count(|_| true));
            let todo = queue.len();
            let runs = plural(all, "tuning run");
            say::note(format_args!("{name}: {todo} of {runs} to do"));
            let tally = self.work(&mut part, &queue)?;
            if let Some(exit) = self.stopped() {
                return Ok(Tuned::Ended(exit));
            }
            if tally.failed == 0 && tally.left > 0 {
                return Ok(Tuned::Ended(say_what_is_left(tally)));
            }
        }
        chosen::settle(&mut sweep.experiment, &sweep.folder)?;
        let plan = &sweep.experiment.plan;
        let waiting = self.selection.conditions(plan);
        let is_left = waiting.into_iter().any(|condition| !plan.is_settled_for(condition));
        if !is_left {
            return Ok(tuned);
        }
        Ok(Tuned::Ended(self.say_what_tuning_waits_for(sweep, &mut part)?))
    }

    /// Says why the main runs are not known. What is not selected here counts too: another
    /// shard has it.
    fn say_what_tuning_waits_for(&self, sweep: &Sweep, part: &mut Part) -> Result<Exit, Failure> {
        part.say_what_is_undecided()?;
        let plan = &sweep.experiment.plan;
        let waiting = self.selection.conditions(plan);
        let candidates = plan.tuning.iter().flat_map(|tuning| &tuning.candidates);
        let candidates = candidates.filter(|candidate| waiting.contains(&candidate.of));
        let identities: HashSet<_> = candidates.map(|it| &it.condition.identity).collect();
        let conditions = &part.sweep.experiment.plan.conditions;
        let is_waited_for =
            |run: &&PlannedRun| identities.contains(&conditions[run.condition].identity);
        let mut left = Vec::new();
        let mut failed = 0;
        for run in part.runs.iter().filter(is_waited_for) {
            let state = run.folder.state().map_err(Failure::usage)?;
            failed += usize::from(matches!(state, RunState::Failed { .. }));
            if !matches!(state, RunState::Finished(_)) {
                left.push(run);
            }
        }
        let runs = some_of(left.into_iter())?;
        say::note(format_args!(
            "tuning is not finished, so the main runs are not known; it waits for {runs}"
        ));
        if failed > 0 {
            say::note(format_args!("{failed} failed; --rerun failed runs them again"));
            return Ok(Exit::RunFailed);
        }
        say::note(format_args!("when they are done, go on with:"));
        say::note(format_args!("  {}", command_line()));
        Ok(Exit::Left)
    }

    /// Does the main runs, then writes the report.
    fn run(&self, sweep: &Sweep, lock: Option<RunLock>) -> Result<Exit, Failure> {
        let plan = &sweep.experiment.plan;
        // With tuning, its runs have competed.
        let competing = plan.tuning.is_none().then_some(plan);
        let runs = sweep.runs()?;
        let mut part = Part::new(self.arguments, &self.selection, competing, sweep, runs);
        for warning in &sweep.experiment.warnings {
            say::note(format_args!("warning: {warning}"));
        }
        part.say_what_is_stale(self.arguments.stale)?;
        let all = part.count(|_| true);
        let finished = part.count(|state| matches!(state, RunState::Finished(_)));
        let queue = part.phases.what_is_left().map_err(Failure::usage)?;
        part.check_backends(&queue)?;
        let _lock = lock.map_or_else(|| sweep.join(), Ok)?;
        sweep.folder.write_chosen(plan).map_err(Failure::usage)?;
        let mut tally = Tally::default();
        if queue.is_empty() {
            say::note(format_args!("nothing to do: {finished} of {all} runs are finished"));
        } else {
            let (name, todo) = (&plan.experiment, queue.len());
            let runs = plural(todo, "run");
            say::note(format_args!("{name}: {runs} to do, {finished} finished already"));
            tally = self.work(&mut part, &queue)?;
            if let Some(exit) = self.stopped() {
                return Ok(exit);
            }
        }
        // Standard output is for the lines alone.
        let is_silent = self.arguments.progress == Progress::Json && !queue.is_empty();
        let reported = write_report(&sweep.folder, is_silent);
        let undecided = part.say_what_is_undecided()?;
        // Those from before are run again or stay as they are.
        let before = part.count(|state| matches!(state, RunState::Failed { .. }));
        let is_rerun = self.arguments.rerun == Some(Rerun::Failed);
        let failed = tally.failed + if is_rerun { 0 } else { before };
        if failed > 0 {
            // What could not be run counts more than that it could not be reported.
            if let Err(failure) = reported {
                anstream::eprintln!("{failure}");
            }
            say::note(format_args!("{failed} failed; --rerun failed runs them again"));
            return Ok(Exit::RunFailed);
        }
        reported?;
        Ok(if tally.left > 0 || undecided > 0 { say_what_is_left(tally) } else { Exit::Done })
    }

    fn work(&self, part: &mut Part, queue: &[QueuedRun]) -> Result<Tally, Failure> {
        let jobs = jobs(self.arguments.jobs, self.arguments.threads_per_run);
        let folders = queue.iter().map(|run| run.folder.path()).collect();
        announce(&part.sweep.experiment.plan, &part.sweep.folder, jobs, &folders)?;
        work(self.arguments, self.datasets, &self.signals, part, queue.len())
    }

    /// How the command ends if the user stopped it.
    fn stopped(&self) -> Option<Exit> {
        if self.signals.stops() == 0 {
            return None;
        }
        say::note(format_args!("stopped with the state saved; to go on:"));
        say::note(format_args!("  {}", command_line()));
        let is_termination = self.signals.is_termination();
        Some(if is_termination { Exit::Terminated } else { Exit::Interrupted })
    }
}

/// Sets aside what is damaged, and says what.
fn set_damage_aside(sweep: &Sweep) -> Result<(), Failure> {
    let aside = sweep.folder.mend(&sweep.experiment.plan).map_err(Failure::usage)?;
    for SetAside { path, to, reason } in &aside {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let path = path.display();
        say::note(format_args!("damaged: {path}: {reason}; set aside as {name}"));
    }
    Ok(())
}

/// Says that runs are left, and how the command ends then.
fn say_what_is_left(tally: Tally) -> Exit {
    let Tally { paused, left, .. } = tally;
    say::note(format_args!("{} runs are not finished; to go on:", paused + left));
    say::note(format_args!("  {}", command_line()));
    Exit::Left
}

/// Writes the report and, unless it is to be silent, prints its table and where it is.
fn write_report(folder: &SweepFolder, is_silent: bool) -> Result<(), Failure> {
    let report = report::build(folder).context("cannot read the results")?;
    if !is_silent {
        // The report has shown what is in it.
        anstream::println!("{}", report::table(&report).trim_end());
    }
    let written = super::report::write(folder, &report::Options::default())?;
    if is_silent {
        return Ok(());
    }
    for path in written.paths {
        if path.extension().is_some_and(|ending| ending == "md" || ending == "html") {
            say::note(format_args!("report: {}", path.display()));
        }
    }
    Ok(())
}
