//! `unroll check`: everything in a results folder held against its checksums. Nothing is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::file::files::{DAMAGED, Stored, entries, is_leftover, read_json, read_verified};
use crate::file::lines::LineTail;
use crate::run::journal::evaluations;
use crate::sweep::control;
use crate::{Asked, ClaimBook, Event, Outcome, RunFolder, StoreError, SweepEntry, SweepFolder};

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Files that carry a checksum, or whose checksum another file carries.
    pub files: usize,
    /// What is not as it was written, by path.
    pub damaged: Vec<Finding>,
    /// What does no harm: left over, or set aside before.
    pub noted: Vec<Finding>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, from the results folder.
    pub path: PathBuf,
    /// What.
    pub what: String,
}

impl SweepFolder {
    /// Reads every file that is ever believed, of runs that are no longer planned too.
    ///
    /// # Errors
    /// [`StoreError::Read`] if the folder cannot be listed.
    pub fn check(&self) -> Result<Checked, StoreError> {
        let mut check = Check { root: self.path().into(), checked: Checked::default() };
        match self.plan() {
            Err(StoreError::NoPlan { .. }) => {
                check.find(&self.plan_path(), "it is missing; `run` writes it anew");
            }
            plan => check.take(&self.plan_path(), plan.err()),
        }
        if self.claims_path().exists() {
            check.take(&self.claims_path(), read_json::<ClaimBook>(&self.claims_path()).err());
        }
        let journal = self.path().join("journal.jsonl");
        if journal.exists() {
            check.lines::<SweepEntry>(&journal);
        }
        let control = control::path(self.path());
        if control.exists() {
            check.lines::<Asked>(&control);
        }
        check.note_leftovers(self.path())?;
        for condition in self.condition_folders()? {
            for run in entries(&self.path().join("runs").join(condition))? {
                if run.is_dir() {
                    check.run(&RunFolder::new(run))?;
                }
            }
        }
        Ok(check.checked)
    }
}

/// What a `checkpoint.json` of any version says of the other files of its set.
#[derive(Serialize, Deserialize)]
struct SetFiles {
    format: u32,
    files: BTreeMap<String, String>,
}

impl Stored for SetFiles {
    const FORMAT: u32 = u32::MAX;
    const SEALED: u32 = 2;

    fn format(&self) -> u32 {
        self.format
    }
}

struct Check {
    root: PathBuf,
    checked: Checked,
}

impl Check {
    fn inside(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).into()
    }

    fn find(&mut self, path: &Path, what: &str) {
        let path = self.inside(path);
        self.checked.damaged.push(Finding { path, what: what.into() });
    }

    fn note(&mut self, path: &Path, what: &str) {
        let path = self.inside(path);
        self.checked.noted.push(Finding { path, what: what.into() });
    }

    /// A file that was read, with what was wrong with it.
    fn take(&mut self, path: &Path, error: Option<StoreError>) {
        self.checked.files += 1;
        let what = match error {
            None => return,
            Some(StoreError::Damaged { reason, .. }) => reason,
            Some(StoreError::Format { found, reads, .. }) => {
                format!(
                    "it is of another version: it has format {found}, this program reads {reads}"
                )
            }
            Some(StoreError::Read { source, .. }) => format!("it cannot be read: {source}"),
            Some(other) => other.to_string(),
        };
        self.find(path, &what);
    }

    fn lines<T: Serialize + DeserializeOwned>(&mut self, path: &Path) {
        let mut lines = LineTail::<T>::new(path);
        let error = lines.read().err();
        self.take(path, error);
        match lines.passed_over() {
            0 => {}
            1 => self.find(path, "one line is damaged, torn or of another version"),
            many => {
                self.find(path, &format!("{many} lines are damaged, torn or of another version"));
            }
        }
    }

    fn run(&mut self, run: &RunFolder) -> Result<(), StoreError> {
        let is_removed = |path: &Path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".removed-"))
        };
        if is_removed(run.path()) {
            self.note(run.path(), "left over from `clean`");
            return Ok(());
        }
        self.note_leftovers(run.path())?;
        let mut identity = None;
        if run.config_path().exists() {
            match run.config() {
                Ok(config) => {
                    identity = Some(config.identity());
                    self.take(&run.config_path(), None);
                }
                Err(error) => self.take(&run.config_path(), Some(error)),
            }
        }
        if run.provenance_path().exists() {
            self.take(&run.provenance_path(), run.provenance().err());
        }
        let mut outcome = None;
        match run.result() {
            Ok(None) => {}
            Ok(Some(result)) => {
                outcome = Some(result.outcome);
                self.take(&run.result_path(), None);
                for (name, digest) in &result.weights {
                    let path = run.path().join(name);
                    self.take(&path, read_verified(&path, digest).err());
                }
                let is_other = identity.as_ref().is_some_and(|it| *it != result.identity)
                    || run.seed().is_some_and(|seed| seed != result.seed);
                if is_other {
                    self.find(&run.result_path(), "it is of another configuration or seed");
                }
                if let Ok(events) = run.events()
                    && (evaluations(&events).len() as u64) < result.epochs()
                {
                    self.find(&run.events_path(), "evaluations are missing: it was cut or damaged");
                }
            }
            Err(error) => self.take(&run.result_path(), Some(error)),
        }
        if run.events_path().exists() {
            self.lines::<Event>(&run.events_path());
        }
        if outcome.is_some_and(Outcome::is_final) && run.checkpoint_path().exists() {
            self.note(&run.checkpoint_path(), "left over: the run is finished");
        }
        for set in entries(&run.checkpoint_path())? {
            if set.is_dir() {
                self.checkpoint_set(&set);
            }
        }
        Ok(())
    }

    fn checkpoint_set(&mut self, set: &Path) {
        let path = set.join("checkpoint.json");
        match read_json::<SetFiles>(&path) {
            Ok(Some(SetFiles { files, .. })) => {
                self.take(&path, None);
                for (name, digest) in files {
                    let path = set.join(name);
                    self.take(&path, read_verified(&path, &digest).err());
                }
            }
            // Sets of earlier versions have their state beside them and no checksums.
            Ok(None) if set.with_file_name("checkpoint.json").exists() => {}
            Ok(None) => self.find(&path, "it is missing"),
            Err(error) => self.take(&path, Some(error)),
        }
    }

    fn note_leftovers(&mut self, folder: &Path) -> Result<(), StoreError> {
        for path in entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if is_leftover(&name) {
                self.note(&path, "left over from a writer that was killed");
            } else if name.contains(DAMAGED) {
                self.note(&path, "was set aside as damaged");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::EventKind;
    use crate::sweep::folder::tests::{plan, provenance, result};

    #[test]
    fn every_file_that_is_believed_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let mut plan = plan("first");
        sweep.adopt(&mut plan).unwrap();
        sweep.write_plan(&plan, "name = \"first\"").unwrap();
        sweep.write_claim_book(&ClaimBook::default()).unwrap();
        let run = sweep.run(&plan.conditions[0], 1);
        run.write_config(&plan.conditions[0].config).unwrap();
        run.event_writer().unwrap().append(EventKind::Stopped { step: 20 }).unwrap();
        run.write_provenance(&provenance("c")).unwrap();
        run.write_result(&result(&plan, 1, Outcome::Completed)).unwrap();
        let whole = sweep.check().unwrap();
        assert_eq!((whole.files, whole.damaged), (6, vec![]));
        let mut paths = vec![sweep.plan_path(), sweep.claims_path()];
        paths.extend([run.config_path(), run.events_path(), run.provenance_path()]);
        paths.push(run.result_path());
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            for at in [1, bytes.len() / 3, bytes.len() / 2, bytes.len() - 2] {
                let mut flipped = bytes.clone();
                flipped[at] ^= 4;
                fs::write(&path, flipped).unwrap();
                let checked = sweep.check().unwrap();
                assert_eq!(checked.damaged.len(), 1, "{path:?} at {at}: {checked:?}");
                assert!(path.ends_with(&checked.damaged[0].path));
            }
            fs::write(&path, bytes).unwrap();
        }
        assert_eq!(sweep.check().unwrap().damaged, []);
    }
}
