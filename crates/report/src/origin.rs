//! What computed the runs.

use std::collections::BTreeMap;

use store::{Plan, Provenance};

use crate::accounting::once_per_folder;
use crate::runs::{Run, State};

/// One fact about how runs were computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub name: String,
    /// Each value that occurs, with the number of runs; more than one means mixed runs.
    pub values: Vec<(String, usize)>,
}

/// What computed the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Program, commit, compiler and so on.
    pub facts: Vec<Fact>,
    /// By task: the checksums of the data that its runs read.
    pub data: Vec<Fact>,
    /// Started runs that recorded nothing.
    pub unrecorded: usize,
}

type Field = (&'static str, fn(&Provenance) -> String);

const FIELDS: [Field; 11] = [
    ("command", |it| it.command.clone()),
    ("program", |it| it.version.clone()),
    ("commit", |it| it.commit.clone()),
    ("Cargo.lock", |it| it.lock.clone()),
    ("Burn", |it| it.burn.clone()),
    ("rustc", |it| it.rustc.clone()),
    ("backend", |it| it.backend.clone()),
    ("device", |it| it.device.clone()),
    ("CPU", |it| it.cpu.clone()),
    ("vector instructions", |it| it.instructions.clone()),
    ("threads per run", |it| it.threads.to_string()),
];

impl Origin {
    /// Gathers what the runs recorded.
    pub(crate) fn new(plan: &Plan, runs: &[Run]) -> Self {
        let runs: Vec<&Run> = once_per_folder(runs).collect();
        let fact = |name: &str, values: &mut dyn Iterator<Item = String>| Fact {
            name: name.to_owned(),
            values: count(values),
        };
        let recorded = || runs.iter().filter_map(|run| run.provenance.as_ref());
        let of_field = |(name, field): &Field| fact(name, &mut recorded().map(field));
        let of_task = |(index, task): (usize, &store::PlannedTask)| {
            let own = runs.iter().filter(move |run| run.task == index);
            let data = own.filter_map(|run| run.provenance.as_ref()).map(|it| it.data.clone());
            fact(&task.label, &mut { data })
        };
        let started = runs.iter().filter(|run| run.state != State::Missing);
        Self {
            facts: FIELDS.iter().map(of_field).collect(),
            data: plan.tasks.iter().enumerate().map(of_task).collect(),
            unrecorded: started.filter(|run| run.provenance.is_none()).count(),
        }
    }
}

fn count(values: &mut dyn Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().collect()
}
