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
pub(crate) const TOP: [&str; 19] = [
    "name", "extends", "question", "seeds", "seed", "baseline", "backend", "task", "model",
    "train", "arm", "grid", "zip", "random", "exclude", "budget", "tune", "halving", "claim",
];
/// Those of them that the command line may change key by key, though they belong to no
/// run's configuration: `tune.seeds=3`.
pub(crate) const TABLES: [&str; 7] = ["seed", "grid", "zip", "random", "budget", "tune", "halving"];

/// Most configurations that are planned at once, candidates of tuning included.
pub(crate) const MOST_CONFIGURATIONS: usize = 100_000;
/// Most runs that are planned at once, those of tuning included: each has a folder, and
/// every command looks at all of them.
pub(crate) const MOST_RUNS: usize = 1_000_000;

const CHOICE_VARY: Choice = Choice { word: "vary", doc: "Another in every replicate." };
/// Keys of `[seed]`.
pub(crate) const SEED: [&str; 3] = ["initialisation", "order", "split"];
/// `split` of `[seed]`.
pub(crate) const SEED_SPLIT: Key = Key::optional(
    "split",
    Kind::OneOf(&[CHOICE_VARY, Choice { word: "fixed", doc: "That of the task's `split_seed`." }]),
    "Whether the validation split varies over the replicates.",
);

const SEED_NUMBER: Kind = Kind::Integer { min: 0, max: i64::MAX };
/// `samples` of `[random]`.
pub(crate) const RANDOM_SAMPLES: Key = Key::required(
    "samples",
    Kind::Integer { min: 1, max: 100_000 },
    "How many points are drawn, the same for every arm.",
);
/// `seed` of `[random]`.
pub(crate) const RANDOM_SEED: Key =
    Key::new("seed", SEED_NUMBER, Literal::Integer(0), "Decides which points are drawn.");
/// `scale` of a range in `[random]`.
pub(crate) const SCALE: Key = Key::optional(
    "scale",
    Kind::OneOf(&[
        Choice { word: "linear", doc: "Every difference is as likely as every other." },
        Choice { word: "log", doc: "Every factor is as likely as every other." },
    ]),
    "How values are drawn between `low` and `high`.",
);
/// `arm` of an `exclude`.
pub(crate) const EXCLUDED_ARM: Key =
    Key::optional("arm", TEXT, "The arm whose points are left out; all arms unless given.");

/// Keys of `[budget]`.
pub(crate) const BUDGET: [&str; 3] = ["parameters", "tolerance", "match"];
/// `parameters` of `[budget]`.
pub(crate) const BUDGET_PARAMETERS: Key = Key::required(
    "parameters",
    Kind::Integer { min: 1, max: 100_000_000 },
    "Trainable parameters that every arm is to have; the nearest `model.hidden` is taken.",
);
/// Default of `tolerance` of `[budget]`.
pub(crate) const DEFAULT_TOLERANCE: f64 = 0.05;
/// `tolerance` of `[budget]`.
pub(crate) const BUDGET_TOLERANCE: Key = Key::new(
    "tolerance",
    Kind::Number { min: 0.0, max: 1.0 },
    Literal::Number(DEFAULT_TOLERANCE),
    "Largest deviation from the budget, relative to it.",
);
/// An item of `match` of `[budget]`.
pub(crate) const BUDGET_ARM: Key = Key::optional("match", TEXT, "Names of arms.");

/// Keys of `[tune]`.
pub(crate) const TUNE: [&str; 2] = ["over", "seeds"];
/// Default of `seeds` of `[tune]`.
pub(crate) const DEFAULT_TUNING_SEEDS: u64 = 2;
/// `seeds` of `[tune]`.
pub(crate) const TUNING_SEEDS: Key = Key::new(
    "seeds",
    Kind::Integer { min: 1, max: 10_000 },
    Literal::Integer(DEFAULT_TUNING_SEEDS as i64),
    "Runs of each candidate, on seeds that no replicate uses.",
);

/// Keys of `[halving]`.
pub(crate) const HALVING: [&str; 2] = ["rungs", "keep"];
/// An item of `rungs` of `[halving]`.
pub(crate) const RUNG: Key = Key::required(
    "rungs",
    Kind::Integer { min: 1, max: 1_000_000_000 },
    "Optimizer steps after which the worse runs are stopped.",
);
/// Default of `keep` of `[halving]`.
pub(crate) const DEFAULT_KEEP: f64 = 0.5;
/// `keep` of `[halving]`.
pub(crate) const HALVING_KEEP: Key = Key::new(
    "keep",
    Kind::Number { min: 0.01, max: 0.99 },
    Literal::Number(DEFAULT_KEEP),
    "Share of the runs that go on past each rung.",
);

/// Keys of a `[[claim]]`.
pub(crate) const CLAIM: [&str; 7] =
    ["text", "left", "right", "expect", "margin", "metric", "tasks"];
/// `text` of a `[[claim]]`.
pub(crate) const CLAIM_TEXT: Key =
    Key::required("text", TEXT, "The sentence that the data may refute.");
/// `left` of a `[[claim]]`.
pub(crate) const CLAIM_LEFT: Key = Key::required("left", TEXT, "The arm that is compared.");
/// `right` of a `[[claim]]`.
pub(crate) const CLAIM_RIGHT: Key =
    Key::required("right", TEXT, "The arm that it is compared with.");
/// `expect` of a `[[claim]]`.
pub(crate) const CLAIM_EXPECT: Key = Key::required(
    "expect",
    Kind::OneOf(&[
        Choice { word: "greater", doc: "The metric of `left` is greater than that of `right`." },
        Choice { word: "less", doc: "The metric of `left` is less than that of `right`." },
        Choice { word: "equivalent", doc: "They differ by less than `margin`." },
    ]),
    "What is expected of the metric of `left` against `right`.",
);
/// `margin` of a `[[claim]]`.
pub(crate) const CLAIM_MARGIN: Key = Key::optional(
    "margin",
    Kind::Number { min: 0.0, max: f64::MAX },
    "Smallest difference that counts, in units of the metric.",
);
/// `metric` of a `[[claim]]`.
pub(crate) const CLAIM_METRIC: Key =
    Key::optional("metric", TEXT, "A metric of its tasks; their primary one unless given.");
/// An item of `tasks` of a `[[claim]]`.
pub(crate) const CLAIM_TASK: Key =
    Key::optional("tasks", TEXT, "Labels of the tasks that it is about; all unless given.");
/// Keys of an `[[arm]]`.
pub(crate) const ARM: [&str; 4] = ["name", "model", "train", "backend"];
/// `name` of an `[[arm]]`.
pub(crate) const ARM_NAME: Key = Key::required("name", TEXT, "Names the arm in the report.");

/// Dotted name of the key that selects an architecture.
pub(crate) const ARCHITECTURE: &str = "model.architecture";

/// Dotted name of the key that `[budget]` chooses.
pub(crate) const HIDDEN: &str = "model.hidden";

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
        if TOP.contains(&name) && !["name", "seed", "task", "model", "train", "arm"].contains(&name)
        {
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
