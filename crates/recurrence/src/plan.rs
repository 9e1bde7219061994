//! How the batch is cut into groups.
//!
//! A group of sequences runs through all its steps on one thread. They are ordered from long
//! to short, so that the ones that are still running are always the first. What a group keeps
//! for each step lies step by step, running sequences only: memory and time follow the number
//! of valid steps.
//!
//! Where the weights are small, the batch is cut by its shape alone, and each group sums its
//! part of the weight gradients while what they are made of is in the cache; the groups are
//! summed in their order. Where they are large, a group for each thread makes the most of
//! every time they are read, and the weight gradients follow as products over the whole
//! batch. Either way no sum depends on the threads.

use super::Problem;

/// Sequences that a group has at least: enough that its products are fast. In a small batch
/// that has to have work for two threads they are half as many.
const MIN_ROWS: usize = 16;
/// Groups that a batch has at most: each has its own sums of the weight gradients.
const MAX_GROUPS: usize = 16;
/// Numbers that the recurrent weights may have to stay in a core's own cache beside what a
/// group works on. Larger ones come from further away on every step, so that a group should
/// have as many sequences to use them for as there are; else it should be small.
const CACHED_WEIGHTS: usize = 64 * 1024;

/// [`Groups::span`]: as many terms as make a sum of weight gradients worth reading and writing.
const SPAN: usize = 96;
/// Where the weights are large there are no such sums, and less is in the cache beside them.
const LARGE_SPAN: usize = 16;

/// Sequences that one thread runs together.
#[derive(Debug)]
pub(super) struct Group {
    /// Its sequences as rows of the batch, from long to short.
    pub rows: Vec<usize>,
    /// How many run at each step: always the first ones.
    pub active: Vec<usize>,
    /// Running sequences before each step, summed; one more than there are steps.
    pub offsets: Vec<usize>,
}

impl Group {
    /// Of `count` groups the one of this index: `order` is dealt to them like cards, so that
    /// each gets long and short sequences.
    fn new(problem: &Problem, order: &[usize], count: usize, index: usize) -> Self {
        let rows: Vec<usize> = order.iter().copied().skip(index).step_by(count).collect();
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
        Self { rows, active, offsets }
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
}

/// How a batch is cut.
#[derive(Debug)]
pub(super) struct Groups {
    /// All of them.
    pub all: Vec<Group>,
    /// Whether each sums its part of the weight gradients by itself.
    pub sum_apart: bool,
    /// Running sequences, summed over steps, at least, for which the products that need not
    /// go step by step are computed together.
    pub span: usize,
}

impl Groups {
    /// On how many of `threads` threads the weights are worth being packed.
    pub(super) fn packing(&self, threads: usize) -> usize {
        if self.sum_apart { 1 } else { threads }
    }

    pub(super) fn new(problem: &Problem) -> Self {
        let two = (2 * problem.batch / MIN_ROWS).clamp(1, 2);
        let most = (problem.batch / MIN_ROWS).clamp(two, MAX_GROUPS);
        let sum_apart = problem.hidden * problem.width() <= CACHED_WEIGHTS;
        let count = if sum_apart { most } else { most.min(problem.threads.max(1)) };
        let order = order(problem);
        let all = (0..count).map(|index| Group::new(problem, &order, count, index)).collect();
        let span = if sum_apart { SPAN } else { LARGE_SPAN };
        Self { all, sum_apart, span }
    }

    /// Every step of every sequence, from the last step to the first and, within a step,
    /// from the longest sequence to the shortest: its group, its place in that and the step.
    pub(super) fn backward(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let steps = self.all.iter().map(Group::steps).max().unwrap_or(0);
        let most = self.all.iter().map(|group| group.rows.len()).max().unwrap_or(0);
        let runs = |group: &Group, slot, step| group.active.get(step).is_some_and(|&a| slot < a);
        (0..steps).rev().flat_map(move |step| {
            (0..most).flat_map(move |slot| {
                let groups = self.all.iter().enumerate();
                let running = groups.filter(move |(_, group)| runs(group, slot, step));
                running.map(move |(index, _)| (index, slot, step))
            })
        })
    }
}

/// The sequences from long to short; equal lengths keep the order of the batch.
fn order(problem: &Problem) -> Vec<usize> {
    let mut order: Vec<usize> = (0..problem.batch).collect();
    order.sort_by_key(|&row| std::cmp::Reverse(problem.length(row)));
    order
}
