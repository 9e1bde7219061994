//! Pooling against plain loops over the steps, in every architecture.

mod draws;

use architectures::{
    ARCHITECTURES, ArchitectureError, Initializer, Model, Padded, Places, PoolingKind, Reads,
    Sequences, Spec,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, json};

use crate::draws::uniform;

const INPUT: usize = 3;
const OUTPUTS: usize = 2;
const LENGTHS: [usize; 3] = [4, 6, 1];
const KINDS: [PoolingKind; 4] =
    [PoolingKind::Last, PoolingKind::Mean, PoolingKind::Max, PoolingKind::Attention];

fn build(name: &str, pooling: PoolingKind, device: &Device) -> Result<Model, ArchitectureError> {
    build_with(name, &[], pooling, device)
}

fn build_with(
    name: &str,
    changes: &[(&str, Value)],
    pooling: PoolingKind,
    device: &Device,
) -> Result<Model, ArchitectureError> {
    let mut options = schema::defaults(architectures::find(name).unwrap().keys);
    options.extend(changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    let spec =
        Spec { input: INPUT, frame: None, max_steps: 9, hidden: 8, readout: pooling.readout() };
    let mut draw = uniform(7);
    let mut init = Initializer::new(&mut draw, device);
    Model::build(name, &spec, Reads::Vectors, pooling, OUTPUTS, &options, &mut init)
}

/// Sequences of [`LENGTHS`] in `steps` steps, with `waste` at padding.
fn padded(steps: usize, waste: f32, device: &Device) -> Padded {
    let mut next = uniform(7);
    let numbers: Vec<f32> = (0..LENGTHS.len() * 6 * INPUT).map(|_| next() - 0.5).collect();
    let value = |row: usize, step: usize, channel: usize| {
        if step < LENGTHS[row] { numbers[(row * 6 + step) * INPUT + channel] } else { waste }
    };
    let values: Vec<f32> = (0..LENGTHS.len())
        .flat_map(|row| (0..steps).map(move |step| (row, step)))
        .flat_map(|(row, step)| (0..INPUT).map(move |channel| (row, step, channel)))
        .map(|(row, step, channel)| value(row, step, channel))
        .collect();
    let shape = [LENGTHS.len(), steps, INPUT];
    let values = Tensor::from_data(TensorData::new(values, shape), device);
    Padded::new(values, LENGTHS.to_vec()).unwrap()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn each_kind_is_what_its_equation_says() {
    let device = Device::flex();
    for entry in ARCHITECTURES {
        for kind in &KINDS[1..] {
            let model = build(entry.name, *kind, &device).unwrap();
            let x = padded(6, 0.0, &device);
            let steps = model.encoder.steps(&x);
            let width = model.encoder.width();
            let pooled = numbers(model.pooling.pool(&model.encoder, &x));
            let hidden = numbers(steps.values().clone());
            for (row, &length) in LENGTHS.iter().enumerate() {
                let at = |step: usize| &hidden[(row * 6 + step) * width..][..width];
                let weights = match kind {
                    PoolingKind::Attention => {
                        attention(&model, &(0..length).map(at).collect::<Vec<_>>())
                    }
                    _ => vec![1.0 / length as f64; length],
                };
                for unit in 0..width {
                    let own = (0..length).map(|step| f64::from(at(step)[unit]));
                    let expected = match kind {
                        PoolingKind::Max => own.fold(f64::NEG_INFINITY, f64::max),
                        _ => own.zip(&weights).map(|(value, weight)| value * weight).sum(),
                    };
                    let found = f64::from(pooled[row * width + unit]);
                    assert!(
                        (found - expected).abs() < 1e-5,
                        "{}, {kind:?}: {found} {expected}",
                        entry.name
                    );
                }
            }
        }
    }
}

/// softmaxₜ(wᵀ tanh(V hₜ + b) + c), by loops.
fn attention(model: &Model, steps: &[&[f32]]) -> Vec<f64> {
    let record: std::collections::HashMap<String, Vec<f32>> = parameters(model);
    let get = |name: &str| &record[name];
    let (v, b) = (get("projection.weight"), get("projection.bias"));
    let (w, c) = (get("score.weight"), get("score.bias"));
    let width = steps[0].len();
    let score = |h: &&[f32]| {
        let unit = |to: usize| {
            let sum: f64 =
                (0..width).map(|from| f64::from(h[from]) * f64::from(v[from * width + to])).sum();
            (sum + f64::from(b[to])).tanh() * f64::from(w[to])
        };
        (0..width).map(unit).sum::<f64>() + f64::from(c[0])
    };
    let scores: Vec<f64> = steps.iter().map(|step| score(step).exp()).collect();
    let total: f64 = scores.iter().sum();
    scores.into_iter().map(|score| score / total).collect()
}

/// The weights of the pooling by name.
fn parameters(model: &Model) -> std::collections::HashMap<String, Vec<f32>> {
    struct Collect(Vec<String>, std::collections::HashMap<String, Vec<f32>>);
    impl burn::module::ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.0.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.0.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
            self.1.insert(self.0.join("."), numbers(param.val()));
        }
    }
    let mut collect = Collect(Vec::new(), std::collections::HashMap::new());
    model.pooling.visit(&mut collect);
    collect.1
}

#[test]
fn padding_changes_no_bit() {
    let device = Device::flex();
    let defaults = ARCHITECTURES.iter().map(|entry| (entry.name, Vec::new()));
    // These shorten the sequence before it is pooled.
    let short = [("stride", json!(2)), ("pool", json!(2)), ("normalize", json!("layer"))];
    let beside = [("pool", json!(2)), ("form", json!("parallel"))];
    let shortened = [("cnn_rnn", short.to_vec()), ("cnn_rnn", beside.to_vec())];
    for (name, changes) in defaults.chain(shortened) {
        for kind in KINDS {
            let model = build_with(name, &changes, kind, &device).unwrap();
            let output = |steps: usize, waste: f32| {
                let x = Sequences::Vectors(padded(steps, waste, &device));
                numbers(model.forward(&x, &Places::Sequences))
            };
            let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            let expected = bits(output(6, 0.0));
            assert_eq!(bits(output(9, 0.0)), expected, "{name} {changes:?}, {kind:?}: more");
            assert_eq!(bits(output(9, 3.5)), expected, "{name} {changes:?}, {kind:?}: other");
        }
    }
}

/// Counts the weights whose gradient is not zero.
struct Check<'a>(&'a burn::optim::GradientsParams, usize);

impl burn::module::ModuleVisitor for Check<'_> {
    fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
        let gradient = self.0.get::<D>(param.id).expect("a gradient");
        let sum: f32 = gradient.abs().sum().into_scalar();
        assert!(sum.is_finite());
        self.1 += usize::from(sum > 0.0);
    }
}

#[test]
fn gradients_are_numbers_and_reach_the_weights() {
    let device = Device::flex().autodiff();
    for entry in ARCHITECTURES {
        for kind in KINDS {
            let model = build(entry.name, kind, &device).unwrap();
            let x = Sequences::Vectors(padded(7, 0.0, &device));
            let loss = model.forward(&x, &Places::Sequences).square().sum();
            let mut gradients = loss.backward();
            let gradients = burn::optim::GradientsParams::from_module(&mut gradients, &model);
            let mut check = Check(&gradients, 0);
            model.visit(&mut check);
            assert!(check.1 >= 4, "{}, {kind:?}: {} weights learn", entry.name, check.1);
        }
    }
}
