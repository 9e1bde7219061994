//! Sweeps beside each other: what changed from the first to each of the others.

use std::collections::{BTreeMap, BTreeSet};

use analysis::{Sample, Summary};
use serde_json::Value;
use store::{Goal, SweepFolder};
use text::counted;

use crate::ReportError;
use crate::comparison::{Comparison, Finding, correct};
use crate::document::{Block, Document, Line, Section, Table};
use crate::format::{NONE, first_of, mean, mean_difference, probability};
use crate::looks::Looks;
use crate::model::{Report, build};
use crate::runs::by_seed;
use crate::words::{metric_heading, weights};
use crate::{html, markdown};

/// How [`compare`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Markdown.
    Markdown,
    /// One self-contained page.
    Html,
}

/// What is compared: an arm on a task that two sweeps have under the same names.
struct Pair<'a> {
    task: &'a str,
    arm: &'a str,
    /// Scores of the first sweep and of the other.
    scores: [Sample; 2],
    comparison: Comparison,
    /// Seeds whose scores are the same to the last bit.
    same: usize,
    /// Keys of the configuration that differ, with both values.
    keys: Vec<String>,
    goal: Goal,
    heading: String,
}

/// The page that compares the sweeps of `folders`: the first one with each of the others, arm by arm
/// and seed by seed, with the statistics of the report and what differs in machine, code, data and
/// configuration.
///
/// # Errors
/// Those of [`build`]; [`ReportError::NothingInCommon`] where two sweeps have no arm on a task of
/// the same name.
pub fn compare(folders: &[SweepFolder], page: Page) -> Result<String, ReportError> {
    let reports = folders.iter().map(build).collect::<Result<Vec<_>, _>>()?;
    let [first, others @ ..] = &reports[..] else { return Ok(String::new()) };
    let name = |index: usize| folders[index].path().display().to_string();
    let mut sections = Vec::new();
    for (index, other) in others.iter().enumerate() {
        let names = [name(0), name(index + 1)];
        let pairs = pairs(first, other)?;
        if pairs.is_empty() {
            let [first, other] = names;
            return Err(ReportError::NothingInCommon { first, other });
        }
        sections.push(changes(&names, &pairs));
        sections.push(circumstances(&names, [first, other], &pairs));
    }
    let document = Document { title: "Comparison of sweeps".into(), arms: Vec::new(), sections };
    Ok(match page {
        Page::Markdown => markdown::render(&document),
        Page::Html => html::render(&document),
    })
}

fn pairs<'a>(first: &'a Report, other: &'a Report) -> Result<Vec<Pair<'a>>, ReportError> {
    let sample = |scores: &BTreeMap<u64, f64>| Sample::new(scores.values().copied());
    let mut pairs = Vec::new();
    for scores in &first.tasks {
        let task = &first.plan.tasks[scores.task];
        let Some(theirs) = other.plan.tasks.iter().position(|it| it.label == task.label) else {
            continue;
        };
        let metric = &other.plan.tasks[theirs].metric;
        if (&metric.name, metric.goal) != (&task.metric.name, task.metric.goal) {
            continue;
        }
        for arm in &scores.arms {
            let name = &first.plan.arms[arm.arm].name;
            let own = |it: &&crate::scores::ArmScores| other.plan.arms[it.arm].name == *name;
            let Some(their_arm) = other.tasks[theirs].arms.iter().find(own) else { continue };
            let conditions = [arm.condition, their_arm.condition];
            let ours = by_seed(first.runs_of(conditions[0]), task.metric.at);
            let its = by_seed(other.runs_of(conditions[1]), metric.at);
            let same = ours.iter().filter(|(seed, score)| {
                its.get(seed).is_some_and(|it| it.to_bits() == score.to_bits())
            });
            let same = same.count();
            let planned = first.plan.seeds.len().min(other.plan.seeds.len());
            let comparison =
                Comparison::new(&its, &ours, (planned, Looks::Once), task.metric.goal)?;
            let configs = [
                &first.plan.conditions[conditions[0]].config,
                &other.plan.conditions[conditions[1]].config,
            ];
            let [one, two] = configs.map(|it| serde_json::to_value(it).unwrap_or_default());
            let mut keys = Vec::new();
            changed(&one, &two, "", &mut keys);
            let heading = format!("{}, {}", metric_heading(task), weights(task.metric.at));
            pairs.push(Pair {
                task: &task.label,
                arm: name,
                scores: [sample(&ours)?, sample(&its)?],
                comparison,
                same,
                keys,
                goal: task.metric.goal,
                heading,
            });
        }
    }
    correct(pairs.iter_mut().map(|it| &mut it.comparison).collect());
    Ok(pairs)
}

impl Pair<'_> {
    fn finding(&self) -> Finding {
        self.comparison.finding(self.goal)
    }
}

/// The keys that two values differ in, dotted, with both.
fn changed(one: &Value, two: &Value, key: &str, keys: &mut Vec<String>) {
    if let (Value::Object(one), Value::Object(two)) = (one, two) {
        let names: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
        for name in names {
            let dotted = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            let value =
                |of: &serde_json::Map<String, Value>| of.get(name).cloned().unwrap_or_default();
            changed(&value(one), &value(two), &dotted, keys);
        }
    } else if one != two {
        keys.push(format!("{key}: {one} → {two}"));
    }
}

fn changes(names: &[String; 2], pairs: &[Pair]) -> Section {
    let [first, other] = names;
    let mut blocks = Vec::new();
    let of = |finding: Finding| pairs.iter().filter(|it| it.finding() == finding).count();
    let identical = pairs.iter().filter(|it| it.same > 0 && it.same == it.comparison.pairs());
    let sentence = format!(
        "Of {} on a task that both have, {} have the same scores to the last bit in every pair of \
         seeds; {} are better in the second and {} worse, beyond chance.",
        counted(pairs.len(), "arm"),
        identical.count(),
        of(Finding::Better),
        of(Finding::Worse)
    );
    blocks.push(Block::Text(Line::default().strong(sentence)));
    let headings = [
        "Task",
        "Arm",
        "Metric",
        "#first: mean ± sd",
        "#second: mean ± sd",
        "#second − first, 95 % paired t-interval",
        "#p, Holm",
        "#pairs",
        "#same to the last bit",
    ];
    let mut table = Table::new(&headings);
    for pair in pairs {
        let shown = |summary: Option<Summary>, how: fn(&Summary) -> String| {
            summary.as_ref().map_or_else(|| NONE.to_owned(), how)
        };
        let [first, second] = [0, 1].map(|side: usize| shown(pair.scores[side].summary(), mean));
        let difference = shown(pair.comparison.difference, mean_difference);
        let difference = match pair.finding() {
            Finding::Open => Line::from(difference),
            _ => Line::default().strong(difference),
        };
        table.row(vec![
            pair.task.into(),
            pair.arm.into(),
            (&pair.heading).into(),
            first.into(),
            second.into(),
            difference.into(),
            pair.comparison.adjusted.map_or_else(|| NONE.to_owned(), probability).into(),
            pair.comparison.pairs().to_string().into(),
            pair.same.to_string().into(),
        ]);
    }
    blocks.push(Block::Table(table));
    blocks.push(Block::Text(
        Line::from("First: ").code(first).text(". Second: ").code(other).text(
            ". Pairs are the same arm on the same task with the same seed; p is of the exact \
             two-sided sign-flip test, corrected by Holm over this table; in bold is what it finds.",
        ),
    ));
    Section { heading: format!("What changed: {first} and {other}"), blocks, folded: false }
}

/// What differs beside the scores.
fn circumstances(names: &[String; 2], reports: [&Report; 2], pairs: &[Pair]) -> Section {
    let mut items: Vec<Line> = Vec::new();
    let [one, two] = reports;
    let values = |fact: &crate::origin::Fact| {
        let values: Vec<&str> = fact.values.iter().map(|it| it.0.as_str()).collect();
        if values.is_empty() { "not recorded".to_owned() } else { values.join("; ") }
    };
    for fact in one.origin.facts.iter().filter(|it| it.name != "command") {
        let Some(other) = two.origin.facts.iter().find(|it| it.name == fact.name) else { continue };
        let (ours, its) = (values(fact), values(other));
        if ours != its {
            let line = Line::from(format!("{}: ", fact.name));
            items.push(line.code(ours).text(" and ").code(its).text("."));
        }
    }
    for task in &one.plan.tasks {
        let other = two.plan.tasks.iter().find(|it| it.label == task.label);
        if let Some(other) = other.filter(|it| it.checksum != task.checksum) {
            let line = Line::from(format!("data of {}: ", task.label));
            items.push(line.code(&task.checksum).text(" and ").code(&other.checksum).text("."));
        }
    }
    for pair in pairs.iter().filter(|it| !it.keys.is_empty()) {
        items.push(
            Line::from(format!("configuration of {} on {}: ", pair.arm, pair.task))
                .text(first_of(&pair.keys))
                .text("."),
        );
    }
    let only = |report: &Report| -> Vec<String> {
        let of = |condition: &store::Condition| {
            let (arm, task) =
                (&report.plan.arms[condition.arm].name, &report.plan.tasks[condition.task].label);
            let is_pair = pairs.iter().any(|it| it.arm == *arm && it.task == *task);
            (!is_pair).then(|| format!("{arm} on {task}"))
        };
        report.plan.conditions.iter().filter_map(of).collect()
    };
    for (name, report) in names.iter().zip(reports) {
        let only = only(report);
        if !only.is_empty() {
            items.push(Line::from("only in ").code(name).text(format!(": {}.", first_of(&only))));
        }
    }
    let blocks = if items.is_empty() {
        vec![Block::Text("Machine, backend, code, data and configurations are the same.".into())]
    } else {
        vec![Block::List(items)]
    };
    Section { heading: "What else differs".into(), blocks, folded: false }
}
