//! What right files mean.

use std::path::Path;

use experiment::{Origin, Part, Source, load};
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::{Condition, Goal, Plan, ReadAt, Solved};

use crate::catalogue::{Small, accepted};

const GATES: &str = r#"name     = "gates-on-adding"
question = "Which gate does a long lag need?"
seeds    = 3

[[task]]
kind   = "adding"
length = 50
metric = { name = "loss", goal = "minimize", at = "final", solved = { below = 0.01 } }

[[task]]
kind   = "parity"
length = 8
train.steps = 600

[model]
architecture = "lstm"
hidden = 32
[model.lstm]
forget_bias = 2

[train]
steps = 400
clip_norm = 1

[[arm]]
name = "no forget gate"
model.lstm.forget_gate = "always-one"

[[arm]]
name = "GRU"
[arm.model]
architecture = "gru"
[arm.train]
steps = 800
"#;

fn condition<'a>(plan: &'a Plan, arm: &str, task: &str) -> &'a Condition {
    let found = plan.conditions.iter().find(|condition| {
        plan.arms[condition.arm].name == arm && plan.tasks[condition.task].label == task
    });
    found.unwrap()
}

fn train(plan: &Plan, arm: &str, task: &str, key: &str) -> Value {
    condition(plan, arm, task).config.train[key].clone()
}

#[test]
fn the_whole_plan() {
    let plan = accepted(GATES, &[]).plan;
    assert_eq!(plan.seeds, [0, 1, 2]);
    assert_eq!(plan.baseline, "lstm");
    assert_eq!(plan.tasks[0].metric.at, ReadAt::Final);
    assert_eq!(plan.tasks[0].metric.solved, Some(Solved::Below(0.01)));
    assert_eq!(plan.tasks[1].metric.goal, Goal::Maximize);
    assert_eq!(plan.tasks[1].metric.name, "accuracy");
    assert_snapshot!(serde_json::to_string_pretty(&plan).unwrap());
}

#[test]
fn conditions_are_arms_within_tasks_and_name_their_folders() {
    let plan = accepted(GATES, &[]).plan;
    let shape: Vec<_> = plan.conditions.iter().map(|c| (c.task, c.arm)).collect();
    assert_eq!(shape, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
    for condition in &plan.conditions {
        assert_eq!(condition.identity, condition.config.identity());
        assert_eq!(condition.folder.rsplit('-').next(), Some(&condition.identity[..8]));
    }
    assert!(
        condition(&plan, "no forget gate", "adding").folder.starts_with("no-forget-gate-adding-")
    );
    let one = GATES.replace("[[task]]\nkind   = \"parity\"\nlength = 8\ntrain.steps = 600\n", "");
    let plan = accepted(&one, &[]).plan;
    let identity = &plan.conditions[2].identity;
    assert_eq!(plan.conditions[2].folder, format!("gru-{}", &identity[..8]));
}

#[test]
fn an_arm_is_above_the_command_line_above_a_task_above_the_file() {
    let plan = accepted(GATES, &[]).plan;
    assert_eq!(train(&plan, "lstm", "adding", "steps"), 400);
    assert_eq!(train(&plan, "lstm", "parity", "steps"), 600);
    assert_eq!(train(&plan, "GRU", "parity", "steps"), 800);
    assert_eq!(train(&plan, "lstm", "adding", "learning_rate"), 1e-3);
    let experiment = accepted(GATES, &["train.steps=500", "train.steps=700"]);
    assert_eq!(train(&experiment.plan, "lstm", "adding", "steps"), 700);
    assert_eq!(train(&experiment.plan, "lstm", "parity", "steps"), 700);
    assert_eq!(train(&experiment.plan, "GRU", "parity", "steps"), 800);
    assert_snapshot!(experiment.warnings.join("\n"), @r#"`train.steps` on the command line does not reach arm "GRU", which sets it itself ([[arm]], line 34)"#);
}

#[test]
fn overrides_reach_every_part_of_the_file() {
    let overrides = [
        "name=quick",
        "seeds=[4, 2]",
        "backend=ndarray",
        "model.hidden=8",
        "model.gru.reset_after=false",
        "task.length=5",
        "task.noise=0.5",
        "baseline=reference",
    ];
    let plan = accepted(GATES, &overrides).plan;
    assert_eq!(plan.experiment, "quick");
    assert_eq!(plan.seeds, [4, 2]);
    assert_eq!(plan.baseline, "reference");
    for condition in &plan.conditions {
        assert_eq!(condition.config.backend, "ndarray");
        assert_eq!(condition.config.model.hidden, 8);
        assert_eq!(condition.config.task.options["length"], 5);
    }
    assert_eq!(condition(&plan, "GRU", "adding").config.model.options["reset_after"], false);
    assert_eq!(plan.tasks[0].options.get("noise"), None);
    assert_eq!(plan.tasks[1].options["noise"], 0.5);
}

#[test]
fn every_value_says_where_it_came_from() {
    let experiment = accepted(GATES, &["model.hidden=8"]);
    let at = experiment.plan.conditions.iter().position(|c| (c.task, c.arm) == (1, 1)).unwrap();
    let lines = experiment.values[at]
        .iter()
        .map(|value| format!("{} = {} ({})", value.key, value.value, value.origin));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    task.length = 8 ([[task]], line 12)
    backend = "flex" (default)
    model.architecture = "lstm" (line 16)
    model.hidden = 8 (command line)
    model.pooling = "last" (default)
    model.lstm.forget_gate = "always-one" ([[arm]], line 27)
    model.lstm.forget_bias = 2.0 (line 19)
    train.steps = 600 ([[task]], line 13)
    train.evaluate_every = 100 (default)
    train.learning_rate = 0.001 (default)
    train.clip_norm = 1.0 (line 23)
    "#);
}

#[test]
fn options_of_other_architectures_are_shown_as_unused_and_change_no_identity() {
    let experiment = accepted(GATES, &[]);
    let [unused] = experiment.unused.as_slice() else { panic!("{:?}", experiment.unused) };
    assert_eq!(experiment.plan.arms[unused.arm].name, "GRU");
    assert_eq!(unused.key, "model.lstm.forget_bias");
    assert_eq!(unused.origin, Origin::Written { part: Part::Top, file: None, line: 19 });
    let other = accepted(&GATES.replace("forget_bias = 2", "forget_bias = 3"), &[]).plan;
    for (before, after) in experiment.plan.conditions.iter().zip(&other.conditions) {
        assert_eq!(before.identity == after.identity, before.arm == 2);
    }
}

#[test]
fn an_arm_says_what_it_changes() {
    let plan = accepted(GATES, &[]).plan;
    let changes: Vec<_> = plan.arms.iter().map(|arm| json!(arm.changes)).collect();
    assert_eq!(
        json!(changes),
        json!([
            [],
            [{ "key": "model.lstm.forget_gate", "from": "learned", "to": "always-one" }],
            [{ "key": "model.architecture", "from": "lstm", "to": "gru" },
             { "key": "train.steps", "from": 400, "to": 800 }],
        ])
    );
}

const EQUALS: &str = r#"name = "equals"
baseline = "gru"
seeds = 1
[[task]]
kind = "adding"
[model]
hidden = 16
[[arm]]
name = "lstm"
model.architecture = "lstm"
model.hidden = 12
[[arm]]
name = "gru"
model.architecture = "gru"
train.learning_rate = 0.5
"#;

#[test]
fn equal_arms_need_no_model_of_their_own() {
    let plan = accepted(EQUALS, &[]).plan;
    assert_eq!(plan.baseline, "gru");
    let arms: Vec<_> = plan.arms.iter().map(|arm| (&*arm.name, &*arm.architecture)).collect();
    assert_eq!(arms, [("gru", "gru"), ("lstm", "lstm")]);
    assert_eq!(
        json!(plan.arms[1].changes),
        json!([
            { "key": "model.architecture", "from": "gru", "to": "lstm" },
            { "key": "model.hidden", "from": 16, "to": 12 },
            { "key": "train.learning_rate", "from": 0.5, "to": 0.001 },
        ])
    );
}

#[test]
fn tasks_of_one_kind_get_labels_of_their_own() {
    let two = "[[task]]\nkind = \"adding\"\nlength = 50\n[[task]]\nkind = \"adding\"\n";
    let text = EQUALS.replace("[[task]]\nkind = \"adding\"\n", two);
    let labels = |text: &str| -> Vec<String> {
        accepted(text, &[]).plan.tasks.into_iter().map(|task| task.label).collect()
    };
    assert_eq!(labels(&text), ["adding-50", "adding-100"]);
    let named = text.replace("length = 50", "length = 50\nlabel = \"short\"");
    assert_eq!(labels(&named), ["short", "adding-100"]);
}

#[test]
fn what_is_probably_not_meant_is_said() {
    let arms = r#"
[[arm]]
name = "same"
model.hidden = 32
[[arm]]
name = "elsewhere"
model.gru.reset_after = false
[[arm]]
name = "long"
train.steps = 600
"#;
    let overrides = ["train.steps=600", "model.transformer.heads=2"];
    let experiment = accepted(&format!("{GATES}{arms}"), &overrides);
    assert_snapshot!(experiment.warnings.join("\n"), @r#"
    `train.steps` on the command line does not reach arm "GRU", which sets it itself ([[arm]], line 34)
    `train.steps` on the command line does not reach arm "long", which sets it itself ([[arm]], line 44)
    `model.transformer.heads` on the command line has no effect: no arm selects that architecture
    arm "elsewhere" sets `model.gru.reset_after` (line 41), but selects another architecture: it has no effect
    arms "lstm" and "same" are the same configuration: they share their runs
    arms "lstm" and "elsewhere" are the same configuration: they share their runs
    arms "lstm" and "long" are the same configuration: they share their runs
    "#);
    let plan = &experiment.plan;
    assert_eq!(condition(plan, "same", "adding").folder, condition(plan, "lstm", "adding").folder);
}

#[test]
fn defaults_are_enough() {
    let text = "name = \"a\"\nmodel.architecture = \"rnn\"\ntask = [{ kind = \"adding\" }]";
    let plan = accepted(text, &[]).plan;
    assert_eq!(plan.seeds, [0, 1, 2, 3, 4]);
    assert_eq!(plan.baseline, "rnn");
    assert_eq!(plan.conditions[0].config.backend, "flex");
    assert_eq!(plan.conditions[0].config.model.hidden, 64);
    assert_eq!(plan.conditions[0].parameters, 640);
    assert_eq!(plan.conditions[0].config.train.get("clip_norm"), None);
}

#[test]
fn a_task_is_loaded_once_and_a_model_built_once() {
    let catalogue = Small::default();
    let text = format!(
        "{GATES}[[task]]\nkind = \"adding\"\nlength = 50\nlabel = \"again\"\n\
         [[arm]]\nname = \"slow\"\ntrain.learning_rate = 0.1\n"
    );
    let source = Source { path: Path::new("a.toml"), text: &text };
    let plan = load(source, &[], &catalogue).unwrap().plan;
    assert_eq!(plan.conditions.len(), 12);
    assert_eq!(catalogue.inspected.get(), 2);
    // Three models on each of: adding read at the end, parity. The label and where the
    // metric is read change no model.
    assert_eq!(catalogue.counted.get(), 6);
}
