//! When a run reached which step.

use store::EventKind;

use crate::curve::Points;

/// When each step was reached, in seconds since the Unix epoch, as events told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times(Points);

impl Times {
    /// Takes in when an event came and what step it told.
    pub(crate) fn take(&mut self, time: f64, kind: &EventKind) {
        let step = match kind {
            EventKind::Started { step, .. } => {
                self.0.retain(|point| point.1 <= *step as f64);
                *step
            }
            EventKind::Evaluated { step, .. } | EventKind::Stopped { step } => *step,
            _ => return,
        };
        self.0.push((time, step as f64));
    }

    /// The last step that was reached at `time`.
    pub(crate) fn step_at(&self, time: f64) -> Option<f64> {
        self.0.iter().take_while(|point| point.0 <= time).last().map(|point| point.1)
    }
}
