//! What a site asks for: `[cluster]` of an experiment file, or a user's `cluster.toml`.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::ClusterError;

/// What a site asks for. Nothing of it is part of what a run is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Partition that jobs go to.
    pub partition: Option<String>,
    /// Account that they are charged to.
    pub account: Option<String>,
    /// Quality of service.
    pub qos: Option<String>,
    /// Longest time of a task, such as `2h`.
    pub time: Option<String>,
    /// Processors of a task.
    pub cpus: Option<u16>,
    /// Memory of a task, such as `4GiB`.
    pub memory: Option<String>,
    /// GPUs of a task.
    pub gpus: Option<u16>,
    /// Environment modules that a task loads, parted by spaces.
    pub modules: Option<String>,
    /// Shell lines that a task begins with.
    pub prologue: Option<String>,
    /// Further options of `sbatch`, parted by spaces.
    pub options: Option<String>,
}

impl Settings {
    /// Those of a file; none if it is not there.
    ///
    /// # Errors
    /// [`ClusterError::Read`], [`ClusterError::Settings`].
    pub fn read(path: &Path) -> Result<Self, ClusterError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(ClusterError::Read { path: path.into(), source }),
        };
        toml::from_str(&text).map_err(|error| ClusterError::Settings {
            path: path.into(),
            reason: error.to_string().trim_end().to_owned(),
        })
    }

    /// These, and where they say nothing those of `below`.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            partition: self.partition.or(below.partition),
            account: self.account.or(below.account),
            qos: self.qos.or(below.qos),
            time: self.time.or(below.time),
            cpus: self.cpus.or(below.cpus),
            memory: self.memory.or(below.memory),
            gpus: self.gpus.or(below.gpus),
            modules: self.modules.or(below.modules),
            prologue: self.prologue.or(below.prologue),
            options: self.options.or(below.options),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearer_counts_key_by_key() {
        let near = Settings { partition: Some("short".into()), ..Settings::default() };
        let far = Settings { partition: Some("long".into()), cpus: Some(4), ..Settings::default() };
        let both = near.over(far);
        assert_eq!((both.partition.as_deref(), both.cpus), (Some("short"), Some(4)));
    }

    #[test]
    fn a_file_that_is_missing_says_nothing_and_a_wrong_one_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cluster.toml");
        assert_eq!(Settings::read(&path).unwrap(), Settings::default());
        for (text, part) in [
            ("partition = \"a\"\ncpu = 2\n", "unknown field `cpu`"),
            ("cpus = 70000", "line 1"),
            ("partition = ", "line 1"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Settings::read(&path).unwrap_err().to_string();
            assert!(error.contains("cluster.toml: ") && error.contains(part), "{error}");
        }
        std::fs::write(&path, b"\xff\xfe").unwrap();
        assert!(matches!(Settings::read(&path), Err(ClusterError::Read { .. })));
    }
}
