//! `submit`: an experiment's missing runs as job arrays of Slurm.

mod site;
mod stages;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cluster::{Script, runs_in_tasks, slurm};
use store::{Submission, SubmittedStage, journal, write_atomically};

use crate::arguments::ExperimentArguments;
use crate::arguments::cluster::SubmitArguments;
use crate::estimate::outlook::Outlook;
use crate::estimate::timing::Timing;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::typed::{command_line, to_type};
use crate::sweep::damage::set_damage_aside;
use crate::sweep::opened::Sweep;
use site::Site;
use stages::Stage;

/// Submits what is missing and in no task that Slurm still has.
///
/// # Errors
/// [`Failure::Usage`] for everything that is wrong with the experiment or its settings, and what
/// Slurm refuses.
pub fn run(arguments: &SubmitArguments, datasets: &Path) -> Result<Exit, Failure> {
    let experiment = ExperimentArguments {
        file: arguments.file.clone(),
        overrides: arguments.overrides.clone(),
        results: arguments.results.clone(),
    };
    let sweep = Sweep::open(&experiment, datasets)?;
    let plan = &sweep.experiment.plan;
    let site = Site::of(arguments, &sweep.experiment.cluster)?;
    if !arguments.dry_run {
        set_damage_aside(&sweep)?;
    }
    let at_a_time = site.runs_at_a_time(arguments.threads_per_run);
    let timing = Timing { datasets, threads: arguments.threads_per_run, budget: stages::TIMING };
    let outlook = Outlook::new(plan, &sweep.folder, at_a_time, Some(&timing))?;
    let submitted = sweep.folder.submissions().map_err(Failure::usage)?;
    // A dry run is of use where Slurm is not.
    let live = if arguments.dry_run {
        HashSet::new()
    } else {
        runs_in_tasks(&submitted).map_err(Failure::usage)?
    };
    let stages = stages::stages(arguments, &site, &sweep, &outlook, &live);
    if stages.is_empty() {
        let queued = if live.is_empty() { "" } else { ", or in a task that Slurm has" };
        say::note(format_args!("nothing to submit: every run is finished{queued}"));
        return Ok(Exit::Done);
    }
    let number = sweep.folder.next_submission().map_err(Failure::usage)?;
    let jobs = Jobs { arguments, site: &site, sweep: &sweep, datasets, number };
    if arguments.dry_run {
        for (index, stage) in stages.iter().enumerate() {
            say::print(format_args!("{}", stage.words()));
            anstream::println!("{}", text::terminal_drawn(&jobs.array(index, stage)?.text()));
        }
        return Ok(Exit::Done);
    }
    // So that `status` and `watch` have a plan while all is queued.
    let lock = sweep.join()?;
    drop(lock);
    let submission = jobs.submit(&stages)?;
    sweep.folder.write_submission(number, &submission).map_err(|error| {
        let all = submission.jobs().collect::<Vec<_>>().join(" ");
        Failure::usage(format!("{error}; these jobs are in the queue and not written down: {all}"))
    })?;
    for (stage, job) in stages.iter().zip(submission.jobs()) {
        say::note(format_args!("job {job}: {}", stage.words()));
    }
    let folder = text::shell(&sweep.folder.path().display().to_string());
    say::note(format_args!("job {}: the report, when they have ended", submission.report));
    say::note(format_args!("where they are:  {}", to_type(&format!("status {folder}"))));
    say::note(format_args!("to end them:     {}", to_type(&format!("cancel {folder}"))));
    Ok(Exit::Done)
}

/// The jobs of a submission.
struct Jobs<'a> {
    arguments: &'a SubmitArguments,
    site: &'a Site,
    sweep: &'a Sweep,
    datasets: &'a Path,
    number: u32,
}

impl Jobs<'_> {
    /// Submits the arrays, one after the other, and the report after them. What was submitted before
    /// one that is refused is taken back.
    fn submit(&self, stages: &[Stage]) -> Result<Submission, Failure> {
        let folder = self.sweep.folder.submission_folder(self.number);
        let write = |name: String, script: &Script| {
            let path = folder.join(format!("{name}.sh"));
            write_atomically(&path, script.text().as_bytes()).map(|()| path)
        };
        let mut jobs: Vec<String> = Vec::new();
        let mut all = || -> Result<(), Failure> {
            for (index, stage) in stages.iter().enumerate() {
                let script = self.array(index, stage)?;
                let path = write(stage.array.file(), &script).map_err(Failure::usage)?;
                let after = jobs.last().map(String::as_str);
                jobs.push(slurm::submit(&path, after).map_err(Failure::usage)?);
            }
            let path = write("report".into(), &self.report()?).map_err(Failure::usage)?;
            let after = jobs.last().map(String::as_str);
            jobs.push(slurm::submit(&path, after).map_err(Failure::usage)?);
            Ok(())
        };
        if let Err(failure) = all() {
            let jobs: Vec<_> = jobs.iter().map(String::as_str).collect();
            slurm::cancel(&jobs).map_err(|error| {
                Failure::usage(format!("{failure}; and what was submitted before: {error}"))
            })?;
            return Err(failure);
        }
        let report = jobs.pop().unwrap_or_default();
        let stage = |(stage, job): (&Stage, String)| SubmittedStage { job, ..stage.array.clone() };
        Ok(Submission {
            format: <Submission as store::Stored>::FORMAT,
            time: journal::now(),
            command: command_line(),
            experiment: self.sweep.digest(),
            stages: stages.iter().zip(jobs).map(stage).collect(),
            report,
        })
    }

    /// The script of an array.
    fn array(&self, index: usize, stage: &Stage) -> Result<Script<'_>, Failure> {
        let SubmitArguments { file, overrides, results, threads_per_run: threads, .. } =
            self.arguments;
        let mut command = vec![program()?, "run".into(), path(file)];
        command.extend(overrides.iter().cloned());
        command.extend(["--results".into(), path(results), "--datasets".into()]);
        command.extend([path(self.datasets), "--progress".into(), "plain".into()]);
        let jobs = self.site.runs_at_a_time(*threads);
        command.extend(["--jobs".into(), jobs.to_string()]);
        command.extend(["--threads-per-run".into(), threads.to_string()]);
        if self.arguments.rerun_failed {
            command.extend(["--rerun".into(), "failed".into()]);
        }
        command.extend(["--task".into(), format!("{}/{index}/", self.number)]);
        let at_a_time = self.arguments.at_a_time.map(|most| most as usize);
        let tasks = Some(stage.array.tasks.len());
        Ok(Script {
            tasks,
            at_a_time,
            ..self.script(&format!("{}-%a", stage.array.file()), command)?
        })
    }

    /// The script of the report.
    fn report(&self) -> Result<Script<'_>, Failure> {
        let folder = path(self.sweep.folder.path());
        self.script("report", vec![program()?, "report".into(), folder])
    }

    fn script(&self, log: &str, command: Vec<String>) -> Result<Script<'_>, Failure> {
        let logs = self.sweep.folder.submission_folder(self.number);
        Ok(Script {
            name: format!("unroll-{}", self.sweep.experiment.plan.experiment),
            settings: &self.site.settings,
            time: self.site.time,
            memory: self.site.memory,
            tasks: None,
            at_a_time: None,
            folder: std::env::current_dir().context("cannot tell the present folder")?,
            log: absolute(&logs)?.join(format!("{log}.log")),
            command,
        })
    }
}

/// This program, as a node starts it.
fn program() -> Result<String, Failure> {
    Ok(path(&std::env::current_exe().context("cannot find this program")?))
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    Ok(std::path::absolute(path).context("cannot tell the present folder")?)
}
