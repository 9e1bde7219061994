//! What a data set holds, for people.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::dataset::config::Config;
use crate::dataset::examples::{join, labels_of};
use crate::dataset::manifest::{Asks, Manifest};
use crate::dataset::record::{Content, PartName, Records};
use crate::dataset::split::split;
use crate::series::Missing;
use crate::text::unit::Unit;
use crate::{Task, TaskError, TaskFacts, TaskShape};

/// Twins that are named; there may be as many as sequences.
const NAMED: usize = 10;

/// What a data set holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Under which terms it may be used.
    pub licence: String,
    /// Where it is from.
    pub source: Option<String>,
    /// Sizes that a model needs.
    pub shape: TaskShape,
    /// What a report says of it, with the trivial scores.
    pub facts: TaskFacts,
    /// Training, validation, test.
    pub parts: Vec<PartDescription>,
    /// What classes are called.
    pub classes: Vec<String>,
    /// Sequences that stand in two parts, the first few.
    pub twins: Vec<Twin>,
    /// How many stand in two parts.
    pub twin_count: usize,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq)]
pub struct PartDescription {
    /// Its name.
    pub name: String,
    /// How many sequences.
    pub sequences: usize,
    /// Steps of the shortest, of the one in the middle, and of the longest; of a text, its
    /// characters. `None` where a part is no list of sequences.
    pub steps: Option<[usize; 3]>,
    /// Places of each class.
    pub classes: Vec<usize>,
    /// Numbers that are missing, and how many there should be.
    pub missing: [usize; 2],
}

/// A sequence that stands in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// Where it stands first, as `FILE:LINE`.
    pub first: String,
    /// In which part that is.
    pub first_part: &'static str,
    /// Where it stands again.
    pub again: String,
    /// In which part that is.
    pub again_part: &'static str,
}

impl Description {
    /// Of a task that another reader made.
    pub(super) fn of_task(manifest: &Manifest, task: &dyn Task) -> Self {
        let facts = task.facts();
        let training = ("training".to_owned(), facts.training_sequences);
        let held_out = task.parts().iter().map(|part| (part.name.clone(), part.sequences));
        let part = |(name, sequences)| PartDescription {
            name,
            sequences,
            steps: None,
            classes: Vec::new(),
            missing: [0, 0],
        };
        Self {
            licence: manifest.licence.clone(),
            source: manifest.source.clone(),
            shape: task.shape(),
            facts,
            parts: [training].into_iter().chain(held_out).map(part).collect(),
            classes: Vec::new(),
            twins: Vec::new(),
            twin_count: 0,
        }
    }

    /// Of what was read.
    pub(super) fn of(manifest: &Manifest, asks: Asks, records: Records) -> Result<Self, TaskError> {
        let parts = split(manifest, &records)?;
        let described = PartName::ALL.map(|part| describe(&records, &parts, part));
        let (twins, twin_count) = twins(&records, &parts);
        let config = Config {
            path: PathBuf::default(),
            input: Unit::Words,
            least: 1,
            standardize: true,
            missing: Missing::Zero,
        };
        let task = join(manifest, asks, records, &parts, &config, None)?;
        let classes = task.names().classes;
        let with_classes = |(part, counts): (PartDescription, BTreeMap<String, usize>)| {
            let count = |class| counts.get(class).copied().unwrap_or(0);
            PartDescription { classes: classes.iter().map(count).collect(), ..part }
        };
        Ok(Self {
            licence: manifest.licence.clone(),
            source: manifest.source.clone(),
            shape: task.shape(),
            facts: task.facts(),
            parts: described.map(with_classes).into(),
            classes,
            twins,
            twin_count,
        })
    }
}

/// A part without its classes, and how often each label occurs in it.
fn describe(
    records: &Records,
    parts: &[PartName],
    part: PartName,
) -> (PartDescription, BTreeMap<String, usize>) {
    let own: Vec<_> = records.all.iter().zip(parts).filter(|it| *it.1 == part).collect();
    let mut steps: Vec<_> = own.iter().map(|(record, _)| record.content.steps()).collect();
    steps.sort_unstable();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut missing = [0, 0];
    for (record, _) in &own {
        for label in labels_of(&record.answer) {
            *counts.entry(label).or_default() += 1;
        }
        if let Content::Numbers { values, .. } = &record.content {
            missing[0] += values.iter().filter(|value| value.is_nan()).count();
            missing[1] += values.len();
        }
    }
    let part = PartDescription {
        name: part.word().into(),
        sequences: own.len(),
        steps: Some([steps[0], steps[steps.len() / 2], steps[steps.len() - 1]]),
        classes: Vec::new(),
        missing,
    };
    (part, counts)
}

/// Sequences whose content stands in two parts.
fn twins(records: &Records, parts: &[PartName]) -> (Vec<Twin>, usize) {
    let mut seen: HashMap<blake3::Hash, usize> = HashMap::new();
    let (mut named, mut count) = (Vec::new(), 0);
    for (again, record) in records.all.iter().enumerate() {
        let first = *seen.entry(blake3::hash(&record.content.bytes())).or_insert(again);
        if parts[first] == parts[again] {
            continue;
        }
        count += 1;
        if named.len() < NAMED {
            let place = |at: usize| {
                let place = &records.all[at].place;
                format!("{}:{}", records.file(place).display(), place.line)
            };
            named.push(Twin {
                first: place(first),
                first_part: parts[first].word(),
                again: place(again),
                again_part: parts[again].word(),
            });
        }
    }
    (named, count)
}
