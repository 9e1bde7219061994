//! What a task's metric is called.

use std::collections::HashSet;

use store::{PlannedTask, ReadAt};

use crate::runs::lower_is_better;

/// Where a score is read, in words that follow "at the".
pub(crate) const fn weights(at: ReadAt) -> &'static str {
    match at {
        ReadAt::Best => "weights best on validation",
        ReadAt::Final => "final weights",
    }
}

/// The primary metric with its split.
pub(crate) fn metric_name(task: &PlannedTask) -> String {
    format!("test {}", task.metric.name)
}

/// The primary metric with its split and direction.
pub(crate) fn metric_heading(task: &PlannedTask) -> String {
    format!("test {}", with_direction(task))
}

/// The primary metric with its direction.
pub(crate) fn with_direction(task: &PlannedTask) -> String {
    let arrow = if lower_is_better(task.metric.goal) { "↓" } else { "↑" };
    format!("{} {arrow}", task.metric.name)
}

/// One file name per task, safe on every system and unique.
pub(crate) fn file_names(tasks: &[PlannedTask]) -> Vec<String> {
    unique(tasks.iter().map(|task| task.label.as_str()))
}

/// One file name each, safe on every system and unique.
pub(crate) fn unique<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    labels
        .map(|label| {
            let safe =
                |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
            let safe: String = label.chars().map(safe).collect();
            let stem: Vec<&str> = safe.split('-').filter(|word| !word.is_empty()).collect();
            let stem = if stem.is_empty() { "task".to_owned() } else { stem.join("-") };
            let stem: String = stem.chars().take(80).collect();
            let mut name = stem.clone();
            let mut number = 2;
            while !seen.insert(name.clone()) {
                name = format!("{stem}-{number}");
                number += 1;
            }
            name
        })
        .collect()
}
