//! `--only`: a part of the planned runs.

use store::Plan;

use crate::exit::Failure;
use crate::sweep::PlannedRun;

/// Conditions that a run must meet together, such as `arm=gru,seed=0`.
struct Term {
    arm: Option<String>,
    task: Option<String>,
    seed: Option<u64>,
}

impl Term {
    fn parse(text: &str, plan: &Plan) -> Result<Self, Failure> {
        let mut term = Self { arm: None, task: None, seed: None };
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| {
                Failure::usage(format!("--only {text}: \"{part}\" is not KEY=VALUE"))
            })?;
            let (key, value) = (key.trim(), value.trim());
            let known = |what: &str, names: Vec<&str>| {
                if names.contains(&value) {
                    return Ok(Some(value.to_owned()));
                }
                let names = names.join(", ");
                Err(Failure::usage(format!(
                    "--only {text}: no {what} \"{value}\"; there are {names}"
                )))
            };
            match key {
                "arm" => {
                    term.arm =
                        known("arm", plan.arms.iter().map(|arm| arm.name.as_str()).collect())?;
                }
                "task" => {
                    term.task =
                        known("task", plan.tasks.iter().map(|task| task.label.as_str()).collect())?;
                }
                "seed" => {
                    term.seed = Some(value.parse().map_err(|_| {
                        Failure::usage(format!("--only {text}: seed \"{value}\" is no number"))
                    })?);
                }
                _ => {
                    let text = format!("--only {text}: \"{key}\" is not one of arm, task, seed");
                    return Err(Failure::Usage(text));
                }
            }
        }
        Ok(term)
    }

    fn holds(&self, run: &PlannedRun, plan: &Plan) -> bool {
        let condition = &plan.conditions[run.condition];
        // An arm that shares another's runs selects them too.
        let same = |index: usize| plan.conditions[index].identity == condition.identity;
        let sharing = || (0..plan.conditions.len()).filter(|&index| same(index));
        let arm = |name: &String| {
            sharing().any(|index| plan.arms[plan.conditions[index].arm].name == *name)
        };
        let task = |label: &String| {
            sharing().any(|index| plan.tasks[plan.conditions[index].task].label == *label)
        };
        self.arm.as_ref().is_none_or(arm)
            && self.task.as_ref().is_none_or(task)
            && self.seed.is_none_or(|seed| seed == run.seed)
    }
}

/// The runs that meet at least one expression; all of them where there is none.
///
/// # Errors
/// [`Failure::Usage`] for an expression that names nothing.
pub fn select(
    runs: Vec<PlannedRun>,
    expressions: &[String],
    plan: &Plan,
) -> Result<Vec<PlannedRun>, Failure> {
    let terms: Vec<_> =
        expressions.iter().map(|text| Term::parse(text, plan)).collect::<Result<_, _>>()?;
    let selected =
        |run: &PlannedRun| terms.is_empty() || terms.iter().any(|term| term.holds(run, plan));
    Ok(runs.into_iter().filter(selected).collect())
}
