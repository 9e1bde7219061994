//! Every key and word that an experiment file may use.

use schema::{Choice, Key, Kind, Literal};

use crate::{Catalogue, Entry};

const TEXT: Kind = Kind::Text;

/// `name`.
pub(crate) const NAME: Key =
    Key::required("name", TEXT, "Names the experiment and its folder under results/.");
/// `question`.
pub(crate) const QUESTION: Key =
    Key::optional("question", TEXT, "What the experiment is to answer; heads the report.");
/// `baseline`.
pub(crate) const BASELINE: Key = Key::optional(
    "baseline",
    TEXT,
    "Names the arm that [model] alone describes and that the others are compared with.",
);
/// Replicates of a file that gives no `seeds`.
pub(crate) const DEFAULT_SEEDS: u64 = 5;

/// Keys at the top of the file.
pub(crate) const TOP: [&str; 9] =
    ["name", "question", "seeds", "baseline", "backend", "task", "model", "train", "arm"];
/// Keys of an `[[arm]]`.
pub(crate) const ARM: [&str; 4] = ["name", "model", "train", "backend"];
/// `name` of an `[[arm]]`.
pub(crate) const ARM_NAME: Key = Key::required("name", TEXT, "Names the arm in the report.");

/// Dotted name of the key that selects an architecture.
pub(crate) const ARCHITECTURE: &str = "model.architecture";

/// Keys of `[model]` beside `architecture` and the tables of the architectures.
pub(crate) const MODEL: &[Key] = &[Key::new(
    "hidden",
    Kind::Integer { min: 1, max: 65536 },
    Literal::Integer(64),
    "Width of the hidden state.",
)];

/// Keys of a `[[task]]` beside the task's own.
pub(crate) const TASK: [&str; 4] = ["kind", "label", "metric", "train"];
/// `label` of a `[[task]]`.
pub(crate) const LABEL: Key =
    Key::optional("label", TEXT, "Names the task in the report; the kind unless given.");

/// Keys of `metric` in a `[[task]]`.
pub(crate) const METRIC: [&str; 4] = ["name", "goal", "at", "solved"];
/// `name` of a metric.
pub(crate) const METRIC_NAME: Key =
    Key::optional("name", TEXT, "A metric of the task; its primary one unless given.");
/// `goal` of a metric.
pub(crate) const GOAL: Key = Key::optional(
    "goal",
    Kind::OneOf(&[
        Choice { word: "minimize", doc: "Lower is better." },
        Choice { word: "maximize", doc: "Higher is better." },
    ]),
    "Which way the metric is better.",
);
/// `at` of a metric.
pub(crate) const AT: Key = Key::optional(
    "at",
    Kind::OneOf(&[
        Choice { word: "best", doc: "The weights that were best on validation." },
        Choice { word: "final", doc: "The last weights." },
    ]),
    "Which weights the metric is read from.",
);
const ANY_NUMBER: Kind = Kind::Number { min: f64::MIN, max: f64::MAX };
/// Keys of `solved` in a metric.
pub(crate) const SOLVED: &[Key] = &[
    Key::optional("below", ANY_NUMBER, "Solved when the test score is strictly below this."),
    Key::optional("above", ANY_NUMBER, "Solved when the test score is strictly above this."),
];

/// The words of the catalogue, asked for once.
pub(crate) struct Words {
    pub architectures: Vec<Entry>,
    pub tasks: Vec<Entry>,
    pub train: &'static [Key],
    pub backend: Key,
}

impl Words {
    pub fn new(catalogue: &dyn Catalogue) -> Self {
        let backends = catalogue.backends();
        let backend = Key {
            name: "backend",
            kind: Kind::OneOf(backends),
            default: backends.first().map(|choice| Literal::Text(choice.word)),
            optional: false,
            doc: "What the run is computed with.",
        };
        Self {
            architectures: catalogue.architectures(),
            tasks: catalogue.tasks(),
            train: catalogue.train_keys(),
            backend,
        }
    }

    pub fn architecture(&self, name: &str) -> Option<&Entry> {
        self.architectures.iter().find(|entry| entry.name == name)
    }

    pub fn task(&self, name: &str) -> Option<&Entry> {
        self.tasks.iter().find(|entry| entry.name == name)
    }

    /// The tables that have a key of exactly this name.
    pub fn homes(&self, name: &str) -> Vec<String> {
        let has = |keys: &[Key]| keys.iter().any(|key| key.name == name);
        let mut homes = Vec::new();
        if ["question", "seeds", "baseline", "backend"].contains(&name) {
            homes.push("the top-level table".to_owned());
        }
        if name == "architecture" || has(MODEL) {
            homes.push("[model]".to_owned());
        }
        if has(self.train) {
            homes.push("[train]".to_owned());
        }
        let architectures = self.architectures.iter().filter(|entry| has(entry.keys));
        homes.extend(architectures.map(|entry| format!("[model.{}]", entry.name)));
        let tasks = self.tasks.iter().filter(|entry| has(entry.keys));
        homes.extend(tasks.map(|entry| format!("[[task]] of kind \"{}\"", entry.name)));
        homes
    }
}
