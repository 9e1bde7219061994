//! Numbers one after another, of which there may be more than fit into memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Bytes that are held in memory; what is longer lies in a temporary file.
pub const IN_MEMORY: usize = 64 << 20;

/// A number that a [`LongSequence`] holds.
pub trait Element: Copy {
    /// Its bytes.
    const BYTES: usize;

    /// Appends its bytes, little-endian.
    fn write(self, bytes: &mut Vec<u8>);

    /// The number of [`Element::BYTES`] bytes.
    fn read(bytes: &[u8]) -> Self;
}

impl Element for u16 {
    const BYTES: usize = 2;

    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        Self::from_le_bytes([bytes[0], bytes[1]])
    }
}

impl Element for f32 {
    const BYTES: usize = 4;

    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        Self::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }
}

/// Numbers that are appended once and then read in ranges. Up to a limit they are in memory;
/// beyond it all of them lie in a temporary file without a name, which is gone when the process
/// ends, however that happens.
#[derive(Debug)]
pub struct LongSequence<T> {
    limit: usize,
    length: usize,
    memory: Vec<T>,
    file: Option<Mutex<File>>,
}

impl<T: Element> LongSequence<T> {
    /// Without a number; `limit` is in bytes, usually [`IN_MEMORY`].
    pub fn new(limit: usize) -> Self {
        Self { limit, length: 0, memory: Vec::new(), file: None }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether they lie in a file.
    pub fn is_in_file(&self) -> bool {
        self.file.is_some()
    }

    /// Appends numbers.
    ///
    /// # Errors
    /// If the temporary file cannot be made or written, for example for want of space.
    pub fn extend(&mut self, numbers: &[T]) -> io::Result<()> {
        self.length += numbers.len();
        if self.file.is_none() {
            self.memory.extend_from_slice(numbers);
            if self.memory.len() * T::BYTES > self.limit {
                let mut file = tempfile::tempfile()?;
                file.write_all(&bytes_of(&self.memory))?;
                self.memory = Vec::new();
                self.file = Some(Mutex::new(file));
            }
            return Ok(());
        }
        match &mut self.file {
            Some(file) => {
                file.get_mut().unwrap_or_else(PoisonError::into_inner).write_all(&bytes_of(numbers))
            }
            None => Ok(()),
        }
    }

    /// The numbers of a range.
    ///
    /// # Panics
    /// If the range goes beyond the end, or the temporary file, which nobody else can reach,
    /// cannot be read.
    pub fn read(&self, range: Range<usize>) -> Vec<T> {
        assert!(range.end <= self.length, "{range:?} of {}", self.length);
        let Some(file) = &self.file else { return self.memory[range].to_vec() };
        let mut bytes = vec![0; range.len() * T::BYTES];
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start((range.start * T::BYTES) as u64))
            .and_then(|_| file.read_exact(&mut bytes))
            .unwrap_or_else(|error| panic!("the temporary file of a long sequence: {error}"));
        bytes.chunks_exact(T::BYTES).map(T::read).collect()
    }
}

fn bytes_of<T: Element>(numbers: &[T]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(numbers.len() * T::BYTES);
    for number in numbers {
        number.write(&mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_appended_is_read_in_memory_and_in_a_file(
            pieces in prop::collection::vec(prop::collection::vec(any::<u16>(), 0..20), 0..10),
            limit in 0_usize..300,
            cut in (0.0..1.0_f64, 0.0..1.0_f64),
        ) {
            let mut sequence = LongSequence::new(limit);
            for piece in &pieces {
                sequence.extend(piece).unwrap();
            }
            let all = pieces.concat();
            prop_assert_eq!(sequence.len(), all.len());
            prop_assert_eq!(sequence.is_in_file(), all.len() * 2 > limit);
            let at = |share: f64| (share * all.len() as f64) as usize;
            let (from, to) = (at(cut.0.min(cut.1)), at(cut.0.max(cut.1)));
            prop_assert_eq!(sequence.read(from..to), &all[from..to]);
            prop_assert_eq!(sequence.read(0..all.len()), all);
        }
    }

    #[test]
    fn floats_keep_their_bits() {
        let numbers = [0.1_f32, -0.0, f32::MAX, f32::MIN_POSITIVE];
        for limit in [0, 100] {
            let mut sequence = LongSequence::new(limit);
            sequence.extend(&numbers).unwrap();
            let read: Vec<_> = sequence.read(0..4).into_iter().map(f32::to_bits).collect();
            assert_eq!(read, numbers.map(f32::to_bits));
        }
    }
}
