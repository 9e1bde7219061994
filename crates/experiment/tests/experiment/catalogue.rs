//! A small catalogue, so that no architecture and no data is needed.

use std::cell::Cell;
use std::path::Path;

use experiment::{Catalogue, Entry, Experiment, Rejected, Source, TaskFacts, Unusable, load};
use schema::{Choice, Key, Kind, Literal, Options};
use store::{Goal, ModelConfig, Sizes, TaskConfig};

const COUNT: Kind = Kind::Integer { min: 1, max: i64::MAX };
const COUNT_FROM_0: Kind = Kind::Integer { min: 0, max: i64::MAX };
const POSITIVE: Kind = Kind::Number { min: 0.0, max: f64::MAX };

const LSTM: &[Key] = &[
    Key::new(
        "forget_gate",
        Kind::OneOf(&[
            Choice { word: "learned", doc: "As usual." },
            Choice { word: "always-one", doc: "Never forgets." },
        ]),
        Literal::Text("learned"),
        "What decides how much of the cell is kept.",
    ),
    // An integer literal where a number is asked for, as a table may well hold.
    Key::new("forget_bias", POSITIVE, Literal::Integer(1), "Initial bias of the forget gate."),
];
const GRU: &[Key] = &[Key::new(
    "reset_after",
    Kind::Boolean,
    Literal::Boolean(true),
    "Whether the reset gate acts after the product.",
)];
const STACKED: &[Key] = &[Key::new(
    "cell",
    Kind::OneOf(&[
        Choice { word: "lstm", doc: "With its own table of options." },
        Choice { word: "gru", doc: "Likewise." },
    ]),
    Literal::Text("lstm"),
    "The cell of every layer.",
)];
const TRANSFORMER: &[Key] =
    &[Key::required("heads", COUNT, "Attention heads; they divide the hidden size.")];

const ADDING: &[Key] = &[Key::new("length", COUNT, Literal::Integer(100), "Steps of a sequence.")];
const PARITY: &[Key] = &[
    Key::required("length", COUNT, "Bits of a sequence."),
    Key::optional("noise", POSITIVE, "Standard deviation of the noise on the input."),
];

const SPLIT: &[Key] =
    &[Key::new("split_seed", COUNT_FROM_0, Literal::Integer(0), "Decides the validation split.")];
const STOPPING: &[Key] = &[
    Key::required("patience", COUNT, "Epochs without an improvement."),
    Key::new("min_delta", POSITIVE, Literal::Integer(0), "What counts as one."),
];

const TRAIN: &[Key] = &[
    Key::new("steps", COUNT, Literal::Integer(1000), "Optimizer steps."),
    Key::new("evaluate_every", COUNT, Literal::Integer(100), "Steps of an epoch."),
    Key::new("learning_rate", POSITIVE, Literal::Number(1e-3), "Step size."),
    Key::optional("clip_norm", POSITIVE, "Largest norm of the gradient."),
    Key::optional("early_stopping", Kind::Table(STOPPING), "Ends a run before `steps`."),
];

/// Counts how often it is asked.
#[derive(Default)]
pub struct Small {
    pub inspected: Cell<usize>,
    pub counted: Cell<usize>,
}

impl Catalogue for Small {
    fn architectures(&self) -> Vec<Entry> {
        vec![
            Entry { name: "rnn", keys: &[] },
            Entry { name: "lstm", keys: LSTM },
            Entry { name: "gru", keys: GRU },
            Entry { name: "transformer", keys: TRANSFORMER },
            Entry { name: "stacked", keys: STACKED },
        ]
    }

    fn tasks(&self) -> Vec<Entry> {
        vec![
            Entry { name: "adding", keys: ADDING },
            Entry { name: "parity", keys: PARITY },
            Entry { name: "power", keys: &[] },
            Entry { name: "vowels", keys: SPLIT },
        ]
    }

    fn train_keys(&self) -> &'static [Key] {
        TRAIN
    }

    fn check_train(&self, options: &Options) -> Result<(), String> {
        let clips = options.contains_key("clip_norm") && options["learning_rate"] == 0.0;
        if clips {
            Err("`train.clip_norm` clips nothing at a rate of 0".to_owned())
        } else {
            Ok(())
        }
    }

    fn backends(&self) -> &'static [Choice] {
        &[
            Choice { word: "flex", doc: "Processor." },
            Choice { word: "ndarray", doc: "Processor, the reference." },
        ]
    }

    fn inspect_task(&self, kind: &str, _: &Options) -> Result<TaskFacts, Unusable> {
        self.inspected.set(self.inspected.get() + 1);
        if kind == "power" {
            let reason = "datasets/power.csv is missing; datasets/README.md says where it is from";
            return Err(Unusable { reason: reason.to_owned(), lacks_data: true });
        }
        let loss = ("loss".to_owned(), Goal::Minimize);
        let accuracy = ("accuracy".to_owned(), Goal::Maximize);
        Ok(TaskFacts {
            primary: if kind == "adding" { "loss" } else { "accuracy" }.to_owned(),
            metrics: if kind == "adding" { vec![loss] } else { vec![loss, accuracy] },
            summary: "A summary.".to_owned(),
            limits: "Limits.".to_owned(),
            trivial: [("loss".to_owned(), 0.167)].into(),
            trivial_rule: "the mean".to_owned(),
            checksum: "c0ffee".to_owned(),
            split_sizes: [0, 100, 200],
            parts: Vec::new(),
        })
    }

    fn sizes(&self, model: &ModelConfig, _: &TaskConfig) -> Result<Sizes, String> {
        Ok(Sizes { state: None, multiply_adds: model.hidden as u64 })
    }

    fn digest_weights(&self, file: &str) -> Result<String, String> {
        if file == "gone.pt" {
            Err("gone.pt: it is missing".to_owned())
        } else {
            Ok(format!("digest of {file}"))
        }
    }

    fn begin_anew(&self, model: &ModelConfig, _: &TaskConfig) -> Result<Vec<String>, String> {
        match &model.weights {
            Some(weights) if weights.file == "other.pt" => {
                Err("other.pt: \"rnn.weight_ih_l0\" is [8, 3], not [16, 3]".to_owned())
            }
            Some(weights) if weights.file == "encoder.pt" => Ok(vec!["head.weight".to_owned()]),
            _ => Ok(Vec::new()),
        }
    }

    fn count_parameters(&self, model: &ModelConfig, _: &TaskConfig) -> Result<u64, String> {
        self.counted.set(self.counted.get() + 1);
        let hidden = model.hidden as u64;
        match model.options.get("heads").and_then(serde_json::Value::as_u64) {
            Some(heads) if !hidden.is_multiple_of(heads) => {
                Err(format!("{heads} heads do not divide a hidden size of {hidden}"))
            }
            _ => Ok(hidden * 10),
        }
    }
}

pub fn read(text: &str, overrides: &[&str]) -> Result<Experiment, Rejected> {
    let overrides: Vec<_> = overrides.iter().map(|&text| text.to_owned()).collect();
    let source = Source { path: Path::new("experiments/gates.toml"), text };
    load(source, &overrides, &Small::default())
}

#[track_caller]
pub fn accepted(text: &str, overrides: &[&str]) -> Experiment {
    read(text, overrides).unwrap_or_else(|rejected| panic!("{}", rejected.render(false, 100)))
}

#[track_caller]
pub fn rejected(text: &str, overrides: &[&str]) -> String {
    match read(text, overrides) {
        Ok(experiment) => panic!("accepted: {:?}", experiment.plan),
        Err(rejected) => rejected.render(false, 100),
    }
}
