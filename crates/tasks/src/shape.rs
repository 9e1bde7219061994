//! Sizes that a model for a task needs.

/// Sizes that a model needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskShape {
    /// What a step holds.
    pub input: Input,
    /// Steps of the longest sequence in any part.
    pub max_steps: usize,
    /// What is predicted at each place that is asked about.
    pub target: Target,
    /// Where it is predicted.
    pub answers: Answers,
    /// Whether sequences are cuts of longer streams: row `b` of a batch that
    /// [continues](crate::Batch::continues) goes on where row `b` of the batch before ended, and a
    /// model may carry its state over.
    pub carried: bool,
}

impl TaskShape {
    /// Of a task whose sequences stand alone.
    pub fn new(input: Input, max_steps: usize, target: Target, answers: Answers) -> Self {
        Self { input, max_steps, target, answers, carried: false }
    }
}

/// What a step holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Some numbers.
    Vectors {
        /// How many.
        channels: usize,
    },
    /// One token of a vocabulary; the model owns the embedding.
    Tokens {
        /// Number of different tokens.
        vocabulary: usize,
    },
    /// One picture, as numbers in the order row, column, channel.
    Frames {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Numbers for each pixel.
        channels: usize,
    },
}

impl Input {
    /// Numbers in each step; 1 for a token.
    pub fn width(&self) -> usize {
        match *self {
            Self::Vectors { channels } => channels,
            Self::Tokens { .. } => 1,
            Self::Frames { height, width, channels } => height * width * channels,
        }
    }
}

/// What is predicted at each place that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One of `classes` classes (a next token and a tag as well). Loss: cross-entropy.
    Class {
        /// Number of classes.
        classes: usize,
    },
    /// `values` real numbers. Loss: mean squared error.
    Value {
        /// How many numbers.
        values: usize,
    },
    /// Which of `labels` labels hold, any number of them at once. Loss: binary
    /// cross-entropy, summed over the labels.
    Labels {
        /// How many labels.
        labels: usize,
    },
}

impl Target {
    /// Width of a model's output: a logit for each class or label, or a number for each
    /// value.
    pub fn outputs(&self) -> usize {
        match *self {
            Self::Class { classes } => classes,
            Self::Value { values } => values,
            Self::Labels { labels } => labels,
        }
    }
}

/// Where a task asks for predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Once for each sequence, after all of it has been seen.
    Sequence,
    /// At steps of each sequence.
    Steps {
        /// Whether what comes after such a step may be seen. Where it may not (a next token,
        /// say), only a causal architecture makes sense.
        future: bool,
    },
}
