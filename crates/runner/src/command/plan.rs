//! `plan`: what would run, what is finished, and where every value comes from.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use experiment::Origin;
use store::RunState;

use crate::arguments::{PlanArguments, PlanFormat};
use crate::exit::{Exit, Failure};
use crate::sweep::{PlannedRun, Sweep};

/// Prints the plan; writes nothing.
///
/// # Errors
/// [`Failure::Usage`] for everything that is wrong with the experiment.
pub fn run(arguments: &PlanArguments, datasets: &Path) -> Result<Exit, Failure> {
    let sweep = Sweep::open(&arguments.experiment, datasets)?;
    match arguments.format {
        PlanFormat::Text => anstream::print!("{}", text(&sweep)?),
        PlanFormat::Json => {
            let plan = serde_json::to_string_pretty(&sweep.experiment.plan)
                .context("cannot print the plan")?;
            anstream::println!("{plan}");
        }
    }
    Ok(Exit::Done)
}

/// The plan for people.
pub fn text(sweep: &Sweep) -> Result<String, Failure> {
    let plan = &sweep.experiment.plan;
    let mut text = format!("{}: {}\n", plan.experiment, plan.question);
    let seeds = plan.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "seeds {seeds}; results in {}\n", sweep.folder.path().display());

    arms(sweep, &mut text);
    let runs = sweep.runs()?;
    conditions(sweep, &runs, &mut text);
    stale(&runs, &mut text);
    values(sweep, &mut text);
    for unused in &sweep.experiment.unused {
        let arm = &plan.arms[unused.arm].name;
        let _ = writeln!(text, "unused by {arm}: {} ({})", unused.key, unused.origin);
    }
    for note in &sweep.experiment.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for warning in &sweep.experiment.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    for folder in sweep.folder.unplanned(plan).map_err(Failure::usage)? {
        let _ = writeln!(text, "no longer planned: {folder}");
    }
    Ok(text)
}

fn arms(sweep: &Sweep, text: &mut String) {
    let plan = &sweep.experiment.plan;
    let width = plan.arms.iter().map(|arm| arm.name.chars().count()).max().unwrap_or(0);
    for arm in &plan.arms {
        let changes = arm.changes.iter().map(|change| format!("{} = {}", change.key, change.to));
        let changes = changes.collect::<Vec<_>>().join(", ");
        let changes = if arm.name == plan.baseline { "baseline".to_owned() } else { changes };
        let _ = writeln!(text, "{:<width$}  {changes}", arm.name);
    }
    text.push('\n');
}

/// One line an arm and task: parameters and how many of its runs are in which state.
fn conditions(sweep: &Sweep, runs: &[PlannedRun], text: &mut String) {
    let plan = &sweep.experiment.plan;
    // Arms that resolve to the same configuration share their runs.
    let states: HashMap<_, _> = runs
        .iter()
        .map(|run| ((plan.conditions[run.condition].identity.as_str(), run.seed), &run.state))
        .collect();
    let names = |index: usize| {
        let condition = &plan.conditions[index];
        (plan.tasks[condition.task].label.as_str(), plan.arms[condition.arm].name.as_str())
    };
    let indices = 0..plan.conditions.len();
    let width = |pick: fn((&str, &str)) -> usize| {
        indices.clone().map(|index| pick(names(index))).max().unwrap_or(0)
    };
    let task_width = width(|(task, _)| task.chars().count()).max(4);
    let arm_width = width(|(_, arm)| arm.chars().count()).max(3);
    let _ = writeln!(
        text,
        "{:<task_width$}  {:<arm_width$}  parameters  finished  failed  to do",
        "task", "arm"
    );
    let (mut all_finished, mut all_failed, mut all_left) = (0, 0, 0);
    for (index, condition) in plan.conditions.iter().enumerate() {
        let (mut finished, mut failed, mut left) = (0, 0, 0);
        for &seed in &plan.seeds {
            match states.get(&(condition.identity.as_str(), seed)) {
                Some(RunState::Finished(_)) => finished += 1,
                Some(RunState::Failed { .. }) => failed += 1,
                _ => left += 1,
            }
        }
        let (task, arm) = names(index);
        let parameters = condition.parameters;
        let _ = writeln!(
            text,
            "{task:<task_width$}  {arm:<arm_width$}  {parameters:>10}  {finished:>8}  \
             {failed:>6}  {left:>5}"
        );
        all_finished += finished;
        all_failed += failed;
        all_left += left;
    }
    let _ = writeln!(
        text,
        "{:<task_width$}  {:<arm_width$}  {:>10}  {all_finished:>8}  {all_failed:>6}  \
         {all_left:>5}\n",
        "all", "", ""
    );
}

/// How many runs other code or data than this computed, by what differs.
fn stale(runs: &[PlannedRun], text: &mut String) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for stale in runs.iter().filter_map(|run| run.stale) {
        *counts.entry(stale.to_string()).or_default() += 1;
    }
    for (what, count) in counts {
        let _ = writeln!(text, "stale: {count} runs, {what}; --stale rerun computes them anew");
    }
}

/// Every value that is not its key's default, with where it comes from, and how many
/// conditions have it.
fn values(sweep: &Sweep, text: &mut String) {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for condition in &sweep.experiment.values {
        for value in condition.iter().filter(|value| value.origin != Origin::Default) {
            let line = format!("{} = {}  ({})", value.key, value.value, value.origin);
            *lines.entry(line).or_default() += 1;
        }
    }
    let conditions = sweep.experiment.values.len();
    for (line, count) in lines {
        if count == conditions {
            let _ = writeln!(text, "{line}");
        } else {
            let _ = writeln!(text, "{line}  in {count} of {conditions}");
        }
    }
    text.push_str("every other value is its default; `describe` shows those\n");
}
