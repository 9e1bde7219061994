//! The answers of every generated task against an independent implementation:
//! `golden/generators.py` reads sequences as people write them and says what is asked where.
//!
//! After a change of a generator: `UNROLL_WRITE_GENERATED=1 cargo test -p tasks --test generators`
//! draws the sequences anew, then `python3 golden/generators.py` answers them.

use std::path::Path;

use schema::Options;
use serde_json::{Value, json};
use tasks::{Asked, Context, Inputs, TASKS, TEST, Targets, Task, build};

/// Sequences of each kind, at most.
const SEQUENCES: usize = 24;

/// Every generated task, with small sizes; where options change what is asked, several times.
fn drawn() -> Vec<(&'static str, Value)> {
    vec![
        ("adding", json!({"length": 9})),
        ("adding", json!({"length": 10, "marks": "one-in-each-half"})),
        ("copy_memory", json!({"length": 7})),
        ("temporal_order", json!({"length": 20})),
        ("temporal_order", json!({"length": 30, "symbols": 3})),
        ("delayed_recall", json!({"delay": 8})),
        ("parity", json!({"train_length": 8, "test_length": 14, "points": 0})),
        ("even_pairs", json!({"train_length": 8, "test_length": 14, "points": 0})),
        ("cycle_navigation", json!({"train_length": 8, "test_length": 14, "points": 0})),
        ("modular_arithmetic", json!({"train_length": 8, "test_length": 14, "points": 0})),
        ("reverse_string", json!({"train_length": 8, "test_length": 14, "points": 0})),
        ("counting", json!({"train_length": 8, "test_length": 14, "points": 0})),
        (
            "counting",
            json!({"train_length": 8, "test_length": 14, "points": 0, "language": "anbncn"}),
        ),
        ("dyck", json!({"train_length": 8, "test_length": 14, "points": 0, "kinds": 3})),
        ("arithmetic", json!({"digits": 2})),
        ("arithmetic", json!({"digits": 3, "distractors": false})),
        ("associative_recall", json!({"length": 24, "pairs": 4, "vocabulary": 32})),
        ("fast_weights_retrieval", json!({"pairs": 4})),
        ("selective_copying", json!({"length": 14, "symbols": 4, "vocabulary": 8})),
        ("induction", json!({"length": 12, "test_length": 24, "vocabulary": 8})),
    ]
}

/// The sequences of one kind as people write them, and the answers as the task gives them.
fn sequences(kind: &str, options: &Value) -> Vec<(Value, Value)> {
    let options: Options = options.as_object().unwrap().clone().into_iter().collect();
    let context = Context { datasets: Path::new("datasets") };
    let task = build(kind, &options, &context).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let count = SEQUENCES.min(task.parts()[TEST].sequences);
    (0..count).map(|index| sequence(&*task, index)).collect()
}

fn sequence(task: &dyn Task, index: usize) -> (Value, Value) {
    let batch = task.evaluation_batch(TEST, index, 1);
    let names = task.names();
    let named = |names: &[String], number: u32| match names.get(number as usize) {
        Some(name) => name.clone(),
        None => number.to_string(),
    };
    let inputs = match &batch.inputs {
        Inputs::Tokens(tokens) => {
            tokens.iter().map(|&it| json!(named(&names.tokens, it))).collect()
        }
        Inputs::Values(values) => values.chunks(2).map(|step| json!(step)).collect::<Vec<_>>(),
    };
    let asked = match &batch.asked {
        Asked::Sequences => Value::Null,
        Asked::Steps(steps) => json!(steps),
    };
    let answers = match &batch.targets {
        Targets::Classes(classes) => {
            json!(classes.iter().map(|&it| named(&names.classes, it)).collect::<Vec<_>>())
        }
        Targets::Values(values) | Targets::Labels(values) => json!(values),
    };
    (json!(inputs), json!({"at": asked, "are": answers}))
}

#[test]
fn answers_are_those_of_an_independent_implementation() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/generators.jsonl");
    if std::env::var_os("UNROLL_WRITE_GENERATED").is_some() {
        let lines = drawn().into_iter().flat_map(|(task, options)| {
            sequences(task, &options).into_iter().map(move |(sequence, _)| {
                json!({"task": task, "options": options, "sequence": sequence}).to_string() + "\n"
            })
        });
        std::fs::write(&path, lines.collect::<String>()).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let mut golden = golden.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    for (task, options) in drawn() {
        for (number, (sequence, answers)) in sequences(task, &options).into_iter().enumerate() {
            let golden = golden.next().unwrap();
            assert_eq!(golden["sequence"], sequence, "{task} {options} {number}: drawn anew?");
            let expected = &golden["answers"];
            if let Some(number) = expected["are"][0].as_f64() {
                let sum = answers["are"][0].as_f64().unwrap();
                assert!((sum - number).abs() < 1e-6, "{task}: {sum} {number}");
            } else {
                assert_eq!(*expected, answers, "{task} {options}: {sequence}");
            }
        }
    }
    assert!(golden.next().is_none());
}

#[test]
fn every_generated_task_is_among_them() {
    let context = Context { datasets: Path::new("datasets") };
    for entry in TASKS {
        // Those that need a file of the user's are not generated.
        let Ok(task) = build(entry.name, &Options::default(), &context) else { continue };
        if task.facts().training_sequences == 0 && !task.shape().carried {
            assert!(drawn().iter().any(|(name, _)| *name == entry.name), "{}", entry.name);
        }
    }
}
