//! A model's weights under PyTorch's names, in PyTorch's layout.
//!
//! A recurrent layer is `rnn.weight_ih_l0`, `rnn.weight_hh_l0`, `rnn.bias_ih_l0` and
//! `rnn.bias_hh_l0`, a higher one ends in `_l1`, one that reads backward in `_l0_reverse`: what
//! `torch.nn.RNN`, `LSTM` and `GRU` call theirs, with their order of gates, so that they take the
//! tensors behind `rnn.` where the cell is theirs. The head is `head.weight` and `head.bias`, the
//! embedding `embedding.weight`, all else has its path in the module. Weights of linear layers
//! are `[output, input]`, of convolutions `[output, input, kernel]`.
//!
//! PyTorch adds two biases of which only the sum counts. Ours goes out as `bias_ih` with a
//! `bias_hh` of zeros, but for a candidate whose product is kept apart (the GRU's n), and comes in
//! as their sum: what goes out and comes in again has the same bits.

use std::collections::{BTreeMap, BTreeSet};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use weights::Tensors;

use crate::Model;
use crate::module_path::{LayerPlace, ModulePath};

/// Why weights are not those of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct Mismatch(pub Vec<String>);

/// Which weights came from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Parameters that were given.
    pub given: usize,
    /// Names of tensors that were not, and are as they were: of head, embedding and pooling.
    pub left: Vec<String>,
}

impl Model {
    /// Its weights.
    pub fn weights(&self) -> Tensors {
        let mut collector = Collector::reading();
        self.visit(&mut collector);
        let values: Vec<_> = collector.values;
        let mut tensors = Tensors::new();
        for part in parts(&collector.slots) {
            part.put(&values, &mut tensors);
        }
        tensors
    }

    /// This model with other weights. Head, embedding and pooling may be missing among them, all
    /// of one together, and are then as they were; so may `rnn.` in front of all names of a model
    /// of recurrent layers, as it is in the `state_dict` of a `torch.nn.LSTM`.
    ///
    /// # Errors
    /// [`Mismatch`] names everything that is missing, of another shape, not finite or unknown.
    pub fn with_weights(self, tensors: &Tensors) -> Result<(Self, Taken), Mismatch> {
        let (given, taken) = self.fitting(tensors)?;
        let mut giver = Giver { given: given.into_iter() };
        Ok((self.map(&mut giver), taken))
    }

    /// Whether [`Self::with_weights`] would take these, and which; also of a model without
    /// weights.
    ///
    /// # Errors
    /// As that.
    pub fn would_take(&self, tensors: &Tensors) -> Result<Taken, Mismatch> {
        self.fitting(tensors).map(|(_, taken)| taken)
    }

    fn fitting(&self, tensors: &Tensors) -> Result<(Given, Taken), Mismatch> {
        let mut collector = Collector::shapes();
        self.visit(&mut collector);
        let slots = collector.slots;
        let tensors = &with_prefix(tensors);
        let absent: Vec<_> = OPTIONAL
            .into_iter()
            .filter(|prefix| !tensors.keys().any(|name| name.starts_with(prefix)))
            .collect();
        let mut taken = Taken { given: 0, left: vec![] };
        let mut given: Given = vec![None; slots.len()];
        let mut problems = Vec::new();
        let mut known = BTreeSet::new();
        for part in parts(&slots) {
            let names = part.names();
            if absent.iter().any(|prefix| names[0].0.starts_with(prefix)) {
                taken.left.extend(names.into_iter().map(|(name, _)| name));
                continue;
            }
            let faults: Vec<_> = names
                .iter()
                .filter_map(|(name, shape)| fault(name, shape, tensors.get(name)))
                .collect();
            if faults.is_empty() {
                part.take(tensors, &mut given);
            }
            problems.extend(faults);
            known.extend(names.into_iter().map(|(name, _)| name));
        }
        for name in tensors.keys().filter(|name| !known.contains(*name)) {
            problems.push(format!("the model has no \"{name}\""));
        }
        if problems.is_empty() {
            taken.given = given.iter().flatten().map(Vec::len).sum();
            Ok((given, taken))
        } else {
            Err(Mismatch(problems))
        }
    }
}

/// New values of each parameter, in the order of the module; `None` where it is left as it is.
type Given = Vec<Option<Vec<f32>>>;

/// What the names of parts begin with that weights may be without.
const OPTIONAL: [&str; 3] = ["head.", "embedding.", "pooling."];
/// The recurrent layers of a model.
const RNN: &str = "rnn.";

/// The tensors with `rnn.` in front of the names that a bare `torch.nn.LSTM` gives, unless there
/// are such names.
fn with_prefix(tensors: &Tensors) -> BTreeMap<String, &weights::Tensor> {
    let has_prefix = tensors.keys().any(|name| name.starts_with(RNN));
    let named = |name: &String| {
        let bare = name.starts_with("weight_") || name.starts_with("bias_");
        if bare && !has_prefix { format!("{RNN}{name}") } else { name.clone() }
    };
    tensors.iter().map(|(name, tensor)| (named(name), tensor)).collect()
}

fn fault(name: &str, shape: &[usize], tensor: Option<&&weights::Tensor>) -> Option<String> {
    let Some(tensor) = tensor else {
        return Some(format!("\"{name}\" {shape:?} is missing"));
    };
    if tensor.shape != shape {
        return Some(format!("\"{name}\" is {:?}, not {shape:?}", tensor.shape));
    }
    let is_finite = tensor.values.iter().all(|value| value.is_finite());
    (!is_finite).then(|| format!("\"{name}\" has a value that is not finite"))
}

/// One parameter of the module.
struct Slot {
    /// Names of the modules that it is in, without those of enums' variants, and its own.
    path: Vec<String>,
    /// The type that it is a field of.
    of: String,
    shape: Vec<usize>,
}

/// Visits the parameters, in the order of the module.
struct Collector {
    slots: Vec<Slot>,
    /// Those of each slot, unless only shapes are asked for.
    values: Vec<Vec<f32>>,
    reads: bool,
    path: ModulePath,
}

impl Collector {
    fn reading() -> Self {
        Self { slots: vec![], values: vec![], reads: true, path: ModulePath::default() }
    }

    fn shapes() -> Self {
        Self { reads: false, ..Self::reading() }
    }
}

impl ModuleVisitor for Collector {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.slots.push(Slot {
            path: self.path.names(),
            of: self.path.of().to_owned(),
            shape: param.lazy_shape().to_vec(),
        });
        if self.reads {
            let values = param.val().into_data().try_to_vec().expect("weights are f32");
            self.values.push(values);
        }
    }

    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.exit();
    }
}

/// Gives each parameter, in the order of the module, its new values, or leaves it.
struct Giver {
    given: std::vec::IntoIter<Option<Vec<f32>>>,
}

impl ModuleMapper for Giver {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.given.next().flatten() {
            None => param,
            Some(values) => param.map(|old| {
                let required = old.is_require_grad();
                let data = TensorData::new(values, old.shape());
                Tensor::from_data(data, &old.device()).set_require_grad(required)
            }),
        }
    }
}

/// Parameters that become tensors together, by their places among the slots.
enum Part<'a> {
    /// One tensor, with its two axes changed over or not.
    Alone { slot: usize, name: String, shape: &'a [usize], turned: bool },
    /// The biases of a recurrent layer: b, and c, as long as `apart`, of a candidate that is kept
    /// apart.
    Biases {
        bias: usize,
        candidate: Option<usize>,
        ih: String,
        hh: Option<String>,
        shape: &'a [usize],
        apart: usize,
    },
}

/// The parts of a module, in its order.
fn parts(slots: &[Slot]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for (slot, Slot { path, of, shape }) in slots.iter().enumerate() {
        let (field, around) = path.split_last().expect("a parameter is a field");
        let own = |field: &str| {
            slots.iter().position(|it| it.path == [around, &[field.to_owned()]].concat())
        };
        let plain = |name: &str| [around.to_vec(), vec![name.to_owned()]].concat().join(".");
        let (name, turned) = match (of.as_str(), field.as_str()) {
            ("Linear", "weight") => (plain(field), true),
            ("LayerNorm", "gamma") => (plain("weight"), false),
            ("LayerNorm", "beta") => (plain("bias"), false),
            ("FusedCell" | "Mut" | "MLstm", "input_weight") => (of_cell(around, "weight_ih"), true),
            ("FusedCell" | "Mut", "recurrent_weight") => (of_cell(around, "weight_hh"), true),
            ("FusedCell", "parameters") => (of_cell(around, "parameters"), false),
            ("FusedCell", "candidate_bias") => continue,
            ("FusedCell", "bias") => {
                let hh = own("recurrent_weight").map(|_| of_cell(around, "bias_hh"));
                let (candidate, ih) = (own("candidate_bias"), of_cell(around, "bias_ih"));
                let apart = candidate.map_or(0, |candidate| slots[candidate].shape[0]);
                parts.push(Part::Biases { bias: slot, candidate, ih, hh, shape, apart });
                continue;
            }
            ("Mut", "projection") => (of_cell(around, "weight_px"), true),
            ("Mut" | "MLstm", "bias") => (of_cell(around, "bias_ih"), false),
            ("FullGateRecurrence", "gate_weight") => (of_cell(around, "weight_gg"), true),
            _ => (plain(field), false),
        };
        parts.push(Part::Alone { slot, name, shape, turned });
    }
    parts
}

/// The name of a tensor of the recurrent layer at `around`: `rnn.weight_ih_l1_reverse`.
fn of_cell(around: &[String], what: &str) -> String {
    let LayerPlace { around, index, backward } = LayerPlace::of(around);
    let front = if around == ["encoder"] { RNN.to_owned() } else { around.join(".") + "." };
    format!("{front}{what}_l{index}{}", if backward { "_reverse" } else { "" })
}

impl Part<'_> {
    /// Names and shapes of its tensors.
    fn names(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Self::Alone { name, shape, turned, .. } => {
                let mut shape = shape.to_vec();
                if *turned {
                    shape.reverse();
                }
                vec![(name.clone(), shape)]
            }
            Self::Biases { ih, hh, shape, .. } => {
                std::iter::once(ih).chain(hh).map(|name| (name.clone(), shape.to_vec())).collect()
            }
        }
    }

    /// Puts its tensors among the others.
    fn put(&self, values: &[Vec<f32>], tensors: &mut Tensors) {
        let mut tensor = |(name, shape): (String, Vec<usize>), values| {
            tensors.insert(name, weights::Tensor { shape, values });
        };
        let mut names = self.names().into_iter();
        let Some(first) = names.next() else { return };
        match *self {
            Self::Alone { slot, shape, turned, .. } => {
                let values = &values[slot];
                tensor(first, if turned { turn(values, shape) } else { values.clone() });
            }
            Self::Biases { bias, candidate, .. } => {
                let bias = &values[bias];
                tensor(first, bias.clone());
                let Some(second) = names.next() else { return };
                let candidate = candidate.map_or(&[][..], |candidate| &values[candidate]);
                let mut other = vec![0.0; bias.len() - candidate.len()];
                other.extend(candidate);
                tensor(second, other);
            }
        }
    }

    /// Takes its parameters out of tensors whose shapes are right.
    fn take(&self, tensors: &BTreeMap<String, &weights::Tensor>, given: &mut [Option<Vec<f32>>]) {
        let names = self.names();
        let values = |at: usize| &tensors[&names[at].0].values;
        match *self {
            Self::Alone { slot, turned, .. } => {
                let values = values(0);
                given[slot] = Some(if turned { turn(values, &names[0].1) } else { values.clone() });
            }
            Self::Biases { bias, candidate, apart, .. } => {
                let mut sums = values(0).clone();
                if names.len() > 1 {
                    let (other, apart) = values(1).split_at(sums.len() - apart);
                    for (sum, other) in sums.iter_mut().zip(other) {
                        *sum += other;
                    }
                    if let Some(candidate) = candidate {
                        given[candidate] = Some(apart.to_vec());
                    }
                }
                given[bias] = Some(sums);
            }
        }
    }
}

/// A matrix of the given shape with its axes changed over.
fn turn(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let [rows, columns] = *shape else { unreachable!("only matrices are turned") };
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}
