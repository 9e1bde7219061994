//! Tuning before the main runs, and claims.

use std::process::Stdio;

use store::{ClaimBook, SweepFolder};

use crate::{Place, SMALL};

const TUNE: &str = "\n[tune]\nover = { \"train.learning_rate\" = [1e-2, 1e-3, 1e-4] }\nseeds = 1\n";
const CLAIM: &str = "\n[[claim]]\ntext = \"more\"\nleft = \"no | recurrence\"\nright = \"gru\"\n\
                     expect = \"greater\"\n";

#[test]
fn main_runs_take_over_what_tuning_chose() {
    let place = Place::new();
    place.write("small.toml", &format!("{SMALL}{TUNE}"));
    let first = place.run(&["run", "small.toml", "--jobs", "2", "--progress", "plain"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.starts_with("small: 6 of 6 tuning runs to do\n"), "{}", first.stderr);
    assert!(first.stderr.contains("small: 4 runs to do, 0 finished already\n"));

    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    let tuning = plan.tuning.as_ref().unwrap();
    assert_eq!(tuning.chosen.len(), plan.conditions.len());
    for (condition, chosen) in plan.conditions.iter().zip(&tuning.chosen) {
        let chosen = chosen.as_ref().unwrap();
        let candidate = &tuning.candidates[chosen.candidate];
        assert_eq!(condition, &candidate.condition);
        let score = |index: usize| {
            let run = sweep.run(&tuning.candidates[index].condition, tuning.seeds[0]);
            run.result().unwrap().unwrap().best.unwrap().validation["loss"]
        };
        let others = (0..tuning.candidates.len())
            .filter(|&other| tuning.candidates[other].of == candidate.of);
        for other in others {
            assert!(score(chosen.candidate) <= score(other));
        }
        for &seed in &plan.seeds {
            assert!(sweep.run(condition, seed).result().unwrap().is_some());
        }
    }
    assert!(tuning.seeds.iter().all(|seed| !plan.seeds.contains(seed)));

    let second = place.run(&["run", "small.toml"]);
    assert_eq!(second.code, 0);
    assert!(second.stderr.contains("nothing to do: 4 of 4 runs are finished\n"));
}

#[test]
fn a_claim_made_after_the_results_is_post_hoc() {
    let place = Place::new();
    let early = CLAIM.replace("more", "early");
    place.write("small.toml", &format!("{SMALL}{early}"));
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    let late = CLAIM.replace("greater", "less");
    place.write("small.toml", &format!("{SMALL}{early}{late}"));
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    let sweep = SweepFolder::new(place.path("results/small"));
    let post_hoc: Vec<_> = sweep.plan().unwrap().claims.iter().map(|it| it.post_hoc).collect();
    assert_eq!(post_hoc, [false, true]);
    let book: ClaimBook = sweep.claim_book().unwrap();
    assert_eq!(book.seen.len(), 2);
}

#[test]
fn a_wrong_selection_is_said_before_tuning_begins() {
    let place = Place::new();
    place.write("small.toml", &format!("{SMALL}{TUNE}"));
    let run = place.run(&["run", "small.toml", "--only", "arm=lstm"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no arm \"lstm\"; there are"), "{}", run.stderr);
    assert!(place.names("results").is_empty());
}

/// How many attempts each run of a sweep took, tuning runs first.
fn attempts(sweep: &SweepFolder) -> (Vec<u32>, Vec<u32>) {
    let plan = sweep.plan().unwrap();
    let tuning = plan.tuning.as_ref().unwrap();
    let of = |condition, seed| {
        let last = sweep.run(condition, seed).last_event().unwrap();
        last.map_or(0, |event| event.attempt)
    };
    (
        tuning.runs().map(|(index, seed)| of(&tuning.candidates[index].condition, seed)).collect(),
        plan.runs().map(|(index, seed)| of(&plan.conditions[index], seed)).collect(),
    )
}

#[test]
fn two_runners_tune_and_run_together_and_nothing_is_run_twice() {
    let place = Place::new();
    place.write("small.toml", &format!("{SMALL}{TUNE}"));
    let start = || {
        let mut command = place.command(&["run", "small.toml", "--jobs", "1"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let runners = [(); 3].map(|()| start());
    for runner in runners {
        let output = runner.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
    }
    let sweep = SweepFolder::new(place.path("results/small"));
    assert!(sweep.plan().unwrap().is_settled());
    assert_eq!(attempts(&sweep), (vec![1; 6], vec![1; 4]));
}

#[test]
fn a_selection_is_tuned_alone_and_the_rest_is_tuned_when_it_is_wanted() {
    let place = Place::new();
    place.write("small.toml", &format!("{SMALL}{TUNE}"));
    let one = place.run(&["run", "small.toml", "--only", "arm=gru,seed=1"]);
    assert_eq!(one.code, 0, "{}", one.stderr);
    assert!(one.stderr.starts_with("small: 3 of 3 tuning runs to do\n"), "{}", one.stderr);
    assert!(one.stderr.contains("small: 1 run to do, 0 finished already\n"), "{}", one.stderr);
    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    assert_eq!([0, 1].map(|condition| plan.is_settled_for(condition)), [true, false]);
    assert_eq!(attempts(&sweep).1, [0, 0, 1, 0]);

    let rest = place.run(&["run", "small.toml"]);
    assert_eq!(rest.code, 0, "{}", rest.stderr);
    assert!(rest.stderr.starts_with("small: 3 of 6 tuning runs to do\n"), "{}", rest.stderr);
    assert!(rest.stderr.contains("small: 3 runs to do, 1 finished already\n"), "{}", rest.stderr);
    assert_eq!(attempts(&sweep), (vec![1; 6], vec![1; 4]));
    let none = place.run(&["run", "small.toml", "--only", "seed=7"]);
    assert_eq!(none.code, 4);
}

#[test]
fn shards_share_tuning_and_wait_for_each_other() {
    let place = Place::new();
    place.write("small.toml", &format!("{SMALL}{TUNE}"));
    let first = place.run(&["run", "small.toml", "--shard", "1/2"]);
    assert_eq!(first.code, 75, "{}", first.stderr);
    assert!(first.stderr.starts_with("small: 3 of 3 tuning runs to do\n"), "{}", first.stderr);
    let waits = "the main runs are not known; it waits for 3 runs, such as tuning ";
    assert!(first.stderr.contains(waits), "{}", first.stderr);
    assert!(first.stderr.contains("run small.toml --shard 1/2"), "{}", first.stderr);
    let again = place.run(&["run", "small.toml", "--shard", "1/2"]);
    assert_eq!(again.code, 75, "{}", again.stderr);
    for shard in ["2/2", "1/2"] {
        let ended = place.run(&["run", "small.toml", "--shard", shard]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    let sweep = SweepFolder::new(place.path("results/small"));
    assert_eq!(attempts(&sweep), (vec![1; 6], vec![1; 4]));
}
