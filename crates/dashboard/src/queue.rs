//! What a cluster has of the sweep, asked beside the screen.

use cluster::Submitted;
use store::SweepFolder;

use crate::background::Background;

/// Seconds between two questions: every one is a burden on the cluster's controller.
const EVERY: f64 = 20.0;

/// What the cluster has of a sweep.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    asked: Background<Option<String>>,
    words: Option<String>,
}

impl Queue {
    /// Asks anew if it is time; whether something else is known than before.
    pub(crate) fn update(&mut self, folder: &SweepFolder, now: f64) -> bool {
        let folder = folder.clone();
        let ask = move || Submitted::of(&folder).ok().flatten()?.words();
        // What cannot be asked is not known: `status` says why.
        let Some(come) = self.asked.update((now / EVERY) as usize, ask) else { return false };
        let words = come.ok().flatten();
        let is_new = words != self.words;
        self.words = words;
        is_new
    }

    /// One of which this is known.
    #[cfg(test)]
    pub(crate) fn saying(words: &str) -> Self {
        Self { words: Some(words.to_owned()), ..Self::default() }
    }

    /// Where tasks are at work, why others wait and why some failed.
    pub(crate) fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }
}
