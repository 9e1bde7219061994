//! What every task of the registry must keep; a task is tested here by being registered.

use std::collections::BTreeSet;
use std::path::PathBuf;

use schema::{Kind, Options, defaults};
use serde_json::json;
use tasks::{Batch, Context, Split, TASKS, Target, Targets, Task, build, find};

const SPLITS: [Split; 2] = [Split::Validation, Split::Test];

fn datasets() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets")
}

fn make(name: &str, options: &Options) -> Result<Box<dyn Task>, tasks::TaskError> {
    build(name, options, &Context { datasets: &datasets() })
}

fn with_defaults() -> impl Iterator<Item = (&'static str, Box<dyn Task>)> {
    TASKS.iter().map(|entry| (entry.name, make(entry.name, &Options::new()).unwrap()))
}

/// Each sequence without its padding, as bits.
fn sequences(batch: &Batch) -> impl Iterator<Item = Vec<u32>> {
    let row = (batch.steps * batch.channels).max(1);
    batch.inputs.chunks(row).zip(&batch.lengths).map(|(row, length)| {
        row[..length * batch.channels].iter().map(|value| value.to_bits()).collect()
    })
}

/// Holds a batch against the shape its task states.
fn check(name: &str, task: &dyn Task, batch: &Batch, size: usize) {
    let shape = task.shape();
    assert_eq!((batch.size, batch.channels), (size, shape.channels), "{name}");
    assert_eq!(batch.inputs.len(), size * batch.steps * batch.channels, "{name}");
    assert_eq!(batch.lengths.len(), size, "{name}");
    assert!(batch.lengths.iter().all(|n| (1..=shape.max_steps).contains(n)), "{name}");
    assert_eq!(batch.lengths.iter().max(), Some(&batch.steps), "{name}");
    assert!(batch.inputs.iter().all(|value| value.is_finite()), "{name}");
    for (row, length) in batch.inputs.chunks(batch.steps * batch.channels).zip(&batch.lengths) {
        assert!(row[length * batch.channels..].iter().all(|value| *value == 0.0), "{name}");
    }
    match (&batch.targets, shape.target) {
        (Targets::Classes(targets), Target::Class { classes }) => {
            assert_eq!(targets.len(), size, "{name}");
            assert!(targets.iter().all(|class| (*class as usize) < classes), "{name}");
        }
        (Targets::Values(targets), Target::Value { values }) => {
            assert_eq!(targets.len(), size * values, "{name}");
            assert!(targets.iter().all(|value| value.is_finite()), "{name}");
        }
        _ => panic!("{name}: the targets are not of the kind that its shape states"),
    }
}

#[test]
fn batches_have_the_stated_shape() {
    for (name, task) in with_defaults() {
        check(name, &*task, &task.training_batch(0, 0, 5), 5);
        check(name, &*task, &task.training_batch(u64::MAX, u64::MAX - 1, 3), 3);
        for split in SPLITS {
            let all = task.split_len(split);
            check(name, &*task, &task.evaluation_batch(split, 0, all), all);
        }
    }
}

#[test]
fn a_batch_depends_on_its_arguments_alone() {
    for (name, task) in with_defaults() {
        let again = make(name, &Options::new()).unwrap();
        let first = task.training_batch(1, 2, 8);
        assert_ne!(task.training_batch(1, 3, 8), first, "{name}: another step");
        assert_ne!(task.training_batch(2, 2, 8), first, "{name}: another seed");
        assert_eq!(task.training_batch(1, 2, 8), first, "{name}: asked twice");
        assert_eq!(again.training_batch(1, 2, 8), first, "{name}: built twice");
        for split in SPLITS {
            let batch = task.evaluation_batch(split, 3, 4);
            assert_eq!(again.evaluation_batch(split, 3, 4), batch, "{name}");
        }
    }
}

#[test]
fn evaluation_batches_tile_their_split() {
    for (name, task) in with_defaults() {
        for split in SPLITS {
            let all = task.split_len(split);
            let whole = task.evaluation_batch(split, 0, all + 10);
            assert_eq!(whole.size, all, "{name}");
            let tiles = (0..all).step_by(7).map(|start| task.evaluation_batch(split, start, 7));
            let tiled: Vec<_> =
                tiles.flat_map(|tile| sequences(&tile).collect::<Vec<_>>()).collect();
            assert_eq!(tiled, sequences(&whole).collect::<Vec<_>>(), "{name}");
            assert_eq!(task.evaluation_batch(split, all, 7).size, 0, "{name}");
            assert_eq!(task.evaluation_batch(split, usize::MAX, usize::MAX).size, 0, "{name}");
        }
        assert_eq!(task.training_batch(0, 0, 0).size, 0, "{name}");
    }
}

#[test]
fn no_sequence_is_in_two_splits() {
    for (name, task) in with_defaults() {
        // Where training data end, a pass over all of them; else some batches.
        let size = match task.facts().split_sizes[0] {
            0 => 500,
            size => size,
        };
        let training: BTreeSet<_> = sequences(&task.training_batch(0, 0, size)).collect();
        assert_eq!(training.len(), size, "{name}: a pass repeats nothing");
        let held_out = SPLITS.map(|split| {
            let batch = task.evaluation_batch(split, 0, task.split_len(split));
            sequences(&batch).collect::<BTreeSet<_>>()
        });
        assert!(training.is_disjoint(&held_out[0]), "{name}");
        assert!(training.is_disjoint(&held_out[1]), "{name}");
        assert!(held_out[0].is_disjoint(&held_out[1]), "{name}");
    }
}

#[test]
fn facts_agree_with_the_task() {
    for (name, task) in with_defaults() {
        let facts = task.facts();
        assert_eq!(facts.split_sizes[1..], SPLITS.map(|split| task.split_len(split)), "{name}");
        let mut metrics: Vec<_> =
            task.shape().target.metrics().iter().map(|metric| metric.name).collect();
        assert!(metrics.contains(&find(name).unwrap().metric), "{name}: default metric");
        metrics.sort_unstable();
        assert_eq!(facts.trivial.keys().collect::<Vec<_>>(), metrics, "{name}");
        assert!(facts.trivial.values().all(|score| score.is_finite()), "{name}");
        assert_eq!(facts.checksum.len(), 64, "{name}");
        assert!(!facts.summary.contains('\n') && !facts.summary.is_empty(), "{name}");
        assert!(!facts.limits.is_empty() && !facts.trivial_rule.is_empty(), "{name}");
    }
}

#[test]
fn facts_of_the_defaults() {
    for (name, task) in with_defaults() {
        insta::assert_debug_snapshot!(name, (task.shape(), task.facts()));
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
                Kind::OneOf(choices) => {
                    (choices.iter().map(|c| json!(c.word)).collect(), vec![json!("no such word")])
                }
            };
            let built = |value| make(entry.name, &Options::from_iter([(key.name.into(), value)]));
            for value in inside {
                if let Err(error) = built(value.clone()) {
                    panic!("{}: {} = {value}: {error}", entry.name, key.name);
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
    insta::assert_snapshot!(
        message("addition", "length", json!(10)),
        @r#"no task is called "addition"; there are adding, japanese_vowels"#
    );
    insta::assert_snapshot!(
        message("adding", "length", json!(1)),
        @"task adding: length = 1 is not a whole number from 2 to 1000000"
    );
    insta::assert_snapshot!(
        message("adding", "lenght", json!(10)),
        @"task adding: unknown field `lenght`, expected one of `length`, `validation_size`, `test_size`"
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
        if !entry.path().is_dir() {
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
