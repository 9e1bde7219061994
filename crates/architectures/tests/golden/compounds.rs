//! The architectures made of layers, with ragged lengths and zero initial state.

use architectures::attention::Block;
use architectures::bidirectional::Bidirectional;
use architectures::cnn_rnn::CnnRnn;
use architectures::convolution::Convolution;
use architectures::fcn::Fcn;
use architectures::feed_forward::FeedForward;
use architectures::layer::{Layer, LayerCell};
use architectures::rnn_transformer::RnnTransformer;
use architectures::stacked::Stacked;
use architectures::tcn::Tcn;
use architectures::transformer::Transformer;
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
    build_for(Readout::WholeSequence, None, golden, options, device)
}

fn build_for<A: Architecture>(
    readout: Readout,
    frame: Option<[usize; 3]>,
    golden: &Golden,
    options: &[(&str, Value)],
    device: &Device,
) -> A {
    let spec = Spec {
        input: golden.size("input"),
        frame,
        max_steps: golden.get("x").shape[1],
        hidden: golden.size("hidden"),
        readout,
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
    let LayerCell::Fused(cell) = &mut layer.cell else { panic!("{prefix}{suffix}") };
    if cell.candidate_bias.is_some() {
        set_gru(cell, golden, prefix, suffix, device);
    } else {
        (cell.input_weight, cell.recurrent_weight, cell.bias) =
            (input(), Some(recurrent()), bias());
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
        let steps = architecture.steps(&x).values().clone();
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
    golden.get("steps").assert_near(stacked.steps(&x).values().clone(), OUTPUT);
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
    set_layer(&mut both.layers[0].forward, &golden, "", "_l0", device);
    set_layer(&mut both.layers[0].backward, &golden, "", "_l0_reverse", device);
    check(
        &golden,
        &both,
        device,
        &[
            ("weight_hh_l0", &|both| recurrent_weight(&both.layers[0].forward)),
            ("weight_hh_l0_reverse", &|both| recurrent_weight(&both.layers[0].backward)),
        ],
    );
}

fn recurrent_weight(layer: &Layer) -> Tensor<2> {
    let LayerCell::Fused(cell) = &layer.cell else { panic!("{layer:?}") };
    cell.recurrent_weight.as_ref().unwrap().val()
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
        convolution.bias = golden.weight(&format!("conv.{index}.bias")).param(device);
    }
    set_layer(&mut hybrid.layer, &golden, "rnn.", "_l0", device);
    let weight = |hybrid: &CnnRnn| recurrent_weight(&hybrid.layer);
    check(&golden, &hybrid, device, &[("rnn.weight_hh_l0", &weight)]);
}

/// The options of a case, and its weights in the convolutions and the recurrent layer.
fn hybrid(
    case: &str,
    frame: Option<[usize; 3]>,
    options: &[(&str, Value)],
    device: &Device,
) -> (Golden, CnnRnn) {
    let golden = Golden::read(case);
    let mut all = vec![("cell", json!("gru")), ("filters", json!(5)), ("kernel", json!(3))];
    all.extend(options.iter().cloned());
    let mut hybrid: CnnRnn = build_for(Readout::WholeSequence, frame, &golden, &all, device);
    set_convolutions(&mut hybrid.convolutions, &golden, device);
    set_layer(&mut hybrid.layer, &golden, "rnn.", "_l0", device);
    (golden, hybrid)
}

fn set_convolutions(convolutions: &mut [Convolution], golden: &Golden, device: &Device) {
    for (index, convolution) in convolutions.iter_mut().enumerate() {
        convolution.weight = golden.weight(&format!("conv.{index}.weight")).param(device);
        convolution.bias = golden.weight(&format!("conv.{index}.bias")).param(device);
        if let Some(norm) = &mut convolution.norm {
            set_norm(norm, golden, &format!("norms.{index}"), device);
        }
    }
}

const OF_LAYER: (&str, Weight<CnnRnn>) =
    ("rnn.weight_hh_l0", &|hybrid| recurrent_weight(&hybrid.layer));

fn cnn_rnn_shortened(device: &Device) {
    let device = &device.clone().autodiff();
    let options = [
        ("convolutions", json!(1)),
        ("stride", json!(2)),
        ("pool", json!(2)),
        ("normalize", json!("layer")),
    ];
    let (golden, hybrid) = hybrid("cnn_rnn_shortened", None, &options, device);
    check(&golden, &hybrid, device, &[OF_LAYER]);
}

fn cnn_rnn_parallel(device: &Device) {
    let device = &device.clone().autodiff();
    let options = [("convolutions", json!(1)), ("form", json!("parallel"))];
    let (golden, hybrid) = hybrid("cnn_rnn_parallel", None, &options, device);
    check(&golden, &hybrid, device, &[OF_LAYER]);
}

fn cnn_rnn_frames(device: &Device) {
    let device = &device.clone().autodiff();
    let options = [("convolutions", json!(0)), ("frame_filters", json!(5))];
    let (golden, mut hybrid) = hybrid("cnn_rnn_frames", Some([5, 4, 2]), &options, device);
    let frames = hybrid.frames.as_mut().unwrap();
    for (index, (weight, bias)) in frames.weights.iter_mut().zip(&mut frames.biases).enumerate() {
        *weight = golden.weight(&format!("conv.{index}.weight")).param(device);
        *bias = golden.weight(&format!("conv.{index}.bias")).param(device);
    }
    check(&golden, &hybrid, device, &[OF_LAYER]);
}

fn fcn(device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read("fcn");
    let mut network: Fcn = build(&golden, &[], device);
    set_convolutions(&mut network.convolutions, &golden, device);
    check(&golden, &network, device, &[]);
}

fn tcn(device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read("tcn");
    let options = ["kernel", "levels"].map(|key| (key, json!(golden.size(key))));
    let mut network: Tcn = build(&golden, &options, device);
    for (index, level) in network.levels.iter_mut().enumerate() {
        let name = format!("blocks.{index}");
        for (convolution, part) in [(&mut level.first, "first"), (&mut level.second, "second")] {
            let weight = |number| {
                golden.weight(&format!("{name}.{part}.parametrizations.weight.original{number}"))
            };
            convolution.length = weight(0).flat().param(device);
            convolution.direction = weight(1).param(device);
            convolution.bias = golden.weight(&format!("{name}.{part}.bias")).param(device);
        }
        if let Some((weight, bias)) = &mut level.skip {
            *weight = golden.weight(&format!("{name}.skip.weight")).param(device);
            *bias = golden.weight(&format!("{name}.skip.bias")).param(device);
        }
    }
    check(&golden, &network, device, &[]);
}

fn linear(weight: Expected, bias: &Expected, device: &Device) -> Linear {
    Linear { weight: weight.transposed().param(device), bias: Some(bias.param(device)) }
}

fn set_norm(norm: &mut LayerNorm, golden: &Golden, name: &str, device: &Device) {
    norm.gamma = golden.weight(&format!("{name}.weight")).param(device);
    norm.beta = Some(golden.weight(&format!("{name}.bias")).param(device));
}

fn set_blocks(blocks: &mut [Block], golden: &Golden, device: &Device) {
    let hidden = golden.size("hidden");
    for (index, block) in blocks.iter_mut().enumerate() {
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
        set_norm(&mut block.attention_norm, golden, &name("norm1"), device);
        set_norm(&mut block.feed_forward_norm, golden, &name("norm2"), device);
    }
}

fn check_transformer(case: &str, readout: Readout, positions: &str, device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read(&format!("transformer_{case}"));
    let mut options = vec![("positions", json!(positions))];
    options.extend(["heads", "blocks"].map(|key| (key, json!(golden.size(key)))));
    let window = golden.size("window");
    if window > 0 {
        options.push(("window", json!(window)));
    }
    let mut network: Transformer = build_for(readout, None, &golden, &options, device);
    let bias = golden.weight("input.bias");
    network.input = linear(golden.weight("input.weight"), &bias, device);
    if let Some(positions) = &mut network.positions {
        *positions = golden.weight("positions").param(device);
    }
    set_blocks(&mut network.attention.blocks, &golden, device);
    set_norm(&mut network.attention.norm, &golden, "norm", device);
    let weight =
        |network: &Transformer| value(&network.attention.blocks[0].attention.output.weight);
    let of_output = ("blocks.0.self_attn.out_proj.weight", &weight as Weight<Transformer>);
    check(&golden, &network, device, &[of_output]);
}

fn transformer_decoder(device: &Device) {
    check_transformer("decoder", Readout::CAUSAL, "sinusoidal", device);
}

fn transformer_encoder(device: &Device) {
    check_transformer("encoder", Readout::WholeSequence, "learned", device);
}

fn transformer_rotary(device: &Device) {
    check_transformer("rotary", Readout::CAUSAL, "rotary", device);
}

fn transformer_window(device: &Device) {
    check_transformer("window", Readout::WholeSequence, "none", device);
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
    set_blocks(&mut hybrid.attention.blocks, &golden, device);
    set_norm(&mut hybrid.attention.norm, &golden, "norm", device);
    check(
        &golden,
        &hybrid,
        device,
        &[
            ("rnn.weight_hh_l0", &|hybrid| recurrent_weight(&hybrid.layer)),
            ("blocks.0.linear2.weight", &|hybrid| value(&hybrid.attention.blocks[0].outer.weight)),
            ("blocks.1.self_attn.out_proj.weight", &|hybrid| {
                value(&hybrid.attention.blocks[1].attention.output.weight)
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
    cnn_rnn_shortened,
    cnn_rnn_parallel,
    cnn_rnn_frames,
    fcn,
    tcn,
    transformer_decoder,
    transformer_encoder,
    transformer_rotary,
    transformer_window,
    rnn_transformer,
    feed_forward,
    feed_forward_flattened,
}
