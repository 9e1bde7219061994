//! What the rest of the program knows: the words that an experiment file may use.

use schema::{Choice, Key, Options};
use store::{Goal, Metrics, ModelConfig, PlannedPart, Sizes, TaskConfig};

/// The architectures, tasks, training keys and backends that exist.
///
/// Whoever owns them implements this, so that the experiment file can be checked in full
/// while this crate stays below Burn.
pub trait Catalogue {
    /// Every architecture: its name is a word of `model.architecture` and the name of its
    /// table, `[model.<name>]`.
    fn architectures(&self) -> Vec<Entry>;

    /// Every task: its name is a word of `kind` in `[[task]]`, its keys go beside it.
    fn tasks(&self) -> Vec<Entry>;

    /// Keys of `[train]`.
    fn train_keys(&self) -> &'static [Key];

    /// Whether checked and complete options of `[train]` fit together.
    ///
    /// # Errors
    /// One sentence for people: what does not, and what would.
    fn check_train(&self, options: &Options) -> Result<(), String>;

    /// Words of `backend`; the first is the default.
    fn backends(&self) -> &'static [Choice];

    /// Loads a task's data, or builds its generator, and says what the plan must hold of
    /// it. `options` are checked and complete.
    ///
    /// # Errors
    /// [`Unusable`], for example that a data file is missing and where to get it.
    fn inspect_task(&self, kind: &str, options: &Options) -> Result<TaskFacts, Unusable>;

    /// What a model takes to run on a task whose parameters could be counted.
    ///
    /// # Errors
    /// As [`Self::count_parameters`].
    fn sizes(&self, model: &ModelConfig, task: &TaskConfig) -> Result<Sizes, String>;

    /// The digest of a file of weights, whether or not it is one.
    ///
    /// # Errors
    /// One sentence for people if it cannot be read.
    fn digest_weights(&self, file: &str) -> Result<String, String>;

    /// What of a model does not start from the file of weights that it names.
    ///
    /// # Errors
    /// One sentence for people if the weights are not those of the model.
    fn begin_anew(&self, model: &ModelConfig, task: &TaskConfig) -> Result<Vec<String>, String>;

    /// Number of trainable parameters of a model on a task.
    ///
    /// # Errors
    /// One sentence for people if the options do not fit together, for example a hidden
    /// size that the heads do not divide.
    fn count_parameters(&self, model: &ModelConfig, task: &TaskConfig) -> Result<u64, String>;
}

/// One architecture or task.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Registered name.
    pub name: &'static str,
    /// Its own keys.
    pub keys: &'static [Key],
}

/// Why a task cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// One sentence for people.
    pub reason: String,
    /// Whether it is only that a data file is not there.
    pub lacks_data: bool,
}

/// What a plan must hold of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskFacts {
    /// Every metric that it reports and which way it is better.
    pub metrics: Vec<(String, Goal)>,
    /// Name of the metric that selects and is compared unless the file says otherwise.
    pub primary: String,
    /// One line: what is to be predicted from what.
    pub summary: String,
    /// What the task can and cannot show.
    pub limits: String,
    /// Test scores of predicting without looking at the input.
    pub trivial: Metrics,
    /// How that trivial prediction is made.
    pub trivial_rule: String,
    /// Checksum of its data files, or of its generator's version.
    pub checksum: String,
    /// Sequences in the training, validation and test split; 0 for training data that is
    /// generated without end.
    pub split_sizes: [usize; 3],
    /// Held-out parts beside validation and test.
    pub parts: Vec<PlannedPart>,
}
