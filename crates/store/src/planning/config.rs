//! The resolved configuration of a run, and its identity.

use std::borrow::Cow;
use std::fmt::Write as _;

use schema::Options;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::planning::seeding::{SPLIT_SEED, Seeding};
use crate::run::result::Goal;

/// Everything that decides what a run computes, except its seed; no names.
///
/// Two arms that resolve to the same configuration share their runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Version of this format; part of the identity.
    pub format: u32,
    /// Backend word: `flex`, `ndarray`, `wgpu`, `cuda`.
    pub backend: String,
    /// The task and how it selects.
    pub task: TaskConfig,
    /// The model.
    pub model: ModelConfig,
    /// Options of the training loop, checked against its table.
    pub train: Options,
    /// What the seed decides; part of the identity only where it is not the default, so
    /// that runs from before it existed keep theirs.
    #[serde(default, skip_serializing_if = "Seeding::is_default")]
    pub seeding: Seeding,
}

/// The task part of a [`RunConfig`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskConfig {
    /// Registered name of the task.
    pub kind: String,
    /// Metric on the validation split that selects the best weights.
    pub metric: String,
    /// Direction of that metric.
    pub goal: Goal,
    /// Options of the task, checked against its table.
    pub options: Options,
}

/// The model part of a [`RunConfig`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Registered name of the architecture.
    pub architecture: String,
    /// Width of the hidden state.
    pub hidden: usize,
    /// Width of the embedding of tokens, where the file gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<usize>,
    /// How a sequence's vectors become one, where one output a sequence is asked for.
    #[serde(default, skip_serializing_if = "Pooling::is_last")]
    pub pooling: Pooling,
    /// Part of what the head reads that is put to 0 while training, where the file gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f64>,
    /// What the weights are at the start, where the file names some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<StartWeights>,
    /// Options of the selected architecture, checked against its table.
    pub options: Options,
}

/// A file of weights that a model starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartWeights {
    /// The file, as it was given.
    pub file: String,
    /// [`digest`](crate::digest) of its bytes: other bytes are another configuration.
    pub digest: String,
}

/// How a sequence's vectors become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The last valid step.
    #[default]
    Last,
    /// The mean of all.
    Mean,
    /// The largest of all, unit by unit.
    Max,
    /// A mean with learned weights.
    Attention,
}

impl Pooling {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    fn is_last(&self) -> bool {
        *self == Self::Last
    }
}

impl ModelConfig {
    /// Width of the embedding of tokens where nothing else is said.
    pub const EMBEDDING: usize = 32;
}

impl RunConfig {
    /// Version written by this program.
    pub const FORMAT: u32 = 1;

    /// The identity: BLAKE3 of the canonical JSON (keys sorted, no white space), in
    /// hexadecimal. Seed and names are not part of it.
    ///
    /// # Panics
    /// Never: a configuration is plain data, which JSON can hold.
    pub fn identity(&self) -> String {
        let value = serde_json::to_value(self).expect("a configuration is plain data");
        blake3::hash(canonical(&value).as_bytes()).to_hex().to_string()
    }

    /// Options to build the task with in the replicate of this seed: those of the
    /// configuration, with the replicate's seed as `split_seed` where the split varies.
    pub fn task_options(&self, replicate: u64) -> Cow<'_, Options> {
        let options = &self.task.options;
        if self.seeding.split.is_fixed() || !options.contains_key(SPLIT_SEED) {
            return Cow::Borrowed(options);
        }
        let mut options = options.clone();
        options.insert(SPLIT_SEED.to_owned(), replicate.into());
        Cow::Owned(options)
    }
}

/// JSON with sorted keys. Written out here because `serde_json` sorts only as long as no
/// crate in the build turns on its `preserve_order`.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            let mut text = String::from("{");
            for (i, (key, value)) in entries.into_iter().enumerate() {
                let comma = if i == 0 { "" } else { "," };
                let _ = write!(text, "{comma}{}:{}", Value::from(key.as_str()), canonical(value));
            }
            text + "}"
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::planning::seeding::{SeedRule, SplitRule};

    fn config() -> RunConfig {
        serde_json::from_value(json!({
            "format": 1,
            "backend": "flex",
            "task": { "kind": "adding", "metric": "loss", "goal": "minimize",
                      "options": { "length": 50 } },
            "model": { "architecture": "lstm", "hidden": 64,
                       "options": { "forget_bias": 1.0 } },
            "train": { "steps": 3000, "learning_rate": 0.001 },
        }))
        .unwrap()
    }

    #[test]
    fn canonical_json_sorts_keys_at_every_depth() {
        let value = json!({ "b": [{ "z": 1, "a": "x\"y" }], "a": null });
        assert_eq!(canonical(&value), r#"{"a":null,"b":[{"a":"x\"y","z":1}]}"#);
    }

    #[test]
    fn the_identity_of_a_configuration_without_new_keys_is_what_it_was() {
        // Recorded before `seeding` existed: finished runs stay finished.
        assert_eq!(
            config().identity(),
            "23077de4211ed4f86dc7fb43f198dc04407fbafc9b01ed51f916d3f0ba48d6d8"
        );
    }

    #[test]
    fn seeding_is_part_of_the_identity_and_of_what_is_built() {
        let plain = config();
        let mut other = config();
        other.seeding.order = SeedRule::Fixed(3);
        assert_ne!(other.identity(), plain.identity());
        let text = toml::to_string_pretty(&other).unwrap();
        assert_eq!(toml::from_str::<RunConfig>(&text).unwrap(), other);
        assert_eq!((other.seeding.order.seed(7), other.seeding.initialisation.seed(7)), (3, 7));

        let mut split = config();
        split.seeding.split = SplitRule::Vary;
        assert_ne!(split.identity(), plain.identity());
        assert_eq!(split.task_options(7).get("split_seed"), None);
        split.task.options.insert("split_seed".into(), json!(2));
        assert_eq!(split.task_options(7)["split_seed"], 7);
        split.seeding.split = SplitRule::Fixed;
        assert_eq!(split.task_options(7)["split_seed"], 2);
    }

    #[test]
    fn identity_changes_with_any_value_and_survives_toml() {
        let config = config();
        let identity = config.identity();
        assert_eq!(identity.len(), 64);
        let through_toml: RunConfig =
            toml::from_str(&toml::to_string_pretty(&config).unwrap()).unwrap();
        assert_eq!(through_toml.identity(), identity);
        let mut other = config.clone();
        other.model.options.insert("forget_bias".into(), json!(2.0));
        assert_ne!(other.identity(), identity);
        let mut other = config;
        other.backend = "ndarray".into();
        assert_ne!(other.identity(), identity);
    }
}
