//! The architectures made of layers, with ragged lengths and zero initial state.

use architectures::bidirectional::Bidirectional;
use architectures::cnn_rnn::CnnRnn;
use architectures::feed_forward::FeedForward;
use architectures::layer::Layer;
use architectures::lstm::LstmCell;
use architectures::rnn_transformer::RnnTransformer;
use architectures::stacked::Stacked;
use architectures::vanilla::VanillaCell;
use architectures::{Architecture, Initializer, Readout, Spec};
use burn::module::Param;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Tensor};
use serde_json::{Value, json};

use crate::cells::set_gru;
use crate::file::{Expected, Golden};
use crate::on_every_backend;

const OUTPUT: f32 = 1e-5;
const GRADIENT: f32 = 1e-4;

fn build<A: Architecture>(golden: &Golden, options: &[(&str, Value)], device: &Device) -> A {
    let spec = Spec {
        input: golden.size("input"),
        max_steps: golden.get("x").shape[1],
        hidden: golden.size("hidden"),
        readout: Readout::WholeSequence,
    };
    let mut checked = schema::defaults(A::DESCRIPTION.keys);
    checked.extend(options.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    let mut zero = || 0.0;
    A::build(&spec, &checked, &mut Initializer::new(&mut zero, device)).unwrap()
}

/// Puts PyTorch's weights into a layer; names are `<prefix>weight_ih<suffix>` and so on.
fn set_layer(layer: &mut Layer, golden: &Golden, prefix: &str, suffix: &str, device: &Device) {
    let weight = |name: &str| golden.weight(&format!("{prefix}{name}{suffix}"));
    let input = || weight("weight_ih").transposed().param(device);
    let recurrent = || weight("weight_hh").transposed().param(device);
    let bias = || weight("bias_ih").plus(&weight("bias_hh")).param(device);
    match layer {
        Layer::Vanilla(VanillaCell { input_weight, recurrent_weight, bias: b, .. })
        | Layer::Lstm(LstmCell { input_weight, recurrent_weight, bias: b, .. }) => {
            (*input_weight, *recurrent_weight, *b) = (input(), recurrent(), bias());
        }
        Layer::Gru(cell) => set_gru(cell, golden, prefix, suffix, device),
    }
}

/// Finds a weight of an architecture.
type Weight<'a, A> = &'a dyn Fn(&A) -> Tensor<2>;

/// Checks steps, summary and loss, and the gradients of `x` and of the named weights.
fn check<A: Architecture>(
    golden: &Golden,
    architecture: &A,
    device: &Device,
    weights: &[(&str, Weight<A>)],
) {
    let x = golden.input(device);
    let mut loss: Option<Tensor<1>> = None;
    let mut add = |term: Tensor<1>| loss = Some(loss.take().map_or(term.clone(), |sum| sum + term));
    if let Some(expected) = golden.find("steps") {
        let steps = architecture.steps(&x);
        expected.assert_near(steps.clone(), OUTPUT);
        add(golden.weighted(&steps, "steps_weight"));
    }
    let summary = architecture.summary(&x);
    assert_eq!(summary.dims()[1], architecture.width());
    golden.get("summary").assert_near(summary.clone(), OUTPUT);
    if golden.find("summary_weight").is_some() {
        add(golden.weighted(&summary, "summary_weight"));
    } else {
        add(golden.weighted(&by_direction(golden, &summary), "final_weight"));
    }
    let loss = loss.unwrap();
    let value = loss.clone().into_scalar::<f32>();
    let expected = golden.number("loss");
    assert!((value - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{value} {expected}");
    let gradients = loss.backward();
    let of_x = x.values().grad(&gradients).unwrap();
    golden.gradient("x").assert_near(of_x, GRADIENT);
    for (name, weight) in weights {
        let actual = weight(architecture).grad(&gradients).unwrap();
        let expected = golden.gradient(name).transposed();
        expected.assert_near(actual, GRADIENT);
    }
}

/// `[directions, batch, hidden]` from `[batch, directions·hidden]`.
fn by_direction(golden: &Golden, summary: &Tensor<2>) -> Tensor<3> {
    let [batch, width] = summary.dims();
    let hidden = golden.size("hidden");
    summary.clone().reshape([batch, width / hidden, hidden]).swap_dims(0, 1)
}

/// The golden's gradients contain the final states of the lower layers, which are not
/// given here; so outputs only.
fn check_stacked(case: &str, cell: &str, device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read(case);
    let layers = golden.size("layers");
    let options = [("cell", json!(cell)), ("layers", json!(layers))];
    let mut stacked: Stacked = build(&golden, &options, device);
    assert_eq!(stacked.layers.len(), layers);
    for (index, layer) in stacked.layers.iter_mut().enumerate() {
        set_layer(layer, &golden, "", &format!("_l{index}"), device);
    }
    let x = golden.input(device);
    golden.get("steps").assert_near(stacked.steps(&x), OUTPUT);
    golden.get("summary").assert_near(stacked.summary(&x), OUTPUT);
}

fn stacked_lstm(device: &Device) {
    check_stacked("stacked_lstm", "lstm", device);
}

fn stacked_gru(device: &Device) {
    check_stacked("stacked_gru", "gru", device);
}

fn check_bidirectional(case: &str, cell: &str, device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read(case);
    let mut both: Bidirectional = build(&golden, &[("cell", json!(cell))], device);
    set_layer(&mut both.forward, &golden, "", "_l0", device);
    set_layer(&mut both.backward, &golden, "", "_l0_reverse", device);
    check(
        &golden,
        &both,
        device,
        &[
            ("weight_hh_l0", &|both| recurrent_weight(&both.forward)),
            ("weight_hh_l0_reverse", &|both| recurrent_weight(&both.backward)),
        ],
    );
}

fn recurrent_weight(layer: &Layer) -> Tensor<2> {
    match layer {
        Layer::Vanilla(cell) => cell.recurrent_weight.val(),
        Layer::Lstm(cell) => cell.recurrent_weight.val(),
        Layer::Gru(cell) => cell.recurrent_weight.val(),
    }
}

fn bidirectional_vanilla(device: &Device) {
    check_bidirectional("bidirectional_vanilla", "vanilla", device);
}

fn bidirectional_lstm(device: &Device) {
    check_bidirectional("bidirectional_lstm", "lstm", device);
}

fn bidirectional_gru(device: &Device) {
    check_bidirectional("bidirectional_gru", "gru", device);
}

fn cnn_rnn(device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read("cnn_rnn");
    let options = [
        ("cell", json!("gru")),
        ("filters", json!(golden.size("filters"))),
        ("kernel", json!(golden.size("kernel"))),
        ("convolutions", json!(golden.size("convolutions"))),
    ];
    let mut hybrid: CnnRnn = build(&golden, &options, device);
    for (index, convolution) in hybrid.convolutions.iter_mut().enumerate() {
        convolution.weight = golden.weight(&format!("conv.{index}.weight")).param(device);
        convolution.bias = Some(golden.weight(&format!("conv.{index}.bias")).param(device));
    }
    set_layer(&mut hybrid.layer, &golden, "rnn.", "_l0", device);
    let weight = |hybrid: &CnnRnn| recurrent_weight(&hybrid.layer);
    check(&golden, &hybrid, device, &[("rnn.weight_hh_l0", &weight)]);
}

fn linear(weight: Expected, bias: &Expected, device: &Device) -> Linear {
    Linear { weight: weight.transposed().param(device), bias: Some(bias.param(device)) }
}

fn set_norm(norm: &mut LayerNorm, golden: &Golden, name: &str, device: &Device) {
    norm.gamma = golden.weight(&format!("{name}.weight")).param(device);
    norm.beta = Some(golden.weight(&format!("{name}.bias")).param(device));
}

fn rnn_transformer(device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read("rnn_transformer");
    let hidden = golden.size("hidden");
    assert_eq!(golden.size("feed_forward"), 4 * hidden);
    let options = [
        ("cell", json!("gru")),
        ("heads", json!(golden.size("heads"))),
        ("blocks", json!(golden.size("blocks"))),
    ];
    let mut hybrid: RnnTransformer = build(&golden, &options, device);
    set_layer(&mut hybrid.layer, &golden, "rnn.", "_l0", device);
    for (index, block) in hybrid.blocks.iter_mut().enumerate() {
        let name = |part: &str| format!("blocks.{index}.{part}");
        let weight = |part: &str| golden.weight(&name(part));
        let projection = |part: usize| {
            let rows = part * hidden..(part + 1) * hidden;
            let bias = weight("self_attn.in_proj_bias").rows(rows.clone());
            linear(weight("self_attn.in_proj_weight").rows(rows), &bias, device)
        };
        block.attention.query = projection(0);
        block.attention.key = projection(1);
        block.attention.value = projection(2);
        let full = |part: &str| {
            let bias = weight(&format!("{part}.bias"));
            linear(weight(&format!("{part}.weight")), &bias, device)
        };
        block.attention.output = full("self_attn.out_proj");
        block.inner = full("linear1");
        block.outer = full("linear2");
        set_norm(&mut block.attention_norm, &golden, &name("norm1"), device);
        set_norm(&mut block.feed_forward_norm, &golden, &name("norm2"), device);
    }
    set_norm(&mut hybrid.norm, &golden, "norm", device);
    check(
        &golden,
        &hybrid,
        device,
        &[
            ("rnn.weight_hh_l0", &|hybrid| recurrent_weight(&hybrid.layer)),
            ("blocks.0.linear2.weight", &|hybrid| value(&hybrid.blocks[0].outer.weight)),
            ("blocks.1.self_attn.out_proj.weight", &|hybrid| {
                value(&hybrid.blocks[1].attention.output.weight)
            }),
        ],
    );
}

fn value(weight: &Param<Tensor<2>>) -> Tensor<2> {
    weight.val()
}

fn check_feed_forward(case: &str, view: &str, device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read(case);
    let mut network: FeedForward = build(&golden, &[("view", json!(view))], device);
    let layer = |index: usize| {
        let bias = golden.weight(&format!("layers.{index}.bias"));
        linear(golden.weight(&format!("layers.{index}.weight")), &bias, device)
    };
    (network.first, network.second) = (layer(0), layer(1));
    check(
        &golden,
        &network,
        device,
        &[
            ("layers.0.weight", &|network| value(&network.first.weight)),
            ("layers.1.weight", &|network| value(&network.second.weight)),
        ],
    );
}

fn feed_forward(device: &Device) {
    check_feed_forward("feed_forward", "moments", device);
}

fn feed_forward_flattened(device: &Device) {
    check_feed_forward("feed_forward_flattened", "flattened", device);
}

on_every_backend! {
    stacked_lstm,
    stacked_gru,
    bidirectional_vanilla,
    bidirectional_lstm,
    bidirectional_gru,
    cnn_rnn,
    rnn_transformer,
    feed_forward,
    feed_forward_flattened,
}
