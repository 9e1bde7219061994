//! What tuning chooses, and the plan that follows from it.

use serde_json::Value;

use crate::planning::halving::rank;
use crate::planning::plan::Plan;
use crate::planning::tuning::{Candidate, Chosen, Tuning};
use crate::run::result::{Goal, Outcome, ReadAt, RunResult};

impl Plan {
    /// Whether the configurations of all main runs are known. They are not while there is
    /// tuning to do; what [`Plan::conditions`] hold until then is the arms before tuning.
    pub fn is_settled(&self) -> bool {
        (0..self.conditions.len()).all(|condition| self.is_settled_for(condition))
    }

    /// Whether the configuration of the main runs of one condition is known.
    pub fn is_settled_for(&self, condition: usize) -> bool {
        let chosen = |tuning: &Tuning| matches!(tuning.chosen.get(condition), Some(Some(_)));
        self.tuning.as_ref().is_none_or(chosen)
    }

    /// Whether both ask for the same runs, whatever tuning has chosen so far in either.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self == other || self.before_tuning() == other.before_tuning()
    }

    /// How many seeds were planned before the first result, if this plan has added to those of
    /// `before`, which has results.
    pub fn seeds_added_to(&self, before: &Self) -> Option<usize> {
        let first = before.seeds_before_results.unwrap_or(before.seeds.len());
        let is_more = self.seeds.len() > first && self.rounds.is_none() && before.rounds.is_none();
        (is_more && self.seeds.starts_with(&before.seeds[..first])).then_some(first)
    }

    /// With nothing chosen. What a tuned key is before tuning decides nothing, so each
    /// condition is its first candidate.
    fn before_tuning(&self) -> Self {
        let mut plan = self.clone();
        if let Some(tuning) = &mut plan.tuning {
            tuning.chosen.clear();
            for candidates in tuning.candidates.chunk_by(|a, b| a.of == b.of) {
                plan.conditions[candidates[0].of].clone_from(&candidates[0].condition);
            }
        }
        plan
    }

    /// Chooses for every condition the candidate that is best on validation; `None` for a
    /// condition with a candidate that has no result. `result` gives the result of a
    /// candidate with a seed, if it is finished.
    ///
    /// A candidate is worse the more of its seeds diverged or were stopped at a rung, then
    /// by its mean score, read from the weights that the task's metric is read from. Of
    /// equals the first in file order is chosen. Nothing of the test split is looked at.
    pub fn choose(
        &self,
        mut result: impl FnMut(&Candidate, u64) -> Option<RunResult>,
    ) -> Vec<Option<Chosen>> {
        let Some(tuning) = &self.tuning else { return Vec::new() };
        let mut chosen = Vec::new();
        let mut at = 0;
        for candidates in tuning.candidates.chunk_by(|a, b| a.of == b.of) {
            let metric = &self.tasks[candidates[0].condition.task].metric;
            let mut score = |candidate, seed| {
                Some(validation(&result(candidate, seed)?, &metric.name, metric.at))
            };
            let mut of_seeds =
                |candidate| tuning.seeds.iter().map(|&seed| score(candidate, seed)).collect();
            let scores: Option<Vec<Vec<_>>> = candidates.iter().map(&mut of_seeds).collect();
            let best = scores.map(|scores| best(tuning, at, candidates, &scores, metric.goal));
            chosen.push(best);
            at += candidates.len();
        }
        chosen
    }

    /// Gives every condition the configuration that was chosen for it.
    pub fn settle(&mut self, chosen: Vec<Option<Chosen>>) {
        let Some(tuning) = &mut self.tuning else { return };
        for chosen in chosen.iter().flatten() {
            let Candidate { of, condition, .. } = &tuning.candidates[chosen.candidate];
            self.conditions[*of] = condition.clone();
        }
        tuning.chosen = chosen;
    }
}

fn best(
    tuning: &Tuning,
    first: usize,
    candidates: &[Candidate],
    scores: &[Vec<Option<f64>>],
    goal: Goal,
) -> Chosen {
    // `min_by` gives the first of equals.
    let order = |&a: &usize, &b: &usize| rank(&scores[a], goal).compare(&rank(&scores[b], goal));
    let index = (0..candidates.len()).min_by(order).unwrap_or(0);
    let known: Vec<f64> = scores[index].iter().copied().flatten().collect();
    let score = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    let tuned = tuning.over.iter().zip(&candidates[index].values);
    let edges = tuned.filter(|(tuned, value)| is_edge(value, &tuned.values));
    Chosen {
        candidate: first + index,
        score,
        without: scores[index].len() - known.len(),
        edges: edges.map(|(tuned, _)| tuned.key.clone()).collect(),
    }
}

/// The validation score of a run that took all its steps.
fn validation(result: &RunResult, metric: &str, at: ReadAt) -> Option<f64> {
    let score = match result.outcome {
        Outcome::Diverged { .. } | Outcome::StoppedAtRung { .. } => None,
        Outcome::Completed | Outcome::StoppedEarly { .. } => result.score(at),
    };
    score?.validation.get(metric).copied().filter(|score| score.is_finite())
}

/// Whether a number is the smallest or the largest of those tried: the best value may
/// then lie outside them.
fn is_edge(value: &Value, tried: &[Value]) -> bool {
    let (Some(value), Some(tried)) =
        (value.as_f64(), tried.iter().map(Value::as_f64).collect::<Option<Vec<_>>>())
    else {
        return false;
    };
    tried.len() > 1 && (tried.iter().all(|&it| value <= it) || tried.iter().all(|&it| value >= it))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Score, StoreError, SweepFolder};

    /// Two arms on one task, three learning rates each, two seeds.
    pub(crate) fn plan(goal: &str, at: &str) -> Plan {
        let condition = |arm: usize, rate: f64| {
            json!({
                "arm": arm, "task": 0, "identity": format!("{arm}-{rate}"),
                "folder": format!("{arm}-{rate}"), "parameters": 10,
                "config": {
                    "format": 1, "backend": "flex",
                    "task": { "kind": "adding", "metric": "loss", "goal": goal, "options": {} },
                    "model": { "architecture": "lstm", "hidden": 4, "options": {} },
                    "train": { "learning_rate": rate },
                },
            })
        };
        let candidates: Vec<_> = [0, 1]
            .into_iter()
            .flat_map(|arm| {
                [0.1, 0.01, 0.001].map(
                    |rate| json!({ "of": arm, "values": [rate], "condition": condition(arm, rate) }),
                )
            })
            .collect();
        serde_json::from_value(json!({
            "format": Plan::FORMAT, "experiment": "a", "question": "", "baseline": "lstm", "seeds": [0, 1],
            "tasks": [{
                "label": "adding", "kind": "adding", "options": {},
                "metric": { "name": "loss", "goal": goal, "at": at },
                "summary": "", "limits": "", "trivial": {}, "trivial_rule": "", "checksum": "",
                "split_sizes": [0, 2, 2],
            }],
            "arms": [{ "name": "lstm", "architecture": "lstm", "changes": [] },
                     { "name": "wide", "architecture": "lstm", "changes": [] }],
            "claims": [],
            "conditions": [condition(0, 0.5), condition(1, 0.5)],
            "tuning": {
                "over": [{ "key": "train.learning_rate", "values": [0.1, 0.01, 0.001] }],
                "seeds": [Tuning::FIRST_SEED, Tuning::FIRST_SEED + 1],
                "candidates": candidates,
            },
        }))
        .unwrap()
    }

    /// Validation at the best and at the last weights; a test score that would choose
    /// otherwise.
    pub(crate) fn result(outcome: Outcome, best: f64, last: f64) -> RunResult {
        let score = |value: f64| Score {
            epoch: 1,
            step: 1,
            validation: [("loss".into(), value)].into(),
            test: [("loss".into(), -value)].into(),
            parts: std::collections::BTreeMap::new(),
        };
        RunResult {
            format: 1,
            identity: String::new(),
            seed: 0,
            outcome,
            best: Some(score(best)),
            last: Some(score(last)),
            weights: std::collections::BTreeMap::new(),
            parameters: 10,
            steps: 1,
            train_seconds: 1.0,
            total_seconds: 1.0,
        }
    }

    #[test]
    fn the_best_on_validation_is_chosen_for_each_arm_and_settles_the_plan() {
        let mut plan = plan("minimize", "best");
        assert!(!plan.is_settled());
        let scores = [0.5, 0.2, 0.3, 0.1, 0.2, 0.3];
        let read = |candidate: &Candidate, seed: u64| {
            let index = candidate.of * 3
                + [0.1, 0.01, 0.001].iter().position(|rate| candidate.values[0] == *rate).unwrap();
            let noise = (seed - Tuning::FIRST_SEED) as f64 * 0.01;
            Some(result(Outcome::Completed, scores[index] + noise, 1.0 - scores[index]))
        };
        let choices = plan.choose(read);
        let chosen: Vec<_> = choices.iter().flatten().collect();
        assert_eq!(chosen.iter().map(|c| c.candidate).collect::<Vec<_>>(), [1, 3]);
        assert!((chosen[0].score.unwrap() - 0.205).abs() < 1e-12);
        assert!(chosen[0].edges.is_empty());
        assert_eq!(chosen[1].edges, ["train.learning_rate"], "0.1 is the largest tried");
        let unsettled = plan.clone();
        plan.settle(choices);
        assert!(plan.is_settled() && plan != unsettled);
        assert!(plan.asks_the_same(&unsettled) && unsettled.asks_the_same(&plan));
        let mut other = unsettled;
        other.tuning.as_mut().unwrap().seeds.pop();
        assert!(!plan.asks_the_same(&other));
        assert_eq!(plan.conditions[0].identity, "0-0.01");
        assert_eq!(plan.conditions[1].config.train["learning_rate"], 0.1);
    }

    #[test]
    fn direction_and_weights_are_those_of_the_task() {
        let read = |candidate: &Candidate, _| {
            let rate = candidate.values[0].as_f64().unwrap();
            Some(result(Outcome::Completed, rate, 1.0 - rate))
        };
        for (goal, at, expected) in
            [("minimize", "best", 2), ("maximize", "best", 0), ("maximize", "final", 2)]
        {
            assert_eq!(
                plan(goal, at).choose(read)[0].as_ref().unwrap().candidate,
                expected,
                "{goal} {at}"
            );
        }
    }

    #[test]
    fn what_diverged_or_was_stopped_is_chosen_last_and_nothing_before_all_are_there() {
        let mut plan = plan("minimize", "best");
        let read = |candidate: &Candidate, seed: u64| {
            let rate = candidate.values[0].as_f64().unwrap();
            let outcome = match (rate > 0.05, seed) {
                (true, Tuning::FIRST_SEED) => Outcome::Diverged { step: 3 },
                _ if rate < 0.005 => Outcome::StoppedAtRung { step: 3 },
                _ => Outcome::Completed,
            };
            Some(result(outcome, if rate > 0.05 { 0.0 } else { 1.0 }, 1.0))
        };
        assert_eq!(plan.choose(read)[0].as_ref().unwrap().candidate, 1);
        let some = |candidate: &Candidate, seed: u64| {
            (candidate.of == 0 || seed == Tuning::FIRST_SEED)
                .then(|| result(Outcome::Completed, 1.0, 1.0))
        };
        let one = plan.choose(some);
        assert_eq!(one.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
        let none = |_: &Candidate, _| Some(result(Outcome::Diverged { step: 1 }, 1.0, 1.0));
        let chosen = plan.choose(none).pop().unwrap().unwrap();
        assert_eq!((chosen.candidate, chosen.score, chosen.without), (3, None, 2));

        plan.settle(one);
        assert_eq!([0, 1].map(|condition| plan.is_settled_for(condition)), [true, false]);
        assert!(!plan.is_settled());
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }

    #[test]
    fn runners_that_have_settled_more_or_less_share_a_folder_and_keep_what_each_chose() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let result = |candidate: &Candidate, _: u64| {
            Some(result(Outcome::Completed, candidate.values[0].as_f64()?, 1.0))
        };
        let unsettled = plan("minimize", "best");
        let mut partly = [unsettled.clone(), unsettled.clone()];
        for (of, plan) in partly.iter_mut().enumerate() {
            plan.settle(plan.choose(|it, seed| result(it, seed).filter(|_| it.of == of)));
            assert!(!plan.is_settled() && plan.is_settled_for(of));
        }
        let _first = sweep.join(&unsettled, "a").unwrap();
        let _second = sweep.join(&partly[0], "a").unwrap();
        assert_eq!(sweep.plan().unwrap(), unsettled, "joining changes nothing");
        for plan in &partly {
            sweep.write_chosen(plan).unwrap();
        }
        let mut settled = unsettled.clone();
        settled.settle(settled.choose(result));
        assert!(settled.is_settled());
        assert_eq!(sweep.plan().unwrap(), settled);

        // Who comes late, with nothing chosen, takes nothing back.
        let _third = sweep.join(&unsettled, "a").unwrap();
        sweep.write_chosen(&unsettled).unwrap();
        assert_eq!(sweep.plan().unwrap(), settled);
        let mut otherwise = settled.clone();
        let other = Chosen { candidate: 0, ..settled.tuning.unwrap().chosen[0].clone().unwrap() };
        otherwise.settle(vec![Some(other), None]);
        let refused = sweep.write_chosen(&otherwise).unwrap_err();
        assert!(matches!(refused, StoreError::OtherPlan { .. }), "{refused}");
    }
}
