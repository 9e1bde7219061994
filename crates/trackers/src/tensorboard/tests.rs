use std::path::PathBuf;

use super::*;
use crate::Follower;
use crate::fixture::{START, Sweep, append, evaluated, finished, hard_names, started};

fn follow(sweep: &Sweep) {
    let tracker: Box<dyn Tracker> = Box::new(TensorBoard::new(&sweep.folder));
    let follower = Follower::new(&sweep.folder, vec![tracker]);
    follower.finish(&mut |warning| panic!("{warning}"));
}

fn file(sweep: &Sweep) -> PathBuf {
    let folder = sweep.path().join("tensorboard/lstm/adding/seed-0");
    let found = files(&folder).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// What the file of these events is.
fn expected(events: &[(f64, EventKind)]) -> Vec<u8> {
    let mut out = records::version(START + events[0].0);
    for (time, kind) in events {
        let event = Event { attempt: 1, time: START + time, kind: kind.clone() };
        match kind {
            EventKind::Started { step, .. } => out.extend(records::restart(event.time, *step)),
            _ => out.extend(records::scalars(&event)),
        }
    }
    out
}

#[test]
fn a_file_grows_and_what_was_not_noted_is_taken_back() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    let events = [
        (0.0, started(0)),
        (1.0, evaluated(50, 0.5)),
        (2.0, evaluated(100, 0.4)),
        (3.0, finished()),
    ];
    append(&run, 1, 0.0, events[..2].iter().map(|it| it.1.clone()));
    follow(&sweep);
    assert_eq!(fs::read(file(&sweep)).unwrap(), expected(&events[..2]));
    let state = fs::read(sweep.path().join("trackers.json")).unwrap();
    append(&run, 1, 2.0, events[2..].iter().map(|it| it.1.clone()));
    follow(&sweep);
    assert_eq!(fs::read(file(&sweep)).unwrap(), expected(&events));
    // As if the process had been killed within a write.
    fs::write(sweep.path().join("trackers.json"), state).unwrap();
    let whole = fs::read(file(&sweep)).unwrap();
    fs::write(file(&sweep), &whole[..whole.len() - 7]).unwrap();
    follow(&sweep);
    assert_eq!(fs::read(file(&sweep)).unwrap(), whole);
}

#[test]
fn a_file_that_was_cut_or_removed_is_written_anew() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    follow(&sweep);
    let whole = fs::read(file(&sweep)).unwrap();
    fs::write(file(&sweep), &whole[..9]).unwrap();
    append(&run, 1, 2.0, [finished()]);
    follow(&sweep);
    assert_eq!(fs::read(file(&sweep)).unwrap(), whole);
}

#[test]
fn a_run_that_was_set_aside_has_one_file_which_is_the_new_one() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let run = sweep.run(0, 0, 0);
    append(&run, 1, 0.0, [started(0), evaluated(50, 0.5)]);
    follow(&sweep);
    let old = file(&sweep);
    run.set_aside().unwrap();
    append(&run, 1, 100.0, [started(0)]);
    follow(&sweep);
    assert!(file(&sweep) > old, "TensorBoard goes from earlier names to later ones");
    assert_eq!(fs::read(file(&sweep)).unwrap(), expected(&[(100.0, started(0))]));
}

#[test]
fn hard_names_are_folders_of_their_own_inside() {
    let names = hard_names();
    let arms: Vec<&str> = names.iter().map(String::as_str).collect();
    let sweep = Sweep::new(&arms, &arms, 1);
    for (task, arm) in (0..arms.len()).flat_map(|task| (0..arms.len()).map(move |arm| (task, arm)))
    {
        append(&sweep.run(task, arm, 0), 1, 0.0, [started(0)]);
    }
    follow(&sweep);
    let mut found = 0;
    for run in Run::all(&sweep.folder, &sweep.plan) {
        let folder = sweep.path().join("tensorboard").join(&run.place);
        assert_eq!(run.place.matches('/').count(), 2, "{}", run.place);
        found += files(&folder).unwrap().len();
    }
    assert_eq!(found, arms.len() * arms.len());
}
