//! Tuning before the main runs, claims, and what cannot be run yet.

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
    let chosen = tuning.chosen.as_ref().unwrap();
    assert_eq!(chosen.len(), plan.conditions.len());
    for (condition, chosen) in plan.conditions.iter().zip(chosen) {
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
fn halving_is_refused_before_anything_is_written() {
    let place = Place::new();
    place.write("small.toml", &format!("{SMALL}{TUNE}\n[halving]\nrungs = [10]\nkeep = 0.5\n"));
    let plan = place.run(&["plan", "small.toml"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let run = place.run(&["run", "small.toml"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("[halving] can be planned and not yet be run"), "{}", run.stderr);
    assert!(place.names("results").is_empty());
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
