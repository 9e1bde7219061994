//! What every registered architecture must satisfy: its table and its type agree, it has
//! the parameters that its equations say, and its gradients are those of its function.

#[path = "../draws/mod.rs"]
mod draws;
mod over_time;
mod sizes;

use architectures::{
    ARCHITECTURES, Initializer, Model, Padded, Places, PoolingKind, Readout, Reads, Sequences,
    Spec, find,
};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use schema::{Kind, Options};
use serde_json::{Value, json};

use crate::draws::uniform;

const INPUT: usize = 3;
const HIDDEN: usize = 4;
const OUTPUTS: usize = 2;
const LENGTHS: [usize; 5] = [4, 7, 2, 6, 5];

fn spec(readout: Readout) -> Spec {
    Spec { input: INPUT, frame: None, max_steps: 7, hidden: HIDDEN, readout }
}

/// Options that differ from their defaults.
type Changes<'a> = &'a [(&'a str, Value)];

fn options(name: &str, changes: Changes) -> Options {
    let mut options = schema::defaults(find(name).unwrap().keys);
    options.extend(changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    options
}

fn build(name: &str, options: &Options, readout: Readout, device: &Device) -> Model {
    let mut draw = uniform(1);
    let mut init = Initializer::new(&mut draw, device);
    Model::build(
        name,
        &spec(readout),
        Reads::Vectors,
        PoolingKind::Last,
        OUTPUTS,
        options,
        &mut init,
    )
    .unwrap()
}

/// One output for each sequence.
fn summaries(model: &Model, x: &Padded) -> Tensor<2> {
    model.forward(&Sequences::Vectors(x.clone()), &Places::Sequences)
}

const EVERY_STEP: Readout = Readout::EveryStep { future: true };

/// Small options, so that every architecture fits the small sizes here.
fn small(name: &str) -> Vec<(&'static str, Value)> {
    match name {
        "cnn_rnn" => vec![("filters", json!(5)), ("kernel", json!(3))],
        "rnn_transformer" | "interleaved" | "transformer" | "mlstm" => vec![("heads", json!(2))],
        "r_transformer" => vec![("heads", json!(2)), ("local", json!(3))],
        _ => vec![],
    }
}

/// Options that let it answer at every step without seeing what follows.
fn causal(name: &str) -> Option<Options> {
    let mut changes = small(name);
    if name == "feed_forward" {
        changes.push(("window", json!(3)));
    }
    let entry = find(name).unwrap();
    let options = options(name, &changes);
    (entry.refuses)(Readout::CAUSAL, &options).is_none().then_some(options)
}

/// Every architecture with its defaults and with each word of each option.
fn every_variant() -> Vec<(&'static str, Options)> {
    let mut variants = Vec::new();
    for entry in ARCHITECTURES {
        variants.push((entry.name, options(entry.name, &small(entry.name))));
        for key in entry.keys {
            let values: Vec<Value> = match key.kind {
                Kind::OneOf(choices) => choices.iter().map(|choice| json!(choice.word)).collect(),
                Kind::Boolean => vec![json!(true), json!(false)],
                _ => continue,
            };
            for value in values {
                let mut changes = small(entry.name);
                if key.name == "dropout_mask" {
                    changes.push(("dropout", json!(0.5)));
                }
                changes.push((key.name, value));
                variants.push((entry.name, options(entry.name, &changes)));
            }
        }
    }
    // Numbers that change what is computed.
    let short = [("kernel", json!(3)), ("stride", json!(2)), ("pool", json!(2))];
    let beside = [("kernel", json!(3)), ("pool", json!(2)), ("form", json!("parallel"))];
    let of_cell = [("lstm", json!({ "forget_gate": "always-one", "peepholes": true }))];
    let of_gru = [("cell", json!("gru")), ("gru", json!({ "reset_gate": "always-one" }))];
    let deep = [("layers", json!(3)), ("normalize", json!("layer"))];
    let residual = [("layers", json!(3)), ("connections", json!("residual"))];
    let dense = [("layers", json!(3)), ("connections", json!("dense"))];
    let both = [("layers", json!(2)), ("join", json!("gate"))];
    let others: [(&str, Changes); 25] = [
        ("lstm", &[("zoneout", json!(0.3)), ("zoneout_memory", json!(0.2))]),
        ("gru", &[("zoneout", json!(0.3)), ("normalize", json!("layer"))]),
        ("gru", &[("reset_gate", json!("always-one")), ("normalize", json!("layer"))]),
        ("stacked", &[("cell", json!("mut")), ("mut", json!({ "variant": "mut3" }))]),
        ("stacked", &[("cell", json!("mlstm")), ("mlstm", json!({ "heads": 2 }))]),
        ("bidirectional", &[("cell", json!("mlstm")), ("mlstm", json!({ "heads": 1 }))]),
        ("bidirectional", &[("cell", json!("gru")), ("gru", json!({ "zoneout": 0.5 }))]),
        ("r_transformer", &[("heads", json!(2)), ("local", json!(2)), ("blocks", json!(2))]),
        ("interleaved", &[("heads", json!(2)), ("layers", json!(["attention", "recurrent"]))]),
        ("stacked", &deep),
        ("stacked", &residual),
        ("stacked", &dense),
        ("bidirectional", &both),
        ("bidirectional", &[("layers", json!(2))]),
        ("stacked", &of_cell),
        ("bidirectional", &of_gru),
        ("cnn_rnn", &short),
        ("cnn_rnn", &beside),
        ("transformer", &[("heads", json!(2)), ("window", json!(3))]),
        ("rnn_transformer", &[("heads", json!(2)), ("window", json!(3))]),
        (
            "rnn_transformer",
            &[("heads", json!(2)), ("attention", json!("full")), ("positions", json!("rotary"))],
        ),
        ("tcn", &[("kernel", json!(2)), ("levels", json!(3))]),
        ("cnn_rnn", &[("kernel", json!(1)), ("convolutions", json!(3))]),
        ("stacked", &[("layers", json!(3))]),
        ("feed_forward", &[("window", json!(3))]),
    ];
    variants.extend(others.map(|(name, changes)| (name, options(name, changes))));
    variants
}

/// Every parameter has a name of its own, and what goes out and comes in again is the same model
/// bit by bit.
#[test]
fn weights_go_out_and_come_in_with_the_same_bits() {
    let device = Device::flex();
    let x = batch(&device);
    for (name, options) in every_variant() {
        let first = build(name, &options, Readout::WholeSequence, &device);
        let mut draw = uniform(2);
        let mut init = Initializer::new(&mut draw, &device);
        let (reads, pooling) = (Reads::Vectors, PoolingKind::Last);
        let spec = spec(Readout::WholeSequence);
        let other =
            Model::build(name, &spec, reads, pooling, OUTPUTS, &options, &mut init).unwrap();
        let bits = |model: &Model| summaries(model, &x).into_data().try_to_vec::<f32>().unwrap();
        assert_ne!(bits(&first), bits(&other), "{name} {options:?}");
        let out = first.weights();
        let shapes = Model::build(
            name,
            &spec,
            reads,
            pooling,
            OUTPUTS,
            &options,
            &mut Initializer::shapes(&device),
        );
        let taken = shapes.unwrap().would_take(&out).unwrap();
        assert_eq!((taken.given, taken.left), (first.num_params(), vec![]), "{name}");
        let (second, _) = other.with_weights(&out).unwrap();
        assert_eq!(bits(&second), bits(&first), "{name} {options:?}");
        assert_eq!(second.weights(), out, "{name} {options:?}");
    }
}

#[test]
fn weights_of_another_model_are_named_one_by_one() {
    let device = Device::flex();
    let model = build("lstm", &options("lstm", &[]), Readout::WholeSequence, &device);
    let mut tensors = model.weights();
    tensors.remove("rnn.bias_ih_l0");
    tensors.remove("head.bias");
    tensors.get_mut("rnn.weight_hh_l0").unwrap().values[3] = f32::NAN;
    let weight = tensors.remove("rnn.weight_ih_l0").unwrap();
    let turned = weights::Tensor { shape: vec![3, 16], values: weight.values };
    tensors.insert("rnn.weight_ih_l0".into(), turned.clone());
    tensors.insert("rnn.weight_ih_l1".into(), turned);
    insta::assert_snapshot!(model.with_weights(&tensors).unwrap_err().0.join("\n"), @r#"
    "rnn.weight_ih_l0" is [3, 16], not [16, 3]
    "rnn.weight_hh_l0" has a value that is not finite
    "rnn.bias_ih_l0" [16] is missing
    "head.bias" [2] is missing
    the model has no "rnn.weight_ih_l1"
    "#);
}

fn batch(device: &Device) -> Padded {
    let mut draw = uniform(1);
    let values = (0..5 * 7 * INPUT).map(|_| 2.0 * draw() - 1.0).collect::<Vec<_>>();
    let values = Tensor::from_data(TensorData::new(values, [5, 7, INPUT]), device);
    Padded::new(values, LENGTHS.to_vec()).unwrap().zero_padding()
}

/// A smooth function of all outputs.
fn objective(model: &Model, x: &Padded, readout: Readout) -> Tensor<1> {
    let output = match readout {
        Readout::WholeSequence => summaries(model, x).unsqueeze_dim::<3>(1),
        _ => model.forward_steps(x) * x.mask(),
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

fn is_refused(name: &str, readout: Readout, options: &Options) -> bool {
    (find(name).unwrap().refuses)(readout, options).is_some()
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let device = Device::flex();
    for (name, options) in every_variant() {
        for readout in [Readout::WholeSequence, EVERY_STEP] {
            if is_refused(name, readout, &options) {
                continue;
            }
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
            // Between two steps a ReLU may have its kink; hardly so for each of these.
            let steps = [2e-3, 5e-4, 2e-4, 5e-5];
            let differences = steps.map(|step| (at(step as f32) - at(-step as f32)) / (2.0 * step));
            let scale = slope.sum.abs().max(1.0);
            // What the rounding of the objective, a sum in f32, makes of a difference.
            let rounding = f64::from(f32::EPSILON) * at(0.0).abs();
            let is_near = |(difference, step): (&f64, f64)| {
                (slope.sum - difference).abs() <= 3e-3 * scale + rounding / step
            };
            assert!(
                differences.iter().zip(steps).any(is_near),
                "{name} {options:?} {readout:?}: {} against {differences:?}",
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
        let read = |x: &Padded| summaries(&model, x).into_data().try_to_vec::<f32>().unwrap();
        for (clean, dirty) in read(&x).into_iter().zip(read(&dirty)) {
            assert!((clean - dirty).abs() <= 1e-6, "{name} {options:?}: {clean} {dirty}");
        }
        if is_refused(name, EVERY_STEP, &options) {
            continue;
        }
        let model = build(name, &options, EVERY_STEP, &device);
        let read = |x: &Padded| {
            let steps = model.encoder.steps(x).values().clone();
            assert_eq!(steps.dims(), [5, 7, model.encoder.width()]);
            steps.into_data().try_to_vec::<f32>().unwrap()
        };
        for (clean, dirty) in read(&x).into_iter().zip(read(&dirty)) {
            assert!((clean - dirty).abs() <= 1e-6, "{name} {options:?}: {clean} {dirty}");
        }
    }
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn tokens_are_read_through_an_embedding_and_asked_steps_are_picked() {
    let device = Device::flex();
    let mut draw = uniform(1);
    let mut init = Initializer::new(&mut draw, &device);
    let (spec, options) = (spec(Readout::CAUSAL), options("gru", &[]));
    let reads = Reads::Tokens(11);
    let model =
        Model::build("gru", &spec, reads, PoolingKind::Last, OUTPUTS, &options, &mut init).unwrap();
    let embedding = read(model.embedding.as_ref().unwrap().weight.val());
    let tokens = [3_i32, 10, 0, 7, 7, 2];
    let values: Vec<f32> = tokens
        .iter()
        .flat_map(|&token| embedding[token as usize * INPUT..][..INPUT].to_vec())
        .collect();
    let values = Tensor::from_data(TensorData::new(values, [2, 3, INPUT]), &device);
    let vectors = Padded::new(values, vec![3, 2]).unwrap();
    let ids = Tensor::from_data(TensorData::new(tokens.to_vec(), [2, 3]), &device);
    let sequences = Sequences::Tokens(ids, vec![3, 2]);
    let asked = Tensor::<1, Int>::from_data(TensorData::new(vec![1_i32, 2, 4], [3]), &device);
    let picked = read(model.forward(&sequences, &Places::Steps(asked)));
    let steps = read(model.forward_steps(&vectors));
    let expected: Vec<_> =
        [1, 2, 4].iter().flat_map(|at| steps[at * OUTPUTS..][..OUTPUTS].to_vec()).collect();
    assert_eq!(picked, expected);
    // N(0, 1): 5,000 numbers have a mean within 0.07 and a variance within 0.1.
    let weights = read(init.embedding(500, 10).weight.val()).into_iter().map(f64::from);
    let weights: Vec<_> = weights.collect();
    let mean = weights.iter().sum::<f64>() / 5000.0;
    let variance = weights.iter().map(|weight| (weight - mean).powi(2)).sum::<f64>() / 5000.0;
    assert!(mean.abs() < 0.07 && (variance - 1.0).abs() < 0.1, "{mean} {variance}");
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
        let mut draw = uniform(1);
        let mut init = Initializer::new(&mut draw, &device);
        let spec = spec(Readout::WholeSequence);
        let options = options(name, changes);
        let built = Model::build(
            name,
            &spec,
            Reads::Vectors,
            PoolingKind::Last,
            OUTPUTS,
            &options,
            &mut init,
        );
        built.unwrap_err().to_string()
    };
    assert_eq!(
        error("rnn_transformer", &[("heads", json!(3))]),
        "rnn_transformer: heads = 3 does not divide model.hidden = 4"
    );
    assert_eq!(
        error("cnn_rnn", &[("kernel", json!(4))]),
        "cnn_rnn: kernel = 4 is even, so it has no middle step; use an odd one"
    );
    assert_eq!(
        error("cnn_rnn", &[("frame_filters", json!(4)), ("convolutions", json!(0))]),
        "cnn_rnn: frame_filters is for tasks whose steps are frames of a video, and this one's are \
         not; with convolutions = 0 there is no other"
    );
    assert_eq!(
        error("cnn_rnn", &[("convolutions", json!(0))]),
        "cnn_rnn: convolutions = 0 and no frame_filters: it has no convolution at all; choose the \
         cell as architecture instead"
    );
    assert_eq!(
        error("transformer", &[("heads", json!(4)), ("positions", json!("rotary"))]),
        "transformer: rotary positions turn pairs of numbers, and model.hidden / heads = 1 is odd"
    );
}
