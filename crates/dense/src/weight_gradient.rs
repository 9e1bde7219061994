//! The gradient of a weight and its bias: sums over all rows.

use tiles::{Buffer, LINE, Level, PackedOuterProducts, threads};

/// Numbers of left-hand sides that are brought together at a time, in all threads.
const ROOM: usize = 52 * 1024;
/// Rows that this makes at least.
const LEAST_DEPTH: usize = 40;

/// A part of the weight: some of its rows.
pub(crate) struct Part<'a> {
    /// What was read by each row, from its first number on.
    pub left: Vec<&'a [f32]>,
    /// Its rows of the weight's gradient, `[rows, filters]`.
    pub result: &'a mut [f32],
}

/// Sums `Σ_k left_k[m] right_k[n]` into the result of each part, whatever it held before, and `Σ_k
/// right_k` into `bias`, which is zero. `right_k` has `filters` numbers and is filled up to whole lines.
pub(crate) fn sum(
    level: Level,
    threads: usize,
    parts: Vec<Part>,
    right: &[&[f32]],
    filters: usize,
    bias: &mut [f32],
) {
    let all: usize = parts.iter().map(|part| part.result.len() / filters).sum();
    let most = all.div_ceil(threads.max(1)).next_multiple_of(LINE);
    let mut bias = bias;
    let mut tasks = Vec::new();
    for Part { left, result } in parts {
        let left = std::sync::Arc::new(left);
        for (index, result) in result.chunks_mut(most * filters).enumerate() {
            tasks.push((left.clone(), index * most, result, std::mem::take(&mut bias)));
        }
    }
    let filled = tiles::padded(filters);
    threads::each(threads, tasks, |(left, first, result, bias)| {
        let rows = result.len() / filters;
        let mut room = Buffer::new((ROOM / threads.max(1)).max(rows * LEAST_DEPTH));
        level.run(PackedOuterProducts {
            left: &left,
            first,
            rows,
            right,
            right_first: 0,
            blocks: 1,
            filled,
            block: filters,
            result,
            stride: filters,
            total: bias,
            room: &mut room,
        });
    });
}
