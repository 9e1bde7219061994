//! The model that every format renders.

use store::{Factors, Plan, StoreError, SweepFolder};

use crate::accounting::Accounting;
use crate::origin::Origin;
use crate::runs::{self, Run, State};
use crate::scores::{ArmScores, TaskScores};
use crate::tuned::Tuned;
use crate::verdict::{self, Judged};
use crate::{ReportError, limits, rounds, scores, tuned};

/// Everything that the report says, as numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was asked.
    pub plan: Plan,
    /// Index of the baseline in [`Plan::arms`].
    pub baseline: usize,
    /// What tells the arms of a grid apart; `None` where their names do.
    pub factors: Option<Factors>,
    /// Every planned run, in the order of conditions and seeds.
    pub runs: Vec<Run>,
    /// What ran and what did not.
    pub accounting: Accounting,
    /// Results, in the order of [`Plan::tasks`].
    pub tasks: Vec<TaskScores>,
    /// The claims, in the plan's order, and what the data say of each.
    pub verdicts: Vec<Judged>,
    /// What tuning tried, by condition; empty without `[tune]`.
    pub tuned: Vec<Tuned>,
    /// What computed the runs.
    pub origin: Origin,
    /// What these data cannot show, one sentence or two each.
    pub limits: Vec<String>,
}

impl Report {
    /// The name of an arm.
    pub(crate) fn name_of(&self, arm: &ArmScores) -> &str {
        &self.plan.arms[arm.arm].name
    }

    /// What an arm is called where there is little room: of a grid's arms the values of its factors.
    pub(crate) fn label_of(&self, arm: &ArmScores) -> String {
        let values = self.factors.as_ref().map(|it| it.rows[arm.arm].join(", "));
        values.unwrap_or_else(|| self.name_of(arm).to_owned())
    }

    /// A title of what names arms so, with the factors that the values are of.
    pub(crate) fn with_factors(&self, title: String) -> String {
        match &self.factors {
            Some(factors) => format!("{title}; arms by {}", factors.keys.join(", ")),
            None => title,
        }
    }

    /// The runs of a condition, in the order of seeds.
    pub(crate) fn runs_of(&self, condition: usize) -> Vec<&Run> {
        let seeds = self.plan.seeds.len();
        // They are in the order of conditions, each with every seed.
        self.runs.iter().skip(condition * seeds).take(seeds).collect()
    }
}

/// Reads a results folder into the model that all formats render. Works at any moment of
/// a sweep: runs without a result are accounted for and left out of the scores.
///
/// # Errors
/// [`ReportError::Store`] if the plan or the folder's list of runs cannot be read, or the
/// plan contradicts itself.
pub fn build(sweep: &SweepFolder) -> Result<Report, ReportError> {
    let plan = sweep.plan()?;
    let baseline = plan.arms.iter().position(|arm| arm.name == plan.baseline);
    let baseline = baseline.ok_or_else(|| StoreError::Invalid {
        path: sweep.path().join("plan.json"),
        reason: "its baseline is no arm".into(),
    })?;
    let mut runs = runs::read(sweep, &plan);
    // While a round is under way, what comes after it is not known.
    if rounds::of_runs(&plan, &runs)?.is_some_and(|it| it.is_over) {
        for run in runs.iter_mut().filter(|run| run.state == State::Missing) {
            run.state = State::NotNeeded;
        }
    }
    let accounting = Accounting::new(sweep, &plan, &runs)?;
    let score = |task| TaskScores::new(&plan, task, baseline, &runs);
    let mut tasks = (0..plan.tasks.len()).map(score).collect::<Result<Vec<_>, _>>()?;
    scores::correct(&plan, &mut tasks);
    let verdicts = verdict::judge(&plan, &runs.iter().collect::<Vec<_>>())?;
    let tuned = tuned::read(sweep, &plan);
    let origin = Origin::new(&plan, &runs);
    let limits = limits::find(&plan, baseline, &accounting, &tasks, &origin);
    let factors = Factors::of(&plan.arms);
    Ok(Report { plan, baseline, factors, runs, accounting, tasks, verdicts, tuned, origin, limits })
}
