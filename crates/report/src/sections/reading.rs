//! How to read the numbers.

use text::counted;

use crate::comparison::LEVEL;
use crate::document::{Block, Line, Section};
use crate::model::Report;

pub(super) fn section(report: &Report) -> Section {
    let plan = &report.plan;
    let mut notes: Vec<Line> = vec![
        "A mean is over the n finished runs that did not diverge; ± is the sample standard deviation \
         over these runs (divisor n − 1), not the standard error."
            .into(),
        "An interval of a mean is Student's t at 95 %. It takes runs to be independent and scores to \
         be roughly normal; with few runs that cannot be checked, and it may reach beyond the \
         values that the metric can take."
            .into(),
    ];
    if plan.arms.len() > 1 {
        notes.push(
            format!(
                "A difference is the arm's score minus the baseline's, seed by seed, over the seeds \
                 that both finished (pairs). p is of {} of these differences, corrected by Holm over {} with the baseline; up to \
                 {LEVEL} a difference counts as found and is in bold. The intervals are not \
                 corrected.",
                match plan.rounds {
                    None => "the exact two-sided sign-flip test",
                    Some(_) => "a two-sided test by betting, which may be looked at after every round,",
                },
                counted(plan.comparisons() as usize, "comparison")
            )
            .into(),
        );
        notes.push(
            "d is the mean difference in standard deviations of the differences (Cohen's d_z). \
             \"Better in\" is the share of pairs in which the arm had the better score, ties \
             counted half."
                .into(),
        );
    }
    if report.tasks.iter().any(|task| task.arms.iter().any(|arm| arm.solving.is_some())) {
        notes.push(
            "A task counts as solved by the test score at the weights named. Steps to solve are \
             those of the first evaluation whose validation score counts as solved; a run that \
             never did ranks after all that did. The median's interval is by ranks and needs six \
             runs."
                .into(),
        );
    }
    notes.extend([
        "What varies between the runs of an arm is the seed. It sets the initialisation and the \
         training data (their order, or which are drawn where they are generated) together; this \
         report does not separate the two."
            .into(),
        "\"Best on validation\" reads the test score at the evaluation with the run's best \
         validation score; \"final\" reads it after the last optimizer step. Test data selected \
         nothing."
            .into(),
        "A diverged run is one whose loss became NaN or infinite. It is a result: it counts as not \
         solved, ranks worst in the median, and is in no mean. A failed, stopped, running or \
         missing run has no result and is in no number but the accounting."
            .into(),
    ]);
    if plan.halving.is_some() {
        notes.push(
            "A run that was stopped at a rung did not take all its steps, because successive \
             halving found it among the worse there. Its scores, in `runs.csv`, are those of the \
             rung, and it is in no mean, no median, no difference and no share of solved runs."
                .into(),
        );
    }
    let rounding = "Numbers are rounded to two significant digits of their standard deviation or \
                    half-interval. Unrounded, one row per run: ";
    notes.push(Line::from(rounding).code("runs.csv").text("."));
    let blocks = vec![Block::List(notes)];
    Section { heading: "How to read the numbers".into(), blocks, folded: true }
}
