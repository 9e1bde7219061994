//! The tuning of a sweep: its runs before the main runs, and what follows from them.

use experiment::Experiment;
use store::SweepFolder;

use crate::exit::Failure;
use crate::sweep::{PlannedRun, Sweep};

/// Gives the main runs the configurations that tuning chose, if all its runs are finished.
///
/// # Errors
/// [`Failure::Usage`] if a result cannot be read.
pub fn settle(experiment: &mut Experiment, folder: &SweepFolder) -> Result<(), Failure> {
    if experiment.plan.is_settled() {
        return Ok(());
    }
    let mut wrong = None;
    let chosen = experiment.plan.choose(|candidate, seed| {
        folder.run(&candidate.condition, seed).result().unwrap_or_else(|error| {
            wrong.get_or_insert(error);
            None
        })
    });
    if let Some(error) = wrong {
        return Err(Failure::usage(error));
    }
    let Ok(chosen) = chosen else { return Ok(()) };
    if let Some(tuning) = &experiment.plan.tuning {
        for chosen in &chosen {
            let candidate = &tuning.candidates[chosen.candidate];
            for (tuned, value) in tuning.over.iter().zip(&candidate.values) {
                let values = &mut experiment.values[candidate.of];
                if let Some(resolved) = values.iter_mut().find(|it| it.key == tuned.key) {
                    resolved.value.clone_from(value);
                }
            }
            for key in &chosen.edges {
                let condition = &candidate.condition;
                let arm = &experiment.plan.arms[condition.arm].name;
                let task = &experiment.plan.tasks[condition.task].label;
                experiment.warnings.push(format!(
                    "tuning chose the smallest or largest {key} that was tried for {arm} on \
                     {task}: a better one may lie beyond"
                ));
            }
        }
    }
    experiment.plan.settle(chosen);
    Ok(())
}

/// The tuning as a sweep of its own on the same folder, and all its runs; `None` if the main
/// runs do not wait for it.
///
/// # Errors
/// [`Failure::Usage`] if a run folder cannot be read.
pub fn waiting(sweep: &Sweep) -> Result<Option<(Sweep, Vec<PlannedRun>)>, Failure> {
    let plan = &sweep.experiment.plan;
    let Some(tuning) = plan.tuning.as_ref().filter(|_| !plan.is_settled()) else {
        return Ok(None);
    };
    let mut view = sweep.clone();
    let plan = &mut view.experiment.plan;
    plan.conditions = tuning.candidates.iter().map(|it| it.condition.clone()).collect();
    plan.seeds.clone_from(&tuning.seeds);
    plan.tuning = None;
    let mut runs = view.runs()?;
    for run in &mut runs {
        let values = &tuning.candidates[run.condition].values;
        for (tuned, value) in tuning.over.iter().zip(values) {
            run.label = format!("{}, {} = {value}", run.label, tuned.key);
        }
        run.label = format!("tuning {}", run.label);
    }
    Ok(Some((view, runs)))
}
