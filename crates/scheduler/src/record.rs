//! Notices as entries of the sweep's journal.

use store::{Answer, Asked, StoreError, SweepEntryKind, SweepJournal};

use crate::{Notice, Observer, QueuedRun};

/// Writes what happens into `journal.jsonl`.
///
/// A journal that cannot be written stops no sweep: the first error is kept.
#[derive(Debug)]
pub struct Record {
    journal: SweepJournal,
    /// The first error, if there was one.
    pub error: Option<StoreError>,
}

impl Record {
    /// Into this journal.
    pub fn new(journal: SweepJournal) -> Self {
        Self { journal, error: None }
    }

    /// Appends an entry about the sweep as a whole.
    pub fn append(&mut self, kind: SweepEntryKind) {
        if let Err(error) = self.journal.append(kind) {
            self.error.get_or_insert(error);
        }
    }
}

impl Observer for Record {
    fn notice(&mut self, run: &QueuedRun, notice: &Notice) {
        let run = self.journal.name(run.folder.path());
        let kind = match notice.clone() {
            Notice::Started { attempt } => SweepEntryKind::RunStarted { run, attempt },
            Notice::Replaced { to } => {
                let to = self.journal.name(&to);
                SweepEntryKind::RunReplaced { run, to }
            }
            Notice::Finished { outcome, elsewhere: false } => {
                SweepEntryKind::RunFinished { run, outcome }
            }
            Notice::Stopped { .. } | Notice::Waits { .. } | Notice::Paused => {
                SweepEntryKind::RunStopped { run }
            }
            Notice::Retried { class, message } => {
                SweepEntryKind::RunFailed { run, class, message, retried: true }
            }
            Notice::Failed { class, message, elsewhere: false, .. } => {
                SweepEntryKind::RunFailed { run, class, message, retried: false }
            }
            // The other runner has written it.
            Notice::Finished { .. } | Notice::Failed { .. } => return,
        };
        self.append(kind);
    }

    fn answered(&mut self, asked: &Asked, answer: &Answer) {
        let (asked, answer) = (asked.clone(), answer.clone());
        self.append(SweepEntryKind::Answered { asked, answer });
    }
}
