//! What charts and tables need of an arm's runs, computed once and kept until one of them changes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use store::Metric;

use crate::curve::{Points, mean, so_far, spread};
use crate::run::{RunView, Status};

/// The curves of a condition's runs, over seeds.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// The mean over the seeds that reach a step.
    pub(crate) mean: Points,
    /// The lowest and the highest of them.
    pub(crate) band: [Points; 2],
    /// The lowest finite value of all.
    pub(crate) lowest: Option<f64>,
}

/// A mean over runs, and whether it is over unfinished ones.
pub(crate) type SoFar = Option<(f64, bool)>;

/// A summary, and the version of the condition that it is of.
type Versioned = (u64, Rc<Summary>);

/// Summaries by condition and metric, each with the version of the condition that it is of.
#[derive(Debug, Default)]
pub(crate) struct Summaries {
    curves: RefCell<HashMap<usize, HashMap<String, Versioned>>>,
    so_far: RefCell<HashMap<usize, (u64, SoFar)>>,
}

impl Summaries {
    pub(crate) fn curves<'a>(
        &self,
        (condition, version): (usize, u64),
        metric: &str,
        runs: &(impl Iterator<Item = &'a RunView> + Clone),
    ) -> Rc<Summary> {
        let mut kept = self.curves.borrow_mut();
        let kept = kept.entry(condition).or_default();
        if let Some((of, summary)) = kept.get(metric)
            && *of == version
        {
            return summary.clone();
        }
        let curves = || runs.clone().map(|run| run.curve(metric));
        let band = spread(curves());
        let finite = band[0].iter().map(|point| point.1).filter(|value| value.is_finite());
        let lowest = finite.reduce(f64::min);
        let summary = Rc::new(Summary { mean: mean(curves()), band, lowest });
        kept.insert(metric.to_owned(), (version, summary.clone()));
        summary
    }

    /// The mean on validation over the finished runs; as long as there is none, over those that
    /// were evaluated: runs that have just begun would spoil it.
    pub(crate) fn so_far<'a>(
        &self,
        (condition, version): (usize, u64),
        metric: &Metric,
        runs: &(impl Iterator<Item = &'a RunView> + Clone),
    ) -> SoFar {
        if let Some((of, so_far)) = self.so_far.borrow().get(&condition)
            && *of == version
        {
            return *so_far;
        }
        let mean = |is_counted: fn(Status) -> bool| {
            let runs = runs.clone().filter(|run| is_counted(run.status));
            let values = runs.filter_map(|run| so_far(run.curve(&metric.name), metric));
            let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
            (count > 0.0).then_some(sum / count)
        };
        let begun = || mean(|status| status != Status::Diverged).map(|value| (value, true));
        let finished = mean(|status| status == Status::Finished).map(|value| (value, false));
        let so_far = finished.or_else(begun);
        self.so_far.borrow_mut().insert(condition, (version, so_far));
        so_far
    }
}
