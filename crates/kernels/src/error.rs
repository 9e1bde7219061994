//! Errors of making a batch.

/// What a batch of sequences cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// No sequences, no steps or no channels.
    #[error(
        "an empty batch: {batch} sequences of {steps} steps with {channels} numbers each, where \
         every count must be at least 1"
    )]
    Empty {
        /// Sequences.
        batch: usize,
        /// Steps.
        steps: usize,
        /// Numbers at each step.
        channels: usize,
    },
    /// Not one length for each sequence.
    #[error("{lengths} lengths for {batch} sequences, where each must have one")]
    Lengths {
        /// Lengths given.
        lengths: usize,
        /// Sequences.
        batch: usize,
    },
    /// A sequence of no steps, or of more than the batch has room for.
    #[error("sequence {sequence} of the batch has length {length}, which must be 1 to {steps}")]
    Length {
        /// Its place in the batch, from 0.
        sequence: usize,
        /// Its length.
        length: usize,
        /// Steps of the batch.
        steps: usize,
    },
}
