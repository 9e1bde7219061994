//! Working memory that is kept from call to call.
//!
//! Fresh memory costs more than the arithmetic that fills it: the system clears it and maps
//! it page by page. So buffers go back to a pool, and their content is never relied on.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::simd::LINE;

/// Memory that nobody uses, and how much there is.
static POOL: Mutex<Pool> =
    Mutex::new(Pool { free: VecDeque::new(), free_size: 0, used_size: 0, most_used: 0 });

/// Sizes count numbers. Never holds more than a quarter above what was once in use.
struct Pool {
    /// Oldest first.
    free: VecDeque<Vec<f32>>,
    free_size: usize,
    used_size: usize,
    most_used: usize,
}

impl Pool {
    /// The smallest free memory that fits without wasting more than it uses, or new memory.
    fn take(&mut self, size: usize) -> Vec<f32> {
        let fits = |len: usize| (size..=2 * size).contains(&len);
        let free = self.free.iter().enumerate().filter(|(_, memory)| fits(memory.len()));
        let best = free.min_by_key(|(_, memory)| memory.len()).map(|(index, _)| index);
        let memory = match best.and_then(|index| self.free.remove(index)) {
            Some(memory) => {
                self.free_size -= memory.len();
                memory
            }
            None => vec![0.0; size],
        };
        self.used_size += memory.len();
        self.most_used = self.most_used.max(self.used_size);
        memory
    }

    /// Takes memory back. Sizes that are no longer asked for must not stay for ever.
    fn give(&mut self, memory: Vec<f32>) {
        self.used_size -= memory.len();
        self.free_size += memory.len();
        self.free.push_back(memory);
        while self.free_size + self.used_size > self.most_used + self.most_used / 4
            && let Some(oldest) = self.free.pop_front()
        {
            self.free_size -= oldest.len();
        }
    }
}

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers at the start of a cache line, with arbitrary content at first.
#[derive(Debug, Default)]
pub struct Buffer {
    memory: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// Room for `len` numbers.
    pub fn new(len: usize) -> Self {
        if len == 0 {
            return Self::default();
        }
        let needed = len + LINE;
        // Coarse sizes, so that batches of slightly different length share buffers.
        let size = needed.next_multiple_of((needed.next_power_of_two() / 32).max(LINE));
        let memory = pool().take(size);
        let start = memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Self { memory, start, len }
    }

    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.fill(0.0);
        buffer
    }

    /// Its memory for `len` numbers of arbitrary content, for good.
    ///
    /// # Panics
    /// Where it has no room for so many.
    pub fn into_memory(mut self, len: usize) -> Vec<f32> {
        let mut memory = std::mem::take(&mut self.memory);
        assert!(len <= memory.len(), "more numbers than there is room for");
        pool().used_size -= memory.len();
        memory.truncate(len);
        memory
    }

    /// Its numbers, whose memory it gives away for good.
    pub fn into_vec(mut self) -> Vec<f32> {
        let (start, len) = (self.start, self.len);
        self.memory.copy_within(start..start + len, 0);
        self.into_memory(len)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if !self.memory.is_empty() {
            pool().give(std::mem::take(&mut self.memory));
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    #[inline]
    fn deref(&self) -> &[f32] {
        &self.memory[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    #[inline]
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..self.start + self.len]
    }
}
