//! Runs that take more than they may.

use std::time::Instant;

use scheduler::Tally;
use serde_json::json;
use store::RunState;

use crate::Place;
use crate::sweep::Settings;

#[test]
fn a_run_that_takes_too_long_saves_its_state_and_one_that_hangs_is_killed() {
    let place = Place::new(&json!([
        { "name": 1, "steps": 1_000_000, "sleep": 1.0 },
        { "name": 2, "fault": "hang", "at": 3 },
        { "name": 3 },
    ]));
    // Long enough for the third run, and for the first to save, on a busy machine.
    let limits = Settings { timeout: Some(1500), grace: 700, ..Settings::default() };
    let started = Instant::now();
    let (tally, told) = place.schedule(&limits);
    assert!(started.elapsed().as_secs_f64() < 20.0);
    assert_eq!(tally, Tally { finished: 1, failed: 2, ..Tally::default() });
    let (class, message, _) = told.failure(0);
    assert_eq!(class, "timed out");
    assert!(message.starts_with("it took more than 1.5s; its state after step "), "{message}");
    let (class, message, _) = told.failure(1);
    assert_eq!(class, "timed out");
    assert!(message.ends_with("it did not stop when asked to and was killed"), "{message}");
    assert!(place.run(0).checkpoint_path().join("state.json").exists());
    assert!(matches!(place.state(1), RunState::Failed { .. }));
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_holds_too_much_memory_is_killed() {
    let place = Place::new(&json!([{ "fault": "devour", "at": 2 }, { "name": 1 }]));
    let limit = 100 << 20;
    let limits = Settings { memory: Some(limit), retries: 3, ..Settings::default() };
    let (tally, told) = place.schedule(&limits);
    assert_eq!(tally, Tally { finished: 1, failed: 1, ..Tally::default() });
    let (class, message, _) = told.failure(0);
    assert_eq!(class, "out of memory");
    assert!(message.ends_with("of memory, the limit is 100 MiB"), "{message}");
}
