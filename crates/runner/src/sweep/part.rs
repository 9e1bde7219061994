//! A part of a sweep that is run in one go: its tuning, or its main runs.

use std::collections::{BTreeSet, HashMap};

use scheduler::{Contest, Phased, Phases, QueuedRun};
use store::{Plan, ReadAt, RunState};

use crate::arguments::{Rerun, RunArguments, Stale};
use crate::command::device;
use crate::exit::Failure;
use crate::output::say;
use crate::sweep::opened::{PlannedRun, Sweep};
use crate::sweep::selection::Selection;

/// A part of a sweep.
pub struct Part<'a> {
    /// The sweep, or its tuning as one.
    pub sweep: &'a Sweep,
    /// All its runs, also those that are not selected: what competes with them counts.
    pub runs: Vec<PlannedRun>,
    selected: Vec<bool>,
    /// What is left of them, phase by phase.
    pub phases: Phases,
}

impl<'a> Part<'a> {
    /// The selected ones of `runs`, which are all runs of `sweep`. `competing` is the plan
    /// whose `[halving]` holds for them.
    pub fn new(
        arguments: &RunArguments,
        selection: &Selection,
        competing: Option<&Plan>,
        sweep: &'a Sweep,
        runs: Vec<PlannedRun>,
    ) -> Self {
        let selected = selection.select(&runs, &sweep.experiment.plan);
        let (rerun_failed, rerun_stale) =
            (arguments.rerun == Some(Rerun::Failed), arguments.stale == Stale::Rerun);
        let phased = |(index, (run, &is_selected)): (usize, (&PlannedRun, &bool))| {
            let queued = QueuedRun::new(index, run.label.as_str(), run.folder.clone());
            let replace = rerun_stale.then(|| run.current.clone());
            let state = run.state.clone();
            Phased { run: QueuedRun { rerun_failed, replace, ..queued }, state, is_selected }
        };
        let all = runs.iter().zip(&selected).enumerate().map(phased).collect();
        let contests = competing.map_or_else(Vec::new, |plan| contests(plan, sweep, &runs));
        Self { sweep, phases: Phases::new(all, contests), runs, selected }
    }

    /// The runs that are selected.
    pub fn selected(&self) -> impl Iterator<Item = &PlannedRun> {
        self.runs.iter().zip(&self.selected).filter_map(|(run, &it)| it.then_some(run))
    }

    /// Of the selected runs, those whose state meets `test`.
    pub fn count(&self, test: fn(&RunState) -> bool) -> usize {
        self.selected().filter(|run| test(&run.state)).count()
    }

    /// Refuses a backend without a device before anything is written.
    ///
    /// # Errors
    /// [`Failure::Usage`].
    pub fn check_backends(&self, queue: &[QueuedRun]) -> Result<(), Failure> {
        let plan = &self.sweep.experiment.plan;
        let conditions = queue.iter().map(|run| self.runs[run.index].condition);
        let backends: BTreeSet<_> =
            conditions.map(|condition| &plan.conditions[condition].config.backend).collect();
        for backend in backends {
            device::ask(backend)?;
        }
        Ok(())
    }

    /// Says which runs other code or data computed, or refuses them.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there are any and they are refused.
    pub fn say_what_is_stale(&self, choice: Stale) -> Result<(), Failure> {
        let stale: Vec<_> =
            self.selected().filter_map(|run| Some((&run.label, run.stale?))).collect();
        let Some((label, what)) = stale.first() else { return Ok(()) };
        let text = format!("{} runs are stale, such as {label}: {what}", stale.len());
        match choice {
            Stale::Error => {
                return Err(Failure::usage(format!("{text}; --stale rerun computes them anew")));
            }
            Stale::Keep => {
                say::note(format_args!("{text}; they are kept, --stale rerun computes them anew"));
            }
            Stale::Rerun => {
                say::note(format_args!("{text}; they are set aside and computed anew"));
            }
        }
        Ok(())
    }

    /// Says which finished runs have not kept the weights that the plan asks for now.
    ///
    /// # Errors
    /// [`Failure::Usage`] if a result cannot be read.
    pub fn say_what_kept_nothing(&self) -> Result<(), Failure> {
        let keep = self.sweep.experiment.plan.keep;
        if keep.is_none() {
            return Ok(());
        }
        let mut without = Vec::new();
        let is_finished = |run: &&PlannedRun| matches!(run.state, RunState::Finished(_));
        for run in self.selected().filter(is_finished) {
            let Some(result) = run.folder.result().map_err(Failure::usage)? else { continue };
            let lacks = |at| {
                let kept = result.weights.contains_key(ReadAt::file(at));
                keep.keeps(at) && result.score(at).is_some() && !kept
            };
            if [ReadAt::Best, ReadAt::Final].into_iter().any(lacks) {
                without.push(&run.label);
            }
        }
        if let Some(first) = without.first() {
            say::note(format_args!(
                "{} of the finished runs did not keep the weights that `keep` asks for now, such as \
                 {first}; to have them, delete the folders of these runs and start again",
                without.len()
            ));
        }
        Ok(())
    }

    /// Says which rungs are not decided and what they wait for; how many there are.
    ///
    /// # Errors
    /// [`Failure::Usage`] if a run folder cannot be read.
    pub fn say_what_is_undecided(&mut self) -> Result<usize, Failure> {
        let undecided = self.phases.undecided().map_err(Failure::usage)?;
        for rung in &undecided {
            let waits_for = rung.waits_for.iter().map(|&run| &self.runs[run]);
            let runs = some_of(waits_for)?;
            let (step, contest) = (rung.step, &rung.contest);
            say::note(format_args!("the rung at step {step} of {contest} waits for {runs}"));
        }
        Ok(undecided.len())
    }
}

/// How many runs these are, with the first of them and what became of it.
pub fn some_of<'a>(mut runs: impl Iterator<Item = &'a PlannedRun>) -> Result<String, Failure> {
    let Some(first) = runs.next() else { return Ok("nothing".into()) };
    let label = match first.folder.state().map_err(Failure::usage)? {
        RunState::Failed { class, .. } => format!("{} (failed: {class})", first.label),
        RunState::Running => format!("{} (another runner has it)", first.label),
        _ => first.label.clone(),
    };
    Ok(match runs.count() {
        0 => label,
        more => format!("{} runs, such as {label}", more + 1),
    })
}

/// What competes under `[halving]` of `plan`; `runs` are all runs of `sweep`, whose
/// conditions are the competitors.
fn contests(plan: &Plan, sweep: &Sweep, runs: &[PlannedRun]) -> Vec<Contest> {
    let Some(halving) = &plan.halving else { return Vec::new() };
    let conditions = &sweep.experiment.plan.conditions;
    let places: HashMap<_, _> = runs
        .iter()
        .enumerate()
        .map(|(place, run)| ((conditions[run.condition].identity.as_str(), run.seed), place))
        .collect();
    let contest = |competition: store::Competition| {
        let task = &plan.tasks[competition.task];
        let of_member = |&member: &usize| {
            let identity = plan.competitor(member).identity.as_str();
            let seeds = sweep.experiment.plan.seeds.iter();
            seeds.filter_map(|&seed| places.get(&(identity, seed)).copied()).collect()
        };
        let first = competition.members.first();
        let label = match (&plan.tuning, first) {
            (Some(_), Some(&first)) => {
                let arm = &plan.arms[plan.competitor(first).arm].name;
                format!("tuning {arm} on {}", task.label)
            }
            _ => task.label.clone(),
        };
        Contest {
            label,
            halving: halving.clone(),
            metric: task.metric.name.clone(),
            goal: task.metric.goal,
            competitors: competition.members.iter().map(of_member).collect(),
        }
    };
    plan.competitions().into_iter().map(contest).collect()
}
