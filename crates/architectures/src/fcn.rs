//! Fully convolutional network: the baseline of time-series classification.
//!
//! u⁽ˡ⁾ = ReLU(LN(conv(u⁽ˡ⁻¹⁾))),  u⁽⁰⁾ = x,  l = 1, 2, 3;  y = mean over steps of u⁽³⁾
//!
//! The convolutions see 8, 5 and 3 steps and have hidden, 2·hidden and hidden filters. They see
//! as many steps before their own as after it (of 8, one more after); where a task forbids to
//! look ahead, their own and those before alone.
//!
//! Shapes: x [batch, steps, input]; u [batch, steps, filters]; y [batch, hidden].
//! Papers: Wang, Yan and Oates 2017, arXiv:1611.06455, with 128, 256 and 128 filters (hidden =
//! 128). There a batch normalisation follows each convolution; here a layer normalisation over the
//! filters of each step, so that no sequence has an influence on another.

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::Options;

use crate::architecture::{Architecture, Description, Readout, Sight, Spec};
use crate::convolution::{Convolution, Sees};
use crate::pooling::mean_over_steps;
use crate::{ArchitectureError, Initializer};

/// Steps that each convolution sees, and its filters as multiples of `hidden`.
const CONVOLUTIONS: [(usize, usize); 3] = [(8, 1), (5, 2), (3, 1)];

/// The architecture; see the module's equation.
#[derive(Module, Debug)]
pub struct Fcn {
    /// From the input upwards.
    pub convolutions: Vec<Convolution>,
    width: usize,
    causal: bool,
}

impl Architecture for Fcn {
    const DESCRIPTION: Description = Description {
        name: "fcn",
        summary: "baseline without recurrence: three convolutions and the mean of their features",
        keys: &[],
        sight: Sight::AsAllowed,
    };

    fn build(
        spec: &Spec,
        _options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let mut input = spec.input;
        let mut convolutions = Vec::with_capacity(CONVOLUTIONS.len());
        for (kernel, times) in CONVOLUTIONS {
            let filters = times * spec.hidden;
            convolutions.push(Convolution::build([input, filters, kernel], true, init));
            input = filters;
        }
        Ok(Self { convolutions, width: spec.hidden, causal: spec.readout == Readout::CAUSAL })
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        mean_over_steps(&self.steps(x))
    }

    fn steps(&self, x: &Padded) -> Padded {
        let sees = Sees::neighbours(self.causal);
        let x = x.clone().zero_padding();
        self.convolutions.iter().fold(x, |u, layer| layer.forward(&u, sees))
    }
}
