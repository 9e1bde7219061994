//! The runs of a plan as trackers name them.

use std::sync::Arc;

use store::{Condition, Plan, RunFolder, SweepFolder};

use crate::names;

/// A run as trackers are told of it.
#[derive(Debug, Clone)]
pub struct Run {
    /// Name of the experiment.
    pub experiment: Arc<str>,
    /// Name of the arm, as it was given.
    pub arm: Arc<str>,
    /// Label of the task, as it was given.
    pub task: Arc<str>,
    /// Replicate seed.
    pub seed: u64,
    /// `ARM/TASK/seed-N` of names that are safe as folders; no two runs share it.
    pub place: String,
    /// Its folder.
    pub folder: RunFolder,
    /// The arm on the task, with the resolved configuration.
    pub condition: Arc<Condition>,
}

impl Run {
    /// `ARM/TASK/seed-N`, of the names as they were given.
    pub fn label(&self) -> String {
        format!("{}/{}/seed-{}", self.arm, self.task, self.seed)
    }

    /// Every main run of a plan, seeds within conditions. Those that tuning tries have no names of
    /// their own and are left out.
    pub(crate) fn all(sweep: &SweepFolder, plan: &Plan) -> Vec<Self> {
        let arm_folders = names::folders(plan.arms.iter().map(|arm| &*arm.name));
        let task_folders = names::folders(plan.tasks.iter().map(|task| &*task.label));
        let experiment: Arc<str> = plan.experiment.as_str().into();
        let of_condition = |condition: &Condition| {
            let arm: Arc<str> = plan.arms[condition.arm].name.as_str().into();
            let task: Arc<str> = plan.tasks[condition.task].label.as_str().into();
            let at = format!("{}/{}", arm_folders[condition.arm], task_folders[condition.task]);
            let condition = Arc::new(condition.clone());
            let run = |&seed: &u64| Self {
                experiment: Arc::clone(&experiment),
                arm: Arc::clone(&arm),
                task: Arc::clone(&task),
                seed,
                place: format!("{at}/seed-{seed}"),
                folder: sweep.run(&condition, seed),
                condition: Arc::clone(&condition),
            };
            plan.seeds.iter().map(run).collect::<Vec<_>>()
        };
        plan.conditions.iter().flat_map(of_condition).collect()
    }
}
