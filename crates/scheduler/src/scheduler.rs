//! The loop that starts workers and hears of their ends.

use std::collections::VecDeque;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use store::{FailureClass, Outcome, RunFolder, RunLock, RunState, StoreError};

use crate::ending::{Ending, Failure, ending};
use crate::process::{Cause, StartError, Worker};
use crate::{Control, Limits, Notice, Observer, QueuedRun, Signals, Tally};

/// Longest time without a look at anything.
const TICK: Duration = Duration::from_secs(1);
/// How often runs in the hands of another runner, and what users ask for, are looked at.
const LOOK_ELSEWHERE: Duration = Duration::from_millis(500);

/// What to do about failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How often a run is tried again whose worker was ended from outside.
    pub retries: u32,
    /// After this many failed runs the sweep stops, with the state of the others saved.
    pub max_failures: Option<usize>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { retries: 1, max_failures: None }
    }
}

/// What ends a sweep as a whole.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// No worker can be started.
    #[error("cannot start a worker: {0}")]
    Start(#[source] io::Error),
    /// Runs cannot be compared, since the folder of one cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a run's folder ready and gives the command of its worker. The lock of the folder
/// is held meanwhile.
pub type Launch<'a> = dyn Fn(&QueuedRun) -> Result<Command, StoreError> + Sync + 'a;

/// Runs workers, one a run.
pub struct Scheduler<'a> {
    /// Runs at a time, and what else users may ask for meanwhile.
    pub control: &'a Control,
    /// What one run may take.
    pub limits: Limits,
    /// What to do about failures.
    pub policy: Policy,
    /// Requests to stop, and ends of workers.
    pub signals: Signals,
    /// The command of a run's worker.
    pub launch: &'a Launch<'a>,
}

impl Scheduler<'_> {
    /// Runs all of `runs`, in their order, telling `observer` of every change. Several
    /// schedulers may have the same runs: each run is done by one of them, and the others
    /// wait for its end.
    ///
    /// What goes wrong with one run, its folder included, is that run's failure.
    ///
    /// # Errors
    /// [`SchedulerError`] if no worker can be started; the others were stopped.
    pub fn run(
        &self,
        runs: Vec<QueuedRun>,
        observer: &mut dyn Observer,
    ) -> Result<Tally, SchedulerError> {
        self.run_supplied(&mut Given(Some(runs)), observer)
    }

    /// As [`Scheduler::run`], with runs that follow from the ends of others: `supply` is asked at
    /// the start, and whenever runs have ended and there is room for more than wait.
    pub(crate) fn run_supplied(
        &self,
        supply: &mut dyn Supply,
        observer: &mut dyn Observer,
    ) -> Result<Tally, SchedulerError> {
        let mut sweep = Sweep {
            scheduler: self,
            observer,
            supply,
            is_new: true,
            ended: Vec::new(),
            waiting: VecDeque::new(),
            workers: Vec::new(),
            elsewhere: Vec::new(),
            looked_elsewhere: Instant::now(),
            ticked: Instant::now(),
            tally: Tally::default(),
            is_stopping: false,
            error: None,
        };
        loop {
            let seen = self.signals.changes();
            sweep.hear_of_ends();
            sweep.look_elsewhere();
            sweep.listen();
            sweep.obey();
            sweep.start();
            while sweep.ask_for_more() {
                sweep.start();
            }
            if sweep.is_over() {
                break;
            }
            sweep.tick();
            self.signals.wait(seen, sweep.next_look());
        }
        sweep.error.map_or(Ok(sweep.tally), Err)
    }
}

/// Where runs come from.
pub(crate) trait Supply {
    /// What can be done now, after these ended; each run that is given is not given again
    /// before it has ended.
    fn more(&mut self, ended: Vec<(QueuedRun, Notice)>) -> Result<Vec<QueuedRun>, StoreError>;

    /// A run that failed or was stopped, to be done after all; `None` if the folder that `is_it`
    /// knows is of no such run.
    fn again(
        &mut self,
        is_it: &dyn Fn(&RunFolder) -> bool,
    ) -> Result<Option<QueuedRun>, StoreError>;
}

/// Runs that are known from the start.
struct Given(Option<Vec<QueuedRun>>);

impl Supply for Given {
    fn more(&mut self, _: Vec<(QueuedRun, Notice)>) -> Result<Vec<QueuedRun>, StoreError> {
        Ok(self.0.take().unwrap_or_default())
    }

    fn again(&mut self, _: &dyn Fn(&RunFolder) -> bool) -> Result<Option<QueuedRun>, StoreError> {
        Ok(None)
    }
}

pub(crate) struct Waiting {
    pub(crate) run: QueuedRun,
    pub(crate) attempt: u32,
}

/// A sweep under way.
pub(crate) struct Sweep<'a> {
    pub(crate) scheduler: &'a Scheduler<'a>,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) supply: &'a mut dyn Supply,
    /// Whether the supply may have more than when it was asked last.
    is_new: bool,
    /// Ends that it was not told of yet.
    pub(crate) ended: Vec<(QueuedRun, Notice)>,
    pub(crate) waiting: VecDeque<Waiting>,
    /// With the number of the try.
    pub(crate) workers: Vec<(Worker, u32)>,
    /// Runs that other runners have.
    elsewhere: Vec<Waiting>,
    looked_elsewhere: Instant,
    ticked: Instant,
    tally: Tally,
    pub(crate) is_stopping: bool,
    error: Option<SchedulerError>,
}

impl Sweep<'_> {
    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.workers.is_empty() && self.elsewhere.is_empty()
    }

    /// Does what signals, limits and failures ask for.
    fn obey(&mut self) {
        let stops = self.scheduler.signals.stops();
        let too_many = |most| self.tally.failed >= most;
        let must_stop = stops > 0
            || self.error.is_some()
            || self.scheduler.policy.max_failures.is_some_and(too_many);
        if must_stop {
            self.is_stopping = true;
            self.tally.left += self.waiting.len() + self.elsewhere.len();
            self.waiting.clear();
            self.elsewhere.clear();
        }
        for (worker, _) in &mut self.workers {
            if must_stop {
                worker.ask_to_stop(Cause::SweepStops);
            }
            if stops > 1 {
                worker.kill(Cause::SweepStops);
            }
            worker.hold_to(&self.scheduler.limits);
        }
    }

    /// Asks the supply for more where a job would be idle; whether it gave any.
    fn ask_for_more(&mut self) -> bool {
        let has_room = self.waiting.is_empty() && self.workers.len() < self.jobs();
        if self.is_stopping || self.error.is_some() || !self.is_new || !has_room {
            return false;
        }
        self.is_new = false;
        match self.supply.more(std::mem::take(&mut self.ended)) {
            Ok(runs) => {
                self.waiting.extend(runs.into_iter().map(|run| Waiting { run, attempt: 1 }));
                self.order();
            }
            Err(error) => self.error = Some(error.into()),
        }
        !self.waiting.is_empty()
    }

    fn jobs(&self) -> usize {
        self.scheduler.control.jobs_now()
    }

    /// Starts workers where there is room.
    fn start(&mut self) {
        while self.workers.len() < self.jobs()
            && self.error.is_none()
            && let Some(Waiting { run, attempt }) = self.waiting.pop_front()
        {
            let (command, claim) = match self.make_ready(&run) {
                Ok(Ready::Command(command, claim)) => (command, claim),
                Ok(Ready::Settled(notice)) => {
                    self.settle(&run, &notice);
                    continue;
                }
                Err(StoreError::Locked { .. }) => {
                    self.elsewhere.push(Waiting { run, attempt });
                    continue;
                }
                Err(error) => {
                    self.fail(&run, Failure::of_folder(&error));
                    continue;
                }
            };
            match Worker::start(&run, command, claim) {
                Ok(worker) => {
                    self.observer.notice(&worker.run, &Notice::Started { attempt });
                    self.workers.push((worker, attempt));
                }
                Err(StartError::Log(error)) => {
                    self.fail(&run, Failure::of_folder(&error));
                }
                Err(StartError::Program(error)) => {
                    self.waiting.push_front(Waiting { run, attempt });
                    self.error = Some(SchedulerError::Start(error));
                }
            }
        }
    }

    /// Looks, under the run's lock, whether it is still to be done. The worker takes the
    /// lock anew.
    fn make_ready(&mut self, run: &QueuedRun) -> Result<Ready, StoreError> {
        let mut claim = run.folder.claim()?;
        let mut lock = run.folder.lock()?;
        if let Some(current) = &run.replace
            && run.folder.stale(current)?.is_some()
        {
            let to = run.folder.set_aside()?;
            self.observer.notice(run, &Notice::Replaced { to });
            claim = run.folder.claim()?;
            lock = run.folder.lock()?;
        }
        // Another runner may have ended it since it was queued.
        let elsewhere = true;
        let command = match run.folder.state_under_lock()? {
            RunState::Finished(Outcome::StoppedAtRung { step }) if run.reach.is_beyond(step) => {
                run.folder.withdraw_result()?;
                (self.scheduler.launch)(run)?
            }
            RunState::Finished(outcome) => {
                return Ok(Ready::Settled(Notice::Finished { outcome, elsewhere }));
            }
            RunState::Failed { class, message } if !run.rerun_failed => {
                let log = Vec::new();
                return Ok(Ready::Settled(Notice::Failed { class, message, log, elsewhere }));
            }
            RunState::Stopped if run.reach.is_waited_at(&run.folder)? => {
                return Ok(Ready::Settled(Notice::Paused));
            }
            _ => {
                run.folder.set_bad_result_aside()?;
                (self.scheduler.launch)(run)?
            }
        };
        drop(lock);
        Ok(Ready::Command(command, claim))
    }

    /// Takes in the ends of workers.
    fn hear_of_ends(&mut self) {
        let mut index = 0;
        while index < self.workers.len() {
            let Some(ended) = self.workers[index].0.ended() else {
                index += 1;
                continue;
            };
            // The worker keeps the claim on its run until its end is recorded.
            let (worker, attempt) = self.workers.swap_remove(index);
            match ending(&worker, ended) {
                Ok(ending) => self.end(worker.run, attempt, ending),
                Err(error) => self.fail(&worker.run, Failure::of_folder(&error)),
            }
        }
    }

    fn end(&mut self, run: QueuedRun, attempt: u32, ending: Ending) {
        match ending {
            Ending::Finished(outcome) => {
                self.settle(&run, &Notice::Finished { outcome, elsewhere: false });
            }
            Ending::Busy => self.elsewhere.push(Waiting { run, attempt }),
            Ending::MadeRoom { saved } if !self.is_stopping => {
                self.observer.notice(&run, &Notice::Waits { saved });
                self.waiting.push_front(Waiting { run, attempt });
            }
            Ending::Stopped { saved } | Ending::MadeRoom { saved } => {
                self.settle(&run, &Notice::Stopped { saved });
            }
            Ending::ByItself(step) if run.reach.is_pause(step) => {
                self.settle(&run, &Notice::Paused);
            }
            Ending::ByItself(step) => {
                let message = format!("somebody else stopped it, after step {step}");
                if !self.try_again(&run, attempt, FailureClass::Killed, &message) {
                    self.settle(&run, &Notice::Stopped { saved: true });
                }
            }
            Ending::Failed(failure) => {
                let Failure { class, ref message, .. } = failure;
                if !self.try_again(&run, attempt, class, message) {
                    self.fail(&run, failure);
                }
            }
        }
    }

    /// Queues a run again whose worker was ended from outside, if it has tries left.
    fn try_again(
        &mut self,
        run: &QueuedRun,
        attempt: u32,
        class: FailureClass,
        message: &str,
    ) -> bool {
        let is_from_outside = class == FailureClass::Killed;
        if !is_from_outside || self.is_stopping || attempt > self.scheduler.policy.retries {
            return false;
        }
        let message = message.to_owned();
        self.observer.notice(run, &Notice::Retried { class, message });
        self.waiting.push_back(Waiting { run: run.clone(), attempt: attempt + 1 });
        true
    }

    /// Records a failure that is not recorded yet, and tells of it.
    fn fail(&mut self, run: &QueuedRun, failure: Failure) {
        let Failure { class, mut message, is_recorded, log } = failure;
        if !is_recorded && let Err(error) = run.folder.record_failure(class, &message) {
            // It is told all the same, and the run can go on when the folder can be written.
            message = format!("{message}; not recorded: {error}");
        }
        self.settle(run, &Notice::Failed { class, message, log, elsewhere: false });
    }

    pub(crate) fn settle(&mut self, run: &QueuedRun, notice: &Notice) {
        match notice {
            Notice::Finished { .. } => self.tally.finished += 1,
            Notice::Failed { .. } => self.tally.failed += 1,
            Notice::Paused => self.tally.paused += 1,
            Notice::Stopped { .. } => self.tally.left += 1,
            Notice::Started { .. }
            | Notice::Replaced { .. }
            | Notice::Retried { .. }
            | Notice::Waits { .. } => {}
        }
        self.observer.notice(run, notice);
        if notice.is_end() {
            self.ended.push((run.clone(), notice.clone()));
            self.is_new = true;
        }
    }

    /// Queues the runs again that other runners have let go; [`Sweep::start`] looks at what
    /// became of them.
    fn look_elsewhere(&mut self) {
        if self.elsewhere.is_empty() || self.looked_elsewhere.elapsed() < LOOK_ELSEWHERE {
            return;
        }
        self.looked_elsewhere = Instant::now();
        let (held, free): (Vec<_>, Vec<_>) =
            self.elsewhere.drain(..).partition(|waiting| waiting.run.folder.is_in_hands());
        self.elsewhere = held;
        self.waiting.extend(free);
    }

    fn tick(&mut self) {
        if self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            self.observer.tick();
        }
    }

    /// How long nothing needs to be looked at.
    fn next_look(&self) -> Duration {
        let limits = &self.scheduler.limits;
        let workers = self.workers.iter().map(|(worker, _)| worker.next_look(limits)).min();
        // Not at once: what is due needs a moment to be due in the clock's steps, too.
        workers.unwrap_or(TICK).min(LOOK_ELSEWHERE).max(Duration::from_millis(1))
    }
}

/// What became of a run that was about to be started.
enum Ready {
    /// It can be, by the runner that holds this lock.
    Command(Command, RunLock),
    /// Another runner has ended it.
    Settled(Notice),
}

impl Failure {
    fn of_folder(error: &StoreError) -> Self {
        let (class, message) = (FailureClass::Folder, error.to_string());
        Self { class, message, is_recorded: false, log: Vec::new() }
    }
}
