//! What tuning tried for each arm and what it chose.

use analysis::{GridPoint, Sample, expected_best, grid_importance};
use serde_json::Value;
use store::{Outcome, Plan, RunResult, SweepFolder};

use crate::ReportError;
use crate::runs::lower_is_better;

/// What was tried for one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// Index into [`Plan::conditions`].
    pub condition: usize,
    /// In file order.
    pub trials: Vec<Trial>,
    /// Index of the one that was chosen; `None` while that is not known.
    pub chosen: Option<usize>,
    /// Keys whose chosen number is the smallest or the largest that was tried.
    pub edges: Vec<String>,
    /// Computing time of its runs that have a result, in seconds.
    pub seconds: f64,
}

/// A configuration that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its value of each key that is tuned.
    pub values: Vec<Value>,
    /// Mean validation score over its seeds; `None` where one diverged, was stopped at a rung or
    /// has no result.
    pub score: Option<f64>,
}

impl Tuned {
    /// Trials that have a score.
    pub(crate) fn scores(&self) -> Result<Sample, ReportError> {
        Ok(Sample::new(self.trials.iter().filter_map(|it| it.score))?)
    }

    /// How much of the variance of the validation scores each tuned key explains alone, in the order of
    /// the keys, and all together beyond that; `None` unless every trial of a grid of several keys has
    /// a score.
    pub(crate) fn importance(&self) -> Option<(Vec<f64>, f64)> {
        let keys = self.trials.first()?.values.len();
        if keys < 2 {
            return None;
        }
        let mut tried: Vec<Vec<&Value>> = vec![Vec::new(); keys];
        let points = self.trials.iter().map(|trial| {
            let levels = trial.values.iter().zip(&mut tried).map(|(value, tried)| {
                let known = tried.iter().position(|it| *it == value);
                known.unwrap_or_else(|| {
                    tried.push(value);
                    tried.len() - 1
                })
            });
            Some(GridPoint { levels: levels.collect(), value: trial.score? })
        });
        grid_importance(&points.collect::<Option<Vec<_>>>()?)
    }

    /// The expected best validation score by number of trials.
    pub(crate) fn expected_best(&self, plan: &Plan) -> Result<Vec<f64>, ReportError> {
        let goal = plan.tasks[plan.conditions[self.condition].task].metric.goal;
        let scores = self.scores()?;
        let best = |k| expected_best(&scores, k, lower_is_better(goal));
        Ok((1..=scores.values().len()).filter_map(best).collect())
    }
}

/// Every condition that was tuned, in their order; none without `[tune]`.
pub(crate) fn read(sweep: &SweepFolder, plan: &Plan) -> Vec<Tuned> {
    let Some(tuning) = &plan.tuning else { return Vec::new() };
    let mut all = Vec::new();
    let mut first = 0;
    for candidates in tuning.candidates.chunk_by(|a, b| a.of == b.of) {
        let condition = candidates[0].of;
        let metric = &plan.tasks[plan.conditions[condition].task].metric;
        let mut seconds = 0.0;
        let trials = candidates.iter().map(|candidate| {
            let results = tuning.seeds.iter().map(|&seed| {
                // A result that cannot be read is none; `check` names it.
                sweep.run(&candidate.condition, seed).result().ok().flatten()
            });
            let results: Vec<Option<RunResult>> = results.collect();
            seconds += results.iter().flatten().map(|it| it.total_seconds).sum::<f64>();
            let score = |result: &Option<RunResult>| match result.as_ref()?.outcome {
                Outcome::Diverged { .. } | Outcome::StoppedAtRung { .. } => None,
                _ => {
                    let score = result.as_ref()?.score(metric.at)?;
                    score.validation.get(&metric.name).copied().filter(|it| it.is_finite())
                }
            };
            let scores: Option<Vec<f64>> = results.iter().map(score).collect();
            let mean = |scores: Vec<f64>| scores.iter().sum::<f64>() / scores.len().max(1) as f64;
            Trial { values: candidate.values.clone(), score: scores.map(mean) }
        });
        let trials: Vec<Trial> = trials.collect();
        let chosen = tuning.chosen.get(condition).and_then(Option::as_ref);
        all.push(Tuned {
            condition,
            trials,
            chosen: chosen.and_then(|it| it.candidate.checked_sub(first)),
            edges: chosen.map(|it| it.edges.clone()).unwrap_or_default(),
            seconds,
        });
        first += candidates.len();
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tuned(score: fn(f64, f64) -> Option<f64>) -> Tuned {
        let all = (0..3).flat_map(|a| (0..2).map(move |b| (f64::from(a), f64::from(b))));
        let trials =
            all.map(|(a, b)| Trial { values: vec![json!(a), json!(b)], score: score(a, b) });
        let (condition, chosen, edges, seconds) = (0, None, Vec::new(), 0.0);
        Tuned { condition, trials: trials.collect(), chosen, edges, seconds }
    }

    #[test]
    fn a_key_alone_both_and_a_hole() {
        let (shares, rest) = tuned(|a, b| Some(a + b)).importance().unwrap();
        // Variances 2/3 and 1/4.
        assert!((shares[0] - 8.0 / 11.0).abs() < 1e-12 && (shares[1] - 3.0 / 11.0).abs() < 1e-12);
        assert!(rest.abs() < 1e-12);
        assert_eq!(tuned(|a, b| (a + b < 3.0).then_some(a)).importance(), None);
    }
}
