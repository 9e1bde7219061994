//! Padded batches and the examples that they are made of.

use crate::shape::{Input, Target};

/// Padded sequences and their targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Number of sequences.
    pub size: usize,
    /// Steps of the longest sequence in this batch.
    pub steps: usize,
    /// What the steps hold; zero after the end of a sequence.
    pub inputs: Inputs,
    /// Steps of each sequence, `[size]`.
    pub lengths: Vec<usize>,
    /// The places that the rows of the targets belong to.
    pub asked: Asked,
    /// What to predict there.
    pub targets: Targets,
    /// Whether each row goes on where the same row of the batch before ended; only in a
    /// task of streams, and never in the first batch of a stream.
    pub continues: bool,
}

/// What the steps of a batch hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Inputs {
    /// `[size, steps, width]`, row-major; `width` is [`Input::width`].
    Values(Vec<f32>),
    /// `[size, steps]`, row-major.
    Tokens(Vec<u32>),
}

/// The places that are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Each sequence once.
    Sequences,
    /// These steps: `sequence * steps + step`, ascending. Other steps do not count.
    Steps(Vec<u32>),
}

/// What to predict, one row for each place that is asked about.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Index of the class, `[rows]`.
    Classes(Vec<u32>),
    /// Numbers, `[rows, values]`, row-major.
    Values(Vec<f32>),
    /// 1 for each label that holds and 0 for the others, `[rows, labels]`, row-major.
    Labels(Vec<f32>),
}

/// One sequence with its targets, before it is padded.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// `[steps, width]`, row-major, or `[steps]`.
    pub inputs: Inputs,
    /// The steps that are asked about, ascending; `None` for the sequence as a whole.
    pub asked: Option<Vec<u32>>,
    /// What to predict, one row for each of them.
    pub targets: Targets,
}

impl Example {
    /// A sequence of vectors or frames, `[steps, width]`, asked about as a whole.
    pub fn of_values(values: Vec<f32>, targets: Targets) -> Self {
        Self { inputs: Inputs::Values(values), asked: None, targets }
    }

    /// A sequence of tokens that is asked about as a whole.
    pub fn of_tokens(tokens: Vec<u32>, targets: Targets) -> Self {
        Self { inputs: Inputs::Tokens(tokens), asked: None, targets }
    }

    /// The same example, asked about at `steps`, ascending.
    #[must_use]
    pub fn asked_at(self, steps: impl IntoIterator<Item = usize>) -> Self {
        Self { asked: Some(steps.into_iter().map(|step| step as u32).collect()), ..self }
    }

    /// The class of a sequence that is asked about as a whole.
    ///
    /// # Panics
    /// If something else is asked: a task's mistake, never a user's.
    pub fn class(&self) -> u32 {
        match &self.targets {
            Targets::Classes(classes) => classes[0],
            Targets::Values(_) | Targets::Labels(_) => unreachable!("it has no class"),
        }
    }

    /// Steps of the sequence, each of `width` numbers.
    pub fn steps(&self, width: usize) -> usize {
        match &self.inputs {
            Inputs::Values(values) => values.len() / width,
            Inputs::Tokens(tokens) => tokens.len(),
        }
    }
}

impl Inputs {
    fn none(input: Input, elements: usize) -> Self {
        match input {
            Input::Tokens { .. } => Self::Tokens(vec![0; elements]),
            Input::Vectors { .. } | Input::Frames { .. } => Self::Values(vec![0.0; elements]),
        }
    }

    /// Copies `row` to the place `at`.
    fn put(&mut self, at: usize, row: &Self) {
        match (self, row) {
            (Self::Values(all), Self::Values(row)) => all[at..][..row.len()].copy_from_slice(row),
            (Self::Tokens(all), Self::Tokens(row)) => all[at..][..row.len()].copy_from_slice(row),
            _ => unreachable!("the examples of a task are of the kind that its shape states"),
        }
    }
}

impl Targets {
    /// Without a row.
    pub fn none(target: Target) -> Self {
        match target {
            Target::Class { .. } => Self::Classes(Vec::new()),
            Target::Value { .. } => Self::Values(Vec::new()),
            Target::Labels { .. } => Self::Labels(Vec::new()),
        }
    }

    /// Adds the rows of `other`, which is of the same kind.
    pub fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Classes(all), Self::Classes(rows)) => all.extend(rows),
            (Self::Values(all), Self::Values(rows)) | (Self::Labels(all), Self::Labels(rows)) => {
                all.extend(rows);
            }
            _ => unreachable!("the targets of a task are of the kind that its shape states"),
        }
    }

    /// Number of rows, each of `width` numbers.
    pub fn rows(&self, width: usize) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Values(values) | Self::Labels(values) => values.len() / width,
        }
    }
}

impl Batch {
    /// Pads `examples` with zeros to the length of the longest.
    ///
    /// # Panics
    /// If they are not all of the kind of `input` and `target`: a task's mistake, never a
    /// user's.
    pub fn pad<'a>(
        input: Input,
        target: Target,
        examples: impl IntoIterator<Item = &'a Example>,
    ) -> Self {
        let examples: Vec<_> = examples.into_iter().collect();
        let width = input.width();
        let lengths: Vec<_> = examples.iter().map(|example| example.steps(width)).collect();
        let size = examples.len();
        let steps = lengths.iter().copied().max().unwrap_or(0);
        let mut inputs = Inputs::none(input, size * steps * width);
        let mut targets = Targets::none(target);
        let mut asked = Asked::Sequences;
        for (sequence, example) in examples.iter().enumerate() {
            inputs.put(sequence * steps * width, &example.inputs);
            targets.append(&example.targets);
            if let Some(at) = &example.asked {
                let first = (sequence * steps) as u32;
                let at = at.iter().map(|step| first + step);
                match &mut asked {
                    Asked::Steps(all) => all.extend(at),
                    Asked::Sequences => asked = Asked::Steps(at.collect()),
                }
            }
        }
        Self { size, steps, inputs, lengths, asked, targets, continues: false }
    }

    /// The sequence, from 0, that each row of the targets belongs to.
    pub fn sequences_of_rows(&self) -> Vec<u32> {
        match &self.asked {
            Asked::Sequences => (0..self.size as u32).collect(),
            Asked::Steps(steps) => steps.iter().map(|step| step / self.steps as u32).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: Input = Input::Vectors { channels: 2 };
    const CLASSES: Target = Target::Class { classes: 2 };

    #[test]
    fn padding_is_zero_and_goes_after_the_end() {
        let example = |values: &[f32], class| {
            Example::of_values(values.to_vec(), Targets::Classes(vec![class]))
        };
        let examples = [example(&[1.0, 2.0], 0), example(&[3.0, 4.0, 5.0, 6.0], 1)];
        let expected = Batch {
            size: 2,
            steps: 2,
            inputs: Inputs::Values(vec![1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 5.0, 6.0]),
            lengths: vec![1, 2],
            asked: Asked::Sequences,
            targets: Targets::Classes(vec![0, 1]),
            continues: false,
        };
        assert_eq!(Batch::pad(VECTORS, CLASSES, &examples), expected);
        assert_eq!(expected.sequences_of_rows(), [0, 1]);
    }

    #[test]
    fn steps_that_are_asked_about_are_places_in_the_padded_batch() {
        let input = Input::Tokens { vocabulary: 9 };
        let example = |tokens: &[u32], at: &[usize]| {
            let classes = at.iter().map(|&step| tokens[step] % 2).collect();
            let example = Example::of_tokens(tokens.to_vec(), Targets::Classes(classes));
            example.asked_at(at.iter().copied())
        };
        let examples = [example(&[5, 6, 7], &[0, 2]), example(&[8], &[]), example(&[1, 2], &[1])];
        let batch = Batch::pad(input, CLASSES, &examples);
        assert_eq!(batch.inputs, Inputs::Tokens(vec![5, 6, 7, 8, 0, 0, 1, 2, 0]));
        assert_eq!(batch.asked, Asked::Steps(vec![0, 2, 7]));
        assert_eq!(batch.targets, Targets::Classes(vec![1, 1, 0]));
        assert_eq!(batch.targets.rows(1), 3);
        assert_eq!(batch.sequences_of_rows(), [0, 0, 2]);
    }

    #[test]
    fn no_sequences_make_an_empty_batch() {
        let batch = Batch::pad(VECTORS, Target::Value { values: 3 }, []);
        assert_eq!((batch.size, batch.steps), (0, 0));
        assert_eq!(batch.targets, Targets::Values(Vec::new()));
    }
}
