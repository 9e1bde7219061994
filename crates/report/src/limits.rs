//! What the data at hand cannot show, said by the data.

use std::collections::BTreeSet;

use analysis::{PAIRS_NEEDED, sign_flip_floor};
use store::{Plan, Rounds};
use text::counted;

use crate::accounting::{Accounting, Counts};
use crate::format::{first_of as list, plain};
use crate::origin::{Fact, Origin};
use crate::scores::{ArmScores, TaskScores};

/// Parameters may differ by this share before the report says so.
const MATCHED: f64 = 0.05;

/// The limits, most important first.
pub(crate) fn find(
    plan: &Plan,
    baseline: usize,
    accounting: &Accounting,
    tasks: &[TaskScores],
    origin: &Origin,
) -> Vec<String> {
    let mut limits = Vec::new();
    limits.extend(unfinished(&accounting.total));
    match plan.rounds {
        None => {
            limits.extend(added_seeds(plan));
            limits.extend(few_seeds(plan, tasks));
        }
        Some(rounds) => limits.push(adaptive(rounds, accounting)),
    }
    limits.extend(untuned(plan));
    for task in tasks {
        limits.extend(diverged(plan, task));
        limits.extend(censored(plan, task));
        limits.extend(not_learned(plan, task));
        limits.extend(unmatched_parameters(plan, baseline, task));
    }
    if let [task] = plan.tasks.as_slice() {
        let name = &task.label;
        limits.push(format!(
            "One task, {name}: nothing here says whether the result holds on others."
        ));
    }
    limits.extend(origin.facts.iter().filter_map(mixed));
    limits.extend(changed_data(plan, &origin.data));
    if origin.unrecorded > 0 {
        let runs = counted(origin.unrecorded, "started run");
        limits.push(format!("{runs} recorded no provenance: what computed them is not known."));
    }
    if !accounting.unplanned.is_empty() {
        let folders = counted(accounting.unplanned.len(), "folder");
        limits.push(format!(
            "{folders} under runs/ belong to no arm of the present plan and are in no number here."
        ));
    }
    limits
}

fn added_seeds(plan: &Plan) -> Option<String> {
    let first = plan.seeds_before_results?;
    let added = plan.seeds.len().saturating_sub(first);
    let planned = counted(first, "seed");
    let was = if first == 1 { "was" } else { "were" };
    Some(format!(
        "{planned} {was} planned before the first result, and {added} more came later. If the results were the \
         reason, differences are found more often than the p-values say; seeds until decided \
         (`until = \"decided\"`) may be looked at."
    ))
}

fn unfinished(total: &Counts) -> Option<String> {
    let unknown = total.unknown();
    (unknown > 0).then(|| {
        format!(
            "Of {} {unknown} are without a result (failed {}, stopped {}, running {}, missing {}): \
             every number here is provisional and may move when they have one.",
            counted(total.planned, "planned run"),
            total.failed,
            total.stopped,
            total.running,
            total.missing
        )
    })
}

/// What stopping when it is decided does to the numbers.
fn adaptive(rounds: Rounds, accounting: &Accounting) -> String {
    format!(
        "Seeds were added until decided: {} of every arm, then one at a time where something was \
         open; {} were not needed. The tests allow for that: the chance to find any difference \
         where there is none is at most 5 %. Means and intervals do not: of an arm that was decided \
         early they are somewhat too far from the baseline's.",
        counted(rounds.first, "seed"),
        counted(accounting.total.not_needed, "planned run")
    )
}

/// What too few seeds cannot establish, whatever they show.
fn few_seeds(plan: &Plan, tasks: &[TaskScores]) -> Option<String> {
    if plan.arms.len() < 2 {
        return Some("One arm: there is nothing to compare it with.".into());
    }
    let arms = || tasks.iter().flat_map(|task| &task.arms);
    let most = arms().filter_map(ArmScores::difference).map(|it| it.n).max();
    let (needed, comparisons) = (plan.paired_seeds_needed() as usize, plan.comparisons());
    let of = counted(comparisons as usize, "comparison");
    match most {
        None => Some(format!(
            "No arm shares a scored seed with the baseline yet, so there is no difference to judge \
             ({} planned).",
            counted(plan.seeds.len(), "seed")
        )),
        Some(most) if most < PAIRS_NEEDED => Some(format!(
            "{} cannot establish any difference, however large: the smallest p that the test can \
             give is {}, and for {of} it takes {needed}. Take the differences as estimates to plan \
             with, not as findings.",
            if most == 1 { "One paired seed".into() } else { format!("{most} paired seeds") },
            plain(sign_flip_floor(most))
        )),
        Some(most) if most < needed => Some(format!(
            "With {most} paired seeds not all of {of} can be told apart, however large the \
             differences: for the first of them that takes {needed}."
        )),
        Some(_) => fewest(plan, tasks, needed),
    }
}

/// Arms that lost too many seeds although others kept enough.
fn fewest(plan: &Plan, tasks: &[TaskScores], needed: usize) -> Option<String> {
    let short = |arm: &&ArmScores| arm.versus.as_ref().is_some_and(|it| it.pairs() < needed);
    let of_task = |task: &TaskScores| -> Vec<String> {
        let label = &plan.tasks[task.task].label;
        let arms = task.arms.iter().filter(short);
        arms.map(|arm| format!("{} on {label}", plan.arms[arm.arm].name)).collect()
    };
    let cases: Vec<String> = tasks.iter().flat_map(of_task).collect();
    (!cases.is_empty()).then(|| {
        format!(
            "Fewer than {needed} paired seeds are left for {}: there the test may have nothing to \
             find a difference with.",
            list(&cases)
        )
    })
}

/// What a reviewer names first: that the comparison may be one of settings.
fn untuned(plan: &Plan) -> Option<String> {
    if plan.arms.len() < 2 {
        return None;
    }
    let Some(tuning) = &plan.tuning else {
        return Some(
            "No arm was tuned: the learning rate and the number of steps may suit one arm better \
             than another, and a difference may be one of settings. [tune] in the experiment file \
             gives every arm the same trials."
                .into(),
        );
    };
    let over: Vec<&str> = tuning.over.iter().map(|it| it.key.as_str()).collect();
    let edges: BTreeSet<&str> =
        tuning.chosen.iter().flatten().flat_map(|it| &it.edges).map(String::as_str).collect();
    let edges: Vec<&str> = edges.into_iter().collect();
    let at_edge = if edges.is_empty() {
        String::new()
    } else {
        format!(
            " For some arms the best {} is the outermost tried: a better one may lie beyond.",
            list(&edges)
        )
    };
    Some(format!("Only {} was tuned, for every arm alike.{at_edge}", list(&over)))
}

fn diverged(plan: &Plan, task: &TaskScores) -> Option<String> {
    let lost = |arm: &&ArmScores| arm.counts.diverged > 0;
    let arms: Vec<String> = task
        .arms
        .iter()
        .filter(lost)
        .map(|arm| {
            let Counts { diverged, finished, .. } = arm.counts;
            format!("{} ({diverged} of {})", plan.arms[arm.arm].name, diverged + finished)
        })
        .collect();
    (!arms.is_empty()).then(|| {
        format!(
            "On {} runs diverged: {}. Means and differences of these arms describe only the runs \
             that did not, and so flatter them.",
            plan.tasks[task.task].label,
            list(&arms)
        )
    })
}

/// Runs whose end is not known, since `[halving]` stopped them: which ones it stopped was
/// decided by scores, so leaving them out is no accident.
fn censored(plan: &Plan, task: &TaskScores) -> Option<String> {
    let stopped = |arm: &&ArmScores| arm.counts.at_rung > 0;
    let arms: Vec<String> = task
        .arms
        .iter()
        .filter(stopped)
        .map(|arm| {
            let Counts { at_rung, planned, .. } = arm.counts;
            format!("{} ({at_rung} of {planned})", plan.arms[arm.arm].name)
        })
        .collect();
    (!arms.is_empty()).then(|| {
        format!(
            "On {} successive halving stopped runs at a rung: {}. They are in no mean and no \
             difference; that they were among the worse there does not say how they would have \
             ended. The arms that went on were chosen by validation scores of these same seeds, \
             which flatters them beside the baseline, which nothing stops.",
            plan.tasks[task.task].label,
            list(&arms)
        )
    })
}

fn not_learned(plan: &Plan, task: &TaskScores) -> Option<String> {
    let planned = &plan.tasks[task.task];
    let trivial = *planned.trivial.get(&planned.metric.name)?;
    let worse = |arm: &&ArmScores| arm.beats(trivial, planned.metric.goal) == Some(false);
    let arms: Vec<&str> =
        task.arms.iter().filter(worse).map(|arm| plan.arms[arm.arm].name.as_str()).collect();
    (!arms.is_empty()).then(|| {
        format!(
            "On {} the mean of {} is no better than the trivial prediction ({}): a difference \
             that involves such an arm says who learned anything, not who learned better.",
            planned.label,
            list(&arms),
            plain(trivial)
        )
    })
}

fn unmatched_parameters(plan: &Plan, baseline: usize, task: &TaskScores) -> Option<String> {
    let own = task.arms.iter().find(|arm| arm.arm == baseline)?.parameters;
    let unmatched =
        |arm: &&ArmScores| (arm.parameters as f64 - own as f64).abs() > MATCHED * own as f64;
    let arms: Vec<String> = task
        .arms
        .iter()
        .filter(unmatched)
        .map(|arm| {
            let percent = 100.0 * (arm.parameters as f64 / own as f64 - 1.0);
            format!("{} ({percent:+.0} %)", plan.arms[arm.arm].name)
        })
        .collect();
    (!arms.is_empty()).then(|| {
        format!(
            "On {} the parameters of {} differ from the baseline's by more than {:.0} %: their \
             differences mix the change with a change of size.",
            plan.tasks[task.task].label,
            list(&arms),
            100.0 * MATCHED
        )
    })
}

fn mixed(fact: &Fact) -> Option<String> {
    // Resuming under another command line changes no run.
    (fact.values.len() > 1 && fact.name != "command").then(|| {
        let values: Vec<String> = fact
            .values
            .iter()
            .map(|(value, runs)| format!("{value} ({})", counted(*runs, "run")))
            .collect();
        format!("The runs differ in {}: {}.", fact.name, list(&values))
    })
}

fn changed_data(plan: &Plan, data: &[Fact]) -> Vec<String> {
    let tasks = plan.tasks.iter().zip(data);
    let changed =
        tasks.filter(|(task, fact)| fact.values.iter().any(|(it, _)| *it != task.checksum));
    let text = |(task, fact): (&store::PlannedTask, &Fact)| {
        let runs =
            fact.values.iter().filter(|(it, _)| *it != task.checksum).map(|(_, runs)| runs).sum();
        format!(
            "On {} {} used other data than the plan names (see Provenance).",
            task.label,
            counted(runs, "run")
        )
    };
    changed.map(text).collect()
}
