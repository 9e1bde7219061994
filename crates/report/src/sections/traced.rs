//! Provenance: what computed the runs and where they are.

use text::counted;

use crate::document::{Block, Line, Section, Table};
use crate::format::{NONE, duration, list};
use crate::model::Report;
use crate::origin::Fact;

pub(super) fn section(report: &Report) -> Section {
    let blocks = vec![
        Block::Table(facts(report)),
        Block::Text("Every number comes from the runs of these conditions:".into()),
        Block::Table(conditions(report)),
    ];
    Section { heading: "Provenance".into(), blocks, folded: true }
}

fn facts(report: &Report) -> Table {
    let mut table = Table::new(&["What", "Value"]);
    for fact in &report.origin.facts {
        table.row(vec![(&fact.name).into(), values(fact).into()]);
    }
    for (task, fact) in report.plan.tasks.iter().zip(&report.origin.data) {
        table.row(vec![
            format!("data of {}, planned", task.label).into(),
            Line::default().code(&task.checksum).into(),
        ]);
        table.row(vec![format!("data of {}, read", task.label).into(), values(fact).into()]);
    }
    let seeds: Vec<String> = report.plan.seeds.iter().map(u64::to_string).collect();
    table.row(vec!["seeds".into(), list(&seeds).into()]);
    let accounting = &report.accounting;
    let tuning: f64 = report.tuned.iter().map(|it| it.seconds).sum();
    let total = accounting.finished_seconds + accounting.unfinished_seconds + tuning;
    table.row(vec![
        "total compute time".into(),
        format!("{} (all runs one after another, failed ones and tuning included; energy was not measured)", duration(total)).into(),
    ]);
    table
}

fn values(fact: &Fact) -> Line {
    match fact.values.as_slice() {
        [] => "not recorded".into(),
        [(value, _)] => literal(Line::default(), value),
        mixed => mixed.iter().enumerate().fold(Line::default(), |line, (index, (value, runs))| {
            let line = if index == 0 { line } else { line.text("; ") };
            literal(line, value).text(format!(" ({})", counted(*runs, "run")))
        }),
    }
}

fn literal(line: Line, value: &str) -> Line {
    if value.trim().is_empty() { line.text(NONE) } else { line.code(value) }
}

fn conditions(report: &Report) -> Table {
    let mut table = Table::new(&["Task", "Arm", "Folder", "Identity of the configuration"]);
    for condition in &report.plan.conditions {
        table.row(vec![
            (&report.plan.tasks[condition.task].label).into(),
            (&report.plan.arms[condition.arm].name).into(),
            Line::default().code(format!("runs/{}", condition.folder)).into(),
            Line::default().code(&condition.identity).into(),
        ]);
    }
    table
}
