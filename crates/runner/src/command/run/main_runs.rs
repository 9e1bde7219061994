//! The main runs of `run`, and the report after them.

use anyhow::Context as _;
use scheduler::Tally;
use store::{RunLock, RunState, SweepFolder};
use text::counted;

use crate::arguments::{Progress, Rerun};
use crate::command::report as report_command;
use crate::command::run::job::{Job, say_what_is_left};
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::sweep::opened::{PlannedRun, Sweep};
use crate::sweep::part::Part;

impl Job<'_> {
    /// Does the main runs, then writes the report.
    pub fn run(&self, sweep: &Sweep, lock: Option<RunLock>) -> Result<Exit, Failure> {
        let plan = &sweep.experiment.plan;
        // With tuning, its runs have competed.
        let competing = plan.tuning.is_none().then_some(plan);
        let runs = self.wanted_now(sweep)?;
        let mut part = Part::new(self.session.arguments, &self.selection, competing, sweep, runs);
        for warning in &sweep.experiment.warnings {
            say::note(format_args!("warning: {warning}"));
        }
        part.say_what_is_stale(self.session.arguments.stale)?;
        part.say_what_kept_nothing()?;
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
            let runs = counted(todo, "run");
            say::note(format_args!("{name}: {runs} to do, {finished} finished already"));
            tally = self.work(&mut part, &queue)?;
            if let Some(exit) = self.stopped() {
                return Ok(exit);
            }
            tally = self.further_rounds(sweep, &mut part, tally)?;
            if let Some(exit) = self.stopped() {
                return Ok(exit);
            }
        }
        // Standard output is for the lines alone.
        let is_silent = self.session.arguments.progress == Progress::Json;
        // Of many tasks none is the last.
        let is_task = self.selection.is_task();
        let reported = if is_task { Ok(()) } else { write_report(&sweep.folder, is_silent) };
        let undecided = part.say_what_is_undecided()?;
        // Those from before are run again or stay as they are.
        let before = part.count(|state| matches!(state, RunState::Failed { .. }));
        let is_rerun = self.session.arguments.rerun == Some(Rerun::Failed);
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

    /// The runs of the sweep; with seeds until decided those of the rounds that the results so far ask
    /// for.
    fn wanted_now(&self, sweep: &Sweep) -> Result<Vec<PlannedRun>, Failure> {
        let plan = &sweep.experiment.plan;
        let all = !self.selection.is_alone(plan);
        let is_ours = |index, seed| all || self.selection.is_ours(index, seed);
        let mut runs = sweep.runs(is_ours)?;
        let wanted = report::wanted(&sweep.folder, plan).context("cannot read the results")?;
        if let Some(wanted) = wanted {
            let names = wanted.names(plan);
            let identity = |it: usize| plan.conditions[it].identity.as_str();
            runs.retain(|run| names.contains(&(identity(run.condition), run.seed)));
        }
        Ok(runs)
    }

    /// Does one round after the other as long as something is not decided.
    fn further_rounds<'a>(
        &self,
        sweep: &'a Sweep,
        part: &mut Part<'a>,
        mut tally: Tally,
    ) -> Result<Tally, Failure> {
        while sweep.experiment.plan.rounds.is_some() && tally.left == 0 && tally.paused == 0 {
            let before = part.runs.len();
            let runs = self.wanted_now(sweep)?;
            if runs.len() == before {
                break;
            }
            let more = counted(runs.len() - before, "run");
            say::note(format_args!("not all is decided: {more} more"));
            *part = Part::new(self.session.arguments, &self.selection, None, sweep, runs);
            let queue = part.phases.what_is_left().map_err(Failure::usage)?;
            if queue.is_empty() {
                continue;
            }
            let round = self.work(part, &queue)?;
            if self.stopped().is_some() {
                return Ok(round);
            }
            tally = Tally { failed: tally.failed + round.failed, ..round };
        }
        Ok(tally)
    }
}

/// Writes the report and, unless it is to be silent, prints its table and where it is.
fn write_report(folder: &SweepFolder, is_silent: bool) -> Result<(), Failure> {
    let report = report::build(folder).context("cannot read the results")?;
    if !is_silent {
        // The report has shown what is in it.
        anstream::println!("{}", report::table(&report).trim_end());
    }
    let written = report_command::write(folder, &report::Options::default())?;
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
