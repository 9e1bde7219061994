//! Commands that only tell: `plan`, `list`, `describe`, and the documents.

use crate::{Place, SMALL, workspace};

#[test]
fn plan_shows_what_would_run_and_writes_nothing() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let ended = place.run(&["plan", "small.toml", "train.steps=30"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("plan", ended.stdout);
    let dry = place.run(&["run", "small.toml", "train.steps=30", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout), (0, ended.stdout));
    assert!(!place.path("results").exists());

    let json = place.run(&["plan", "small.toml", "--format", "json"]);
    let plan: store::Plan = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(plan.conditions.len(), 2);
    assert_eq!(plan.conditions[0].identity, plan.conditions[0].config.identity());
}

#[test]
fn lists() {
    let place = Place::new();
    for what in ["architectures", "tasks", "backends", "datasets"] {
        let ended = place.run(&["list", what]);
        assert_eq!(ended.code, 0);
        insta::assert_snapshot!(format!("list_{what}"), ended.stdout);
    }
}

#[test]
fn describes() {
    let place = Place::new();
    for name in ["gru", "adding", "train"] {
        let ended = place.run(&["describe", name]);
        assert_eq!(ended.code, 0);
        insta::assert_snapshot!(format!("describe_{name}"), ended.stdout);
    }
}

#[test]
fn every_experiment_that_is_shipped_is_valid() {
    let place = Place::new();
    let experiments = workspace().join("experiments");
    let mut checked = 0;
    for entry in std::fs::read_dir(experiments).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let ended = place.run(&["plan", path.to_str().unwrap()]);
            assert_eq!(ended.code, 0, "{}: {}", path.display(), ended.stderr);
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn the_reference_page_names_every_key_and_its_default() {
    let page = std::fs::read_to_string(workspace().join("docs/experiment-file.md")).unwrap();
    let tables = architectures::ARCHITECTURES.iter().map(|entry| (entry.name, entry.keys));
    let tables = tables.chain(tasks::TASKS.iter().map(|entry| (entry.name, entry.keys)));
    for (table, keys) in tables.chain([("train", training::TRAIN_KEYS)]) {
        assert!(page.contains(table), "docs/experiment-file.md does not name {table}");
        for key in keys {
            let line = page.lines().find(|line| line.contains(&format!("`{}`", key.name)));
            let line = line.unwrap_or_else(|| panic!("{table}: no {}", key.name));
            if let Some(default) = key.default {
                let default = default.to_string();
                let found = page.lines().any(|line| {
                    line.contains(&format!("`{}`", key.name)) && line.contains(&default)
                });
                assert!(found, "{table}.{}: default {default} not in: {line}", key.name);
            }
        }
    }
}

/// The lower half builds in seconds because it has no Burn in it.
#[test]
fn the_lower_half_does_not_depend_on_burn() {
    let crates = [
        "schema",
        "store",
        "analysis",
        "report",
        "dashboard",
        "scheduler",
        "tasks",
        "experiment",
        "recurrence",
    ];
    for name in crates {
        let output = std::process::Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--locked", "--prefix", "none", "-e", "all", "-p", name])
            .current_dir(workspace())
            .output()
            .unwrap();
        let tree = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && tree.starts_with(name),
            "{output:?}",
            output = output.stderr
        );
        let burn = tree.lines().find(|line| line.starts_with("burn") || line.starts_with("cubecl"));
        assert_eq!(burn, None, "{name}");
    }
}
