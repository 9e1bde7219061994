//! Parameters and multiply-adds against the equations.

use architectures::{ARCHITECTURES, Readout};
use burn::module::Module as _;
use burn::tensor::Device;
use serde_json::json;

use crate::{Changes, EVERY_STEP, OUTPUTS, build, options};

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
