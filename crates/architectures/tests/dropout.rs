//! Dropout: nothing without training, the right share with it, where the options say.

use architectures::dropout::training;
use architectures::{
    Initializer, Model, Padded, Places, PoolingKind, Readout, Reads, Sequences, Spec, find,
};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, json};

const STEPS: usize = 6;

fn model(name: &str, changes: &Value) -> Model {
    let readout = Readout::EveryStep { future: true };
    let spec = Spec { input: 3, frame: None, max_steps: STEPS, hidden: 8, readout };
    let mut options = schema::defaults(find(name).unwrap().keys);
    options.extend(changes.as_object().unwrap().clone());
    let mut at = 0.0_f32;
    let mut draw = || {
        at += 0.618;
        at.fract()
    };
    let device = Device::flex();
    let init = &mut Initializer::new(&mut draw, &device);
    Model::build(name, &spec, Reads::Vectors, PoolingKind::Last, 2, &options, init).unwrap()
}

fn batch() -> Padded {
    let values: Vec<f32> = (0..2 * STEPS * 3).map(|at| (at as f32 * 1.7).sin()).collect();
    let values = Tensor::from_data(TensorData::new(values, [2, STEPS, 3]), &Device::flex());
    Padded::new(values, vec![STEPS, 4]).unwrap().zero_padding()
}

fn outputs(model: &Model) -> Vec<f32> {
    let output = model.forward(&Sequences::Vectors(batch()), &Places::AllSteps);
    output.into_data().try_to_vec().unwrap()
}

/// Numbers that depend on the place and on `seed`.
fn noise(seed: u64) -> impl FnMut(u64, usize) -> Vec<f32> + 'static {
    move |place, count| {
        let mut state = seed.wrapping_mul(31).wrapping_add(place) | 1;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f32 / (1 << 24) as f32
        };
        (0..count).map(|_| number()).collect()
    }
}

const WITH_DROPOUT: [&str; 6] =
    ["stacked", "bidirectional", "tcn", "transformer", "rnn_transformer", "interleaved"];

#[test]
fn numbers_are_dropped_in_training_alone_and_by_the_stream() {
    for name in WITH_DROPOUT {
        let mut changes = json!({ "dropout": 0.5 });
        if name == "bidirectional" {
            changes["layers"] = json!(2);
        }
        let with = model(name, &changes);
        changes.as_object_mut().unwrap().remove("dropout");
        let without = model(name, &changes);
        let plain = outputs(&without);
        assert_eq!(outputs(&with), plain, "{name}: without training");
        let trained = |seed: u64| training(noise(seed), || outputs(&with));
        assert_ne!(trained(1), plain, "{name}");
        assert_eq!(trained(1), trained(1), "{name}: the same stream");
        assert_ne!(trained(1), trained(2), "{name}: another stream");
        assert_eq!(training(noise(1), || outputs(&without)), plain, "{name}: without dropout");
        assert_eq!(outputs(&with), plain, "{name}: after training");
    }
}

/// A model whose output is linear in what is dropped: its mean over many masks is the output
/// without.
#[test]
fn what_is_kept_makes_up_for_what_is_dropped() {
    let model = model("vanilla", &json!({})).with_dropout(0.3);
    let plain = outputs(&model);
    let mut sums = vec![0.0; plain.len()];
    let many = 4000;
    for seed in 0..many {
        let drawn = training(noise(seed), || outputs(&model));
        sums.iter_mut().zip(drawn).for_each(|(sum, it)| *sum += f64::from(it) / many as f64);
    }
    for (mean, plain) in sums.iter().zip(&plain) {
        assert!((mean - f64::from(*plain)).abs() < 0.03, "{mean}, not {plain}");
    }
}

#[test]
fn a_mask_is_fresh_at_each_step_or_the_same_over_time() {
    let counts = |mask: Value| {
        let model = model("stacked", &json!({ "dropout": 0.5, "dropout_mask": mask }));
        let (sender, receiver) = std::sync::mpsc::channel();
        let numbers = move |_, count| {
            sender.send(count).unwrap();
            vec![0.9; count]
        };
        training(numbers, || outputs(&model));
        receiver.iter().collect::<Vec<usize>>()
    };
    // Two sequences of 8 units between two layers.
    assert_eq!(counts(json!("fresh")), [2 * STEPS * 8]);
    assert_eq!(counts(json!("same")), [2 * 8]);
}

#[test]
fn a_mask_without_a_rate_is_refused() {
    let spec = Spec {
        input: 3,
        frame: None,
        max_steps: STEPS,
        hidden: 8,
        readout: Readout::WholeSequence,
    };
    let mut options = schema::defaults(find("stacked").unwrap().keys);
    options.insert("dropout_mask".to_owned(), json!("same"));
    let device = Device::flex();
    let init = &mut Initializer::shapes(&device);
    let (reads, pooling) = (Reads::Vectors, PoolingKind::Last);
    let error = Model::build("stacked", &spec, reads, pooling, 2, &options, init).unwrap_err();
    assert!(error.to_string().contains("without dropout"), "{error}");
}
