//! Every file of a results folder is flipped, cut and deleted in turn, and bits at random: the same
//! command then ends with the results of a sweep left alone, or names what it lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::damaged::copy_folder;
use crate::trained;
use crate::{Place, SMALL};

/// Random places that are hit.
const RANDOM: usize = 40;

/// Tuning whose worse half is stopped at a rung, then main runs.
const TUNED: &str = r#"
[tune]
over = { "train.learning_rate" = [1e-1, 1e-2, 1e-3, 1e-4] }
seeds = 1
[halving]
rungs = [10]
keep = 0.5
"#;

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// What a sweep came to.
#[derive(Debug, PartialEq)]
struct Outcome {
    results: BTreeMap<String, Value>,
    /// The main runs of the report, with their scores.
    table: String,
}

fn outcome(sweep: &Path) -> Outcome {
    let table = std::fs::read_to_string(sweep.join("report/runs.csv")).unwrap();
    // The columns up to the scores; the ones behind are times.
    let table = table.lines().map(|line| line.split(',').take(8).collect::<Vec<_>>().join(","));
    Outcome { results: trained::results(sweep), table: table.collect::<Vec<_>>().join("\n") }
}

/// A finished sweep to hit.
struct Target {
    place: Place,
    alone: Outcome,
    curves: BTreeMap<String, usize>,
}

impl Target {
    fn new(text: &str) -> Self {
        let place = Place::new();
        place.write("small.toml", text);
        let ended = place.run(&["run", "small.toml"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let sweep = place.path("results/small");
        Self { alone: outcome(&sweep), curves: lengths(&sweep), place }
    }

    /// Hits a copy of the sweep and types the command again.
    fn hit(&self, what: &str, file: &Path, hit: impl FnOnce(&Path)) {
        let other = Place::new();
        other.write("small.toml", &std::fs::read_to_string(self.place.path("small.toml")).unwrap());
        copy_folder(&self.place.path("results"), &other.path("results"));
        let sweep = other.path("results/small");
        hit(&sweep.join(file));
        let ended = other.run(&["run", "small.toml"]);
        let said = format!("{what} {}: {}", file.display(), ended.stderr);
        assert!(!said.contains("panicked"), "{said}");
        let report = std::fs::read_to_string(sweep.join("report/report.md")).unwrap();
        if ended.code == 0 {
            assert_eq!(outcome(&sweep), self.alone, "{said}");
        } else {
            assert!(matches!(ended.code, 75 | 100), "{} {said}", ended.code);
            assert!(said.contains("damaged: "), "{said}");
            let ended = other.run(&["run", "small.toml", "--rerun", "failed"]);
            assert_eq!(ended.code, 0, "{said}\n{}", ended.stderr);
            assert_eq!(outcome(&sweep), self.alone, "{said}");
        }
        // A curve that is not whole is named.
        if ended.code == 0 && lengths(&sweep) != self.curves {
            assert!(report.contains("events.jsonl holds "), "{said}\n{report}");
        }
    }
}

/// Evaluations that are known of every run that the report shows, which are not those of tuning.
fn lengths(sweep: &Path) -> BTreeMap<String, usize> {
    let shown = |name: &String| !name.ends_with("seed-1000000000");
    let curves = trained::curves(sweep).into_iter().filter(|(name, _)| shown(name));
    curves.map(|(name, curve)| (name, curve.len())).collect()
}

fn attack(text: &str, every: usize) {
    let target = Target::new(text);
    let sweep = target.place.path("results/small");
    let files: Vec<_> = files_in(&sweep)
        .into_iter()
        .map(|path| path.strip_prefix(&sweep).unwrap().to_owned())
        .collect();
    assert!(files.len() > 20, "{files:?}");
    for file in files.iter().step_by(every) {
        target.hit("delete", file, |path| std::fs::remove_file(path).unwrap());
        target.hit("cut", file, |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        });
        target.hit("empty", file, |path| std::fs::write(path, "").unwrap());
        target.hit("flip", file, |path| flip(path, 0.5, 3));
    }
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..RANDOM / every {
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let file = &files[next() as usize % files.len()];
        let (at, bit) = ((next() >> 11) as f64 / (1_u64 << 53) as f64, next() % 8);
        target.hit(&format!("bit {bit} at {at} of"), file, |path| flip(path, at, bit as u32));
    }
}

fn flip(path: &Path, at: f64, bit: u32) {
    let mut bytes = std::fs::read(path).unwrap();
    if !bytes.is_empty() {
        let at = (at * bytes.len() as f64) as usize;
        bytes[at] ^= 1 << bit;
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_finished_sweep_is_never_silently_another() {
    attack(SMALL, 1);
}

#[test]
fn tuning_and_rungs_are_never_silently_others() {
    attack(&(SMALL.to_owned() + TUNED), 3);
}
