use std::sync::{Arc, Mutex};

use store::Event;

use super::*;
use crate::fixture::{Sweep, append, append_text, evaluated, finished, line, started};

/// What a tracker was told: `began PLACE`, `resumed PLACE MARK`, and times of events.
type Log = Arc<Mutex<Vec<String>>>;

/// Writes down what it is told; fails as long as `is_broken`.
struct Recorder {
    log: Log,
    is_broken: Arc<AtomicBool>,
    told: u64,
}

impl Tracker for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn run_began(&mut self, run: &Run) -> Result<(), TrackerError> {
        self.log.lock().unwrap().push(format!("began {}", run.place));
        Ok(())
    }

    fn run_resumed(&mut self, run: &Run, mark: u64) -> Result<bool, TrackerError> {
        self.log.lock().unwrap().push(format!("resumed {} {mark}", run.place));
        Ok(true)
    }

    fn events(&mut self, run: &Run, events: &[Event]) -> Result<u64, TrackerError> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(unread(Path::new("elsewhere"))(std::io::Error::other("no")));
        }
        let times =
            events.iter().map(|it| format!("{} {}", run.seed, it.time - crate::fixture::START));
        self.log.lock().unwrap().extend(times);
        self.told += events.len() as u64;
        Ok(self.told)
    }
}

fn recorder(log: &Log) -> Vec<Box<dyn Tracker>> {
    let is_broken = Arc::default();
    vec![Box::new(Recorder { log: Arc::clone(log), is_broken, told: 0 })]
}

fn no_warning(warning: &Warning) {
    panic!("{warning}");
}

fn taken(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

#[test]
fn every_event_is_told_once_and_a_torn_line_waits_for_its_end() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 2);
    let log = Log::default();
    let mut follower = Follower::new(&sweep.folder, recorder(&log));
    follower.look(&mut no_warning);
    assert!(taken(&log).is_empty());
    let run = sweep.run(0, 0, 1);
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    let whole = line(1, 2.0, evaluated(100, 0.4));
    append_text(&run, &whole[..20]);
    follower.look(&mut no_warning);
    assert_eq!(taken(&log), ["began lstm/adding/seed-1", "1 0", "1 1"]);
    append_text(&run, &whole[20..]);
    follower.look(&mut no_warning);
    follower.look(&mut no_warning);
    assert_eq!(taken(&log), ["1 2"]);
    // A crash tore a line; the next attempt begins on its own.
    append_text(&run, &format!("{}\n", &line(1, 3.0, evaluated(150, 0.3))[..30]));
    append(&run, 2, 4.0, [started(100)]);
    follower.finish(&mut no_warning);
    assert_eq!(taken(&log), ["1 4"]);
}

#[test]
fn a_follower_that_starts_again_goes_on_where_the_last_one_was() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let (log, run) = (Log::default(), sweep.run(0, 0, 0));
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    Follower::new(&sweep.folder, recorder(&log)).finish(&mut no_warning);
    append(&run, 1, 2.0, [evaluated(100, 0.4)]);
    taken(&log);
    Follower::new(&sweep.folder, recorder(&log)).finish(&mut no_warning);
    assert_eq!(taken(&log), ["resumed lstm/adding/seed-0 2", "0 2"]);
    Follower::new(&sweep.folder, recorder(&log)).finish(&mut no_warning);
    let again = taken(&log);
    assert_eq!(again.len(), 1, "{again:?}");
    assert!(again[0].starts_with("resumed"), "{again:?}");
}

#[test]
fn a_run_that_was_set_aside_is_told_from_its_start_also_where_its_file_has_grown_longer() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let (log, run) = (Log::default(), sweep.run(0, 0, 0));
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    let mut follower = Follower::new(&sweep.folder, recorder(&log));
    follower.look(&mut no_warning);
    taken(&log);
    run.set_aside().unwrap();
    follower.look(&mut no_warning);
    assert!(taken(&log).is_empty());
    append(&run, 1, 10.0, [started(0), evaluated(50, 0.5), evaluated(100, 0.4), finished()]);
    follower.look(&mut no_warning);
    assert_eq!(taken(&log), ["began lstm/adding/seed-0", "0 10", "0 11", "0 12", "0 13"]);
}

#[test]
fn a_tracker_that_fails_is_warned_of_once_and_told_again() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 2);
    let (log, is_broken) = (Log::default(), Arc::new(AtomicBool::new(false)));
    let broken = Recorder { log: Arc::clone(&log), is_broken: Arc::clone(&is_broken), told: 0 };
    let well = Log::default();
    let mut trackers: Vec<Box<dyn Tracker>> = vec![Box::new(broken)];
    trackers.push(unbroken(&well));
    let mut follower = Follower::new(&sweep.folder, trackers);
    let mut warnings = Vec::new();
    append(&sweep.run(0, 0, 0), 1, 0.0, [started(0)]);
    follower.look(&mut |it| warnings.push(it.to_string()));
    is_broken.store(true, Ordering::Relaxed);
    for seed in 0..2 {
        append(&sweep.run(0, 0, seed), 1, 1.0, [evaluated(50, 0.5)]);
    }
    for _ in 0..3 {
        follower.look(&mut |it| warnings.push(it.to_string()));
    }
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let expected =
        "tracker recorder: cannot read elsewhere: no; the sweep goes on, and it is tried again";
    assert_eq!(warnings[0], expected);
    assert_eq!(taken(&well).iter().filter(|it| !it.starts_with("began")).count(), 3);
    taken(&log);
    is_broken.store(false, Ordering::Relaxed);
    follower.finish(&mut no_warning);
    assert_eq!(
        taken(&log),
        ["resumed lstm/adding/seed-0 1", "0 1", "began lstm/adding/seed-1", "1 1"]
    );
}

/// A recorder of another name, which never fails.
fn unbroken(log: &Log) -> Box<dyn Tracker> {
    struct Other(Recorder);
    impl Tracker for Other {
        fn name(&self) -> &'static str {
            "other"
        }
        fn run_began(&mut self, run: &Run) -> Result<(), TrackerError> {
            self.0.run_began(run)
        }
        fn run_resumed(&mut self, run: &Run, mark: u64) -> Result<bool, TrackerError> {
            self.0.run_resumed(run, mark)
        }
        fn events(&mut self, run: &Run, events: &[Event]) -> Result<u64, TrackerError> {
            self.0.events(run, events)
        }
    }
    let recorder = Recorder { log: Arc::clone(log), is_broken: Arc::default(), told: 0 };
    Box::new(Other(recorder))
}

#[test]
fn one_process_follows_at_a_time_and_the_other_takes_over() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let (first, second) = (Log::default(), Log::default());
    append(&sweep.run(0, 0, 0), 1, 0.0, [started(0)]);
    let mut one = Follower::new(&sweep.folder, recorder(&first));
    let mut other = Follower::new(&sweep.folder, recorder(&second));
    let mut warnings = Vec::new();
    one.look(&mut no_warning);
    for _ in 0..2 {
        other.look(&mut |it| warnings.push(it.to_string()));
    }
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("takes over"), "{warnings:?}");
    assert!(taken(&second).is_empty());
    one.finish(&mut no_warning);
    append(&sweep.run(0, 0, 0), 1, 1.0, [finished()]);
    other.finish(&mut no_warning);
    assert_eq!(taken(&second), ["resumed lstm/adding/seed-0 1", "0 1"]);
}

#[test]
fn a_damaged_state_is_set_aside_and_everything_is_told_anew() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let log = Log::default();
    append(&sweep.run(0, 0, 0), 1, 0.0, [started(0)]);
    fs::write(sweep.path().join("trackers.json"), "{\"format\": 1").unwrap();
    let mut warnings = Vec::new();
    let follower = Follower::new(&sweep.folder, recorder(&log));
    follower.finish(&mut |it| warnings.push(it.to_string()));
    assert!(warnings[0].starts_with("trackers: trackers.json: it is torn"), "{warnings:?}");
    assert_eq!(taken(&log), ["began lstm/adding/seed-0", "0 0"]);
    assert!(sweep.path().join("trackers.json.damaged-1").exists());
}

#[test]
fn a_folder_without_a_plan_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = SweepFolder::new(folder.path().join("sweep"));
    let mut warnings = Vec::new();
    let mut follower = Follower::new(&sweep, recorder(&Log::default()));
    follower.look(&mut |it| warnings.push(it.to_string()));
    follower.finish(&mut |it| warnings.push(it.to_string()));
    assert!(warnings.len() <= 2, "{warnings:?}");
}

#[test]
fn following_ends_with_a_last_look() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let (log, stop) = (Log::default(), AtomicBool::new(false));
    thread::scope(|scope| {
        let following = scope.spawn(|| {
            follow(&sweep.folder, recorder(&log), &stop, &mut no_warning);
        });
        thread::sleep(Duration::from_millis(100));
        append(&sweep.run(0, 0, 0), 1, 0.0, [started(0), finished()]);
        stop.store(true, Ordering::Release);
        following.join().unwrap();
    });
    assert_eq!(taken(&log).len(), 3);
}
