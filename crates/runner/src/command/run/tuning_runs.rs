//! The tuning runs of `run`, which the main runs wait for.

use std::collections::HashSet;

use store::{RunLock, RunState};
use text::counted;

use crate::command::run::job::{Job, say_what_is_left};
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::typed::command_line;
use crate::sweep::opened::{PlannedRun, Sweep};
use crate::sweep::part::{Part, some_of};
use crate::sweep::{chosen, tuning};

/// How tuning ended.
pub enum Tuned {
    /// The main runs cannot follow.
    Ended(Exit),
    /// They can; the sweep was joined for it.
    Joined(RunLock),
    /// There was nothing to do.
    Untouched,
}

impl Job<'_> {
    /// Does the tuning runs that the main runs wait for, then plans those.
    pub fn tune(&self, sweep: &mut Sweep) -> Result<Tuned, Failure> {
        let selection = self.selection.of_tuning();
        let is_settled = |it: &usize| sweep.experiment.plan.is_settled_for(*it);
        let mut waiting = self.selection.conditions(&sweep.experiment.plan).into_iter();
        if !selection.has_tuning() && waiting.all(|it| is_settled(&it)) {
            return Ok(Tuned::Untouched);
        }
        let view = tuning::view(sweep, &selection)?;
        let Some((view, runs)) = view else { return Ok(Tuned::Untouched) };
        let competing = Some(&sweep.experiment.plan);
        let mut part = Part::new(self.session.arguments, &selection, competing, &view, runs);
        part.say_what_is_stale(self.session.arguments.stale)?;
        let queue = part.phases.what_is_left().map_err(Failure::usage)?;
        let mut tuned = Tuned::Untouched;
        if !queue.is_empty() {
            part.check_backends(&queue)?;
            tuned = Tuned::Joined(sweep.join()?);
            let (name, all) = (&view.experiment.plan.experiment, part.count(|_| true));
            let todo = queue.len();
            let runs = counted(all, "tuning run");
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
}
