//! Appending events to `events.jsonl` and following the file while it grows.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::file::lines::{self, LineTail, LineWriter};
use crate::{Event, EventKind, StoreError};

/// Seconds since the Unix epoch.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Appends events of one attempt.
#[derive(Debug)]
pub struct EventWriter {
    lines: LineWriter,
    attempt: u32,
}

impl EventWriter {
    /// Opens `path` for appending the events of a new attempt. After a torn last line (a
    /// write that a crash cut) the next event starts on a line of its own.
    ///
    /// # Errors
    /// [`StoreError::Read`] and [`StoreError::Write`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let events = read_events(path)?;
        let attempt = events.iter().map(|event| event.attempt).max().unwrap_or(0);
        Ok(Self { lines: LineWriter::open(path)?, attempt: attempt.saturating_add(1) })
    }

    /// Opens `path` for appending to the last attempt, which another process began.
    pub(crate) fn last_attempt(path: &Path) -> Result<Self, StoreError> {
        let last: Option<Event> = lines::last(path, |_| true)?;
        let attempt = last.map_or(1, |event| event.attempt);
        Ok(Self { lines: LineWriter::open(path)?, attempt })
    }

    /// The attempt that this writer's events carry.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Appends one event, stamped with the time, in a single write.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn append(&mut self, kind: EventKind) -> Result<(), StoreError> {
        self.lines.append(&Event { attempt: self.attempt, time: now(), kind })
    }
}

/// Follows `events.jsonl`: each call of [`EventTail::read`] returns what is new.
#[derive(Debug)]
pub struct EventTail {
    lines: LineTail<Event>,
}

impl EventTail {
    /// Starts at the beginning; the file need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { lines: LineTail::new(path) }
    }

    /// Starts at the [`EventTail::offset`] of an earlier one on the same file.
    pub fn at(path: impl Into<PathBuf>, offset: u64) -> Self {
        Self { lines: LineTail::at(path, offset) }
    }

    /// Bytes up to which was read: what an equal file holds before it was returned.
    pub fn offset(&self) -> u64 {
        self.lines.offset()
    }

    /// The whole lines that were appended since the last call. A torn last line waits
    /// for its end; a whole line that is no event (of a later version, say) is passed
    /// over.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn read(&mut self) -> Result<Vec<Event>, StoreError> {
        self.lines.read()
    }
}

/// All events of a file; none if it does not exist.
///
/// # Errors
/// [`StoreError::Read`].
pub fn read_events(path: &Path) -> Result<Vec<Event>, StoreError> {
    EventTail::new(path).read()
}

/// The learning curve of a run: its `Evaluated` events by epoch, the last attempt's where
/// attempts overlap.
pub fn evaluations(events: &[Event]) -> Vec<&Event> {
    let mut by_epoch = std::collections::BTreeMap::new();
    for event in events {
        if let EventKind::Evaluated { epoch, .. } = event.kind {
            by_epoch.insert(epoch, event);
        }
    }
    by_epoch.into_values().collect()
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    fn checkpointed(event: &Event) -> (u32, u64) {
        match event.kind {
            EventKind::Checkpointed { step } => (event.attempt, step),
            ref other => panic!("not a checkpoint: {other:?}"),
        }
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_the_next_attempt_starts_on_a_fresh_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut writer = EventWriter::open(&path).unwrap();
        writer.append(EventKind::Checkpointed { step: 3 }).unwrap();
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(b"{\"attempt\":1,\"ti"))
            .unwrap();
        let mut writer = EventWriter::open(&path).unwrap();
        assert_eq!(writer.attempt(), 2);
        writer.append(EventKind::Checkpointed { step: 5 }).unwrap();
        let events = read_events(&path).unwrap();
        assert_eq!(events.iter().map(checkpointed).collect::<Vec<_>>(), [(1, 3), (2, 5)]);
    }

    #[test]
    fn a_tail_returns_only_what_is_new_and_waits_for_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut tail = EventTail::new(&path);
        assert!(tail.read().unwrap().is_empty());
        let mut writer = EventWriter::open(&path).unwrap();
        writer.append(EventKind::Checkpointed { step: 1 }).unwrap();
        assert_eq!(tail.read().unwrap().len(), 1);
        assert!(tail.read().unwrap().is_empty());
        let line = serde_json::to_string(&Event {
            attempt: 1,
            time: 2.5,
            kind: EventKind::Stopped { step: 9 },
        })
        .unwrap();
        let (head, end) = line.split_at(10);
        let append = |text: &str| {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        append(head);
        assert!(tail.read().unwrap().is_empty());
        let mut later = EventTail::at(&path, tail.offset());
        append(&format!("{end}\nno event\n"));
        assert_eq!(tail.read().unwrap()[0].kind, EventKind::Stopped { step: 9 });
        assert_eq!(later.read().unwrap().len(), 1);
        assert_eq!(later.offset(), std::fs::metadata(&path).unwrap().len());
    }

    #[test]
    fn the_last_attempt_wins_where_attempts_overlap() {
        let evaluated = |attempt, epoch, seconds| Event {
            attempt,
            time: 0.0,
            kind: EventKind::Evaluated {
                epoch,
                step: epoch * 10,
                training: [].into(),
                validation: [].into(),
                train_seconds: seconds,
            },
        };
        let events = [evaluated(1, 1, 1.0), evaluated(1, 2, 2.0), evaluated(2, 2, 2.5)];
        let curve = evaluations(&events);
        assert_eq!(curve, [&events[0], &events[2]]);
    }
}
