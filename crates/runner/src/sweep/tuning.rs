//! The tuning of a sweep: its runs before the main runs.

use crate::exit::Failure;
use crate::sweep::opened::{PlannedRun, Sweep};

/// The tuning as a sweep of its own on the same folder, and all its runs; `None` where
/// there is none.
///
/// # Errors
/// [`Failure::Usage`] if a run folder cannot be read.
pub fn view(sweep: &Sweep) -> Result<Option<(Sweep, Vec<PlannedRun>)>, Failure> {
    let Some(tuning) = &sweep.experiment.plan.tuning else { return Ok(None) };
    let mut view = sweep.clone();
    let plan = &mut view.experiment.plan;
    plan.conditions = tuning.candidates.iter().map(|it| it.condition.clone()).collect();
    plan.seeds.clone_from(&tuning.seeds);
    plan.tuning = None;
    plan.keep = store::Keep::None;
    plan.probes = Some(0);
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
