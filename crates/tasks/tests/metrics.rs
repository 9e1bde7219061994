//! Every metric against scikit-learn and SciPy (`golden/metrics.py`), and its exactness.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde::Deserialize;
use tasks::{METRICS, Metric, Scored, Scores, Setting, Target, Targets};

#[derive(Deserialize)]
struct Case {
    kind: String,
    width: usize,
    lengths: Vec<usize>,
    outputs: Vec<f32>,
    targets: Vec<f64>,
    #[serde(default)]
    units: Vec<f64>,
    #[serde(default)]
    naive: Vec<f64>,
    scores: BTreeMap<String, f64>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("golden/metrics.json")).unwrap()
}

impl Case {
    fn setting(&self) -> Setting {
        let target = match &*self.kind {
            "class" => Target::Class { classes: self.width },
            "value" => Target::Value { values: self.width },
            _ => Target::Labels { labels: self.width },
        };
        let (units, naive_errors) = (self.units.clone(), self.naive.clone());
        Setting { units, naive_errors, ..Setting::of(target) }
    }

    /// The metrics that it has scores of; the loss is the one of its kind.
    fn metrics(&self) -> Vec<&'static Metric> {
        let losses = ["class", "value", "labels"];
        let loss = losses.iter().position(|kind| *kind == self.kind).unwrap();
        let others = METRICS[losses.len()..].iter();
        let others = others.filter(|metric| self.scores.contains_key(metric.name));
        std::iter::once(METRICS[loss]).chain(others.copied()).collect()
    }

    /// The targets of some rows.
    fn targets(&self, rows: std::ops::Range<usize>) -> Targets {
        let number = |value: &f64| *value as f32;
        let values = || self.targets[rows.start * self.width..rows.end * self.width].iter();
        match &*self.kind {
            "class" => {
                Targets::Classes(self.targets[rows.clone()].iter().map(|&c| c as u32).collect())
            }
            "value" => Targets::Values(values().map(number).collect()),
            _ => Targets::Labels(values().map(number).collect()),
        }
    }

    /// All scores, some whole sequences at a time.
    fn scores(&self, at_once: usize) -> BTreeMap<String, f64> {
        let mut scores = Scores::new(&self.metrics(), &self.setting());
        let mut row = 0;
        for lengths in self.lengths.chunks(at_once.min(self.lengths.len())) {
            let rows = row..row + lengths.iter().sum::<usize>();
            row = rows.end;
            let sequence = |(at, &length): (usize, &usize)| vec![at as u32; length];
            let sequences: Vec<u32> = lengths.iter().enumerate().flat_map(sequence).collect();
            let outputs = &self.outputs[rows.start * self.width..rows.end * self.width];
            scores.add(&Scored { outputs, targets: &self.targets(rows), sequences: &sequences });
        }
        scores.values()
    }
}

#[test]
fn metrics_agree_with_scikit_learn() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        let scores = case.scores(usize::MAX);
        assert_eq!(scores.keys().collect::<Vec<_>>(), case.scores.keys().collect::<Vec<_>>());
        for (name, expected) in &case.scores {
            let value = scores[name];
            let near = (value - expected).abs() <= 1e-9 * expected.abs().max(1.0);
            assert!(near, "{} {name}: {value} instead of {expected}", case.kind);
            seen.insert(name.clone());
        }
    }
    let all: BTreeSet<_> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
    assert_eq!(seen, all, "a golden for every metric");
}

#[test]
fn a_loss_that_is_told_is_a_mean_over_rows() {
    let case = &cases()[0];
    let mut scores = Scores::new(&case.metrics(), &case.setting());
    for (rows, loss) in [(0..10, 1.0), (10..40, 2.0)] {
        let outputs = &case.outputs[rows.start * case.width..rows.end * case.width];
        let sequences = vec![0; rows.len()];
        let targets = case.targets(rows);
        let scored = Scored { outputs, targets: &targets, sequences: &sequences };
        scores.add_with_loss(&scored, loss);
    }
    let values = scores.values();
    assert!((values["loss"] - 1.75).abs() < 1e-12);
    assert!((values["perplexity"] - 1.75_f64.exp()).abs() < 1e-12);
    assert!(values["accuracy"] > 0.0);
}

#[test]
fn metrics_have_names_and_directions() {
    let names: Vec<_> = METRICS.iter().map(|it| it.name).filter(|it| *it != "loss").collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let higher = METRICS.iter().filter(|metric| metric.higher_is_better).map(|metric| metric.name);
    insta::assert_compact_debug_snapshot!(
        higher.collect::<Vec<_>>(),
        @r#"["accuracy", "balanced_accuracy", "macro_f1", "exact_match", "frame_accuracy"]"#
    );
    assert!(METRICS.iter().all(|metric| metric.doc.ends_with('.') && !metric.over.is_empty()));
}

proptest! {
    #[test]
    fn the_size_of_batches_changes_no_bit(at_once in 1_usize..30, case in 0_usize..8) {
        let case = &cases()[case];
        let bits = |scores: BTreeMap<String, f64>| -> Vec<u64> {
            scores.into_values().map(f64::to_bits).collect()
        };
        prop_assert_eq!(bits(case.scores(at_once)), bits(case.scores(usize::MAX)));
    }
}
