//! Which weights of a run are kept.

use serde::{Deserialize, Serialize};

use crate::ReadAt;

/// Which weights of a run are kept when it is finished. No part of a run's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// None.
    #[default]
    None,
    /// Those that were best on validation.
    Best,
    /// The last ones.
    Last,
    /// The best and the last.
    Both,
}

impl Keep {
    /// Whether these are among them.
    pub fn keeps(self, weights: ReadAt) -> bool {
        match weights {
            ReadAt::Best => matches!(self, Self::Best | Self::Both),
            ReadAt::Final => matches!(self, Self::Last | Self::Both),
        }
    }

    /// Whether it keeps none.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Its word in the experiment file and on the worker's command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Best => "best",
            Self::Last => "last",
            Self::Both => "both",
        }
    }

    /// That of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::None, Self::Best, Self::Last, Self::Both].into_iter().find(|it| it.word() == word)
    }
}
