use std::fs;
use std::path::Path;

use super::*;
use crate::Follower;
use crate::fixture::{Sweep, append, evaluated, failed, finished, hard_names, started};

fn follow(sweep: &Sweep) {
    let tracker: Box<dyn Tracker> = Box::new(Mlflow::new(&sweep.folder));
    let follower = Follower::new(&sweep.folder, vec![tracker]);
    follower.finish(&mut |warning| panic!("{warning}"));
}

/// The folders of runs.
fn runs(sweep: &Sweep) -> Vec<PathBuf> {
    let inside = |path: &Path| -> Vec<PathBuf> {
        fs::read_dir(path).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_dir()).collect()
    };
    let experiments = inside(&sweep.path().join("mlruns"));
    assert_eq!(experiments.len(), 1);
    inside(&experiments[0])
}

fn steps(run: &Path) -> Vec<u64> {
    let text = fs::read_to_string(run.join("metrics/validation/loss")).unwrap();
    text.lines().map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_run_is_there_from_its_first_event_and_its_status_follows() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    follow(&sweep);
    let there = &runs(&sweep)[0];
    let read = |name: &str| fs::read_to_string(there.join(name)).unwrap();
    assert!(
        read("meta.yaml").contains("\nstatus: 1\n") && read("meta.yaml").contains("end_time: null")
    );
    assert_eq!(read("metrics/training/loss"), "1000001000 0.25 50\n");
    assert_eq!(read("params/train.learning_rate"), "0.001");
    assert_eq!(read("params/task.options.lengths"), "[1,2]");
    assert_eq!(read("params/model.options.a.b"), "1");
    assert!(!there.join("params/format").exists());
    append(&run, 1, 2.0, [failed()]);
    follow(&sweep);
    assert!(read("meta.yaml").contains("\nstatus: 4\n"));
    assert_eq!(read("tags/failure"), "panicked: index out of \"bounds\"");
    append(&run, 2, 3.0, [started(50), finished()]);
    follow(&sweep);
    assert!(read("meta.yaml").contains("\nstatus: 3\n"));
    assert!(read("meta.yaml").contains("start_time: 1000000000\n"));
    assert!(read("meta.yaml").contains("end_time: 1000004000\n"));
    assert_eq!(read("tags/outcome"), "completed");
    assert!(!there.join("tags/failure").exists());
}

#[test]
fn an_attempt_that_starts_over_replaces_what_was_beyond() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    append(
        &run,
        1,
        0.0,
        [started(0), evaluated(50, 0.5), evaluated(100, 0.4), evaluated(150, 0.3)],
    );
    follow(&sweep);
    let there = &runs(&sweep)[0];
    append(&run, 2, 10.0, [started(50)]);
    follow(&sweep);
    assert_eq!(steps(there), [50]);
    append(&run, 2, 11.0, [evaluated(100, 0.45)]);
    append(&run, 3, 20.0, [started(0)]);
    follow(&sweep);
    assert!(!there.join("metrics/validation/loss").exists(), "MLflow takes no empty file");
    append(&run, 3, 21.0, [evaluated(50, 0.5)]);
    follow(&sweep);
    assert_eq!(steps(there), [50]);
}

#[test]
fn what_was_written_and_not_noted_is_not_written_twice() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    follow(&sweep);
    let state = fs::read(sweep.path().join("trackers.json")).unwrap();
    append(&run, 1, 2.0, [evaluated(100, 0.4), evaluated(150, 0.3), finished()]);
    follow(&sweep);
    let there = &runs(&sweep)[0];
    // As if the process had been killed before it wrote how far it was, and within a line.
    fs::write(sweep.path().join("trackers.json"), state).unwrap();
    let metric = there.join("metrics/validation/loss");
    let text = fs::read_to_string(&metric).unwrap();
    fs::write(&metric, &text[..text.len() - 5]).unwrap();
    follow(&sweep);
    assert_eq!(steps(there), [50, 100, 150]);
    assert_eq!(fs::read_to_string(&metric).unwrap(), text);
}

#[test]
fn what_somebody_removed_is_written_anew() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    follow(&sweep);
    fs::remove_dir_all(sweep.path().join("mlruns")).unwrap();
    append(&run, 1, 2.0, [evaluated(100, 0.4)]);
    follow(&sweep);
    assert_eq!(steps(&runs(&sweep)[0]), [50, 100]);
}

#[test]
fn hard_names_are_runs_of_their_own() {
    let names = hard_names();
    let arms: Vec<&str> = names.iter().map(String::as_str).collect();
    let sweep = Sweep::new(&arms, &arms, 1);
    for (task, arm) in (0..arms.len()).flat_map(|task| (0..arms.len()).map(move |arm| (task, arm)))
    {
        append(&sweep.run(task, arm, 0), 1, 0.0, [started(0)]);
    }
    follow(&sweep);
    let runs = runs(&sweep);
    assert_eq!(runs.len(), arms.len() * arms.len());
    let mut tags: Vec<_> = runs.iter().map(|it| fs::read(it.join("tags/arm")).unwrap()).collect();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), arms.len());
}
