//! One worker process a run, at most `jobs` at a time.
//!
//! A worker is this same program. It stops, with its state saved, when its standard input
//! closes: when it is asked to, and also when this process is gone, however it ended.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use store::{EventKind, FailureClass, Outcome, RunState, StoreError};

use crate::signals::StopRequests;
use crate::sweep::PlannedRun;

/// How often workers are looked at.
const POLL: Duration = Duration::from_millis(20);

/// What the scheduler needs to start a worker.
pub struct Scheduler {
    /// This program.
    pub program: PathBuf,
    /// Runs at a time.
    pub jobs: usize,
    /// Folder of the data sets.
    pub datasets: PathBuf,
    /// The command that started the sweep, for provenance.
    pub command: String,
    /// Requests to stop.
    pub stop: StopRequests,
}

/// A change that is told to the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A worker was started.
    Started,
    /// Its result is written.
    Finished(Outcome),
    /// It stopped with its state saved.
    Stopped,
    /// Its result is not known.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// One line for people.
        message: String,
    },
}

/// Is told what happens to the runs.
pub trait Observer {
    /// A run changed.
    fn notice(&mut self, run: &PlannedRun, notice: &Notice);
    /// Time passed.
    fn tick(&mut self);
}

/// How many runs ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// With a result.
    pub finished: usize,
    /// Without.
    pub failed: usize,
    /// Stopped or never started.
    pub left: usize,
}

struct Worker {
    run: PlannedRun,
    child: Child,
}

impl Scheduler {
    /// Runs all of `runs`, telling `observer` of every change.
    ///
    /// # Errors
    /// [`StoreError`] if a run folder cannot be read or written.
    pub fn run(
        &self,
        runs: Vec<PlannedRun>,
        plan: &store::Plan,
        observer: &mut dyn Observer,
    ) -> Result<Tally, StoreError> {
        let mut waiting = VecDeque::from(runs);
        let mut workers: Vec<Worker> = Vec::new();
        let mut tally = Tally::default();
        let mut asked = false;
        loop {
            let requests = self.stop.count();
            if requests > 0 && !asked {
                asked = true;
                tally.left += waiting.len();
                waiting.clear();
                ask_to_stop(&mut workers);
            }
            if requests > 1 {
                for worker in &mut workers {
                    // A worker that has ended by itself cannot be killed, and need not be.
                    worker.child.kill().ok();
                }
            }
            while workers.len() < self.jobs
                && let Some(run) = waiting.pop_front()
            {
                match self.start(&run, plan) {
                    Ok(child) => {
                        observer.notice(&run, &Notice::Started);
                        workers.push(Worker { run, child });
                    }
                    Err(StoreError::Locked { .. }) => {
                        // Another runner has it; its result will be there.
                        tally.left += 1;
                    }
                    Err(error) => {
                        ask_to_stop(&mut workers);
                        return Err(error);
                    }
                }
            }
            if workers.is_empty() && waiting.is_empty() {
                return Ok(tally);
            }
            let mut index = 0;
            while index < workers.len() {
                match workers[index].child.try_wait() {
                    Ok(None) => index += 1,
                    ended => {
                        let worker = workers.swap_remove(index);
                        let notice = ending(&worker.run, ended)?;
                        match notice {
                            Notice::Finished(_) => tally.finished += 1,
                            Notice::Failed { .. } => tally.failed += 1,
                            Notice::Stopped | Notice::Started => tally.left += 1,
                        }
                        observer.notice(&worker.run, &notice);
                    }
                }
            }
            observer.tick();
            std::thread::sleep(POLL);
        }
    }

    fn start(&self, run: &PlannedRun, plan: &store::Plan) -> Result<Child, StoreError> {
        // Held only while the folder is made ready; the worker takes it for the run.
        let lock = run.folder.lock()?;
        run.folder.write_config(&plan.conditions[run.condition].config)?;
        let log_path = run.folder.log_path();
        let fail = |source| StoreError::Write { path: log_path.clone(), source };
        let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(fail)?;
        let errors = log.try_clone().map_err(fail)?;
        drop(lock);
        let mut command = Command::new(&self.program);
        command
            .arg("worker")
            .arg(run.folder.path())
            .args(["--seed", &run.seed.to_string()])
            .args(["--command", &self.command])
            .arg("--datasets")
            .arg(&self.datasets)
            // One thread a run: many small runs use the cores better than one run can.
            .env("RAYON_NUM_THREADS", "1")
            // Every step needs the memory of the step before again (docs/design/why-mimalloc.md).
            .env("MIMALLOC_PURGE_DELAY", "-1")
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors);
        own_process_group(&mut command);
        command.spawn().map_err(|source| StoreError::Read { path: self.program.clone(), source })
    }
}

/// Closing its standard input asks a worker to save and stop.
fn ask_to_stop(workers: &mut [Worker]) {
    for worker in workers {
        drop(worker.child.stdin.take());
    }
}

/// A Ctrl-C in the terminal then reaches the runner alone, which tells its workers.
#[cfg(unix)]
fn own_process_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_process_group(_: &mut Command) {}

/// What a worker's end means; a failure that it could not record itself is recorded here.
fn ending(run: &PlannedRun, ended: io::Result<Option<ExitStatus>>) -> Result<Notice, StoreError> {
    let failed = |class, message| -> Result<Notice, StoreError> {
        let notice = Notice::Failed { class, message };
        if let Notice::Failed { class, message } = notice.clone() {
            run.folder.event_writer()?.append(EventKind::Failed { class, message })?;
        }
        Ok(notice)
    };
    let status = match ended {
        Ok(Some(status)) => status,
        Ok(None) => return failed(FailureClass::Killed, "its process was lost".into()),
        Err(error) => return failed(FailureClass::Killed, error.to_string()),
    };
    match run.folder.state()? {
        RunState::Finished(outcome) => Ok(Notice::Finished(outcome)),
        RunState::Failed { class, message } if !status.success() => {
            Ok(Notice::Failed { class, message })
        }
        _ if status.success() => Ok(Notice::Stopped),
        _ if killed(status) => {
            failed(FailureClass::Killed, format!("the worker was ended: {status}"))
        }
        _ => failed(FailureClass::Panicked, last_words(&run.folder.log_path())),
    }
}

#[cfg(unix)]
fn killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status).is_some()
}

#[cfg(not(unix))]
fn killed(status: ExitStatus) -> bool {
    status.code().is_none()
}

/// The panic message in a worker's log, or its last line.
fn last_words(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let panic = lines.iter().rposition(|line| line.contains(" panicked at "));
    let line = panic.and_then(|at| lines.get(at + 1)).or(lines.last());
    line.map_or_else(|| "the worker left no message".into(), |line| (*line).to_owned())
}
