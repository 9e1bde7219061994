//! What the sections of the file come to, in sentences for `plan`.

use store::{Plan, Tuning};

use crate::text::problem::shown;

/// Widths that a budget chose, runs of tuning and halving, seeds that are needed.
pub(crate) fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    budget(plan, &mut notes);
    if let Some(tuning) = &plan.tuning {
        notes.push(tuned(plan, tuning));
    }
    if let Some(halving) = &plan.halving {
        let rungs: Vec<_> = halving.rungs.iter().map(u64::to_string).collect();
        let who = match &plan.tuning {
            Some(_) => "the candidates of each arm on each task",
            None => "the arms of each task but the baseline",
        };
        notes.push(format!(
            "of {who}, {} % go on past each of the steps {}",
            100.0 * halving.keep,
            rungs.join(", ")
        ));
    }
    if let Some(rounds) = plan.rounds {
        notes.push(format!(
            "seeds until decided: {} of every arm, then one more at a time where a claim or a \
             difference from the baseline is not decided, at most {}",
            counted(rounds.first, "seed"),
            plan.seeds.len()
        ));
    }
    let comparisons = plan.comparisons();
    let (needed, planned) = (plan.paired_seeds_needed() as usize, plan.seeds.len());
    if comparisons > 0 {
        let can = if planned < needed { "cannot" } else { "can" };
        notes.push(format!(
            "{} {can} show a difference at the 5 % level: {} {} at least {needed} (exact \
             sign-flip test, Holm)",
            counted(planned, "seed"),
            counted(comparisons as usize, "comparison"),
            if comparisons == 1 { "needs" } else { "need" },
        ));
    }
    notes
}

/// `3 seeds`, `1 seed`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn budget(plan: &Plan, notes: &mut Vec<String>) {
    let Some(budget) = &plan.budget else { return };
    for condition in plan.conditions.iter().filter(|it| budget.arms.binary_search(&it.arm).is_ok())
    {
        notes.push(format!(
            "budget of {} parameters: {} on {} has hidden={}, {} parameters ({:+.1} %)",
            budget.parameters,
            shown(&plan.arms[condition.arm].name),
            shown(&plan.tasks[condition.task].label),
            condition.config.model.hidden,
            condition.parameters,
            100.0 * budget.deviation(condition.parameters)
        ));
    }
}

fn tuned(plan: &Plan, tuning: &Tuning) -> String {
    let keys: Vec<_> = tuning.over.iter().map(|tuned| tuned.key.as_str()).collect();
    let sizes = tuning.candidates.chunk_by(|a, b| a.of == b.of).map(<[_]>::len);
    let (least, most) = sizes.fold((usize::MAX, 0), |(a, b), size| (a.min(size), b.max(size)));
    let each = if least == most {
        format!("{} for each arm on each task", counted(most, "candidate"))
    } else {
        // Not every arm has all the keys.
        format!("{least} to {most} candidates for an arm on a task")
    };
    format!(
        "{} {} tuned first: {each}, {} each, {} runs; the {} main runs depend on them",
        keys.join(", "),
        if keys.len() == 1 { "is" } else { "are" },
        counted(tuning.seeds.len(), "seed"),
        tuning.candidates.len() * tuning.seeds.len(),
        plan.conditions.len() * plan.seeds.len()
    )
}
