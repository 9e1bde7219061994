//! The folder of one run.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::file::files::{
    digest, read_json, read_text, read_verified, remove_leftovers, set_damaged_aside,
    write_atomically, write_json, write_quickly,
};
use crate::file::lines;
use crate::file::seal::{Sealed, TOML};
use crate::run::journal::read_events;
use crate::{
    Condition, Event, EventKind, EventWriter, FailureClass, Fingerprint, Outcome, Provenance,
    ReadAt, RunConfig, RunLock, RunResult, Stale, StoreError,
};

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

impl RunState {
    /// Of a run by what reading its result gave: one whose result cannot be believed has failed,
    /// and `otherwise` says what is known of one without a result.
    ///
    /// # Errors
    /// An error that is not the file's fault, and those of `otherwise`.
    pub(crate) fn by(
        result: Result<Option<RunResult>, StoreError>,
        otherwise: impl FnOnce() -> Result<Self, StoreError>,
    ) -> Result<Self, StoreError> {
        match result {
            Ok(Some(result)) => Ok(Self::Finished(result.outcome)),
            Ok(None) => otherwise(),
            Err(error) => {
                let message = error.fault().ok_or(error)?;
                Ok(Self::Failed { class: FailureClass::Damaged, message })
            }
        }
    }
}

/// Whether a file is not there, or holds nothing but what [`write_quickly`] leaves when the
/// machine fails.
fn is_lost(path: &Path) -> Result<bool, StoreError> {
    match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(StoreError::Read { path: path.into(), source }),
        Ok(bytes) => Ok(bytes.iter().all(|&byte| byte == 0)),
    }
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

    /// The last line of the log that is not empty, as far as it is within the last 4 KiB;
    /// `None` also for a log that cannot be read.
    pub fn last_log_line(&self) -> Option<String> {
        const END: u64 = 4096;
        let mut file = fs::File::open(self.log_path()).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END))).ok()?;
        let mut bytes = Vec::new();
        file.take(END).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        text.lines().rfind(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned())
    }

    /// `checkpoint/`: the committed checkpoint, if there is one.
    pub fn checkpoint_path(&self) -> PathBuf {
        self.path.join("checkpoint")
    }

    /// The sets of the checkpoint, the newest first, as paths; what is in them is not looked at.
    /// A run goes on from the first one that is whole.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn checkpoint_sets(&self) -> Result<Vec<PathBuf>, StoreError> {
        let epoch = |path: &Path| path.file_name()?.to_str()?.strip_prefix("epoch-")?.parse().ok();
        let mut sets: Vec<(u64, PathBuf)> = crate::file::files::entries(&self.checkpoint_path())?
            .into_iter()
            .filter_map(|path| Some((epoch(&path)?, path)))
            .collect();
        sets.sort_unstable_by(|a, b| b.cmp(a));
        Ok(sets.into_iter().map(|(_, path)| path).collect())
    }

    /// The replicate seed that the folder's name says.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.path.file_name()?.to_str()?.strip_prefix("seed-")?.parse().ok()
    }

    /// All events so far.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn events(&self) -> Result<Vec<Event>, StoreError> {
        read_events(&self.events_path())
    }

    /// The last event so far that says where the run stands: that something was set aside says
    /// nothing of it.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn last_event(&self) -> Result<Option<Event>, StoreError> {
        lines::last(&self.events_path(), |event: &Event| {
            !matches!(event.kind, EventKind::Damaged { .. })
        })
    }

    /// Opens the events for appending; the writer's attempt is one more than the last. What
    /// an attempt that was killed was writing is removed: the caller holds the lock.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`].
    pub fn event_writer(&self) -> Result<EventWriter, StoreError> {
        fs::create_dir_all(&self.path)
            .map_err(|source| StoreError::Write { path: self.path.clone(), source })?;
        remove_leftovers(&self.path)?;
        EventWriter::open(&self.events_path())
    }

    /// Notes that the last attempt, which another process made, has no result.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`].
    pub fn record_failure(&self, class: FailureClass, message: &str) -> Result<(), StoreError> {
        fs::create_dir_all(&self.path)
            .map_err(|source| StoreError::Write { path: self.path.clone(), source })?;
        let mut events = EventWriter::last_attempt(&self.events_path())?;
        events.append(EventKind::Failed { class, message: message.into() })
    }

    /// The result, if the run is finished.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Format`], [`StoreError::Damaged`].
    pub fn result(&self) -> Result<Option<RunResult>, StoreError> {
        read_json(&self.result_path())
    }

    pub(crate) fn result_path(&self) -> PathBuf {
        self.path.join("result.json")
    }

    /// The result, if the run is finished and the result is of this condition and seed.
    ///
    /// # Errors
    /// As [`RunFolder::result`], and [`StoreError::OtherRun`].
    pub(crate) fn result_of(
        &self,
        condition: &Condition,
        seed: u64,
    ) -> Result<Option<RunResult>, StoreError> {
        match self.result()? {
            Some(result) if result.identity != condition.identity || result.seed != seed => {
                let (identity, seed) = (&result.identity, result.seed);
                let reason = format!("its result.json is of {identity}, seed {seed}");
                Err(StoreError::OtherRun { path: self.path.clone(), reason })
            }
            result => Ok(result),
        }
    }

    /// Writes the result, which makes the run finished.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_result(&self, result: &RunResult) -> Result<(), StoreError> {
        write_json(&self.result_path(), result)
    }

    /// Writes weights that are kept, as a file beside the result, which is to hold what this
    /// gives: the [`digest`] of the file.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_weights(&self, weights: ReadAt, bytes: &[u8]) -> Result<String, StoreError> {
        write_atomically(&self.path.join(weights.file()), bytes)?;
        Ok(digest(bytes))
    }

    /// The bytes of weights that `result`, that of this run, says are kept; `None` if they are
    /// not.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if they are not as they were written, [`StoreError::Read`].
    pub fn kept_weights(
        &self,
        result: &RunResult,
        weights: ReadAt,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let digest = result.weights.get(weights.file());
        digest.map(|digest| read_verified(&self.path.join(weights.file()), digest)).transpose()
    }

    /// Takes the result back, so that the run can go on: of a run that was stopped at a
    /// rung and competes no longer. The caller holds the lock.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn withdraw_result(&self) -> Result<(), StoreError> {
        let path = self.result_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::Write { path, source: error })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// The configuration.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Damaged`].
    pub fn config(&self) -> Result<RunConfig, StoreError> {
        let path = self.config_path();
        let text = read_text(&path)?;
        let damaged = |reason: String| StoreError::Damaged { path: path.clone(), reason };
        if TOML.check(text.as_bytes()) == Sealed::Broken {
            let reason = "it does not match its checksum: it was damaged, or edited by hand";
            return Err(damaged(reason.into()));
        }
        toml::from_str(&text).map_err(|error| damaged(error.to_string()))
    }

    /// Writes the configuration, unless it is there already. One that a failure of the
    /// machine emptied is written again, one that is damaged is set aside first.
    ///
    /// # Errors
    /// [`StoreError::OtherRun`] if another one is there, [`StoreError::Read`],
    /// [`StoreError::Write`], [`StoreError::Invalid`].
    pub fn write_config(&self, config: &RunConfig) -> Result<(), StoreError> {
        let path = self.config_path();
        let invalid = |reason| StoreError::Invalid { path: path.clone(), reason };
        if !is_lost(&path)? {
            match self.config() {
                Ok(found) if found.identity() == config.identity() => return Ok(()),
                Ok(found) => {
                    let reason = format!("its config.toml has the identity {}", found.identity());
                    return Err(StoreError::OtherRun { path: self.path.clone(), reason });
                }
                Err(StoreError::Damaged { .. }) => {
                    set_damaged_aside(&path, &self.path, "config.toml")?;
                }
                // Bytes that are no text.
                Err(StoreError::Read { source, .. })
                    if source.kind() == std::io::ErrorKind::InvalidData =>
                {
                    set_damaged_aside(&path, &self.path, "config.toml")?;
                }
                Err(error) => return Err(error),
            }
        }
        let text = toml::to_string_pretty(config).map_err(|error| invalid(error.to_string()))?;
        let sealed = TOML.put(&text).ok_or_else(|| invalid("it is no text".into()))?;
        write_quickly(&path, sealed.as_bytes())
    }

    /// What computed the run, if that was written.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Format`], [`StoreError::Damaged`].
    pub fn provenance(&self) -> Result<Option<Provenance>, StoreError> {
        read_json(&self.provenance_path())
    }

    pub(crate) fn provenance_path(&self) -> PathBuf {
        self.path.join("provenance.json")
    }

    /// Writes what computes the run.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_provenance(&self, provenance: &Provenance) -> Result<(), StoreError> {
        write_json(&self.provenance_path(), provenance)
    }

    /// In what the fingerprint of what was computed so far differs from `current`; `None`
    /// where it does not, or nothing was computed.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Invalid`].
    pub fn stale(&self, current: &Fingerprint) -> Result<Option<Stale>, StoreError> {
        match self.provenance() {
            Ok(Some(provenance)) => return Ok(provenance.stale(current)),
            Ok(None) => {}
            // What cannot be believed says nothing of what computed the run.
            Err(error) if error.fault().is_some() => {}
            Err(error) => return Err(error),
        }
        let is_begun = self.result_path().exists() || self.checkpoint_path().exists();
        Ok(is_begun.then_some(Stale::Unrecorded))
    }

    /// Moves all that was computed so far to a folder beside this one, whose path it
    /// returns, so that the run begins anew. The caller holds the lock, which moves along:
    /// it has to take the lock again.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn set_aside(&self) -> Result<PathBuf, StoreError> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut number = 1;
        let path = loop {
            let path = self.path.with_file_name(format!("{name}.replaced-{number}"));
            if !path.exists() {
                break path;
            }
            number += 1;
        };
        fs::rename(&self.path, &path)
            .map_err(|source| StoreError::Write { path: self.path.clone(), source })?;
        Ok(path)
    }

    /// Takes the lock that a worker holds while it computes.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process holds it, [`StoreError::Write`].
    pub fn lock(&self) -> Result<RunLock, StoreError> {
        RunLock::take(&self.path)
    }

    /// Takes the lock that a runner holds from before it starts the run's worker until it
    /// has recorded what became of it. The worker's own lock leaves two gaps, before it is
    /// taken and after a crash lets it go, in which another runner would begin the run again.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another runner has the run, [`StoreError::Write`].
    pub fn claim(&self) -> Result<RunLock, StoreError> {
        RunLock::claim(&self.path)
    }

    /// Whether a runner or a worker has the run.
    pub fn is_in_hands(&self) -> bool {
        RunLock::is_claimed(&self.path) || self.is_locked()
    }

    /// What is known of the run; one whose result is not to be believed has failed.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn state(&self) -> Result<RunState, StoreError> {
        RunState::by(self.result(), || self.unfinished())
    }

    /// Whether a worker holds the run.
    pub fn is_locked(&self) -> bool {
        RunLock::is_taken(&self.path)
    }

    /// What is known of a run that has no result.
    pub(crate) fn unfinished(&self) -> Result<RunState, StoreError> {
        if self.is_locked() {
            return Ok(RunState::Running);
        }
        self.at_rest()
    }

    /// What is known of the run, whose lock the caller holds: never [`RunState::Running`].
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn state_under_lock(&self) -> Result<RunState, StoreError> {
        RunState::by(self.result(), || self.at_rest())
    }

    /// What is known of a run without a result that nobody holds.
    fn at_rest(&self) -> Result<RunState, StoreError> {
        let last = self.last_event()?.map(|event| event.kind);
        let by_event = |kind| match kind {
            None => RunState::Missing,
            Some(EventKind::Failed { class, message }) => RunState::Failed { class, message },
            Some(_) => RunState::Stopped,
        };
        // A worker may have finished it since its result was looked for.
        match last {
            Some(EventKind::Finished { .. }) => RunState::by(self.result(), || Ok(by_event(last))),
            last => Ok(by_event(last)),
        }
    }
}
