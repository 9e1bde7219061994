//! The plan for programs: `plan --format json`. docs/for-programs.md describes its keys.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use store::{Basis, Change, FailureClass, Of, Plan, Standing, TimeLeft, estimated_bytes};

use crate::estimate::outlook::{Counts, DiskLeft, Outlook};
use crate::exit::Failure;
use crate::sweep::opened::Sweep;

/// Version of what is printed.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Printed<'a> {
    format: u32,
    experiment: &'a str,
    question: &'a str,
    folder: &'a Path,
    baseline: &'a str,
    is_settled: bool,
    seeds: Seeds<'a>,
    by_state: BTreeMap<Standing, usize>,
    stale: usize,
    jobs: usize,
    time: Time,
    disk: DiskLeft,
    conditions: Vec<PrintedCondition<'a>>,
    runs: Vec<PrintedRun<'a>>,
    unplanned: Vec<String>,
    unused: Vec<Unused<'a>>,
    notes: &'a [String],
    warnings: &'a [String],
    plan: &'a Plan,
}

#[derive(Serialize)]
struct Seeds<'a> {
    planned: &'a [u64],
    comparisons: u64,
    needed: u32,
}

#[derive(Serialize)]
struct Time {
    #[serde(flatten)]
    left: TimeLeft,
    is_upper_bound: bool,
}

#[derive(Serialize)]
struct PrintedCondition<'a> {
    task: &'a str,
    arm: &'a str,
    architecture: &'a str,
    parameters: u64,
    multiply_adds: Option<u64>,
    state: Option<u64>,
    identity: &'a str,
    folder: &'a str,
    differs: &'a [Change],
    values: Vec<PrintedValue<'a>>,
}

#[derive(Serialize)]
struct PrintedValue<'a> {
    key: &'a str,
    value: &'a Value,
    origin: String,
}

#[derive(Serialize)]
struct PrintedRun<'a> {
    kind: &'static str,
    /// Index into `conditions`; of a run of tuning what it is tried for.
    condition: usize,
    task: &'a str,
    arm: &'a str,
    seed: u64,
    identity: &'a str,
    parameters: u64,
    folder: &'a Path,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tries: Vec<Tried<'a>>,
    state: Standing,
    is_to_do: bool,
    step: u64,
    steps: u64,
    stale: Option<String>,
    failure: Option<PrintedFailure<'a>>,
    seconds: Option<f64>,
    seconds_left: Option<f64>,
    seconds_from: Option<Basis>,
    bytes: u64,
    checkpoint_bytes: u64,
}

#[derive(Serialize)]
struct Tried<'a> {
    key: &'a str,
    value: &'a Value,
}

#[derive(Serialize)]
struct PrintedFailure<'a> {
    class: FailureClass,
    message: &'a str,
}

#[derive(Serialize)]
struct Unused<'a> {
    arm: &'a str,
    key: &'a str,
    origin: String,
}

/// Prints the plan as JSON.
///
/// # Errors
/// [`Failure::Usage`] if the results folder cannot be read, [`Failure::Internal`] if it
/// cannot be printed.
pub fn write(output: &mut impl Write, sweep: &Sweep, outlook: &Outlook) -> Result<(), Failure> {
    let (experiment, folder) = (&sweep.experiment, &sweep.folder);
    let plan = &experiment.plan;
    let unused = experiment.unused.iter().map(|unused| Unused {
        arm: &plan.arms[unused.arm].name,
        key: &unused.key,
        origin: unused.origin.to_string(),
    });
    let counts = Counts::of(outlook.survey.runs.iter());
    let printed = Printed {
        format: FORMAT,
        experiment: &plan.experiment,
        question: &plan.question,
        folder: folder.path(),
        baseline: &plan.baseline,
        is_settled: plan.is_settled(),
        seeds: Seeds {
            planned: &plan.seeds,
            comparisons: plan.comparisons(),
            needed: plan.paired_seeds_needed(),
        },
        by_state: counts.by_state(),
        stale: counts.stale,
        jobs: outlook.jobs,
        time: Time { left: outlook.time, is_upper_bound: plan.may_end_early() },
        disk: outlook.disk,
        conditions: conditions(sweep),
        runs: runs(plan, outlook),
        unplanned: folder.unplanned(plan).map_err(Failure::usage)?,
        unused: unused.collect(),
        notes: &experiment.notes,
        warnings: &experiment.warnings,
        plan,
    };
    serde_json::to_writer_pretty(&mut *output, &printed).context("cannot print the plan")?;
    Ok(writeln!(output).context("cannot print the plan")?)
}

fn conditions(sweep: &Sweep) -> Vec<PrintedCondition<'_>> {
    let plan = &sweep.experiment.plan;
    let conditions = plan.conditions.iter().zip(&sweep.experiment.values);
    let print = conditions.map(|(condition, values)| {
        let arm = &plan.arms[condition.arm];
        PrintedCondition {
            task: &plan.tasks[condition.task].label,
            arm: &arm.name,
            architecture: &condition.config.model.architecture,
            parameters: condition.parameters,
            multiply_adds: condition.sizes.map(|sizes| sizes.multiply_adds),
            state: condition.sizes.and_then(|sizes| sizes.state),
            identity: &condition.identity,
            folder: &condition.folder,
            differs: &arm.changes,
            values: values.iter().map(printed_value).collect(),
        }
    });
    print.collect()
}

fn printed_value(value: &experiment::Resolved) -> PrintedValue<'_> {
    PrintedValue { key: &value.key, value: &value.value, origin: value.origin.to_string() }
}

fn runs<'a>(plan: &'a Plan, outlook: &'a Outlook) -> Vec<PrintedRun<'a>> {
    let print = |run: &'a store::Surveyed| {
        let planned = run.of.condition(plan);
        let (kind, condition, tries) = match (run.of, &plan.tuning) {
            (Of::Candidate(index), Some(tuning)) => {
                let candidate = &tuning.candidates[index];
                let tried = tuning.over.iter().zip(&candidate.values);
                let tried = tried.map(|(tuned, value)| Tried { key: &tuned.key, value });
                ("tuning", candidate.of, tried.collect())
            }
            (Of::Candidate(index) | Of::Condition(index), _) => ("main", index, Vec::new()),
        };
        let estimate = outlook.estimate(plan, run);
        let bytes = estimated_bytes(planned, estimate.map_or(0.0, |it| it.seconds));
        PrintedRun {
            kind,
            condition,
            task: &plan.tasks[planned.task].label,
            arm: &plan.arms[planned.arm].name,
            seed: run.seed,
            identity: &planned.identity,
            parameters: planned.parameters,
            folder: run.folder.path(),
            tries,
            state: run.standing,
            is_to_do: run.standing.is_to_do(),
            step: run.step,
            steps: planned.config.train.get("steps").and_then(Value::as_u64).unwrap_or(0),
            stale: run.stale.map(|stale| stale.to_string()),
            failure: run
                .failure
                .as_ref()
                .map(|(class, message)| PrintedFailure { class: *class, message }),
            seconds: estimate.map(|it| it.seconds),
            seconds_left: outlook.costs.left(plan, run),
            seconds_from: estimate.map(|it| it.basis),
            bytes: bytes.kept,
            checkpoint_bytes: bytes.checkpoint,
        }
    };
    outlook.survey.runs.iter().map(print).collect()
}
