//! Which of a run's random choices differ between replicates.

use serde::{Deserialize, Serialize};

/// What the replicate seed of a run decides. The same in every arm, so that arms can be
/// compared seed by seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seeding {
    /// Initial weights.
    #[serde(default, skip_serializing_if = "SeedRule::varies")]
    pub initialisation: SeedRule,
    /// Order of the training data, and the training sequences that a generator draws.
    #[serde(default, skip_serializing_if = "SeedRule::varies")]
    pub order: SeedRule,
    /// Which sequences are set apart for validation.
    #[serde(default, skip_serializing_if = "SplitRule::is_fixed")]
    pub split: SplitRule,
}

/// Where a seed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedRule {
    /// It is the replicate's.
    #[default]
    Vary,
    /// It is this, in every replicate.
    Fixed(u64),
}

/// Where the seed of the validation split comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitRule {
    /// It is the replicate's.
    Vary,
    /// It is the task's own `split_seed`, in every replicate.
    #[default]
    Fixed,
}

/// Key of a task's options that decides its validation split.
pub const SPLIT_SEED: &str = "split_seed";

impl SeedRule {
    /// Whether the seed is the replicate's.
    pub fn varies(&self) -> bool {
        *self == Self::Vary
    }

    /// The seed to use in the replicate with this seed.
    pub fn seed(self, replicate: u64) -> u64 {
        match self {
            Self::Vary => replicate,
            Self::Fixed(seed) => seed,
        }
    }
}

impl SplitRule {
    /// Whether the split is the same in every replicate.
    pub fn is_fixed(&self) -> bool {
        *self == Self::Fixed
    }
}

impl Seeding {
    /// Whether this is what a file without `[seed]` means: initial weights and order vary,
    /// the split does not.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
