//! From records to the task: parts, tokens, classes, missing values, scales.

use crate::dataset::config::Config;
use crate::dataset::manifest::{Manifest, Sort};
use crate::dataset::record::{Answer, Content, PartName, Record, Records};
use crate::dataset::split::split;
use crate::metric::{Metric, Setting, mean_absolute_error, root_mean_squared_error, squared_error};
use crate::series::{Scale, scales, standardize};
use crate::text::Vocabulary;
use crate::{About, Answers, Example, Finite, Input, Names, Target, Targets, TaskError, TaskShape};

const LIMITS: &str = "What it shows depends on the data. Put feed_forward beside what is compared: what \
     it reaches needs no order. Sequences that stand in two parts, or people, devices and days that do, \
     make every score too good; runner data describe shows the first, `group` in the manifest prevents \
     the second.";

/// Makes the task.
///
/// # Errors
/// [`TaskError::Unfit`] if a part is empty; [`TaskError::Data`] where a missing value is refused.
pub(super) fn join(
    manifest: &Manifest,
    mut records: Records,
    config: &Config,
) -> Result<Finite, TaskError> {
    let parts = split(manifest, &records)?;
    for at in 0..records.all.len() {
        let Content::Numbers { values, channels } = &mut records.all[at].content else { continue };
        if !config.missing.fill_values(values, *channels) {
            let problem = "a value of the sequence is missing; say with the option `missing` what \
                           stands for it";
            return Err(TaskError::Data(records.fault(&records.all[at].place, problem)));
        }
    }
    let Records { all, channels, checksum, .. } = records;
    let of = |part: PartName| all.iter().zip(&parts).filter(move |it| *it.1 == part).map(|it| it.0);
    let width = match &all[0].content {
        Content::Numbers { channels, .. } => Some(*channels),
        Content::Text(_) | Content::Words(_) => None,
    };
    let pieces = |record: &Record| match &record.content {
        Content::Numbers { .. } => (Vec::new(), Vec::new()),
        Content::Text(text) => (config.input.pieces(text), Vec::new()),
        Content::Words(words) => config.input.of_words(words),
    };
    let known: Vec<String> = of(PartName::Training).flat_map(|record| pieces(record).0).collect();
    let vocabulary = Vocabulary::new(known.iter().map(String::as_str), config.least);
    let classes = classes(&all, &parts);
    let class =
        |label: &String| classes.iter().position(|it| it == label).unwrap_or_default() as u32;
    let example = |record: &Record| {
        let (pieces, last) = pieces(record);
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
    let [mut training, mut validation, mut test] =
        PartName::ALL.map(|part| of(part).map(example).collect::<Vec<_>>());
    if let Some(width) = width.filter(|_| config.standardize) {
        let scales = scales(&training, width);
        for part in [&mut training, &mut validation, &mut test] {
            standardize(part, &scales);
        }
    }
    let values = match &all[0].answer {
        Answer::Values(values) => values.len(),
        Answer::Class(_) | Answer::Tags(_) => 0,
    };
    let units = if config.standardize && values > 0 {
        scale_targets([&mut training, &mut validation, &mut test], values)
    } else {
        Vec::new()
    };
    let (target, answers) = match manifest.kind {
        Sort::Regression => (Target::Value { values }, Answers::Sequence),
        Sort::Tagging => {
            (Target::Class { classes: classes.len() }, Answers::Steps { future: true })
        }
        Sort::Classification | Sort::Text | Sort::Forecasting => {
            (Target::Class { classes: classes.len() }, Answers::Sequence)
        }
    };
    let input = match width {
        Some(channels) => Input::Vectors { channels },
        None => Input::Tokens { vocabulary: vocabulary.len() },
    };
    let tokens = if width.is_none() { vocabulary.names() } else { Vec::new() };
    let names = Names { tokens, classes, channels };
    let summary = manifest.summary.clone().unwrap_or_else(|| summary(manifest).into());
    let about = match manifest.kind {
        Sort::Regression => {
            let metrics: Vec<&'static Metric> = vec![
                &squared_error::METRIC,
                &mean_absolute_error::METRIC,
                &root_mean_squared_error::METRIC,
            ];
            let metric = mean_absolute_error::METRIC.name;
            let setting = Setting { units, ..Setting::of(target) };
            About { summary, limits: LIMITS.into(), metrics, metric, setting, names, checksum }
        }
        Sort::Tagging => About::of_tags(target, summary, LIMITS, names, checksum),
        Sort::Classification | Sort::Text | Sort::Forecasting => {
            About::of_classes(target, summary, LIMITS, names, checksum)
        }
    };
    Finite::new(TaskShape::new(input, 0, target, answers), about, training, validation, test)
}

fn summary(manifest: &Manifest) -> &'static str {
    match manifest.kind {
        Sort::Regression => "the value that belongs to a sequence",
        Sort::Tagging => "the label of each step of a sequence",
        Sort::Classification | Sort::Text | Sort::Forecasting => "the class of a sequence",
    }
}

/// Labels in the order of the alphabet (numbers by size), first those of the training part.
pub(super) fn classes(all: &[Record], parts: &[PartName]) -> Vec<String> {
    let labels = |wanted: bool| {
        let of = all.iter().zip(parts).filter(|it| (*it.1 == PartName::Training) == wanted);
        let mut labels: Vec<String> =
            of.flat_map(|(record, _)| labels_of(&record.answer)).collect();
        labels.sort_by(|a, b| data::time::Time::of(a).order(&data::time::Time::of(b)));
        labels.dedup();
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

/// Scales the targets by their means and deviations in the training part; the deviations.
fn scale_targets(parts: [&mut Vec<Example>; 3], values: usize) -> Vec<f64> {
    let own = |example: &Example, value: usize| match &example.targets {
        Targets::Values(all) => f64::from(all[value]),
        Targets::Classes(_) | Targets::Labels(_) => 0.0,
    };
    let of = |value: usize| {
        Scale::of(&parts[0].iter().map(|example| own(example, value)).collect::<Vec<_>>())
    };
    let scales: Vec<Scale> = (0..values).map(of).collect();
    for example in parts.into_iter().flatten() {
        let Targets::Values(all) = &mut example.targets else { continue };
        all.iter_mut().zip(&scales).for_each(|(value, scale)| *value = scale.apply(*value));
    }
    scales.iter().map(|scale| scale.deviation).collect()
}
