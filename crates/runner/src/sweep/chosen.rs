//! What tuning chose, taken over by the main runs.

use experiment::Experiment;
use store::SweepFolder;

use crate::exit::Failure;

/// Gives the main runs the configurations that tuning chose, as far as its runs are
/// finished; what was chosen before is forgotten.
///
/// # Errors
/// [`Failure::Usage`] if a result cannot be read.
pub fn settle(experiment: &mut Experiment, folder: &SweepFolder) -> Result<(), Failure> {
    let chosen = folder.choose(&experiment.plan).map_err(Failure::usage)?;
    let Some(tuning) = &experiment.plan.tuning else { return Ok(()) };
    for chosen in chosen.iter().flatten() {
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
            let warning = format!(
                "tuning chose the smallest or largest {key} that was tried for {arm} on {task}: \
                 a better one may lie beyond"
            );
            if !experiment.warnings.contains(&warning) {
                experiment.warnings.push(warning);
            }
        }
    }
    experiment.plan.settle(chosen);
    Ok(())
}
