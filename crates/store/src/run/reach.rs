//! How far a run is to go.

use crate::{EventKind, RunFolder, StoreError};

/// How far a run goes. One that ends before, since it diverged or early stopping ended it,
/// is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// To its end.
    End,
    /// Up to this optimizer step, where it waits with its state saved.
    UpTo(u64),
    /// Up to this optimizer step and no further: its result says that it was stopped at a
    /// rung. Its state is kept, should it go on after all.
    StoppedAt(u64),
}

impl Reach {
    /// Whether a run that was stopped at the rung of `step` is to go on.
    pub fn is_beyond(self, step: u64) -> bool {
        match self {
            Self::End => true,
            Self::UpTo(until) => until > step,
            Self::StoppedAt(_) => false,
        }
    }

    /// Whether the folder says that its run waits at this step already, or beyond, and can be
    /// judged here.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn is_waited_at(self, folder: &RunFolder) -> Result<bool, StoreError> {
        let Self::UpTo(rung) = self else { return Ok(false) };
        let last = folder.last_event()?.map(|event| event.kind);
        let waits = matches!(last, Some(EventKind::Stopped { step }) if self.is_pause(step));
        Ok(waits && folder.is_evaluated_at(rung)?)
    }

    /// Whether a run that took `step` steps by itself did as it was to.
    pub fn is_pause(self, step: u64) -> bool {
        matches!(self, Self::UpTo(until) if step >= until)
    }
}
