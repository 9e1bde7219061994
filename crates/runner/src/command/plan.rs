//! `plan`: what would run, what is finished, what it takes, and where every value comes from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use experiment::Origin;
use store::{Basis, Of, Plan, Sizes, Standing, Surveyed, TimeLeft};

use crate::arguments::{OutputFormat, PlanArguments, RunArguments};
use crate::estimate::outlook::{Counts, Outlook};
use crate::estimate::timing::Timing;
use crate::exit::{Exit, Failure};
use crate::output::plan_json;
use crate::output::say;
use crate::output::table::{Side, Table, count};
use crate::sweep::opened::Sweep;
use crate::threads::jobs;

/// Time that timing steps may take in all.
const TIMING: Duration = Duration::from_secs(3);
/// Runs that are listed without being asked for.
const FEW_RUNS: usize = 24;

/// Prints the plan; writes nothing.
///
/// # Errors
/// [`Failure::Usage`] for everything that is wrong with the experiment.
pub fn run(arguments: &PlanArguments, datasets: &Path) -> Result<Exit, Failure> {
    let PlanArguments { experiment, format, jobs: asked, threads_per_run: threads, .. } = arguments;
    let sweep = Sweep::open(experiment, datasets)?;
    let timing = Timing { datasets, threads: *threads, budget: TIMING };
    let timing = (!arguments.no_probe).then_some(&timing);
    let plan = &sweep.experiment.plan;
    let outlook = Outlook::new(plan, &sweep.folder, jobs(*asked, *threads), timing)?;
    match format {
        OutputFormat::Text => anstream::print!("{}", text(&sweep, &outlook, arguments.runs)?),
        OutputFormat::Json => {
            let mut output = std::io::BufWriter::new(std::io::stdout().lock());
            plan_json::write(&mut output, &sweep, &outlook)?;
            output.flush().context("cannot print the plan")?;
        }
    }
    Ok(Exit::Done)
}

/// Prints the plan of `run --dry-run`; how long what is left of it takes.
///
/// # Errors
/// [`Failure::Usage`] if a run folder cannot be read.
pub fn dry_run(
    arguments: &RunArguments,
    sweep: &Sweep,
    datasets: &Path,
) -> Result<TimeLeft, Failure> {
    let threads = arguments.threads_per_run;
    let timing = Timing { datasets, threads, budget: TIMING };
    let plan = &sweep.experiment.plan;
    let jobs = jobs(arguments.jobs, threads);
    let outlook = Outlook::new(plan, &sweep.folder, jobs, Some(&timing))?;
    anstream::print!("{}", text(sweep, &outlook, false)?);
    Ok(outlook.time)
}

/// The plan for people.
fn text(sweep: &Sweep, outlook: &Outlook, all_runs: bool) -> Result<String, Failure> {
    let plan = &sweep.experiment.plan;
    let mut text = String::new();
    say::line(&mut text, format_args!("{}: {}", plan.experiment, plan.question));
    let seeds = plan.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    say::line(
        &mut text,
        format_args!("seeds {seeds}; results in {}", sweep.folder.path().display()),
    );
    text.push('\n');

    arms(plan, &mut text);
    text += &conditions(plan, outlook);
    text.push('\n');
    let runs = outlook.survey.runs.len();
    if all_runs || runs <= FEW_RUNS {
        text += &list(plan, outlook);
        text.push('\n');
    }
    totals(plan, outlook, &mut text);
    stale(&outlook.survey.runs, &mut text);
    values(sweep, &mut text);
    for unused in &sweep.experiment.unused {
        let arm = &plan.arms[unused.arm].name;
        say::line(&mut text, format_args!("unused by {arm}: {} ({})", unused.key, unused.origin));
    }
    for note in &sweep.experiment.notes {
        say::line(&mut text, format_args!("note: {note}"));
    }
    for warning in &sweep.experiment.warnings {
        say::line(&mut text, format_args!("warning: {warning}"));
    }
    for folder in sweep.folder.unplanned(plan).map_err(Failure::usage)? {
        say::line(&mut text, format_args!("no longer planned: {folder}"));
    }
    if runs > FEW_RUNS && !all_runs {
        say::line(&mut text, format_args!("--runs lists the {runs} runs one by one"));
    }
    Ok(text)
}

fn arms(plan: &Plan, text: &mut String) {
    let names: Vec<_> = plan.arms.iter().map(|arm| text::terminal(&arm.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (index, name) in names.iter().enumerate() {
        say::line(text, format_args!("{name:<width$}  {}", changes(plan, index)));
    }
    text.push('\n');
}

/// What an arm changes in the baseline.
fn changes(plan: &Plan, arm: usize) -> String {
    let arm = &plan.arms[arm];
    if arm.name == plan.baseline {
        return "baseline".into();
    }
    let changes = arm.changes.iter().map(|change| format!("{} = {}", change.key, change.to));
    changes.collect::<Vec<_>>().join(", ")
}

/// One line an arm and task, for tuning too: parameters, how many of its runs are in which
/// state, and how long one takes.
fn conditions(plan: &Plan, outlook: &Outlook) -> String {
    let survey = &outlook.survey;
    let all = Counts::of(survey.runs.iter());
    // A column for every state that there is, and for the two that matter anyway.
    let shown = [
        Standing::Diverged,
        Standing::AtRung,
        Standing::Failed,
        Standing::Stopped,
        Standing::Running,
        Standing::NotNeeded,
    ];
    let shown: Vec<_> = shown.into_iter().filter(|&standing| all.at(standing) > 0).collect();
    let columns = ["task", "arm"].map(|name| (name, Side::Left)).into_iter();
    let sizes = ["parameters", "multiply-adds a step", "state", "finished"];
    let columns = columns.chain(sizes.map(|name| (name, Side::Right)));
    let columns = columns.chain((all.stale > 0).then_some(("stale", Side::Right)));
    let columns = columns.chain(shown.iter().map(|standing| (standing.word(), Side::Right)));
    let columns = columns.chain([("to do", Side::Right), ("a run", Side::Right)]);
    let mut table = Table::new(columns);
    let mut row = |names: [String; 5], counts: &Counts, time: String| {
        let cells = names.into_iter().chain([count(counts.at(Standing::Finished))]);
        let cells = cells.chain((all.stale > 0).then(|| count(counts.stale)));
        let cells = cells.chain(shown.iter().map(|&standing| count(counts.at(standing))));
        table.row(cells.chain([count(counts.left()), time]));
    };
    let names = |condition: &store::Condition| {
        let (task, arm) = (&plan.tasks[condition.task].label, &plan.arms[condition.arm].name);
        (task.clone(), arm.clone())
    };
    for (of, runs) in tuning_runs(plan, outlook) {
        let (task, arm) = names(&plan.conditions[of]);
        let counts = Counts::of(runs.iter().copied());
        // Candidates may have different sizes.
        let times = runs.iter().filter_map(|run| Some(outlook.estimate(plan, run)?.seconds));
        let (sum, known) = times.fold((0.0, 0), |(sum, known), time| (sum + time, known + 1));
        let time = if known == 0 { "?".into() } else { report::duration(sum / f64::from(known)) };
        let none = String::new;
        row([task, format!("tuning {arm}"), none(), none(), none()], &counts, time);
    }
    for (index, condition) in plan.conditions.iter().enumerate() {
        let (task, arm) = names(condition);
        let counts = Counts::of(survey.of_condition(index));
        let time = outlook.costs.of(condition);
        let time = time.map_or_else(|| "?".into(), |it| report::duration(it.seconds));
        let (multiply_adds, state) = match condition.sizes {
            None => (String::new(), String::new()),
            Some(Sizes { multiply_adds, state }) => {
                let state = state.map_or_else(|| "-".into(), |state| state.to_string());
                (multiply_adds.to_string(), state)
            }
        };
        let parameters = condition.parameters.to_string();
        row([task, arm, parameters, multiply_adds, state], &counts, time);
    }
    let none = String::new;
    row(["all".into(), none(), none(), none(), none()], &all, none());
    table.text()
}

/// The runs of tuning by the condition that they are for.
fn tuning_runs<'a>(plan: &Plan, outlook: &'a Outlook) -> BTreeMap<usize, Vec<&'a Surveyed>> {
    let Some(tuning) = &plan.tuning else { return BTreeMap::new() };
    let mut by_condition: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for run in outlook.survey.of_tuning() {
        if let Of::Candidate(candidate) = run.of {
            by_condition.entry(tuning.candidates[candidate].of).or_default().push(run);
        }
    }
    by_condition
}

/// One line a run.
fn list(plan: &Plan, outlook: &Outlook) -> String {
    let columns = [("run", Side::Left), ("state", Side::Left), ("left", Side::Right)];
    let mut table = Table::new(columns.into_iter().chain([("differs in", Side::Left)]));
    for run in &outlook.survey.runs {
        let condition = run.of.condition(plan);
        let mut state = run.standing.word().to_owned();
        if let Some((class, _)) = &run.failure {
            let _ = write!(state, " ({class})");
        }
        if run.stale.is_some() {
            state += ", stale";
        }
        let left = match outlook.costs.left(plan, run) {
            _ if !run.standing.is_to_do() => "-".into(),
            Some(seconds) => report::duration(seconds),
            None => "?".into(),
        };
        table.row([name(plan, run), state, left, changes(plan, condition.arm)]);
    }
    table.text()
}

/// `<arm> on <task>, seed <n>`, with what is tried where it is a run of tuning.
pub fn name(plan: &Plan, run: &Surveyed) -> String {
    let condition = run.of.condition(plan);
    let (arm, task) = (&plan.arms[condition.arm].name, &plan.tasks[condition.task].label);
    let mut name = format!("{arm} on {task}, seed {}", run.seed);
    if let (Of::Candidate(candidate), Some(tuning)) = (run.of, &plan.tuning) {
        for (tuned, value) in tuning.over.iter().zip(&tuning.candidates[candidate].values) {
            let _ = write!(name, ", {} = {value}", tuned.key);
        }
        name.insert_str(0, "tuning ");
    }
    name
}

/// What is left, and what it will take.
fn totals(plan: &Plan, outlook: &Outlook, text: &mut String) {
    if outlook.time.runs == 0 {
        text.push_str("nothing is to be done\n");
        return;
    }
    match outlook.time_in_words(plan) {
        Some(words) => {
            say::line(text, format_args!("time: {words}; from {}", bases(plan, outlook)));
        }
        None => text.push_str("time: not known before a run is finished\n"),
    }
    if let Some(why) = &outlook.untimed {
        say::line(text, format_args!("time: {why}"));
    }
    let disk = outlook.disk;
    let (kept, more) = (report::bytes(disk.kept), report::bytes(disk.checkpoints));
    say::line(text, format_args!("disk: about {kept}, and {more} for checkpoints while it runs"));
    text.push('\n');
}

/// What the times of runs that are to be done rest on.
fn bases(plan: &Plan, outlook: &Outlook) -> String {
    let mut runs: BTreeMap<Basis, usize> = BTreeMap::new();
    for run in outlook.survey.runs.iter().filter(|run| run.standing.is_to_do()) {
        if let Some(estimate) = outlook.estimate(plan, run) {
            *runs.entry(estimate.basis).or_default() += 1;
        }
    }
    let only = runs.len() == 1;
    let words = runs.into_iter().map(|(basis, runs)| match basis.words() {
        words if only => words.to_owned(),
        words => format!("{words} ({runs})"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// How many runs other code or data than this computed, by what differs.
fn stale(runs: &[Surveyed], text: &mut String) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for stale in runs.iter().filter_map(|run| run.stale) {
        *counts.entry(stale.to_string()).or_default() += 1;
    }
    for (what, count) in counts {
        say::line(
            text,
            format_args!("stale: {count} runs, {what}; --stale rerun computes them anew"),
        );
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
            say::line(text, format_args!("{line}"));
        } else {
            say::line(text, format_args!("{line}  in {count} of {conditions}"));
        }
    }
    text.push_str("every other value is its default; `describe` shows those\n");
}
