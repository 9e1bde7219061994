//! Results folders that a crash, a full disk or a person left in a bad state: what is wrong is
//! named with what to do, and nothing that is finished is lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use store::{EventKind, RunFolder};

use crate::trained;
use crate::{Ended, Place, SMALL};

/// A finished small sweep, and its results.
fn finished() -> (Place, PathBuf, BTreeMap<String, Value>) {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let ended = place.run(&["run", "small.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let sweep = place.path("results/small");
    let results = trained::results(&sweep);
    assert_eq!(results.len(), 4);
    (place, sweep, results)
}

fn refused(ended: &Ended, code: i32, words: [&str; 2]) {
    assert_eq!(ended.code, code, "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn garbage_in_a_file_is_named_and_set_aside_and_costs_at_most_its_run() {
    let (place, sweep, results) = finished();
    let run = trained::runs(&sweep).into_values().next().unwrap();
    let files = [
        (sweep.join("plan.json"), 0),
        (sweep.join("claims.json"), 0),
        (run.path().join("result.json"), 100),
        (run.path().join("provenance.json"), 0),
        (run.path().join("config.toml"), 0),
    ];
    for (path, code) in files {
        let whole = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let pieces = [&b"\0\0x\0"[..], b"{\"format\":1", &whole[..whole.len() / 2]];
        for (number, garbage) in pieces.into_iter().enumerate() {
            std::fs::write(&path, garbage).unwrap();
            // Reading commands do what they can, and write nothing.
            for command in [["status", "results/small"], ["plan", "small.toml"]] {
                let ended = place.run(&command);
                assert!(matches!(ended.code, 0 | 2), "{command:?}: {}", ended.stderr);
                assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
            }
            assert_eq!(std::fs::read(&path).unwrap(), garbage);
            let ended = place.run(&["check", "results/small"]);
            assert_eq!(ended.code, 100, "{name}: {}", ended.stdout);
            assert!(ended.stdout.contains(name), "{}", ended.stdout);
            let ended = place.run(&["run", "small.toml"]);
            let aside = format!("set aside as {name}.damaged-{}", number + 1);
            refused(&ended, code, ["damaged: ", &aside]);
            let status = place.run(&["status", "results/small", "--all"]);
            assert!(status.stdout.contains(&format!("{name}.damaged-")), "{}", status.stdout);
            if code == 100 {
                assert!(status.stdout.contains("(damaged): result.json: "), "{}", status.stdout);
                assert_eq!(place.run(&["run", "small.toml"]).code, 100, "it is not asked for");
                let ended = place.run(&["run", "small.toml", "--rerun", "failed"]);
                assert_eq!(ended.code, 0, "{}", ended.stderr);
            }
            assert_eq!(trained::results(&sweep), results);
        }
    }
    assert_eq!(place.run(&["check", "results/small"]).code, 0);
}

#[test]
fn a_result_that_was_edited_by_hand_is_named_in_the_report() {
    let (place, sweep, _) = finished();
    let run = trained::runs(&sweep).into_values().next().unwrap();
    let path = run.path().join("result.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"steps\": 20", "\"steps\": 21", 1)).unwrap();
    let ended = place.run(&["report", "results/small"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = std::fs::read_to_string(sweep.join("report/report.md")).unwrap();
    let words = "result.json: it does not match its checksum: it was edited by hand, or damaged";
    assert!(report.contains(words), "{report}");
    let ended = place.run(&["check", "results/small"]);
    assert!(ended.stdout.contains("edited by hand"), "{}", ended.stdout);
}

/// One run that takes seconds.
fn long() -> String {
    SMALL.replace("steps = 20", "steps = 3000").replace("seeds = 2", "seeds = 1")
}

const LONG: [&str; 8] =
    ["run", "long.toml", "--jobs", "1", "--checkpoint-every", "0.01s", "--only", "arm=gru"];

/// Starts the long run and waits for a checkpoint.
fn started(place: &Place) -> (std::process::Child, RunFolder) {
    place.write("long.toml", &long());
    let mut command = place.command(&LONG);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let run = trained::runs(&place.path("results/small")).into_values().next();
        if let Some(run) = run.filter(|run| !run.checkpoint_sets().unwrap().is_empty()) {
            return (child, run);
        }
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < deadline, "no checkpoint");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

#[test]
#[cfg(unix)]
fn a_damaged_checkpoint_is_set_aside_and_the_run_ends_with_the_same_bits() {
    let place = Place::new();
    let (child, run) = started(&place);
    std::thread::sleep(Duration::from_millis(100));
    signal("-TERM", child.id());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    let sets = run.checkpoint_sets().unwrap();
    assert_eq!(sets.len(), 2, "the last two are kept");
    let whole = Place::new();
    whole.write("long.toml", &long());
    assert_eq!(whole.run(&LONG).code, 0);
    let alone = trained::results(&whole.path("results/small"));

    // What is hit, in how many of the two sets, and how.
    let flip: fn(&Path) = |path| {
        let mut bytes = std::fs::read(path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 16;
        std::fs::write(path, bytes).unwrap();
    };
    let cut: fn(&Path) = |path| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    };
    let delete: fn(&Path) = |path| std::fs::remove_file(path).unwrap();
    let files = ["checkpoint.json", "model.bpk", "best.bpk", "optimizer.bpk", "scheduler.bpk"];
    let hits = files.into_iter().map(|file| (file, 1, flip));
    let hits = hits.chain([("model.bpk", 2, flip), ("best.bpk", 1, cut), ("model.bpk", 1, delete)]);
    for (file, count, hit) in hits {
        let other = Place::new();
        other.write("long.toml", &long());
        copy_folder(&place.path("results"), &other.path("results"));
        let run = trained::runs(&other.path("results/small")).into_values().next().unwrap();
        for set in run.checkpoint_sets().unwrap().iter().take(count) {
            hit(&set.join(file));
        }
        assert_eq!(other.run(&["check", "results/small"]).code, 100, "{file}");
        let ended = other.run(&LONG);
        assert_eq!(ended.code, 0, "{file}: {}", ended.stderr);
        assert_eq!(trained::results(&other.path("results/small")), alone, "{file} {count}");
        let events = run.events().unwrap();
        let is_damage = |event: &&store::Event| matches!(event.kind, EventKind::Damaged { .. });
        assert_eq!(events.iter().filter(is_damage).count(), count, "{file}");
        let mut started = events.iter().rev().filter_map(|event| match event.kind {
            EventKind::Started { step, .. } => Some(step),
            _ => None,
        });
        assert_eq!(started.next().unwrap() == 0, count == 2, "{file}: the one before is used");
        let status = other.run(&["status", "results/small"]);
        assert!(status.stdout.contains("set aside: "), "{}", status.stdout);
        assert!(!run.checkpoint_path().exists());
    }
}

/// Copies what is there, as `cp -r` does while others write; what vanishes is left out.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else if let Err(error) = std::fs::copy(entry.path(), &to) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}

#[test]
#[cfg(unix)]
fn a_folder_copied_while_it_is_locked_can_be_worked_on() {
    let place = Place::new();
    let (child, run) = started(&place);
    let other = Place::new();
    other.write("long.toml", &long());
    copy_folder(&place.path("results"), &other.path("results"));
    assert!(run.is_locked(), "it ended too soon");
    // Whatever a lock file says: it is the lock on it that counts.
    let copies = trained::runs(&other.path("results/small"));
    let copy = copies.values().next().unwrap();
    for folder in [copy.path().to_owned(), other.path("results/small")] {
        std::fs::write(folder.join(".lock"), "1\n").unwrap();
    }
    // A line that was being written.
    let mut events = std::fs::read(copy.events_path()).unwrap();
    events.extend(b"{\"attempt\":1,\"time\":17");
    std::fs::write(copy.events_path(), events).unwrap();
    let ended = other.run(&LONG);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(trained::result(copy).unwrap(), trained::result(&run).unwrap());
    let curves = [&place, &other].map(|it| trained::curves(&it.path("results/small")));
    assert_eq!(curves[0], curves[1]);
}

#[test]
fn two_runners_and_two_shards_on_one_folder_run_nothing_twice() {
    let (_, _, results) = finished();
    let shards = [["--shard", "1/2"], ["--shard", "2/2"]];
    for options in [[["--jobs", "1"]; 2], shards] {
        let place = Place::new();
        place.write("small.toml", SMALL);
        let children = options.map(|options| {
            let mut command = place.command(&["run", "small.toml"]);
            command.args(options).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        });
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
        let sweep = place.path("results/small");
        assert_eq!(trained::results(&sweep), results);
        for (name, run) in trained::runs(&sweep) {
            let attempts = run.events().unwrap().iter().map(|event| event.attempt).max();
            assert_eq!(attempts, Some(1), "{name}");
        }
    }
}

/// A file system in memory; unmounted at the end.
#[cfg(target_os = "linux")]
struct Disk(PathBuf);

#[cfg(target_os = "linux")]
impl Disk {
    /// `None`, and a word about it, for a user who may not mount.
    fn new(path: PathBuf, kibibytes: u32) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let size = format!("size={kibibytes}k");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &size, "none"]).arg(&path).stderr(Stdio::null());
        if command.status().is_ok_and(|status| status.success()) {
            return Some(Self(path));
        }
        eprintln!("skipped: this user may not mount a disk");
        None
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let mut command = Command::new("mount");
        assert!(command.args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        // A test that failed may still have processes there.
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_loses_nothing_and_with_more_room_the_same_command_goes_on() {
    let (_, _, results) = finished();
    let mut codes = Vec::new();
    for kibibytes in [4, 16, 40, 64, 88, 112, 136, 160, 200, 260] {
        let place = Place::new();
        place.write("small.toml", SMALL);
        let Some(disk) = Disk::new(place.path("results"), kibibytes) else { return };
        let arguments = ["run", "small.toml", "--checkpoint-every", "0.001s"];
        let ended = place.run(&arguments);
        codes.push(ended.code);
        assert!(!ended.stderr.contains("panicked"), "{kibibytes} KiB: {}", ended.stderr);
        if ended.code != 0 {
            assert!(ended.stderr.contains("No space left on device"), "{}", ended.stderr);
        }
        let sweep = place.path("results/small");
        for (name, result) in trained::results(&sweep) {
            assert_eq!(result, results[&name], "{kibibytes} KiB: {name}");
        }
        disk.remount("size=16m");
        let ended = place.run(&[&arguments[..], &["--rerun", "failed"]].concat());
        assert_eq!(ended.code, 0, "{kibibytes} KiB: {}", ended.stderr);
        assert_eq!(trained::results(&sweep), results);
    }
    // It was full before anything ran, later, and not at all.
    assert!(codes[0] == 2 && codes.iter().any(|code| ![0, 2].contains(code)), "{codes:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_cannot_be_written_can_be_read() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let Some(disk) = Disk::new(place.path("results"), 16_384) else { return };
    assert_eq!(place.run(&["run", "small.toml", "--only", "arm=gru"]).code, 0);
    disk.remount("ro");
    let ended = place.run(&["run", "small.toml"]);
    refused(&ended, 2, ["cannot write results/small", "Read-only file system"]);
    for arguments in [["status", "results/small"], ["plan", "small.toml"]] {
        let ended = place.run(&arguments);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    let ended = place.run(&["report", "results/small"]);
    refused(&ended, 2, ["Read-only file system", "--to DIR"]);
    let ended = place.run(&["report", "results/small", "--to", "elsewhere"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(place.names("elsewhere").contains(&"report.html".to_owned()));
}
