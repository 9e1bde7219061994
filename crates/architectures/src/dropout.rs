//! Dropout: while training, numbers are put to 0 at random and the others made larger in turn.
//!
//! y = x ⊙ m / (1 − p), m Bernoulli(1 − p); without training y = x. Fresh for each step (Srivastava
//! et al. 2014; Zaremba, Sutskever and Vinyals 2014, arXiv:1409.2329, between layers), or the same
//! over time (Gal and Ghahramani 2016, arXiv:1512.05287). As PyTorch's, up to the random numbers,
//! which come from a stream of their own for each batch and place in the model.

use std::cell::RefCell;

use burn::tensor::{Tensor, TensorData};
use schema::{Choice, Key, Kind};
use serde::Deserialize;

use crate::ArchitectureError;

/// The option `dropout`.
pub(crate) const DROPOUT: Key = Key::optional(
    "dropout",
    Kind::Number { min: 0.0, max: 0.99 },
    "Part of the numbers that is put to 0 while training, at the places that the architecture's page \
     says; none if absent.",
);

/// The option `dropout_mask`.
pub(crate) const DROPOUT_MASK: Key = Key::optional(
    "dropout_mask",
    Kind::OneOf(&[
        Choice { word: "fresh", doc: "Other numbers at each step." },
        Choice { word: "same", doc: "The same at all steps of a sequence." },
    ]),
    "Which numbers dropout takes; fresh ones if absent.",
);

/// What is put to 0 while training.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dropout {
    rate: f32,
    mask: Mask,
}

/// Over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// Other numbers at each step.
    #[default]
    Fresh,
    /// The same at all steps of a sequence.
    Same,
}

thread_local! {
    /// Numbers for the next place, while training.
    static NOISE: RefCell<Option<Places>> = const { RefCell::new(None) };
}

/// The places so far, and the numbers of each.
struct Places {
    next: u64,
    numbers: Box<dyn FnMut(u64, usize) -> Vec<f32>>,
}

/// What `run` gives with dropout, on this thread: `numbers` gives so many uniform numbers in [0, 1)
/// for a place, which are counted from 0.
pub fn training<T>(
    numbers: impl FnMut(u64, usize) -> Vec<f32> + 'static,
    run: impl FnOnce() -> T,
) -> T {
    /// Whatever happens in `run`, nothing is dropped after it.
    struct Ended;

    impl Drop for Ended {
        fn drop(&mut self) {
            NOISE.set(None);
        }
    }

    NOISE.set(Some(Places { next: 0, numbers: Box::new(numbers) }));
    let _ended = Ended;
    run()
}

/// So many uniform numbers in [0, 1) for the next place, while training.
pub(crate) fn noise(count: usize) -> Option<Vec<f32>> {
    NOISE.with_borrow_mut(|noise| {
        let Places { next, numbers } = noise.as_mut()?;
        *next += 1;
        Some(numbers(*next - 1, count))
    })
}

impl Dropout {
    /// Of a rate and a mask that are given or not.
    ///
    /// # Errors
    /// [`ArchitectureError::Unfit`] of a mask without a rate.
    pub(crate) fn new(
        architecture: &'static str,
        rate: Option<f32>,
        mask: Option<Mask>,
    ) -> Result<Self, ArchitectureError> {
        if mask.is_some() && rate.is_none() {
            let reason = "dropout_mask is of no effect without dropout; give both".into();
            return Err(ArchitectureError::Unfit { architecture, reason });
        }
        Ok(Self { rate: rate.unwrap_or(0.0), mask: mask.unwrap_or_default() })
    }

    /// Of a rate, fresh at each step.
    pub fn fresh(rate: f32) -> Self {
        Self { rate, mask: Mask::Fresh }
    }

    /// y of x, `[batch, steps, width]` or rows.
    pub fn apply<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if self.rate == 0.0 {
            return x;
        }
        let mut shape = x.dims();
        if self.mask == Mask::Same && D == 3 {
            shape[1] = 1;
        }
        let count = shape.iter().product();
        let Some(mut mask) = noise(count) else { return x };
        let kept = 1.0 / (1.0 - self.rate);
        for number in &mut mask {
            *number = if *number < self.rate { 0.0 } else { kept };
        }
        let mask = Tensor::<D>::from_data(TensorData::new(mask, shape), &x.device());
        x * mask
    }
}
