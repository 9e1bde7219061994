//! `report.json`: everything that the report says, for programs. docs/for-programs.md describes it.

use analysis::{Interval, Median, Summary};
use serde_json::{Value, json};
use store::{Expectation, Goal, ReadAt};

use crate::accounting::Counts;
use crate::across::AllTasks;
use crate::answer;
use crate::comparison::Comparison;
use crate::model::Report;
use crate::scores::{ArmScores, TaskScores};
use crate::solving::Solving;
use crate::verdict::{Judged, OnTask};

/// Version of the format: within one, keys keep their meaning, and new ones may be added.
const FORMAT: u32 = 1;

/// The report as one JSON object, indented.
pub(crate) fn render(report: &Report, over_tasks: Option<&AllTasks>) -> String {
    let plan = &report.plan;
    let accounting = &report.accounting;
    let facts = report.origin.facts.iter().chain(&report.origin.data);
    let facts = facts.map(|fact| {
        let values =
            fact.values.iter().map(|(value, runs)| json!({ "value": value, "runs": runs }));
        json!({ "name": fact.name, "values": values.collect::<Vec<_>>() })
    });
    let value = json!({
        "format": FORMAT,
        "experiment": plan.experiment,
        "question": plan.question, "source": plan.source,
        "baseline": plan.baseline,
        "seeds": plan.seeds,
        "comparisons": plan.comparisons(),
        "answer": answer::sentences(report),
        "claims": report.verdicts.iter().map(|it| claim(report, it)).collect::<Vec<_>>(),
        "tasks": report.tasks.iter().map(|it| task(report, it)).collect::<Vec<_>>(),
        "all_tasks": over_tasks.map(|it| all_tasks(report, it)),
        "limits": report.limits,
        "runs": counts(&accounting.total),
        "seconds": { "finished": accounting.finished_seconds, "unfinished": accounting.unfinished_seconds },
        "unplanned": accounting.unplanned,
        "provenance": facts.collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

fn counts(counts: &Counts) -> Value {
    let Counts { planned, finished, diverged, at_rung, failed, .. } = *counts;
    let Counts { stopped, running, missing, not_needed, .. } = *counts;
    json!({
        "planned": planned, "finished": finished, "diverged": diverged, "at_rung": at_rung,
        "failed": failed, "stopped": stopped, "running": running, "missing": missing, "not_needed": not_needed,
    })
}

fn summary(summary: Option<Summary>) -> Value {
    let Some(Summary { n, mean, min, max, spread }) = summary else { return Value::Null };
    json!({
        "n": n, "mean": mean, "min": min, "max": max,
        "sd": spread.map(|it| it.sd),
        "low": spread.map(|it| it.interval.low), "high": spread.map(|it| it.interval.high),
    })
}

fn comparison(it: &Comparison, goal: Goal) -> Value {
    json!({
        "difference": summary(it.difference),
        "p": it.p.map(|it| it.p), "p_error": it.p.and_then(|it| it.error), "p_holm": it.adjusted,
        "d": it.standardised, "better_in": it.better,
        "pairs": it.pairs(), "incomplete": it.incomplete,
        "finding": format!("{:?}", it.finding(goal)).to_lowercase(),
    })
}

fn solving(it: &Solving) -> Value {
    json!({
        "solved": it.rate.hits, "of": it.rate.of,
        "low": it.interval.map(|it| it.low), "high": it.interval.map(|it| it.high),
        "steps_median": it.median,
        "steps_low": it.median_interval.map(|it| it.0),
        "steps_high": it.median_interval.and_then(|it| it.1),
        "never": it.times.iter().filter(|it| !it.happened).count(), "watched": it.times.len(),
    })
}

fn arm(report: &Report, arm: &ArmScores, goal: Goal) -> Value {
    let condition = &report.plan.conditions[arm.condition];
    let planned = &report.plan.arms[arm.arm];
    json!({
        "arm": planned.name,
        "architecture": planned.architecture,
        "folder": format!("runs/{}", condition.folder),
        "identity": condition.identity,
        "runs": counts(&arm.counts),
        "score": summary(arm.primary),
        "score_at_the_other_weights": summary(arm.other),
        "median": match arm.median {
            None => Value::Null,
            Some(Median::Score(score)) => json!(score),
            Some(Median::Lost) => json!("diverged"),
        },
        "versus_baseline": arm.versus.as_ref().map(|it| comparison(it, goal)),
        "solving": arm.solving.as_ref().map(solving),
        "parts": arm.parts.iter().map(|it| summary(*it)).collect::<Vec<_>>(),
        "parameters": arm.parameters,
        "state": condition.sizes.and_then(|it| it.state),
        "multiply_adds": condition.sizes.map(|it| it.multiply_adds),
        "steps_per_second": arm.steps_per_second,
        "train_seconds": arm.train_seconds,
        "peak_memory": arm.peak_memory,
    })
}

fn task(report: &Report, scores: &TaskScores) -> Value {
    let task = &report.plan.tasks[scores.task];
    let metric = &task.metric;
    json!({
        "task": task.label,
        "kind": task.kind,
        "metric": metric.name,
        "goal": if metric.goal == Goal::Minimize { "minimize" } else { "maximize" },
        "weights": if metric.at == ReadAt::Best { "best" } else { "final" },
        "trivial": task.trivial.get(&metric.name),
        "parts": task.parts.iter().map(|part| &part.name).collect::<Vec<_>>(),
        "arms": scores.arms.iter().map(|it| arm(report, it, metric.goal)).collect::<Vec<_>>(),
    })
}

fn all_tasks(report: &Report, all: &AllTasks) -> Value {
    let name = |arm: usize| &report.plan.arms[all.arms[arm].arm].name;
    let statistic = |it: Option<(f64, Option<Interval>)>| {
        let interval = it.and_then(|it| it.1);
        json!({
            "value": it.map(|it| it.0),
            "low": interval.map(|it| it.low), "high": interval.map(|it| it.high),
        })
    };
    let rank = |index: usize| {
        let ranked = all.ranked.as_ref()?;
        ranked.order.iter().find(|it| it.0 == index).map(|it| it.1)
    };
    let arms = all.arms.iter().enumerate().map(|(index, arm)| {
        json!({
            "arm": name(index),
            "interquartile_mean": statistic(arm.mean), "optimality_gap": statistic(arm.gap),
            "better_in": arm.better, "mean_rank": rank(index),
        })
    });
    let pairs = all.pairs.iter().map(|(&(left, right), record)| {
        let [better, same, worse] = record.counts;
        json!({
            "left": name(left), "right": name(right),
            "better": better, "same": same, "worse": worse,
            "difference": record.difference, "p_holm": record.p,
        })
    });
    json!({
        "tasks": all.tasks.iter().map(|&it| &report.plan.tasks[it].label).collect::<Vec<_>>(),
        "arms": arms.collect::<Vec<_>>(),
        "pairs": pairs.collect::<Vec<_>>(),
    })
}

fn claim(report: &Report, judged: &Judged) -> Value {
    let (expect, margin) = match judged.claim.expect {
        Expectation::Greater { margin } => ("greater", margin),
        Expectation::Less { margin } => ("less", margin),
        Expectation::Equivalent { margin } => ("equivalent", margin),
    };
    let on_task = |on: &OnTask| {
        json!({
            "task": report.plan.tasks[on.task].label, "part": on.part,
            "difference": summary(on.difference),
            "means": on.means,
            "incomplete": on.incomplete,
            "p_for": on.support, "p_against": on.refute,
            "folders": on.folders(&report.plan),
        })
    };
    json!({
        "text": judged.claim.text,
        "left": judged.claim.left, "right": judged.claim.right,
        "expect": expect, "margin": margin,
        "metric": judged.claim.metric, "part": judged.claim.parts, "published": judged.claim.published,
        "post_hoc": judged.claim.post_hoc,
        "verdict": judged.verdict.word(),
        "p_holm": judged.p, "family": judged.family, "pairs_needed": judged.needed,
        "tasks": judged.tasks.iter().map(on_task).collect::<Vec<_>>(),
    })
}
