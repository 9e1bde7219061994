//! A two-arm sweep from end to end.

use store::{RunState, SweepFolder};

use crate::{Place, SMALL};

#[test]
fn runs_reports_and_then_has_nothing_to_do() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let first = place.run(&["run", "small.toml", "--jobs", "2"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.starts_with("small: 4 runs to do, 0 finished already\n"));
    assert_eq!(first.stderr.matches("] finished ").count(), 4, "{}", first.stderr);

    // The numbers of the report are those of the run folders.
    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    let report = std::fs::read_to_string(sweep.path().join("report/report.md")).unwrap();
    let runs = std::fs::read_to_string(sweep.path().join("report/runs.csv")).unwrap();
    for (index, seed) in plan.runs() {
        let condition = &plan.conditions[index];
        let run = sweep.run(condition, seed);
        let result = run.result().unwrap().unwrap();
        assert_eq!(result.identity, condition.identity);
        assert_eq!((result.seed, result.steps), (seed, 20));
        assert_eq!(result.parameters, condition.parameters);
        let loss = result.best.unwrap().test["loss"];
        assert!(runs.contains(&loss.to_string()), "{loss} is not in runs.csv:\n{runs}");
        let provenance = run.provenance().unwrap().unwrap();
        check(&provenance);
        assert!(provenance.command.ends_with("run small.toml --jobs 2"), "{provenance:?}");
        assert!(report.contains(&provenance.burn));
        assert_eq!(run.config().unwrap(), condition.config);
    }
    assert!(report.contains("Does a small sweep run?"));
    let page = std::fs::read_to_string(sweep.path().join("report/report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("no | recurrence"));
    for arm in ["gru", "no | recurrence"] {
        assert!(first.stdout.contains(arm), "{}", first.stdout);
    }

    let times = |seed| {
        let path = sweep.run(&plan.conditions[0], seed).path().join("result.json");
        std::fs::metadata(path).unwrap().modified().unwrap()
    };
    let before = (times(0), times(1));
    let second = place.run(&["run", "small.toml"]);
    assert_eq!(second.code, 0);
    assert!(second.stderr.starts_with("nothing to do: 4 of 4 runs are finished\n"));
    assert_eq!((times(0), times(1)), before);
    assert_eq!(second.stdout, first.stdout, "the same results give the same table");

    let status = place.run(&["status", "results/small"]).stdout;
    assert!(status.starts_with("small: no runner is at work\n"), "{status}");
    assert!(status.contains(" of work done\ndisk: ") && !status.contains("to go on"), "{status}");
}

/// What computed a run is recorded whole.
fn check(provenance: &store::Provenance) {
    let lock = std::fs::read(crate::workspace().join("Cargo.lock")).unwrap();
    assert_eq!(provenance.lock, blake3::hash(&lock).to_hex().to_string());
    let (commit, mark) =
        provenance.commit.split_once('-').unwrap_or((provenance.commit.as_str(), "dirty"));
    let is_hash = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
    assert!((is_hash || commit == "unknown") && mark == "dirty", "{provenance:?}");
    assert!(provenance.rustc.starts_with("rustc 1."), "{provenance:?}");
    let burn = String::from_utf8(lock).unwrap();
    assert!(burn.contains(&format!("name = \"burn\"\nversion = \"{}\"", provenance.burn)));
    assert_eq!((&*provenance.backend, &*provenance.device), ("flex", "CPU"));
    assert!(!provenance.cpu.is_empty() && !provenance.instructions.is_empty());
    assert_eq!(provenance.threads, 1);
    assert_eq!((provenance.code.len(), provenance.data.len()), (32, 64));
    let now = store::journal::now();
    assert!((now - 600.0..now).contains(&provenance.started));
    assert!(provenance.wall_seconds.is_some_and(|seconds| seconds > 0.0));
    if cfg!(target_os = "linux") {
        assert!(provenance.peak_memory.is_some_and(|bytes| bytes > 1 << 20));
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_jobs_and_more_seeds_only_add() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let scores = |results: &str| {
        let sweep = SweepFolder::new(place.path(results).join("small"));
        let plan = sweep.plan().unwrap();
        let runs = plan.runs().filter(|&(_, seed)| seed < 2);
        runs.map(|(index, seed)| {
            let result = sweep.run(&plan.conditions[index], seed).result().unwrap().unwrap();
            (result.best, result.last)
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(place.run(&["run", "small.toml", "--jobs", "1", "--results", "one"]).code, 0);
    let more = place.run(&["run", "small.toml", "seeds=3", "--results", "two"]);
    assert_eq!(more.code, 0);
    assert_eq!(scores("one"), scores("two"));
    let added = place.run(&["run", "small.toml", "seeds=3", "--results", "one"]);
    assert!(added.stderr.starts_with("small: 2 runs to do, 4 finished already\n"));
}

#[test]
fn a_selection_runs_alone_and_an_empty_one_is_said() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let ended = place.run(&["run", "small.toml", "--only", "arm=gru,seed=1"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    let finished = plan.runs().filter(|&(index, seed)| {
        let state = sweep.run(&plan.conditions[index], seed).state().unwrap();
        matches!(state, RunState::Finished(_))
    });
    assert_eq!(finished.collect::<Vec<_>>(), [(0, 1)]);
    let nothing = place.run(&["run", "small.toml", "--only", "seed=7"]);
    assert_eq!(nothing.code, 4);
    assert_eq!(nothing.stderr, "nothing selected: no planned run meets --only\n");
}

#[test]
fn a_diverged_run_is_a_result() {
    let place = Place::new();
    let wild = SMALL
        .replace(
            "architecture = \"gru\"",
            "architecture = \"vanilla\"\nvanilla.activation = \"relu\"",
        )
        .replace("steps = 20", "steps = 400\nlearning_rate = 1000\nclip_norm = 0");
    place.write("wild.toml", &wild);
    let ended = place.run(&["run", "wild.toml", "--only", "arm=gru"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("diverged gru on adding, seed 0 at step "), "{}", ended.stderr);
    let again = place.run(&["run", "wild.toml", "--only", "arm=gru"]);
    assert!(again.stderr.starts_with("nothing to do"), "{}", again.stderr);
}
