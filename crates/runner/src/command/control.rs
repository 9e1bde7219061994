//! `control`: what is asked of the runners at work on a results folder.

use std::time::Duration;

use store::{Answer, Asking, Plan, Request, SweepFolder};

use crate::arguments::{ControlAction, ControlArguments};
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::sweep::opened::{existing, label};
use crate::sweep::tuning::tried;

/// Asks, waits for the answer and says it.
///
/// # Errors
/// [`Failure::Usage`] if nobody is at work, the folder cannot be written, nobody answers, or what was
/// asked is refused.
pub fn run(arguments: &ControlArguments) -> Result<Exit, Failure> {
    let (sweep, plan) = existing(&arguments.folder)?;
    let request = request(&sweep, &plan, &arguments.action)?;
    let mut asking = Asking::ask(&sweep, request).map_err(Failure::usage)?;
    let answers = answers(&mut asking, &arguments.folder.display().to_string())?;
    let is_done = answers.iter().any(|answer| answer.done);
    for Answer { says, .. } in answers.iter().filter(|answer| answer.done) {
        say::print(format_args!("{says}"));
    }
    match answers.first() {
        Some(first) if !is_done => Err(Failure::usage(&first.says)),
        _ => Ok(Exit::Done),
    }
}

fn answers(asking: &mut Asking, folder: &str) -> Result<Vec<Answer>, Failure> {
    let mut answers = Vec::new();
    while !asking.is_over() {
        answers.extend(asking.answers().map_err(Failure::usage)?);
        std::thread::sleep(Duration::from_millis(20));
    }
    if answers.is_empty() {
        return Err(Failure::usage(format!(
            "the runner at work on {folder} does not answer: it may be on another machine that does \
             not see what is written here, or be of a version that cannot be asked"
        )));
    }
    Ok(answers)
}

fn request(sweep: &SweepFolder, plan: &Plan, action: &ControlAction) -> Result<Request, Failure> {
    Ok(match action {
        ControlAction::Pause => Request::Pause {},
        ControlAction::Resume => Request::Resume {},
        ControlAction::Jobs { jobs } => Request::Jobs { jobs: *jobs as usize },
        ControlAction::Seeds { seeds } => Request::Seeds { seeds: *seeds as usize },
        ControlAction::Stop { run: None } => Request::Stop {},
        ControlAction::Stop { run: Some(run) } => {
            Request::StopRun { run: named(sweep, plan, run)? }
        }
        ControlAction::Retry { run } => Request::RetryRun { run: named(sweep, plan, run)? },
        ControlAction::First { arm } => {
            let index = plan.arms.iter().position(|it| it.name == *arm).ok_or_else(|| {
                let names: Vec<_> = plan.arms.iter().map(|it| it.name.as_str()).collect();
                Failure::usage(format!("there is no arm {arm}; there are {}", names.join(", ")))
            })?;
            Request::first(plan, index)
        }
    })
}

/// The run that a user means by a path, the end of one, or the words that plain output has for it.
fn named(sweep: &SweepFolder, plan: &Plan, run: &str) -> Result<String, Failure> {
    let given = run.trim_end_matches('/');
    let mut found = Vec::new();
    for (folder, label) in names(sweep, plan) {
        let is_it = label == given || folder == given || given.ends_with(&format!("/{folder}"));
        if is_it || folder.ends_with(&format!("/{given}")) {
            found.push(folder);
        }
    }
    found.dedup();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::usage(format!(
            "no run of this sweep is called {run}; name its folder, such as runs/ARM-HASH/seed-0, or \
             write \"ARM on TASK, seed 0\""
        ))),
        [first, second, ..] => {
            Err(Failure::usage(format!("{run} may be {first} or {second}: name the whole folder")))
        }
    }
}

/// Every run's folder, from the sweep's on, and what plain output calls it.
fn names<'a>(
    sweep: &'a SweepFolder,
    plan: &'a Plan,
) -> impl Iterator<Item = (String, String)> + 'a {
    let name = |condition, seed| sweep.name(sweep.run(condition, seed).path());
    let main = plan
        .runs()
        .map(move |(index, seed)| (name(&plan.conditions[index], seed), label(plan, index, seed)));
    let tuning = plan.tuning.iter().flat_map(move |tuning| {
        let runs = tuning
            .candidates
            .iter()
            .flat_map(|it| tuning.seeds.iter().map(move |seed| (it, *seed)));
        runs.map(move |(candidate, seed)| {
            let label = tried(tuning, candidate, &label(plan, candidate.of, seed));
            (name(&candidate.condition, seed), label)
        })
    });
    main.chain(tuning)
}
