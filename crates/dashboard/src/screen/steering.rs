//! The hand on the wheel: keys that ask the runners at work for something, each confirmed.

use ratatui::crossterm::event::{KeyCode, KeyEvent};
use store::{Asking, Request};

use super::SweepView;
use super::dialog::Dialog;
use crate::run::Status;

impl SweepView {
    /// Opens the question that a key asks; whether it was such a key.
    pub(super) fn steer(&mut self, key: KeyEvent) -> bool {
        let request = match key.code {
            KeyCode::Char('p') => Ok(self.pause_or_resume()),
            KeyCode::Char('+') => self.jobs(|jobs| jobs + 1),
            KeyCode::Char('-') => self.jobs(|jobs| jobs.saturating_sub(1)),
            KeyCode::Char('x') => self.stop_run(),
            KeyCode::Char('r') => self.retry_run(),
            KeyCode::Char('f') => self.put_first(),
            KeyCode::Char('A') => Ok(self.add_seed()),
            _ => return false,
        };
        if !self.state.is_live() {
            self.notice = Some("no runner is at work on this sweep: nobody to ask".into());
            return true;
        }
        match request {
            Ok((question, request)) => self.dialog = Some(Dialog::confirm(question, request)),
            Err(why) => self.notice = Some(why),
        }
        true
    }

    fn pause_or_resume(&self) -> (String, Request) {
        if self.state.is_paused() {
            ("Let the sweep go on?".into(), Request::Resume {})
        } else {
            ("Pause the sweep? Runs at work save their state and wait.".into(), Request::Pause {})
        }
    }

    fn jobs(&self, change: fn(usize) -> usize) -> Result<(String, Request), String> {
        let before = self.state.jobs().ok_or("how many runs at a time is not known")?;
        match change(before) {
            0 => Err("at least one run at a time; p pauses all of them".into()),
            jobs => Ok((format!("{jobs} runs at a time, not {before}?"), Request::Jobs { jobs })),
        }
    }

    /// The selected run, what it is called, and its folder.
    fn selected(&self) -> Result<(Status, String, String), String> {
        let (arm, task) = (self.selection.arm, self.selection.task);
        let run = self.state.runs_of(arm, task).nth(self.selection.seed);
        let run = run.ok_or("there is no such run")?;
        let name = format!("{}, seed {}", self.state.plan().arms[arm].name, run.seed);
        Ok((run.status, name, self.state.run_name(run)))
    }

    fn stop_run(&self) -> Result<(String, Request), String> {
        let (status, name, run) = self.selected()?;
        match status {
            Status::Running | Status::Planned | Status::Stopped => {
                let question = format!("Stop {name}? Its state is saved; `run` goes on with it.");
                Ok((question, Request::StopRun { run }))
            }
            _ => Err(format!("{name} has ended")),
        }
    }

    fn retry_run(&self) -> Result<(String, Request), String> {
        let (status, name, run) = self.selected()?;
        match status {
            Status::Failed | Status::Stopped => {
                Ok((format!("Retry {name}?"), Request::RetryRun { run }))
            }
            _ => Err(format!("{name} has neither failed nor been stopped")),
        }
    }

    fn add_seed(&self) -> (String, Request) {
        let seeds = self.state.plan().seeds.len() + 1;
        let question = format!(
            "{seeds} seeds in all? The report will say that seeds were added after results."
        );
        (question, Request::Seeds { seeds })
    }

    fn put_first(&self) -> Result<(String, Request), String> {
        let plan = self.state.plan();
        let arm = &plan.arms.get(self.selection.arm).ok_or("there is no arm")?.name;
        let request = Request::first(plan, self.selection.arm);
        Ok((format!("Do the waiting runs of {arm} first?"), request))
    }

    /// Asks the runners at work; their answer is waited for while the screen goes on.
    pub(super) fn ask(&mut self, request: Request) {
        match Asking::ask(self.state.folder(), request) {
            Ok(asking) => {
                self.asking = Some((asking, None));
                self.notice = Some("asked; waiting for the runner".into());
            }
            Err(error) => self.notice = Some(error.to_string()),
        }
    }

    /// Takes in what the runners say; whether they said anything.
    pub(super) fn hear_answers(&mut self) -> bool {
        let Some((asking, refusal)) = &mut self.asking else { return false };
        let answers = match asking.answers() {
            Ok(answers) => answers,
            Err(error) => {
                self.notice = Some(error.to_string());
                self.asking = None;
                return true;
            }
        };
        let done = answers.iter().find(|it| it.done);
        if done.is_none() {
            *refusal = refusal.take().or_else(|| answers.first().map(|it| it.says.clone()));
            if !asking.is_over() {
                return false;
            }
        }
        let nobody = || "the runner does not answer: is it on another machine?".into();
        let says = done.map(|it| it.says.clone()).or(refusal.take()).unwrap_or_else(nobody);
        self.notice = Some(says);
        self.asking = None;
        true
    }
}
