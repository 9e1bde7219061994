//! The results folder of a sweep.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::file::files::{read_json, read_text, remove_leftovers, write_json};
use crate::{Condition, Plan, RunFolder, RunLock, RunState, StoreError, write_atomically};

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
    /// [`StoreError::Format`], [`StoreError::Damaged`] also if it contradicts itself.
    pub fn plan(&self) -> Result<Plan, StoreError> {
        let path = self.plan_path();
        let Some(plan) = read_json::<Plan>(&path)? else {
            return Err(StoreError::NoPlan { path: self.path.clone() });
        };
        match plan.fault() {
            Some(reason) => Err(StoreError::Damaged { path, reason }),
            // What is read is as good as what this version writes.
            None => Ok(Plan { format: Plan::FORMAT, ..plan }),
        }
    }

    pub(crate) fn plan_path(&self) -> PathBuf {
        self.path.join("plan.json")
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
    /// [`StoreError::OtherExperiment`], [`StoreError::Read`], [`StoreError::Format`].
    pub fn adopt(&self, plan: &mut Plan) -> Result<(), StoreError> {
        let old = match self.plan() {
            Ok(old) if old.experiment != plan.experiment => {
                return Err(StoreError::OtherExperiment {
                    path: self.path.clone(),
                    found: old.experiment,
                    expected: plan.experiment.clone(),
                });
            }
            Ok(old) => Some(old),
            // One that is damaged is written anew from the experiment file and the run folders.
            Err(StoreError::NoPlan { .. } | StoreError::Damaged { .. }) => None,
            Err(error) => return Err(error),
        };
        let known: HashMap<&str, &str> = old
            .iter()
            .flat_map(planned)
            .map(|(condition, _)| (condition.folder.as_str(), condition.identity.as_str()))
            .collect();
        let mut by_hash: HashMap<String, Vec<String>> = HashMap::new();
        for name in self.condition_folders()? {
            if let Some(hash) = name.rsplit('-').next() {
                let hash = hash.chars().take(8).collect();
                by_hash.entry(hash).or_default().push(name);
            }
        }
        let candidates = plan.tuning.iter_mut().flat_map(|tuning| &mut tuning.candidates);
        let tuned = candidates.map(|candidate| &mut candidate.condition);
        for condition in plan.conditions.iter_mut().chain(tuned) {
            let identity = &condition.identity;
            for name in by_hash.get(&identity[..8]).into_iter().flatten() {
                let found = match known.get(name.as_str()) {
                    Some(found) => Some((*found).to_owned()),
                    None => self.identity_in(name),
                };
                if found.is_none_or(|found| found == *identity) {
                    condition.folder.clone_from(name);
                } else if condition.folder == *name {
                    // Eight digits in common, and another configuration.
                    condition.folder = format!("{name}{}", &identity[8..16]);
                }
            }
        }
        Ok(())
    }

    /// Identity of the configuration in a condition's folder; `None` if no run of it has
    /// one that can be read.
    fn identity_in(&self, condition: &str) -> Option<String> {
        let runs = fs::read_dir(self.path.join("runs").join(condition)).ok()?;
        let config = |entry: fs::DirEntry| RunFolder::new(entry.path()).config().ok();
        runs.flatten().find_map(config).map(|config| config.identity())
    }

    /// Joins the runners at work on this folder, until the lock is dropped. The first one
    /// writes the plan and the experiment file that it came from; the others must ask for
    /// the same ([`Plan::asks_the_same`]).
    ///
    /// # Errors
    /// [`StoreError::OtherPlan`], [`StoreError::Read`], [`StoreError::Write`].
    pub fn join(&self, plan: &Plan, experiment_text: &str) -> Result<RunLock, StoreError> {
        let _entrance = RunLock::enter(&self.path)?;
        match RunLock::take(&self.path) {
            Ok(alone) => {
                remove_leftovers(&self.path)?;
                if self.plan().ok().as_ref() != Some(plan)
                    || self.experiment_text().ok().as_deref() != Some(experiment_text)
                {
                    self.write_plan(plan, experiment_text)?;
                }
                drop(alone);
            }
            Err(StoreError::Locked { .. }) if self.plan()?.asks_the_same(plan) => {}
            Err(StoreError::Locked { .. }) => {
                return Err(StoreError::OtherPlan { path: self.path.clone() });
            }
            Err(error) => return Err(error),
        }
        RunLock::share(&self.path)
    }

    /// Writes what tuning chose in `plan` into the plan that is here, beside what other
    /// runners have written. The caller has joined them.
    ///
    /// # Errors
    /// [`StoreError::OtherPlan`] if another runner chose otherwise, which happens only if
    /// one of them replaces results; [`StoreError::Read`], [`StoreError::Write`].
    pub fn write_chosen(&self, plan: &Plan) -> Result<(), StoreError> {
        let _entrance = RunLock::enter(&self.path)?;
        let there = self.plan()?;
        let (Some(mine), Some(theirs)) = (&plan.tuning, &there.tuning) else { return Ok(()) };
        let mut chosen = theirs.chosen.clone();
        chosen.resize(plan.conditions.len(), None);
        for (there, mine) in chosen.iter_mut().zip(&mine.chosen) {
            if there.is_some() && mine.is_some() && there != mine {
                return Err(StoreError::OtherPlan { path: self.path.clone() });
            }
            *there = there.take().or_else(|| mine.clone());
        }
        let mut settled = there.clone();
        settled.settle(chosen);
        if settled == there { Ok(()) } else { write_json(&self.plan_path(), &settled) }
    }

    /// Writes the plan and the experiment file that it came from.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_plan(&self, plan: &Plan, experiment_text: &str) -> Result<(), StoreError> {
        write_atomically(&self.path.join("experiment.toml"), experiment_text.as_bytes())?;
        write_json(&self.plan_path(), plan)
    }

    /// Writes the `index`-th of the files that the experiment file extends, counted from 0:
    /// `experiment.toml` alone would not say what was run.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_extended(&self, index: usize, path: &Path, text: &str) -> Result<(), StoreError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = self.path.join("extended");
        fs::create_dir_all(&folder)
            .map_err(|source| StoreError::Write { path: folder.clone(), source })?;
        write_atomically(&folder.join(format!("{index}-{name}")), text.as_bytes())
    }

    /// The folder of one run of a condition.
    pub fn run(&self, condition: &Condition, seed: u64) -> RunFolder {
        let path = self.path.join("runs").join(&condition.folder).join(format!("seed-{seed}"));
        RunFolder::new(path)
    }

    /// What is known of one run of a condition; one whose result is not to be believed has
    /// failed.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn state(&self, condition: &Condition, seed: u64) -> Result<RunState, StoreError> {
        let run = self.run(condition, seed);
        RunState::by(run.result_of(condition, seed), || run.unfinished())
    }

    /// Condition folders that are here and that `plan` does not name, sorted.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn unplanned(&self, plan: &Plan) -> Result<Vec<String>, StoreError> {
        let planned: HashSet<_> =
            planned(plan).map(|(condition, _)| condition.folder.as_str()).collect();
        let mut folders = self.condition_folders()?;
        folders.retain(|name| !planned.contains(name.as_str()));
        Ok(folders)
    }

    /// How the journal and requests name a folder in this one: from here on, with `/` between.
    pub fn name(&self, folder: &Path) -> String {
        let inside = folder.strip_prefix(&self.path).unwrap_or(folder);
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }

    /// Whether a runner is at work on this folder.
    pub fn is_locked(&self) -> bool {
        RunLock::is_used(&self.path)
    }

    pub(crate) fn condition_folders(&self) -> Result<Vec<String>, StoreError> {
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

/// Everything that `plan` runs, for tuning too: each condition with its seeds.
pub(crate) fn planned(plan: &Plan) -> impl Iterator<Item = (&Condition, &[u64])> {
    let main = plan.conditions.iter().map(|condition| (condition, &*plan.seeds));
    let tuning = plan.tuning.iter().flat_map(|tuning| {
        tuning.candidates.iter().map(|candidate| (&candidate.condition, &*tuning.seeds))
    });
    main.chain(tuning)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        EventKind, FailureClass, Fingerprint, Goal, Metric, Outcome, PlannedTask, Provenance,
        ReadAt, RunConfig, RunResult, Stale,
    };

    pub(crate) fn plan(experiment: &str) -> Plan {
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
            source: None,
            baseline: "lstm".into(),
            seeds: vec![0, 1],
            seeding: crate::Seeding::default(),
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
                parts: Vec::new(),
            }],
            arms: vec![crate::Arm {
                name: "lstm".into(),
                architecture: "lstm".into(),
                changes: vec![],
                point: None,
            }],
            claims: vec![],
            conditions: vec![Condition {
                arm: 0,
                task: 0,
                folder: format!("lstm-{}", &identity[..8]),
                identity,
                sizes: None,
                parameters: 10,
                config,
            }],
            budget: None,
            tuning: None,
            halving: None,
            rounds: None,
            seeds_before_results: None,
            keep: crate::Keep::None,
            probes: None,
        }
    }

    pub(crate) fn result(plan: &Plan, seed: u64, outcome: Outcome) -> RunResult {
        RunResult {
            format: RunResult::FORMAT,
            identity: plan.conditions[0].identity.clone(),
            seed,
            outcome,
            best: None,
            last: None,
            weights: std::collections::BTreeMap::new(),
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
        let finished = result(&plan, 1, Outcome::Completed);
        sweep.run(&plan.conditions[0], 1).write_result(&finished).unwrap();
        sweep
            .run(&Condition { folder: "gone-00000000".into(), ..plan.conditions[0].clone() }, 0)
            .write_result(&finished)
            .unwrap();
        plan.conditions[0].folder = format!("renamed-{}", &plan.conditions[0].identity[..8]);
        sweep.adopt(&mut plan).unwrap();
        assert_eq!(plan.conditions[0].folder, old);
        assert_eq!(sweep.unplanned(&plan).unwrap(), ["gone-00000000"]);
    }

    pub(crate) fn provenance(code: &str) -> Provenance {
        Provenance {
            format: Provenance::FORMAT,
            version: "0.1.0".into(),
            commit: "unknown".into(),
            rustc: "1.95.0".into(),
            lock: "10c4".into(),
            burn: "0.22.1".into(),
            backend: "flex".into(),
            device: "CPU".into(),
            cpu: "x86_64".into(),
            instructions: "AVX2".into(),
            threads: 1,
            data: String::new(),
            command: "run x.toml".into(),
            started: 3.5,
            code: code.into(),
            earlier: vec![],
            peak_memory: Some(4096),
            wall_seconds: Some(2.5),
        }
    }

    #[test]
    fn folders_are_told_apart_by_the_whole_identity() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let mut first = plan("first");
        sweep.write_plan(&first, "").unwrap();
        let run = sweep.run(&first.conditions[0], 0);
        run.write_config(&first.conditions[0].config).unwrap();
        run.write_config(&first.conditions[0].config).unwrap();
        // Another configuration whose identity starts with the same eight digits.
        let mut other = plan("first");
        other.conditions[0].config.model.hidden = 6;
        let hash = &first.conditions[0].identity[..8];
        other.conditions[0].identity = format!("{hash}{}", "a".repeat(56));
        let path = run.path().join("config.toml");
        let text = fs::read(&path).unwrap();
        for (lost, is_aside) in [(&b""[..], false), (b"\0\0\0", false), (b"form", true)] {
            fs::write(&path, lost).unwrap();
            run.write_config(&first.conditions[0].config).unwrap();
            assert_eq!(fs::read(&path).unwrap(), text);
            assert_eq!(run.path().join("config.toml.damaged-1").exists(), is_aside);
        }
        let refused = run.write_config(&other.conditions[0].config).unwrap_err();
        assert!(matches!(refused, StoreError::OtherRun { .. }), "{refused}");
        sweep.adopt(&mut other).unwrap();
        assert_eq!(other.conditions[0].folder, format!("lstm-{hash}aaaaaaaa"));
        // The same without a plan that says whose the folder is.
        fs::remove_file(sweep.path().join("plan.json")).unwrap();
        other.conditions[0].folder.clone_from(&first.conditions[0].folder);
        sweep.adopt(&mut other).unwrap();
        assert_eq!(other.conditions[0].folder, format!("lstm-{hash}aaaaaaaa"));
        let folder = first.conditions[0].folder.clone();
        sweep.adopt(&mut first).unwrap();
        assert_eq!(first.conditions[0].folder, folder);

        run.write_result(&result(&first, 1, Outcome::Completed)).unwrap();
        let RunState::Failed { class, message } = sweep.state(&first.conditions[0], 0).unwrap()
        else {
            panic!("a result of another seed is believed")
        };
        assert_eq!(class, FailureClass::Damaged);
        assert!(message.contains("its result.json is of ") && message.contains("seed 1"));
        run.write_result(&result(&first, 0, Outcome::Completed)).unwrap();
        let state = sweep.state(&first.conditions[0], 0).unwrap();
        assert_eq!(state, RunState::Finished(Outcome::Completed));
    }

    #[test]
    fn runners_with_one_plan_share_a_folder_and_another_plan_waits() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let (first, mut other) = (plan("first"), plan("first"));
        other.seeds.push(2);
        assert!(!sweep.is_locked());
        let one = sweep.join(&first, "a").unwrap();
        let two = sweep.join(&first, "a").unwrap();
        assert!(sweep.is_locked());
        drop(one);
        let refused = sweep.join(&other, "b").unwrap_err();
        assert!(matches!(refused, StoreError::OtherPlan { .. }), "{refused}");
        assert_eq!(sweep.plan().unwrap(), first);
        drop(two);
        let _third = sweep.join(&other, "b").unwrap();
        assert_eq!(sweep.plan().unwrap(), other);
        assert_eq!(sweep.experiment_text().unwrap(), "b");
    }

    #[test]
    fn a_copied_folder_is_locked_by_nobody_and_its_torn_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let original = RunFolder::new(folder.path().join("seed-0"));
        let _lock = original.lock().unwrap();
        let mut events = original.event_writer().unwrap();
        events.append(EventKind::Checkpointed { step: 3 }).unwrap();
        let copy = RunFolder::new(folder.path().join("seed-1"));
        fs::create_dir(copy.path()).unwrap();
        let text = fs::read_to_string(original.events_path()).unwrap();
        fs::copy(original.path().join(".lock"), copy.path().join(".lock")).unwrap();
        fs::write(copy.events_path(), format!("{text}{{\"attempt\":1,\"ti")).unwrap();
        assert_eq!(copy.state().unwrap(), RunState::Stopped);
        let _lock = copy.lock().unwrap();
        assert_eq!(copy.event_writer().unwrap().attempt(), 2);
        copy.record_failure(FailureClass::TimedOut, "too slow").unwrap();
        let last = copy.events().unwrap().pop().unwrap();
        assert_eq!(last.attempt, 1, "a failure belongs to the attempt that failed");
    }

    #[test]
    fn a_stale_run_is_set_aside_whole_and_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path().join("seed-3"));
        let current = Fingerprint { code: "new".into(), data: String::new() };
        assert_eq!(run.stale(&current).unwrap(), None);
        run.write_result(&result(&plan("first"), 3, Outcome::Completed)).unwrap();
        assert_eq!(run.stale(&current).unwrap(), Some(Stale::Unrecorded));
        run.write_provenance(&provenance("old")).unwrap();
        assert_eq!(run.stale(&current).unwrap(), Some(Stale::Code));
        assert_eq!(run.seed(), Some(3));
        for number in [1, 2] {
            let aside = run.set_aside().unwrap();
            assert!(aside.ends_with(format!("seed-3.replaced-{number}")), "{aside:?}");
            assert!(aside.join("result.json").exists());
            assert_eq!(RunFolder::new(aside).seed(), None);
            assert_eq!(run.state().unwrap(), RunState::Missing);
            run.write_result(&result(&plan("first"), 3, Outcome::Completed)).unwrap();
        }
    }

    #[test]
    fn the_last_line_of_a_log_is_the_last_one_with_words() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path());
        assert_eq!(run.last_log_line(), None);
        fs::write(run.log_path(), b"first\n  second \xff\n \n\n").unwrap();
        assert_eq!(run.last_log_line().unwrap(), "second \u{fffd}");
        fs::write(run.log_path(), "x".repeat(10_000) + "\nlast").unwrap();
        assert_eq!(run.last_log_line().unwrap(), "last");
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
        run.write_result(&result(&plan("first"), 0, outcome)).unwrap();
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
    fn a_broken_plan_names_its_file_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let error = |text: &str| {
            fs::write(folder.path().join("plan.json"), text).unwrap();
            sweep.plan().unwrap_err().to_string()
        };
        for garbage in ["", "{", "[]", "\0\0\0\0"] {
            let error = error(garbage);
            assert!(error.contains("plan.json is damaged: "), "{error}");
            assert!(error.ends_with("; `run` sets it aside and writes it anew"), "{error}");
        }
        // Of the version before checksums.
        let before = Plan { format: 1, ..plan("first") };
        let whole = serde_json::to_string(&before).unwrap();
        fs::write(folder.path().join("plan.json"), &whole).unwrap();
        assert_eq!(sweep.plan().unwrap(), plan("first"));
        let unsealed = error(&whole.replacen("\"format\":1", "\"format\":2", 1));
        assert!(unsealed.contains("its checksum is missing"), "{unsealed}");
        let later = error(&whole.replacen("\"format\":1", "\"format\":9", 1));
        assert!(later.contains("plan.json has format 9, this program reads 2: use"), "{later}");
        let edits = [
            ("\"arm\":0", "\"arm\":7", "condition 0 is of an arm or task"),
            ("\"folder\":\"lstm-", "\"folder\":\"../lstm-", "condition 0 has no usable folder"),
            ("\"folder\":\"lstm-", "\"folder\":\"/lstm-", "condition 0 has no usable folder"),
            ("\"baseline\":\"lstm\"", "\"baseline\":\"gru\"", "no arm has the baseline's name"),
        ];
        for (from, to, what) in edits {
            assert!(whole.contains(from), "{from}");
            let error = error(&whole.replacen(from, to, 1));
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn broken_files_of_a_run_name_themselves_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path().join("seed-0"));
        fs::create_dir(run.path()).unwrap();
        let write = |name: &str, text: &str| fs::write(run.path().join(name), text).unwrap();
        for garbage in ["", "{\"format\":", "\u{0}", "format = 1"] {
            write("result.json", garbage);
            let error = run.result().unwrap_err().to_string();
            assert!(error.contains("seed-0/result.json is damaged: "), "{error}");
            assert!(error.ends_with("sets it aside and does the run again"), "{error}");
            let RunState::Failed { class, message } = run.state().unwrap() else { panic!() };
            assert_eq!(class, FailureClass::Damaged);
            assert!(message.starts_with("result.json: "), "{message}");
            write("config.toml", garbage);
            run.write_config(&plan("first").conditions[0].config).unwrap();
            assert_eq!(run.config().unwrap(), plan("first").conditions[0].config);
            write("provenance.json", garbage);
            let error = run.provenance().unwrap_err().to_string();
            assert!(error.ends_with("sets it aside, and the run counts as stale"), "{error}");
        }
        let mut later = result(&plan("first"), 0, Outcome::Completed);
        later.format += 1;
        run.write_result(&later).unwrap();
        let error = run.result().unwrap_err();
        assert!(matches!(error, StoreError::Format { found: 3, reads: 2, .. }), "{error}");
    }
}
