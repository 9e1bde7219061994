//! From records to the task: parts, tokens, classes, missing values, scales.

use std::collections::BTreeSet;

use data::time::Time;
use data::utf8::brief;

use crate::dataset::config::Config;
use crate::dataset::manifest::{Asks, Manifest};
use crate::dataset::record::{Answer, Content, PartName, Record, Records};
use crate::metric::{Metric, Setting, mean_absolute_error, root_mean_squared_error, squared_error};
use crate::series::{Scale, standardize, standardize_targets};
use crate::text::Vocabulary;
use crate::{About, Answers, Example, Finite, Input, Names, Target, Targets, TaskError, TaskShape};

const LIMITS: &str = "What it shows depends on the data. Put feed_forward beside what is compared: what \
     it reaches needs no order. Sequences that stand in two parts, or people, devices and days that do, \
     make every score too good; runner data describe shows the first, `group` in the manifest prevents \
     the second.";

/// Makes the task of records whose parts are known.
///
/// # Errors
/// [`TaskError::Data`] where a missing value is refused.
pub(super) fn join(
    manifest: &Manifest,
    asks: Asks,
    mut records: Records,
    parts: &[PartName],
    config: &Config,
    applied: Option<Records>,
) -> Result<Finite, TaskError> {
    // What the task is like does not depend on what it is applied to.
    let classes = classes(&records.all, parts);
    let own = records.all.len();
    if let Some(applied) = applied {
        check_applied(&records, &applied, &classes)?;
        append(&mut records, applied);
    }
    let part_of = |at: usize| parts.get(at).copied();
    fill_missing(&mut records, config)?;
    let pieces = pieces(&records, config);
    let steps = |at: usize| match &records.all[at].content {
        numbers @ Content::Numbers { .. } => numbers.steps(),
        Content::Text(_) | Content::Words(_) => pieces[at].0.len(),
    };
    let max_steps = (0..own).map(steps).max().unwrap_or(0);
    // A model may have something for each step that there can be.
    if let Some(long) = (own..records.all.len()).find(|&at| steps(at) > max_steps) {
        let problem = format!(
            "the sequence has {} steps; the longest of what the model was trained on has \
             {max_steps}: cut it",
            steps(long)
        );
        return Err(TaskError::Data(records.fault(&records.all[long].place, problem)));
    }
    let Records { all, channels, checksum, .. } = records;
    let width = match &all[0].content {
        Content::Numbers { channels, .. } => Some(*channels),
        Content::Text(_) | Content::Words(_) => None,
    };
    let known =
        (0..own).filter(|&at| part_of(at) == Some(PartName::Training)).flat_map(|at| &pieces[at].0);
    let vocabulary = Vocabulary::new(known.map(String::as_str), config.least);
    let class =
        |label: &String| classes.iter().position(|it| it == label).unwrap_or_default() as u32;
    let example = |at: usize| {
        let (record, (pieces, last)) = (&all[at], &pieces[at]);
        let steps = record.content.steps();
        let (targets, asked) = match &record.answer {
            Answer::Class(label) => (Targets::Classes(vec![class(label)]), None),
            Answer::Values(values) => (Targets::Values(values.clone()), None),
            Answer::Tags(tags) => {
                let place = |step: usize| last.get(step).copied().unwrap_or(step);
                let asked: Vec<_> =
                    (0..steps).filter(|&step| tags[step].is_some()).map(place).collect();
                (Targets::Classes(tags.iter().flatten().map(class).collect()), Some(asked))
            }
        };
        let example = match &record.content {
            Content::Numbers { values, .. } => Example::of_values(values.clone(), targets),
            Content::Text(_) | Content::Words(_) => {
                // A text of blanks alone has one unknown token, so that it has a step.
                let tokens: Vec<_> = pieces.iter().map(|piece| vocabulary.token(piece)).collect();
                Example::of_tokens(if tokens.is_empty() { vec![0] } else { tokens }, targets)
            }
        };
        match asked {
            None => example,
            Some(asked) => example.asked_at(asked),
        }
    };
    let [mut training, mut validation, mut test] = PartName::ALL.map(|part| {
        // The test part of a task that is applied to other data is all of them.
        let is_in = |&at: &usize| match part_of(at) {
            Some(own_part) => own_part == part && (part != PartName::Test || all.len() == own),
            None => part == PartName::Test,
        };
        (0..all.len()).filter(is_in).map(example).collect::<Vec<_>>()
    });
    let values = match &all[0].answer {
        Answer::Values(values) => values.len(),
        Answer::Class(_) | Answer::Tags(_) => 0,
    };
    let mut scales = Vec::new();
    if config.standardize {
        if let Some(width) = width {
            standardize([&mut training, &mut validation, &mut test], width);
        }
        if values > 0 {
            scales = standardize_targets([&mut training, &mut validation, &mut test], values);
        }
    }
    let (target, answers) = target(asks, values, classes.len());
    let input = match width {
        Some(channels) => Input::Vectors { channels },
        None => Input::Tokens { vocabulary: vocabulary.len() },
    };
    let tokens = if width.is_none() { vocabulary.names() } else { Vec::new() };
    let names = Names { tokens, classes, channels };
    let summary = manifest.summary.clone().unwrap_or_else(|| summary(asks).into());
    let about = about(asks, target, summary, &scales, names, checksum);
    Finite::new(
        TaskShape::new(input, max_steps, target, answers),
        about,
        training,
        validation,
        test,
    )
}

/// Of each record what becomes tokens, and the place of each word's last piece.
fn pieces(records: &Records, config: &Config) -> Vec<(Vec<String>, Vec<usize>)> {
    let of = |record: &Record| match &record.content {
        Content::Numbers { .. } => (Vec::new(), Vec::new()),
        Content::Text(text) => (config.input.pieces(text), Vec::new()),
        Content::Words(words) => config.input.of_words(words),
    };
    records.all.iter().map(of).collect()
}

/// What is predicted, and where.
fn target(asks: Asks, values: usize, classes: usize) -> (Target, Answers) {
    match asks {
        Asks::Values => (Target::Value { values }, Answers::Sequence),
        Asks::Tags => (Target::Class { classes }, Answers::Steps { future: true }),
        Asks::Class => (Target::Class { classes }, Answers::Sequence),
    }
}

/// What is said of the task.
fn about(
    asks: Asks,
    target: Target,
    summary: String,
    scales: &[Scale],
    names: Names,
    checksum: String,
) -> About {
    match asks {
        Asks::Values => {
            let metrics: Vec<&'static Metric> = vec![
                &squared_error::METRIC,
                &mean_absolute_error::METRIC,
                &root_mean_squared_error::METRIC,
            ];
            let metric = mean_absolute_error::METRIC.name;
            let setting = Setting {
                units: scales.iter().map(|scale| scale.deviation).collect(),
                origins: scales.iter().map(|scale| scale.mean).collect(),
                ..Setting::of(target)
            };
            About { summary, limits: LIMITS.into(), metrics, metric, setting, names, checksum }
        }
        Asks::Tags => About::of_tags(target, summary, LIMITS, names, checksum),
        Asks::Class => About::of_classes(target, summary, LIMITS, names, checksum),
    }
}

/// Adds the records of other files after the own ones, whose checksum then is theirs.
fn append(own: &mut Records, other: Records) {
    let files = own.files.len();
    let moved = other.all.into_iter().map(|mut record| {
        record.place.file += files;
        record
    });
    own.all.extend(moved);
    own.files.extend(other.files);
    own.checksum = other.checksum;
}

/// Puts what the options say in the place of missing values.
fn fill_missing(records: &mut Records, config: &Config) -> Result<(), TaskError> {
    for at in 0..records.all.len() {
        let Content::Numbers { values, channels } = &mut records.all[at].content else { continue };
        if !config.missing.fill_values(values, *channels) {
            let problem = "a value of the sequence is missing; say with the option `missing` what \
                           stands for it";
            return Err(TaskError::Data(records.fault(&records.all[at].place, problem)));
        }
    }
    Ok(())
}

/// Whether a task of `own` records can be applied to others.
fn check_applied(own: &Records, applied: &Records, classes: &[String]) -> Result<(), TaskError> {
    let shape = |record: &Record| match (&record.content, &record.answer) {
        (Content::Numbers { channels, .. }, Answer::Values(values)) => (*channels, values.len()),
        (Content::Numbers { channels, .. }, _) => (*channels, 0),
        (_, Answer::Values(values)) => (0, values.len()),
        _ => (0, 0),
    };
    let of_own = own.all.first().map(shape);
    for record in &applied.all {
        let fault = |problem: String| TaskError::Data(applied.fault(&record.place, problem));
        if Some(shape(record)) != of_own {
            let ((channels, values), (wanted, wanted_values)) =
                (shape(record), of_own.unwrap_or_default());
            return Err(fault(format!(
                "the sequence has {channels} numbers a step and {values} values to predict; what \
                 the model was trained on has {wanted} and {wanted_values}"
            )));
        }
        if let Some(label) = labels_of(&record.answer).iter().find(|it| !classes.contains(it)) {
            return Err(fault(format!(
                "the label \"{}\" is none of what the model was trained on; it has {}",
                brief(label),
                classes
                    .iter()
                    .map(|it| format!("\"{}\"", brief(it)))
                    .collect::<Vec<_>>()
                    .join(", ")
            )));
        }
    }
    Ok(())
}

fn summary(asks: Asks) -> &'static str {
    match asks {
        Asks::Values => "the value that belongs to a sequence",
        Asks::Tags => "the label of each step of a sequence",
        Asks::Class => "the class of a sequence",
    }
}

/// Labels in the order of the alphabet (numbers by size), first those of the training part.
fn classes(all: &[Record], parts: &[PartName]) -> Vec<String> {
    let labels = |wanted: bool| {
        let of = all.iter().zip(parts).filter(|it| (*it.1 == PartName::Training) == wanted);
        let different: BTreeSet<String> =
            of.flat_map(|(record, _)| labels_of(&record.answer)).collect();
        let mut labels: Vec<String> = different.into_iter().collect();
        // "1" and "1.0" are two labels that are equal as numbers.
        labels.sort_by(|a, b| Time::of(a).order(&Time::of(b)));
        labels
    };
    let mut all = labels(true);
    let later: Vec<_> = labels(false).into_iter().filter(|label| !all.contains(label)).collect();
    all.extend(later);
    all
}

/// The labels that an answer gives.
pub(super) fn labels_of(answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Class(label) => vec![label.clone()],
        Answer::Values(_) => Vec::new(),
        Answer::Tags(tags) => tags.iter().flatten().cloned().collect(),
    }
}
