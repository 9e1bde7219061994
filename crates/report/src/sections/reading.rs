//! How to read the numbers.

use crate::document::{Block, Line};
use crate::model::Report;

pub(super) fn section(report: &Report) -> Vec<Block> {
    let mut notes = vec![
        "Means are over the n finished runs that did not diverge. ± is the sample standard deviation \
         over these runs (divisor n − 1), not the standard error."
            .into(),
        "Intervals are 95 % intervals of the mean by Student's t. They assume that runs are \
         independent and their scores roughly normal; with few runs that cannot be checked, and \
         an interval may reach beyond the values that the metric can take."
            .into(),
        "What varies between the runs of an arm is the seed. It sets the initialisation and the \
         training data (their order, or which are drawn where they are generated) together; this \
         report does not separate the two. It says nothing of other hyperparameters."
            .into(),
        "\"Best on validation\" reads the test score at the evaluation with the run's best validation \
         score; \"final\" reads it after the last optimizer step. Test data selected nothing."
            .into(),
        "A diverged run is one whose loss became NaN or infinite. It is a result: it counts as not \
         solved, ranks worst in the median, and is in no mean. A failed, stopped, running or missing \
         run has no result and is in no number but the accounting."
            .into(),
        "Numbers are rounded to two significant digits of their standard deviation or half-interval. ".into(),
    ];
    if report.plan.arms.len() > 1 {
        notes.insert(
            2,
            Line::from(
                "A difference is the arm's score minus the baseline's, seed by seed, averaged over the \
                 seeds that both finished (pairs); its interval is Student's t over these differences. \
                 Nothing is in bold: no test here corrects for the number of comparisons.",
            ),
        );
    }
    if report.plan.halving.is_some() {
        let last = notes.len() - 1;
        notes.insert(
            last,
            Line::from(
                "A run that was stopped at a rung did not take all its steps, because successive \
                 halving found it among the worse there. Its scores, in `runs.csv`, are those of \
                 the rung, and it is in no mean, no median, no difference and no share of solved \
                 runs.",
            ),
        );
    }
    if let Some(last) = notes.last_mut() {
        *last =
            std::mem::take(last).text("Unrounded, one row per run: ").code("runs.csv").text(".");
    }
    vec![Block::Heading("How to read the numbers".into()), Block::List(notes)]
}
