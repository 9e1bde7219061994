//! Requests to the runners at work on a sweep, and their answers.
//!
//! Who asks appends a line to `control.jsonl`; every runner at work follows that file from where it
//! was when the runner began, so that what was asked of an earlier one does not reach it, and answers
//! in the sweep's journal. So all that was asked is on record, and two who ask at once are answered
//! one after the other.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::file::lines::{LineTail, LineWriter};
use crate::run::journal::now;
use crate::sweep::request::{Answer, Asked, Request};
use crate::sweep::sweep_journal::SweepTail;
use crate::{StoreError, SweepEntry, SweepEntryKind, SweepFolder};

/// The requests to a sweep since this was opened: the runner's side.
#[derive(Debug)]
pub struct Requests {
    lines: LineTail<Asked>,
}

impl Requests {
    /// From now on.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn open(sweep: &SweepFolder) -> Result<Self, StoreError> {
        let mut lines = LineTail::new(path(sweep.path()));
        lines.read()?;
        Ok(Self { lines })
    }

    /// What is new.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn read(&mut self) -> Result<Vec<Asked>, StoreError> {
        self.lines.read()
    }
}

/// A request that was made: the asking side.
#[derive(Debug)]
pub struct Asking {
    id: String,
    journal: SweepTail,
    asked: Instant,
    /// When the first answer was heard.
    answered: Option<Instant>,
}

impl Asking {
    /// How long a runner has to answer: it looks twice a second.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// How long other runners on the same folder have after the first.
    const OTHERS: Duration = Duration::from_millis(1200);

    /// Asks the runners at work on `sweep`.
    ///
    /// # Errors
    /// [`StoreError::Idle`] where none is, [`StoreError::Write`] where the folder cannot be written.
    pub fn ask(sweep: &SweepFolder, request: Request) -> Result<Self, StoreError> {
        let folder = sweep.path();
        if !sweep.is_locked() {
            return Err(StoreError::Idle { path: folder.into() });
        }
        let mut journal = SweepTail::new(folder);
        journal.read()?;
        let (process, time) = (std::process::id(), now());
        let user = std::env::var("USER").unwrap_or_else(|_| "somebody".into());
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let id = format!("{host}-{process}-{time}");
        let asked = Asked { id: id.clone(), by: format!("{user} on {host}"), request };
        LineWriter::open(&path(folder))?.append(&asked)?;
        Ok(Self { id, journal, asked: Instant::now(), answered: None })
    }

    /// The answers that came since this was called last, at most one of each runner.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn answers(&mut self) -> Result<Vec<Answer>, StoreError> {
        let own = |entry: SweepEntry| match entry.kind {
            SweepEntryKind::Answered { asked, answer } if asked.id == self.id => Some(answer),
            _ => None,
        };
        let answers: Vec<Answer> = self.journal.read()?.into_iter().filter_map(own).collect();
        if !answers.is_empty() {
            self.answered.get_or_insert_with(Instant::now);
        }
        Ok(answers)
    }

    /// Whether no more answers are to be waited for: of several runners one has the run that was meant,
    /// and the others may say first that they do not.
    pub fn is_over(&self) -> bool {
        match self.answered {
            Some(since) => since.elapsed() >= Self::OTHERS,
            None => self.asked.elapsed() >= Self::PATIENCE,
        }
    }
}

pub(crate) fn path(sweep: &Path) -> PathBuf {
    sweep.join("control.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SweepJournal;

    #[test]
    fn a_runner_hears_what_is_asked_while_it_works_and_who_asks_hears_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let idle = Asking::ask(&sweep, Request::Pause {});
        assert!(matches!(idle, Err(StoreError::Idle { .. })), "{idle:?}");
        assert!(!path(folder.path()).exists());

        let _lock = crate::RunLock::take(folder.path()).unwrap();
        Asking::ask(&sweep, Request::Pause {}).unwrap();
        let mut requests = Requests::open(&sweep).unwrap();
        assert!(requests.read().unwrap().is_empty(), "asked of an earlier runner");

        let run = "runs/gru-0123/seed-4".to_owned();
        let mut first = Asking::ask(&sweep, Request::StopRun { run }).unwrap();
        let mut second = Asking::ask(&sweep, Request::Jobs { jobs: 3 }).unwrap();
        let asked = requests.read().unwrap();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1].request, Request::Jobs { jobs: 3 });
        let mut journal = SweepJournal::open(folder.path()).unwrap();
        let answer = Answer::refused("it has ended");
        let answered = |asked: &Asked, answer: &Answer| SweepEntryKind::Answered {
            asked: asked.clone(),
            answer: answer.clone(),
        };
        journal.append(answered(&asked[0], &answer)).unwrap();
        assert_eq!(first.answers().unwrap(), [answer]);
        assert_eq!(second.answers().unwrap(), []);
        assert_eq!(first.answers().unwrap(), [], "an answer is told once");
        let answer = Answer::done("3 at a time");
        journal.append(answered(&asked[1], &answer)).unwrap();
        assert_eq!(second.answers().unwrap(), [answer]);
    }
}
