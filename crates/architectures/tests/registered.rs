//! What every registered architecture must satisfy: its table and its type agree, it has
//! the parameters that its equations say, and its gradients are those of its function.

mod draws;

use architectures::{
    ARCHITECTURES, Carried, Initializer, Model, Padded, Places, PoolingKind, Readout, Reads,
    Sequences, Sight, Spec, find,
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

#[test]
fn the_parameters_are_those_of_the_equations() {
    // Without the head; input 3, hidden 4. A gate has 3·4 + 4·4 + 4 = 32.
    let expected: [(&str, Changes, usize); 58] = [
        ("vanilla", &[("normalize", json!("layer"))], 32 + 4 * 4),
        ("gru", &[("normalize", json!("layer"))], 3 * 32 + 4 + 4 * 12),
        ("lstm", &[("zoneout", json!(0.3))], 4 * 32),
        // P 3·4; W 2 · 16, R 2 · 16 or 3 · 16, b.
        ("mut", &[], 12 + 32 + 32 + 12),
        ("mut", &[("variant", json!("mut2"))], 12 + 32 + 48 + 12),
        ("mut", &[("variant", json!("mut3"))], 12 + 48 + 48 + 12),
        // The input is as wide as the state in the second layer.
        ("stacked", &[("cell", json!("mut"))], 12 + 32 + 32 + 12 + 32 + 32 + 12),
        ("mlstm", &[("heads", json!(2))], 4 * (4 * 4 + 2 * 2)),
        // P; a norm, an LSTM and a block of two norms, projections and feed-forward; a norm.
        ("r_transformer", &[("heads", json!(2))], 16 + 8 + 4 * 36 + 16 + 80 + 148 + 8),
        ("vanilla", &[], 32),
        ("vanilla", &[("activation", json!("relu"))], 32),
        ("lstm", &[], 4 * 32),
        ("lstm", &[("forget_gate", json!("coupled-to-input"))], 3 * 32),
        ("lstm", &[("forget_gate", json!("always-one"))], 3 * 32),
        ("lstm", &[("input_gate", json!("always-one"))], 3 * 32),
        ("lstm", &[("output_gate", json!("always-one"))], 3 * 32),
        ("lstm", &[("input_activation", json!("identity"))], 4 * 32),
        ("lstm", &[("peepholes", json!(true))], 4 * 32 + 3 * 4),
        (
            "lstm",
            &[("peepholes", json!(true)), ("forget_gate", json!("coupled-to-input"))],
            3 * 32 + 2 * 4,
        ),
        ("lstm", &[("full_gate_recurrence", json!(true))], 4 * 32 + 12 * 12),
        (
            "lstm",
            &[("full_gate_recurrence", json!(true)), ("input_gate", json!("always-one"))],
            3 * 32 + 8 * 8,
        ),
        // Scale and shift of 16 sums twice, and of 4 units.
        ("lstm", &[("normalize", json!("layer"))], 4 * 32 + 4 * 16 + 2 * 4),
        ("gru", &[], 3 * 32 + 4),
        ("gru", &[("update_gate", json!("always-zero"))], 2 * 32 + 4),
        ("gru", &[("reset_gate", json!("before-product"))], 3 * 32),
        ("gru", &[("reset_gate", json!("always-one"))], 2 * 32),
        // W and b: 3·4 + 4 each.
        ("min_gru", &[], 2 * 16),
        ("min_lstm", &[], 3 * 16),
        ("slstm", &[], 4 * 32),
        // The second layer's gates have 4·4 + 4·4 + 4 = 36.
        ("stacked", &[], 4 * 32 + 4 * 36),
        ("stacked", &[("layers", json!(3))], 4 * 32 + 8 * 36),
        ("stacked", &[("lstm", json!({ "forget_gate": "always-one" }))], 3 * 32 + 3 * 36),
        ("stacked", &[("cell", json!("vanilla")), ("layers", json!(1))], 32),
        ("stacked", &[("connections", json!("residual"))], 4 * 32 + 4 * 36),
        // The second layer reads 3 + 4 numbers.
        ("stacked", &[("connections", json!("dense"))], 4 * 32 + 4 * (7 * 4 + 20)),
        ("stacked", &[("normalize", json!("layer"))], 4 * 32 + 4 * 36 + 8),
        ("bidirectional", &[("join", json!("sum"))], 2 * 4 * 32),
        ("bidirectional", &[("join", json!("gate"))], 2 * 4 * 32 + 8 * 4 + 4),
        // Gates of 8·4 + 4·4 + 4.
        ("bidirectional", &[("layers", json!(2))], 2 * 4 * 32 + 2 * 4 * 52),
        ("bidirectional", &[("cell", json!("gru"))], 2 * (3 * 32 + 4)),
        (
            "bidirectional",
            &[("cell", json!("gru")), ("gru", json!({ "reset_gate": "always-one" }))],
            2 * 2 * 32,
        ),
        // 3·5·3 + 5, 5·5·3 + 5, then gates of 5·4 + 4·4 + 4 = 40.
        ("cnn_rnn", &[("filters", json!(5)), ("kernel", json!(3))], 50 + 80 + 4 * 40),
        // Norms 3·8, four projections of 4·4 + 4, feed-forward 4·16 + 16 + 16·4 + 4.
        ("rnn_transformer", &[("heads", json!(2))], 4 * 32 + 24 + 80 + 148),
        ("rnn_transformer", &[("heads", json!(2)), ("blocks", json!(2))], 128 + 40 + 160 + 296),
        (
            "rnn_transformer",
            &[("heads", json!(2)), ("positions", json!("learned"))],
            128 + 24 + 80 + 148 + 28,
        ),
        // P; three layers with two norms and a feed-forward part; two recurrent of 36 a gate, one of
        // attention; a norm.
        ("interleaved", &[("heads", json!(2))], 16 + 3 * (16 + 148) + 2 * 4 * 36 + 80 + 8),
        (
            "interleaved",
            &[("heads", json!(2)), ("layers", json!(["attention", "recurrent"]))],
            16 + 2 * (16 + 148) + 4 * 36 + 80 + 8,
        ),
        ("feed_forward", &[], 6 * 4 + 4 + 20),
        ("feed_forward", &[("view", json!("flattened"))], 21 * 4 + 4 + 20),
        ("feed_forward", &[("window", json!(2))], 6 * 4 + 4 + 20),
        // A layer norm of 5 filters each; beside the convolutions the cell reads the input.
        (
            "cnn_rnn",
            &[("filters", json!(5)), ("kernel", json!(3)), ("normalize", json!("layer"))],
            310,
        ),
        (
            "cnn_rnn",
            &[("filters", json!(5)), ("kernel", json!(3)), ("form", json!("parallel"))],
            258,
        ),
        ("cnn_rnn", &[("filters", json!(5)), ("kernel", json!(3)), ("stride", json!(2))], 290),
        // 4·3·2 + 4 + 4, 4·4·2 + 4 + 4, the skip 4·3 + 4; then twice 40.
        ("tcn", &[("kernel", json!(2)), ("levels", json!(2))], 32 + 40 + 16 + 80),
        // 1 + 2 · 6 steps are more than 7.
        ("tcn", &[], 4 * 3 * 7 + 8 + 4 * 4 * 7 + 8 + 16),
        // 4·3·8 + 4 + 8, 8·4·5 + 8 + 16, 4·8·3 + 4 + 8.
        ("fcn", &[], 108 + 184 + 108),
        // 3·4 + 4, two blocks of two norms, projections and feed-forward, a norm.
        ("transformer", &[("heads", json!(2))], 16 + 2 * (16 + 80 + 148) + 8),
        ("transformer", &[("heads", json!(2)), ("positions", json!("learned"))], 512 + 28),
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
fn what_is_causal_never_sees_a_later_step() {
    let device = Device::flex();
    let x = batch(&device);
    for entry in ARCHITECTURES {
        let Some(options) = causal(entry.name) else {
            assert_eq!(entry.sight, Sight::Whole, "{}", entry.name);
            continue;
        };
        let model = build(entry.name, &options, Readout::CAUSAL, &device);
        let outputs = read(model.forward_steps(&x));
        for changed in 1..7 {
            let mut values = read(x.values().clone());
            for sequence in values.chunks_mut(7 * INPUT) {
                sequence[changed * INPUT..].iter_mut().for_each(|value| *value += 1.5);
            }
            let values = Tensor::from_data(TensorData::new(values, [5, 7, INPUT]), &device);
            let others = read(model.forward_steps(&x.with_values(values).zero_padding()));
            let rows = outputs.chunks(7 * OUTPUTS).zip(others.chunks(7 * OUTPUTS));
            for ((row, other), length) in rows.zip(LENGTHS) {
                let (before, after) = (changed.min(length) * OUTPUTS, length * OUTPUTS);
                assert_eq!(row[..before], other[..before], "{} {changed}", entry.name);
                let seen = changed >= length || row[before..after] != other[before..after];
                assert!(seen, "{}: the change at {changed} has no effect", entry.name);
            }
        }
    }
}

#[test]
fn what_makes_no_sense_without_the_future_is_refused_with_a_reason() {
    let device = Device::flex();
    let refused = |name: &str| {
        let options = options(name, &small(name));
        let mut draw = uniform(1);
        let mut init = Initializer::new(&mut draw, &device);
        let built = Model::build(
            name,
            &spec(Readout::CAUSAL),
            Reads::Vectors,
            PoolingKind::Last,
            OUTPUTS,
            &options,
            &mut init,
        );
        built.err().map(|error| error.to_string())
    };
    let refused: Vec<_> = ARCHITECTURES.iter().filter_map(|entry| refused(entry.name)).collect();
    insta::assert_snapshot!(refused.join("\n"), @r"
    bidirectional: it reads the steps after the one that it is asked at, which this task forbids, as they hold the answer; choose a causal architecture
    feed_forward: without a window it sees one step alone and is blind to order, on a task that asks what follows from the steps before; set model.feed_forward.window to the steps that it may see
    ");
    let shortens = options("cnn_rnn", &[("pool", json!(2))]);
    assert_eq!(
        (find("cnn_rnn").unwrap().refuses)(EVERY_STEP, &shortens).unwrap(),
        "pool shortens the sequence, on a task that asks at every step; leave out model.cnn_rnn.pool"
    );
    assert!(!is_refused("cnn_rnn", Readout::Pooled, &shortens));
    let full = options("rnn_transformer", &[("attention", json!("full"))]);
    let reason = (find("rnn_transformer").unwrap().refuses)(Readout::CAUSAL, &full).unwrap();
    assert!(reason.starts_with("attention = \"full\" sees the steps after"), "{reason}");
    assert!(!is_refused("rnn_transformer", EVERY_STEP, &full));
    for entry in ARCHITECTURES {
        let options = options(entry.name, &small(entry.name));
        for readout in [Readout::WholeSequence, EVERY_STEP] {
            assert_eq!((entry.refuses)(readout, &options), None, "{}", entry.name);
        }
    }
}

/// A recurrent network that goes on from what it carries gives what it would have given on
/// the whole sequence.
#[test]
fn carried_states_join_the_cuts_of_a_stream() {
    let device = Device::flex();
    let full = |steps| Padded::new(steps, vec![7; 5]).unwrap();
    let x = full(batch(&device).values().clone());
    let cases = [("vanilla", vec![]), ("lstm", vec![]), ("gru", vec![])];
    let cells = ["vanilla", "lstm", "gru"].map(|cell| ("stacked", vec![("cell", json!(cell))]));
    for (name, changes) in cases.into_iter().chain(cells) {
        let options = options(name, &changes);
        let model = build(name, &options, Readout::CAUSAL, &device);
        let whole = model.encoder.steps(&x);
        let mut carried = Carried::default();
        let mut cuts = Vec::new();
        for (start, steps) in [(0, 2), (2, 4), (6, 1)] {
            let cut = x.values().clone().narrow(1, start, steps);
            let cut = Padded::new(cut, vec![steps; 5]).unwrap();
            let (hidden, after) = model.encoder.steps_carried(&cut, &carried);
            cuts.push(hidden.values().clone());
            carried = after;
        }
        assert!(!carried.0.is_empty(), "{name}");
        for (cut, whole) in read(Tensor::cat(cuts, 1)).into_iter().zip(read(whole.values().clone()))
        {
            assert!((cut - whole).abs() <= 1e-6, "{name} {options:?}: {cut} {whole}");
        }
    }
    // The others start anew, and say so by carrying less than they see, or nothing.
    for name in ["feed_forward", "bidirectional"] {
        let model = build(name, &options(name, &small(name)), EVERY_STEP, &device);
        assert!(model.encoder.steps_carried(&x, &Carried::default()).1.0.is_empty());
    }
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
fn full_attention_behind_a_recurrence_sees_what_follows() {
    let device = Device::flex();
    let x = batch(&device);
    // The second sequence has seven steps.
    let changed = x.values().clone().slice_fill([1..2, 6..7, 0..INPUT], 0.9);
    let changed = x.with_values(changed);
    for (attention, sees) in [("causal", false), ("full", true)] {
        let changes = [("heads", json!(2)), ("attention", json!(attention))];
        let options = options("rnn_transformer", &changes);
        let model = build("rnn_transformer", &options, EVERY_STEP, &device);
        let first = |x: &Padded| {
            let steps = model.encoder.steps(x).values().clone();
            read(steps.slice([1..2, 0..1, 0..HIDDEN]))
        };
        assert_eq!(first(&x) != first(&changed), sees, "{attention}");
    }
}

/// A TCN that is asked for the last step computes what that depends on, with the same bits.
#[test]
fn a_tcn_asked_once_gives_its_last_step() {
    let device = Device::flex();
    for (steps, lengths) in [(23, vec![23; 3]), (23, vec![4, 23, 1]), (1, vec![1; 3])] {
        for (kernel, levels) in [(2, 4), (3, 3), (7, 2), (2, 1), (3, 6)] {
            let changes = [("kernel", json!(kernel)), ("levels", json!(levels))];
            let model = build("tcn", &options("tcn", &changes), Readout::WholeSequence, &device);
            let mut draw = uniform(3);
            let values: Vec<f32> = (0..3 * steps * INPUT).map(|_| 2.0 * draw() - 1.0).collect();
            let values = Tensor::from_data(TensorData::new(values, [3, steps, INPUT]), &device);
            let x = Padded::new(values, lengths.clone()).unwrap();
            let all = read(model.encoder.steps(&x).at_last_valid());
            assert_eq!(read(model.encoder.summary(&x)), all, "{kernel} {levels} {lengths:?}");
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
        error("cnn_rnn", &[("frame_filters", json!(4))]),
        "cnn_rnn: frame_filters is for tasks whose steps are frames of a video, and this one's are \
         not; leave it out"
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

/// Multiply-adds of 7 steps of 3 numbers with 4 units, and numbers that are carried.
#[test]
fn costs_are_those_of_the_equations() {
    let gate = 3 * 4 + 4 * 4;
    let attention = 4 * 4 * 4 + 2 * 4 * 16;
    let expected: [(&str, Changes, Readout, u64, Option<u64>); 19] = [
        // A memory of 2 numbers a unit, written and read, its normaliser, and the exponent.
        (
            "mlstm",
            &[("heads", json!(2))],
            EVERY_STEP,
            7 * (3 * 20 + 2 * 4 * 2),
            Some(4 * (1 + 2 + 2)),
        ),
        ("mut", &[], EVERY_STEP, 7 * (12 + 32 + 32), Some(4)),
        // Three steps of an LSTM for each of seven.
        (
            "r_transformer",
            &[("heads", json!(2)), ("local", json!(3))],
            EVERY_STEP,
            7 * (12 + 3 * 4 * 32 + attention) + 2 * 4 * 28,
            Some(2 * 4 + 2 * 4 * 7),
        ),
        ("vanilla", &[], EVERY_STEP, 7 * gate, Some(4)),
        ("lstm", &[], EVERY_STEP, 7 * 4 * gate, Some(8)),
        ("lstm", &[("peepholes", json!(true))], EVERY_STEP, 7 * 4 * gate, Some(8)),
        ("gru", &[], EVERY_STEP, 7 * 3 * gate, Some(4)),
        ("min_gru", &[], EVERY_STEP, 7 * 2 * 12, Some(4)),
        ("stacked", &[], EVERY_STEP, 7 * 4 * (gate + 32), Some(16)),
        ("bidirectional", &[("join", json!("gate"))], EVERY_STEP, 7 * (8 * gate + 8 * 4), None),
        // Four steps are left of seven.
        (
            "cnn_rnn",
            &[
                ("filters", json!(5)),
                ("kernel", json!(3)),
                ("stride", json!(2)),
                ("convolutions", json!(1)),
            ],
            Readout::WholeSequence,
            4 * 45 + 4 * 4 * (5 * 4 + 4 * 4),
            None,
        ),
        // Seven of a step's own, then one less each: 28 pairs.
        (
            "rnn_transformer",
            &[("heads", json!(2))],
            EVERY_STEP,
            7 * (4 * gate + attention) + 2 * 4 * 28,
            Some(8 + 2 * 4 * 7),
        ),
        // Pairs of a window of 2: 1 + 6 · 2.
        (
            "rnn_transformer",
            &[("heads", json!(2)), ("window", json!(2))],
            EVERY_STEP,
            7 * (4 * gate + attention) + 2 * 4 * 13,
            Some(8 + 2 * 4 * 2),
        ),
        (
            "interleaved",
            &[
                ("heads", json!(2)),
                ("window", json!(2)),
                ("layers", json!(["attention", "recurrent"])),
            ],
            EVERY_STEP,
            7 * (12 + 2 * 128 + 64 + 4 * 32) + 2 * 4 * 13,
            Some(8 + 2 * 4 * 2),
        ),
        (
            "transformer",
            &[("heads", json!(2))],
            EVERY_STEP,
            7 * (12 + 2 * attention) + 4 * 4 * 49,
            None,
        ),
        (
            "feed_forward",
            &[("view", json!("flattened"))],
            Readout::WholeSequence,
            21 * 4 + 16,
            None,
        ),
        ("feed_forward", &[("window", json!(2))], Readout::CAUSAL, 7 * (6 * 4 + 16), Some(6)),
        // 2 · 3 and 2 · 4 numbers of the first level, twice 2 · 2 · 4 of the second.
        (
            "tcn",
            &[("kernel", json!(3)), ("levels", json!(2))],
            EVERY_STEP,
            7 * (36 + 48 + 12 + 96),
            Some(6 + 8 + 16 + 16),
        ),
        ("fcn", &[], EVERY_STEP, 7 * (96 + 160 + 96), None),
    ];
    let device = Device::flex();
    for (name, changes, readout, multiply_adds, state) in expected {
        let model = build(name, &options(name, changes), readout, &device);
        let cost = model.encoder.cost(7);
        assert_eq!((cost.multiply_adds, cost.state), (multiply_adds, state), "{name} {changes:?}");
        let answers = if readout == Readout::WholeSequence { 1 } else { 7 };
        let head = answers * (model.encoder.width() * OUTPUTS) as u64;
        assert_eq!(model.cost(7, answers as usize).multiply_adds, multiply_adds + head, "{name}");
    }
}
