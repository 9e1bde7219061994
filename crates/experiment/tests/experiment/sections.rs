//! The cell of a compound, `[seed]`, `[[claim]]`, `[budget]`, `[tune]`, `[halving]` and early stopping.

use insta::assert_snapshot;
use schema::Options;
use serde_json::json;
use store::{Expectation, SeedRule, SplitRule, Tuning};

use crate::catalogue::{accepted, rejected};

const THREE: &str = r#"name = "three"
seeds = 3
[[task]]
kind = "adding"
[[task]]
kind = "vowels"
[model]
architecture = "lstm"
hidden = 30
[[arm]]
name = "gru"
model.architecture = "gru"
[[arm]]
name = "slow"
train.steps = 2000
"#;

fn with(lines: &str) -> String {
    format!("{THREE}{lines}")
}

#[test]
fn seeds_that_vary_are_recorded_and_the_usual_ones_leave_no_trace() {
    let plain = accepted(THREE, &[]).plan;
    assert!(plain.seeding.is_default());
    assert!(!serde_json::to_string(&plain).unwrap().contains("seeding"));
    let usual = "[seed]\ninitialisation = \"vary\"\norder = \"vary\"\nsplit = \"fixed\"\n";
    assert_eq!(accepted(&with(usual), &[]).plan, plain);

    let lines = "[seed]\ninitialisation = 7\nsplit = \"vary\"\n";
    let experiment = accepted(&with(lines), &[]);
    let seeding = experiment.plan.seeding;
    assert_eq!((seeding.initialisation, seeding.order), (SeedRule::Fixed(7), SeedRule::Vary));
    assert_eq!(seeding.split, SplitRule::Vary);
    assert_eq!(experiment.plan.conditions[0].config.seeding, seeding);
    assert_ne!(experiment.plan.conditions[0].identity, plain.conditions[0].identity);
    assert_eq!(experiment.warnings, ["the split of adding cannot vary: it has no `split_seed`"]);
    let plan = accepted(THREE, &["seed.order=3"]).plan;
    assert_eq!(plan.seeding.order, SeedRule::Fixed(3));
}

#[test]
fn wrong_seeds() {
    let lines = "[seed]\ninitialisation = \"very\"\norder = -1\nsplit = 3\ndropout = 1\n";
    assert_snapshot!(rejected(&with(lines), &[]));
    let fixed = "[seed]\ninitialisation = 0\norder = 1\nsplit = \"vary\"\n";
    let given = with(fixed).replace("\"vowels\"", "\"vowels\"\nsplit_seed = 4");
    assert_snapshot!(rejected(&given, &[]));
    // One replicate is no copy of another; on vowels the split makes the difference.
    accepted(&with(fixed), &["seeds=1"]);
    let vowels = with(fixed).replace("[[task]]\nkind = \"adding\"\n", "");
    accepted(&vowels, &[]);
}

#[test]
fn a_range_of_seeds_is_the_list_of_them() {
    let plan = accepted(THREE, &["seeds=5,6,7"]).plan;
    assert_eq!(plan.seeds, [5, 6, 7]);
    assert_eq!(accepted(THREE, &["seeds=5..8"]).plan, plan);
    let written = THREE.replace("seeds = 3", "seeds = \"5..8\"");
    assert_eq!(accepted(&written, &[]).plan, plan);
    for (wrong, message) in [
        ("seeds=5..5", "`seeds` is out of range"),
        ("seeds=8..5", "`seeds` is out of range"),
        ("seeds=0..100001", "a range has from 1 to 100000 seeds"),
        ("seeds=-1..5", "`seeds` has the wrong type"),
        ("seeds=0..", "`seeds` has the wrong type"),
        ("seeds=0..=5", "`seeds` has the wrong type"),
        ("seeds=0..18446744073709551615", "`seeds` has the wrong type"),
    ] {
        let report = rejected(THREE, &[wrong]);
        assert!(report.contains(message), "{wrong}: {report}");
    }
}

#[test]
fn architectures_with_a_comma_are_told_to_be_arms() {
    let report = rejected(THREE, &["model.architecture=gru,lstm"]);
    assert!(report.contains("write one [[arm]] for each architecture"), "{report}");
}

#[test]
fn claims_are_kept_as_they_are_written() {
    let lines = r#"[[claim]]
text = "The GRU is no worse"
left = "gru"
right = "lstm"
expect = "equivalent"
margin = 0.02
tasks = ["vowels"]
metric = "accuracy"
[[claim]]
text = "Longer training helps"
left = "slow"
right = "lstm"
expect = "less"
tasks = "adding"
"#;
    let plan = accepted(&with(lines), &[]).plan;
    let [equal, less] = plan.claims.as_slice() else { panic!("{:?}", plan.claims) };
    assert_eq!(equal.expect, Expectation::Equivalent { margin: 0.02 });
    assert_eq!(
        (equal.metric.as_deref(), equal.tasks.as_slice()),
        (Some("accuracy"), &["vowels".to_owned()][..])
    );
    assert_eq!(less.expect, Expectation::Less { margin: 0.0 });
    assert_ne!(equal.hash(), less.hash());
}

#[test]
fn a_claim_may_be_about_more_than_a_score() {
    let about = |metric: &str| {
        let lines = format!(
            "[[claim]]\ntext = \"a\"\nleft = \"gru\"\nright = \"lstm\"\nexpect = \"less\"\n\
             metric = \"{metric}\"\n"
        );
        with(&lines)
    };
    for metric in ["parameters", "state", "multiply_adds", "train_seconds", "gradient_decay"] {
        let plan = accepted(&about(metric), &[]).plan;
        assert_eq!(plan.claims[0].metric.as_deref(), Some(metric));
    }
    // Neither task says when it is solved.
    assert_snapshot!(rejected(&about("steps_to_solve"), &[]));
    assert_snapshot!(rejected(&(about("parameters") + "part = \"length_9\"\n"), &[]));
    assert_snapshot!(rejected(&(about("loss") + "part = \"length_9\"\n"), &[]));
}

#[test]
fn a_claim_may_be_against_a_number_and_a_source_says_where_it_stands() {
    let lines = r#"[[claim]]
text = "The GRU learns it"
left = "gru"
right = 0.01
expect = "less"
tasks = "adding"
published = "5.3e-5 at 600 steps"
[source]
statement = "A GRU learns long lags."
paper = "Bai, Kolter and Koltun 2018, arXiv:1803.01271"
place = "Table 1"
"#;
    let plan = accepted(&with(lines), &[]).plan;
    let claim = &plan.claims[0];
    assert_eq!(claim.right, store::Against::Number(0.01));
    assert_eq!(claim.published.as_deref(), Some("5.3e-5 at 600 steps"));
    let source = plan.source.unwrap();
    assert_eq!((source.place.as_str(), source.differs.as_str()), ("Table 1", ""));
    let wrong = lines.replace("0.01", "[0.01]").replace("place", "plaec");
    assert_snapshot!(rejected(&with(&wrong), &[]));
    let empty = "[source]\n";
    assert!(rejected(&with(empty), &[]).contains("[source] says nothing"));
    assert!(rejected(THREE, &["source.paper=a"]).contains("cannot be given on the command line"));
}

#[test]
fn wrong_claims() {
    let lines = r#"[[claim]]
text = "a"
left = "gruu"
right = "lstm"
expect = "more"
margin = -1
[[claim]]
left = "gru"
right = "gru"
expect = "equivalent"
tasks = ["vowel"]
why = "because"
[[claim]]
text = "the metrics are two"
left = "gru"
right = "slow"
expect = "greater"
[[claim]]
text = "no such metric"
left = "gru"
right = "slow"
expect = "greater"
metric = "accuracy"
"#;
    assert_snapshot!(rejected(&with(lines), &[]));
}

#[test]
fn seeds_may_go_on_until_all_is_decided() {
    let text = |seeds: &str| THREE.replace("seeds = 3", &format!("seeds = {seeds}"));
    let experiment = accepted(&text("{ from = 2, at_most = 5, until = \"decided\" }"), &[]);
    let plan = &experiment.plan;
    assert_eq!((plan.seeds.as_slice(), plan.rounds.unwrap().first), (&[0, 1, 2, 3, 4][..], 2));
    assert!(experiment.notes.iter().any(|it| it.starts_with("seeds until decided: 2 seeds of")));
    assert_eq!(accepted(&text("3"), &[]).plan.rounds, None);
    assert_snapshot!(rejected(&text("{ from = 9, at_most = 5, until = \"decided\" }"), &[]));
    assert_snapshot!(rejected(&text("{ from = 1, at_most = 5, till = \"sure\" }"), &[]));
    let halved =
        text("{ from = 2, at_most = 5, until = \"decided\" }") + "[halving]\nrungs = [10]\n";
    assert_snapshot!(rejected(&halved, &[]));
}

#[test]
fn a_budget_chooses_the_width_of_its_arms_and_says_so() {
    let experiment = accepted(&with("[budget]\nparameters = 704\nmatch = [\"gru\"]\n"), &[]);
    let plan = &experiment.plan;
    let hidden: Vec<_> = plan.conditions.iter().map(|c| c.config.model.hidden).collect();
    assert_eq!(hidden, [30, 70, 30, 30, 70, 30]);
    assert_eq!(json!(plan.budget), json!({ "parameters": 704, "tolerance": 0.05, "arms": [1] }));
    assert_eq!(
        json!(plan.arms[1].changes),
        json!([{ "key": "model.architecture", "from": "lstm", "to": "gru" },
               { "key": "model.hidden", "from": 30, "to": 70 }])
    );
    let width = experiment.values[1].iter().find(|value| value.key == "model.hidden").unwrap();
    assert_eq!(width.origin.to_string(), "[budget], line 17");
    assert_snapshot!(experiment.notes.join("\n"), @r"
    budget of 704 parameters: gru on adding has hidden=70, 700 parameters (-0.6 %)
    budget of 704 parameters: gru on vowels has hidden=70, 700 parameters (-0.6 %)
    3 seeds cannot show a difference at the 5 % level: 4 comparisons need at least 8 (exact sign-flip test, Holm)
    ");
    let all = accepted(THREE, &["budget.parameters=250"]).plan;
    assert!(all.conditions.iter().all(|c| c.config.model.hidden == 25));
    let heads = "[[arm]]\nname = \"t\"\nmodel.architecture = \"transformer\"\n\
                 model.transformer.heads = 3\n[budget]\nparameters = 250\n";
    assert_eq!(accepted(&with(heads), &[]).plan.conditions[3].config.model.hidden, 24);
}

#[test]
fn wrong_budgets() {
    assert_snapshot!(rejected(
        &with("[budget]\nparameters = 0\ntolerance = 2\nmatch = \"gru\"\nper = 1\n"),
        &[]
    ));
    assert_snapshot!(rejected(&with("[budget]\nparameters = 23\ntolerance = 0.1\n"), &[]));
    let own = "[[arm]]\nname = \"wide\"\nmodel.hidden = 128\n";
    assert_snapshot!(rejected(&with(&format!("{own}[budget]\nparameters = 500\n")), &[]));
    accepted(
        &with(&format!("{own}[budget]\nparameters = 500\nmatch = [\"gru\", \"slow\"]\n")),
        &[],
    );
    let both = "[budget]\nparameters = 500\nmatch = [\"gro\"]\n[grid]\nmodel.hidden = [1, 2]\n";
    assert_snapshot!(rejected(&with(both), &[]));
}

const TUNE: &str = "[tune]\nover = { \"train.learning_rate\" = [1e-2, 1e-3], \
                    \"model.gru.reset_after\" = [true, false] }\n";

#[test]
fn tuning_tries_every_combination_that_an_arm_has_on_every_task() {
    let experiment = accepted(&with(TUNE), &[]);
    let plan = &experiment.plan;
    assert!(!plan.is_settled());
    let tuning = plan.tuning.as_ref().unwrap();
    assert_eq!(tuning.seeds, [Tuning::FIRST_SEED, Tuning::FIRST_SEED + 1]);
    let of: Vec<_> = tuning.candidates.iter().map(|candidate| candidate.of).collect();
    assert_eq!(of, [0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5]);
    assert_eq!(tuning.candidates[4].values, [json!(1e-3), json!(true)]);
    for candidate in &tuning.candidates {
        let (run, main) = (&candidate.condition, &plan.conditions[candidate.of]);
        assert_eq!((run.arm, run.task), (main.arm, main.task));
        assert_eq!(run.identity, run.config.identity());
        assert_eq!(run.config.train["learning_rate"], candidate.values[0]);
        assert!(run.folder.ends_with(&run.identity[..8]));
    }
    assert_eq!(tuning.runs().count(), 32);
    assert_snapshot!(experiment.notes[0], @"train.learning_rate, model.gru.reset_after are tuned first: 2 to 4 candidates for an arm on a task, 2 seeds each, 32 runs; the 18 main runs depend on them");
    // What the command line decides is not tuned.
    let plan = accepted(&with(TUNE), &["train.learning_rate=0.5", "tune.seeds=3"]).plan;
    let tuning = plan.tuning.unwrap();
    assert_eq!((tuning.over.len(), tuning.seeds.len()), (1, 3));
    let none = ["train.learning_rate=0.5", "model.gru.reset_after=true"];
    assert_eq!(accepted(&with(TUNE), &none).plan.tuning, None);
}

#[test]
fn wrong_tuning() {
    let lines =
        "[tune]\nseeds = 0\nover = { train.learning_rate = [-1], task.length = [5] }\nby = 1\n";
    assert_snapshot!(rejected(&with(lines), &[]));
    assert_snapshot!(rejected(&with("[tune]\nseeds = 3\n"), &["seeds=[0, 1000000001]"]));
    assert_snapshot!(rejected(&with(TUNE), &["seeds=[0, 1000000001]"]));
}

#[test]
fn halving_lets_arms_or_candidates_compete() {
    let lines = "[halving]\nrungs = [200, 500]\nkeep = 0.25\n";
    let experiment = accepted(&with(lines), &[]);
    let halving = experiment.plan.halving.clone().unwrap();
    assert_eq!((halving.rungs.as_slice(), halving.keep), (&[200, 500][..], 0.25));
    let members: Vec<_> =
        experiment.plan.competitions().into_iter().map(|it| (it.task, it.members)).collect();
    assert_eq!(members, [(0, vec![1, 2]), (1, vec![4, 5])]);
    assert_snapshot!(experiment.notes[0], @"of the arms of each task but the baseline, 25 % go on past each of the steps 200, 500");
    let plan = accepted(&with(&format!("{TUNE}{lines}")), &[]).plan;
    let members: Vec<_> = plan.competitions().into_iter().map(|it| (it.task, it.members)).collect();
    assert_eq!(members.len(), 6);
    assert_eq!(members[1], (0, vec![2, 3, 4, 5]));
    assert_eq!(members[5], (1, vec![14, 15]));
}

#[test]
fn wrong_halving() {
    assert_snapshot!(rejected(&with("[halving]\nrungs = [200, 200]\nkeep = 1\nrung = 2\n"), &[]));
    assert_snapshot!(rejected(&with("[halving]\nrungs = [150, 1000]\n"), &[]));
    assert_snapshot!(rejected(&with("[halving]\nrungs = 100\n"), &[]));
    // With tuning it is the candidates that have to reach the rungs.
    let tuned = "[halving]\nrungs = [400]\n[tune.over]\ntrain.steps = [300, 900]\n";
    let slow = THREE.find("[[arm]]\nname = \"slow\"").unwrap();
    let text = rejected(&format!("{}{tuned}", &THREE[..slow]), &[]);
    assert!(text.contains("there are runs of 300 steps"), "{text}");
}

#[test]
fn early_stopping_is_a_table_with_keys_of_its_own() {
    let lines = "[train]\nearly_stopping = { patience = 3 }\n";
    let plan = accepted(&with(lines), &[]).plan;
    let train = &plan.conditions[0].config.train;
    assert_eq!(train["early_stopping"], json!({ "patience": 3, "min_delta": 0.0 }));
    let plan = accepted(THREE, &["train.early_stopping.patience=4"]).plan;
    assert_eq!(plan.conditions[0].config.train["early_stopping"]["patience"], 4);
    let wrong = "[train]\nearly_stopping = { patiense = 3, min_delta = -1 }\n";
    assert_snapshot!(rejected(&with(wrong), &[]));
    assert_snapshot!(rejected(&with("[train]\nearly_stopping = 3\n"), &[]));
}

const STACKED: &str = r#"name = "cells"
seeds = 2
baseline = "stacked"
[[task]]
kind = "adding"
[model]
architecture = "stacked"
[[arm]]
name = "open"
model.lstm.forget_gate = "always-one"
[[arm]]
name = "gru"
model.stacked.cell = "gru"
model.gru.reset_after = false
[[arm]]
name = "elsewhere"
model.gru.reset_after = false
[[arm]]
name = "written out"
model.lstm.forget_gate = "learned"
"#;

#[test]
fn the_cell_of_a_compound_has_the_options_of_its_own_table() {
    let loaded = accepted(STACKED, &[]);
    let plan = &loaded.plan;
    let options = |arm: usize| &plan.conditions[arm].config.model.options;
    assert_eq!(options(0), &Options::from_iter([("cell".to_owned(), json!("lstm"))]));
    assert_eq!(options(1)["lstm"], json!({ "forget_gate": "always-one" }));
    assert_eq!(options(2)["gru"], json!({ "reset_after": false }));
    let identity = |arm: usize| &plan.conditions[arm].identity;
    assert_eq!(identity(0), identity(3), "the options of another cell are no part of it");
    assert_eq!(identity(0), identity(4), "nor is a default that is written out");
    assert_ne!(identity(0), identity(1));
    let of_open: Vec<_> = plan.arms[1].changes.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(of_open, ["model.lstm.forget_gate"]);
    let warnings = loaded.warnings.join("\n");
    assert!(warnings.contains("arm \"elsewhere\" sets `model.gru.reset_after`"), "{warnings}");
    assert!(!warnings.contains("arm \"gru\" sets"), "{warnings}");
}

#[test]
fn a_sweep_over_cells_takes_the_options_of_each() {
    let grid = "[grid]\nmodel.stacked.cell = [\"lstm\", \"gru\"]\n\
                model.gru.reset_after = [true, false]\n";
    let text = STACKED.split("[[arm]]").next().unwrap().to_owned();
    let plan = accepted(&(text.replace("baseline = \"stacked\"\n", "") + grid), &[]).plan;
    let options: Vec<_> = plan.conditions.iter().map(|it| &it.config.model.options).collect();
    assert_eq!(options.len(), 3, "one LSTM and two GRUs: {options:?}");
    assert_eq!(options[2]["gru"], json!({ "reset_after": false }));
}

#[test]
fn training_options_that_do_not_fit_together_name_the_arm() {
    let lines = "[[arm]]\nname = \"still\"\ntrain.learning_rate = 0\ntrain.clip_norm = 2\n";
    let report = rejected(&with(lines), &[]);
    let expected =
        "arm \"still\" cannot be trained: `train.clip_norm` clips nothing at a rate of 0";
    assert!(report.contains(expected), "{report}");
}
