//! The work as this workspace does it, and as Burn's own layers do.

use std::hint::black_box;

use architectures::{Encoder, Initializer, Model, Padded, PoolingKind, Readout, Reads, Spec, find};
use burn::module::Module;
use burn::nn::{Gru, GruConfig, Linear, Lstm, LstmConfig, Rnn, RnnConfig};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Gradients, Tensor};
use burn_train::Learner;
use tasks::{Asked, Batch, Inputs, Targets};
use training::loss::squared_error;
use training::{
    Item, Step, StepRules, TRAIN_KEYS, TrainOptions, Trainable, clip_global_norm, optimizer,
};

use crate::numbers::{self, Stream};
use crate::upstream::{backward_from, device};
use crate::{BenchError, Cell, Pass, Shape};

/// The learning rate and the clipping of a training step.
const RATE: f64 = 1e-3;
const CLIP: f64 = 1.0;

/// Work that can be done again and again.
pub(crate) type Work = Box<dyn FnMut() + Send>;

/// One recurrent layer as `architectures` offers it: the work, and a number that tells what
/// it computes, the same as that of `peers.py`.
pub(crate) fn layer(
    cell: Cell,
    shape: Shape,
    pass: Pass,
    lengths: Option<&[usize]>,
) -> Result<(Work, f64), BenchError> {
    match pass {
        Pass::Forward => {
            let device = device(false);
            let encoder = encoder(cell, shape, &device)?;
            let values = numbers::tensor(Stream::Input, shape, shape.input, &device);
            let x = numbers::input(shape, lengths, values);
            let last = encoder.steps(&x).values().clone().narrow(1, shape.steps - 1, 1);
            Ok((Box::new(move || drop(black_box(encoder.steps(&x)))), mean_size(last)))
        }
        Pass::ForwardBackward => {
            let (both, x) = forward_backward(cell, shape, lengths)?;
            let check = x.grad(&both().1).map_or(f64::NAN, mean_size);
            Ok((Box::new(move || drop(black_box(both()))), check))
        }
        Pass::Step => step(cell.name(), shape),
    }
}

/// The forward and backward pass of a layer, not done yet, which gives the hidden states and
/// all gradients, and the input whose gradient is among those.
pub(crate) fn forward_backward(
    cell: Cell,
    shape: Shape,
    lengths: Option<&[usize]>,
) -> Result<(impl Fn() -> (Tensor<3>, Gradients) + Send + 'static, Tensor<3>), BenchError> {
    let device = device(true);
    let encoder = encoder(cell, shape, &device)?;
    let (x, gradient) = leaves(shape, &device);
    let batch = numbers::input(shape, lengths, x.clone());
    let both = move || {
        let hidden = encoder.steps(&batch).values().clone();
        (hidden.clone(), backward_from(hidden, gradient.clone()))
    };
    Ok((both, x))
}

/// The training step of an architecture with its default options: the one that runs take.
/// The number is the loss of the first step.
pub(crate) fn step(architecture: &str, shape: Shape) -> Result<(Work, f64), BenchError> {
    let device = device(true);
    let model = numbers::with_weights(&device, |init| {
        let (spec, options) = (spec(shape), options(architecture));
        Model::build(architecture, &spec, Reads::Vectors, PoolingKind::Last, 1, &options, init)
    })?;
    let mut step = training_step(model, batch(shape), &device);
    let check = step();
    Ok((Box::new(move || _ = black_box(step())), check))
}

/// The training step of a model on one batch, which gives the loss before it.
pub(crate) fn training_step(
    model: Model,
    batch: Batch,
    device: &Device,
) -> impl FnMut() -> f64 + Send + use<> {
    let options = train_options();
    let optimizer = optimizer(&options, &model);
    let rules = StepRules { clip_norm: CLIP, ..options.rules() };
    let mut learner = Learner::new(Trainable::new(model, rules), optimizer, RATE);
    let item = Item::new(batch, None, device);
    move || {
        let mut step = Step::default();
        let loss = step.add(&learner, item.clone()).loss;
        step.take(&mut learner);
        loss
    }
}

/// The defaults of `[train]`.
fn train_options() -> TrainOptions {
    TrainOptions::read(&schema::defaults(TRAIN_KEYS)).expect("they have defaults")
}

fn batch(shape: Shape) -> Batch {
    let Shape { batch, steps, input, .. } = shape;
    Batch {
        size: batch,
        steps,
        inputs: Inputs::Values(numbers::signed(Stream::Input, batch * steps * input)),
        lengths: vec![steps; batch],
        asked: Asked::Sequences,
        continues: false,
        targets: Targets::Values(numbers::targets(batch)),
    }
}

fn spec(shape: Shape) -> Spec {
    let Shape { steps, input, hidden, .. } = shape;
    Spec { input, frame: None, max_steps: steps, hidden, readout: Readout::WholeSequence }
}

/// The defaults of an architecture.
pub(crate) fn options(architecture: &str) -> schema::Options {
    find(architecture).map(|entry| schema::defaults(entry.keys)).unwrap_or_default()
}

fn encoder(cell: Cell, shape: Shape, device: &Device) -> Result<Encoder, BenchError> {
    let options = options(cell.name());
    let build = |init: &mut Initializer| Encoder::build(cell.name(), &spec(shape), &options, init);
    Ok(numbers::with_weights(device, build)?)
}

/// The input, which wants its gradient, and the gradient of the hidden states.
fn leaves(shape: Shape, device: &Device) -> (Tensor<3>, Tensor<3>) {
    let x = numbers::tensor(Stream::Input, shape, shape.input, device).require_grad();
    (x, numbers::tensor(Stream::Gradient, shape, shape.hidden, device))
}

/// The mean of |t|.
fn mean_size(tensor: Tensor<3>) -> f64 {
    f64::from(tensor.abs().mean().into_scalar::<f32>())
}

/// One of Burn's own layers with a linear head.
#[derive(Module, Debug)]
struct Burns {
    layer: BurnsLayer,
    head: Linear,
}

#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and boxes are no modules")]
enum BurnsLayer {
    Vanilla(Rnn),
    Lstm(Lstm),
    Gru(Gru),
}

impl BurnsLayer {
    fn new(cell: Cell, shape: Shape, device: &Device) -> Self {
        let Shape { input, hidden, .. } = shape;
        match cell {
            Cell::Vanilla => Self::Vanilla(RnnConfig::new(input, hidden, true).init(device)),
            Cell::Lstm => Self::Lstm(LstmConfig::new(input, hidden, true).init(device)),
            Cell::Gru => Self::Gru(GruConfig::new(input, hidden, true).init(device)),
        }
    }

    /// The hidden state at each step, `[batch, steps, hidden]`.
    fn steps(&self, x: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Vanilla(layer) => layer.forward(x, None).0,
            Self::Lstm(layer) => layer.forward(x, None).0,
            Self::Gru(layer) => layer.forward(x, None),
        }
    }
}

/// The same work with Burn's own layer, from its own initial weights.
pub(crate) fn burns_layer(cell: Cell, shape: Shape, pass: Pass) -> Work {
    let device = device(pass != Pass::Forward);
    let layer = BurnsLayer::new(cell, shape, &device);
    match pass {
        Pass::Forward => {
            let x = numbers::tensor(Stream::Input, shape, shape.input, &device);
            Box::new(move || drop(black_box(layer.steps(x.clone()))))
        }
        Pass::ForwardBackward => {
            let (x, gradient) = leaves(shape, &device);
            Box::new(move || {
                drop(black_box(backward_from(layer.steps(x.clone()), gradient.clone())));
            })
        }
        Pass::Step => {
            let head = numbers::with_weights(&device, |init| init.linear(shape.hidden, 1));
            let whole = Burns { layer, head };
            let mut optimizer = optimizer(&train_options(), &whole);
            let mut model = Some(whole);
            let values = numbers::tensor(Stream::Input, shape, shape.input, &device);
            let inputs = numbers::input(shape, None, values);
            let targets = numbers::column(&numbers::targets(shape.batch), &device);
            Box::new(move || {
                let Some(taken) = model.take() else { return };
                let loss = burns_loss(&taken, &inputs, targets.clone());
                let _ = black_box(loss.clone().into_scalar::<f32>());
                let mut gradients = GradientsParams::from_grads(loss.backward(), &taken);
                clip_global_norm(&taken, &mut gradients, CLIP);
                model = Some(optimizer.step(RATE, taken, gradients));
            })
        }
    }
}

fn burns_loss(model: &Burns, inputs: &Padded, targets: Tensor<2>) -> Tensor<1> {
    let hidden = model.layer.steps(inputs.values().clone());
    let last = inputs.with_values(hidden).at_last_valid();
    squared_error(model.head.forward(last), targets)
}
