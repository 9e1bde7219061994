//! A recurrence with its loss: run in one of the two ways, with all outputs and gradients.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use kernels::{
    CellKernel, Padded, Probe, Run, RunOutput, State, Weights, recurrent_sequence, reference,
};
use recurrence::{Candidate, Shape};

use crate::Kind;

/// Tensors by name, row-major. Every f32 is exact as f64.
pub type Tensors = BTreeMap<String, Vec<f64>>;

/// As a user calls it, or by the definition.
pub type Way = fn(&Arc<dyn CellKernel>, &Padded, &Weights, Run) -> RunOutput;
pub const KERNEL: Way = recurrent_sequence;
pub const REFERENCE: Way = reference::recurrent_sequence;

/// Names are those of `goldens/make_goldens.py`.
#[derive(Debug, Clone)]
pub struct Case {
    pub kind: Kind,
    /// Batch, steps, input, hidden.
    pub sizes: [usize; 4],
    pub lengths: Vec<usize>,
    pub reverse: bool,
    pub inputs: Tensors,
    /// Weights of the outputs in the loss; one that is not there is no part of it.
    pub loss: Tensors,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub outputs: Tensors,
    pub gradients: Tensors,
}

/// Numbers that depend on the seed alone (splitmix64).
struct Draw(u64);

impl Draw {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In [-1, 1), exact in f32.
    fn number(&mut self) -> f64 {
        (self.bits() >> 40) as f64 / f64::from(1 << 23) - 1.0
    }
}

impl Case {
    /// Lengths are drawn if `ragged`. Padding is filled like everything else.
    pub fn new(kind: Kind, sizes: [usize; 4], ragged: bool, reverse: bool, seed: u64) -> Self {
        let draw = &mut Draw(seed);
        let [batch, steps, _, hidden] = sizes;
        let length = |draw: &mut Draw| 1 + draw.bits() as usize % steps;
        let lengths = (0..batch).map(|_| if ragged { length(draw) } else { steps }).collect();
        let mut case =
            Self { kind, sizes, lengths, reverse, inputs: Tensors::new(), loss: Tensors::new() };
        let scale = f64::from(1.5 / (hidden as f32).sqrt());
        let mut drawn = |name: &str, scale: f64| {
            let count = case.shape(name).iter().product();
            let number = |_| f64::from((draw.number() * scale) as f32);
            (name.to_owned(), (0..count).map(number).collect())
        };
        let Shape { recurrent, candidate, memory, parameters, .. } = kind.cell().shape();
        let mut inputs = vec![drawn("x", 1.0), drawn("W", scale)];
        inputs.extend(recurrent.then(|| drawn("R", scale)));
        inputs.extend([drawn("b", 1.0), drawn("h0", 1.0)]);
        inputs.extend((candidate == Candidate::Apart).then(|| drawn("c", 1.0)));
        inputs.extend((memory > 0).then(|| drawn("c0", 1.0)));
        inputs.extend((parameters > 0).then(|| drawn("p", 1.0)));
        let mut loss = vec![drawn("hidden", 1.0), drawn("last_hidden", 1.0)];
        loss.extend((memory > 0).then(|| drawn("last_cell", 1.0)));
        case.inputs.extend(inputs);
        case.loss.extend(loss);
        case
    }

    fn shape(&self, name: &str) -> Vec<usize> {
        let [batch, steps, input, hidden] = self.sizes;
        let Shape { gates, parameters, .. } = self.kind.cell().shape();
        let width = gates * hidden;
        match name {
            "x" => vec![batch, steps, input],
            "W" => vec![input, width],
            "R" => vec![hidden, width],
            "b" => vec![width],
            "c" => vec![hidden],
            "p" => vec![parameters * hidden],
            "h0" | "c0" | "last_hidden" | "last_cell" => vec![batch, hidden],
            "hidden" => vec![batch, steps, hidden],
            _ => panic!("no tensor is called {name}"),
        }
    }

    /// One input or weight of the loss as a tensor, if the case has it.
    fn tensor<const D: usize>(
        &self,
        tensors: &Tensors,
        name: &str,
        device: &Device,
        dtype: DType,
    ) -> Option<Tensor<D>> {
        let elements = tensors.get(name)?.clone();
        let shape: [usize; D] = self.shape(name).try_into().expect("as many axes");
        let data = TensorData::new(elements, shape).convert_dtype(dtype);
        Some(Tensor::from_data(data, (device, dtype)))
    }

    /// All outputs, and the gradients by all inputs; with a probe also gates and the
    /// gradients by the hidden states. `device` has autodiff.
    pub fn run(&self, way: Way, device: &Device, dtype: DType, probed: bool) -> Outcome {
        let matrix = |name| {
            let tensor: Option<Tensor<2>> = self.tensor(&self.inputs, name, device, dtype);
            tensor.map(Tensor::require_grad)
        };
        let vector = |name| {
            let tensor: Option<Tensor<1>> = self.tensor(&self.inputs, name, device, dtype);
            tensor.map(Tensor::require_grad)
        };
        let given = "every case has it";
        let x = self.tensor::<3>(&self.inputs, "x", device, dtype).expect(given).require_grad();
        let x = Padded::new(x, self.lengths.clone()).expect("a batch");
        let weights = Weights {
            input_weight: matrix("W").expect(given),
            recurrent_weight: matrix("R"),
            bias: vector("b").expect(given),
            candidate_bias: vector("c"),
            parameters: vector("p"),
        };
        let memory = matrix("c0").into_iter().collect();
        let initial = State { hidden: matrix("h0").expect(given), memory };
        let probe = probed.then(|| Probe::new(&x, self.sizes[3]));

        let run =
            Run { reverse: self.reverse, initial: Some(initial.clone()), probe: probe.clone() };
        let output = way(&self.kind.cell(), &x, &weights, run);
        assert_eq!(output.gates.is_some(), probed);
        assert_eq!(output.last.memory.len(), self.kind.cell().shape().memory);

        let last_cell = output.last.memory.first().cloned();
        let states = [("last_hidden", Some(output.last.hidden.clone())), ("last_cell", last_cell)];
        let weight = self.tensor::<3>(&self.loss, "hidden", device, dtype);
        let of_hidden = weight.map(|weight| (output.hidden.clone() * weight).sum());
        let of_state = |(name, state): (&str, Option<Tensor<2>>)| {
            let weight = self.tensor::<2>(&self.loss, name, device, dtype)?;
            Some((state.expect(given) * weight).sum())
        };
        let terms = of_hidden.into_iter().chain(states.clone().into_iter().filter_map(of_state));
        let gradients = terms.reduce(|sum, term| sum + term).expect(given).backward();

        let mut outputs = Tensors::from([("hidden".into(), numbers(output.hidden.clone()))]);
        outputs.extend(output.gates.map(|gates| ("gates".into(), numbers(gates))));
        for (name, state) in states {
            outputs.extend(state.map(|state| (name.into(), numbers(state))));
        }
        let Weights { input_weight, recurrent_weight, bias, candidate_bias, parameters } = weights;
        let of_x = x.values().grad(&gradients).map(numbers);
        let of_hidden = probe.map(|probe| probe.hidden_gradient(&gradients).map(numbers));
        let of_matrix = |matrix: Tensor<2>| matrix.grad(&gradients).map(numbers);
        let of_vector = |vector: Tensor<1>| vector.grad(&gradients).map(numbers);
        let of = [
            ("x", Some(of_x)),
            ("W", Some(of_matrix(input_weight))),
            ("R", recurrent_weight.map(of_matrix)),
            ("b", Some(of_vector(bias))),
            ("c", candidate_bias.map(of_vector)),
            ("p", parameters.map(of_vector)),
            ("h0", Some(of_matrix(initial.hidden))),
            ("c0", initial.memory.first().cloned().map(of_matrix)),
            ("hidden", of_hidden),
        ];
        // What the case does not have is left out; what it has, has a gradient.
        let of = of.into_iter().filter_map(|(name, of)| of.map(|of| (name, of)));
        let gradients =
            of.map(|(name, of)| (name.to_owned(), of.unwrap_or_else(|| panic!("none of {name}"))));
        Outcome { outputs, gradients: gradients.collect() }
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec().expect("numbers")
}

impl Outcome {
    /// Fails unless both are the same but for rounding: as a part of the largest finite
    /// element of a tensor, at least 1.
    pub fn assert_near(&self, expected: &Self, [output, gradient]: [f64; 2]) {
        assert_near(&self.outputs, &expected.outputs, output, "output");
        assert_near(&self.gradients, &expected.gradients, gradient, "gradient");
    }

    /// Every number as its bits, so that −0 is not 0.
    pub fn bits(&self) -> Vec<u64> {
        let all = self.outputs.values().chain(self.gradients.values());
        all.flatten().map(|number| number.to_bits()).collect()
    }
}

fn assert_near(actual: &Tensors, expected: &Tensors, tolerance: f64, what: &str) {
    assert!(actual.keys().eq(expected.keys()), "{:?} {:?}", actual.keys(), expected.keys());
    for ((name, actual), expected) in actual.iter().zip(expected.values()) {
        assert_eq!(actual.len(), expected.len(), "{what} {name}");
        let finite = expected.iter().filter(|number| number.is_finite());
        let scale = finite.fold(1.0_f64, |scale, number| scale.max(number.abs()));
        for (i, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
            let near = (actual - expected).abs() <= tolerance * scale
                || actual.is_nan() && expected.is_nan()
                || actual.to_bits() == expected.to_bits(); // infinities
            assert!(near, "{what} {name}[{i}]: {actual} instead of {expected}");
        }
    }
}
