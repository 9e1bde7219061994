//! The options of a task that is tested beyond the lengths that it is trained on.

use serde::Deserialize;

use crate::{Lengths, TaskError};

/// [`crate::keys::BEYOND`], read.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Beyond {
    pub train_length: usize,
    pub test_length: usize,
    pub points: usize,
    pub point_size: usize,
    pub validation_size: usize,
    pub test_size: usize,
}

impl Beyond {
    /// The lengths of a task whose shortest sequence is of length `shortest`.
    ///
    /// # Errors
    /// [`TaskError::Together`] if nothing is beyond the training sequences.
    pub fn lengths(&self, task: &'static str, shortest: usize) -> Result<Lengths, TaskError> {
        let Self { train_length, test_length, .. } = *self;
        if test_length <= train_length {
            let reason = format!(
                "test_length = {test_length} is not beyond train_length = {train_length}; test \
                 sequences are longer than any that was trained on"
            );
            return Err(TaskError::Together { task, reason });
        }
        let sizes = [self.validation_size, self.test_size];
        let (points, each) = (self.points, self.point_size);
        Ok(Lengths::beyond(shortest, train_length, test_length, sizes, points, each))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beyond(train_length: usize, test_length: usize, points: usize) -> Beyond {
        let (point_size, validation_size, test_size) = (7, 8, 9);
        Beyond { train_length, test_length, points, point_size, validation_size, test_size }
    }

    #[test]
    fn parts_reach_from_the_longest_trained_to_the_longest_tested() {
        let lengths = beyond(40, 100, 3).lengths("parity", 1).unwrap();
        assert_eq!((lengths.training, lengths.apart), (1..=40, true));
        let parts: Vec<_> = lengths
            .parts
            .iter()
            .map(|(part, range)| (&*part.name, part.sequences, range.clone()))
            .collect();
        assert_eq!(
            parts,
            [
                ("validation", 8, 1..=40),
                ("test", 9, 41..=100),
                ("length_40", 7, 40..=40),
                ("length_60", 7, 60..=60),
                ("length_80", 7, 80..=80),
                ("length_100", 7, 100..=100),
            ]
        );
        assert_eq!(beyond(40, 41, 5).lengths("parity", 1).unwrap().parts.len(), 4, "no part twice");
        assert_eq!(beyond(40, 100, 0).lengths("parity", 1).unwrap().parts.len(), 2);
        assert_eq!(
            beyond(40, 40, 3).lengths("parity", 1).unwrap_err().to_string(),
            "task parity: test_length = 40 is not beyond train_length = 40; test sequences are \
             longer than any that was trained on"
        );
    }
}
