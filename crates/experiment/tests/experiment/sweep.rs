//! `[grid]`, `[zip]`, `[random]`, `exclude` and sweeps on the command line.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use store::Plan;

use crate::catalogue::{accepted, rejected};

const TWO: &str = r#"name = "two"
seeds = 2
baseline = "lstm"
[[task]]
kind = "adding"
[model]
architecture = "lstm"
hidden = 32
[[arm]]
name = "gru"
model.architecture = "gru"
"#;

fn with(lines: &str) -> String {
    format!("{TWO}{lines}")
}

fn arms(plan: &Plan) -> Vec<&str> {
    plan.arms.iter().map(|arm| arm.name.as_str()).collect()
}

fn named(lines: &str, overrides: &[&str]) -> Vec<String> {
    let plan = accepted(&with(lines), overrides).plan;
    arms(&plan).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_grid_takes_every_arm_through_every_combination() {
    let grid = "[grid]\nmodel.hidden = [16, 64]\ntrain.learning_rate = [0.01, 1e-3]\n";
    let plan = accepted(&with(grid), &[]).plan;
    assert_eq!(
        arms(&plan),
        [
            "lstm, hidden=16, learning_rate=0.01",
            "lstm, hidden=16, learning_rate=0.001",
            "lstm, hidden=64, learning_rate=0.01",
            "lstm, hidden=64, learning_rate=0.001",
            "gru, hidden=16, learning_rate=0.01",
            "gru, hidden=16, learning_rate=0.001",
            "gru, hidden=64, learning_rate=0.01",
            "gru, hidden=64, learning_rate=0.001",
        ]
    );
    assert_eq!(plan.baseline, "lstm, hidden=16, learning_rate=0.01");
    assert_eq!(plan.conditions[6].config.model.hidden, 64);
    assert_eq!(plan.conditions[6].config.train["learning_rate"], 0.01);
    assert_snapshot!(serde_json::to_string_pretty(&plan.arms[7]).unwrap());
}

#[test]
fn dotted_quoted_and_nested_keys_mean_the_same() {
    let ways = [
        "[grid]\nmodel.hidden = [16, 64]\ntrain.steps = [200, 300]\n",
        "[grid]\n\"model.hidden\" = [16, 64]\n\"train.steps\" = [200, 300]\n",
        "[grid.model]\nhidden = [16, 64]\n[grid.train]\nsteps = [200, 300]\n",
        "[grid]\nmodel = { hidden = [16, 64] }\n[grid.\"train\"]\n\"steps\" = [200, 300]\n",
    ];
    let plans = ways.map(|way| accepted(&with(way), &[]).plan);
    for plan in &plans[1..] {
        assert_eq!(plan, &plans[0]);
    }
    assert_eq!(plans[0].arms.len(), 8);
    let arm = with("[[arm]]\nname = \"wide\"\n\"model.hidden\" = 128\n");
    assert_eq!(accepted(&arm, &[]).plan.conditions[2].config.model.hidden, 128);
    assert_snapshot!(rejected(&with("[grid]\nmodel.hidden = [1]\n\"model.hidden\" = [2]\n"), &[]));
}

#[test]
fn zip_pairs_lists_and_multiplies_with_a_grid() {
    let lines = "[zip]\nmodel.hidden = [16, 64]\ntrain.learning_rate = [0.01, 0.001]\n\
                 [grid]\ntrain.steps = [200, 400]\n";
    let names = named(lines, &[]);
    assert_eq!(
        names[..4],
        [
            "lstm, steps=200, hidden=16, learning_rate=0.01",
            "lstm, steps=200, hidden=64, learning_rate=0.001",
            "lstm, steps=400, hidden=16, learning_rate=0.01",
            "lstm, steps=400, hidden=64, learning_rate=0.001",
        ]
    );
    assert_eq!(names.len(), 8);
}

#[test]
fn options_of_one_architecture_multiply_only_its_arms() {
    let experiment = accepted(&with("[grid]\nmodel.lstm.forget_bias = [0, 1, 2]\n"), &[]);
    assert_eq!(
        arms(&experiment.plan),
        ["lstm, forget_bias=0.0", "lstm, forget_bias=1.0", "lstm, forget_bias=2.0", "gru"]
    );
    assert_eq!(experiment.plan.arms[3].point, None);
    // An unused option is said once for an arm, not once for each of its points.
    let unused = "[model.gru]\nreset_after = false\n[grid]\nmodel.hidden = [1, 2, 3]\n";
    let unused = accepted(&with(unused), &["model.transformer.heads=2"]);
    let keys: Vec<_> = unused.unused.iter().map(|it| (it.arm, it.key.as_str())).collect();
    let (gru, heads) = ("model.gru.reset_after", "model.transformer.heads");
    assert_eq!(keys, [(0, gru), (0, heads), (3, heads)]);
    assert_eq!(unused.warnings.len(), 1, "{:?}", unused.warnings);
    assert_snapshot!(experiment.warnings.join("\n"), @r#"2 of 3 points of arm "gru" repeat an earlier one: they are run once"#);
}

#[test]
fn excluded_combinations_are_left_out() {
    let grid = "[grid]\nmodel.hidden = [16, 64]\ntrain.steps = [200, 400]\n";
    let lines = format!("{grid}[[exclude]]\nmodel.hidden = 64\ntrain.steps = 400\n");
    assert_eq!(named(&lines, &[]).len(), 6);
    let lines = format!("{grid}[[exclude]]\narm = \"gru\"\nmodel.hidden = 64\n");
    let names = named(&lines, &[]);
    assert_eq!(names.iter().filter(|name| name.starts_with("gru")).count(), 2);
    assert_eq!(names.len(), 6);
    // A default counts as a value, and the list form means the same.
    let text = TWO.replace(
        "seeds = 2",
        "seeds = 2\nexclude = [{ train = { learning_rate = 1e-3 }, model = { hidden = 16 } }]",
    );
    assert_eq!(accepted(&format!("{text}{grid}"), &[]).plan.arms.len(), 4);
    let text = with(&format!("{grid}[[exclude]]\nmodel.hidden = 65\n"));
    assert_snapshot!(accepted(&text, &[]).warnings.join("\n"), @"nothing has the values of `exclude` (`exclude`, line 15)");
}

#[test]
fn keys_of_tasks_make_tasks() {
    let lines = "[grid]\ntask.length = [50, 200]\n";
    let plan = accepted(&with(lines), &[]).plan;
    let labels: Vec<_> = plan.tasks.iter().map(|task| task.label.as_str()).collect();
    assert_eq!(labels, ["adding-50", "adding-200"]);
    assert_eq!(arms(&plan), ["lstm", "gru"]);
    let labelled =
        TWO.replace("kind = \"adding\"", "kind = \"adding\"\nlabel = \"lag\"\nlength = 9");
    let plan = accepted(&format!("{labelled}{lines}"), &[]).plan;
    assert_eq!(plan.tasks[1].label, "lag, length=200");
    let paired = "[zip]\ntask.length = [50, 200]\ntrain.steps = [300, 900]\n";
    let plan = accepted(&with(paired), &[]).plan;
    let steps: Vec<_> = plan.conditions.iter().map(|c| c.config.train["steps"].clone()).collect();
    assert_eq!(steps, [300, 300, 900, 900]);
    let lines = format!("{lines}[[exclude]]\ntask.length = 50\n");
    assert_eq!(accepted(&with(&lines), &[]).plan.tasks.len(), 1);
}

#[test]
fn random_points_are_the_same_every_time_and_prefixes_of_longer_searches() {
    let random = |samples: usize, seed: usize| {
        format!(
            "[random]\nsamples = {samples}\nseed = {seed}\nmodel.hidden = [16, 32, 64]\n\
             train.learning_rate = {{ low = 1e-4, high = 1e-1, scale = \"log\" }}\n\
             train.steps = {{ low = 200, high = 900 }}\n"
        )
    };
    let six = named(&random(6, 3), &[]);
    assert_eq!(named(&random(6, 3), &[]), six);
    let nine = named(&random(9, 3), &[]);
    assert_eq!((six.len(), nine.len()), (12, 18));
    assert_eq!(nine[..6], six[..6]);
    let other: BTreeSet<_> = named(&random(6, 4), &[]).into_iter().collect();
    assert!(six.iter().all(|name| !other.contains(name)));
    assert_snapshot!(six.join("\n"));
    let few = accepted(&with("[random]\nsamples = 9\nmodel.hidden = [16, 32]\n"), &[]);
    assert_eq!(few.plan.arms.len(), 4);
    assert!(
        few.warnings[0].starts_with("7 of 9 points of arm \"lstm\" repeat"),
        "{:?}",
        few.warnings
    );
}

#[test]
fn a_comma_on_the_command_line_sweeps_and_is_above_the_file() {
    let overrides = ["train.learning_rate=1e-2,1e-3", "model.lstm.forget_gate=learned,always-one"];
    assert_eq!(
        named("", &overrides),
        [
            "lstm, learning_rate=0.01, forget_gate=learned",
            "lstm, learning_rate=0.01, forget_gate=always-one",
            "lstm, learning_rate=0.001, forget_gate=learned",
            "lstm, learning_rate=0.001, forget_gate=always-one",
            "gru, learning_rate=0.01",
            "gru, learning_rate=0.001",
        ]
    );
    assert_eq!(accepted(TWO, &["seeds=4,7"]).plan.seeds, [4, 7]);
    assert_eq!(accepted(TWO, &["task.length=5,6"]).plan.tasks.len(), 2);
    let grid = "[grid]\nmodel.hidden = [16, 64]\ntrain.steps = [200, 400]\n";
    assert_eq!(named(grid, &["model.hidden=8", "train.steps=300,500,700"]).len(), 6);
    assert_eq!(named(grid, &["grid.model.hidden=[5]"]).len(), 4);
    let mut origins = BTreeSet::new();
    for value in accepted(&with(grid), &["train.steps=300,500"]).values.concat() {
        if ["train.steps", "model.hidden"].contains(&&*value.key) {
            origins.insert(value.origin.to_string());
        }
    }
    assert_eq!(Vec::from_iter(origins), ["[grid], line 13", "command line"]);
}

#[test]
fn wrong_sweeps() {
    let lines = r#"[grid]
model.hidden = [16, 0, "x"]
model.architecture = ["lstm", "gru"]
train.steps = 400
train.learning_rate = [0.1, 0.1]
train.setps = [1]
task.lenght = [1, 2]
arm.name = ["a"]
[zip]
train.clip_norm = [1, 2]
train.evaluate_every = [10]
[random]
train.early_stopping = { low = 1 }
backend = ["cuda"]
model.lstm.forget_bias = { low = 2, high = 1 }
task.length = [1]
"#;
    assert_snapshot!(rejected(&with(lines), &["train.steps=5,5"]));
}

#[test]
fn a_key_is_varied_in_one_place() {
    let lines = r#"[grid]
train.steps = [200, 400]
model.gru.reset_after = [true, false]
[zip]
train.steps = [300]
[random]
samples = 2
train.learning_rate = { low = 1e-3, high = 1, scale = "log" }
[tune.over]
train.learning_rate = [1e-3]
[[arm]]
name = "after"
model.gru.reset_after = true
"#;
    assert_snapshot!(rejected(&with(lines), &[]));
}

#[test]
fn wrong_excludes() {
    let lines = r#"[grid]
model.hidden = [16, 64]
task.length = [5, 6]
[[exclude]]
train.steps = 1000
[[exclude]]
arm = "grru"
model.hidden = 16
[[exclude]]
model.hidden = [16]
[[exclude]]
task.length = 5
model.hidden = 16
"#;
    assert_snapshot!(rejected(&with(lines), &[]));
    assert_snapshot!(rejected(
        &with(
            "[grid]\nmodel.hidden = [4, 5]\n[[exclude]]\nmodel.hidden = 4\n[[exclude]]\nmodel.hidden = 5\n"
        ),
        &[]
    ));
}

#[test]
fn a_sweep_without_end_is_refused() {
    let lists = (1..=6).map(|i| format!("{i}0, {i}1, {i}2, {i}3, {i}4, {i}5, {i}6, {i}7"));
    let list = lists.collect::<Vec<_>>().join(", ");
    let lines = format!(
        "[grid]\nmodel.hidden = [{list}]\ntrain.steps = [{list}]\ntrain.learning_rate = [{list}]\n"
    );
    let text = rejected(&with(&lines), &["train.evaluate_every=1"]);
    assert!(text.contains("110592 points for every arm are too many"), "{text}");
    let lines = format!(
        "[grid]\nmodel.hidden = [{list}]\n[random]\nsamples = 90000\ntrain.learning_rate = {{ low = 0, high = 1 }}\n"
    );
    assert!(rejected(&with(&lines), &[]).contains("4320000 points"));
}
