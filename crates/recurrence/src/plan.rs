//! How the batch is cut: into shares by the shape, and into groups for the threads.
//!
//! A group of sequences runs through all its steps on one thread. They are ordered from long
//! to short, so that the ones that are still running are always the first. What a group keeps
//! for each step lies step by step, running sequences only: memory and time follow the number
//! of valid steps.
//!
//! Every sequence belongs to a share of the weight gradients. A share is summed from the last
//! step to the first and, within a step, from its longest sequence to its shortest; then the
//! shares are summed in their order. The shares depend on the shape alone, so the sums do not
//! depend on the groups, which depend on the threads.

use super::Problem;

/// Sequences that a share has at least: enough that its products are fast. In a small batch
/// that has to have work for two threads they are half as many.
const MIN_ROWS: usize = 16;
/// Shares that a batch has at most: each has its own sums of the weight gradients.
const MAX_SHARES: usize = 16;
/// Numbers that the recurrent weights may have to stay in a core's own cache beside what a
/// group works on. Larger ones come from further away on every step, so that a group should
/// have as many sequences to use them for as there are; else it should be small.
const CACHED_WEIGHTS: usize = 64 * 1024;

/// Sequences that one thread runs together.
#[derive(Debug)]
pub(super) struct Group {
    /// Its sequences as rows of the batch, from long to short.
    pub rows: Vec<usize>,
    /// The share of each sequence, counted within the group.
    pub share_of: Vec<usize>,
    /// Shares of the group.
    pub shares: usize,
    /// How many run at each step: always the first ones.
    pub active: Vec<usize>,
    /// Running sequences before each step, summed; one more than there are steps.
    pub offsets: Vec<usize>,
}

impl Group {
    /// The sequences at some positions of the order from long to short; position p belongs
    /// to share p modulo `count`, and the group has those of `shares`.
    fn new(
        problem: &Problem,
        order: &[usize],
        count: usize,
        shares: std::ops::Range<usize>,
    ) -> Self {
        let own = order.iter().enumerate().filter(|(at, _)| shares.contains(&(at % count)));
        let (share_of, rows): (Vec<_>, Vec<_>) =
            own.map(|(at, &row)| (at % count - shares.start, row)).unzip();
        let steps = rows.first().map_or(0, |&row| problem.length(row));
        let mut active = Vec::with_capacity(steps);
        let mut offsets = Vec::with_capacity(steps + 1);
        let (mut running, mut total) = (rows.len(), 0);
        for step in 0..steps {
            while problem.length(rows[running - 1]) <= step {
                running -= 1;
            }
            active.push(running);
            offsets.push(total);
            total += running;
        }
        offsets.push(total);
        Self { rows, share_of, shares: shares.len(), active, offsets }
    }

    /// Steps of its longest sequence.
    pub(super) fn steps(&self) -> usize {
        self.active.len()
    }

    /// Valid steps of all its sequences.
    pub(super) fn total(&self) -> usize {
        self.offsets[self.steps()]
    }

    /// The row of the states before a step: the initial ones come first.
    pub(super) fn before(&self, step: usize) -> usize {
        match step {
            0 => 0,
            _ => self.rows.len() + self.offsets[step - 1],
        }
    }

    /// Cuts the steps into spans of at least `rows` running sequences in sum, where there
    /// are so many.
    pub(super) fn spans(&self, rows: usize) -> Vec<(usize, usize)> {
        let mut spans = vec![];
        let mut first = 0;
        for step in 1..=self.steps() {
            if self.offsets[step] - self.offsets[first] >= rows || step == self.steps() {
                spans.push((first, step));
                first = step;
            }
        }
        spans
    }

    /// The most sequences, summed over steps, that one of `spans` has.
    pub(super) fn widest(&self, spans: &[(usize, usize)]) -> usize {
        let width = |&(first, end): &(usize, usize)| self.offsets[end] - self.offsets[first];
        spans.iter().map(width).max().unwrap_or(0)
    }

    /// The most sequences of one share, summed over steps, that one of `spans` has.
    pub(super) fn deepest(&self, spans: &[(usize, usize)]) -> usize {
        let depth = |&(first, end): &(usize, usize)| {
            let mut depths = vec![0; self.shares];
            for &active in &self.active[first..end] {
                for &share in &self.share_of[..active] {
                    depths[share] += 1;
                }
            }
            depths.into_iter().max().unwrap_or(0)
        };
        spans.iter().map(depth).max().unwrap_or(0)
    }
}

/// The groups of a batch.
pub(super) fn groups(problem: &Problem) -> Vec<Group> {
    let two = (2 * problem.batch / MIN_ROWS).clamp(1, 2);
    let shares = (problem.batch / MIN_ROWS).clamp(two, MAX_SHARES);
    let cached = problem.hidden * problem.width() <= CACHED_WEIGHTS;
    let groups = if cached { shares } else { shares.min(problem.threads.max(1)) };
    let mut order: Vec<usize> = (0..problem.batch).collect();
    // Stable, so that equal lengths keep the order of the batch.
    order.sort_by_key(|&row| std::cmp::Reverse(problem.length(row)));
    // Dealt like cards: every share gets long and short ones.
    let bound = |group: usize| group * shares / groups;
    (0..groups)
        .map(|group| Group::new(problem, &order, shares, bound(group)..bound(group + 1)))
        .collect()
}
