//! What a step depends on: those before it, those after it where that is allowed, and what was carried.

use architectures::{
    ARCHITECTURES, Carried, Initializer, Model, Padded, PoolingKind, Readout, Reads, Sight, find,
};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::json;

use crate::draws::uniform;
use crate::{
    EVERY_STEP, HIDDEN, INPUT, LENGTHS, OUTPUTS, batch, build, causal, is_refused, options, read,
    small, spec,
};

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
