//! Working memory that is kept from call to call.
//!
//! Fresh memory costs more than the arithmetic that fills it: the system clears it and maps
//! it page by page. So buffers go back to a pool, and their content is never relied on.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use super::simd::LINE;

/// Buffers that nobody uses, and at most this many.
static POOL: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());
const POOL_SIZE: usize = 64;

/// Numbers at the start of a cache line, with arbitrary content at first.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    memory: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// Room for `len` numbers.
    pub(super) fn new(len: usize) -> Self {
        if len == 0 {
            return Self::default();
        }
        let needed = len + LINE;
        // Coarse sizes, so that batches of slightly different length share buffers.
        let size = needed.next_multiple_of((needed.next_power_of_two() / 8).max(LINE));
        let memory = take(size).unwrap_or_else(|| vec![0.0; size]);
        let start = memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Self { memory, start, len }
    }

    /// `len` zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.fill(0.0);
        buffer
    }
}

/// The smallest free buffer that fits without wasting more than it uses.
fn take(size: usize) -> Option<Vec<f32>> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |len: usize| (size..=2 * size).contains(&len);
    let (index, _) = pool
        .iter()
        .enumerate()
        .filter(|(_, memory)| fits(memory.len()))
        .min_by_key(|(_, memory)| memory.len())?;
    Some(pool.swap_remove(index))
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        if memory.is_empty() {
            return;
        }
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() == POOL_SIZE {
            // The oldest: sizes that are no longer asked for must not stay for ever.
            pool.remove(0);
        }
        pool.push(memory);
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..self.start + self.len]
    }
}
