//! Sweeps that nothing happens to.

use std::time::Instant;

use scheduler::{Notice, Shard, Tally};
use serde_json::{Value, json};
use store::{EventKind, Fingerprint, Outcome, Reach, RunState, SweepEntryKind};

use crate::Place;
use crate::sweep::Settings;

#[test]
fn every_run_is_done_once_and_then_there_is_nothing_to_do() {
    let place = Place::new(&json!([
        { "name": 1 }, { "name": 2, "steps": 7, "every": 3 }, { "name": 3, "fault": "diverge", "at": 4 },
    ]));
    let (tally, told) = place.schedule(&Settings::default());
    assert_eq!(tally, Tally { finished: 3, ..Tally::default() });
    let diverged = Outcome::Diverged { step: 4 };
    for (index, outcome) in [(0, Outcome::Completed), (1, Outcome::Completed), (2, diverged)] {
        let finished = Notice::Finished { outcome, elsewhere: false };
        assert_eq!(told.of(index), [&Notice::Started { attempt: 1 }, &finished]);
        assert_eq!(place.state(index), RunState::Finished(outcome));
    }
    let values: Vec<_> = place.results().into_values().collect();
    assert_ne!(values[0], values[1]);
    assert!(crate::queue(place.path(), true).is_empty());
    let (tally, told) = place.schedule(&Settings::default());
    assert_eq!((tally, told.0.len()), (Tally::default(), 0));
}

#[test]
fn at_most_so_many_runs_at_a_time_and_the_next_starts_when_one_ends() {
    let place = Place::new(&json!(vec![json!({ "sleep": 1.0 }); 6]));
    let (_, told) = place.schedule(&Settings { jobs: 2, ..Settings::default() });
    let mut running: usize = 0;
    let mut most = 0;
    for (_, notice) in &told.0 {
        running = if notice.is_end() { running - 1 } else { running + 1 };
        most = most.max(running);
    }
    assert_eq!((most, running), (2, 0));
    let order: Vec<_> = told.0.iter().filter(|told| !told.1.is_end()).map(|told| told.0).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_run_that_is_to_stop_at_a_step_goes_on_from_there_later() {
    let place = Place::new(&json!([{ "every": 4 }]));
    let mut runs = crate::queue(place.path(), false);
    runs[0].reach = Reach::UpTo(8);
    let (tally, told) = place.schedule_these(runs.clone(), &Settings::default());
    assert_eq!(tally, Tally { paused: 1, ..Tally::default() });
    assert_eq!(told.of(0), [&Notice::Started { attempt: 1 }, &Notice::Paused]);
    assert_eq!(place.state(0), RunState::Stopped);
    let (_, told) = place.schedule_these(runs, &Settings::default());
    assert_eq!(told.of(0), [&Notice::Paused], "no worker is started for nothing");

    let (tally, _) = place.schedule(&Settings::default());
    assert_eq!(tally, Tally { finished: 1, ..Tally::default() });
    let started = place.run(0).events().unwrap().into_iter().filter_map(|event| match event.kind {
        EventKind::Started { step, .. } => Some(step),
        _ => None,
    });
    assert_eq!(started.collect::<Vec<_>>(), [0, 8]);
}

#[test]
fn a_run_that_stops_without_having_been_asked_to_is_tried_again() {
    let place = Place::new(&json!([{ "until": 8 }]));
    let again = Settings { retries: 1, ..Settings::default() };
    let (tally, told) = place.schedule(&again);
    assert_eq!(tally, Tally { left: 1, ..Tally::default() });
    assert!(matches!(told.of(0)[1], Notice::Retried { .. }), "{told:?}");
}

#[test]
fn a_run_that_was_stopped_at_a_rung_goes_on_if_it_is_to() {
    let place = Place::new(&json!([{}]));
    let mut runs = crate::queue(place.path(), false);
    let mut outcome_of = |reach| {
        runs[0].reach = reach;
        let (_, told) = place.schedule_these(runs.clone(), &Settings::default());
        told.0.last().unwrap().1.clone()
    };
    let stopped = Outcome::StoppedAtRung { step: 8 };
    let finished = |outcome, elsewhere| Notice::Finished { outcome, elsewhere };
    assert_eq!(outcome_of(Reach::StoppedAt(8)), finished(stopped, false));
    assert_eq!(outcome_of(Reach::UpTo(8)), finished(stopped, true));
    assert_eq!(place.state(0), RunState::Finished(stopped));
    assert_eq!(outcome_of(Reach::UpTo(11)), Notice::Paused);
    assert_eq!(place.state(0), RunState::Stopped);
    assert_eq!(outcome_of(Reach::End), finished(Outcome::Completed, false));
    let undisturbed = Place::new(&json!([{}]));
    undisturbed.schedule(&Settings::default());
    assert_eq!(place.results(), undisturbed.results());
}

#[test]
fn what_other_code_computed_is_set_aside_and_computed_anew() {
    let place = Place::new(&json!([{ "name": 5 }]));
    place.schedule(&Settings::default());
    let before = place.results();
    let mut runs = vec![scheduler::QueuedRun::new(0, "run 0", place.run(0))];
    runs[0].replace = Some(Fingerprint { code: "new".into(), data: "d".into() });
    let (tally, told) = place.schedule_these(runs.clone(), &Settings::default());
    assert_eq!(tally, Tally { finished: 1, ..Tally::default() });
    let Notice::Replaced { to } = told.of(0)[0] else { panic!("{told:?}") };
    assert!(to.ends_with("seed-0.replaced-1") && to.join("result.json").exists());
    assert_eq!(place.results(), before);
}

#[test]
fn the_journal_and_the_progress_say_what_happened() {
    let place = Place::new(&json!([{}, { "name": 1, "fault": "exit", "at": 3 }]));
    let output = place.start(r#"{ "jobs": 1 }"#).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(100));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> = lines
        .iter()
        .map(|line| {
            let number = |key: &str| line[key].as_u64().unwrap();
            let notice = line["notice"].as_str().unwrap();
            (notice, number("running"), number("ended"), number("total"))
        })
        .collect();
    assert_eq!(
        said,
        [
            ("sweep-started", 0, 0, 2),
            ("started", 1, 0, 2),
            ("finished", 0, 1, 2),
            ("started", 1, 1, 2),
            ("failed", 0, 2, 2),
            ("sweep-ended", 0, 2, 2),
        ]
    );
    assert_eq!(lines[2]["outcome"], json!({ "kind": "completed" }));
    assert_eq!((&lines[4]["class"], &lines[4]["run"]), (&json!("panicked"), &json!("run 1")));
    assert_eq!((&lines[5]["finished"], &lines[5]["failed"]), (&json!(1), &json!(1)));

    let entries = store::sweep_journal::read_sweep_journal(place.path()).unwrap();
    let kinds: Vec<_> = entries.into_iter().map(|entry| entry.kind).collect();
    let run = |index: usize| format!("runs/{index}/seed-0");
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    assert_eq!(kinds[1], SweepEntryKind::RunStarted { run: run(0), attempt: 1 });
    let outcome = Outcome::Completed;
    assert_eq!(kinds[2], SweepEntryKind::RunFinished { run: run(0), outcome });
    assert!(
        matches!(&kinds[4], SweepEntryKind::RunFailed { run: failed, retried: false, .. } if *failed == run(1))
    );
    let stopped = SweepEntryKind::Stopped { finished: 1, failed: 1, left: 0, reason: None };
    assert_eq!(kinds[5], stopped);
}

#[test]
fn shards_share_the_work() {
    let place = Place::new(&json!([{ "name": 1 }, { "name": 2 }, { "name": 3 }]));
    let mut counts = ["1/2", "2/2"].map(|text| {
        let shard: Shard = text.parse().unwrap();
        let mut runs = crate::queue(place.path(), false);
        runs.retain(|run| shard.holds(run.index));
        let (tally, _) = place.schedule_these(runs, &Settings::default());
        assert_eq!(tally, Tally { finished: tally.finished, ..Tally::default() });
        tally.finished
    });
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
    assert_eq!(place.results().len(), 3);
}

#[test]
fn two_jobs_take_half_the_time_of_one() {
    // Sleeping runs: how many cores there are plays no part.
    let seconds = |jobs| {
        let run = json!({ "steps": 10, "every": 10, "sleep": 8.0 });
        let place = Place::new(&json!(vec![run; 6]));
        let started = Instant::now();
        let (tally, _) = place.schedule(&Settings { jobs, ..Settings::default() });
        assert_eq!(tally.finished, 6);
        started.elapsed().as_secs_f64()
    };
    // Other processes can only make it look worse than it is.
    let part = (0..5).map(|_| seconds(2) / seconds(1)).find(|&part| part <= 0.55);
    assert!(part.is_some());
}
