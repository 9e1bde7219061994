//! Results folders that a crash, a full disk or a person left in a bad state: what is wrong is
//! named with what to do, and nothing that is finished is lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use store::RunFolder;

use crate::trained::{self, Checkpoint};
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
fn garbage_in_a_file_is_named_with_what_to_do_and_doing_it_helps() {
    let (place, sweep, results) = finished();
    let run = trained::runs(&sweep).into_values().next().unwrap();
    let files = [
        (sweep.join("plan.json"), "`run` writes it anew"),
        (sweep.join("claims.json"), "restore it, or delete it"),
        (run.path().join("result.json"), "move it away"),
        (run.path().join("provenance.json"), "the run counts as stale"),
    ];
    for (path, remedy) in files {
        let whole = std::fs::read(&path).unwrap();
        for garbage in [&b""[..], b"\0\0\0\0\0", b"{\"format\":1", &whole[..whole.len() / 2]] {
            std::fs::write(&path, garbage).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            let before = std::fs::metadata(&path).unwrap().modified().unwrap();
            for command in ["run", "plan"] {
                let ended = place.run(&[command, "small.toml"]);
                refused(&ended, 2, [&format!("{name} is not valid: "), remedy]);
            }
            assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), before);
            // Reading commands do what they can.
            for command in ["status", "report"] {
                let ended = place.run(&[command, "results/small"]);
                assert!(matches!(ended.code, 0 | 2), "{command}: {}", ended.stderr);
                assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
            }
        }
        std::fs::remove_file(&path).unwrap();
        let ended = place.run(&["run", "small.toml"]);
        assert_eq!(ended.code, 0, "{path:?}: {}", ended.stderr);
        assert_eq!(trained::results(&sweep), results);
    }
}

#[test]
fn a_broken_configuration_costs_its_run_alone_and_is_written_anew() {
    let (place, sweep, results) = finished();
    let runs: Vec<_> = trained::runs(&sweep).into_values().collect();
    for run in &runs[..2] {
        std::fs::remove_file(run.path().join("result.json")).unwrap();
    }
    let path = runs[0].path().join("config.toml");
    std::fs::write(&path, "format = ").unwrap();
    let ended = place.run(&["run", "small.toml"]);
    refused(&ended, 100, ["config.toml is not valid: ", "delete it, and it is written anew"]);
    assert_eq!(trained::results(&sweep).len(), 3);
    std::fs::remove_file(&path).unwrap();
    let ended = place.run(&["run", "small.toml", "--rerun", "failed"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(trained::results(&sweep), results);
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
        if let Some(run) = run.filter(|run| run.checkpoint_path().join("checkpoint.json").exists())
        {
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
fn a_damaged_checkpoint_is_named_and_without_it_the_run_begins_anew() {
    let place = Place::new();
    let (child, run) = started(&place);
    signal("-TERM", child.id());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    let checkpoint = Checkpoint::of(&run).unwrap();
    let set = format!("epoch-{}", checkpoint.state["epoch"]);
    let folder = run.checkpoint_path();
    for name in ["checkpoint.json", "model.bpk", "best.bpk", "optimizer.bpk"] {
        let path = if name == "checkpoint.json" {
            folder.join(name)
        } else {
            folder.join(&set).join(name)
        };
        let whole = std::fs::read(&path).unwrap();
        for broken in [&whole[..whole.len() / 2], &[], &b"garbage".repeat(100)] {
            std::fs::write(&path, broken).unwrap();
            let ended = place.run(&[&LONG[..], &["--rerun", "failed"]].concat());
            refused(&ended, 100, ["cannot read the checkpoint", "delete that folder"]);
            assert!(run.result().unwrap().is_none() && folder.exists());
        }
        std::fs::write(&path, whole).unwrap();
    }
    // Whole again, it goes on; and a run without it ends with the same bits.
    let other = Place::new();
    let copy = other.path("results");
    copy_folder(&place.path("results"), &copy);
    let [run, other_run] = [&place, &other].map(|it| {
        it.write("long.toml", &long());
        if std::ptr::eq(it, &raw const other) {
            let run = trained::runs(&it.path("results/small")).into_values().next().unwrap();
            std::fs::remove_dir_all(run.checkpoint_path()).unwrap();
        }
        let ended = it.run(&[&LONG[..], &["--rerun", "failed"]].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        trained::runs(&it.path("results/small")).into_values().next().unwrap()
    });
    assert_eq!(trained::result(&run).unwrap(), trained::result(&other_run).unwrap());
}

/// Copies what is there, as `cp -r` does while others write; what vanishes is left out.
fn copy_folder(from: &Path, to: &Path) {
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
    assert_ne!(ended.code, 0);
    refused(&ended, ended.code, ["cannot write", "Read-only file system"]);
}
