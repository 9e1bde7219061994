//! Progress for programs: one line of JSON a change.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use store::{Answer, Asked};

use crate::{Notice, Observer, QueuedRun, Tally};

/// Longest time without a line.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Writes one line of JSON for every change, and a heartbeat.
///
/// Every line has `time` (seconds since the Unix epoch) and `notice`, the name of the change;
/// those about a run have its `run` (a label for people) and `folder`, and all of them
/// `running`, `ended` and `total`, in runs. A run that paused at a rung may start again.
///
/// | `notice` | more keys |
/// |---|---|
/// | `sweep-started` | `format`: 1, `sweep`: its results folder |
/// | `started` | `attempt` |
/// | `replaced` | `to` |
/// | `finished` | `outcome`, `elsewhere` |
/// | `paused` | |
/// | `stopped` | `saved` |
/// | `waits` | `saved`: stopped to make room, to go on when there is some |
/// | `answered` | `asked` (what a user asked for), `answer` |
/// | `retried` | `class`, `message` |
/// | `failed` | `class`, `message`, `log`, `elsewhere` |
/// | `heartbeat` | |
/// | `sweep-ended` | `finished`, `failed`, `paused`, `left` |
#[derive(Debug)]
pub struct JsonProgress<W> {
    /// `None` once a line could not be written: who reads them is gone.
    output: Option<W>,
    total: usize,
    running: HashSet<usize>,
    ended: HashSet<usize>,
    last: Instant,
}

#[derive(Serialize)]
struct Line<'a, T> {
    time: f64,
    #[serde(flatten)]
    said: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<&'a Path>,
    running: usize,
    ended: usize,
    total: usize,
}

#[derive(Serialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
enum OfSweep<'a> {
    SweepStarted { format: u32, sweep: &'a Path },
    Answered { asked: &'a Asked, answer: &'a Answer },
    Heartbeat,
    SweepEnded(Tally),
}

impl<W: Write> JsonProgress<W> {
    /// Version of the lines.
    pub const FORMAT: u32 = 1;

    /// For `total` runs of the sweep in this folder; writes the first line.
    pub fn new(output: W, sweep: &Path, total: usize) -> Self {
        let last = Instant::now();
        let mut progress = Self {
            output: Some(output),
            total,
            running: HashSet::new(),
            ended: HashSet::new(),
            last,
        };
        progress.say(OfSweep::SweepStarted { format: Self::FORMAT, sweep }, None);
        progress
    }

    /// Writes the last line.
    pub fn end(mut self, tally: Tally) {
        self.say(OfSweep::SweepEnded(tally), None);
    }

    fn say(&mut self, said: impl Serialize, run: Option<&QueuedRun>) {
        let line = Line {
            time: store::journal::now(),
            said,
            run: run.map(|run| run.label.as_str()),
            folder: run.map(|run| run.folder.path()),
            running: self.running.len(),
            ended: self.ended.len(),
            total: self.total,
        };
        let Some(output) = &mut self.output else { return };
        let written = serde_json::to_string(&line)
            .map_err(std::io::Error::from)
            .and_then(|line| writeln!(output, "{line}"))
            .and_then(|()| output.flush());
        if written.is_err() {
            self.output = None;
        }
        self.last = Instant::now();
    }
}

impl<W: Write> Observer for JsonProgress<W> {
    fn notice(&mut self, run: &QueuedRun, notice: &Notice) {
        if matches!(notice, Notice::Started { .. }) {
            self.running.insert(run.index);
            // It goes on from a rung.
            self.ended.remove(&run.index);
        } else {
            self.running.remove(&run.index);
        }
        if notice.is_end() {
            self.ended.insert(run.index);
            self.total = self.total.max(self.ended.len());
        }
        self.say(notice, Some(run));
    }

    fn answered(&mut self, asked: &Asked, answer: &Answer) {
        self.say(OfSweep::Answered { asked, answer }, None);
    }

    fn tick(&mut self) {
        if self.last.elapsed() >= HEARTBEAT {
            self.say(OfSweep::Heartbeat, None);
        }
    }
}
