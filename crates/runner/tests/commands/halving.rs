//! Successive halving by the real program.

use std::path::Path;

use store::{EventKind, Outcome, Plan, SweepFolder};

use crate::damaged::copy_folder;
use crate::trained;
use crate::{Place, SMALL};

const TUNE: &str =
    "\n[tune]\nover = { \"train.learning_rate\" = [1e-1, 1e-2, 1e-3, 1e-4] }\nseeds = 2\n";
const HALVING: &str = "\n[halving]\nrungs = [5, 10]\nkeep = 0.5\n";

/// As [`SMALL`], with an evaluation every fifth of its 20 steps.
fn small() -> String {
    SMALL.replace("evaluate_every = 10", "evaluate_every = 5")
}

fn outcome(sweep: &SweepFolder, condition: &store::Condition, seed: u64) -> Option<Outcome> {
    sweep.run(condition, seed).result().unwrap().map(|result| result.outcome)
}

/// The steps at which the attempts of a run began.
fn begun_at(sweep: &SweepFolder, condition: &store::Condition, seed: u64) -> Vec<u64> {
    let events = sweep.run(condition, seed).events().unwrap().into_iter();
    let started = |event: store::Event| match event.kind {
        EventKind::Started { step, .. } => Some(step),
        _ => None,
    };
    events.filter_map(started).collect()
}

/// Outcomes of all tuning runs, in the order of candidates and seeds.
fn tuned(sweep: &SweepFolder) -> (Plan, Vec<Outcome>) {
    let plan = sweep.plan().unwrap();
    let tuning = plan.tuning.as_ref().unwrap();
    let outcomes = tuning.candidates.iter().flat_map(|candidate| {
        tuning.seeds.iter().map(|&seed| outcome(sweep, &candidate.condition, seed).unwrap())
    });
    let outcomes = outcomes.collect();
    (plan, outcomes)
}

#[test]
fn candidates_are_halved_and_the_best_that_passed_every_rung_is_chosen() {
    let place = Place::new();
    place.write("small.toml", &format!("{}{TUNE}{HALVING}", small()));
    let first = place.run(&["run", "small.toml", "--jobs", "1", "--results", "one"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.starts_with("small: 16 of 16 tuning runs to do\n"), "{}", first.stderr);
    assert!(first.stderr.contains("stopped  tuning gru on adding"), "{}", first.stderr);
    let sweep = SweepFolder::new(place.path("one/small"));
    let (plan, outcomes) = tuned(&sweep);
    for (of, outcomes) in outcomes.chunks(8).enumerate() {
        let count = |it| outcomes.iter().filter(|&&outcome| outcome == it).count();
        assert_eq!(count(Outcome::StoppedAtRung { step: 5 }), 4, "{outcomes:?}");
        assert_eq!(count(Outcome::StoppedAtRung { step: 10 }), 2, "{outcomes:?}");
        let tuning = plan.tuning.as_ref().unwrap();
        let chosen = tuning.chosen[of].as_ref().unwrap();
        assert_eq!(chosen.without, 0);
        let candidate = &tuning.candidates[chosen.candidate].condition;
        for &seed in &tuning.seeds {
            assert_eq!(outcome(&sweep, candidate, seed), Some(Outcome::Completed));
            assert_eq!(begun_at(&sweep, candidate, seed), [0, 5, 10]);
        }
    }
    for (index, seed) in plan.runs() {
        assert_eq!(outcome(&sweep, &plan.conditions[index], seed), Some(Outcome::Completed));
    }

    let second = place.run(&["run", "small.toml", "--jobs", "4", "--results", "four"]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    let four = tuned(&SweepFolder::new(place.path("four/small")));
    assert_eq!((four.0, four.1), (plan, outcomes), "decisions do not depend on the jobs");
    let again = place.run(&["run", "small.toml", "--results", "one"]);
    assert!(again.stderr.contains("nothing to do: 4 of 4 runs are finished"), "{}", again.stderr);
}

#[test]
fn arms_are_halved_without_the_baseline_and_go_on_when_nothing_stops_them() {
    let place = Place::new();
    let arm = |name: &str, rate: &str| {
        format!("\n[[arm]]\nname = \"{name}\"\ntrain.learning_rate = {rate}\n")
    };
    let file = format!("{}{}{}", small(), arm("slow", "1e-9"), arm("fast", "1e-2"));
    place.write("small.toml", &format!("{file}\n[halving]\nrungs = [10]\nkeep = 0.6\n"));
    let ended = place.run(&["run", "small.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    let stopped = Outcome::StoppedAtRung { step: 10 };
    let is_stopped = |condition: &&store::Condition| {
        let of_seed = |&seed: &u64| outcome(&sweep, condition, seed) == Some(stopped);
        let count = plan.seeds.iter().filter(|&seed| of_seed(seed)).count();
        assert!(count == 0 || count == plan.seeds.len(), "an arm is stopped with all its seeds");
        count > 0
    };
    let stopped: Vec<_> = plan.conditions.iter().filter(is_stopped).collect();
    let [condition] = stopped.as_slice() else { panic!("two of three go on: {stopped:?}") };
    assert_ne!(condition.arm, 0, "the baseline competes with nobody");
    let name = &plan.arms[condition.arm].name;
    assert!(ended.stderr.contains(&format!("stopped  {name} on adding, seed 0 at the rung")));
    let result = sweep.run(condition, 0).result().unwrap().unwrap();
    let last = result.last.unwrap();
    assert_eq!((result.steps, last.step), (10, 10));
    assert!(last.test["loss"].is_finite());
    let report = std::fs::read_to_string(sweep.path().join("report/report.md")).unwrap();
    assert!(report.contains("2 were stopped at a rung (successive halving)"), "{report}");
    assert!(ended.stdout.contains("2 stopped at a rung, 0 without a result"), "{}", ended.stdout);

    // Without [halving] it goes on from where it was stopped.
    place.write("small.toml", &file);
    let ended = place.run(&["run", "small.toml", "--only", &format!("arm={name}")]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(outcome(&sweep, condition, 1), Some(Outcome::Completed));
    assert_eq!(begun_at(&sweep, condition, 1).last(), Some(&10));
}

#[test]
fn a_part_of_what_competes_waits_at_the_rung() {
    let place = Place::new();
    let arm = "\n[[arm]]\nname = \"slow\"\ntrain.learning_rate = 1e-9\n";
    let halving = "\n[halving]\nrungs = [10]\n";
    place.write("small.toml", &format!("{}{arm}{halving}", small()));
    let part = place.run(&["run", "small.toml", "--only", "arm=slow"]);
    assert_eq!(part.code, 75, "{}", part.stderr);
    let waits = "the rung at step 10 of adding waits for 2 runs, such as no | recurrence on adding";
    assert!(part.stderr.contains(waits), "{}", part.stderr);
    assert!(part.stderr.contains("2 runs are not finished; to go on:"), "{}", part.stderr);
    let whole = place.run(&["run", "small.toml"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    let again = place.run(&["run", "small.toml", "--only", "arm=slow"]);
    assert!(again.stderr.starts_with("nothing to do: 2 of 2"), "{}", again.stderr);
}

#[test]
fn a_run_that_waits_at_a_rung_and_whose_events_are_damaged_goes_back_and_is_named() {
    let arm = "\n[[arm]]\nname = \"slow\"\ntrain.learning_rate = 1e-9\n";
    let file = format!("{}{arm}\n[halving]\nrungs = [5, 10]\n", small());
    let waiting = Place::new();
    waiting.write("small.toml", &file);
    assert_eq!(waiting.run(&["run", "small.toml", "--only", "arm=slow"]).code, 75);
    let alone = Place::new();
    alone.write("small.toml", &file);
    assert_eq!(alone.run(&["run", "small.toml"]).code, 0);
    let alone = trained::results(&alone.path("results/small"));

    let delete: fn(&Path) = |path| std::fs::remove_file(path).unwrap();
    let empty: fn(&Path) = |path| std::fs::write(path, "").unwrap();
    // The line of the evaluation that decides, and nothing else.
    let flip: fn(&Path) = |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let flipped = text.replace("\"step\":5,\"training\"", "\"step\":4,\"training\"");
        assert_ne!(flipped, text);
        std::fs::write(path, flipped).unwrap();
    };
    for (name, hit) in [("delete", delete), ("empty", empty), ("flip", flip)] {
        let place = Place::new();
        place.write("small.toml", &file);
        copy_folder(&waiting.path("results"), &place.path("results"));
        let sweep = place.path("results/small");
        let runs = trained::runs(&sweep);
        let run = runs.values().find(|run| !run.checkpoint_sets().unwrap().is_empty()).unwrap();
        hit(&run.events_path());
        let ended = place.run(&["run", "small.toml"]);
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        assert_eq!(trained::results(&sweep), alone, "{name}");
        let status = place.run(&["status", "results/small"]);
        let said = "events.jsonl is not valid: it holds no evaluation at step 5";
        assert!(status.stdout.contains(said), "{name}: {}", status.stdout);
    }
}
