//! The results folder of a sweep and the folder of one run.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::{read_json, read_text, write_json};
use crate::journal::read_events;
use crate::{
    Condition, Event, EventKind, EventWriter, FailureClass, Outcome, Plan, Provenance, RunConfig,
    RunResult, StoreError, write_atomically,
};

/// The results folder of one experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepFolder {
    path: PathBuf,
}

impl SweepFolder {
    /// Names a folder; nothing is read or written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The plan that was last written.
    ///
    /// # Errors
    /// [`StoreError::NoPlan`] where there is none, [`StoreError::Read`],
    /// [`StoreError::Invalid`].
    pub fn plan(&self) -> Result<Plan, StoreError> {
        let path = self.path.join("plan.json");
        if !path.exists() {
            return Err(StoreError::NoPlan { path: self.path.clone() });
        }
        let plan: Plan = read_json(&path)?;
        if plan.format != Plan::FORMAT {
            let reason =
                format!("its format is {}, this program reads {}", plan.format, Plan::FORMAT);
            return Err(StoreError::Invalid { path, reason });
        }
        Ok(plan)
    }

    /// The experiment file as it was when the plan was written.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn experiment_text(&self) -> Result<String, StoreError> {
        read_text(&self.path.join("experiment.toml"))
    }

    /// Lets `plan` use run folders that are here already under another arm's name, and
    /// refuses a folder that belongs to another experiment. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError::OtherExperiment`], [`StoreError::Read`], [`StoreError::Invalid`].
    pub fn adopt(&self, plan: &mut Plan) -> Result<(), StoreError> {
        match self.plan() {
            Ok(old) if old.experiment != plan.experiment => {
                return Err(StoreError::OtherExperiment {
                    path: self.path.clone(),
                    found: old.experiment,
                    expected: plan.experiment.clone(),
                });
            }
            Ok(_) | Err(StoreError::NoPlan { .. }) => {}
            Err(error) => return Err(error),
        }
        let present = self.condition_folders()?;
        for condition in &mut plan.conditions {
            let hash = &condition.identity[..8];
            if let Some(folder) = present.iter().find(|name| name.rsplit('-').next() == Some(hash))
            {
                condition.folder.clone_from(folder);
            }
        }
        Ok(())
    }

    /// Writes the plan and the experiment file that it came from.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_plan(&self, plan: &Plan, experiment_text: &str) -> Result<(), StoreError> {
        write_atomically(&self.path.join("experiment.toml"), experiment_text.as_bytes())?;
        write_json(&self.path.join("plan.json"), plan)
    }

    /// The folder of one run of a condition.
    pub fn run(&self, condition: &Condition, seed: u64) -> RunFolder {
        let path = self.path.join("runs").join(&condition.folder).join(format!("seed-{seed}"));
        RunFolder { path }
    }

    /// Condition folders that are here and that `plan` does not name, sorted.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn unplanned(&self, plan: &Plan) -> Result<Vec<String>, StoreError> {
        let mut folders = self.condition_folders()?;
        folders.retain(|name| plan.conditions.iter().all(|condition| condition.folder != *name));
        Ok(folders)
    }

    /// Takes the lock that keeps two runners off one folder.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process holds it, [`StoreError::Write`].
    pub fn lock(&self) -> Result<RunLock, StoreError> {
        RunLock::take(&self.path)
    }

    /// Whether a runner is at work on this folder.
    pub fn is_locked(&self) -> bool {
        RunLock::is_held(&self.path)
    }

    fn condition_folders(&self) -> Result<Vec<String>, StoreError> {
        let path = self.path.join("runs");
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StoreError::Read { path, source }),
            Ok(entries) => entries,
        };
        let mut names: Vec<_> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        Ok(names)
    }
}

/// What is known of a run from its folder.
#[derive(Debug, Clone, PartialEq)]
pub enum RunState {
    /// Nothing has been done.
    Missing,
    /// A worker holds its lock.
    Running,
    /// It was stopped or cut off; it will go on from its checkpoint, if it has one.
    Stopped,
    /// `result.json` is there.
    Finished(Outcome),
    /// The last attempt failed.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// One line for people.
        message: String,
    },
}

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Names a folder; nothing is read or written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `events.jsonl`.
    pub fn events_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// `log.txt`: what the worker printed.
    pub fn log_path(&self) -> PathBuf {
        self.path.join("log.txt")
    }

    /// `checkpoint/`: the committed checkpoint, if there is one.
    pub fn checkpoint_path(&self) -> PathBuf {
        self.path.join("checkpoint")
    }

    /// All events so far.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn events(&self) -> Result<Vec<Event>, StoreError> {
        read_events(&self.events_path())
    }

    /// Opens the events for appending; the writer's attempt is one more than the last.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`].
    pub fn event_writer(&self) -> Result<EventWriter, StoreError> {
        fs::create_dir_all(&self.path)
            .map_err(|source| StoreError::Write { path: self.path.clone(), source })?;
        EventWriter::open(&self.events_path())
    }

    /// The result, if the run is finished.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Invalid`].
    pub fn result(&self) -> Result<Option<RunResult>, StoreError> {
        let path = self.path.join("result.json");
        if path.exists() { read_json(&path).map(Some) } else { Ok(None) }
    }

    /// Writes the result, which makes the run finished.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_result(&self, result: &RunResult) -> Result<(), StoreError> {
        write_json(&self.path.join("result.json"), result)
    }

    /// The configuration.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Invalid`].
    pub fn config(&self) -> Result<RunConfig, StoreError> {
        let path = self.path.join("config.toml");
        toml::from_str(&read_text(&path)?)
            .map_err(|error| StoreError::Invalid { path, reason: error.to_string() })
    }

    /// Writes the configuration.
    ///
    /// # Errors
    /// [`StoreError::Write`], [`StoreError::Invalid`].
    pub fn write_config(&self, config: &RunConfig) -> Result<(), StoreError> {
        let path = self.path.join("config.toml");
        let text = toml::to_string_pretty(config).map_err(|error| StoreError::Invalid {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        write_atomically(&path, text.as_bytes())
    }

    /// What computed the run, if that was written.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Invalid`].
    pub fn provenance(&self) -> Result<Option<Provenance>, StoreError> {
        let path = self.path.join("provenance.json");
        if path.exists() { read_json(&path).map(Some) } else { Ok(None) }
    }

    /// Writes what computes the run.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_provenance(&self, provenance: &Provenance) -> Result<(), StoreError> {
        write_json(&self.path.join("provenance.json"), provenance)
    }

    /// Takes the lock that a worker holds while it computes.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process holds it, [`StoreError::Write`].
    pub fn lock(&self) -> Result<RunLock, StoreError> {
        RunLock::take(&self.path)
    }

    /// What is known of the run.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Invalid`].
    pub fn state(&self) -> Result<RunState, StoreError> {
        if let Some(result) = self.result()? {
            return Ok(RunState::Finished(result.outcome));
        }
        if RunLock::is_held(&self.path) {
            return Ok(RunState::Running);
        }
        let last = self.events()?.pop().map(|event| event.kind);
        Ok(match last {
            None => RunState::Missing,
            Some(EventKind::Failed { class, message }) => RunState::Failed { class, message },
            Some(_) => RunState::Stopped,
        })
    }
}

/// Holds `.lock` of a folder until dropped; the system releases it when the process ends.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(".lock");
        let open = || {
            fs::create_dir_all(folder)?;
            OpenOptions::new().create(true).truncate(false).write(true).open(&path)
        };
        let file = open().map_err(|source| StoreError::Write { path: path.clone(), source })?;
        // A reader that looks whether the lock is held holds it, shared, for a moment.
        for _ in 0..20 {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
                Err(TryLockError::Error(source)) => return Err(StoreError::Write { path, source }),
            }
        }
        Err(StoreError::Locked { path })
    }

    fn is_held(folder: &Path) -> bool {
        // A shared probe: two readers that look at the same moment do not see each other.
        File::open(folder.join(".lock"))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Goal, Metric, PlannedTask, ReadAt};

    fn plan(experiment: &str) -> Plan {
        let config: RunConfig = serde_json::from_value(json!({
            "format": 1, "backend": "flex",
            "task": { "kind": "adding", "metric": "loss", "goal": "minimize", "options": {} },
            "model": { "architecture": "lstm", "hidden": 4, "options": {} },
            "train": {},
        }))
        .unwrap();
        let identity = config.identity();
        Plan {
            format: Plan::FORMAT,
            experiment: experiment.into(),
            question: String::new(),
            baseline: "lstm".into(),
            seeds: vec![0, 1],
            tasks: vec![PlannedTask {
                label: "adding".into(),
                kind: "adding".into(),
                options: schema::Options::new(),
                metric: Metric {
                    name: "loss".into(),
                    goal: Goal::Minimize,
                    at: ReadAt::Best,
                    solved: None,
                },
                summary: String::new(),
                limits: String::new(),
                trivial: [("loss".into(), 0.1667)].into(),
                trivial_rule: String::new(),
                checksum: String::new(),
                split_sizes: [0, 2, 2],
            }],
            arms: vec![crate::Arm {
                name: "lstm".into(),
                architecture: "lstm".into(),
                changes: vec![],
            }],
            claims: vec![],
            conditions: vec![Condition {
                arm: 0,
                task: 0,
                folder: format!("lstm-{}", &identity[..8]),
                identity,
                parameters: 10,
                config,
            }],
        }
    }

    fn result(outcome: Outcome) -> RunResult {
        RunResult {
            format: RunResult::FORMAT,
            identity: String::new(),
            seed: 0,
            outcome,
            best: None,
            last: None,
            parameters: 10,
            steps: 20,
            train_seconds: 4.0,
            total_seconds: 5.0,
        }
    }

    #[test]
    fn a_plan_is_read_back_and_another_experiment_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path().join("sweep"));
        assert!(matches!(sweep.plan(), Err(StoreError::NoPlan { .. })));
        let mut first = plan("first");
        sweep.adopt(&mut first).unwrap();
        assert!(!sweep.path().exists(), "adopt writes nothing");
        sweep.write_plan(&first, "name = \"first\"").unwrap();
        assert_eq!(sweep.plan().unwrap(), first);
        assert_eq!(sweep.experiment_text().unwrap(), "name = \"first\"");
        let refused = sweep.adopt(&mut plan("second")).unwrap_err();
        assert!(matches!(refused, StoreError::OtherExperiment { .. }), "{refused}");
    }

    #[test]
    fn a_renamed_arm_keeps_its_runs_and_unplanned_folders_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let mut plan = plan("first");
        let old = plan.conditions[0].folder.clone();
        sweep.run(&plan.conditions[0], 1).write_result(&result(Outcome::Completed)).unwrap();
        sweep
            .run(&Condition { folder: "gone-00000000".into(), ..plan.conditions[0].clone() }, 0)
            .write_result(&result(Outcome::Completed))
            .unwrap();
        plan.conditions[0].folder = format!("renamed-{}", &plan.conditions[0].identity[..8]);
        sweep.adopt(&mut plan).unwrap();
        assert_eq!(plan.conditions[0].folder, old);
        assert_eq!(sweep.unplanned(&plan).unwrap(), ["gone-00000000"]);
    }

    #[test]
    fn the_state_follows_lock_events_and_result() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path().join("seed-0"));
        assert_eq!(run.state().unwrap(), RunState::Missing);
        let lock = run.lock().unwrap();
        assert_eq!(run.state().unwrap(), RunState::Running);
        assert!(matches!(run.lock(), Err(StoreError::Locked { .. })));
        let mut events = run.event_writer().unwrap();
        events.append(EventKind::Started { step: 0, steps: 20, parameters: 10 }).unwrap();
        drop(lock);
        assert_eq!(run.state().unwrap(), RunState::Stopped);
        let failed = RunState::Failed { class: FailureClass::Panicked, message: "index".into() };
        let (class, message) = (FailureClass::Panicked, "index".to_owned());
        events.append(EventKind::Failed { class, message }).unwrap();
        assert_eq!(run.state().unwrap(), failed);
        let outcome = Outcome::Diverged { step: 7 };
        run.write_result(&result(outcome)).unwrap();
        assert_eq!(run.state().unwrap(), RunState::Finished(outcome));
        assert_eq!(run.result().unwrap().unwrap().steps_per_second(), Some(5.0));
    }

    #[test]
    fn runs_are_ordered_by_seed_first() {
        let mut plan = plan("first");
        plan.conditions.push(plan.conditions[0].clone());
        assert_eq!(plan.runs().collect::<Vec<_>>(), [(0, 0), (1, 0), (0, 1), (1, 1)]);
    }

    #[test]
    fn a_broken_plan_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plan.json"), "{").unwrap();
        let error = SweepFolder::new(folder.path()).plan().unwrap_err().to_string();
        assert!(error.contains("plan.json is not valid"), "{error}");
    }
}
