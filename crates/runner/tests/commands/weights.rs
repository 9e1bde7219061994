//! Weights that are kept, exported, started from and asked: `keep`, `export`, `model.weights`,
//! `predict`.

use std::process::Command;

use crate::data::with_walks;
use crate::{Ended, Place, SMALL};

/// A classification of the user's own data by one layer.
const WALKS: &str = r#"
name = "walks"
seeds = 1
keep = "both"

[model]
architecture = "lstm"
hidden = 5

[train]
steps = 30
evaluate_every = 10
batch = 8

[[task]]
kind = "dataset"
path = "data/walks"
"#;

/// The folder of the one run of a sweep.
fn only_run(place: &Place, sweep: &str) -> String {
    let arm = place.names(&format!("results/{sweep}/runs")).remove(0);
    format!("results/{sweep}/runs/{arm}/seed-0")
}

#[track_caller]
fn done(ended: Ended) -> Ended {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
}

#[test]
fn kept_weights_are_exported_and_started_from() {
    let place = Place::new();
    // The other arm could not start from a recurrent layer.
    let (alone, _) = SMALL.split_once("[[arm]]").unwrap();
    place.write("small.toml", alone);
    let gru = ["--only", "seed=0"];
    done(place.run(&[&["run", "small.toml", "keep=last"], &gru[..]].concat()));
    let arm = place.names("results/small/runs").remove(0);
    let run = format!("results/small/runs/{arm}/seed-0");
    let export = done(place.run(&["export", &run, "gru.safetensors"]));
    insta::assert_snapshot!("export", format!("{}{}", export.stderr, export.stdout));
    let card = std::fs::read_to_string(place.path("gru.md")).unwrap();
    let scores = card.split_once("## Scores").unwrap().1;
    for told in ["in `gru.safetensors`", "These are the last weights", "| `arm` | gru |"] {
        assert!(card.contains(told), "{told}: {card}");
    }
    assert!(scores.contains("| loss | "), "{card}");

    // A run that takes no step away from them ends with the same weights, and so with the same
    // scores; its identity is another.
    let start = ["model.weights=gru.safetensors", "train.learning_rate=0", "keep=last"];
    let again = [&["run", "small.toml", "name=\"again\""], &start[..], &gru[..]].concat();
    done(place.run(&again));
    let other = place.names("results/again/runs").remove(0);
    assert_ne!(other, arm);
    let second = format!("results/again/runs/{other}/seed-0");
    done(place.run(&["export", &second, "second.safetensors"]));
    let tensors = |file: &str| weights::read(&place.path(file)).unwrap().tensors;
    assert_eq!(tensors("second.safetensors"), tensors("gru.safetensors"));
    let scores = |run: &str| done(place.run(&["predict", run, "test"])).stdout;
    assert_eq!(scores(&second), scores(&run));
}

#[test]
fn what_cannot_be_exported_or_started_from_is_said() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    done(place.run(&["run", "small.toml", "--only", "arm=gru,seed=0"]));
    let arm = place.names("results/small/runs").remove(0);
    let run = &*format!("results/small/runs/{arm}/seed-0");
    let late = done(place.run(&["run", "small.toml", "keep=best", "--only", "arm=gru,seed=0"]));
    let note = "1 of the finished runs did not keep the weights that `keep` asks for now, such as";
    assert!(late.stderr.contains(note), "{}", late.stderr);
    done(place.run(&["run", "small.toml", "name=\"kept\"", "keep=best", "--only", "seed=1"]));
    let kept: Vec<_> = place.names("results/kept/runs");
    let kept = |arm: &str| {
        let folder = kept.iter().find(|name| name.starts_with(arm)).unwrap();
        format!("results/kept/runs/{folder}/seed-1")
    };
    let gru = &*kept("gru");
    done(place.run(&["export", gru, "gru.safetensors"]));
    place.write("words.pt", "no weights");
    let best = place.path(gru).join("best.safetensors");
    let start = |file: &str| {
        let weights = format!("model.weights={file}");
        place.run(&["plan", "small.toml", &weights, "--no-probe"])
    };
    let mut all = vec![
        place.run(&["export", run, "other.safetensors"]),
        place.run(&["export", "results/small", "other.safetensors"]),
        place.run(&["export", "results", "other.safetensors"]),
        place.run(&["export", gru, "gru.safetensors"]),
        place.run(&["export", gru, "gru.bin"]),
        place.run(&["export", gru, "x.md"]),
        place.run(&["export", gru, "x.safetensors", "--weights", "last"]),
        place.run(&["predict", gru, "tset"]),
        start("gone.safetensors"),
        start("words.pt"),
        // The other arm has no recurrent layer.
        start("gru.safetensors"),
        place.run(&[
            "plan",
            "small.toml",
            "model.weights=gru.safetensors",
            "model.hidden=6",
            "--no-probe",
        ]),
    ];
    let mut bytes = std::fs::read(&best).unwrap();
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    std::fs::write(&best, bytes).unwrap();
    all.push(place.run(&["export", gru, "x.safetensors"]));
    assert!(all.iter().all(|ended| ended.code == 2 && ended.stdout.is_empty()));
    assert!(!place.path("x.safetensors").exists());
    let said: Vec<_> = all.into_iter().map(|ended| ended.stderr).collect();
    let said = said
        .join("--\n")
        .replace(&arm, "gru-HASH")
        .replace(gru.split('/').nth(3).unwrap(), "gru-HASH");
    insta::assert_snapshot!("weights_refused", said);
    let check = place.run(&["check", "results/kept"]);
    assert_eq!(check.code, 100);
    assert!(check.stdout.contains("best.safetensors: "), "{}", check.stdout);
}

#[test]
fn predictions_are_those_of_the_scores_and_new_data_are_read_as_the_old() {
    let place = with_walks();
    place.write("walks.toml", WALKS);
    done(place.run(&["run", "walks.toml"]));
    let run = only_run(&place, "walks");
    let csv = done(place.run(&["predict", &run, "test"]));
    let mut lines = csv.stdout.lines();
    assert_eq!(lines.next(), Some("sequence,prediction,answer,probability"));
    let rows: Vec<Vec<_>> = lines.map(|line| line.split(',').collect()).collect();
    let right = rows.iter().filter(|row| row[1] == row[2]).count() as f64 / rows.len() as f64;
    assert!(csv.stderr.contains(&format!("accuracy {right:.6}")), "{}", csv.stderr);
    let result = store::RunFolder::new(place.path(&run)).result().unwrap().unwrap();
    assert!((result.best.unwrap().test["accuracy"] - right).abs() < 1e-12);

    // The same sequences as another data set, alone: whoever walked in the test part.
    let json = done(place.run(&["predict", &run, "test", "--format", "json", "--probabilities"]));
    let object: serde_json::Value =
        serde_json::from_str(json.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(object["prediction"], rows[0][1]);
    let sum: f64 = object
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.starts_with("probability of"))
        .map(|(_, value)| value.as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-6, "{object}");
    std::fs::create_dir_all(place.path("new")).unwrap();
    for file in ["dataset.toml", "walks.csv"] {
        std::fs::copy(
            place.path(&format!("data/walks/{file}")),
            place.path(&format!("new/{file}")),
        )
        .unwrap();
    }
    let all = done(place.run(&["predict", &run, "new", "--to", "all.csv"]));
    assert_eq!(all.stdout, "");
    let all = std::fs::read_to_string(place.path("all.csv")).unwrap();
    assert_eq!(all.lines().count(), 1 + 36);
    // Each sequence of the test part is among them, told the same.
    let said = |row: &[&str]| row[1..].join(",");
    for row in &rows {
        assert!(
            all.lines().any(|line| said(&line.split(',').collect::<Vec<_>>()) == said(row)),
            "{row:?}"
        );
    }
    let text = std::fs::read_to_string(place.path("new/walks.csv")).unwrap();
    place.write("new/walks.csv", &text.replace(",run", ",crawl"));
    let unknown = place.run(&["predict", &run, "new"]);
    assert_eq!(unknown.code, 2);
    insta::assert_snapshot!("predict_unknown_label", unknown.stderr);
}

/// There and back through PyTorch: it loads what is exported, says the same, and what it saves is
/// started from. Where `UNROLL_PYTHON`, or `python3`, has no PyTorch and safetensors, the goldens of
/// `architectures` and `weights` stand for it.
#[test]
fn weights_go_to_pytorch_and_back() {
    let python = std::env::var("UNROLL_PYTHON").unwrap_or_else(|_| "python3".into());
    let asked = Command::new(&python).args(["-c", "import torch, safetensors"]).output();
    if !asked.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python} has no PyTorch and safetensors");
        return;
    }
    for (architecture, options) in [
        ("vanilla", vec![]),
        ("lstm", vec![]),
        ("gru", vec![]),
        ("stacked", vec!["model.stacked.layers=3", "model.stacked.cell=gru"]),
        ("bidirectional", vec!["model.bidirectional.layers=2"]),
    ] {
        let place = with_walks();
        place.write("walks.toml", WALKS);
        place.write("round_trip.py", include_str!("round_trip.py"));
        let architecture = format!("model.architecture={architecture}");
        let mut run = vec!["run", "walks.toml", &architecture, "task.standardize=false"];
        run.extend(&options);
        done(place.run(&run));
        let folder = only_run(&place, "walks");
        done(place.run(&["export", &folder, "out.safetensors"]));
        let said = done(place.run(&["predict", &folder, "data/walks", "--probabilities"]));
        place.write("said.csv", &said.stdout);
        let ended = Command::new(&python)
            .arg("round_trip.py")
            .current_dir(place.folder.path())
            .output()
            .unwrap();
        assert!(
            ended.status.success(),
            "{architecture}: {}",
            String::from_utf8_lossy(&ended.stderr)
        );
        // What PyTorch saved, with its two biases, is the same model.
        run.extend(["name=\"back\"", "model.weights=back.pt", "train.learning_rate=0"]);
        done(place.run(&run));
        let back = only_run(&place, "back");
        let again =
            done(place.run(&["predict", &back, "data/walks", "--probabilities", "--weights=last"]));
        let numbers = |text: &str| -> Vec<f64> {
            text.lines()
                .skip(1)
                .flat_map(|line| {
                    line.split(',').filter_map(|it| it.parse().ok()).collect::<Vec<_>>()
                })
                .collect()
        };
        let (first, second) = (numbers(&said.stdout), numbers(&again.stdout));
        assert_eq!(first.len(), second.len());
        for (first, second) in first.iter().zip(&second) {
            assert!((first - second).abs() < 1e-5, "{architecture}: {first} {second}");
        }
    }
}
