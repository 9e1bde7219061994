//! Results that are filled with zeros block by block, by the thread that is about to compute the block:
//! to do it all at once would move all of it through memory for nothing.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Room for numbers that are not there yet.
#[derive(Debug)]
pub struct Room {
    /// Of no length, with the capacity.
    numbers: Vec<f32>,
    len: usize,
    filled: AtomicUsize,
}

/// A part of it.
#[derive(Debug)]
pub struct Block<'a> {
    room: &'a mut [MaybeUninit<f32>],
    filled: &'a AtomicUsize,
}

impl Room {
    /// For `len` numbers.
    pub fn new(len: usize) -> Self {
        Self { numbers: Vec::with_capacity(len), len, filled: AtomicUsize::new(0) }
    }

    /// All of it in `groups` of as many numbers each, and each of them in blocks of `size` numbers, the
    /// last one of what is left.
    pub fn blocks(&mut self, groups: usize, size: usize) -> impl Iterator<Item = Block<'_>> {
        self.filled = AtomicUsize::new(0);
        let Self { numbers, len, filled } = self;
        let filled = &*filled;
        let room = &mut numbers.spare_capacity_mut()[..*len];
        let groups = room.chunks_mut((*len / groups.max(1)).max(1));
        groups
            .flat_map(move |group| group.chunks_mut(size.max(1)))
            .map(move |room| Block { room, filled })
    }

    /// The numbers.
    ///
    /// # Panics
    /// If not every block has been filled.
    pub fn into_numbers(self) -> Vec<f32> {
        let Self { mut numbers, len, filled } = self;
        assert_eq!(filled.into_inner(), len, "every block is filled");
        // SAFETY: the blocks do not overlap, so as many numbers as there are were written.
        unsafe { numbers.set_len(len) };
        numbers
    }
}

impl<'a> Block<'a> {
    /// Its numbers, all of them 0.
    pub fn zeros(self) -> &'a mut [f32] {
        let Self { room, filled } = self;
        for number in &mut *room {
            number.write(0.0);
        }
        filled.fetch_add(room.len(), Ordering::Relaxed);
        // SAFETY: every one of them was written above.
        unsafe { &mut *(std::ptr::from_mut(room) as *mut [f32]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_comes_out() {
        let mut room = Room::new(7);
        for (index, block) in room.blocks(1, 3).enumerate() {
            block.zeros()[0] = index as f32 + 1.0;
        }
        assert_eq!(room.into_numbers(), [1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 3.0]);
        let mut room = Room::new(6);
        for (index, block) in room.blocks(2, 2).enumerate() {
            block.zeros()[0] = index as f32 + 1.0;
        }
        assert_eq!(room.into_numbers(), [1.0, 0.0, 2.0, 3.0, 0.0, 4.0]);
    }

    #[test]
    #[should_panic(expected = "every block is filled")]
    fn what_is_not_filled_does_not() {
        let mut room = Room::new(4);
        let mut blocks = room.blocks(1, 2);
        blocks.next().unwrap().zeros();
        drop(blocks);
        room.into_numbers();
    }
}
