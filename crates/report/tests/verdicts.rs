//! Verdicts on claims, from the files of a results folder to the first screen of its report.

mod sweep;

use std::collections::BTreeMap;

use report::Verdict::{Inconclusive, Refuted, Supported};
use report::{Finding, Format, Options, build, table, write};
use serde_json::{Value, json};
use store::Claim;
use sweep::{Sweep, adding, parity};

const SEEDS: [u64; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

fn claim(text: &str, rest: Value) -> Claim {
    let mut all = json!({ "text": text, "left": "gru", "right": "lstm" });
    let Value::Object(rest) = rest else { panic!("{rest}") };
    all.as_object_mut().unwrap().extend(rest);
    serde_json::from_value(all).unwrap()
}

/// The GRU is better by about 0.02 on every seed and solves the task sooner; without a gate it is
/// as good as the LSTM up to noise.
fn sweep(claims: Vec<Claim>) -> Sweep {
    let mut sweep = Sweep::new(&["lstm", "gru", "no gate"], vec![adding()], &SEEDS);
    sweep.plan.claims = claims;
    sweep.write_plan();
    for seed in SEEDS {
        let noise = 0.001 * ((seed * 5) % 7) as f64;
        sweep.finish(0, seed, &[(50, 0.12), (100, 0.025 + noise)]);
        sweep.finish(1, seed, &[(50, 0.008), (100, 0.005 + 0.3 * noise)]);
        let turn = if seed % 2 == 0 { 1.0 } else { -1.0 };
        sweep.finish(2, seed, &[(50, 0.12), (100, 0.025 + noise + 0.0001 * turn)]);
    }
    sweep
}

fn verdicts(claims: Vec<Claim>) -> Vec<report::Verdict> {
    let report = build(&sweep(claims).folder()).unwrap();
    report.verdicts.iter().map(|it| it.verdict).collect()
}

#[test]
fn the_first_screen_has_the_answer_and_the_verdicts() {
    let sweep = sweep(vec![
        claim("A GRU is better", json!({ "expect": { "less": { "margin": 0.0 } } })),
        claim(
            "The gate does not matter",
            json!({ "left": "no gate", "expect": { "equivalent": { "margin": 0.001 } } }),
        ),
        claim("A GRU is worse", json!({ "expect": { "greater": { "margin": 0.0 } } })),
        claim(
            "Without a gate it is worse",
            json!({ "left": "no gate", "expect": { "greater": { "margin": 0.0 } }, "post_hoc": true }),
        ),
    ]);
    write(&sweep.folder(), &Options { formats: vec![Format::Markdown], to: None }).unwrap();
    let text = std::fs::read_to_string(sweep.folder().path().join("report/report.md")).unwrap();
    let (screen, rest) = text.split_once("## What was compared").unwrap();
    insta::assert_snapshot!(screen);
    let how = rest.split_once("## How the claims were judged").unwrap().1;
    insta::assert_snapshot!(how.split_once("\n## ").unwrap().0.trim());
    insta::assert_snapshot!(table(&build(&sweep.folder()).unwrap()));
}

#[test]
fn arms_are_better_worse_or_not_to_be_told_apart() {
    let report = build(&sweep(vec![]).folder()).unwrap();
    let arms = &report.tasks[0].arms;
    let goal = store::Goal::Minimize;
    let [gru, other] = [1, 2].map(|arm: usize| arms[arm].versus.as_ref().unwrap());
    assert_eq!((gru.finding(goal), other.finding(goal)), (Finding::Better, Finding::Open));
    // All eight signs agree, one of two comparisons: 2 / 2^8 times two.
    assert_eq!((gru.p.unwrap().p, gru.adjusted), (2.0 / 256.0, Some(4.0 / 256.0)));
    assert_eq!((gru.better, gru.incomplete), (Some(1.0), 0));
    assert!(gru.standardised.unwrap() < -5.0);
    assert_eq!(other.better, Some(0.5));
}

#[test]
fn claims_are_judged_on_more_than_scores() {
    let less = |metric: &str| {
        claim(metric, json!({ "metric": metric, "expect": { "less": { "margin": 0.0 } } }))
    };
    let greater = |metric: &str| {
        claim(metric, json!({ "metric": metric, "expect": { "greater": { "margin": 0.0 } } }))
    };
    let found = verdicts(vec![
        greater("solved"),
        less("steps_to_solve"),
        // 12 345 and 11 345.
        less("parameters"),
        greater("parameters"),
        // The same in every run.
        less("train_seconds"),
        // There was no look inside, and no size is known.
        less("gradient_decay"),
        less("state"),
    ]);
    assert_eq!(
        found,
        [Supported, Supported, Supported, Refuted, Inconclusive, Inconclusive, Inconclusive]
    );
}

#[test]
fn that_some_run_solves_its_task_is_shown_by_one_and_needs_no_test() {
    let any = |left: &str| {
        let expect = json!({ "greater": { "margin": 0.0 } });
        claim(left, json!({ "left": left, "right": 0.0, "metric": "solved", "expect": expect }))
    };
    let sweep = sweep(vec![any("gru"), any("lstm")]);
    let report = build(&sweep.folder()).unwrap();
    // Every GRU solves it, no LSTM does, which is no proof that none would.
    let found: Vec<_> = report.verdicts.iter().map(|it| (it.verdict, it.p)).collect();
    assert_eq!(found, [(Supported, None), (Inconclusive, None)]);
    // One is enough.
    let mut result = sweep.finish(0, SEEDS[3], &[(100, 0.001)]);
    result.best.as_mut().unwrap().test.insert("loss".into(), 0.001);
    sweep.run(0, SEEDS[3]).write_result(&result).unwrap();
    let report = build(&sweep.folder()).unwrap();
    assert_eq!(report.verdicts[1].verdict, Supported);
    write(&sweep.folder(), &Options { formats: vec![Format::Markdown], to: None }).unwrap();
    let page = std::fs::read_to_string(sweep.folder().path().join("report/report.md")).unwrap();
    for words in ["for which one run is enough", "is shown by one run", "| 8 of 8 |", "| 1 of 8 |"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[test]
fn runs_that_never_solve_count_with_all_their_steps() {
    let sweep = sweep(vec![claim(
        "sooner by 40 steps",
        json!({ "metric": "steps_to_solve", "expect": { "less": { "margin": 40.0 } } }),
    )]);
    let report = build(&sweep.folder()).unwrap();
    // The GRU after 50 steps, the LSTM never in 100.
    assert_eq!(report.verdicts[0].tasks[0].means, Some([50.0, 100.0]));
    assert_eq!(report.verdicts[0].verdict, Supported);
    let solving = report.tasks[0].arms[1].solving.as_ref().unwrap();
    assert_eq!((solving.rate.hits, solving.rate.of), (8, 8));
    assert_eq!((solving.median, solving.median_interval), (Some(50.0), Some((50.0, Some(50.0)))));
    let solving = report.tasks[0].arms[0].solving.as_ref().unwrap();
    assert_eq!((solving.rate.hits, solving.median, solving.median_interval), (0, None, None));
}

#[test]
fn a_claim_about_two_tasks_holds_on_both_or_not_at_all() {
    let metric = |tasks: &[&str]| json!({ "metric": "train_seconds", "tasks": tasks, "expect": { "less": { "margin": 0.0 } } });
    let both = ["adding", "parity length=20"];
    let mut sweep = Sweep::new(&["lstm", "gru"], vec![adding(), parity()], &SEEDS);
    sweep.plan.claims = vec![claim("on one", metric(&both[..1])), claim("on both", metric(&both))];
    sweep.write_plan();
    for seed in SEEDS {
        for (condition, seconds) in [(0, 2.0), (1, 1.0), (2, 2.0), (3, 2.0)] {
            let mut result = sweep.finish(condition, seed, &[(100, 0.1)]);
            result.train_seconds = seconds + 0.01 * seed as f64;
            sweep.run(condition, seed).write_result(&result).unwrap();
        }
    }
    let report = build(&sweep.folder()).unwrap();
    let found: Vec<_> = report.verdicts.iter().map(|it| (it.verdict, it.tasks.len())).collect();
    assert_eq!(found, [(Supported, 1), (Inconclusive, 2)]);
}

#[test]
fn a_claim_on_a_held_out_part_reads_that_part() {
    let mut task = adding();
    task.parts =
        vec![store::PlannedPart { name: "length_200".into(), sequences: 9, length: Some(200) }];
    let mut sweep = Sweep::new(&["lstm", "gru"], vec![task], &SEEDS);
    let greater = |part: Value| {
        claim(
            "worse on longer ones",
            json!({ "metric": "loss", "part": part, "expect": { "greater": { "margin": 0.0 } } }),
        )
    };
    let several = json!(["length_200", "length_400"]);
    sweep.plan.claims = vec![greater(json!("length_200")), greater(several)];
    sweep.write_plan();
    for seed in SEEDS {
        for (condition, far) in [(0, 0.1), (1, 0.2)] {
            let mut result = sweep.finish(condition, seed, &[(100, 0.5 - 0.1 * condition as f64)]);
            let scores = BTreeMap::from([("loss".to_owned(), far + 0.001 * seed as f64)]);
            for score in result.best.iter_mut().chain(&mut result.last) {
                let farther = BTreeMap::from([("loss".to_owned(), 0.3 - 0.5 * far)]);
                score.parts = BTreeMap::from([
                    ("length_200".to_owned(), scores.clone()),
                    ("length_400".to_owned(), farther),
                ]);
            }
            sweep.run(condition, seed).write_result(&result).unwrap();
        }
    }
    let report = build(&sweep.folder()).unwrap();
    assert_eq!(report.verdicts[0].verdict, Supported);
    assert!((report.verdicts[0].tasks[0].difference.unwrap().mean - 0.1).abs() < 1e-9);
    // On one of the two parts it is the other way round.
    assert_eq!(report.verdicts[1].verdict, Refuted);
    let parts: Vec<_> = report.verdicts[1].tasks.iter().map(|it| it.part.as_deref()).collect();
    assert_eq!(parts, [Some("length_200"), Some("length_400")]);
}

#[test]
fn an_arm_is_compared_with_a_number_as_with_an_arm() {
    let against = |number: f64, expect: Value| {
        claim("level", json!({ "right": number, "expect": expect, "published": "0.008" }))
    };
    let less = json!({ "less": { "margin": 0.0 } });
    let mut sweep = sweep(vec![
        // The GRU's losses are 0.006 to 0.0078.
        against(0.01, less.clone()),
        against(0.004, less.clone()),
        against(0.007, json!({ "equivalent": { "margin": 0.002 } })),
        against(0.0069, less),
    ]);
    sweep.plan.source = Some(store::Source {
        statement: "Gates help.".into(),
        paper: "Elman 1990".into(),
        place: "Figure 3".into(),
        differs: "It is smaller.".into(),
        ..store::Source::default()
    });
    sweep.write_plan();
    let report = build(&sweep.folder()).unwrap();
    let found: Vec<_> = report.verdicts.iter().map(|it| it.verdict).collect();
    assert_eq!(found, [Supported, Refuted, report::Verdict::Equivalent, Inconclusive]);
    let on = &report.verdicts[0].tasks[0];
    assert_eq!((on.conditions, on.means.unwrap()[1], on.incomplete), ((1, None), 0.01, 0));
    write(&sweep.folder(), &Options { formats: vec![Format::Markdown], to: None }).unwrap();
    let text = std::fs::read_to_string(sweep.folder().path().join("report/report.md")).unwrap();
    let (screen, rest) = text.split_once("## What was compared").unwrap();
    insta::assert_snapshot!(screen);
    assert!(rest.contains("Different: It is smaller."), "{rest}");
    let how = rest.split_once("## How the claims were judged").unwrap().1;
    insta::assert_snapshot!(how.split_once("\n## ").unwrap().0.lines().last().unwrap());
}

#[test]
fn lost_pairs_are_said_and_nothing_is_found_without_any() {
    let sweep = sweep(vec![claim("better", json!({ "expect": { "less": { "margin": 0.0 } } }))]);
    for seed in [5, 6, 7] {
        std::fs::remove_dir_all(sweep.run(1, seed).path()).unwrap();
    }
    sweep.diverge(1, 7, &[(50, 3e8)], 71);
    sweep.fail(1, 6, &[(50, 0.15)], "index out of bounds");
    sweep.stop(1, 5, &[(50, 0.3)]);
    let report = build(&sweep.folder()).unwrap();
    let on = &report.verdicts[0].tasks[0];
    assert_eq!((on.difference.unwrap().n, on.incomplete), (5, 3));
    assert!(table(&report).contains("5 pairs are too few to test"), "{}", table(&report));
    // Five pairs cannot show anything; the difference is there all the same.
    assert_eq!((report.verdicts[0].verdict, report.verdicts[0].needed), (Inconclusive, Some(6)));
    let empty = Sweep::new(&["lstm", "gru"], vec![adding()], &SEEDS);
    let report = build(&empty.folder()).unwrap();
    assert!(report.verdicts.is_empty());
}
