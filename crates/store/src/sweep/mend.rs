//! Setting aside what is not to be believed, so that a sweep can go on without it.
//!
//! Nothing is deleted but what a finished run no longer needs: a damaged file is renamed to
//! `NAME.damaged-<k>` beside where it stood. A run whose result is set aside has failed, with the
//! reason, until somebody asks for it again.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::file::files::{
    DAMAGED, entries, has_leftovers, read_json, remove_leftovers, set_damaged_aside,
};
use crate::sweep::folder::planned;
use crate::{
    AtRung, ClaimBook, Condition, EventKind, EventWriter, FailureClass, Halving, Outcome, Plan,
    RunFolder, StoreError, SweepFolder,
};

/// Something that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// What it was.
    pub path: PathBuf,
    /// Where it is now.
    pub to: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// What a run's files are held against.
#[derive(Debug, Clone, Copy)]
struct Expected<'a> {
    condition: &'a Condition,
    seed: u64,
    /// Of a run that competes: its rungs, and the metric that it is judged by there.
    halving: Option<(&'a Halving, &'a str)>,
}

impl SweepFolder {
    /// Sets aside what is damaged of the planned runs, of the plan that is here and of the claims,
    /// and removes what killed processes left behind. Runs that somebody is at work on are left
    /// alone.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`].
    pub fn mend(&self, plan: &Plan) -> Result<Vec<SetAside>, StoreError> {
        let mut aside = Vec::new();
        let errors = [self.plan().err(), read_json::<ClaimBook>(&self.claims_path()).err()];
        for error in errors.into_iter().flatten() {
            let StoreError::Damaged { path, reason } = error else { continue };
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let to = set_damaged_aside(&path, self.path(), &name)?;
            aside.push(SetAside { path, to, reason });
        }
        let competitions = plan.competitions();
        let members = competitions.iter().flat_map(|it| &it.members);
        let competitors: HashSet<_> =
            members.map(|&member| plan.competitor(member).identity.as_str()).collect();
        let competing_seeds = plan.tuning.as_ref().map_or(&plan.seeds, |tuning| &tuning.seeds);
        for (condition, seeds) in planned(plan) {
            let competes =
                seeds == competing_seeds && competitors.contains(condition.identity.as_str());
            let metric = plan.tasks[condition.task].metric.name.as_str();
            let halving = plan.halving.as_ref().filter(|_| competes).map(|it| (it, metric));
            for &seed in seeds {
                let run = self.run(condition, seed);
                let expected = Expected { condition, seed, halving };
                // Most runs are whole; only of the others is the lock taken.
                if run.path().exists() && run.needs_mending(expected)? {
                    aside.extend(run.mend_alone(expected)?);
                }
            }
        }
        Ok(aside)
    }

    /// What was set aside as damaged and is still here: sorted, with its reason where the run's
    /// events tell it.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn set_aside(&self) -> Result<Vec<(PathBuf, Option<String>)>, StoreError> {
        let mut found: Vec<_> =
            damaged_in(self.path())?.into_iter().map(|path| (path, None)).collect();
        for condition in self.condition_folders()? {
            let condition = self.path().join("runs").join(condition);
            for run in entries(&condition)? {
                let there = damaged_in(&run)?;
                if there.is_empty() {
                    continue;
                }
                let events = RunFolder::new(&run).events()?;
                let reason = |path: &Path| {
                    let name = path.file_name()?.to_str()?;
                    events.iter().rev().find_map(|event| match &event.kind {
                        EventKind::Damaged { to, reason, .. } if to == name => Some(reason.clone()),
                        _ => None,
                    })
                };
                found.extend(there.into_iter().map(|path| {
                    let reason = reason(&path);
                    (path, reason)
                }));
            }
        }
        found.sort();
        Ok(found)
    }
}

impl RunFolder {
    /// Sets the result aside if it is not to be believed: the run is about to be done again.
    /// The caller holds the lock.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`].
    pub fn set_bad_result_aside(&self) -> Result<(), StoreError> {
        let Err(error) = self.result() else { return Ok(()) };
        let reason = error.fault().ok_or(error)?;
        self.put_aside(self.result_path(), &reason).map(|_| ())
    }

    /// A read-only look at what [`RunFolder::mend`] would do.
    fn needs_mending(&self, expected: Expected<'_>) -> Result<bool, StoreError> {
        let outcome = match self.result_of(expected.condition, expected.seed) {
            Ok(result) => result.map(|result| result.outcome),
            Err(error) => return error.fault().map(|_| true).ok_or(error),
        };
        let is_bad = |error: Option<StoreError>| error.is_some_and(|it| it.fault().is_some());
        Ok(has_leftovers(self.path())?
            || (outcome.is_some_and(Outcome::is_final) && self.checkpoint_path().exists())
            || (self.config_path().exists() && is_bad(self.config().err()))
            || is_bad(self.provenance().err())
            || self.is_lost_at_a_rung(expected, outcome)?.is_some())
    }

    fn mend_alone(&self, expected: Expected<'_>) -> Result<Vec<SetAside>, StoreError> {
        let locks = self.claim().and_then(|claim| Ok((claim, self.lock()?)));
        match locks {
            Err(StoreError::Locked { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
            Ok(_locks) => self.mend(expected),
        }
    }

    /// The caller holds the lock.
    fn mend(&self, expected: Expected<'_>) -> Result<Vec<SetAside>, StoreError> {
        remove_leftovers(self.path())?;
        let mut aside = Vec::new();
        let mut outcome = None;
        match self.result_of(expected.condition, expected.seed) {
            Ok(result) => outcome = result.map(|result| result.outcome),
            Err(error) => {
                let reason = error.fault().ok_or(error)?;
                aside.push(self.put_aside(self.result_path(), &reason)?);
            }
        }
        if let Some(reason) = self.is_lost_at_a_rung(expected, outcome)? {
            // Neither the result nor the checkpoint can bring the evaluation back. The events
            // first: what is said of the others then stands in new ones.
            for path in [self.events_path(), self.result_path(), self.checkpoint_path()] {
                if path.exists() {
                    aside.push(self.put_aside(path, &reason)?);
                }
            }
            outcome = None;
        }
        if let Some(SetAside { reason, .. }) = aside.first() {
            self.record_failure(FailureClass::Damaged, reason)?;
        }
        if self.config_path().exists()
            && let Some(reason) = self.config().err().and_then(|error| error.fault())
        {
            aside.push(self.put_aside(self.config_path(), &reason)?);
            self.write_config(&expected.condition.config)?;
        }
        if let Some(reason) = self.provenance().err().and_then(|error| error.fault()) {
            aside.push(self.put_aside(self.provenance_path(), &reason)?);
        }
        let checkpoint = self.checkpoint_path();
        if outcome.is_some_and(Outcome::is_final) && checkpoint.exists() {
            fs::remove_dir_all(&checkpoint)
                .map_err(|source| StoreError::Write { path: checkpoint, source })?;
        }
        Ok(aside)
    }

    fn put_aside(&self, path: PathBuf, reason: &str) -> Result<SetAside, StoreError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let to = set_damaged_aside(&path, self.path(), &name)?;
        let moved = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let reason = reason.to_owned();
        let event = EventKind::Damaged { file: name, reason: reason.clone(), to: moved };
        EventWriter::last_attempt(&self.events_path())?.append(event)?;
        Ok(SetAside { path, to, reason })
    }

    /// Why the run, which ended past a rung, cannot be judged there. One that has not ended goes
    /// back by itself to where its events are whole.
    fn is_lost_at_a_rung(
        &self,
        expected: Expected<'_>,
        outcome: Option<Outcome>,
    ) -> Result<Option<String>, StoreError> {
        let (Some((halving, metric)), Some(outcome)) = (expected.halving, outcome) else {
            return Ok(None);
        };
        let stopped_at = match outcome {
            Outcome::StoppedAtRung { step } => step,
            _ => 0,
        };
        for &rung in &halving.rungs {
            match self.at_rung(rung, metric) {
                Err(error) => return error.fault().map(Some).ok_or(error),
                Ok(AtRung::Waiting) if rung <= stopped_at => {
                    return Ok(Some(format!(
                        "events.jsonl does not say that it got to the rung at step {rung}"
                    )));
                }
                Ok(_) => {}
            }
        }
        Ok(None)
    }
}

fn damaged_in(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut entries = entries(folder)?;
    let is_damaged =
        |path: &Path| path.file_name().is_some_and(|it| it.to_string_lossy().contains(DAMAGED));
    entries.retain(|path| is_damaged(path));
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::folder::tests::{plan, provenance, result};
    use crate::{RunResult, RunState, Standing};

    fn flip(path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    }

    /// A finished run and the folder that it lies in.
    fn finished() -> (tempfile::TempDir, SweepFolder, Plan, RunFolder) {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let plan = plan("first");
        let run = sweep.run(&plan.conditions[0], 1);
        run.write_config(&plan.conditions[0].config).unwrap();
        run.event_writer().unwrap().append(EventKind::Checkpointed { step: 20 }).unwrap();
        run.write_provenance(&provenance("c")).unwrap();
        run.write_result(&result(&plan, 1, Outcome::Completed)).unwrap();
        (folder, sweep, plan, run)
    }

    #[test]
    fn a_whole_run_is_left_alone_and_loses_only_what_it_does_not_need() {
        let (_folder, sweep, plan, run) = finished();
        fs::create_dir_all(run.checkpoint_path().join("epoch-3")).unwrap();
        fs::write(run.path().join(".tmpabc"), "half").unwrap();
        assert_eq!(sweep.mend(&plan).unwrap(), []);
        assert!(!run.checkpoint_path().exists() && !run.path().join(".tmpabc").exists());
        assert_eq!(run.state().unwrap(), RunState::Finished(Outcome::Completed));
        // A run that was stopped at a rung may go on.
        let at_rung = result(&plan, 1, Outcome::StoppedAtRung { step: 5 });
        run.write_result(&at_rung).unwrap();
        fs::create_dir_all(run.checkpoint_path()).unwrap();
        assert_eq!(sweep.mend(&plan).unwrap(), []);
        assert!(run.checkpoint_path().exists());
    }

    #[test]
    fn a_damaged_result_is_set_aside_and_its_run_has_failed() {
        let (_folder, sweep, plan, run) = finished();
        for number in 1..=2 {
            flip(&run.result_path());
            let survey = sweep.survey(&plan, "c").unwrap();
            let surveyed = survey.runs.iter().find(|it| it.seed == 1).unwrap();
            assert_eq!(surveyed.standing, Standing::Failed);
            let aside = sweep.mend(&plan).unwrap();
            assert_eq!(aside.len(), 1);
            assert!(aside[0].to.ends_with(format!("result.json.damaged-{number}")));
            assert!(aside[0].to.exists() && !run.result_path().exists());
            let RunState::Failed { class, message } = run.state().unwrap() else { panic!() };
            assert_eq!(class, FailureClass::Damaged);
            assert!(message.starts_with("result.json: "), "{message}");
            assert_eq!(sweep.set_aside().unwrap().len(), number);
            assert!(sweep.set_aside().unwrap().iter().all(|(_, reason)| reason.is_some()));
            run.write_result(&result(&plan, 1, Outcome::Completed)).unwrap();
        }
        // The result of another run, whole as it is.
        run.write_result(&result(&plan, 0, Outcome::Completed)).unwrap();
        let aside = sweep.mend(&plan).unwrap();
        assert!(aside[0].reason.contains("its result.json is of "), "{aside:?}");
    }

    #[test]
    fn configuration_and_provenance_are_set_aside_and_the_result_stays() {
        let (_folder, sweep, plan, run) = finished();
        flip(&run.config_path());
        flip(&run.provenance_path());
        fs::write(sweep.claims_path(), "{").unwrap();
        let mut names: Vec<_> = sweep.mend(&plan).unwrap().into_iter().map(|it| it.to).collect();
        names.sort();
        let names: Vec<_> = names.iter().map(|it| it.file_name().unwrap()).collect();
        assert_eq!(
            names,
            ["claims.json.damaged-1", "config.toml.damaged-1", "provenance.json.damaged-1"]
        );
        assert_eq!(run.config().unwrap(), plan.conditions[0].config);
        assert_eq!(run.state().unwrap(), RunState::Finished(Outcome::Completed));
        assert_eq!(sweep.mend(&plan).unwrap(), []);
    }

    #[test]
    fn what_is_set_aside_changes_nothing_of_where_a_run_stands() {
        let (_folder, sweep, plan, run) = finished();
        fs::remove_file(run.result_path()).unwrap();
        run.record_failure(FailureClass::Killed, "signal: 9").unwrap();
        flip(&run.config_path());
        assert_eq!(sweep.mend(&plan).unwrap().len(), 1);
        let message = "signal: 9".to_owned();
        let failed = RunState::Failed { class: FailureClass::Killed, message };
        assert_eq!(run.state().unwrap(), failed, "it is run again only when asked for");
    }

    #[test]
    fn a_run_that_competes_with_nobody_needs_no_rung() {
        let (_folder, sweep, mut plan, run) = finished();
        plan.halving = Some(Halving { rungs: vec![10], keep: 0.5 });
        fs::remove_file(run.events_path()).unwrap();
        assert_eq!(sweep.mend(&plan).unwrap(), [], "the baseline is never stopped");
        // Beside two other arms.
        for arm in ["one", "two"] {
            let mut condition = plan.conditions[0].clone();
            (condition.identity, condition.folder) = (arm.into(), arm.into());
            let run = sweep.run(&condition, 1);
            let result = RunResult { identity: arm.into(), ..result(&plan, 1, Outcome::Completed) };
            run.write_result(&result).unwrap();
            plan.conditions.push(condition);
        }
        let aside = sweep.mend(&plan).unwrap();
        assert_eq!(aside.len(), 2, "{aside:?}");
        assert!(aside[0].reason.contains("no evaluation at step 10"), "{aside:?}");
        assert!(sweep.set_aside().unwrap().iter().all(|(_, reason)| reason.is_some()));
    }

    #[test]
    fn a_run_in_somebodys_hands_is_left_alone() {
        let (_folder, sweep, plan, run) = finished();
        flip(&run.result_path());
        let _lock = run.lock().unwrap();
        assert_eq!(sweep.mend(&plan).unwrap(), []);
        assert!(run.result_path().exists());
    }
}
