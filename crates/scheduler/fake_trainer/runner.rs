//! The fake runner: a sweep in a process of its own, to send signals to.

use std::path::Path;
use std::process::ExitCode;

use scheduler::{JsonProgress, Record, Signals, Tally};
use store::{SweepEntryKind, SweepJournal};

use crate::sweep::{Settings, phases, with};

/// Prints JSON lines, and ends with the exit codes of the real runner.
pub fn run(sweep: &Path, settings: &str) -> ExitCode {
    let settings: Settings = serde_json::from_str(settings).expect("settings");
    let signals = Signals::listen().expect("signals");
    let mut phases = phases(sweep, settings.rerun_failed, |_| true);
    let runs = phases.what_is_left().expect("readable folders").len();
    let mut record = Record::new(SweepJournal::open(sweep).expect("a journal"));
    let (command, jobs) = ("run".to_owned(), settings.jobs);
    record.append(SweepEntryKind::Started { command, jobs, runs });
    let mut progress = JsonProgress::new(std::io::stdout(), sweep, runs);
    let trainer = std::env::current_exe().expect("this program");
    let both = &mut (&mut record, &mut progress);
    let tally = with(&trainer, sweep, &settings, &signals, |scheduler| {
        scheduler.run_phases(&mut phases, both)
    });
    progress.end(tally);
    let Tally { finished, failed, left, .. } = tally;
    record.append(SweepEntryKind::Stopped { finished, failed, left, reason: None });
    ExitCode::from(match (signals.stops(), signals.is_termination()) {
        (0, _) if failed > 0 => 100,
        (0, _) if left > 0 => 75,
        (0, _) => 0,
        (_, true) => 143,
        (_, false) => 130,
    })
}
