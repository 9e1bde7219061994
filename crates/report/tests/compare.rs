//! Sweeps beside each other.

mod sweep;

use report::{Page, ReportError, compare};
use sweep::{Sweep, adding, parity};

const SEEDS: [u64; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// Two arms on two tasks; `worse` is added to what the second arm scores on the first task.
fn sweep(arms: &[&str], worse: f64) -> Sweep {
    let sweep = Sweep::new(arms, vec![adding(), parity()], &SEEDS);
    for seed in SEEDS {
        let noise = 0.001 * ((seed * 5) % 7) as f64;
        sweep.finish(0, seed, &[(100, 0.02 + noise)]);
        sweep.finish(1, seed, &[(100, 0.03 + noise + worse * (1.0 + noise))]);
        sweep.finish(2, seed, &[(100, 0.7 + noise)]);
    }
    sweep.diverge(3, 0, &[(50, 3e8)], 71);
    sweep.fail(3, 1, &[(50, 0.15)], "index out of bounds");
    sweep.stop(3, 2, &[(50, 0.3)]);
    sweep
}

#[test]
fn what_changed_is_found_and_what_did_not_is_the_same_to_the_last_bit() {
    let (one, mut two) = (sweep(&["lstm", "gru"], 0.0), sweep(&["lstm", "gru"], 0.01));
    two.plan.tasks[0].checksum = "adding-v2".into();
    two.plan.conditions[1].config.train.insert("learning_rate".into(), 0.01.into());
    two.write_plan();
    let mut other = sweep::provenance(&two.plan, 0);
    other.commit = "fedcba9".into();
    two.run(0, 0).write_provenance(&other).unwrap();
    let text = compare(&[one.folder(), two.folder()], Page::Markdown).unwrap();
    let [one, two] = [&one, &two].map(|it| it.folder().path().display().to_string());
    let text = text.replace(&text::markdown(&one), "ONE").replace(&text::markdown(&two), "TWO");
    insta::assert_snapshot!(text.replace(&one, "ONE").replace(&two, "TWO"));
}

#[test]
fn the_same_sweep_twice_differs_in_nothing() {
    let (one, two) = (sweep(&["lstm", "gru"], 0.0), sweep(&["lstm", "gru"], 0.0));
    let text = compare(&[one.folder(), two.folder(), one.folder()], Page::Markdown).unwrap();
    assert!(text.contains("0 are better in the second and 0 worse"), "{text}");
    assert!(
        text.contains("Machine, backend, code, data and configurations are the same."),
        "{text}"
    );
    assert_eq!(text.matches("## What changed").count(), 2);
    let page = compare(&[one.folder(), two.folder()], Page::Html).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
}

#[test]
fn sweeps_without_a_common_arm_are_refused() {
    let (one, two) = (sweep(&["lstm", "gru"], 0.0), sweep(&["a", "b"], 0.0));
    let error = compare(&[one.folder(), two.folder()], Page::Markdown).unwrap_err();
    assert!(matches!(error, ReportError::NothingInCommon { .. }), "{error}");
}
