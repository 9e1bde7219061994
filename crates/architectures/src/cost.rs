//! What a model takes to run, told from its shapes.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::Cell;

/// What an architecture takes to run over a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Multiplications with an addition each, in matrix products, convolutions and attention. What
    /// is done to single numbers, such as a gate's σ, is not counted.
    pub multiply_adds: u64,
    /// Numbers that it carries from one step to the next where it reads step by step; `None` where
    /// it needs the whole sequence.
    pub state: Option<u64>,
}

impl Cost {
    /// Of an architecture that uses every weight of its products once a step.
    pub fn once_a_step<M: Module>(module: &M, steps: usize, state: Option<u64>) -> Self {
        Self { multiply_adds: steps as u64 * in_products(module), state }
    }

    /// The same of an architecture with recurrent layers that each run over `steps`.
    #[must_use]
    pub fn with_layers<'a, C: Cell + 'a>(
        mut self,
        steps: usize,
        layers: impl IntoIterator<Item = &'a C>,
    ) -> Self {
        let beside = layers.into_iter().map(Cell::beside_weights);
        self.multiply_adds += steps as u64 * beside.sum::<u64>();
        self
    }
}

/// Weights that are used in products: all but vectors, such as biases.
pub fn in_products<M: Module>(module: &M) -> u64 {
    struct Count(u64);

    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if D > 1 {
                self.0 += param.lazy_shape().num_elements() as u64;
            }
        }
    }

    let mut count = Count(0);
    module.visit(&mut count);
    count.0
}

/// What looking from each step at others takes, beside the weights: for every pair of steps a product
/// of query and key and one of weight and value, `width` numbers each. Keys and values of the steps in
/// sight are carried.
pub(crate) fn looking(width: usize, steps: usize, causal: bool, window: Option<usize>) -> Cost {
    let seen = window.unwrap_or(steps).min(steps);
    Cost {
        multiply_adds: 2 * width as u64 * pairs(steps, causal, window),
        state: causal.then_some((2 * width * seen) as u64),
    }
}

/// Pairs of steps of which one sees the other, in a sequence of `steps`, none `window` or more
/// apart.
fn pairs(steps: usize, causal: bool, window: Option<usize>) -> u64 {
    let most = window.unwrap_or(steps).min(steps);
    let back: usize = (0..steps).map(|step| (step + 1).min(most)).sum();
    // As many ahead, each step itself once.
    (if causal { back } else { 2 * back - steps }) as u64
}
