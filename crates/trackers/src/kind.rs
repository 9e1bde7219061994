//! The trackers that have a word.

use std::fmt;
use std::str::FromStr;

use store::SweepFolder;

use crate::{Mlflow, TensorBoard, Tracker, TrackerError};

/// A tracker that has a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `tensorboard`: [`TensorBoard`].
    TensorBoard,
    /// `mlflow`: [`Mlflow`].
    Mlflow,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::TensorBoard, Self::Mlflow];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::TensorBoard => TensorBoard::NAME,
            Self::Mlflow => Mlflow::NAME,
        }
    }

    /// The tracker for a sweep; nothing is written yet.
    pub fn tracker(self, sweep: &SweepFolder) -> Box<dyn Tracker> {
        match self {
            Self::TensorBoard => Box::new(TensorBoard::new(sweep)),
            Self::Mlflow => Box::new(Mlflow::new(sweep)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = TrackerError;

    fn from_str(word: &str) -> Result<Self, TrackerError> {
        let unknown = || TrackerError::Word {
            word: word.to_owned(),
            known: Self::ALL.map(Self::word).join(" or "),
        };
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_its_tracker_and_no_other_word_does() {
        for kind in Kind::ALL {
            assert_eq!(kind.to_string().parse::<Kind>().unwrap(), kind);
            assert_eq!(kind.tracker(&SweepFolder::new("x")).name(), kind.word());
        }
        let error = "wandb".parse::<Kind>().unwrap_err().to_string();
        assert_eq!(error, "\"wandb\" is not a tracker: use tensorboard or mlflow");
    }
}
