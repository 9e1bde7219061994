//! Commands that only tell: `list`, `describe`, and the experiments that are shipped.

use crate::{Place, workspace};

#[test]
fn lists() {
    let place = Place::new();
    for what in ["architectures", "tasks", "backends", "datasets"] {
        let ended = place.run(&["list", what]);
        assert_eq!(ended.code, 0);
        // Which backends are built is said as well.
        let lines =
            ended.stdout.lines().map(|line| line.split(" (not in this build").next().unwrap());
        insta::assert_snapshot!(format!("list_{what}"), lines.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn describes() {
    let place = Place::new();
    for name in ["gru", "adding", "train", "tune"] {
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
    // Those of `by-path` need data that are not shipped.
    let ablations = std::fs::read_dir(experiments.join("ablations")).unwrap();
    for entry in std::fs::read_dir(experiments).unwrap().chain(ablations) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let ended = place.run(&["plan", path.to_str().unwrap(), "--no-probe"]);
            assert_eq!(ended.code, 0, "{}: {}", path.display(), ended.stderr);
            checked += 1;
        }
    }
    assert!(checked > 0);
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
