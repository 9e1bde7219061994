//! What a sweep under way does about what users ask.

use std::path::PathBuf;

use store::{Answer, Request, RunFolder};

use crate::process::Cause;
use crate::scheduler::{Sweep, Waiting};
use crate::{Notice, QueuedRun};

impl Sweep<'_> {
    /// Answers what is asked, and does it.
    pub(crate) fn listen(&mut self) {
        for asked in self.scheduler.control.requests() {
            let answer = if self.is_stopping {
                Answer::refused("it is stopping already")
            } else {
                self.answer(&asked.request)
            };
            self.observer.answered(&asked, &answer);
        }
        self.make_room();
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let control = self.scheduler.control;
        match request {
            Request::Pause {} => {
                let was = std::mem::replace(&mut control.state().is_paused, true);
                if was {
                    return Answer::refused("it is paused already");
                }
                let at_work = self.workers.len();
                Answer::done(format!("paused; {at_work} at work save their state and wait"))
            }
            Request::Resume {} => {
                let was = std::mem::replace(&mut control.state().is_paused, false);
                if was { Answer::done("it goes on") } else { Answer::refused("it is not paused") }
            }
            Request::Jobs { jobs: 0 } => {
                Answer::refused("at least one run at a time; `pause` lets all of them wait")
            }
            &Request::Jobs { jobs } => {
                let before = std::mem::replace(&mut control.state().jobs, jobs);
                Answer::done(format!("{jobs} at a time, {before} before"))
            }
            &Request::Seeds { seeds } => self.add_seeds(seeds),
            Request::Stop {} => {
                self.scheduler.signals.interrupt();
                Answer::done("it stops, with the state of all runs saved")
            }
            Request::StopRun { run } => self.stop_run(run),
            Request::RetryRun { run } => self.retry_run(run),
            Request::First { arm, folders } => self.put_first(arm, folders),
        }
    }

    fn add_seeds(&self, seeds: usize) -> Answer {
        let mut state = self.scheduler.control.state();
        let Some(before) = state.seeds else {
            return Answer::refused(
                "it is still tuning, or its seeds are a list or until decided: change the experiment \
                 file, and `run` it again",
            );
        };
        let before = state.more_seeds.unwrap_or(before);
        if seeds <= before {
            return Answer::refused(format!(
                "it has {before} seeds; seeds are added, not taken away"
            ));
        }
        state.more_seeds = Some(seeds);
        Answer::done(format!("{seeds} seeds, {before} before; the new ones follow the others"))
    }

    fn stop_run(&mut self, name: &str) -> Answer {
        if let Some((worker, _)) =
            self.workers.iter_mut().find(|(worker, _)| is_named(&worker.run.folder, name))
        {
            worker.ask_to_stop(Cause::RunStops);
            return Answer::done("it saves its state and stops; `run` goes on with it");
        }
        let place = self.waiting.iter().position(|it| is_named(&it.run.folder, name));
        let Some(Waiting { run, .. }) = place.and_then(|place| self.waiting.remove(place)) else {
            return Answer::refused(
                "it is none of the runs that this runner has at work or waiting",
            );
        };
        self.settle(&run, &Notice::Stopped { saved: true });
        Answer::done("it was waiting, and is left")
    }

    fn retry_run(&mut self, name: &str) -> Answer {
        let has_it = |run: &QueuedRun| is_named(&run.folder, name);
        if self.workers.iter().any(|(worker, _)| has_it(&worker.run)) {
            return Answer::refused("it is at work");
        }
        if self.waiting.iter().any(|it| has_it(&it.run)) {
            return Answer::refused("it is waiting already");
        }
        let named = |folder: &RunFolder| is_named(folder, name);
        // An end that the supply has not heard of yet would make it forget this.
        self.ended.retain(|(run, _)| !has_it(run));
        match self.supply.again(&named) {
            Ok(Some(run)) => {
                self.waiting.push_front(Waiting { run, attempt: 1 });
                Answer::done("it is next")
            }
            Ok(None) => Answer::refused("it is none of the failed or stopped runs of this runner"),
            Err(error) => Answer::refused(error.to_string()),
        }
    }

    fn put_first(&mut self, arm: &str, folders: &[String]) -> Answer {
        let Some(sweep) = self.scheduler.control.sweep() else {
            return Answer::refused("it follows no sweep");
        };
        let folders: Vec<PathBuf> = folders.iter().map(|it| sweep.join(it)).collect();
        let is_of_arm =
            |it: &&Waiting| folders.iter().any(|folder| it.run.folder.path().starts_with(folder));
        let waiting = self.waiting.iter().filter(is_of_arm).count();
        if waiting == 0 {
            return Answer::refused(format!("no run of {arm} is waiting"));
        }
        self.scheduler.control.state().first.extend(folders);
        self.order();
        Answer::done(format!("{waiting} waiting of {arm} are next"))
    }

    /// Brings what waits into the order that was asked for.
    pub(crate) fn order(&mut self) {
        let control = self.scheduler.control;
        self.waiting.make_contiguous().sort_by_key(|it| control.rank(&it.run.folder));
    }

    /// Asks as many workers to wait as there are too many at work, the last that was started first.
    fn make_room(&mut self) {
        let most = self.scheduler.control.jobs_now();
        let at_work = self.workers.iter_mut().filter(|(worker, _)| !worker.is_asked_to_stop());
        let mut at_work: Vec<_> = at_work.map(|(worker, _)| worker).collect();
        at_work.sort_by_key(|worker| worker.started());
        for worker in at_work.into_iter().skip(most) {
            worker.ask_to_stop(Cause::MakesRoom);
        }
    }
}

/// Whether the folder of a run is the one that a request names from the sweep's folder on.
fn is_named(folder: &RunFolder, name: &str) -> bool {
    !name.is_empty() && folder.path().ends_with(name)
}
