//! The tuning of a sweep: its runs before the main runs.

use std::fmt::Write as _;

use store::{Candidate, Tuning};

use crate::exit::Failure;
use crate::sweep::opened::{PlannedRun, Sweep};
use crate::sweep::selection::Selection;

/// The tuning as a sweep of its own on the same folder, and all its runs; `None` where
/// there is none.
///
/// # Errors
/// [`Failure::Usage`] if a run folder cannot be read.
pub fn view(
    sweep: &Sweep,
    selection: &Selection,
) -> Result<Option<(Sweep, Vec<PlannedRun>)>, Failure> {
    let Some(tuning) = &sweep.experiment.plan.tuning else { return Ok(None) };
    let mut view = sweep.clone();
    let plan = &mut view.experiment.plan;
    plan.conditions = tuning.candidates.iter().map(|it| it.condition.clone()).collect();
    plan.seeds.clone_from(&tuning.seeds);
    plan.tuning = None;
    plan.keep = store::Keep::None;
    plan.probes = Some(0);
    let all = !selection.is_alone(&sweep.experiment.plan);
    let mut runs = view.runs(|index, seed| all || selection.is_ours(index, seed))?;
    for run in &mut runs {
        run.label = tried(tuning, &tuning.candidates[run.condition], &run.label);
    }
    Ok(Some((view, runs)))
}

/// What a tuning run is called: as a main run, with the values that it tries.
pub fn tried(tuning: &Tuning, candidate: &Candidate, label: &str) -> String {
    let mut text = format!("tuning {label}");
    for (tuned, value) in tuning.over.iter().zip(&candidate.values) {
        let _ = write!(text, ", {} = {value}", tuned.key);
    }
    text
}
