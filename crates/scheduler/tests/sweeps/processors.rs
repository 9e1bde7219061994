//! Workers on processors of their own.

use std::collections::BTreeSet;
use std::process::Child;

use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};
use scheduler::{Binding, Processors, Tally};
use serde_json::json;

use crate::sweep::Settings;
use crate::{Place, signal, wait_until};

/// The processors that a process may run on, or the calling thread.
fn mask(process: Option<u32>) -> Vec<usize> {
    let process = process.map(|id| Pid::from_raw(id.cast_signed()).unwrap());
    let set = sched_getaffinity(process).unwrap();
    (0..CpuSet::MAX_CPU).filter(|&number| set.is_set(number)).collect()
}

fn bind(numbers: &[usize]) {
    let mut set = CpuSet::new();
    for &number in numbers {
        set.set(number);
    }
    sched_setaffinity(None, &set).unwrap();
}

/// What the worker of a run claimed: nothing if none were free, and `None` if it was not to.
fn claimed(place: &Place, run: usize) -> Option<Vec<usize>> {
    let text = std::fs::read(place.run(run).path().join("processors.json")).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

/// Asks a runner whose runs take for ever to stop.
fn stop(mut runner: Child) {
    signal("-TERM", runner.id());
    assert_eq!(runner.wait().unwrap().code(), Some(143));
}

fn endless(runs: usize) -> Place {
    let run = |name| json!({ "name": name, "steps": 1_000_000, "sleep": 1.0 });
    Place::new(&json!((0..runs).map(run).collect::<Vec<_>>()))
}

#[test]
fn workers_at_a_time_have_processors_of_their_own_and_two_runners_do_not_share_any() {
    let Some(processors) = Processors::allowed() else { return };
    let (all, here) = (mask(None), mask(None).len());
    assert!(processors.hold(here, 1));
    // The second runner finds what the first has left, which is nothing for its last worker.
    let place = endless(here + 1);
    let first = place.start(&format!(r#"{{ "jobs": {}, "threads": 1 }}"#, here.div_ceil(2)));
    let count = |place: &Place| (0..=here).filter_map(|run| claimed(place, run)).count();
    wait_until("the first runner's workers run", || count(&place) == here.div_ceil(2));
    let second = place.start(&format!(r#"{{ "jobs": {}, "threads": 1 }}"#, here.min(here / 2 + 1)));
    let expected = here.div_ceil(2) + here.min(here / 2 + 1);
    wait_until("the second runner's workers run", || count(&place) == expected);
    let claims: Vec<_> = (0..=here).filter_map(|run| claimed(&place, run)).collect();
    let held: Vec<_> = claims.iter().flatten().copied().collect();
    assert_eq!(held.len(), here, "{claims:?}");
    assert_eq!(held.iter().copied().collect::<BTreeSet<_>>(), all.into_iter().collect());
    stop(second);
    stop(first);
}

#[test]
fn processors_are_free_again_when_their_worker_has_ended_in_any_way() {
    if Processors::allowed().is_none() {
        return;
    }
    let runs = json!([
        { "name": 1 }, { "name": 2, "fault": "kill", "at": 3 }, { "name": 3, "fault": "abort", "at": 3 },
        { "name": 4 }, { "name": 5 },
    ]);
    let place = Place::new(&runs);
    let threads = mask(None).len();
    let (tally, _) = place.schedule(&Settings { jobs: 1, threads, ..Settings::default() });
    assert_eq!(tally, Tally { finished: 3, failed: 2, ..Tally::default() });
    for run in 0..5 {
        let mut numbers = claimed(&place, run).unwrap();
        numbers.sort_unstable();
        assert_eq!(numbers, mask(None));
    }
}

#[test]
fn nothing_is_bound_where_jobs_times_threads_do_not_fit() {
    let here = mask(None).len();
    for (jobs, threads) in [(here + 1, 1), (1, here + 1), (here, 2)] {
        let place = Place::new(&json!([{ "name": 1 }, { "name": 2 }]));
        let (tally, _) = place.schedule(&Settings { jobs, threads, ..Settings::default() });
        assert_eq!(tally.finished, 2);
        assert_eq!((claimed(&place, 0), claimed(&place, 1)), (None, None));
    }
}

#[test]
fn a_runner_that_may_use_one_processor_binds_one_worker_to_that_one() {
    let last = *mask(None).last().unwrap();
    std::thread::spawn(move || {
        // Processes that this thread starts may use no other.
        bind(&[last]);
        let place = endless(2);
        let runner = place.start(r#"{ "jobs": 1, "threads": 1 }"#);
        wait_until("a worker runs", || claimed(&place, 0).is_some());
        assert_eq!(claimed(&place, 0), Some(vec![last]));
        assert_eq!(mask(Some(runner.id())), [last]);
        stop(runner);

        let place = Place::new(&json!([{ "name": 1 }, { "name": 2 }]));
        let two = Settings { jobs: 2, threads: 1, ..Settings::default() };
        assert_eq!(place.schedule(&two).0.finished, 2);
        assert_eq!((claimed(&place, 0), claimed(&place, 1)), (None, None));
    })
    .join()
    .unwrap();
}

#[test]
fn a_claim_binds_its_thread_and_threads_one_by_one_and_is_given_back() {
    if Processors::allowed().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let claim = |count| Binding::claim_in(folder.path(), count);
    let (before, here) = (mask(None), mask(None).len());
    let (asked, given) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let all = claim(here).expect("all are free");
            assert_eq!(mask(None), before);
            for thread in 0..here {
                all.bind_thread(thread);
                assert_eq!(mask(None), [all.processors()[thread]]);
            }
            asked.send(all).unwrap();
        });
        let all = given.recv().unwrap();
        assert!(claim(1).is_none(), "none is free");
        assert_eq!(mask(None), before, "so nothing is bound");
        drop(all);
        assert!(claim(here + 1).is_none());
        assert!(Binding::claim_in(&folder.path().join("no-such-folder"), 1).is_none());
        scope.spawn(|| {
            let one = claim(1).expect("all are free");
            assert_eq!(mask(None), one.processors());
        });
    });
    assert_eq!(mask(None), before, "it was those threads alone");
}
