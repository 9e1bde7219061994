//! PyTorch's tensors, under its names, make the model that it has.

use architectures::{Initializer, Model, PoolingKind, Readout, Reads, Spec, find};
use burn::tensor::Device;
use serde_json::json;

use crate::file::Golden;
use crate::on_every_backend;

const OUTPUT: f32 = 1e-5;

fn recurrent_layers_take_the_tensors_of_pytorch(device: &Device) {
    let device = &device.clone().autodiff();
    for (case, architecture, changes) in [
        ("vanilla_tanh", "vanilla", json!({})),
        ("lstm", "lstm", json!({})),
        ("gru", "gru", json!({})),
        ("stacked_lstm", "stacked", json!({})),
        ("stacked_gru", "stacked", json!({ "cell": "gru" })),
        ("bidirectional_vanilla", "bidirectional", json!({ "cell": "vanilla" })),
        ("bidirectional_lstm", "bidirectional", json!({})),
        ("bidirectional_gru", "bidirectional", json!({ "cell": "gru" })),
    ] {
        let golden = Golden::read(case);
        let spec = Spec {
            input: golden.size("input"),
            frame: None,
            max_steps: golden.get("x").shape[1],
            hidden: golden.size("hidden"),
            readout: Readout::EveryStep { future: true },
        };
        let mut options = schema::defaults(find(architecture).unwrap().keys);
        options.extend(changes.as_object().unwrap().clone());
        if case.starts_with("stacked") {
            options.insert("layers".into(), golden.size("layers").into());
        }
        let mut zero = || 0.0;
        let init = &mut Initializer::new(&mut zero, device);
        let (reads, pooling) = (Reads::Vectors, PoolingKind::Last);
        let model = Model::build(architecture, &spec, reads, pooling, 2, &options, init).unwrap();
        // The names of a bare torch.nn.LSTM; the head stays as it is.
        let (model, taken) = model.with_weights(&golden.weights()).unwrap();
        assert_eq!(taken.left, ["head.weight", "head.bias"], "{case}");
        // The initial state of a single layer's case is none of the model.
        if golden.find("h0").is_none() {
            let steps = model.encoder.steps(&golden.input(device)).values().clone();
            golden.get("steps").assert_near(steps, OUTPUT);
        }
        let mut out = model.weights();
        out.retain(|name, _| name.starts_with("rnn."));
        let sum = |tensors: &weights::Tensors, name: &str| tensors[name].values.iter().sum::<f32>();
        for (name, tensor) in golden.weights() {
            let own = &out[&format!("rnn.{name}")];
            assert_eq!(own.shape, tensor.shape, "{case} {name}");
            if name.starts_with("weight") {
                assert_eq!(*own, tensor, "{case} {name}");
            } else if let Some(other) = name.strip_prefix("bias_ih") {
                let (ih, hh) = (format!("rnn.{name}"), format!("rnn.bias_hh{other}"));
                let expected = sum(&golden.weights(), &name)
                    + sum(&golden.weights(), &format!("bias_hh{other}"));
                let own = sum(&out, &ih) + sum(&out, &hh);
                assert!((own - expected).abs() < 1e-5, "{case} {name}: {own} {expected}");
            }
        }
    }
}

on_every_backend!(recurrent_layers_take_the_tensors_of_pytorch);
