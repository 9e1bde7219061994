use std::fs;
use std::io::Write as _;

use proptest::prelude::*;
use store::{EventKind, Outcome};

use super::*;
use crate::fixture::{
    STEPS, Sweep, append, evaluated, failed, finish, let_go, midway, progress, started, train,
};

fn open(sweep: &Sweep) -> SweepState {
    let mut state = SweepState::open(&sweep.folder).unwrap();
    state.update(Duration::MAX);
    state
}

fn only(state: &SweepState) -> &RunView {
    state.runs().next().unwrap()
}

fn one_run() -> (Sweep, RunFolder) {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    (sweep, run)
}

#[test]
fn a_run_is_followed_from_planned_to_finished() {
    let (sweep, run) = one_run();
    let mut state = open(&sweep);
    assert_eq!(only(&state).status, Status::Planned);
    assert_eq!(only(&state).steps, Some(STEPS), "known from the plan");

    let lock = run.lock().unwrap();
    let mut events = run.event_writer().unwrap();
    events.append(started(0)).unwrap();
    events.append(progress(30, 0.5)).unwrap();
    state.update(Duration::MAX);
    assert_eq!((only(&state).status, only(&state).step), (Status::Running, 30));
    assert_eq!((only(&state).loss, only(&state).steps_per_second), (Some(0.5), Some(412.0)));

    events.append(evaluated(500, 0.25)).unwrap();
    state.update(Duration::MAX);
    assert_eq!(only(&state).curve("loss"), [(500.0, 0.25)]);
    assert!((only(&state).fraction() - 0.5).abs() < 1e-12);

    events.append(EventKind::Finished { outcome: Outcome::Completed }).unwrap();
    finish(&run, Outcome::Completed, 3.0);
    drop(lock);
    state.update(Duration::MAX);
    assert_eq!((only(&state).status, only(&state).step), (Status::Finished, STEPS));
    assert_eq!(state.counts(), Counts { planned: 1, finished: 1, ..Counts::default() });
    assert_eq!(state.message(), None);
}

#[test]
fn a_lock_that_is_let_go_without_a_new_event_is_noticed() {
    let (sweep, run) = one_run();
    let lock = run.lock().unwrap();
    append(&run, 1, [(0.0, started(0)), (1.0, progress(10, 0.5))]);
    let mut state = open(&sweep);
    assert_eq!(only(&state).status, Status::Running);
    let_go(lock, || run.state().unwrap() == RunState::Running);
    state.update(Duration::MAX);
    assert_eq!(only(&state).status, Status::Stopped);
}

#[test]
fn the_attempt_that_starts_over_replaces_what_lay_beyond() {
    let (sweep, run) = one_run();
    append(&run, 1, [(0.0, started(0))]);
    append(&run, 1, [50, 100, 150].map(|step| (1.0, evaluated(step, step as f64))));
    let mut state = open(&sweep);
    assert_eq!(only(&state).curve("loss").len(), 3);
    append(&run, 2, [(9.0, started(50)), (9.5, evaluated(100, 7.0))]);
    state.update(Duration::MAX);
    assert_eq!(only(&state).curve("loss"), [(50.0, 50.0), (100.0, 7.0)]);
    assert_eq!(only(&state).attempts.len(), 2);
    assert_eq!(only(&state).attempts[1].from_step, 50);
    let ends = |it: &crate::Attempt| it.last - crate::fixture::START;
    assert_eq!(only(&state).attempts.iter().map(ends).collect::<Vec<_>>(), [1.0, 9.5]);
}

#[test]
fn a_torn_line_waits_for_its_end() {
    let (sweep, run) = one_run();
    append(&run, 1, [(0.0, started(0)), (1.0, progress(10, 0.5))]);
    let whole = fs::read(run.events_path()).unwrap();
    let (head, tail) = whole.split_at(whole.len() - 20);
    fs::write(run.events_path(), head).unwrap();
    let mut state = open(&sweep);
    assert_eq!(only(&state).step, 0);
    fs::OpenOptions::new()
        .append(true)
        .open(run.events_path())
        .and_then(|mut file| file.write_all(tail))
        .unwrap();
    state.update(Duration::MAX);
    assert_eq!(only(&state).step, 10);
}

#[test]
fn a_failed_run_that_runs_again_keeps_its_message_until_it_has_a_result() {
    let (sweep, run) = one_run();
    train(&run, 0.0, 100, 1.0);
    append(&run, 1, [(2.0, failed("out of range"))]);
    let mut state = open(&sweep);
    assert_eq!(only(&state).status, Status::Failed);
    assert_eq!(only(&state).failure.as_deref(), Some("panicked: out of range"));
    let lock = run.lock().unwrap();
    append(&run, 2, [(5.0, started(0))]);
    state.update(Duration::MAX);
    assert_eq!((only(&state).status, only(&state).step), (Status::Running, 0));
    assert!(only(&state).curve("loss").is_empty());
    assert_eq!(only(&state).failure.as_deref(), Some("panicked: out of range"));
    finish(&run, Outcome::Diverged { step: 7 }, 1.0);
    drop(lock);
    state.update(Duration::MAX);
    assert_eq!((only(&state).status, only(&state).step), (Status::Diverged, 7));
    assert_eq!(state.counts().diverged, 1);
}

#[test]
fn a_run_whose_folder_was_cleaned_starts_over() {
    let (sweep, run) = one_run();
    train(&run, 0.0, 300, 1.0);
    let mut state = open(&sweep);
    assert_eq!(only(&state).status, Status::Stopped);
    fs::remove_dir_all(run.path()).unwrap();
    state.update(Duration::MAX);
    assert_eq!(only(&state), &RunView::new(0, 0, Some(STEPS)));
}

#[test]
fn a_finished_run_that_is_done_again_is_noticed_in_time() {
    let (sweep, run) = one_run();
    train(&run, 0.0, STEPS, 1.0);
    finish(&run, Outcome::Completed, 3.0);
    let mut state = open(&sweep);
    fs::remove_dir_all(run.path()).unwrap();
    let lock = run.lock().unwrap();
    append(&run, 1, [(50.0, started(0))]);
    for _ in 0..SELDOM {
        state.update(Duration::MAX);
    }
    assert_eq!((only(&state).status, only(&state).step), (Status::Running, 0));
    drop(lock);
}

#[test]
fn a_broken_result_is_a_failed_run_until_it_is_mended() {
    let (sweep, run) = one_run();
    train(&run, 0.0, 100, 1.0);
    fs::write(run.path().join("result.json"), "{").unwrap();
    let mut state = open(&sweep);
    assert_eq!((only(&state).status, state.message()), (Status::Failed, None));
    train(&run, 1.0, 100, 0.5);
    finish(&run, Outcome::Completed, 3.0);
    state.update(Duration::MAX);
    assert_eq!((only(&state).status, state.message()), (Status::Finished, None));
}

#[test]
fn a_changed_plan_is_taken_over_and_a_broken_one_is_a_message() {
    let mut sweep = Sweep::new(&["adding"], &["lstm", "gru"], 2);
    let mut state = open(&sweep);
    assert_eq!(state.counts().planned, 4);
    sweep.rewrite_plan(|plan| plan.seeds.push(2));
    state.update(Duration::MAX);
    assert_eq!(state.counts().planned, 6);
    fs::write(sweep.path().join("plan.json"), "{").unwrap();
    state.update(Duration::MAX);
    assert_eq!(state.counts().planned, 6);
    let message = state.message().unwrap();
    assert!(message.contains("plan.json is damaged"), "{message}");
    sweep.rewrite_plan(|plan| plan.seeds.clear());
    state.update(Duration::MAX);
    assert_eq!((state.counts(), state.message()), (Counts::default(), None));
}

#[test]
fn a_folder_without_a_plan_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = SweepState::open(&SweepFolder::new(folder.path())).unwrap_err();
    assert!(matches!(error, StoreError::NoPlan { .. }), "{error}");
}

#[test]
fn a_small_budget_reads_on_where_it_stopped() {
    let (sweep, _locks) = midway();
    let all = open(&sweep);
    let mut state = SweepState::open(&sweep.folder).unwrap();
    state.update(Duration::ZERO);
    assert_eq!(state.message().unwrap(), "reading the folder: 1 of 18 runs");
    for _ in 1..18 {
        state.update(Duration::ZERO);
    }
    assert_eq!(state.message(), None);
    assert_eq!(state.counts(), all.counts());
    assert!(state.runs().eq(all.runs()));
}

#[test]
fn counts_and_metrics_of_a_sweep_in_the_middle() {
    let (sweep, locks) = midway();
    let mut state = open(&sweep);
    let counts = Counts {
        planned: 18,
        finished: 4,
        diverged: 1,
        at_rung: 0,
        failed: 1,
        running: 2,
        stopped: 1,
    };
    assert_eq!(state.counts(), counts);
    assert_eq!(state.metrics(0), ["loss", "accuracy"]);
    assert_eq!((state.metrics(1), state.metrics(9)), (vec!["loss".to_owned()], vec![]));
    let statuses: Vec<_> = state.runs_of(1, 0).map(|run| run.status).collect();
    assert_eq!(statuses, [Status::Diverged, Status::Failed, Status::Running]);
    assert_eq!(state.runs_of(9, 0).count(), 0);
    assert!(state.is_live());
    let is_running = |arm| sweep.run(0, arm, 2).state().unwrap() == RunState::Running;
    let_go(locks, || sweep.folder.is_locked() || is_running(0) || is_running(1));
    state.update(Duration::MAX);
    assert_eq!((state.is_live(), state.counts().running), (false, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Wherever the file is cut between two updates, the state at its end is the same.
    #[test]
    fn pieces_add_up(cuts in proptest::collection::vec(0.0..1.0, 0..6)) {
        let (sweep, run) = one_run();
        train(&run, 0.0, 400, 1.0);
        append(&run, 2, [(9.0, started(200)), (9.5, evaluated(250, 7.0)), (9.6, progress(260, 1.0))]);
        let whole = open(&sweep);
        let bytes = fs::read(run.events_path()).unwrap();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| (cut * bytes.len() as f64) as usize).collect();
        cuts.sort_unstable();
        fs::write(run.events_path(), &bytes[..cuts.first().copied().unwrap_or(0)]).unwrap();
        let mut state = open(&sweep);
        for end in cuts.into_iter().chain([bytes.len()]) {
            let mut file = fs::OpenOptions::new().append(true).open(run.events_path()).unwrap();
            let length = file.metadata().unwrap().len() as usize;
            file.write_all(&bytes[length..end]).unwrap();
            state.update(Duration::MAX);
        }
        prop_assert_eq!(only(&state), only(&whole));
    }
}
