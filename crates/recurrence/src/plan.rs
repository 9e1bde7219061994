//! How the batch is cut into blocks of sequences.
//!
//! A block runs through all its steps on one thread. Its sequences are ordered from long to
//! short, so that the ones that are still running are always the first. What a block keeps
//! for each step lies step by step, running sequences only: memory and time follow the
//! number of valid steps. The cut depends on the shape alone, never on the threads.

use super::Problem;

/// Sequences that a block has at least: enough that its products are fast. In a small batch
/// that has to have work for two threads they are half as many.
const MIN_ROWS: usize = 16;
/// Blocks that a batch has at most: each has its own sums of the weight gradients.
const MAX_BLOCKS: usize = 16;

/// One block.
#[derive(Debug)]
pub(super) struct Block {
    /// Its sequences as rows of the batch, from long to short.
    pub rows: Vec<usize>,
    /// How many run at each step: always the first ones.
    pub active: Vec<usize>,
    /// Running sequences before each step, summed; one more than there are steps.
    pub offsets: Vec<usize>,
}

impl Block {
    /// Steps of its longest sequence.
    pub(super) fn steps(&self) -> usize {
        self.active.len()
    }

    /// Valid steps of all its sequences.
    pub(super) fn total(&self) -> usize {
        self.offsets[self.steps()]
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

/// The blocks of a batch.
pub(super) fn blocks(problem: &Problem) -> Vec<Block> {
    let two = (2 * problem.batch / MIN_ROWS).clamp(1, 2);
    let count = (problem.batch / MIN_ROWS).clamp(two, MAX_BLOCKS);
    let mut order: Vec<usize> = (0..problem.batch).collect();
    // Stable, so that equal lengths keep the order of the batch.
    order.sort_by_key(|&row| std::cmp::Reverse(problem.length(row)));
    (0..count)
        .map(|block| {
            // Dealt like cards: every block gets long and short ones.
            let rows: Vec<usize> = order.iter().copied().skip(block).step_by(count).collect();
            let steps = problem.length(rows[0]);
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
            Block { rows, active, offsets }
        })
        .collect()
}
