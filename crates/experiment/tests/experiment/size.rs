//! Plans of ten thousand runs.

use std::fmt::Write as _;
use std::time::Instant;

use crate::catalogue::{accepted, read};

/// 25 arms, 4 points each, on 4 tasks, with 25 seeds.
fn large() -> String {
    let mut text = String::from("name = \"large\"\nseeds = 25\nmodel.architecture = \"lstm\"\n");
    for length in [10, 20, 30, 40] {
        let _ = writeln!(text, "[[task]]\nkind = \"adding\"\nlength = {length}");
    }
    for arm in 1..25 {
        let _ = writeln!(text, "[[arm]]\nname = \"arm {arm}\"\nmodel.lstm.forget_bias = {arm}");
        text.push_str("train.clip_norm = 5\n");
    }
    text + "[grid]\nmodel.hidden = [16, 32]\ntrain.learning_rate = [0.1, 0.01]\n"
}

#[test]
fn ten_thousand_runs_are_counted_right() {
    let plan = accepted(&large(), &[]).plan;
    assert_eq!((plan.arms.len(), plan.tasks.len(), plan.conditions.len()), (100, 4, 400));
    let runs: Vec<_> = plan.runs().collect();
    assert_eq!(runs.len(), 10_000);
    assert_eq!((runs[0], runs[399], runs[400]), ((0, 0), (399, 0), (0, 1)));
    assert_eq!(plan.comparisons(), 4 * 99);
    assert_eq!(plan.paired_seeds_needed(), 14);
}

/// The hardest shape for the planner: every run is a configuration of its own. A machine
/// that is busy with other things would spoil the measurement, so it is made by hand:
/// `cargo test -p experiment --test experiment -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn ten_thousand_configurations_in_a_second() {
    let rates = (1..=100).map(|rate| format!("{}", f64::from(rate) / 1000.0));
    let widths = (1..=100).map(|hidden| hidden.to_string());
    let [rates, widths] = [rates.collect::<Vec<_>>(), widths.collect()].map(|list| list.join(","));
    let text = "name = \"many\"\nseeds = 1\nmodel.architecture = \"lstm\"\n\
                task = [{ kind = \"adding\" }]\n";
    let overrides = [format!("train.learning_rate={rates}"), format!("model.hidden={widths}")];
    let overrides: Vec<_> = overrides.iter().map(String::as_str).collect();
    for (what, text, overrides) in [("shared", large(), vec![]), ("own", text.into(), overrides)] {
        let started = Instant::now();
        let plan = accepted(&text, &overrides).plan;
        let seconds = started.elapsed().as_secs_f64();
        let json = serde_json::to_string_pretty(&plan).unwrap();
        println!(
            "{what}: {} runs in {seconds:.3} s, plan of {} bytes",
            plan.runs().count(),
            json.len()
        );
        assert_eq!(plan.runs().count(), 10_000);
        assert!(seconds < 1.0, "{seconds}");
    }
}

#[test]
fn texts_that_are_long_or_deep_are_answered() {
    let dots = vec!["a"; 20_000].join(".");
    let many = (0..20_000).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    let texts = [
        format!("{dots} = 1\n"),
        format!("\"{dots}\" = 1\n"),
        format!("[grid]\nmodel.hidden = [{many}]\n"),
        format!("[random]\nsamples = 100000\n\"{dots}\" = 1\n"),
        format!("extends = \"{}\"\n", "x".repeat(20_000)),
    ];
    for text in &texts {
        let rejected = read(text, &[&format!("{dots}={many}")]).unwrap_err();
        assert!(rejected.render(false, 80).len() < 2_000_000);
    }
}
