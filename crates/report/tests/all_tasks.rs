//! All tasks of a sweep together: scores on one scale, arms against each other task by task, ranks.

#[expect(dead_code, reason = "this test needs a part of it")]
mod sweep;

use std::fs;

use report::{Format, Options, write};
use serde_json::{Value, json};
use store::PlannedTask;
use sweep::{Sweep, parity};

const SEEDS: [u64; 2] = [0, 1];

/// `n` tasks on which chance is right half of the time.
fn tasks(n: usize) -> Vec<PlannedTask> {
    let task = |index: usize| PlannedTask {
        label: format!("task {index:02}"),
        options: serde_json::Map::from_iter([("length".to_owned(), json!(index))]),
        ..parity()
    };
    (0..n).map(task).collect()
}

/// Three arms: on every task "gru" is better than "lstm" by 0.1 and more, and "peepholes" is better
/// than "lstm" on every second one, by next to nothing.
fn sweep(n: usize) -> Sweep {
    let sweep = Sweep::new(&["lstm", "gru", "peepholes"], tasks(n), &SEEDS);
    for task in 0..n {
        let level = 0.6 + 0.01 * task as f64;
        let turn = if task % 2 == 0 { 0.002 } else { -0.002 };
        for seed in SEEDS {
            let noise = 0.001 * seed as f64;
            let scores = [level, level + 0.1 + 0.001 * task as f64, level + turn];
            for (arm, score) in scores.into_iter().enumerate() {
                sweep.finish(3 * task + arm, seed, &[(50, 0.5), (100, score + noise)]);
            }
        }
    }
    sweep
}

fn written(sweep: &Sweep) -> (String, Value) {
    let formats = vec![Format::Markdown, Format::Json];
    write(&sweep.folder(), &Options { formats, to: None }).unwrap();
    let folder = sweep.folder().path().join("report");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    (read("report.md"), serde_json::from_str(&read("report.json")).unwrap())
}

fn section(markdown: &str) -> &str {
    let (_, rest) = markdown.split_once("## All tasks together").unwrap();
    rest.split_once("\n## ").map_or(rest, |it| it.0)
}

#[test]
fn many_tasks_are_ranked_and_what_no_test_tells_apart_is_joined() {
    let sweep = sweep(10);
    let (markdown, json) = written(&sweep);
    insta::assert_snapshot!(section(&markdown));
    let figures = sweep.folder().path().join("report/figures");
    let ranks = fs::read_to_string(figures.join("ranks.csv")).unwrap();
    assert_eq!(ranks, "arm,mean_rank\ngru,1\nlstm,2.5\npeepholes,2.5\n");
    let drawn = fs::read_to_string(figures.join("ranks.svg")).unwrap();
    assert!(drawn.contains("not told apart: lstm, peepholes"), "{drawn}");
    assert!(!drawn.contains("not told apart: gru"), "{drawn}");

    let all = &json["all_tasks"];
    assert_eq!(all["tasks"].as_array().unwrap().len(), 10);
    let gru = &all["arms"][1];
    let expected = json!({ "arm": "gru", "better_in": 1.0, "mean_rank": 1.0 });
    let Value::Object(expected) = expected else { panic!("{expected}") };
    assert!(expected.iter().all(|(key, value)| gru[key] == *value), "{gru}");
    // The scores of the ten tasks are 0.4 to 0.598 on the scale from chance to perfect, seeds differ by
    // 0.002, and test scores are 0.002 above those of validation; the gap is one minus their mean.
    let mean = (0..10).map(|it| 0.4 + 0.022 * f64::from(it)).sum::<f64>() / 10.0 + 0.003;
    let gap = gru["optimality_gap"]["value"].as_f64().unwrap();
    assert!((gap - (1.0 - mean)).abs() < 1e-9, "{gap} {mean}");
    let pairs = all["pairs"].as_array().unwrap();
    let of = |left: &str, right: &str| {
        pairs.iter().find(|it| it["left"] == left && it["right"] == right).unwrap()
    };
    let worse = of("lstm", "gru");
    assert_eq!((&worse["better"], &worse["worse"]), (&json!(0), &json!(10)));
    // 2 of 2^10 sign vectors, and the smallest of three.
    assert!((worse["p_holm"].as_f64().unwrap() - 3.0 * 2.0 / 1024.0).abs() < 1e-12);
    assert_eq!(of("lstm", "peepholes")["p_holm"], json!(1.0));
}

#[test]
fn few_tasks_are_not_ranked() {
    let sweep = sweep(9);
    let (markdown, json) = written(&sweep);
    assert!(section(&markdown).contains("9–0–0"), "{markdown}");
    assert!(!sweep.folder().path().join("report/figures/ranks.svg").exists());
    assert_eq!(json["all_tasks"]["arms"][0]["mean_rank"], Value::Null);
    // Of five tasks no test can tell anything, and none is given.
    let (markdown, _) = written(&self::sweep(5));
    assert!(section(&markdown).contains("| lstm | – | 0–0–5; -0.204 |"), "{}", section(&markdown));
}
