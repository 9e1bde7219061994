//! Commands that only tell: `list`, `describe`, and the experiments that are shipped.

use crate::{Place, SMALL, workspace};

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
fn experiments_are_listed_with_those_of_folders() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("experiments/deep")).unwrap();
    place.write("experiments/small.toml", SMALL);
    place.write("experiments/deep/short.toml", "# The short form.\nextends = \"../small.toml\"\n");
    place.write("experiments/deep/notes.md", "");
    let ended = place.run(&["list", "experiments"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stdout, @r"
    experiments/small.toml       Does a small sweep run?
    experiments/deep/short.toml  The short form.
    ");
}

#[test]
fn describes() {
    let place = Place::new();
    for name in ["gru", "stacked", "adding", "train", "tune"] {
        let ended = place.run(&["describe", name]);
        assert_eq!(ended.code, 0);
        insta::assert_snapshot!(format!("describe_{name}"), ended.stdout);
    }
}

#[test]
fn sizes_are_described_with_settings() {
    let place = Place::new();
    let describe = |arguments: &[&str]| place.run(&[&["describe"], arguments].concat());
    let sizes = ["lstm", "task=adding", "task.length=60", "model.hidden=12", "train.batch=4"];
    let ended = describe(&sizes);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // Time and memory are those of this machine.
    let lines: Vec<_> = ended
        .stdout
        .lines()
        .map(|line| {
            let measured = ["a training step", "peak memory"];
            let is_measured = measured.iter().any(|name| line.trim_start().starts_with(name));
            let words = line.split_whitespace();
            let kept = words.filter(|word| !is_measured || word.parse::<f64>().is_err());
            kept.collect::<Vec<_>>().join(" ")
        })
        .collect();
    insta::assert_snapshot!("describe_sizes", lines.join("\n"));
    let wrong = [
        describe(&["lstm", "model.hidden=12"]),
        describe(&["adding", "task=adding"]),
        describe(&["lstm", "task=adding", "model.hidden=12,13"]),
        describe(&["lstm", "task=ading"]),
        describe(&["lstm", "task=adding", "hidden"]),
    ];
    assert!(wrong.iter().all(|ended| ended.code == 2 && ended.stdout.is_empty()));
    insta::assert_snapshot!("describe_sizes_wrong", wrong.map(|ended| ended.stderr).join("--\n"));
}

#[test]
fn every_experiment_that_is_shipped_is_valid() {
    let place = Place::new();
    let experiments = workspace().join("experiments");
    let mut checked = 0;
    let folders =
        ["", "ablations", "papers", "textbook", "textbook/short"].map(|it| experiments.join(it));
    for entry in folders.iter().flat_map(|it| std::fs::read_dir(it).unwrap()) {
        let path = entry.unwrap().path();
        // Those of `by-path` and those on music need data that are not shipped.
        let needs_data = || std::fs::read_to_string(&path).unwrap().contains("kind = \"music\"");
        if path.extension().is_some_and(|ending| ending == "toml") && !needs_data() {
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
        "unroll-schema",
        "store",
        "unroll-analysis",
        "trackers",
        "cluster",
        "shipped",
        "report",
        "dashboard",
        "scheduler",
        "tasks",
        "experiment",
        "unroll-recurrence",
        "unroll-weights",
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
