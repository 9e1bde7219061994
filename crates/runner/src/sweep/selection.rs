//! `--only`, `--shard` and a task of a submission: a part of the planned runs.

use std::collections::{BTreeSet, HashSet};

use scheduler::Shard;
use store::{Of, Plan, SubmittedRun};

use crate::exit::Failure;
use crate::sweep::opened::PlannedRun;

/// The runs that meet at least one expression, or all of them where there is none; of those
/// the runs of one shard.
#[derive(Debug)]
pub struct Selection {
    terms: Vec<Term>,
    shard: Option<Shard>,
    /// The runs of a task that was submitted.
    task: Option<HashSet<SubmittedRun>>,
    /// Runs that others do.
    left: HashSet<SubmittedRun>,
    /// Of tuning, not of the main runs.
    is_of_tuning: bool,
}

/// Conditions that a run must meet together, such as `arm=gru,seed=0`.
#[derive(Debug, Clone, Default)]
struct Term {
    /// Indices of arms: one, or all points of one.
    arms: Option<Vec<usize>>,
    task: Option<usize>,
    seed: Option<u64>,
}

impl Term {
    fn parse(text: &str, plan: &Plan) -> Result<Self, Failure> {
        let mut term = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (key, value) = rest.split_once('=').ok_or_else(|| {
                Failure::usage(format!("--only {text}: \"{rest}\" is not KEY=VALUE"))
            })?;
            let value = value.trim_start();
            let key = key.trim();
            let is_again = match key {
                "arm" => term.arms.is_some(),
                "task" => term.task.is_some(),
                "seed" => term.seed.is_some(),
                _ => false,
            };
            if is_again {
                return Err(Failure::usage(format!(
                    "--only {text}: no run has two values of {key}; write --only once for each"
                )));
            }
            let length = match key {
                "arm" => {
                    let swept = |arm: &usize| plan.arms[*arm].point.as_ref().map(|it| &*it.arm);
                    let all = 0..plan.arms.len();
                    let names = all.clone().map(|arm| &*plan.arms[arm].name);
                    let name = known(
                        text,
                        "arm",
                        value,
                        names.chain(all.clone().filter_map(|arm| swept(&arm))).collect(),
                    )?;
                    let is_it =
                        |arm: &usize| plan.arms[*arm].name == name || swept(arm) == Some(name);
                    term.arms = Some(all.filter(is_it).collect());
                    name.len()
                }
                "task" => {
                    let labels = plan.tasks.iter().map(|task| &*task.label);
                    let label = known(text, "task", value, labels.clone().collect())?;
                    term.task = labels.clone().position(|it| it == label);
                    label.len()
                }
                "seed" => {
                    let value = upto_comma(value);
                    term.seed = Some(value.trim_end().parse().map_err(|_| {
                        Failure::usage(format!("--only {text}: seed \"{value}\" is no number"))
                    })?);
                    value.len()
                }
                key => {
                    let text = format!("--only {text}: \"{key}\" is not one of arm, task, seed");
                    return Err(Failure::Usage(text));
                }
            };
            rest = value[length..].trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        Ok(term)
    }

    fn holds(&self, plan: &Plan, condition: usize) -> bool {
        let condition = &plan.conditions[condition];
        self.arms.as_ref().is_none_or(|arms| arms.contains(&condition.arm))
            && self.task.is_none_or(|task| task == condition.task)
    }
}

/// The name that `value` begins with, a part of the expression `text`.
fn known<'a>(
    text: &str,
    what: &str,
    value: &str,
    names: BTreeSet<&'a str>,
) -> Result<&'a str, Failure> {
    longest(value, &names).ok_or_else(|| {
        let (value, names) = (upto_comma(value).trim_end(), Vec::from_iter(names).join("; "));
        Failure::usage(format!("--only {text}: no {what} \"{value}\"; there are {names}"))
    })
}

/// The longest of `names` that `text` begins with, up to its end or a comma: names of arms
/// at a point have commas in them.
fn longest<'a>(text: &str, names: &BTreeSet<&'a str>) -> Option<&'a str> {
    let begins = |name: &&&str| {
        text.strip_prefix(**name)
            .is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with(','))
    };
    names.iter().filter(begins).max_by_key(|name| name.len()).copied()
}

fn upto_comma(text: &str) -> &str {
    text.split(',').next().unwrap_or(text)
}

impl Selection {
    /// Reads the expressions of `--only`.
    ///
    /// # Errors
    /// [`Failure::Usage`] for an expression that names nothing.
    pub fn new(expressions: &[String], shard: Option<Shard>, plan: &Plan) -> Result<Self, Failure> {
        let terms: Result<_, _> = expressions.iter().map(|text| Term::parse(text, plan)).collect();
        let left = HashSet::new();
        Ok(Self { terms: terms?, shard, task: None, left, is_of_tuning: false })
    }

    /// These runs and no others.
    pub fn of_task(runs: Vec<SubmittedRun>) -> Self {
        let task = Some(runs.into_iter().collect());
        let left = HashSet::new();
        Self { terms: Vec::new(), shard: None, task, left, is_of_tuning: false }
    }

    /// All but these, which others do.
    pub fn leave(&mut self, runs: HashSet<SubmittedRun>) {
        self.left = runs;
    }

    /// Whether it is what a task of a submission does, after which others come.
    pub fn is_task(&self) -> bool {
        self.task.is_some()
    }

    /// Whether it holds no run of `plan`, and nothing that tunes one.
    pub fn is_nothing(&self, plan: &Plan) -> bool {
        match &self.task {
            Some(runs) => runs.is_empty(),
            None => self.conditions(plan).is_empty(),
        }
    }

    /// Whether nothing but these runs matters for what a task of `plan` does: a task of a large sweep
    /// does not look at all of it.
    pub fn is_alone(&self, plan: &Plan) -> bool {
        self.is_task() && plan.halving.is_none()
    }

    /// Whether a task has runs of tuning.
    pub fn has_tuning(&self) -> bool {
        let is_of_tuning = |run: &SubmittedRun| matches!(run.of, Of::Candidate(_));
        self.task.as_ref().is_none_or(|runs| runs.iter().any(is_of_tuning))
    }

    /// Whether a run may be done.
    pub fn is_ours(&self, condition: usize, seed: u64) -> bool {
        let of = if self.is_of_tuning { Of::Candidate } else { Of::Condition }(condition);
        let run = SubmittedRun { of, seed };
        self.task.as_ref().is_none_or(|runs| runs.contains(&run)) && !self.left.contains(&run)
    }

    /// What the selected runs are tuned by: the tuning of their arms on their tasks, all
    /// seeds, since a choice needs them all; of those the runs of the same shard.
    pub fn of_tuning(&self) -> Self {
        let without_seed = |term: &Term| Term { seed: None, ..term.clone() };
        let terms = self.terms.iter().map(without_seed).collect();
        let (task, left) = (self.task.clone(), self.left.clone());
        Self { terms, shard: self.shard, task, left, is_of_tuning: true }
    }

    /// The options that are given, for people.
    pub fn options(&self) -> &'static str {
        match (self.terms.is_empty(), self.shard) {
            (_, None) => "--only",
            (true, Some(_)) => "--shard",
            (false, Some(_)) => "--only and --shard",
        }
    }

    /// The conditions of `plan` that have a selected run.
    pub fn conditions(&self, plan: &Plan) -> BTreeSet<usize> {
        let holds = |condition: usize, seed: u64| {
            let is_seed = |term: &Term| term.seed.is_none_or(|it| it == seed);
            let is_held = |term: &Term| is_seed(term) && term.holds(plan, condition);
            self.terms.is_empty() || self.terms.iter().any(is_held)
        };
        let runs = plan.runs().enumerate();
        let selected = runs.filter(|&(position, (condition, seed))| {
            self.shard.is_none_or(|shard| shard.holds(position))
                && self.is_ours(condition, seed)
                && holds(condition, seed)
        });
        selected.map(|(_, (condition, _))| condition).collect()
    }

    /// Which of the runs of `plan` are selected.
    pub fn select(&self, runs: &[PlannedRun], plan: &Plan) -> Vec<bool> {
        let identity = |condition: usize| plan.conditions[condition].identity.as_str();
        // An arm that shares another's runs selects them too.
        let identities = |term: &Term| -> HashSet<&str> {
            let all = 0..plan.conditions.len();
            all.filter(|&condition| term.holds(plan, condition)).map(identity).collect()
        };
        let terms: Vec<_> = self.terms.iter().map(|term| (identities(term), term.seed)).collect();
        let holds = |run: &PlannedRun| {
            let is_held = |(identities, seed): &(HashSet<&str>, Option<u64>)| {
                seed.is_none_or(|seed| seed == run.seed)
                    && identities.contains(identity(run.condition))
            };
            self.shard.is_none_or(|shard| shard.holds(run.position))
                && self.is_ours(run.condition, run.seed)
                && (terms.is_empty() || terms.iter().any(is_held))
        };
        runs.iter().map(holds).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Two arms at two points each.
    fn plan() -> Plan {
        let arm = |arm: &str, hidden: u64| {
            json!({
                "name": format!("{arm}, hidden={hidden}"), "architecture": arm, "changes": [],
                "point": { "arm": arm, "values": [["model.hidden", hidden]] },
            })
        };
        let arms = [arm("lstm", 2), arm("lstm", 20), arm("gru", 2), arm("gru", 20)];
        let condition = |index: usize| {
            json!({
                "arm": index, "task": 0, "identity": format!("identity {index}"), "folder": "",
                "parameters": 1,
                "config": {
                    "format": 1, "backend": "flex",
                    "task": { "kind": "a", "metric": "loss", "goal": "minimize", "options": {} },
                    "model": { "architecture": "lstm", "hidden": 4, "options": {} }, "train": {},
                },
            })
        };
        serde_json::from_value(json!({
            "format": 1, "experiment": "a", "question": "", "baseline": "lstm, hidden=2",
            "seeds": [0, 1], "claims": [], "arms": arms,
            "tasks": [{
                "label": "adding, length 9", "kind": "adding", "options": {},
                "metric": { "name": "loss", "goal": "minimize", "at": "best" }, "summary": "",
                "limits": "", "trivial": {}, "trivial_rule": "", "checksum": "",
                "split_sizes": [0, 2, 2],
            }],
            "conditions": (0..4).map(condition).collect::<Vec<_>>(),
        }))
        .unwrap()
    }

    fn conditions(expression: &str) -> Result<Vec<usize>, String> {
        let plan = plan();
        let selection = Selection::new(&[expression.into()], None, &plan);
        selection.map(|it| it.conditions(&plan).into_iter().collect()).map_err(|it| it.to_string())
    }

    #[test]
    fn an_arm_is_named_with_its_point_or_with_all_of_them() {
        for (expression, expected) in [
            ("arm=lstm", vec![0, 1]),
            ("arm=lstm, hidden=20", vec![1]),
            ("arm=gru, hidden=2,seed=1", vec![2]),
            ("seed=1, arm=gru", vec![2, 3]),
            ("task=adding, length 9,arm = lstm, hidden=2", vec![0]),
            ("seed=7", vec![]),
        ] {
            assert_eq!(conditions(expression), Ok(expected), "{expression}");
        }
        for (expression, message) in [
            ("arm=lst", "no arm \"lst\"; there are gru; gru, hidden=2;"),
            ("arm=lstm, hidden=3", "\"hidden\" is not one of arm, task, seed"),
            ("task=adding", "no task \"adding\"; there are adding, length 9"),
            ("seed=x", "seed \"x\" is no number"),
            ("gru", "\"gru\" is not KEY=VALUE"),
        ] {
            let error = conditions(expression).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn the_tuning_of_a_selection_has_every_seed() {
        let plan = plan();
        let selection = Selection::new(&["arm=gru,seed=7".into()], None, &plan).unwrap();
        assert!(selection.conditions(&plan).is_empty());
        assert_eq!(Vec::from_iter(selection.of_tuning().conditions(&plan)), [2, 3]);
    }
}
