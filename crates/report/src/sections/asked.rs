//! What was compared, and on what.

use std::collections::BTreeSet;

use serde_json::Value;
use store::{Change, Plan, PlannedTask, Solved};
use text::counted;

use crate::document::{Block, Cell, Line, Section, Table};
use crate::format::{NONE, count, list, option as option_text, plain};
use crate::model::Report;
use crate::runs::lower_is_better;
use crate::words::weights;

pub(super) fn section(report: &Report) -> Section {
    let plan = &report.plan;
    let tables = [arms(plan), tasks(plan)].map(Block::Table);
    let mut blocks = vec![Block::Text(extent(plan))];
    if let Some(source) = &plan.source {
        let lines = [("The same as there: ", &source.same), ("Different: ", &source.differs)];
        let lines = lines.into_iter().filter(|it| !it.1.is_empty());
        blocks.extend(lines.map(|(what, text)| Block::Text(Line::from(what).text(text))));
    }
    blocks.extend(tables);
    Section { heading: "What was compared".into(), blocks, folded: false }
}

fn extent(plan: &Plan) -> Line {
    let steps = plan
        .conditions
        .iter()
        .map(|it| it.config.train.get("steps").map_or_else(|| NONE.into(), option_text));
    let steps: Vec<String> = steps.collect::<BTreeSet<_>>().into_iter().collect();
    let seeds: Vec<String> = plan.seeds.iter().map(u64::to_string).collect();
    Line::default().text(format!(
        "{} on {}, {} ({}), the same in every arm. Optimizer steps per run: {}. Baseline: {}.",
        counted(plan.arms.len(), "arm"),
        counted(plan.tasks.len(), "task"),
        counted(plan.seeds.len(), "seed"),
        list(&seeds),
        list(&steps),
        plan.baseline
    ))
}

fn arms(plan: &Plan) -> Table {
    let mut table = Table::new(&["Arm", "Architecture", "What it changes in the baseline"]);
    for arm in &plan.arms {
        let changes = match arm.changes.as_slice() {
            [] if arm.name == plan.baseline => "the baseline".into(),
            [] => "nothing".into(),
            changes => changes.iter().enumerate().fold(Line::default(), change),
        };
        table.row(vec![(&arm.name).into(), (&arm.architecture).into(), changes.into()]);
    }
    table
}

fn change(line: Line, (index, change): (usize, &Change)) -> Line {
    let line = if index == 0 { line } else { line.text("; ") };
    let from = change.from.as_ref().map_or_else(|| "unset".into(), option_text);
    line.code(&change.key).text(format!(": {from} → {}", option_text(&change.to)))
}

fn tasks(plan: &Plan) -> Table {
    let mut table = Table::new(&[
        "Task",
        "What is predicted",
        "Options",
        "Primary test metric",
        "#Sequences: training / validation / test",
    ]);
    for task in &plan.tasks {
        let [training, validation, test] = task.split_sizes.map(|size| count(size as u64));
        let training = if task.split_sizes[0] == 0 { "without end".into() } else { training };
        let others: Vec<_> = task.parts.iter().map(|part| count(part.sequences as u64)).collect();
        let others = match &others[..] {
            [] => String::new(),
            [first, rest @ ..] if rest.iter().all(|other| other == first) => {
                format!("; {} further parts of {first}", others.len())
            }
            _ => format!("; further parts of {}", others.join(", ")),
        };
        table.row(vec![
            (&task.label).into(),
            (&task.summary).into(),
            options(task),
            metric(task).into(),
            format!("{training} / {validation} / {test}{others}").into(),
        ]);
    }
    table
}

fn options(task: &PlannedTask) -> Cell {
    let option = |(key, it): (&String, &Value)| format!("{key} = {}", option_text(it));
    let options: Vec<String> = task.options.iter().map(option).collect();
    if options.is_empty() { NONE.into() } else { options.join(", ").into() }
}

fn metric(task: &PlannedTask) -> String {
    let metric = &task.metric;
    let way = if lower_is_better(metric.goal) { "lower is better" } else { "higher is better" };
    let solved = match metric.solved {
        None => String::new(),
        Some(Solved::Below(bound)) => format!("; solved below {}", plain(bound)),
        Some(Solved::Above(bound)) => format!("; solved above {}", plain(bound)),
    };
    format!("{}, {way}, at the {}{solved}", metric.name, weights(metric.at))
}
