//! Seeds until decided: which runs are wanted, and what the report says of it.

mod sweep;

use std::collections::BTreeSet;

use report::{State, Verdict, Wanted, build, table, wanted};
use serde_json::json;
use store::Rounds;
use sweep::{Sweep, adding, parity};

const AT_MOST: u64 = 16;

/// Three arms: the second is better by far, the third is like the first but for noise.
fn plan() -> Sweep {
    let seeds: Vec<u64> = (0..AT_MOST).collect();
    let mut sweep = Sweep::new(&["lstm", "gru", "twin"], vec![adding(), parity()], &seeds);
    // One task is enough: the other has the baseline's configuration everywhere.
    sweep.plan.tasks.truncate(1);
    sweep.plan.conditions.truncate(3);
    sweep.plan.rounds = Some(Rounds { first: 6 });
    sweep.plan.claims = vec![
        serde_json::from_value(json!({
            "text": "better", "left": "gru", "right": "lstm",
            "expect": { "less": { "margin": 0.0 } },
        }))
        .unwrap(),
    ];
    sweep.write_plan();
    sweep
}

fn next(sweep: &Sweep) -> Wanted {
    wanted(&sweep.folder(), &sweep.plan).unwrap().unwrap()
}

fn finish(sweep: &Sweep, (condition, seed): (usize, u64)) {
    let noise = 0.001 * ((seed * 7) % 5) as f64;
    let turn = if seed % 2 == 0 { 1.0 } else { -1.0 };
    let score = [0.02 + noise, 0.004 + 0.3 * noise, 0.02 + noise + 0.0003 * turn][condition];
    match (condition, seed) {
        // What fails or diverges is no pair, and holds nothing up.
        (1, 3) => sweep.diverge(1, 3, &[(50, 3e8)], 71),
        (1, 4) => sweep.fail(1, 4, &[(50, 0.15)], "index out of bounds"),
        _ => drop(sweep.finish(condition, seed, &[(50, 0.12), (100, score)])),
    }
}

#[test]
fn a_decided_arm_gets_no_more_seeds_and_an_open_one_goes_on_to_the_last() {
    let sweep = plan();
    let mut rounds = Vec::new();
    loop {
        let now = next(&sweep);
        if now.is_over {
            break;
        }
        let todo: Vec<_> = now
            .runs
            .iter()
            .copied()
            .filter(|&(condition, seed)| !sweep.run(condition, seed).events_path().exists())
            .collect();
        assert!(!todo.is_empty(), "{now:?}");
        rounds.push(todo.len());
        for &run in &todo[1..] {
            finish(&sweep, run);
        }
        // As long as one run is missing the round is the same, in whatever order they came.
        assert_eq!(next(&sweep).runs, now.runs);
        finish(&sweep, todo[0]);
    }
    // All three start with six; the GRU is decided on the way, the twin never.
    assert_eq!(rounds[0], 18);
    assert_eq!(*rounds.last().unwrap(), 2);
    let now = next(&sweep);
    assert_eq!((now.is_over, now.seeds), (true, 16));
    let of = |condition: usize| now.runs.iter().filter(|it| it.0 == condition).count();
    assert_eq!((of(0), of(2)), (16, 16));
    assert!((10..16).contains(&of(1)), "{}", of(1));

    let report = build(&sweep.folder()).unwrap();
    assert_eq!(report.accounting.total.not_needed, 16 - of(1));
    assert_eq!(report.accounting.total.unknown(), 1, "the failed one");
    assert_eq!(report.verdicts[0].verdict, Verdict::Supported);
    let arms = &report.tasks[0].arms;
    let adjusted = |arm: usize| arms[arm].versus.as_ref().unwrap().adjusted.unwrap();
    assert!(adjusted(1) <= 0.05 && adjusted(2) > 0.5, "{} {}", adjusted(1), adjusted(2));
    assert!(report.runs.iter().any(|run| run.state == State::NotNeeded));
    let text = table(&report);
    assert!(text.contains("Seeds were added until decided: 6 seeds of every arm"), "{text}");
}

#[test]
fn what_is_wanted_does_not_depend_on_the_order_of_results() {
    let (one, other) = (plan(), plan());
    let all: Vec<(usize, u64)> =
        (0..AT_MOST).flat_map(|seed| (0..3).map(move |it| (it, seed))).collect();
    for &run in &all {
        finish(&one, run);
    }
    for &run in all.iter().rev() {
        finish(&other, run);
    }
    let names = |it: &Wanted| it.runs.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(names(&next(&one)), names(&next(&other)));
    // Results beyond what was wanted are there, and are not counted against it.
    assert!(next(&one).is_over);
}

#[test]
fn without_rounds_nothing_is_chosen() {
    let sweep = Sweep::new(&["lstm"], vec![adding()], &[0, 1]);
    assert_eq!(wanted(&sweep.folder(), &sweep.plan).unwrap(), None);
    sweep.stop(0, 0, &[(50, 0.3)]);
    let mut broken = Sweep::new(&["lstm"], vec![adding()], &[0, 1]);
    broken.plan.rounds = Some(Rounds { first: 3 });
    broken.write_plan();
    let error = build(&broken.folder()).unwrap_err().to_string();
    assert!(error.contains("its first round is not one of its seeds"), "{error}");
}
