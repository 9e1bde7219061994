//! What is asked of a sweep at work: `control`.

use std::process::Stdio;

use store::{Asking, Request, RunState, SweepFolder};

use crate::interrupted::{long, start};
use crate::{Ended, Place, SMALL, wait_until};

#[test]
fn a_sweep_at_work_is_paused_and_goes_on_and_a_run_is_stopped() {
    let place = Place::new();
    long(&place);
    let (child, run) = start(&place, "1");
    let control = |arguments: &[&str]| -> Ended {
        place.run(&[&["control", "results/small"], arguments].concat())
    };
    let mut said = Vec::new();
    let mut ask = |arguments: &[&str]| {
        let Ended { code, stdout, stderr, .. } = control(arguments);
        said.push(format!("{}: {code}\n{stdout}{stderr}", arguments.join(" ")));
    };
    ask(&["pause"]);
    wait_until("the run waits", || run.state().unwrap() == RunState::Stopped);
    let status = place.run(&["status", "results/small"]).stdout;
    assert!(status.starts_with("small: a runner is at work, paused\n"), "{status}");
    ask(&["pause"]);
    ask(&["jobs", "2"]);
    ask(&["resume"]);
    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    let second = sweep.run(&plan.conditions[1], 0);
    let is_at_work = || second.state().unwrap() == RunState::Running;
    wait_until("two are at work", || run.state().unwrap() == RunState::Running && is_at_work());
    let (arm, task) = (&plan.arms[1].name, &plan.tasks[0].label);
    ask(&["stop", &format!("{arm} on {task}, seed 0")]);
    wait_until("it has stopped", || second.state().unwrap() == RunState::Stopped);
    ask(&["retry", &format!("{}/seed-0", plan.conditions[1].folder)]);
    wait_until("it goes on", is_at_work);
    ask(&["stop", "gone"]);
    ask(&["stop", "seed-0"]);
    ask(&["first", "gone"]);
    ask(&["first", arm]);
    ask(&["stop"]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    for told in ["waits    ", ", state saved", "asked    by ", ": it goes on", "refused  by "] {
        assert!(stderr.contains(told), "{told}\n{stderr}");
    }
    ask(&["pause"]);
    let folders: Vec<&str> = plan.conditions.iter().map(|it| it.folder.as_str()).collect();
    let said = folders
        .iter()
        .zip(["FIRST", "SECOND"])
        .fold(said.join("\n"), |said, (folder, name)| said.replace(folder, name));
    insta::assert_snapshot!(said);
    // Every request and its answer is on record, and none of it is damaged.
    let journal = std::fs::read_to_string(place.path("results/small/journal.jsonl")).unwrap();
    assert_eq!(journal.matches(r#""entry":"answered""#).count(), 8, "{journal}");
    let checked = place.run(&["check", "results/small"]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
}

#[test]
fn a_run_that_was_stopped_and_retried_ends_with_the_same_bits() {
    let steps = SMALL.replace("steps = 20", "steps = 12000").replace("every = 10", "every = 1000");
    let scores = |place: &Place| {
        let sweep = SweepFolder::new(place.path("results/small"));
        let run = sweep.run(&sweep.plan().unwrap().conditions[0], 0);
        let result = run.result().unwrap().expect("a finished run");
        (result.best, result.last, run)
    };
    let undisturbed = Place::new();
    undisturbed.write("small.toml", &steps);
    let ended = undisturbed.run(&["run", "small.toml", "seeds=1"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);

    let place = Place::new();
    place.write("small.toml", &steps);
    let mut command = place.command(&["run", "small.toml", "seeds=1", "--jobs", "1"]);
    let mut child = command.spawn().unwrap();
    let sweep = SweepFolder::new(place.path("results/small"));
    let first = || sweep.plan().ok().map(|plan| sweep.run(&plan.conditions[0], 0));
    wait_until("it is at work", || {
        first().is_some_and(|run| run.events().unwrap().len() > 2 && sweep.is_locked())
    });
    let run = first().unwrap();
    let folder =
        run.path().strip_prefix(place.path("results/small")).unwrap().to_str().unwrap().to_owned();
    // Not by the command, which waits for the answers of other runners: the other arm takes no time.
    let ask = |request: Request| {
        let mut asking = Asking::ask(&sweep, request).unwrap();
        wait_until("an answer", || asking.answers().unwrap().iter().any(|answer| answer.done));
    };
    ask(Request::StopRun { run: folder.clone() });
    wait_until("it has stopped", || run.state().unwrap() == RunState::Stopped);
    ask(Request::RetryRun { run: folder });
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let (best, last, run) = scores(&place);
    let attempts = run.events().unwrap().iter().map(|event| event.attempt).max();
    assert_eq!(attempts, Some(2), "it was stopped and went on");
    let expected = scores(&undisturbed);
    assert_eq!((best, last), (expected.0, expected.1));
}

#[test]
fn seeds_are_added_while_a_sweep_goes_on_and_the_report_says_so() {
    let place = Place::new();
    let steps = SMALL.replace("steps = 20", "steps = 12000").replace("every = 10", "every = 1000");
    place.write("small.toml", &steps);
    let mut command = place.command(&["run", "small.toml", "seeds=1", "--jobs", "1"]);
    let child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let sweep = SweepFolder::new(place.path("results/small"));
    wait_until("it is at work", || sweep.is_locked() && sweep.plan().is_ok());
    let mut asking = Asking::ask(&sweep, Request::Seeds { seeds: 2 }).unwrap();
    wait_until("an answer", || asking.answers().unwrap().iter().any(|answer| answer.done));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.contains("2 seeds from now on; to keep them, write it in small.toml"),
        "{stderr}"
    );
    let plan = sweep.plan().unwrap();
    assert_eq!((plan.seeds.as_slice(), plan.seeds_before_results), (&[0, 1][..], Some(1)));
    for (condition, seed) in plan.runs() {
        let run = sweep.run(&plan.conditions[condition], seed);
        assert!(matches!(run.state().unwrap(), RunState::Finished(_)), "{}", run.path().display());
    }
    let report = std::fs::read_to_string(place.path("results/small/report/report.md")).unwrap();
    let told = "1 seed was planned before the first result, and 1 more came later.";
    assert!(report.contains(told), "{report}");
    // Nothing is forgotten by another run, and fewer seeds take it back.
    assert_eq!(place.run(&["run", "small.toml", "seeds=2"]).code, 0);
    assert_eq!(sweep.plan().unwrap().seeds_before_results, Some(1));
    assert_eq!(place.run(&["run", "small.toml", "seeds=1"]).code, 0);
    assert_eq!(sweep.plan().unwrap().seeds_before_results, None);
}

#[test]
fn tuning_runs_are_named_as_plain_output_names_them() {
    let place = Place::new();
    long(&place);
    let tune = "tune.over={'train.learning_rate'=[1e-2,1e-3]}";
    let mut command = place.command(&["run", "long.toml", "--jobs", "1", tune]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let sweep = SweepFolder::new(place.path("results/small"));
    wait_until("it is at work", || sweep.is_locked() && sweep.plan().is_ok());
    let control = |arguments: &[&str]| -> String {
        let ended = place.run(&[&["control", "results/small"], arguments].concat());
        ended.stdout + &ended.stderr
    };
    let waiting = "tuning gru on adding, seed 1000000000, train.learning_rate = 0.001";
    assert_eq!(control(&["stop", waiting]), "it was waiting, and is left\n");
    // Two rates with two seeds each.
    assert_eq!(control(&["first", "no | recurrence"]), "4 waiting of no | recurrence are next\n");
    assert!(control(&["seeds", "9"]).contains("it is still tuning"));
    control(&["stop"]);
    let stderr = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(stderr.contains(&format!("stopped  {waiting}")), "{stderr}");
}

#[test]
fn a_detached_sweep_is_watched_from_its_folder_and_stopped() {
    let place = Place::new();
    long(&place);
    let detached = place.run(&["run", "long.toml", "--jobs", "1", "--detach"]);
    assert_eq!(detached.code, 0, "{}", detached.stderr);
    for told in
        ["at work on its own, process ", "watch results/small", "control results/small stop"]
    {
        assert!(detached.stderr.contains(told), "{}", detached.stderr);
    }
    let again = place.run(&["run", "long.toml", "--detach"]);
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("a runner is at work on results/small already"),
        "{}",
        again.stderr
    );
    let sweep = SweepFolder::new(place.path("results/small"));
    let run = sweep.run(&sweep.plan().unwrap().conditions[0], 0);
    wait_until("a run is at work", || run.state().unwrap() == RunState::Running);
    let stopped = place.run(&["control", "results/small", "stop"]);
    assert_eq!(stopped.code, 0, "{}", stopped.stderr);
    wait_until("the sweep has ended", || !sweep.is_locked());
    let log = std::fs::read_to_string(place.path("results/small/runner.log")).unwrap();
    assert!(log.contains("stopped with the state saved; to go on:"), "{log}");
    assert!(!log.contains("--detach"), "{log}");
    // What is wrong is said at once.
    let wrong = place.run(&["run", "long.toml", "model.hidden=0", "--detach"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    let shown = place.run(&["run", "long.toml", "--detach", "--progress", "tui"]);
    assert!(shown.code == 2 && shown.stderr.contains("no terminal for"), "{}", shown.stderr);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let place = Place::new();
    long(&place);
    let (child, _) = start(&place, "1");
    // A folder in its place: the file cannot be opened whoever asks.
    std::fs::create_dir(place.path("results/small/control.jsonl")).unwrap();
    let ended = place.run(&["control", "results/small", "pause"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("cannot write results/small/control.jsonl"), "{}", ended.stderr);
    crate::interrupted::signal("-TERM", child.id());
    child.wait_with_output().unwrap();
}
