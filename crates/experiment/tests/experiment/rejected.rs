//! The whole text of every message that a wrong file gives.

use insta::assert_snapshot;

use crate::catalogue::rejected;

const GOOD: &str = r#"name = "gates"
seeds = 2

[[task]]
kind = "adding"

[model]
architecture = "lstm"
"#;

fn with(lines: &str) -> String {
    format!("{GOOD}{lines}")
}

#[test]
fn unknown_key_at_the_top() {
    assert_snapshot!(rejected(&format!("sedes = 3\n{GOOD}"), &[]));
}

#[test]
fn key_of_another_table() {
    assert_snapshot!(rejected(&format!("learning_rate = 0.1\n{GOOD}"), &[]));
}

#[test]
fn unknown_key_of_an_architecture() {
    assert_snapshot!(rejected(&with("[model.lstm]\nforget_bas = 1.0\n"), &[]));
}

#[test]
fn unknown_key_of_a_task() {
    assert_snapshot!(rejected(&GOOD.replace("\"adding\"", "\"adding\"\nlenght = 5"), &[]));
}

#[test]
fn unknown_key_of_an_arm() {
    assert_snapshot!(rejected(&with("[[arm]]\nname = \"long\"\ntask.length = 200\n"), &[]));
}

#[test]
fn wrong_type() {
    assert_snapshot!(rejected(&with("hidden = \"64\"\n"), &[]));
}

#[test]
fn values_that_toml_has_and_no_key_takes() {
    let train = "[train]\nlearning_rate = nan\nclip_norm = 1e999\nsteps = 99999999999999999999\n\
                 evaluate_every = 2020-01-01\n";
    assert_snapshot!(rejected(&with(train), &[]));
}

#[test]
fn negative_size() {
    assert_snapshot!(rejected(&with("hidden = -3\n"), &[]));
}

#[test]
fn unknown_choice() {
    assert_snapshot!(rejected(&with("lstm.forget_gate = \"always-on\"\n"), &[]));
}

#[test]
fn unknown_architecture() {
    assert_snapshot!(rejected(&GOOD.replace("lstm", "lstn"), &[]));
}

#[test]
fn unknown_task_kind() {
    assert_snapshot!(rejected(&GOOD.replace("adding", "ading"), &[]));
}

#[test]
fn single_and_double_brackets() {
    let text = GOOD.replace("[[task]]", "[task]").replace("[model]", "[[model]]");
    assert_snapshot!(rejected(&text, &[]));
}

#[test]
fn arm_named_twice() {
    let arms = "[[arm]]\nname = \"wide\"\nmodel.hidden = 128\n\
                [[arm]]\nname = \"wide\"\nmodel.hidden = 256\n";
    assert_snapshot!(rejected(&with(arms), &[]));
}

#[test]
fn arm_named_like_the_baseline() {
    assert_snapshot!(rejected(&with("[[arm]]\nname = \"lstm\"\nmodel.hidden = 128\n"), &[]));
}

#[test]
fn arm_that_changes_nothing_or_has_no_name() {
    let arms = "[[arm]]\nname = \"idle\"\nmodel = {}\n[[arm]]\nmodel.hidden = 8\n";
    assert_snapshot!(rejected(&with(arms), &[]));
}

const EQUALS: &str = r#"name = "equals"
baseline = "gruu"
[[task]]
kind = "adding"
[[arm]]
name = "lstm"
model.architecture = "lstm"
[[arm]]
name = "gru"
model.architecture = "gru"
"#;

#[test]
fn baseline_that_is_no_arm() {
    assert_snapshot!(rejected(EQUALS, &[]));
}

#[test]
fn no_baseline_among_equal_arms() {
    let text = EQUALS
        .replace("baseline = \"gruu\"\n", "")
        .replace("model.architecture = \"gru\"\n", "model.hidden = 8\n");
    assert_snapshot!(rejected(&text, &[]));
}

#[test]
fn empty_file() {
    assert_snapshot!(rejected("", &[]));
}

#[test]
fn name_that_is_no_folder() {
    assert_snapshot!(rejected(&GOOD.replace("\"gates\"", "\"../gates\""), &[]));
}

#[test]
fn seeds_out_of_range() {
    assert_snapshot!(rejected(&GOOD.replace("= 2", "= 0"), &[]));
    assert_snapshot!(rejected(&GOOD.replace("= 2", "= [3, -1, 3]"), &[]));
}

#[test]
fn metric_that_the_task_does_not_have() {
    let text = GOOD.replace("\"adding\"", "\"parity\"\nlength = 8\nmetric = \"acuracy\"");
    assert_snapshot!(rejected(&text, &[]));
}

#[test]
fn metric_the_wrong_way_round() {
    let metric = "metric = { name = \"loss\", goal = \"maximize\", solved = { above = 0.1 } }";
    assert_snapshot!(rejected(&GOOD.replace("\"adding\"", &format!("\"adding\"\n{metric}")), &[]));
}

#[test]
fn two_tasks_with_one_label() {
    assert_snapshot!(rejected(&with("[[task]]\nkind = \"adding\"\n"), &[]));
}

#[test]
fn required_keys_that_are_missing() {
    let text = GOOD.replace("adding", "parity").replace("lstm", "transformer");
    assert_snapshot!(rejected(&text, &[]));
}

#[test]
fn epochs_longer_than_the_training() {
    assert_snapshot!(rejected(&with("[train]\nsteps = 500\n"), &["train.steps=50"]));
}

#[test]
fn missing_data() {
    assert_snapshot!(rejected(&GOOD.replace("adding", "power"), &[]));
}

#[test]
fn options_that_do_not_fit_together() {
    let arm = "[[arm]]\nname = \"attention\"\nmodel.architecture = \"transformer\"\n\
               model.transformer.heads = 3\n";
    assert_snapshot!(rejected(&with(arm), &[]));
}

#[test]
fn several_problems_at_once() {
    let text = r#"name = "all wrong"
seeds = "many"
backend = "cuda"
[[task]]
kind = "adding"
length = 0
train.stps = 5
[model]
architecture = "gru"
forget_bias = 1.0
[model.gru]
reset_after = 1
[[arm]]
name = "wide"
model.hidden = 1_000_000
"#;
    assert_snapshot!(rejected(text, &["train.lr=1"]));
}

#[test]
fn toml_that_is_none() {
    assert_snapshot!(rejected("name = gates\nseeds = \n[[task\nkind = \"adding\n", &[]));
}

#[test]
fn key_given_twice() {
    assert_snapshot!(rejected(&with("hidden = 8\nhidden = 16\n"), &[]));
}

#[test]
fn nesting_without_end() {
    assert_snapshot!(rejected(&with(&format!("hidden = {}\n", "[".repeat(200))), &[]));
}

#[test]
fn wrong_overrides() {
    let overrides = [
        "train.steps",
        "train.steps=",
        "=5",
        "[train]=5",
        "train.stepz=5",
        "train.learning_rate=fast",
        "model.lstm.forget_gate=always-on",
        "task.lenght=20",
        "arm=1",
        "seeds=[1",
    ];
    assert_snapshot!(rejected(GOOD, &overrides));
}

#[test]
fn control_characters_are_not_printed() {
    let text = rejected(&with("\"\\u001b[31m\" = 1\n"), &[]);
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_place_inside_a_character_is_moved_to_its_edge() {
    assert!(rejected(GOOD, &["\"=¡"]).contains("command line"));
}

#[test]
fn a_long_list_is_cut_short_with_its_length() {
    use std::fmt::Write as _;
    let mut lines = String::from("[train]\n");
    for i in 0..40 {
        let _ = writeln!(lines, "key{i} = 1");
    }
    let text = rejected(&with(&lines), &[]);
    assert!(text.ends_with("40 problems in experiments/gates.toml; the first 30 are shown\n"));
    assert!(!text.contains("unknown key `key30`"));
}

#[test]
fn a_rejection_is_a_diagnostic_with_a_part_for_each_problem() {
    let rejected = crate::catalogue::read("", &[]).unwrap_err();
    let diagnostic: &dyn miette::Diagnostic = &rejected;
    let related: Vec<_> = diagnostic.related().unwrap().map(ToString::to_string).collect();
    let messages: Vec<_> = rejected.problems().iter().map(experiment::Problem::message).collect();
    assert_eq!(related, messages);
    assert_eq!(rejected.to_string(), "3 problems in experiments/gates.toml");
}
