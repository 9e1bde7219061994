//! The resolved configuration of a run, and its identity.

use std::fmt::Write as _;

use schema::Options;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::result::Goal;

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
    /// Options of the selected architecture, checked against its table.
    pub options: Options,
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
}

/// JSON with sorted keys. Written out here because `serde_json` sorts only as long as no
/// crate in the build turns on its `preserve_order`.
fn canonical(value: &Value) -> String {
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
