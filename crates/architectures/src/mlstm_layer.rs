//! The layer of [`mlstm`](crate::mlstm), step by step; all steps at once are `mlstm_parallel`.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use kernels::{Activation, Padded, Probe, State};

use crate::Initializer;
use crate::cell::Cell;
use crate::exponential_gating::ForgetGate;
use crate::initial_weights::InitialWeights;
use crate::initializer::within;
use crate::mlstm_parallel::{Told, last_memory, parallel};
use crate::unrolled::{Direction, Unrolled};

/// The layer. What it carries is h, then the rows of C that each number of k writes, `[d, hidden]` of
/// all heads, then n, then m, the same for all units of a head.
#[derive(Module, Debug)]
pub struct MLstm {
    /// W of q, k, v, o, i, f side by side, `[input, 4·hidden + 2·heads]`.
    pub input_weight: Param<Tensor<2>>,
    /// b of the same.
    pub bias: Param<Tensor<1>>,
    heads: usize,
    #[module(skip)]
    forget_gate: ForgetGate,
}

impl MLstm {
    /// With new weights, a forget gate, and what is added to its bias.
    pub fn build(
        heads: usize,
        (forget_gate, forget_bias): (ForgetGate, f32),
        [input, hidden]: [usize; 2],
        weights: InitialWeights,
        init: &mut Initializer,
    ) -> Self {
        let width = 4 * hidden + 2 * heads;
        let bound = 1.0 / (hidden as f32).sqrt();
        let input_weight = init.made([input, width], |draw| {
            // Each row holds four blocks as wide as the hidden state, then the gates of the heads.
            let blocks = weights.input([input, hidden], 4, draw);
            let gates = within(bound, input * 2 * heads, draw);
            let rows = blocks.chunks(4 * hidden).zip(gates.chunks(2 * heads));
            rows.flat_map(|(blocks, gates)| [blocks, gates].concat()).collect()
        });
        let bias = init.made([width], |draw| {
            let mut bias = within(bound, width, draw);
            for forget in &mut bias[width - heads..] {
                *forget += forget_bias;
            }
            bias
        });
        Self { input_weight, bias, heads, forget_gate }
    }

    /// Heads, and the width d of each.
    fn heads(&self) -> [usize; 2] {
        [self.heads, self.hidden() / self.heads]
    }

    /// What rows of x tell of themselves: all that the memory is asked and given, and o.
    fn told(&self, x: Tensor<2>) -> Told {
        let rows =
            kernels::linear(x, self.input_weight.val(), self.bias.val(), Activation::Identity);
        Told { rows, heads: self.heads(), forget_gate: self.forget_gate }
    }

    /// The same number for all units of a head: `[batch, heads]` to `[batch, hidden]`.
    fn for_units(&self, of_heads: Tensor<2>) -> Tensor<2> {
        let ([batch, _], [heads, head]) = (of_heads.dims(), self.heads());
        let wide = of_heads.unsqueeze_dim::<3>(2).expand([batch, heads, head]);
        wide.reshape([batch, heads * head])
    }

    /// The sum over the units of each head, for all of them.
    fn over_heads(&self, of_units: Tensor<2>) -> Tensor<2> {
        let ([batch, _], [heads, head]) = (of_units.dims(), self.heads());
        let by_head = of_units.reshape([batch, heads, head]);
        self.for_units(by_head.sum_dim(2).squeeze_dim(2))
    }

    /// The `index`-th number of each head, for all units of it.
    fn number(&self, index: usize, of_units: &Tensor<2>) -> Tensor<2> {
        let ([batch, _], [heads, head]) = (of_units.dims(), self.heads());
        let by_head = of_units.clone().reshape([batch, heads, head]);
        self.for_units(by_head.narrow(2, index, 1).squeeze_dim(2))
    }
}

impl Cell for MLstm {
    fn hidden(&self) -> usize {
        (self.bias.lazy_shape()[0] - 2 * self.heads) / 4
    }

    fn memory(&self) -> usize {
        self.heads()[1] + 2
    }

    /// C is written by a key and read by a query.
    fn beside_weights(&self) -> u64 {
        (2 * self.hidden() * self.heads()[1]) as u64
    }

    fn step(&self, x: Tensor<2>, state: &State) -> State {
        let (told, output) = self.told(x).apart();
        let (rows, rest) = state.memory.split_at(self.heads()[1]);
        let [normaliser, largest] = rest else { unreachable!("n and m") };
        let input = self.for_units(told.input);
        let kept = self.for_units(told.log_forget) + self.number(0, largest);
        // No number that is read depends on m.
        let next = kept.clone().max_pair(input.clone()).detach();
        let (forget, input) = ((kept - next.clone()).exp(), (input - next.clone()).exp());
        let written = input.clone() * told.value;
        let mut memory: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                forget.clone() * row.clone() + written.clone() * self.number(at, &told.key)
            })
            .collect();
        let normaliser = forget * normaliser.clone() + input * told.key;
        let read =
            memory.iter().enumerate().map(|(at, row)| row.clone() * self.number(at, &told.query));
        let read = read.reduce(|sum, part| sum + part).expect("a head has a unit");
        let divisor = self.over_heads(normaliser.clone() * told.query).abs();
        let hidden = output * read / divisor.max_pair(next.clone().neg().exp());
        memory.extend([normaliser, next]);
        State { hidden, memory }
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        from: Option<&State>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled> {
        let read = direction.turned(x.clone().zero_padding());
        let told = self.told(read.rows());
        let mut hidden = direction.turned(read.with_rows(parallel(&told, &read, from)));
        if let Some(probe) = probe {
            hidden = hidden.with_values(hidden.values().clone() + probe.zeros().clone());
        }
        let last = match direction {
            Direction::Forward => hidden.at_last_valid(),
            Direction::Backward => hidden.values().clone().narrow(1, 0, 1).squeeze_dim(1),
        };
        let hidden = hidden.zero_padding().values().clone();
        let from = from.cloned();
        let memory = move || last_memory(&told, &read, from.as_ref());
        Some(Unrolled::whole_without_memory(hidden, last, memory))
    }
}
