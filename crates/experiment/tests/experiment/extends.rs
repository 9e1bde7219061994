//! Files that extend other files.

use std::path::Path;

use experiment::{Experiment, Rejected, Source, load};
use insta::assert_snapshot;

use crate::catalogue::Small;

const BASE: &str = r#"name = "base"
question = "Which?"
seeds = 4
[[task]]
kind = "adding"
[model]
architecture = "lstm"
hidden = 32
lstm.forget_bias = 2
[train]
steps = 400
[[arm]]
name = "gru"
model.architecture = "gru"
[[arm]]
name = "wide"
model.hidden = 64
[[claim]]
text = "Wider is better"
left = "wide"
right = "lstm"
expect = "less"
"#;

/// Writes the files and reads the last one.
fn read(
    files: &[(&str, &str)],
    overrides: &[&str],
) -> (tempfile::TempDir, Result<Experiment, Rejected>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (name, text) = files.last().unwrap();
    let path = folder.path().join(name);
    let overrides: Vec<_> = overrides.iter().map(|&text| text.to_owned()).collect();
    let read = load(Source { path: &path, text }, &overrides, &Small::default());
    (folder, read)
}

#[track_caller]
fn accepted(files: &[(&str, &str)], overrides: &[&str]) -> Experiment {
    read(files, overrides).1.unwrap_or_else(|rejected| panic!("{}", rejected.render(false, 100)))
}

/// The message without the folder, which is another every time.
#[track_caller]
fn rejected(files: &[(&str, &str)]) -> String {
    let (folder, read) = read(files, &[]);
    let text = read.unwrap_err().render(false, 200);
    text.replace(&format!("{}/", folder.path().display()), "")
}

const OWN: &str = r#"extends = "shared/base.toml"
name = "own"
[model.lstm]
forget_gate = "always-one"
[train]
steps = 500
[[arm]]
name = "wide"
model.hidden = 128
[[arm]]
name = "slow"
train.learning_rate = 0.0001
"#;

#[test]
fn a_file_lies_over_the_one_that_it_extends() {
    let files = [("shared/base.toml", BASE), ("own.toml", OWN)];
    let experiment = accepted(&files, &["model.hidden=16"]);
    let plan = &experiment.plan;
    assert_eq!((plan.experiment.as_str(), plan.question.as_str()), ("own", "Which?"));
    assert_eq!(plan.seeds.len(), 4);
    let arms: Vec<_> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(arms, ["lstm", "gru", "wide", "slow"]);
    assert_eq!(plan.conditions[2].config.model.hidden, 128);
    assert_eq!(plan.claims.len(), 1);
    assert!(experiment.extended[0].path.ends_with("shared/base.toml"));
    assert_eq!(experiment.extended[0].text, BASE);
    let lines = experiment.values[0].iter().map(|value| {
        let origin = value.origin.to_string();
        let origin = origin.rsplit('/').next().unwrap();
        format!("{} = {} ({origin})\n", value.key, value.value)
    });
    assert_snapshot!(lines.collect::<String>(), @r#"
    task.length = 100 (default)
    backend = "flex" (default)
    model.architecture = "lstm" (base.toml, line 7)
    model.hidden = 16 (command line)
    model.pooling = "last" (default)
    model.lstm.forget_gate = "always-one" (line 4)
    model.lstm.forget_bias = 2.0 (base.toml, line 9)
    train.steps = 500 (line 6)
    train.evaluate_every = 100 (default)
    train.learning_rate = 0.001 (default)
    "#);
}

#[test]
fn a_chain_is_followed_and_tasks_are_replaced() {
    let middle = "extends = \"base.toml\"\n[[task]]\nkind = \"parity\"\nlength = 5\n";
    let own = "extends = \"../shared/middle.toml\"\nname = \"own\"\nclaim = []\n";
    let files =
        [("shared/base.toml", BASE), ("shared/middle.toml", middle), ("deep/own.toml", own)];
    let experiment = accepted(&files, &[]);
    assert_eq!(experiment.plan.tasks.len(), 1);
    assert_eq!(experiment.plan.tasks[0].kind, "parity");
    assert_eq!(experiment.extended.len(), 2);
    // The same file written out has the same runs.
    let whole = BASE
        .replace("\"base\"", "\"own\"")
        .replace("kind = \"adding\"", "kind = \"parity\"\nlength = 5");
    let whole = accepted(&[("whole.toml", &whole)], &[]).plan;
    assert_eq!(whole, experiment.plan);
}

#[test]
fn messages_point_into_the_right_file() {
    let wrong = BASE.replace("steps = 400", "setps = 400").replace("hidden = 64", "hiden = 64");
    let own = OWN.replace("forget_gate", "forget_gait");
    assert_snapshot!(rejected(&[("shared/base.toml", &wrong), ("own.toml", &own)]));
    let own = format!("{OWN}[grid]\nmodel.hidden = [1, 2]\n");
    let base = format!("{BASE}[random]\nsamples = 2\nmodel.hidden = [1, 2]\n");
    let own = own.replace("model.hidden = 128", "train.clip_norm = 3");
    assert_snapshot!(rejected(&[("shared/base.toml", &base), ("own.toml", &own)]));
}

#[test]
fn circles_missing_files_and_wrong_types() {
    let a = "extends = \"b.toml\"\nname = \"a\"\n";
    let b = "extends = \"./a.toml\"\n";
    assert_snapshot!(rejected(&[("b.toml", b), ("a.toml", a)]));
    assert_snapshot!(rejected(&[("a.toml", "name = \"a\"\nextends = \"no.toml\"\n")]));
    assert_snapshot!(rejected(&[("a.toml", "name = \"a\"\nextends = [\"no.toml\"]\n")]));
    let broken = rejected(&[("base.toml", "seeds = \n"), ("a.toml", "extends = \"base.toml\"\n")]);
    assert!(broken.contains("base.toml:1:"), "{broken}");
}

#[test]
fn the_name_is_not_taken_over() {
    let text = rejected(&[("base.toml", BASE), ("own.toml", "extends = \"base.toml\"\n")]);
    assert!(text.contains("missing key `name`"), "{text}");
    let source = Source { path: Path::new("a.toml"), text: "name = \"a\"" };
    let overrides = ["extends=b.toml".to_owned(), "claim=1".to_owned()];
    let rejected = load(source, &overrides, &Small::default()).unwrap_err().to_string();
    assert!(rejected.starts_with("4 problems"), "{rejected}");
}
