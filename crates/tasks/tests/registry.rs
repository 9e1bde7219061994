//! What every task of the registry must keep; a task is tested here by being registered.

use std::collections::BTreeSet;
use std::path::PathBuf;

use schema::{Kind, Options, defaults};
use serde_json::json;
use tasks::{
    Answers, Asked, Batch, Context, Input, Inputs, METRICS, TASKS, Target, Targets, Task, build,
    find,
};

fn datasets() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets")
}

fn make(name: &str, options: &Options) -> Result<Box<dyn Task>, tasks::TaskError> {
    build(name, options, &Context { datasets: &datasets() })
}

/// Every task with its defaults; those that need data of the user's, on a fixture.
fn with_defaults() -> impl Iterator<Item = (&'static str, Box<dyn Task>)> {
    TASKS.iter().map(|entry| {
        let task = make(entry.name, &required(entry.name));
        (entry.name, task.unwrap_or_else(|error| panic!("{}: {error}", entry.name)))
    })
}

/// The options that a task cannot do without.
fn required(name: &str) -> Options {
    let fixture = |path: &str| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path);
        json!(path.to_str().unwrap())
    };
    let options = match name {
        "time_series" => vec![("path", fixture("time_series")), ("problem", json!("Waves"))],
        "forecasting" => vec![("missing", json!("linear"))],
        "images" => vec![("path", fixture("images"))],
        "dataset" => vec![("path", fixture("walks"))],
        "music" => vec![("path", fixture("music/chords.json"))],
        _ => vec![],
    };
    options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Each sequence without its padding, as bits.
fn sequences(task: &dyn Task, batch: &Batch) -> Vec<Vec<u32>> {
    let width = task.shape().input.width();
    let bits: Vec<u32> = match &batch.inputs {
        Inputs::Values(values) => values.iter().map(|value| value.to_bits()).collect(),
        Inputs::Tokens(tokens) => tokens.clone(),
    };
    let rows = bits.chunks((batch.steps * width).max(1)).zip(&batch.lengths);
    rows.map(|(row, length)| row[..length * width].to_vec()).collect()
}

/// Holds a batch against the shape its task states.
fn check(name: &str, task: &dyn Task, batch: &Batch, size: usize) {
    let shape = task.shape();
    let width = shape.input.width();
    assert_eq!(batch.size, size, "{name}");
    assert_eq!(batch.lengths.len(), size, "{name}");
    assert!(batch.lengths.iter().all(|n| (1..=shape.max_steps).contains(n)), "{name}");
    assert_eq!(batch.lengths.iter().max(), Some(&batch.steps), "{name}");
    let padding_is_zero = |zero: &dyn Fn(usize) -> bool, elements: usize| {
        assert_eq!(elements, size * batch.steps * width, "{name}");
        let padding = batch.lengths.iter().enumerate().flat_map(|(sequence, length)| {
            let row = sequence * batch.steps;
            (row + length) * width..(row + batch.steps) * width
        });
        assert!(padding.into_iter().all(zero), "{name}: padding is zero");
    };
    match (&batch.inputs, shape.input) {
        (Inputs::Values(values), Input::Vectors { .. } | Input::Frames { .. }) => {
            assert!(values.iter().all(|value| value.is_finite()), "{name}");
            padding_is_zero(&|at| values[at].to_bits() == 0, values.len());
        }
        (Inputs::Tokens(tokens), Input::Tokens { vocabulary }) => {
            assert!(tokens.iter().all(|&token| (token as usize) < vocabulary), "{name}");
            padding_is_zero(&|at| tokens[at] == 0, tokens.len());
        }
        _ => panic!("{name}: the inputs are not of the kind that its shape states"),
    }
    let rows = match (&batch.asked, shape.answers) {
        (Asked::Sequences, Answers::Sequence) => size,
        (Asked::Steps(steps), Answers::Steps { .. }) => {
            assert!(steps.is_sorted_by(|a, b| a < b), "{name}: steps ascend");
            let valid = |&at: &u32| {
                let (sequence, step) = (at as usize / batch.steps, at as usize % batch.steps);
                step < batch.lengths[sequence]
            };
            assert!(steps.iter().all(valid), "{name}: no padding is asked about");
            let asked: BTreeSet<_> = batch.sequences_of_rows().into_iter().collect();
            assert_eq!(asked.len(), size, "{name}: every sequence is asked something");
            steps.len()
        }
        _ => panic!("{name}: it asks elsewhere than its shape states"),
    };
    assert_eq!(batch.targets.rows(shape.target.outputs()), rows, "{name}");
    match (&batch.targets, shape.target) {
        (Targets::Classes(targets), Target::Class { classes }) => {
            assert!(targets.iter().all(|class| (*class as usize) < classes), "{name}");
        }
        (Targets::Values(targets), Target::Value { values }) => {
            assert_eq!(targets.len(), rows * values, "{name}");
            assert!(targets.iter().all(|value| value.is_finite()), "{name}");
        }
        (Targets::Labels(targets), Target::Labels { labels }) => {
            assert_eq!(targets.len(), rows * labels, "{name}");
            let bits = targets.iter().map(|label| label.to_bits());
            assert!(bits.into_iter().all(|bits| [0, 1.0_f32.to_bits()].contains(&bits)), "{name}");
        }
        _ => panic!("{name}: the targets are not of the kind that its shape states"),
    }
    assert!(shape.carried || !batch.continues, "{name}: only streams continue");
}

/// Every held-out part by its place.
fn parts(task: &dyn Task) -> impl Iterator<Item = (usize, usize)> {
    task.parts().iter().map(|part| part.sequences).enumerate()
}

#[test]
fn batches_have_the_stated_shape() {
    for (name, task) in with_defaults() {
        check(name, &*task, &task.training_batch(0, 0, 5), 5);
        check(name, &*task, &task.training_batch(u64::MAX, u64::MAX - 1, 3), 3);
        for (part, all) in parts(&*task) {
            let size = task.evaluation_size().min(all);
            check(name, &*task, &task.evaluation_batch(part, 0, size), size);
            check(name, &*task, &task.evaluation_batch(part, all - 1, size), 1);
        }
    }
}

#[test]
fn a_batch_depends_on_its_arguments_alone() {
    for (name, task) in with_defaults() {
        let again = make(name, &required(name)).unwrap();
        let first = task.training_batch(1, 2, 8);
        assert_ne!(task.training_batch(1, 3, 8), first, "{name}: another step");
        assert_ne!(task.training_batch(2, 2, 8), first, "{name}: another seed");
        assert_eq!(task.training_batch(1, 2, 8), first, "{name}: asked twice");
        assert_eq!(again.training_batch(1, 2, 8), first, "{name}: built twice");
        for (part, _) in parts(&*task) {
            let batch = task.evaluation_batch(part, 3, 4);
            assert_eq!(again.evaluation_batch(part, 3, 4), batch, "{name}");
        }
    }
}

#[test]
fn evaluation_batches_tile_their_part() {
    for (name, task) in with_defaults() {
        for (part, all) in parts(&*task) {
            let most = all.min(40);
            let whole = sequences(&*task, &task.evaluation_batch(part, all - most, most + 10));
            assert_eq!(whole.len(), most, "{name}");
            let tiles = (all - most..all).step_by(7);
            let tiled: Vec<_> = tiles
                .flat_map(|start| sequences(&*task, &task.evaluation_batch(part, start, 7)))
                .collect();
            assert_eq!(tiled, whole, "{name}");
            assert_eq!(task.evaluation_batch(part, all, 7).size, 0, "{name}");
            assert_eq!(task.evaluation_batch(part, usize::MAX, usize::MAX).size, 0, "{name}");
        }
        assert_eq!(task.training_batch(0, 0, 0).size, 0, "{name}");
    }
}

#[test]
fn no_sequence_is_in_two_parts() {
    for (name, task) in with_defaults() {
        // Different sentences may be the same where rare words are one token.
        let apart = [("input".to_owned(), json!("characters")), ("least".to_owned(), json!(1))];
        let task = match name {
            "sentiment" | "tagging" => make(name, &apart.into_iter().collect()).unwrap(),
            _ => task,
        };
        // Where training data end, a pass over all of them; else some batches.
        let size = match task.facts().training_sequences {
            0 => 500,
            size => size,
        };
        let training: BTreeSet<_> =
            sequences(&*task, &task.training_batch(0, 0, size)).into_iter().collect();
        let mut seen = training;
        for (part, all) in parts(&*task).take(2) {
            let all = sequences(&*task, &task.evaluation_batch(part, 0, all));
            let all: BTreeSet<_> = all.into_iter().collect();
            assert!(seen.is_disjoint(&all), "{name}: {}", task.parts()[part].name);
            seen.extend(all);
        }
    }
}

#[test]
fn facts_agree_with_the_task() {
    for (name, task) in with_defaults() {
        let facts = task.facts();
        let metrics = task.metrics();
        let mut names: Vec<_> = metrics.iter().map(|metric| metric.name).collect();
        assert_eq!(names[0], "loss", "{name}");
        for metric in metrics {
            let listed = METRICS.iter().any(|listed| listed.doc == metric.doc);
            assert!(listed, "{name}: {} is not in METRICS", metric.name);
        }
        assert!(names.contains(&facts.metric), "{name}: default metric");
        names.sort_unstable();
        names.dedup();
        assert_eq!(facts.trivial.keys().collect::<Vec<_>>(), names, "{name}");
        assert!(facts.trivial.values().all(|score| score.is_finite()), "{name}");
        assert_eq!(facts.checksum.len(), 64, "{name}");
        assert!(!facts.summary.contains('\n') && !facts.summary.is_empty(), "{name}");
        assert!(!facts.limits.is_empty() && !facts.trivial_rule.is_empty(), "{name}");
    }
}

#[test]
fn parts_have_names_of_their_own() {
    for (name, task) in with_defaults() {
        let parts: Vec<_> = task.parts().iter().map(|part| &*part.name).collect();
        assert_eq!(parts[..2], ["validation", "test"], "{name}");
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(parts.iter().all(|part| part.chars().all(word)), "{name}");
        assert_eq!(parts.iter().collect::<BTreeSet<_>>().len(), parts.len(), "{name}");
        for part in task.parts() {
            assert!(part.sequences > 0, "{name}: {}", part.name);
        }
    }
}

#[test]
fn facts_of_the_defaults() {
    for (name, task) in with_defaults() {
        insta::assert_debug_snapshot!(name, (task.shape(), task.parts(), task.facts()));
    }
}

#[test]
fn names_are_unique_and_words() {
    let names: BTreeSet<_> = TASKS.iter().map(|entry| entry.name).collect();
    assert_eq!(names.len(), TASKS.len());
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    assert!(names.iter().all(|name| name.chars().all(letters)));
    assert!(find("no such task").is_none());
}

/// Both ends of every range, and a value beyond each: none may panic or take the memory
/// of what it asks for.
#[test]
fn options_at_and_beyond_their_limits_are_built_or_refused() {
    for entry in TASKS {
        assert!(defaults(entry.keys).iter().count() <= entry.keys.len());
        for key in entry.keys {
            let (inside, outside) = match key.kind {
                Kind::Boolean => (vec![json!(true), json!(false)], vec![json!("true")]),
                Kind::Integer { min, max } => {
                    let beyond = [min.checked_sub(1), max.checked_add(1)];
                    let beyond = beyond.into_iter().flatten().map(|value| json!(value));
                    (vec![json!(min), json!(max)], beyond.chain([json!(0.5)]).collect())
                }
                Kind::Number { min, max } => {
                    (vec![json!(min), json!(max)], vec![json!(min - 1.0), json!(max + 1.0)])
                }
                Kind::Table(_) => (vec![], vec![json!({ "no such key": 1 }), json!(1)]),
                Kind::Text => (vec![], vec![json!(""), json!(1)]),
                Kind::ListOf { words, .. } => {
                    (vec![json!([words[0].word])], vec![json!([]), json!(["no such word"])])
                }
                Kind::OneOf(choices) => {
                    (choices.iter().map(|c| json!(c.word)).collect(), vec![json!("no such word")])
                }
            };
            let built = |value| {
                let mut options = required(entry.name);
                options.insert(key.name.into(), value);
                make(entry.name, &options)
            };
            for value in inside {
                // What two options rule out together names both of them.
                if let Err(error) = built(value.clone()) {
                    let named = error.to_string().contains(key.name);
                    assert!(named, "{}: {} = {value}: {error}", entry.name, key.name);
                }
            }
            for value in outside {
                let error = built(value.clone()).err().expect("a value that is out of range");
                assert!(error.to_string().contains(key.name), "{error}");
            }
        }
    }
}

#[test]
fn wrong_arguments_are_named() {
    let message = |name: &str, key: &str, value: serde_json::Value| {
        let options = Options::from_iter([(key.to_owned(), value)]);
        make(name, &options).err().expect("wrong arguments").to_string()
    };
    let unknown = message("addition", "length", json!(10));
    let names: Vec<_> = TASKS.iter().map(|entry| entry.name).collect();
    let names = names.join(", ");
    assert_eq!(unknown, format!("no task is called \"addition\"; there are {names}"));
    insta::assert_snapshot!(
        message("adding", "length", json!(1)),
        @"task adding: length = 1 is not a whole number from 2 to 1000000"
    );
    insta::assert_snapshot!(
        message("adding", "lenght", json!(10)),
        @"task adding: unknown field `lenght`, expected one of `length`, `validation_size`, `test_size`, `marks`"
    );
    let absent = message("japanese_vowels", "path", json!("no/such/folder"));
    insta::assert_snapshot!(
        absent,
        @"cannot read no/such/folder/JapaneseVowels_TRAIN.ts: No such file or directory (os error 2); the data come with this project, in datasets/japanese_vowels; the option `path` names another folder"
    );
}

#[test]
fn every_shipped_data_set_names_its_source_and_is_in_the_index() {
    let index = std::fs::read_to_string(datasets().join("README.md")).unwrap();
    let mut folders = 0;
    for entry in std::fs::read_dir(datasets()).unwrap().flatten() {
        // What lies in `private` is the user's and not shipped.
        if !entry.path().is_dir() || entry.file_name() == "private" {
            continue;
        }
        folders += 1;
        let name = entry.file_name().into_string().unwrap();
        let source = std::fs::read_to_string(entry.path().join("SOURCE.md")).unwrap();
        assert!(source.contains("Licence"), "{name}/SOURCE.md names no licence");
        assert!(index.contains(&format!("]({name}/SOURCE.md)")), "README.md lacks {name}");
    }
    assert!(folders > 0);
}
