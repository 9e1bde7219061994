//! Successive halving, phase by phase.

use scheduler::{Notice, Signals, Tally};
use serde_json::{Value, json};
use store::{EventKind, FailureClass, Outcome, RunState};

use crate::sweep::{self, Settings};
use crate::{Place, Told, signal, trainer};

const DONE: Outcome = Outcome::Completed;
const FIRST: Outcome = Outcome::StoppedAtRung { step: 5 };
const SECOND: Outcome = Outcome::StoppedAtRung { step: 10 };

/// Rungs at 5 and 10 of 20 steps; half of the competitors goes on past each.
fn place(behaviours: &Value, competitors: &Value) -> Place {
    let place = Place::new(behaviours);
    compete(&place, competitors);
    place
}

fn compete(place: &Place, competitors: &Value) {
    let halving = json!({ "rungs": [5, 10], "keep": 0.5, "contests": [competitors] });
    std::fs::write(place.path().join("halving.json"), halving.to_string()).unwrap();
}

/// Four competitors with two seeds each, and a run that competes with nobody. The scores are
/// as random as the values.
fn nine() -> Place {
    let behaviours: Vec<_> = (0..9).map(|name| json!({ "name": name, "sleep": 0.2 })).collect();
    place(&json!(behaviours), &json!([[0, 4], [1, 5], [2, 6], [3, 7]]))
}

impl Place {
    fn halve(&self, settings: &Settings) -> (Tally, Told) {
        self.halve_these(settings, |_| true)
    }

    fn halve_these(
        &self,
        settings: &Settings,
        is_selected: impl Fn(usize) -> bool,
    ) -> (Tally, Told) {
        let mut phases = sweep::phases(self.path(), settings.rerun_failed, is_selected);
        let mut told = Told::default();
        let signals = Signals::listen().unwrap();
        let tally = sweep::with(trainer(), self.path(), settings, &signals, |scheduler| {
            scheduler.run_phases(&mut phases, &mut told)
        });
        (tally, told)
    }

    fn outcomes(&self) -> Vec<Option<Outcome>> {
        let outcome = |run| match self.state(run) {
            RunState::Finished(outcome) => Some(outcome),
            _ => None,
        };
        (0..sweep::behaviours(self.path()).len()).map(outcome).collect()
    }

    /// The steps at which its attempts began.
    fn begun_at(&self, run: usize) -> Vec<u64> {
        let events = self.run(run).events().unwrap().into_iter();
        let started = |event: store::Event| match event.kind {
            EventKind::Started { step, .. } => Some(step),
            _ => None,
        };
        events.filter_map(started).collect()
    }

    /// What the open rungs wait for.
    fn waits_for(&self) -> Vec<(u64, Vec<usize>)> {
        let open = sweep::phases(self.path(), false, |_| true).undecided().unwrap();
        open.into_iter().map(|rung| (rung.step, rung.waits_for)).collect()
    }
}

#[test]
fn the_better_half_goes_on_from_its_checkpoint_and_the_others_are_recorded() {
    let behaviours = json!([
        { "score": 0.3 }, { "score": 0.1 }, { "score": 0.4 }, { "score": 0.2 }, { "name": 9 },
    ]);
    let place = place(&behaviours, &json!([[0], [1], [2], [3]]));
    let (tally, told) = place.halve(&Settings { jobs: 1, ..Settings::default() });
    assert_eq!(tally, Tally { finished: 5, ..Tally::default() });
    let expected = [FIRST, DONE, FIRST, SECOND, DONE].map(Some);
    assert_eq!(place.outcomes(), expected);
    let begun: Vec<_> = (0..5).map(|run| place.begun_at(run)).collect();
    assert_eq!(begun, [vec![0, 5], vec![0, 5, 10], vec![0, 5], vec![0, 5, 10], vec![0]]);
    let order: Vec<_> = told.0.iter().filter(|told| !told.1.is_end()).map(|told| told.0).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 0, 1, 2, 3, 1, 3], "phase by phase, each in the order given");

    // What was stopped keeps its state and the scores of its rung; what was not ends as if
    // nobody had competed.
    let stopped = place.run(3).result().unwrap().unwrap();
    assert_eq!((stopped.steps, stopped.last.unwrap().step), (10, 10));
    assert!(place.run(3).checkpoint_path().exists() && !place.run(1).checkpoint_path().exists());
    let alone = Place::new(&behaviours);
    alone.schedule(&Settings::default());
    for run in [1, 4] {
        assert_eq!(place.run(run).result().unwrap(), alone.run(run).result().unwrap());
    }
    let (tally, told) = place.halve(&Settings::default());
    assert_eq!((tally, told.0.len()), (Tally::default(), 0), "there is nothing left to do");
}

#[test]
fn a_contest_goes_on_while_another_is_still_on_its_way_to_a_rung() {
    // The first run takes ten times as long to its rung as all others together.
    let behaviours = json!([
        { "score": 0.1, "sleep": 100 }, { "score": 0.2 }, { "score": 0.3 }, { "score": 0.4 },
    ]);
    let place = Place::new(&behaviours);
    let contests = json!({ "rungs": [5], "keep": 0.5, "contests": [[[0], [1]], [[2], [3]]] });
    std::fs::write(place.path().join("halving.json"), contests.to_string()).unwrap();
    let (tally, told) = place.halve(&Settings::default());
    assert_eq!(tally, Tally { finished: 4, ..Tally::default() });
    assert_eq!(place.outcomes(), [DONE, FIRST, DONE, FIRST].map(Some));
    let end = |run: usize, test: fn(&Notice) -> bool| {
        told.0.iter().position(|told| told.0 == run && test(&told.1)).unwrap()
    };
    let whole = end(2, |notice| matches!(notice, Notice::Finished { .. }));
    let at_its_rung = end(0, |notice| matches!(notice, Notice::Paused));
    assert!(whole < at_its_rung, "a job was idle: {:?}", told.0);
}

#[test]
fn decisions_do_not_depend_on_the_number_of_jobs_or_runners() {
    let [one, four, shared] = [(); 3].map(|()| nine());
    one.halve(&Settings { jobs: 1, ..Settings::default() });
    four.halve(&Settings { jobs: 4, ..Settings::default() });
    let outcomes = one.outcomes();
    let count = |it: Outcome| outcomes.iter().filter(|&&outcome| outcome == Some(it)).count();
    assert_eq!((count(FIRST), count(SECOND), count(DONE)), (4, 2, 3));
    assert_eq!(one.results(), four.results());

    let runners = [(); 3].map(|()| shared.start(r#"{ "jobs": 2 }"#));
    for runner in runners {
        let output = runner.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    assert_eq!(one.results(), shared.results());
    for run in 0..9 {
        assert_eq!(shared.begun_at(run), one.begun_at(run), "run {run}: a part was run twice");
    }
}

#[test]
fn a_sweep_that_is_killed_anywhere_decides_the_same() {
    let undisturbed = nine();
    undisturbed.halve(&Settings::default());
    let killed = nine();
    let mut kills = 0;
    loop {
        let mut runner = killed.start(r#"{ "jobs": 2 }"#);
        // From the first worker's start to beyond the end of a phase.
        std::thread::sleep(std::time::Duration::from_millis(3 + 7 * kills));
        let is_over = runner.try_wait().unwrap().is_some();
        runner.kill().unwrap();
        let code = runner.wait().unwrap().code();
        if is_over {
            assert_eq!(code, Some(0));
            break;
        }
        kills += 1;
    }
    assert!(kills > 2, "it was killed only {kills} times");
    assert_eq!(killed.results(), undisturbed.results());
}

#[test]
fn a_sweep_that_is_stopped_everywhere_goes_on_where_it_was() {
    let undisturbed = nine();
    undisturbed.halve(&Settings::default());
    let stopped = nine();
    for wait in [20, 40, 60] {
        let runner = stopped.start(r#"{ "jobs": 3 }"#);
        std::thread::sleep(std::time::Duration::from_millis(wait));
        signal("-TERM", runner.id());
        let code = runner.wait_with_output().unwrap().status.code();
        assert!(matches!(code, Some(143 | 0)) || code.is_none(), "{code:?}");
    }
    let (tally, _) = stopped.halve(&Settings::default());
    assert_eq!((tally.failed, tally.left), (0, 0));
    assert_eq!(stopped.results(), undisturbed.results());
}

#[test]
fn what_diverged_is_a_result_and_the_worst_of_its_rung() {
    let diverge = |at| json!({ "fault": "diverge", "at": at, "score": 0.0 });
    let behaviours = json!([{ "score": 0.9 }, diverge(3), { "score": 0.8 }, diverge(8)]);
    let place = place(&behaviours, &json!([[0], [1], [2], [3]]));
    place.halve(&Settings::default());
    let diverged = |step| Outcome::Diverged { step };
    // The last one was the best at the first rung, and has no score at the second.
    assert_eq!(place.outcomes(), [FIRST, diverged(3), DONE, diverged(8)].map(Some));

    let all = self::place(&json!([diverge(1), diverge(2)]), &json!([[0], [1]]));
    let (tally, _) = all.halve(&Settings::default());
    assert_eq!(tally, Tally { finished: 2, ..Tally::default() });
    assert_eq!(all.outcomes(), [diverged(1), diverged(2)].map(Some));
}

#[test]
fn a_failed_run_keeps_its_rung_undecided_until_it_is_run_again() {
    let fault = json!({ "fault": "exit", "at": 7, "times": 3, "score": 0.1 });
    let behaviours = json!([fault, { "score": 0.2 }, { "score": 0.3 }, { "name": 8 }]);
    let place = place(&behaviours, &json!([[0], [1], [2]]));
    let (tally, _) = place.halve(&Settings::default());
    assert_eq!(tally, Tally { finished: 2, failed: 1, paused: 1, left: 0 });
    assert_eq!(place.outcomes(), [None, None, Some(FIRST), Some(DONE)]);
    assert_eq!(place.waits_for(), [(10, vec![0])]);
    let class = FailureClass::Panicked;
    assert!(matches!(place.state(0), RunState::Failed { class: it, .. } if it == class));

    // It is not run again unasked, and the others are not run for nothing.
    let (tally, told) = place.halve(&Settings::default());
    assert_eq!((tally, told.0.len()), (Tally::default(), 0));
    let again = Settings { rerun_failed: true, ..Settings::default() };
    let (tally, _) = place.halve(&again);
    assert_eq!(tally, Tally { failed: 1, ..Tally::default() }, "once each time it is asked for");
    let (tally, _) = place.halve(&again);
    assert_eq!(tally, Tally { finished: 2, ..Tally::default() });
    assert_eq!(place.outcomes(), [DONE, SECOND, FIRST, DONE].map(Some));
    assert!(place.waits_for().is_empty());
}

#[test]
fn too_many_failures_stop_the_sweep_in_whatever_phase_they_are() {
    let fails = |at| json!({ "fault": "exit", "at": at });
    let behaviours = json!([{}, fails(2), { "name": 1 }, fails(7), { "name": 2 }, {}]);
    // A run that competes with nobody fails in the first phase, the next one in the second.
    let place = place(&behaviours, &json!([[0], [3]]));
    let halving = json!({ "rungs": [5, 10], "keep": 0.9, "contests": [[[0], [3]]] });
    std::fs::write(place.path().join("halving.json"), halving.to_string()).unwrap();
    let settings = Settings { jobs: 1, max_failures: Some(2), ..Settings::default() };
    let (tally, told) = place.halve(&settings);
    assert_eq!(tally.failed, 2, "{told:?}");
    assert_eq!(place.outcomes()[3], None);
    let one = Place::new(&behaviours);
    let (tally, _) = one.halve(&Settings { max_failures: Some(1), ..settings });
    assert_eq!((tally.finished, tally.failed, tally.left), (1, 1, 4));
}

#[test]
fn what_is_done_elsewhere_counts_and_is_waited_for() {
    let whole = nine();
    whole.halve(&Settings::default());
    let parts = nine();
    let is_first = |run: usize| run.is_multiple_of(2);
    let (tally, _) = parts.halve_these(&Settings::default(), is_first);
    assert_eq!(tally, Tally { paused: 4, finished: 1, ..Tally::default() });
    assert_eq!(parts.waits_for(), [(5, vec![1, 3, 5, 7])]);
    for _ in 0..3 {
        for part in [1, 0] {
            parts.halve_these(&Settings::default(), |run| run % 2 == part);
        }
    }
    assert_eq!(parts.results(), whole.results());
}

#[test]
fn a_run_that_was_stopped_goes_on_when_it_competes_with_others() {
    let behaviours = json!([{ "score": 0.1 }, { "score": 0.2 }, { "score": 0.3 }]);
    let place = place(&behaviours, &json!([[0], [1]]));
    place.halve(&Settings::default());
    assert_eq!(place.outcomes(), [Some(DONE), Some(FIRST), Some(DONE)]);
    compete(&place, &json!([[1], [2]]));
    let (tally, told) = place.halve(&Settings::default());
    assert_eq!(tally, Tally { finished: 1, ..Tally::default() });
    assert!(matches!(told.of(1).last(), Some(Notice::Finished { outcome: DONE, .. })));
    // A whole run that loses keeps its result.
    assert_eq!(place.outcomes(), [DONE; 3].map(Some));
    assert_eq!(place.begun_at(1), [0, 5, 5, 10]);
}
