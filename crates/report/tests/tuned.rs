//! What the report says of tuning, and of the factors of a grid.

mod sweep;

use std::fs;

use report::{Format, Options, build, write};
use serde_json::json;
use store::{Candidate, Chosen, Outcome, RunResult, TunedKey, Tuning};
use sweep::{Sweep, adding, parity};

const RATES: [f64; 3] = [0.1, 0.01, 0.001];

/// Two arms on one task, three learning rates each with two seeds.
fn sweep() -> Sweep {
    let mut sweep = Sweep::new(&["lstm", "gru"], vec![adding(), parity()], &[0, 1]);
    sweep.plan.tasks.truncate(1);
    sweep.plan.conditions.truncate(2);
    let seeds = vec![Tuning::FIRST_SEED, Tuning::FIRST_SEED + 1];
    let mut candidates = Vec::new();
    for of in 0..2 {
        for rate in RATES {
            let mut condition = sweep.plan.conditions[of].clone();
            condition.config.train.insert("learning_rate".into(), rate.into());
            condition.identity = condition.config.identity();
            condition.folder = format!("tuning-{of}-{rate}");
            candidates.push(Candidate { of, values: vec![json!(rate)], condition });
        }
    }
    let chosen = |candidate: usize, score: f64, edges: &[&str]| {
        let edges = edges.iter().map(|&it| it.to_owned()).collect();
        Some(Chosen { candidate, score: Some(score), without: 0, edges })
    };
    sweep.plan.tuning = Some(Tuning {
        over: vec![TunedKey {
            key: "train.learning_rate".into(),
            values: RATES.map(|it| json!(it)).to_vec(),
        }],
        seeds: seeds.clone(),
        candidates: candidates.clone(),
        chosen: vec![chosen(1, 0.02, &[]), chosen(5, 0.01, &["train.learning_rate"])],
    });
    sweep.write_plan();
    for (index, candidate) in candidates.iter().enumerate() {
        for &seed in &seeds {
            // Every candidate is scored but the first, which diverges with one seed.
            let score = [0.5, 0.02, 0.05, 0.09, 0.03, 0.01][index];
            let result = sweep.finish(candidate.of, 0, &[(50, 0.2), (100, score)]);
            let is_lost = index == 0 && seed > Tuning::FIRST_SEED;
            let outcome = if is_lost { Outcome::Diverged { step: 3 } } else { result.outcome };
            let identity = candidate.condition.identity.clone();
            let result = RunResult { identity, seed, outcome, total_seconds: 10.0, ..result };
            let folder = sweep.folder().run(&candidate.condition, seed);
            fs::create_dir_all(folder.path()).unwrap();
            folder.write_result(&result).unwrap();
        }
    }
    for condition in 0..2 {
        for seed in 0..2 {
            sweep.finish(condition, seed, &[(50, 0.2), (100, 0.02)]);
        }
    }
    sweep
}

#[test]
fn space_trials_choice_edges_and_what_more_trials_would_find_are_told() {
    let sweep = sweep();
    let report = build(&sweep.folder()).unwrap();
    let [lstm, gru] = &report.tuned[..] else { panic!("{:?}", report.tuned) };
    assert_eq!((lstm.chosen, gru.chosen), (Some(1), Some(2)));
    let scores: Vec<_> = lstm.trials.iter().map(|it| it.score).collect();
    assert_eq!(scores, [None, Some(0.02), Some(0.05)]);
    assert!((lstm.seconds - 60.0).abs() < 1e-9, "{}", lstm.seconds);
    write(&sweep.folder(), &Options { formats: vec![Format::Markdown], to: None }).unwrap();
    let folder = sweep.folder().path().join("report");
    let text = fs::read_to_string(folder.join("report.md")).unwrap();
    let section = text.split("## Tuning").nth(1).unwrap().split("\n## ").next().unwrap();
    insta::assert_snapshot!(section.trim());
    assert!(text.contains("Only train.learning_rate was tuned, for every arm alike."), "{text}");
    let trials = fs::read_to_string(folder.join("figures/adding-trials.csv")).unwrap();
    // Of one trial the mean, of all the best.
    assert!(trials.contains("gru,1,0.043") && trials.contains("gru,3,0.01\n"), "{trials}");
    let sensitivity = fs::read_to_string(folder.join("figures/adding-sensitivity.csv")).unwrap();
    assert!(sensitivity.contains("train.learning_rate,0.001,gru,0.01\n"), "{sensitivity}");
    // Two minutes of tuning are part of what it cost.
    assert!(text.contains("2 min 1"), "{text}");
    sweep.diverge(1, 1, &[(50, 3e8)], 71);
    sweep.fail(1, 0, &[(50, 0.15)], "index out of bounds");
    sweep.stop(0, 0, &[(50, 0.3)]);
    assert_eq!(build(&sweep.folder()).unwrap().tuned.len(), 2);
}

/// Where several keys were tuned over a whole grid that has scores, it is told which of them matters.
#[test]
fn of_several_keys_it_is_told_which_matters() {
    let mut sweep = sweep();
    let tuning = sweep.plan.tuning.as_mut().unwrap();
    tuning.over.push(TunedKey { key: "model.hidden".into(), values: vec![json!(8)] });
    for candidate in &mut tuning.candidates {
        candidate.values.push(json!(8));
    }
    sweep.write_plan();
    write(&sweep.folder(), &Options { formats: vec![Format::Markdown], to: None }).unwrap();
    let text = fs::read_to_string(sweep.folder().path().join("report/report.md")).unwrap();
    let section = text.split("Which setting matters: ").nth(1).unwrap();
    assert!(
        section.contains("on average, train.learning_rate 100 %, model.hidden 0 %, and 0 % only"),
        "{section}"
    );
    // One trial of the LSTM has no score.
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| adding")).collect();
    assert_eq!(rows[0], "| adding | gru | 100 % | 0 % | 0 % |");
}
