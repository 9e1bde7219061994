//! How long runs take, from runs that are finished and from steps that were timed.
//!
//! The time of a run is taken, in this order, from finished runs of its configuration, from
//! finished runs of its architecture on its task, from timed steps of its configuration, and
//! from timed steps of its architecture on its task. Where the configuration is another one,
//! the time is taken to be proportional to optimizer steps, batch and parameters, since the
//! arithmetic is, and the configuration that is nearest in these is asked.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{Condition, Plan, RunConfig, Standing, Survey, Surveyed};

/// What an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Finished runs of the same configuration.
    SameConfiguration,
    /// Finished runs of the same architecture on the same task, scaled.
    SameArchitecture,
    /// Timed steps of the same configuration.
    Probe,
    /// Timed steps of the same architecture on the same task, scaled.
    ProbeOfArchitecture,
}

impl Basis {
    /// For people, to stand behind a time.
    pub fn words(self) -> &'static str {
        match self {
            Self::SameConfiguration => "earlier runs of it",
            Self::SameArchitecture => "earlier runs of its architecture",
            Self::Probe => "timed steps",
            Self::ProbeOfArchitecture => "timed steps of its architecture",
        }
    }
}

/// A time and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Seconds of a whole run, alone on its share of the machine.
    pub seconds: f64,
    /// Where they come from.
    pub basis: Basis,
}

/// What is known of the time of runs.
#[derive(Debug, Clone, Default)]
pub struct Costs {
    /// Mean seconds of a run, by identity.
    ran: HashMap<String, (f64, Basis)>,
    /// What can be scaled, by [`kin`]: of runs, and of timed steps.
    kin: HashMap<String, [Known; 2]>,
}

/// Seconds of a step by the [`work`] of a step; the sum over configurations of the same work
/// and their number. Numbers that are not negative are in the order of their bits.
type Known = BTreeMap<u64, (f64, usize)>;

fn learn(known: &mut Known, work: f64, seconds_per_step: f64) {
    let (sum, count) = known.entry(work.to_bits()).or_default();
    (*sum, *count) = (*sum + seconds_per_step, *count + 1);
}

/// The work, of those that are known, whose ratio to `work` is nearest to 1, and the seconds
/// of its step.
fn nearest(known: &Known, work: f64) -> Option<(f64, f64)> {
    let below = known.range(..=work.to_bits()).next_back();
    let above = known.range(work.to_bits()..).next();
    let found = [below, above].into_iter().flatten();
    let found = found.map(|(&bits, &(sum, count))| (f64::from_bits(bits), sum / count as f64));
    let distance = |&(known, _): &(f64, f64)| (known / work).ln().abs();
    found.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// The time that is left of some runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TimeLeft {
    /// Runs that are to be done.
    pub runs: usize,
    /// Those of them whose time is not known; they count as nothing below.
    pub unknown: usize,
    /// Seconds of all of them, one after another.
    pub seconds: f64,
    /// Seconds until the last one ends, with so many at a time.
    pub wall_seconds: f64,
}

impl Costs {
    /// Learns from the finished runs of a survey.
    pub fn learn(plan: &Plan, survey: &Survey) -> Self {
        let mut sums: BTreeMap<&str, (f64, f64, usize, &Condition)> = BTreeMap::new();
        for run in &survey.runs {
            let (Standing::Finished, Some(seconds)) = (run.standing, run.seconds) else { continue };
            let condition = run.of.condition(plan);
            let sum = sums.entry(&condition.identity).or_insert((0.0, 0.0, 0, condition));
            (sum.0, sum.1, sum.2) = (sum.0 + seconds, sum.1 + run.step as f64, sum.2 + 1);
        }
        let mut costs = Self::default();
        for (identity, (seconds, steps, runs, condition)) in sums {
            let mean = (seconds / runs as f64, Basis::SameConfiguration);
            costs.ran.insert(identity.to_owned(), mean);
            if steps > 0.0 {
                let [ran, _] = costs.kin.entry(kin(&condition.config)).or_default();
                learn(ran, work(condition), seconds / steps);
            }
        }
        costs
    }

    /// Takes in that a whole run of `condition` was found to take `seconds` by timing a few
    /// of its steps. Finished runs say it better and stay.
    pub fn timed(&mut self, condition: &Condition, seconds: f64) {
        let identity = condition.identity.clone();
        self.ran.entry(identity).or_insert((seconds, Basis::Probe));
        let steps = number(&condition.config, "steps").max(1.0);
        let [_, timed] = self.kin.entry(kin(&condition.config)).or_default();
        learn(timed, work(condition), seconds / steps);
    }

    /// How long a run of this configuration takes; `None` if nothing is known of it.
    pub fn of(&self, condition: &Condition) -> Option<Estimate> {
        let own = self.ran.get(&condition.identity);
        if let Some(&(seconds, basis @ Basis::SameConfiguration)) = own {
            return Some(Estimate { seconds, basis });
        }
        let scaled = |place: usize, basis: Basis| {
            let known = &self.kin.get(&kin(&condition.config))?[place];
            let work = work(condition);
            let (known, seconds_per_step) = nearest(known, work)?;
            let steps = number(&condition.config, "steps");
            Some(Estimate { seconds: seconds_per_step * steps * work / known, basis })
        };
        scaled(0, Basis::SameArchitecture)
            .or_else(|| own.map(|&(seconds, basis)| Estimate { seconds, basis }))
            .or_else(|| scaled(1, Basis::ProbeOfArchitecture))
    }

    /// Seconds that a run still takes: nothing for one that is not to be done.
    pub fn left(&self, plan: &Plan, run: &Surveyed) -> Option<f64> {
        if !run.standing.is_to_do() {
            return Some(0.0);
        }
        let condition = run.of.condition(plan);
        let steps = number(&condition.config, "steps");
        let left = (steps - run.step as f64).max(0.0);
        match run.steps_per_second.filter(|pace| *pace > 0.0) {
            Some(pace) => Some(left / pace),
            None => Some(self.of(condition)?.seconds * left / steps.max(1.0)),
        }
    }

    /// The time that is left of `runs` with `jobs` at a time.
    pub fn time_left<'a>(
        &self,
        plan: &Plan,
        runs: impl Iterator<Item = &'a Surveyed>,
        jobs: usize,
    ) -> TimeLeft {
        let mut left = TimeLeft::default();
        let mut longest = 0.0_f64;
        for run in runs.filter(|run| run.standing.is_to_do()) {
            left.runs += 1;
            match self.left(plan, run) {
                Some(seconds) => {
                    left.seconds += seconds;
                    longest = longest.max(seconds);
                }
                None => left.unknown += 1,
            }
        }
        left.wall_seconds = (left.seconds / jobs.max(1) as f64).max(longest);
        left
    }
}

impl Plan {
    /// Whether runs may end before their last step, so that an estimate of time is an upper
    /// bound: by `[halving]` or early stopping.
    pub fn may_end_early(&self) -> bool {
        let conditions = crate::sweep::folder::planned(self).map(|(condition, _)| condition);
        self.halving.is_some()
            || conditions.into_iter().any(|it| it.config.train.contains_key("early_stopping"))
    }
}

impl Condition {
    /// What configurations have in common that take the same time a step, so that one of
    /// them is timed for all: everything that decides the arithmetic.
    pub fn arithmetic(&self) -> String {
        let RunConfig { backend, task, model, train, .. } = &self.config;
        let (batch, optimizer) = (train.get("batch"), train.get("optimizer"));
        let clips = number(&self.config, "clip_norm") > 0.0;
        json!([backend, task.kind, task.options, model, batch, optimizer, clips]).to_string()
    }
}

/// What two configurations must have in common for one to be estimated from the other.
fn kin(config: &RunConfig) -> String {
    let RunConfig { backend, task, model, .. } = config;
    let options = Value::Object(task.options.clone());
    format!("{backend} {} {} {options}", model.architecture, task.kind)
}

/// What the time of a step is proportional to, about.
fn work(condition: &Condition) -> f64 {
    number(&condition.config, "batch").max(1.0) * (condition.parameters.max(1) as f64)
}

/// A number of `[train]`; 0 where there is none.
fn number(config: &RunConfig, key: &str) -> f64 {
    config.train.get(key).and_then(Value::as_f64).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::folder::tests::{plan as one, result};
    use crate::{EventKind, Outcome, SweepFolder};

    /// Conditions that differ in width; their parameters, steps and batch are `sizes`.
    fn plan(sizes: &[(u64, u64, u64)]) -> Plan {
        let mut plan = one("first");
        let first = plan.conditions[0].clone();
        plan.conditions.clear();
        for (width, &(parameters, steps, batch)) in sizes.iter().enumerate() {
            let mut condition = Condition { parameters, ..first.clone() };
            condition.config.model.hidden = width + 2;
            condition.config.train.insert("steps".into(), json!(steps));
            condition.config.train.insert("batch".into(), json!(batch));
            condition.identity = condition.config.identity();
            condition.folder = format!("c{width}");
            plan.conditions.push(condition);
        }
        plan
    }

    fn finish(sweep: &SweepFolder, plan: &Plan, condition: usize, seed: u64, seconds: f64) {
        let condition = &plan.conditions[condition];
        let mut result = result(plan, seed, Outcome::Completed);
        result.identity.clone_from(&condition.identity);
        result.steps = number(&condition.config, "steps") as u64;
        result.total_seconds = seconds;
        sweep.run(condition, seed).write_result(&result).unwrap();
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 * b.abs()
    }

    #[test]
    fn own_runs_come_before_kin_and_kin_before_timed_steps() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let plan = plan(&[(100, 20, 8), (400, 30, 8), (110, 40, 16)]);
        let mut costs = Costs::learn(&plan, &sweep.survey(&plan, "").unwrap());
        assert_eq!(costs.of(&plan.conditions[0]), None);
        costs.timed(&plan.conditions[1], 60.0);
        let of = |costs: &Costs, condition: usize| costs.of(&plan.conditions[condition]).unwrap();
        assert_eq!(of(&costs, 1), Estimate { seconds: 60.0, basis: Basis::Probe });
        // 60 s for 30 steps of 400 parameters, 8 sequences each.
        let scaled = of(&costs, 2);
        assert_eq!(scaled.basis, Basis::ProbeOfArchitecture);
        assert!(close(scaled.seconds, 2.0 * 40.0 * 110.0 / 400.0 * 2.0), "{scaled:?}");

        finish(&sweep, &plan, 0, 0, 4.0);
        finish(&sweep, &plan, 0, 1, 6.0);
        let mut costs = Costs::learn(&plan, &sweep.survey(&plan, "").unwrap());
        costs.timed(&plan.conditions[0], 1000.0);
        costs.timed(&plan.conditions[1], 60.0);
        assert_eq!(of(&costs, 0), Estimate { seconds: 5.0, basis: Basis::SameConfiguration });
        let scaled = of(&costs, 1);
        assert_eq!(scaled.basis, Basis::SameArchitecture);
        assert!(close(scaled.seconds, 5.0 / 20.0 * 30.0 * 4.0), "{scaled:?}");

        // Another architecture or task says nothing.
        for change in [0, 1, 2] {
            let mut other = plan.conditions[2].clone();
            match change {
                0 => other.config.model.architecture = "gru".into(),
                1 => other.config.task.options.insert("length".into(), json!(9)).map_or((), drop),
                _ => other.config.backend = "wgpu".into(),
            }
            other.identity = other.config.identity();
            assert_eq!(costs.of(&other), None, "{change}");
        }
    }

    #[test]
    fn the_nearest_kin_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let plan = plan(&[(100, 10, 8), (1000, 10, 8), (900, 10, 8)]);
        finish(&sweep, &plan, 0, 0, 1.0);
        finish(&sweep, &plan, 1, 0, 5.0);
        let costs = Costs::learn(&plan, &sweep.survey(&plan, "").unwrap());
        let estimate = costs.of(&plan.conditions[2]).unwrap();
        assert!(close(estimate.seconds, 5.0 * 0.9), "{estimate:?}");

        let mut known = Known::new();
        assert_eq!(nearest(&known, 3.0), None);
        for (work, seconds) in [(2.0, 7.0), (8.0, 1.0), (8.0, 3.0)] {
            learn(&mut known, work, seconds);
        }
        // 4 is as far from 2 as from 8, in ratio.
        for (work, expected) in [(1.0, 2.0), (2.0, 2.0), (3.9, 2.0), (4.1, 8.0), (99.0, 8.0)] {
            assert!(close(nearest(&known, work).unwrap().0, expected), "{work}");
        }
        assert_eq!(nearest(&known, 8.0), Some((8.0, 2.0)));
    }

    #[test]
    fn what_is_left_counts_steps_that_were_taken_and_jobs() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let mut plan = plan(&[(100, 100, 8)]);
        plan.seeds = (0..4).collect();
        finish(&sweep, &plan, 0, 0, 10.0);
        let condition = &plan.conditions[0];
        let stopped = sweep.run(condition, 1);
        std::fs::create_dir_all(stopped.checkpoint_path()).unwrap();
        let event = EventKind::Stopped { step: 75 };
        stopped.event_writer().unwrap().append(event).unwrap();
        let running = sweep.run(condition, 2);
        let _lock = running.lock().unwrap();
        let event = EventKind::Progress { step: 20, loss: 0.5, steps_per_second: 16.0 };
        running.event_writer().unwrap().append(event).unwrap();

        let survey = sweep.survey(&plan, "").unwrap();
        let costs = Costs::learn(&plan, &survey);
        let left: Vec<_> = survey.runs.iter().map(|run| costs.left(&plan, run).unwrap()).collect();
        assert_eq!(left, [0.0, 2.5, 5.0, 10.0]);
        let expected = TimeLeft { runs: 3, unknown: 0, seconds: 17.5, wall_seconds: 10.0 };
        assert_eq!(costs.time_left(&plan, survey.runs.iter(), 2), expected);
        let nothing = Costs::default().time_left(&plan, survey.runs.iter(), 2);
        assert_eq!((nothing.runs, nothing.unknown), (3, 2), "one says its own speed");
    }

    #[test]
    fn configurations_that_compute_alike_are_timed_once() {
        let plan = plan(&[(100, 10, 8)]);
        let of = |change: &dyn Fn(&mut Condition)| {
            let mut condition = plan.conditions[0].clone();
            change(&mut condition);
            condition.arithmetic()
        };
        let same = of(&|_| ());
        for key in ["steps", "evaluate_every", "learning_rate"] {
            assert_eq!(of(&|it| drop(it.config.train.insert(key.into(), json!(7)))), same, "{key}");
        }
        for key in ["batch", "clip_norm"] {
            assert_ne!(of(&|it| drop(it.config.train.insert(key.into(), json!(7)))), same, "{key}");
        }
        assert_ne!(of(&|it| it.config.model.hidden += 1), same);
        assert_ne!(of(&|it| it.config.backend = "wgpu".into()), same);
    }
}
