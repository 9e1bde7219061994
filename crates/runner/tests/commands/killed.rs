//! A sweep that is killed at random moments ends like one left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use store::{EventKind, RunFolder, SweepFolder};

use crate::Place;
use crate::trained::{self, Checkpoint};

/// Kills while there is work, and after it, when only the report is written.
const KILLS: usize = 24;
const LATE_KILLS: usize = 6;
/// Checkpoints that are compared with the runs computed in one go.
const COMPARED: usize = 40;

/// 5 arms on 2 tasks with 20 seeds, one arm of which diverges on some: 200 runs.
const SWEEP: &str = r#"
name = "killed"
seeds = 20
baseline = "gru"

[model]
architecture = "gru"
hidden = 5

[train]
steps = 24
evaluate_every = 4
batch = 4
learning_rate = 0.01

[[task]]
kind = "adding"
length = 6
validation_size = 20
test_size = 30

[[task]]
kind = "japanese_vowels"

[[arm]]
name = "lstm"
model.architecture = "lstm"

[[arm]]
name = "bidirectional"
model.architecture = "bidirectional"

[[arm]]
name = "wild"
model.architecture = "vanilla"
model.vanilla.activation = "relu"
train.learning_rate = 1000
train.clip_norm = 0

[[arm]]
name = "feed-forward"
model.architecture = "feed_forward"
"#;

/// Numbers from 0 to 1 that look random and are the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A finished run as it was first seen: its file, and when that was written.
#[derive(Debug, PartialEq)]
struct Seen {
    file: u64,
    written: (i64, i64),
    result: Value,
}

fn seen(run: &RunFolder) -> Option<Seen> {
    let result = trained::result(run)?;
    let file = std::fs::metadata(run.path().join("result.json")).unwrap();
    Some(Seen { file: file.ino(), written: (file.mtime(), file.mtime_nsec()), result })
}

fn start(place: &Place) -> Child {
    let options = ["--results", "killed", "--jobs", "2", "--rerun", "failed"];
    let mut command = place.command(&["run", "sweep.toml", "--checkpoint-every", "0.001s"]);
    command.args(options).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The worker processes of a runner, whichever of its threads started them.
fn workers_of(runner: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{runner}/task")) else { return vec![] };
    let children = threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let numbers = |text: String| -> Vec<u32> {
        text.split_whitespace().map(|child| child.parse().unwrap()).collect()
    };
    children.flat_map(numbers).collect()
}

fn kill(process: u32) {
    // It may have ended by itself meanwhile.
    let kill = ["-KILL".to_owned(), process.to_string()];
    std::process::Command::new("kill").args(kill).stderr(Stdio::null()).status().unwrap();
}

/// Waits until no worker that outlives its runner is at work; they have a second or so.
fn wait_for_workers(sweep: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while trained::runs(sweep).values().any(RunFolder::is_locked) {
        assert!(Instant::now() < deadline, "a worker outlives its runner");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What the kills of one sweep must not change.
struct Watched {
    sweep: PathBuf,
    alone: BTreeMap<String, Value>,
    finished: BTreeMap<String, Seen>,
    compared: BTreeSet<(String, u64)>,
}

impl Watched {
    /// What is finished is right, and stays as it is; checkpoints are those of a run that
    /// nothing happened to.
    fn look(&mut self) {
        for (name, run) in trained::runs(&self.sweep) {
            if let Some(now) = seen(&run) {
                assert_eq!(now.result, self.alone[&name], "a false result of {name}");
                let before = self.finished.entry(name.clone()).or_insert(seen(&run).unwrap());
                assert_eq!(now, *before, "{name} was finished, and is written again");
                continue;
            }
            assert!(!self.finished.contains_key(&name), "the result of {name} is lost");
            let Some(checkpoint) = Checkpoint::of(&run) else { continue };
            let step = checkpoint.step();
            // The last one is made on the way to the result.
            if step == 24 || self.compared.len() == COMPARED {
                continue;
            }
            if self.compared.insert((name.clone(), step)) {
                let seed = name.rsplit('-').next().unwrap().parse().unwrap();
                assert_eq!(
                    checkpoint,
                    Checkpoint::undisturbed(&run, seed, step),
                    "{name}, step {step}"
                );
            }
        }
    }
}

#[test]
fn two_hundred_runs_killed_at_random_moments_end_like_those_left_alone() {
    let place = Place::new();
    place.write("sweep.toml", SWEEP);
    let begun = Instant::now();
    let ended = place.run(&["run", "sweep.toml", "--results", "alone", "--jobs", "2"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let alone_seconds = begun.elapsed().as_secs_f64();
    let alone = place.path("alone/killed");
    let results = trained::results(&alone);
    assert_eq!(results.len(), 200);
    let outcomes: BTreeSet<_> = results.values().map(|it| it["outcome"]["kind"].as_str()).collect();
    assert!(outcomes.contains(&Some("diverged")), "{outcomes:?}");

    let sweep = place.path("killed/killed");
    let mut watched = Watched {
        sweep: sweep.clone(),
        alone: results.clone(),
        finished: BTreeMap::new(),
        compared: BTreeSet::new(),
    };
    let mut random = Random(11);
    // Runner alone, one worker, all of them.
    let mut kills = [0; 3];
    let (mut late, mut last_errors) = (0, String::new());
    while late < LATE_KILLS {
        let is_late = watched.finished.len() == 200;
        let mut child = start(&place);
        // Of the kills a third come within the start of a runner; all of them together leave
        // it the time to finish.
        let longest = match (is_late, random.next() < 0.33) {
            (true, _) => 0.4,
            (false, true) => 0.25,
            (false, false) => 2.5 * alone_seconds / KILLS as f64,
        };
        std::thread::sleep(Duration::from_secs_f64(random.next() * longest));
        let workers = workers_of(child.id());
        let which = if is_late { 0 } else { (random.next() * 3.0) as usize };
        match which {
            1 if !workers.is_empty() => {
                kill(workers[(random.next() * workers.len() as f64) as usize]);
                kills[1] += 1;
                std::thread::sleep(Duration::from_secs_f64(random.next() * 0.3));
                child.kill().unwrap();
                kills[0] += 1;
            }
            2 if !workers.is_empty() => {
                child.kill().unwrap();
                workers.into_iter().for_each(kill);
                kills[2] += 1;
            }
            _ => {
                child.kill().unwrap();
                kills[0] += 1;
            }
        }
        late += usize::from(is_late);
        let output = child.wait_with_output().unwrap();
        last_errors = String::from_utf8_lossy(&output.stderr).into_owned();
        wait_for_workers(&sweep);
        watched.look();
        assert!(kills.iter().sum::<usize>() < 20 * KILLS, "it never ends: {last_errors}");
    }
    eprintln!(
        "killed: runner {}, a worker {}, all {}; {} checkpoints compared",
        kills[0],
        kills[1],
        kills[2],
        watched.compared.len()
    );
    assert!(kills.iter().sum::<usize>() >= 10 + LATE_KILLS, "too few kills: {kills:?}");
    assert!(kills.iter().all(|&count| count > 0), "{kills:?}");
    assert!(watched.compared.len() >= 10, "{:?}", watched.compared);
    assert_eq!(watched.finished.len(), 200);

    let output = start(&place).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{last_errors}{output:?}");
    watched.look();
    assert_eq!(trained::results(&sweep), results);
    assert_eq!(trained::curves(&sweep), trained::curves(&alone));
    for (name, run) in trained::runs(&sweep) {
        let events = run.events().unwrap();
        let attempts = events.iter().map(|event| event.attempt).max().unwrap();
        let last = events.iter().rfind(|it| matches!(it.kind, EventKind::Finished { .. })).unwrap();
        assert_eq!(last.attempt, attempts, "{name} was run again after its end");
    }
    let plan = SweepFolder::new(&sweep).plan().unwrap();
    assert_eq!(plan, SweepFolder::new(&alone).plan().unwrap());
    // The reports say the same: all but times, memory and the command.
    let rows = |sweep: &Path| {
        let text = std::fs::read_to_string(sweep.join("report/runs.csv")).unwrap();
        text.lines().count()
    };
    assert_eq!((rows(&sweep), rows(&alone)), (201, 201));
}
