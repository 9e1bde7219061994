//! What every registered architecture must satisfy: its table and its type agree, it has
//! the parameters that its equations say, and its gradients are those of its function.

use architectures::{ARCHITECTURES, Initializer, Model, Padded, Readout, Spec, find};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use schema::{Kind, Options};
use serde_json::{Value, json};

const INPUT: usize = 3;
const HIDDEN: usize = 4;
const OUTPUTS: usize = 2;
const LENGTHS: [usize; 5] = [4, 7, 2, 6, 5];

fn spec(readout: Readout) -> Spec {
    Spec { input: INPUT, max_steps: 7, hidden: HIDDEN, readout }
}

/// Uniform in [0, 1), the same every time.
fn uniform() -> impl FnMut() -> f32 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    }
}

/// Options that differ from their defaults.
type Changes<'a> = &'a [(&'a str, Value)];

fn options(name: &str, changes: Changes) -> Options {
    let mut options = schema::defaults(find(name).unwrap().keys);
    options.extend(changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    options
}

fn build(name: &str, options: &Options, readout: Readout, device: &Device) -> Model {
    let mut uniform = uniform();
    let mut init = Initializer::new(&mut uniform, device);
    Model::build(name, &spec(readout), OUTPUTS, options, &mut init).unwrap()
}

/// Small options, so that every architecture fits the small sizes here.
fn small(name: &str) -> Vec<(&'static str, Value)> {
    match name {
        "cnn_rnn" => vec![("filters", json!(5)), ("kernel", json!(3))],
        "rnn_transformer" => vec![("heads", json!(2))],
        _ => vec![],
    }
}

/// Every architecture with its defaults and with each word of each option.
fn every_variant() -> Vec<(&'static str, Options)> {
    let mut variants = Vec::new();
    for entry in ARCHITECTURES {
        variants.push((entry.name, options(entry.name, &small(entry.name))));
        for key in entry.keys {
            let Kind::OneOf(choices) = key.kind else { continue };
            for choice in choices {
                let mut changes = small(entry.name);
                changes.push((key.name, json!(choice.word)));
                variants.push((entry.name, options(entry.name, &changes)));
            }
        }
    }
    variants
}

#[test]
fn the_parameters_are_those_of_the_equations() {
    // Without the head; input 3, hidden 4. A gate has 3·4 + 4·4 + 4 = 32.
    let expected: [(&str, Changes, usize); 19] = [
        ("vanilla", &[], 32),
        ("vanilla", &[("activation", json!("relu"))], 32),
        ("lstm", &[], 4 * 32),
        ("lstm", &[("forget_gate", json!("coupled-to-input"))], 3 * 32),
        ("lstm", &[("forget_gate", json!("always-one"))], 3 * 32),
        ("lstm", &[("input_gate", json!("always-one"))], 3 * 32),
        ("lstm", &[("output_gate", json!("always-one"))], 3 * 32),
        ("gru", &[], 3 * 32 + 4),
        ("gru", &[("reset_gate", json!("before-product"))], 3 * 32),
        ("gru", &[("reset_gate", json!("always-one"))], 2 * 32),
        // The second layer's gates have 4·4 + 4·4 + 4 = 36.
        ("stacked", &[], 4 * 32 + 4 * 36),
        ("stacked", &[("layers", json!(3))], 4 * 32 + 8 * 36),
        ("stacked", &[("cell", json!("vanilla")), ("layers", json!(1))], 32),
        ("bidirectional", &[("cell", json!("gru"))], 2 * (3 * 32 + 4)),
        // 3·5·3 + 5, 5·5·3 + 5, then gates of 5·4 + 4·4 + 4 = 40.
        ("cnn_rnn", &[("filters", json!(5)), ("kernel", json!(3))], 50 + 80 + 4 * 40),
        // Norms 3·8, four projections of 4·4 + 4, feed-forward 4·16 + 16 + 16·4 + 4.
        ("rnn_transformer", &[("heads", json!(2))], 4 * 32 + 24 + 80 + 148),
        ("rnn_transformer", &[("heads", json!(2)), ("blocks", json!(2))], 128 + 40 + 160 + 296),
        ("feed_forward", &[], 6 * 4 + 4 + 20),
        ("feed_forward", &[("view", json!("flattened"))], 21 * 4 + 4 + 20),
    ];
    for entry in ARCHITECTURES {
        assert!(expected.iter().any(|(name, ..)| *name == entry.name), "{}", entry.name);
    }
    let device = Device::flex();
    for (name, changes, parameters) in expected {
        let model = build(name, &options(name, changes), Readout::WholeSequence, &device);
        assert_eq!(model.encoder.num_params(), parameters, "{name} {changes:?}");
        let head = (model.encoder.width() + 1) * OUTPUTS;
        assert_eq!(model.num_params(), parameters + head, "{name} {changes:?}");
    }
}

fn batch(device: &Device) -> Padded {
    let mut uniform = uniform();
    let values = (0..5 * 7 * INPUT).map(|_| 2.0 * uniform() - 1.0).collect::<Vec<_>>();
    let values = Tensor::from_data(TensorData::new(values, [5, 7, INPUT]), device);
    Padded::new(values, LENGTHS.to_vec()).unwrap().zero_padding()
}

/// A smooth function of all outputs.
fn objective(model: &Model, x: &Padded, readout: Readout) -> Tensor<1> {
    let output = match readout {
        Readout::WholeSequence => model.forward(x).unsqueeze_dim::<3>(1),
        Readout::EveryStep => model.forward_steps(x) * x.mask(),
    };
    (output.clone() * 0.3 + output.square()).sum()
}

/// The `index`-th element's part of a fixed direction in the space of all parameters.
fn direction(index: usize) -> f32 {
    (index as f32 * 0.37 + 0.2).sin()
}

struct Along {
    step: f32,
    seen: usize,
}

impl ModuleMapper for Along {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let size = value.shape().num_elements();
        let moves = (self.seen..self.seen + size).map(|i| self.step * direction(i));
        let moves = TensorData::new(moves.collect::<Vec<_>>(), value.shape());
        self.seen += size;
        let moved = value.clone() + Tensor::from_data(moves, &value.device());
        Param::from_mapped_value(id, moved, mapper)
    }
}

struct Slope<'a> {
    gradients: &'a GradientsParams,
    seen: usize,
    sum: f64,
}

impl ModuleVisitor for Slope<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let size = param.val().shape().num_elements();
        let gradient = self.gradients.get::<D>(param.id).expect("every parameter is used");
        let gradient = gradient.into_data().try_to_vec::<f32>().unwrap();
        let along = (self.seen..).zip(gradient).map(|(i, g)| f64::from(g * direction(i)));
        self.sum += along.sum::<f64>();
        self.seen += size;
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let device = Device::flex();
    let step = 2e-3;
    for (name, options) in every_variant() {
        for readout in [Readout::WholeSequence, Readout::EveryStep] {
            let model = build(name, &options, readout, &device.clone().autodiff());
            let x = batch(&device.clone().autodiff());
            let gradients = objective(&model, &x, readout).backward();
            let gradients = GradientsParams::from_grads(gradients, &model);
            let mut slope = Slope { gradients: &gradients, seen: 0, sum: 0.0 };
            model.visit(&mut slope);

            let at = |step: f32| {
                let model = build(name, &options, readout, &device);
                let model = model.map(&mut Along { step, seen: 0 });
                f64::from(objective(&model, &batch(&device), readout).into_scalar::<f32>())
            };
            let difference = (at(step) - at(-step)) / f64::from(2.0 * step);
            let scale = slope.sum.abs().max(1.0);
            assert!(
                (slope.sum - difference).abs() <= 1e-2 * scale,
                "{name} {options:?} {readout:?}: {} against {difference}",
                slope.sum
            );
        }
    }
}

#[test]
fn padding_has_no_influence_on_any_architecture() {
    let device = Device::flex();
    for (name, options) in every_variant() {
        let x = batch(&device);
        let dirty = x.with_values(x.values().clone() + (1.0 - x.mask()) * 3.0);
        let model = build(name, &options, Readout::WholeSequence, &device);
        let read = |x: &Padded| model.forward(x).into_data().try_to_vec::<f32>().unwrap();
        for (clean, dirty) in read(&x).into_iter().zip(read(&dirty)) {
            assert!((clean - dirty).abs() <= 1e-6, "{name} {options:?}: {clean} {dirty}");
        }
        let model = build(name, &options, Readout::EveryStep, &device);
        let read = |x: &Padded| {
            let steps = model.encoder.steps(x);
            assert_eq!(steps.dims(), [5, 7, model.encoder.width()]);
            steps.into_data().try_to_vec::<f32>().unwrap()
        };
        for (clean, dirty) in read(&x).into_iter().zip(read(&dirty)) {
            assert!((clean - dirty).abs() <= 1e-6, "{name} {options:?}: {clean} {dirty}");
        }
    }
}

#[test]
fn every_architecture_is_documented() {
    for entry in ARCHITECTURES {
        let documentation = entry.documentation();
        assert!(documentation.contains("Shapes:"), "{}", entry.name);
        assert!(!entry.summary.ends_with('.'), "{}", entry.name);
    }
}

#[test]
fn options_that_do_not_fit_are_explained() {
    let device = Device::flex();
    let error = |name: &str, changes: Changes| {
        let mut uniform = uniform();
        let mut init = Initializer::new(&mut uniform, &device);
        let spec = spec(Readout::WholeSequence);
        let options = options(name, changes);
        Model::build(name, &spec, OUTPUTS, &options, &mut init).unwrap_err().to_string()
    };
    assert_eq!(
        error("rnn_transformer", &[("heads", json!(3))]),
        "rnn_transformer: heads = 3 does not divide model.hidden = 4"
    );
    assert_eq!(
        error("cnn_rnn", &[("kernel", json!(4))]),
        "cnn_rnn: kernel = 4 is even, so it has no middle step; use an odd one"
    );
}
