//! The layer of MUT1 to MUT3: a GRU some of whose weights are 0 or the identity.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use kernels::reference::recurrent_step;
use kernels::{CellKernel, Padded, Probe, Run, State, Weights, recurrent_sequence};
use recurrence::cells::Gru;
use recurrence::{Gate, Pointwise as _};
use serde::Deserialize;

use crate::Initializer;
use crate::cell::Cell;
use crate::initial_weights::InitialWeights;
use crate::initializer::within;
use crate::unrolled::{Direction, Unrolled};

/// Which of the three cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// z does not see h, and n sees tanh(x).
    Mut1,
    /// r sees x without weights.
    Mut2,
    /// z sees tanh(h).
    Mut3,
}

/// The layer.
#[derive(Module, Debug)]
pub struct Mut {
    /// P, `[input, hidden]`, of an input that is not as wide as the hidden state.
    pub projection: Option<Param<Tensor<2>>>,
    /// W of r, z (MUT1), z, n (MUT2) or all three, side by side.
    pub input_weight: Param<Tensor<2>>,
    /// R of r, n (MUT1) or all three, side by side.
    pub recurrent_weight: Param<Tensor<2>>,
    /// b of all three.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    variant: Variant,
    #[module(skip)]
    gru: Arc<dyn CellKernel>,
}

impl Mut {
    /// With new weights.
    pub fn build(
        variant: Variant,
        [input, hidden]: [usize; 2],
        weights: InitialWeights,
        init: &mut Initializer,
    ) -> Self {
        let of_input = if variant == Variant::Mut3 { 3 } else { 2 };
        let recurrent = if variant == Variant::Mut1 { 2 } else { 3 };
        let mut of = |[rows, blocks]: [usize; 2]| {
            init.made([rows, blocks * hidden], |draw| weights.input([rows, hidden], blocks, draw))
        };
        let projection = (input != hidden).then(|| of([input, 1]));
        let input_weight = of([hidden, of_input]);
        let recurrent_weight = init
            .made([hidden, recurrent * hidden], |draw| weights.recurrent(hidden, recurrent, draw));
        let bound = 1.0 / (hidden as f32).sqrt();
        let bias = init.made([3 * hidden], |draw| within(bound, 3 * hidden, draw));
        let gru = Arc::new(Gru::RESET_BEFORE);
        Self { projection, input_weight, recurrent_weight, bias, variant, gru }
    }

    /// What the GRU reads of rows of x: x or P x, and for MUT1 its tanh beside it.
    fn read(&self, x: Tensor<2>) -> Tensor<2> {
        let x = match &self.projection {
            Some(projection) => x.matmul(projection.val()),
            None => x,
        };
        match self.variant {
            Variant::Mut1 => Tensor::cat(vec![x.clone(), x.tanh()], 1),
            _ => x,
        }
    }

    /// Those of the GRU: what is not learned is 0 or the identity.
    fn weights(&self) -> Weights {
        let (hidden, device) = (self.hidden(), self.bias.device());
        let zeros = || Tensor::<2>::zeros([hidden, hidden], &device);
        let (w, r) = (self.input_weight.val(), self.recurrent_weight.val());
        let (w, r) = match self.variant {
            Variant::Mut1 => {
                let of_x = Tensor::cat(vec![w, zeros()], 1);
                let of_tanh = Tensor::cat(vec![zeros(), zeros(), Tensor::eye(hidden, &device)], 1);
                let blocks = r.split(hidden, 1);
                let r = Tensor::cat(vec![blocks[0].clone(), zeros(), blocks[1].clone()], 1);
                (Tensor::cat(vec![of_x, of_tanh], 0), r)
            }
            Variant::Mut2 => (Tensor::cat(vec![Tensor::eye(hidden, &device), w], 1), r),
            Variant::Mut3 => (w, r),
        };
        Weights {
            input_weight: w,
            recurrent_weight: Some(r),
            bias: self.bias.val(),
            candidate_bias: None,
            parameters: None,
        }
    }
}

impl Cell for Mut {
    fn hidden(&self) -> usize {
        self.bias.lazy_shape()[0] / 3
    }

    fn memory(&self) -> usize {
        0
    }

    fn gates(&self) -> Vec<Gate> {
        Gru::RESET_BEFORE.gates()
    }

    fn recurrent_weight(&self) -> Option<Tensor<2>> {
        self.weights().recurrent_weight
    }

    fn step(&self, x: Tensor<2>, state: &State) -> State {
        let weights = self.weights();
        let mut sums =
            self.read(x).matmul(weights.input_weight.clone()) + weights.bias.clone().unsqueeze();
        if self.variant == Variant::Mut3 {
            // The GRU adds R_z h.
            let (h, hidden) = (state.hidden.clone(), self.hidden());
            let of_update = self.recurrent_weight.val().narrow(1, hidden, hidden);
            let more = (h.clone().tanh() - h.clone()).matmul(of_update);
            sums = sums + Tensor::cat(vec![h.zeros_like(), more, h.zeros_like()], 1);
        }
        recurrent_step(&*self.gru, sums, state.clone(), &weights).0
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        from: Option<&State>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled> {
        if self.variant == Variant::Mut3 {
            return None;
        }
        let read = x.with_rows(self.read(x.rows()));
        let reverse = direction == Direction::Backward;
        let run = Run { reverse, initial: from.cloned(), probe: probe.cloned() };
        Some(Unrolled::whole(recurrent_sequence(&self.gru, &read, &self.weights(), run)))
    }
}
