//! What is measured: cell, shape, pass and number of threads.

use std::fmt;
use std::str::FromStr;

use crate::BenchError;

/// The cell of a recurrent layer, with its default options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Elman network with tanh.
    Vanilla,
    /// Long short-term memory.
    Lstm,
    /// Gated recurrent unit with the reset after the product, as PyTorch's.
    Gru,
}

impl Cell {
    /// All cells, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Vanilla, Self::Lstm, Self::Gru];

    /// Registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vanilla => "vanilla",
            Self::Lstm => "lstm",
            Self::Gru => "gru",
        }
    }

    /// Blocks of `hidden` columns in the weights.
    pub fn gates(self) -> usize {
        match self {
            Self::Vanilla => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }
}

impl FromStr for Cell {
    type Err = BenchError;

    fn from_str(word: &str) -> Result<Self, BenchError> {
        one_of("cell", word, &Self::ALL.map(|cell| (cell.name(), cell)))
    }
}

/// The choice that `word` names.
pub(crate) fn one_of<T: Copy>(
    what: &'static str,
    word: &str,
    choices: &[(&str, T)],
) -> Result<T, BenchError> {
    let found = choices.iter().find(|(name, _)| *name == word);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let known = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        BenchError::Unknown { what, word: word.to_owned(), known }
    })
}

/// The sizes of a layer and of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Sequences.
    pub batch: usize,
    /// Steps of each.
    pub steps: usize,
    /// Channels of each step.
    pub input: usize,
    /// Width of the hidden state.
    pub hidden: usize,
}

impl Shape {
    /// The largest number that a shape may have.
    const LARGEST: usize = 65_536;

    /// `batch`, `steps`, `input`, `hidden`.
    pub const fn new(batch: usize, steps: usize, input: usize, hidden: usize) -> Self {
        Self { batch, steps, input, hidden }
    }

    /// The four sizes in their order.
    pub(crate) fn sizes(self) -> [usize; 4] {
        [self.batch, self.steps, self.input, self.hidden]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { batch, steps, input, hidden } = self;
        f.pad(&format!("{batch}x{steps}x{input}x{hidden}"))
    }
}

impl FromStr for Shape {
    type Err = BenchError;

    fn from_str(text: &str) -> Result<Self, BenchError> {
        let largest = Self::LARGEST;
        let size = |part: &str| part.parse().ok().filter(|size| (1..=largest).contains(size));
        let sizes: Option<Vec<usize>> = text.split('x').map(size).collect();
        match sizes.as_deref() {
            Some(&[batch, steps, input, hidden]) => Ok(Self { batch, steps, input, hidden }),
            _ => Err(BenchError::Shape { text: text.to_owned(), largest }),
        }
    }
}

/// How much of a training step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// The hidden states, with nothing kept for a backward pass.
    Forward,
    /// The hidden states, and the gradients of the input and all weights from a given
    /// gradient of the hidden states.
    ForwardBackward,
    /// A training step of layer and linear head: loss, gradients of all weights, clipping,
    /// Adam.
    Step,
}

impl Pass {
    /// All passes, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Forward, Self::ForwardBackward, Self::Step];

    /// What tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::ForwardBackward => "forward+backward",
            Self::Step => "step",
        }
    }
}

impl FromStr for Pass {
    type Err = BenchError;

    fn from_str(word: &str) -> Result<Self, BenchError> {
        one_of("pass", word, &Self::ALL.map(|pass| (pass.name(), pass)))
    }
}

/// One row of the suite `layers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// The cell.
    pub cell: Cell,
    /// The sizes.
    pub shape: Shape,
    /// The pass.
    pub pass: Pass,
    /// Threads that each contestant may use.
    pub threads: usize,
}

impl Case {
    /// Floating-point operations of the layer's matrix products, a multiplication and an
    /// addition counted as two; what the gates take is not counted.
    ///
    /// Forward: x W and h R. Backward: two products of the same size for each, of which a
    /// step, whose input is data, leaves out the input's gradient.
    pub fn flops(&self) -> f64 {
        let Shape { batch, steps, input, hidden } = self.shape;
        let rows_by_columns = 2.0 * (batch * steps * self.cell.gates() * hidden) as f64;
        let (input, hidden) = (rows_by_columns * input as f64, rows_by_columns * hidden as f64);
        match self.pass {
            Pass::Forward => input + hidden,
            Pass::ForwardBackward => 3.0 * (input + hidden),
            Pass::Step => 2.0 * input + 3.0 * hidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_four_numbers() {
        assert_eq!("2x3x4x5".parse::<Shape>().unwrap(), Shape::new(2, 3, 4, 5));
        assert_eq!(Shape::new(2, 3, 4, 5).to_string(), "2x3x4x5");
        for wrong in ["", "2x3x4", "2x3x4x5x6", "2x0x4x5", "2x3x4x70000", "2 3 4 5", "2x-3x4x5"] {
            let error = wrong.parse::<Shape>().unwrap_err().to_string();
            assert!(error.contains(&format!("\"{wrong}\" is no shape; write batch")), "{error}");
        }
    }

    #[test]
    fn an_unknown_cell_is_told_the_known_ones() {
        let error = "rnn".parse::<Cell>().unwrap_err().to_string();
        assert_eq!(error, "\"rnn\" is no cell; there are vanilla, lstm, gru");
    }

    /// Counted by hand for batch 2, steps 3, input 4, hidden 5: the LSTM's x W takes
    /// 2·2·3·4·20 = 960 and its h R 2·2·3·5·20 = 1200.
    #[test]
    fn operations_are_those_of_the_products() {
        let shape = Shape::new(2, 3, 4, 5);
        let flops = |cell, pass| Case { cell, shape, pass, threads: 1 }.flops();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        near(flops(Cell::Lstm, Pass::Forward), 2160.0);
        near(flops(Cell::Lstm, Pass::ForwardBackward), 6480.0);
        near(flops(Cell::Lstm, Pass::Step), 5520.0);
        near(flops(Cell::Vanilla, Pass::Forward), 540.0);
        near(flops(Cell::Gru, Pass::Forward), 1620.0);
    }
}
