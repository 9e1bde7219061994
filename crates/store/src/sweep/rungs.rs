//! How runs stand at the rungs of `[halving]`, read from their folders.
//!
//! A rung is read from the events, so it is known whether a run waits there, has gone on or
//! has ended. Nothing else is remembered: whoever judges again, after a crash or beside
//! another runner, reads the same and comes to the same.

use std::collections::HashMap;

use crate::run::journal::evaluations;
use crate::{
    AtRung, Candidate, Chosen, Competition, Condition, Event, EventKind, Outcome, Plan, RunFolder,
    RunResult, StoreError, SweepFolder, Verdict,
};

impl RunFolder {
    /// What is known of the run after `rung` optimizer steps: its validation score by
    /// `metric`, once a checkpoint holds those steps; of a run that ended before, the score
    /// it ended with.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Invalid`] if a file is broken or the events of a
    /// run that is past the rung say nothing about it.
    pub fn at_rung(&self, rung: u64, metric: &str) -> Result<AtRung, StoreError> {
        // One that was stopped at a rung may still go on, so it has not ended.
        let is_end = |result: &RunResult| result.outcome.is_final();
        let result = match self.result() {
            Err(error) if error.fault().is_some() => return Ok(AtRung::Waiting),
            result => result?.filter(is_end),
        };
        if let Some(RunResult { outcome: Outcome::Diverged { step }, .. }) = result
            && step <= rung
        {
            return Ok(AtRung::Diverged);
        }
        let events = self.events()?;
        if result.is_none() && !events.iter().any(|event| is_saved_at(event, rung)) {
            return Ok(AtRung::Waiting);
        }
        // A run that early stopping ended before the rung has its last score there.
        let ended_before = result.as_ref().is_some_and(|result| result.steps < rung);
        let there = evaluations(&events).into_iter().rev().find_map(|event| match &event.kind {
            EventKind::Evaluated { step, validation, .. }
                if *step == rung || (ended_before && *step < rung) =>
            {
                Some(validation.get(metric).copied())
            }
            _ => None,
        });
        match there {
            Some(Some(score)) if score.is_finite() => Ok(AtRung::Scored(score)),
            Some(_) => Ok(AtRung::Diverged),
            None => Err(self.no_evaluation_at(rung)),
        }
    }

    /// Whether the events hold an evaluation after `step` optimizer steps.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn is_evaluated_at(&self, step: u64) -> Result<bool, StoreError> {
        let is_it = |event: &Event| matches!(&event.kind, EventKind::Evaluated { step: at, .. } if *at == step);
        Ok(self.events()?.iter().any(is_it))
    }

    /// That the run is past the rung, and nothing says with which score.
    pub fn no_evaluation_at(&self, rung: u64) -> StoreError {
        StoreError::Invalid {
            path: self.events_path(),
            reason: format!(
                "it holds no evaluation at step {rung}, although the run went that far"
            ),
        }
    }

    /// As [`RunFolder::at_rung`]; a run whose files do not tell its score any more is waited for,
    /// until [`SweepFolder::mend`] has set it aside.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn at_rung_or_lost(&self, rung: u64, metric: &str) -> Result<AtRung, StoreError> {
        self.at_rung(rung, metric).or_else(|error| match error.fault() {
            Some(_) => Ok(AtRung::Waiting),
            None => Err(error),
        })
    }
}

/// Whether the event says that a checkpoint holds the first `rung` steps.
fn is_saved_at(event: &Event, rung: u64) -> bool {
    match event.kind {
        EventKind::Checkpointed { step } | EventKind::Stopped { step } => step >= rung,
        _ => false,
    }
}

impl SweepFolder {
    /// How the members of a competition of `plan` stand, in their order.
    ///
    /// # Errors
    /// As [`RunFolder::at_rung`].
    pub fn verdicts(
        &self,
        plan: &Plan,
        competition: &Competition,
    ) -> Result<Vec<Verdict>, StoreError> {
        let Competition { task, members } = competition;
        let Some(halving) = &plan.halving else {
            return Ok(vec![Verdict::GoesOn; members.len()]);
        };
        let metric = &plan.tasks[*task].metric;
        let seeds = plan.tuning.as_ref().map_or(&plan.seeds, |tuning| &tuning.seeds);
        halving.judge(members.len(), seeds, metric.goal, |member, seed, rung| {
            let condition = plan.competitor(members[member]);
            self.run(condition, seed).at_rung_or_lost(halving.rungs[rung], &metric.name)
        })
    }
}

impl SweepFolder {
    /// What tuning chooses for every condition of `plan` ([`Plan::choose`]) from the results
    /// that are here. With `[halving]` it is one of those that passed every rung: a run that
    /// was whole before it had rivals at a rung has lost there all the same.
    ///
    /// # Errors
    /// As [`RunFolder::at_rung`].
    pub fn choose(&self, plan: &Plan) -> Result<Vec<Option<Chosen>>, StoreError> {
        let Some(tuning) = &plan.tuning else { return Ok(Vec::new()) };
        let mut verdicts = HashMap::new();
        for competition in plan.competitions() {
            let of_members = self.verdicts(plan, &competition)?;
            for (&member, verdict) in competition.members.iter().zip(of_members) {
                let Candidate { of, condition, .. } = &tuning.candidates[member];
                verdicts.insert((*of, condition.identity.as_str()), verdict);
            }
        }
        let mut failure = None;
        let chosen = plan.choose(|candidate, seed| {
            let Candidate { of, condition, .. } = candidate;
            let read = self.run(condition, seed).result();
            let mut result = read.unwrap_or_else(|error| {
                // A result that is not to be believed is none.
                if error.fault().is_none() {
                    failure.get_or_insert(error);
                }
                None
            })?;
            match verdicts.get(&(*of, condition.identity.as_str())) {
                Some(Verdict::UpTo(_)) => return None,
                Some(Verdict::StoppedAt(_)) => {
                    result.outcome = Outcome::StoppedAtRung { step: result.steps };
                }
                Some(Verdict::GoesOn) | None => {}
            }
            Some(result)
        });
        failure.map_or(Ok(chosen), Err)
    }
}

impl Plan {
    /// A member of a [`Competition`].
    pub fn competitor(&self, member: usize) -> &Condition {
        match &self.tuning {
            Some(tuning) => &tuning.candidates[member].condition,
            None => &self.conditions[member],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::folder::tests::{plan, result};
    use crate::{EventWriter, Halving};

    fn run() -> (tempfile::TempDir, RunFolder, EventWriter) {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path().join("seed-0"));
        let events = run.event_writer().unwrap();
        (folder, run, events)
    }

    fn evaluated(step: u64, loss: Option<f64>) -> EventKind {
        let validation = loss.map(|loss| ("loss".to_owned(), loss)).into_iter().collect();
        let (epoch, training) = (step / 10, crate::Metrics::new());
        EventKind::Evaluated { epoch, step, training, validation, train_seconds: 1.0 }
    }

    #[test]
    fn a_rung_is_reached_when_a_checkpoint_holds_it() {
        let (_folder, run, mut events) = run();
        assert_eq!(run.at_rung(20, "loss").unwrap(), AtRung::Waiting);
        for step in [10, 20] {
            events.append(evaluated(step, Some(1.0 / step as f64))).unwrap();
        }
        assert_eq!(run.at_rung(20, "loss").unwrap(), AtRung::Waiting, "it may be lost yet");
        events.append(EventKind::Checkpointed { step: 20 }).unwrap();
        assert_eq!(run.at_rung(20, "loss").unwrap(), AtRung::Scored(0.05));
        assert_eq!(run.at_rung(10, "loss").unwrap(), AtRung::Scored(0.1));
        assert_eq!(run.at_rung(30, "loss").unwrap(), AtRung::Waiting);
        // Another attempt went over the same steps: its score counts.
        events.append(evaluated(20, Some(0.5))).unwrap();
        events.append(evaluated(30, None)).unwrap();
        events.append(EventKind::Stopped { step: 30 }).unwrap();
        assert_eq!(run.at_rung(20, "loss").unwrap(), AtRung::Scored(0.5));
        assert_eq!(run.at_rung(30, "loss").unwrap(), AtRung::Diverged, "its loss was not finite");
    }

    #[test]
    fn a_run_that_ended_before_the_rung_has_the_score_it_ended_with() {
        let (_folder, run, mut events) = run();
        for step in [10, 20] {
            events.append(evaluated(step, Some(1.0 / step as f64))).unwrap();
        }
        let plan = plan("a");
        let early = result(&plan, 0, Outcome::StoppedEarly { step: 20 });
        run.write_result(&early).unwrap();
        assert_eq!(run.at_rung(10, "loss").unwrap(), AtRung::Scored(0.1));
        assert_eq!(run.at_rung(30, "loss").unwrap(), AtRung::Scored(0.05));
        let stopped = Outcome::StoppedAtRung { step: 20 };
        run.write_result(&RunResult { outcome: stopped, ..early.clone() }).unwrap();
        events.append(EventKind::Stopped { step: 20 }).unwrap();
        assert_eq!(run.at_rung(20, "loss").unwrap(), AtRung::Scored(0.05));
        assert_eq!(run.at_rung(30, "loss").unwrap(), AtRung::Waiting, "it may go on");
        let step = 15;
        run.write_result(&RunResult { outcome: Outcome::Diverged { step }, steps: 15, ..early })
            .unwrap();
        assert_eq!(run.at_rung(10, "loss").unwrap(), AtRung::Scored(0.1));
        assert_eq!(run.at_rung(30, "loss").unwrap(), AtRung::Diverged);
    }

    #[test]
    fn a_run_past_a_rung_that_its_events_do_not_name_is_an_error_that_says_what_to_do() {
        let (_folder, run, mut events) = run();
        events.append(EventKind::Checkpointed { step: 20 }).unwrap();
        let error = run.at_rung(10, "loss").unwrap_err().to_string();
        assert!(error.contains("events.jsonl is not valid: it holds no evaluation at step 10"));
        assert!(error.contains("--rerun failed does it again"), "{error}");
    }

    #[test]
    fn a_competition_is_read_from_the_folders_of_its_members() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let mut plan = plan("a");
        plan.halving = Some(Halving { rungs: vec![10], keep: 0.5 });
        for arm in 1..3 {
            let mut condition = plan.conditions[0].clone();
            (condition.arm, condition.folder) = (arm, arm.to_string());
            condition.identity = arm.to_string();
            plan.conditions.push(condition);
        }
        let competitions = plan.competitions();
        assert_eq!(competitions, [Competition { task: 0, members: vec![1, 2] }]);
        let judge = || sweep.verdicts(&plan, &competitions[0]).unwrap();
        assert_eq!(judge(), [Verdict::UpTo(0); 2]);
        for (condition, loss) in [(1, 0.4), (2, 0.3)] {
            for seed in [0, 1] {
                let run = sweep.run(&plan.conditions[condition], seed);
                let mut events = run.event_writer().unwrap();
                events.append(evaluated(10, Some(loss))).unwrap();
                events.append(EventKind::Stopped { step: 10 }).unwrap();
            }
        }
        assert_eq!(judge(), [Verdict::StoppedAt(0), Verdict::GoesOn]);
    }

    #[test]
    fn only_what_passed_every_rung_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let mut plan = crate::planning::choice::tests::plan("minimize", "best");
        plan.halving = Some(Halving { rungs: vec![10], keep: 0.5 });
        let tuning = plan.tuning.clone().unwrap();
        // The last of each three is whole, best in the end and worst at the rung.
        for (index, candidate) in tuning.candidates.iter().enumerate() {
            let loss = [0.2, 0.3, 0.4][index % 3];
            for &seed in &tuning.seeds {
                let run = sweep.run(&candidate.condition, seed);
                let mut events = run.event_writer().unwrap();
                events.append(evaluated(10, Some(loss))).unwrap();
                events.append(EventKind::Stopped { step: 10 }).unwrap();
                if index != 4 || seed != tuning.seeds[1] {
                    let end = 1.0 - loss;
                    let result =
                        crate::planning::choice::tests::result(Outcome::Completed, end, end);
                    run.write_result(&result).unwrap();
                }
            }
        }
        let chosen = sweep.choose(&plan).unwrap();
        assert_eq!(chosen[0].as_ref().unwrap().candidate, 1, "the second is better in the end");
        assert_eq!(chosen[1], None, "it has a run without a result");
        plan.halving = None;
        assert_eq!(sweep.choose(&plan).unwrap()[0].as_ref().unwrap().candidate, 2);
    }
}
