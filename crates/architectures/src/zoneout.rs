//! Zoneout: while training, units keep what they were at random, in the place of dropout.
//!
//! h'' = m ⊙ h + (1 − m) ⊙ h', m Bernoulli(p) for each unit and step; without training m is p. The
//! memory of an LSTM has a rate of its own, and h' is that of the memory that the cell has just
//! made, whether or not it is kept. Paper: Krueger et al. 2016, arXiv:1606.01305. A cell with zoneout
//! runs step by step.

use burn::tensor::{Tensor, TensorData};
use kernels::State;
use schema::{Key, Kind, Options};
use serde::Deserialize;

use crate::dropout::noise;

/// The option of every cell.
pub(crate) const ZONEOUT: Key = Key::optional(
    "zoneout",
    Kind::Number { min: 0.0, max: 0.99 },
    "Part of the hidden units that keep what they were while training, others at each step; none if \
     absent. The cell then runs step by step.",
);

/// That of a cell whose first vector beside the hidden state is its memory.
pub(crate) const ZONEOUT_MEMORY: Key = Key::optional(
    "zoneout_memory",
    Kind::Number { min: 0.0, max: 0.99 },
    "The same for the memory c.",
);

/// How many units keep what they were.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Zoneout {
    /// Of the hidden state.
    #[serde(default, rename = "zoneout")]
    pub hidden: f32,
    /// Of the memory c.
    #[serde(default, rename = "zoneout_memory")]
    pub memory: f32,
}

impl Zoneout {
    /// Takes it out of the options of a cell, and gives what is left.
    ///
    /// # Errors
    /// Those of `serde_json`.
    pub(crate) fn take(options: &Options) -> Result<(Self, Options), serde_json::Error> {
        schema::take(options, &[ZONEOUT.name, ZONEOUT_MEMORY.name])
    }

    /// Whether it changes nothing.
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// What is left of a step from `old` to `new`.
    pub(crate) fn applied(self, mut new: State, old: &State) -> State {
        new.hidden = kept(self.hidden, new.hidden, &old.hidden);
        if let (Some(new), Some(old)) = (new.memory.first_mut(), old.memory.first()) {
            *new = kept(self.memory, new.clone(), old);
        }
        new
    }
}

fn kept(rate: f32, new: Tensor<2>, old: &Tensor<2>) -> Tensor<2> {
    if rate == 0.0 {
        return new;
    }
    let shape = new.dims();
    let change = old.clone() - new.clone();
    let kept = match noise(shape.iter().product()) {
        None => change * rate,
        Some(mut mask) => {
            for number in &mut mask {
                *number = f32::from(u8::from(*number < rate));
            }
            let mask = Tensor::from_data(TensorData::new(mask, shape), &new.device());
            change * mask
        }
    };
    new + kept
}
