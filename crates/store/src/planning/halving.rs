//! Successive halving: which runs are stopped at which rung.
//!
//! Synchronous: a rung is decided once every run that may still reach it has, or has
//! ended before it. The decision is a function of the scores at the rung alone, so neither
//! the number of jobs nor the order in which runs arrive can change it.

use serde::{Deserialize, Serialize};

use crate::run::result::Goal;

/// `[halving]` of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Halving {
    /// Optimizer steps after which runs are compared, rising.
    pub rungs: Vec<u64>,
    /// Share of the competitors that go on past each rung, between 0 and 1.
    pub keep: f64,
}

/// What is known of one run at one rung.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AtRung {
    /// It is not there yet.
    Waiting,
    /// Validation score at the rung, or at its end if it ended before the rung.
    Scored(f64),
    /// It has no score: the loss became NaN or infinite.
    Diverged,
}

/// What becomes of a competitor, all its seeds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may train up to this rung (an index into [`Halving::rungs`]), not beyond: the
    /// rung is not decided.
    UpTo(usize),
    /// It was stopped at this rung.
    StoppedAt(usize),
    /// It passed every rung.
    GoesOn,
}

impl Halving {
    /// Which competitors go on past a rung: the best share of them, at least one. A
    /// competitor is worse the more of its seeds diverged, then by its mean score; of
    /// equals the earlier goes on.
    ///
    /// `scores` holds the scores of each competitor's seeds; `None` for one that diverged.
    pub fn survivors(&self, scores: &[Vec<Option<f64>>], goal: Goal) -> Vec<bool> {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| rank(&scores[a], goal).compare(&rank(&scores[b], goal)));
        let kept = ((scores.len() as f64 * self.keep).ceil() as usize).max(1);
        let mut survives = vec![false; scores.len()];
        for &index in order.iter().take(kept) {
            survives[index] = true;
        }
        survives
    }

    /// Climbs the rungs as far as the runs allow. `read` gives what is known of a
    /// competitor (by its place in `0..competitors`) with a seed at a rung.
    ///
    /// # Errors
    /// The first error of `read`.
    pub fn judge<E>(
        &self,
        competitors: usize,
        seeds: &[u64],
        goal: Goal,
        mut read: impl FnMut(usize, u64, usize) -> Result<AtRung, E>,
    ) -> Result<Vec<Verdict>, E> {
        let mut verdicts = vec![Verdict::GoesOn; competitors];
        let mut left: Vec<usize> = (0..competitors).collect();
        for rung in 0..self.rungs.len() {
            let mut waiting = false;
            let mut scores = Vec::with_capacity(left.len());
            for &competitor in &left {
                let mut of_seeds = Vec::with_capacity(seeds.len());
                for &seed in seeds {
                    of_seeds.push(match read(competitor, seed, rung)? {
                        AtRung::Scored(score) => Some(score).filter(|score| score.is_finite()),
                        AtRung::Diverged => None,
                        AtRung::Waiting => {
                            waiting = true;
                            None
                        }
                    });
                }
                scores.push(of_seeds);
            }
            if waiting {
                for &competitor in &left {
                    verdicts[competitor] = Verdict::UpTo(rung);
                }
                break;
            }
            let survives = self.survivors(&scores, goal);
            let mut at = survives.iter();
            left.retain(|&competitor| {
                let goes_on = at.next().is_some_and(|&survives| survives);
                if !goes_on {
                    verdicts[competitor] = Verdict::StoppedAt(rung);
                }
                goes_on
            });
        }
        Ok(verdicts)
    }
}

/// How good a set of seeds is: compare with [`Rank::compare`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rank {
    without: usize,
    /// Mean of those that have one, turned so that lower is better.
    mean: f64,
}

/// The rank of a configuration from the scores of its seeds; `None` for a run that has no
/// score that counts.
pub(crate) fn rank(scores: &[Option<f64>], goal: Goal) -> Rank {
    let known: Vec<f64> = scores.iter().copied().flatten().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let mean = if goal == Goal::Minimize { mean } else { -mean };
    Rank { without: scores.len() - known.len(), mean }
}

impl Rank {
    /// The better one is less.
    pub fn compare(&self, other: &Self) -> std::cmp::Ordering {
        self.without.cmp(&other.without).then(self.mean.total_cmp(&other.mean))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Verdict::{GoesOn, StoppedAt, UpTo};
    use super::*;

    fn halving() -> Halving {
        Halving { rungs: vec![100, 300], keep: 0.5 }
    }

    fn judge(
        seeds: &[u64],
        competitors: usize,
        read: impl Fn(usize, u64, usize) -> AtRung,
    ) -> Vec<Verdict> {
        let read = |run, seed, rung| Ok::<_, std::convert::Infallible>(read(run, seed, rung));
        halving()
            .judge(competitors, seeds, Goal::Minimize, read)
            .unwrap_or_else(|error| match error {})
    }

    fn one(scores: &[f64]) -> Vec<Vec<Option<f64>>> {
        scores.iter().map(|&score| vec![Some(score)]).collect()
    }

    #[test]
    fn the_better_half_goes_on_and_ties_go_by_order() {
        let halving = halving();
        let lower = halving.survivors(&one(&[0.4, 0.1, 0.3, 0.2]), Goal::Minimize);
        assert_eq!(lower, [false, true, false, true]);
        let higher = halving.survivors(&one(&[0.4, 0.1, 0.3, 0.2]), Goal::Maximize);
        assert_eq!(higher, [true, false, true, false]);
        let ties = halving.survivors(&one(&[0.5, 0.5, 0.5]), Goal::Minimize);
        assert_eq!(ties, [true, true, false], "the larger half of three");
        assert_eq!(halving.survivors(&one(&[0.5]), Goal::Minimize), [true]);
    }

    #[test]
    fn one_seed_that_diverged_is_worse_than_any_score() {
        let scores = [
            vec![Some(0.01), None],
            vec![Some(9.0), Some(9.0)],
            vec![None, None],
            vec![Some(8.0), Some(8.0)],
        ];
        assert_eq!(halving().survivors(&scores, Goal::Minimize), [false, true, false, true]);
    }

    #[test]
    fn rungs_are_decided_one_by_one_when_all_are_there() {
        let nobody = judge(&[0, 1], 4, |_, _, _| AtRung::Waiting);
        assert_eq!(nobody, [UpTo(0); 4]);
        // Everyone is at the first rung but one seed of the last.
        let late = |run: usize, seed: u64, rung: usize| match (run, seed, rung) {
            (3, 1, _) | (_, _, 1) => AtRung::Waiting,
            (run, _, _) => AtRung::Scored(run as f64),
        };
        assert_eq!(judge(&[0, 1], 4, late), [UpTo(0); 4]);
        let first = |run: usize, _: u64, rung: usize| match rung {
            0 => AtRung::Scored(run as f64),
            _ => AtRung::Waiting,
        };
        let verdicts = judge(&[0, 1], 4, first);
        assert_eq!(verdicts, [UpTo(1), UpTo(1), StoppedAt(0), StoppedAt(0)]);
        let all = |run: usize, _: u64, rung: usize| match (run, rung) {
            (0, 1) => AtRung::Diverged,
            (run, _) => AtRung::Scored(run as f64),
        };
        let verdicts = judge(&[0, 1], 4, all);
        assert_eq!(verdicts, [StoppedAt(1), GoesOn, StoppedAt(0), StoppedAt(0)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// Whatever arrives first: what is known on the way is never taken back, and the
        /// end is the same.
        #[test]
        fn verdicts_do_not_depend_on_the_order_of_arrival(
            scores in prop::collection::vec(prop::option::weighted(0.9, 0_u8..20), 24),
            order in Just((0..24_usize).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            // 6 competitors, 2 seeds, 2 rungs.
            let place = |run: usize, seed: u64, rung: usize| run * 4 + seed as usize * 2 + rung;
            let known = |arrived: &[usize]| {
                judge(&[0, 1], 6, |run, seed, rung| {
                    let place = place(run, seed, rung);
                    match scores[place].filter(|_| arrived.contains(&place)) {
                        Some(score) => AtRung::Scored(score.into()),
                        None if arrived.contains(&place) => AtRung::Diverged,
                        None => AtRung::Waiting,
                    }
                })
            };
            let last = known(&order);
            prop_assert_eq!(last.iter().filter(|&&it| it == GoesOn).count(), 2);
            for count in 0..order.len() {
                for (now, last) in known(&order[..count]).into_iter().zip(&last) {
                    let may_become = match now {
                        UpTo(rung) => match last {
                            StoppedAt(at) => *at >= rung,
                            last => *last == GoesOn,
                        },
                        decided => decided == *last,
                    };
                    prop_assert!(may_become, "{now:?} became {last:?}");
                }
            }
        }
    }
}
