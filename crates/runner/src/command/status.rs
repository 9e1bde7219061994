//! `status`: one screen of plain text about a results folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use cluster::Submitted;
use serde::Serialize;
use store::{
    AtWork, FailureClass, Plan, Standing, StoreError, Surveyed, SweepFolder, TimeLeft,
    bytes_on_disk,
};

use super::plan::name;
use crate::arguments::{OutputFormat, StatusArguments};
use crate::estimate::outlook::{Counts, Outlook};
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::table::{Side, Table, count};
use crate::sweep::opened::existing;
use crate::threads::jobs;

/// Version of what `status --format json` prints.
pub const FORMAT: u32 = 1;
/// Lines of the table that fit on a screen.
const ROWS: usize = 16;
/// Runs of one kind that are named.
const NAMED: usize = 5;

/// Prints the status; writes nothing.
///
/// # Errors
/// [`Failure::Usage`] if the folder holds no sweep or a file of it is broken.
pub fn run(arguments: &StatusArguments) -> Result<Exit, Failure> {
    let (folder, plan) = existing(&arguments.folder)?;
    let status = Status::new(&folder, &plan)?;
    match arguments.format {
        OutputFormat::Text => anstream::print!("{}", status.text(arguments.all)),
        OutputFormat::Json => {
            let text = serde_json::to_string_pretty(&status.printed());
            anstream::println!("{}", text.context("cannot print the status")?);
        }
    }
    Ok(Exit::Done)
}

struct Status<'a> {
    folder: &'a SweepFolder,
    plan: &'a Plan,
    is_at_work: bool,
    is_paused: bool,
    outlook: Outlook,
    bytes: u64,
    unplanned: Vec<String>,
    /// What was set aside as damaged, and why.
    set_aside: Vec<(PathBuf, Option<String>)>,
    /// The command that was last given.
    command: Option<String>,
    /// Where what was submitted to a cluster is.
    submitted: Option<Submitted>,
}

impl<'a> Status<'a> {
    fn new(folder: &'a SweepFolder, plan: &'a Plan) -> Result<Self, Failure> {
        let is_at_work = folder.is_locked();
        let mut at_work = AtWork::new(folder.path());
        at_work.update().map_err(Failure::usage)?;
        let jobs = at_work.jobs.unwrap_or_else(|| jobs(None, 1));
        Ok(Self {
            is_at_work,
            is_paused: is_at_work && at_work.is_paused,
            outlook: Outlook::new(plan, folder, jobs, None)?,
            bytes: bytes_on_disk(folder.path()).map_err(Failure::usage)?,
            unplanned: folder.unplanned(plan).map_err(Failure::usage)?,
            set_aside: folder.set_aside().map_err(Failure::usage)?,
            command: again(folder, at_work.command).map_err(Failure::usage)?,
            submitted: Submitted::of(folder).map_err(Failure::usage)?,
            folder,
            plan,
        })
    }

    fn at(&self, standing: Standing) -> impl Iterator<Item = &Surveyed> + Clone {
        self.outlook.survey.runs.iter().filter(move |run| run.standing == standing)
    }

    /// The command that goes on with the sweep, if there is anything to do.
    fn go_on(&self) -> Option<String> {
        let command = self.command.clone().filter(|_| self.is_unfinished())?;
        let failed = self.at(Standing::Failed).next().is_some();
        let again = failed && !command.contains("--rerun");
        Some(if again { command + " --rerun failed" } else { command })
    }

    /// Whether a run has no result that is needed.
    fn is_unfinished(&self) -> bool {
        let is_done = |it: Standing| it.has_result() || it == Standing::NotNeeded;
        self.outlook.survey.runs.iter().any(|run| !is_done(run.standing))
    }

    /// Seconds that finished runs took, all attempts together.
    fn seconds_done(&self) -> f64 {
        // Of nothing the sum would be -0.
        self.outlook.survey.runs.iter().filter_map(|run| run.seconds).fold(0.0, |a, b| a + b)
    }

    fn text(&self, all: bool) -> String {
        let state = match (self.is_at_work, self.is_paused) {
            (false, _) => "no runner is at work",
            (true, false) => "a runner is at work",
            (true, true) => "a runner is at work, paused",
        };
        let mut text = String::new();
        say::line(&mut text, format_args!("{}: {state}", self.plan.experiment));
        text.push('\n');
        text += &self.table(all);
        text.push('\n');
        let most = if all { usize::MAX } else { NAMED };
        if let Some(submitted) = &self.submitted {
            for line in submitted.lines(most) {
                say::line(&mut text, format_args!("{line}"));
            }
        }
        self.running(most, &mut text);
        self.failures(most, &mut text);
        self.set_aside(most, &mut text);
        self.stale(&mut text);
        let done = report::duration(self.seconds_done());
        let left = match self.outlook.time_in_words(self.plan) {
            Some(left) => format!("; left {left}"),
            None if self.outlook.time.runs == 0 => String::new(),
            None => "; what is left is not known yet".into(),
        };
        say::line(&mut text, format_args!("time: {done} of work done{left}"));
        say::line(&mut text, format_args!("disk: {}", report::bytes(self.bytes)));
        self.no_longer_planned(all, &mut text);
        match self.go_on() {
            _ if self.submitted.as_ref().is_some_and(Submitted::is_live) => {}
            Some(command) if !self.is_at_work => {
                say::line(&mut text, format_args!("to go on: {command}"));
            }
            None if self.is_unfinished() => text.push_str("to go on: `run` the file again\n"),
            _ => {}
        }
        text
    }

    fn table(&self, all: bool) -> String {
        let (plan, survey) = (self.plan, &self.outlook.survey);
        let mut shown = Standing::ALL.to_vec();
        // These need a section of the file.
        let is_rare = |it| matches!(it, Standing::AtRung | Standing::Waiting | Standing::NotNeeded);
        let total = Counts::of(survey.runs.iter());
        shown.retain(|&it| !is_rare(it) || total.at(it) > 0);
        let columns = [("task", Side::Left), ("arm", Side::Left)].into_iter();
        let columns = columns.chain(shown.iter().map(|it| (it.word(), Side::Right)));
        let mut table = Table::new(columns.chain([("stale", Side::Right)]));
        let mut row = |task: &str, arm: String, counts: &Counts| {
            let cells = [task.to_owned(), arm].into_iter();
            let cells = cells.chain(shown.iter().map(|&it| count(counts.at(it))));
            table.row(cells.chain([count(counts.stale)]));
        };
        if !survey.of_tuning().is_empty() {
            row("tuning", String::new(), &Counts::of(survey.of_tuning().iter()));
        }
        let is_short = all || plan.conditions.len() <= ROWS;
        if is_short {
            for (index, condition) in plan.conditions.iter().enumerate() {
                let arm = plan.arms[condition.arm].name.clone();
                let counts = Counts::of(survey.of_condition(index));
                row(&plan.tasks[condition.task].label, arm, &counts);
            }
        } else {
            for (index, task) in plan.tasks.iter().enumerate() {
                let of_task = |run: &&Surveyed| run.of.condition(plan).task == index;
                let counts = Counts::of(survey.main().iter().filter(of_task));
                row(&task.label, format!("{} arms", plan.arms.len()), &counts);
            }
        }
        row("all", String::new(), &total);
        let mut text = table.text();
        if !is_short {
            let count = plan.conditions.len();
            say::line(
                &mut text,
                format_args!("--all has a line for each of the {count} arms on tasks"),
            );
        }
        text
    }

    fn running(&self, most: usize, text: &mut String) {
        let runs = self.at(Standing::Running);
        for run in runs.clone().take(most) {
            let (plan, step) = (self.plan, run.step);
            let steps = run.of.condition(plan).config.train.get("steps");
            let mut line = format!("running: {}, step {step}", name(plan, run));
            if let Some(steps) = steps.and_then(serde_json::Value::as_u64) {
                let percent = 100.0 * step as f64 / steps.max(1) as f64;
                let _ = write!(line, " of {steps} ({percent:.0} %)");
            }
            if let Some(pace) = run.steps_per_second {
                let _ = write!(line, ", {pace:.0} steps/s");
            }
            if let Some(left) = self.outlook.costs.left(plan, run) {
                let _ = write!(line, ", {} left", report::duration(left));
            }
            say::line(text, format_args!("{line}"));
        }
        and_more(runs.count(), most, "running", text);
    }

    fn failures(&self, most: usize, text: &mut String) {
        let runs = self.at(Standing::Failed);
        let mut classes: BTreeMap<String, usize> = BTreeMap::new();
        for (class, _) in runs.clone().filter_map(|run| run.failure.as_ref()) {
            *classes.entry(class.to_string()).or_default() += 1;
        }
        if classes.len() > 1 || classes.values().any(|&count| count > most) {
            let counts = classes.iter().map(|(class, count)| format!("{count} {class}"));
            say::line(text, format_args!("failed: {}", counts.collect::<Vec<_>>().join(", ")));
        }
        for run in runs.clone().take(most) {
            let Some((class, message)) = &run.failure else { continue };
            say::line(text, format_args!("failed: {} ({class}): {message}", name(self.plan, run)));
            let log = run.folder.log_path();
            // The last line is the message, where the worker could say it itself.
            match run.folder.last_log_line().filter(|line| !line.contains(message)) {
                Some(line) => say::line(text, format_args!("        {}: {line}", log.display())),
                None => say::line(text, format_args!("        {}", log.display())),
            }
        }
        and_more(runs.count(), most, "failed", text);
    }

    fn set_aside(&self, most: usize, text: &mut String) {
        for (path, reason) in self.set_aside.iter().take(most) {
            let path = path.strip_prefix(self.folder.path()).unwrap_or(path).display();
            let reason = reason.as_deref().unwrap_or("damaged");
            say::line(text, format_args!("set aside: {path} ({reason})"));
        }
        and_more(self.set_aside.len(), most, "set aside", text);
    }

    fn stale(&self, text: &mut String) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for stale in self.outlook.survey.runs.iter().filter_map(|run| run.stale) {
            *counts.entry(stale.to_string()).or_default() += 1;
        }
        for (what, count) in counts {
            say::line(text, format_args!("stale: {count} runs, {what}"));
        }
    }

    fn no_longer_planned(&self, all: bool, text: &mut String) {
        let most = if all { usize::MAX } else { NAMED };
        let named: Vec<_> = self.unplanned.iter().take(most).map(String::as_str).collect();
        if !named.is_empty() {
            say::line(text, format_args!("no longer planned: {}", named.join(", ")));
        }
        and_more(self.unplanned.len(), most, "folders no longer planned", text);
    }

    fn printed(&self) -> Printed<'_> {
        let runs = &self.outlook.survey.runs;
        let counts = Counts::of(runs.iter());
        let failed = self.at(Standing::Failed).filter_map(|run| {
            let (class, message) = run.failure.as_ref()?;
            Some(Failed {
                run: name(self.plan, run),
                log: run.folder.log_path().display().to_string(),
                class: *class,
                message,
                last_line: run.folder.last_log_line(),
            })
        });
        let running = self.at(Standing::Running).map(|run| Running {
            run: name(self.plan, run),
            step: run.step,
            steps_per_second: run.steps_per_second,
            seconds_left: self.outlook.costs.left(self.plan, run),
        });
        Printed {
            format: FORMAT,
            experiment: &self.plan.experiment,
            folder: self.folder.path().display().to_string(),
            is_at_work: self.is_at_work,
            is_paused: self.is_paused,
            runs: runs.len(),
            by_state: counts.by_state(),
            stale: counts.stale,
            running: running.collect(),
            failed: failed.collect(),
            jobs: self.outlook.jobs,
            seconds_done: self.seconds_done(),
            time: self.outlook.time,
            bytes: self.bytes,
            unplanned: &self.unplanned,
            set_aside: self
                .set_aside
                .iter()
                .map(|(path, reason)| SetAside {
                    path: path.display().to_string(),
                    reason: reason.as_deref(),
                })
                .collect(),
            go_on: self.go_on(),
            cluster: self.submitted.as_ref(),
        }
    }
}

/// The command to give again: of what was submitted that which submitted it, not that of a task.
fn again(folder: &SweepFolder, last: Option<String>) -> Result<Option<String>, StoreError> {
    let is_of_task = last.as_ref().is_none_or(|command| command.contains(" --task "));
    let submitted = if is_of_task { folder.submissions()?.pop() } else { None };
    Ok(submitted.map(|(_, it)| it.command).or(last))
}

/// Says that there are more than were named.
fn and_more(count: usize, most: usize, what: &str, text: &mut String) {
    if count > most {
        say::line(text, format_args!("        and {} more {what}; --all names them", count - most));
    }
}

/// The status for programs. docs/for-programs.md describes its keys.
#[derive(Serialize)]
struct Printed<'a> {
    format: u32,
    experiment: &'a str,
    folder: String,
    is_at_work: bool,
    is_paused: bool,
    runs: usize,
    by_state: BTreeMap<Standing, usize>,
    stale: usize,
    running: Vec<Running>,
    failed: Vec<Failed<'a>>,
    jobs: usize,
    seconds_done: f64,
    time: TimeLeft,
    bytes: u64,
    unplanned: &'a [String],
    set_aside: Vec<SetAside<'a>>,
    go_on: Option<String>,
    cluster: Option<&'a Submitted>,
}

#[derive(Serialize)]
struct SetAside<'a> {
    path: String,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Running {
    run: String,
    step: u64,
    steps_per_second: Option<f64>,
    seconds_left: Option<f64>,
}

#[derive(Serialize)]
struct Failed<'a> {
    run: String,
    log: String,
    class: FailureClass,
    message: &'a str,
    last_line: Option<String>,
}
