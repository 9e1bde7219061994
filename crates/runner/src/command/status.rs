//! `status`: one screen of plain text about a results folder.

use std::fmt::Write as _;
use std::path::Path;

use store::{Outcome, Plan, RunState, SweepFolder};

use crate::exit::{Exit, Failure};
use crate::sweep::{existing, label};

/// Prints the status.
///
/// # Errors
/// [`Failure::Usage`] if the folder holds no sweep or a file of it is broken.
pub fn run(folder: &Path) -> Result<Exit, Failure> {
    let (sweep, plan) = existing(folder)?;
    anstream::print!("{}", text(&sweep, &plan)?);
    Ok(Exit::Done)
}

/// Counts of the states of some runs.
#[derive(Default)]
struct Counts([usize; 6]);

const STATES: [&str; 6] = ["finished", "diverged", "running", "stopped", "failed", "missing"];

impl Counts {
    fn add(&mut self, state: &RunState) {
        self.0[match state {
            RunState::Finished(Outcome::Diverged { .. }) => 1,
            RunState::Finished(_) => 0,
            RunState::Running => 2,
            RunState::Stopped => 3,
            RunState::Failed { .. } => 4,
            RunState::Missing => 5,
        }] += 1;
    }
}

fn text(sweep: &SweepFolder, plan: &Plan) -> Result<String, Failure> {
    let mut failures = String::new();
    let mut rows = Vec::new();
    let mut all = Counts::default();
    for (index, condition) in plan.conditions.iter().enumerate() {
        let mut counts = Counts::default();
        for &seed in &plan.seeds {
            let run = sweep.run(condition, seed);
            let state = sweep.state(condition, seed).map_err(Failure::usage)?;
            counts.add(&state);
            all.add(&state);
            if let RunState::Failed { class, message } = state {
                let label = label(plan, index, seed);
                let _ = writeln!(failures, "failed: {label} ({class}): {message}");
                let _ = writeln!(failures, "        {}", run.log_path().display());
            }
        }
        let (arm, task) = (&plan.arms[condition.arm].name, &plan.tasks[condition.task].label);
        rows.push((task.as_str(), arm.as_str(), counts));
    }
    let wide = |name: fn(&(&str, &str, Counts)) -> usize| rows.iter().map(name).max().unwrap_or(0);
    let task_width = wide(|row| row.0.chars().count()).max(4);
    let arm_width = wide(|row| row.1.chars().count()).max(3);

    let state = if sweep.is_locked() { "a runner is at work" } else { "no runner is at work" };
    let mut text = format!("{}: {state}\n\n", plan.experiment);
    let mut line = |task: &str, arm: &str, cells: [String; 6]| {
        let _ = write!(text, "{task:<task_width$}  {arm:<arm_width$}");
        for (cell, name) in cells.iter().zip(STATES) {
            let _ = write!(text, "  {cell:>width$}", width = name.len());
        }
        text.push('\n');
    };
    line("task", "arm", STATES.map(str::to_owned));
    let cells = |counts: &Counts| {
        counts.0.map(|count| if count == 0 { "-".into() } else { count.to_string() })
    };
    for (task, arm, counts) in &rows {
        line(task, arm, cells(counts));
    }
    line("all", "", cells(&all));
    if !failures.is_empty() {
        let _ = write!(text, "\n{failures}");
    }
    let unplanned = sweep.unplanned(plan).map_err(Failure::usage)?;
    if !unplanned.is_empty() {
        let _ = writeln!(text, "\nno longer planned: {}", unplanned.join(", "));
    }
    Ok(text)
}
