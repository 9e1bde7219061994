//! What other trackers are told while runs are at work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use store::SweepFolder;
use trackers::{Hook, Tracker};

use crate::arguments::RunArguments;
use crate::output::progress::is_dashboard;
use crate::output::say;

/// Does `work` while the trackers that were asked for follow the folder. What goes wrong with them is
/// said, after the dashboard where there is one, and changes nothing.
pub fn tracked<T>(arguments: &RunArguments, sweep: &SweepFolder, work: impl FnOnce() -> T) -> T {
    let kinds = arguments.tracker.iter().map(|kind| kind.tracker(sweep));
    let hook = arguments
        .on_event
        .as_ref()
        .map(|command| -> Box<dyn Tracker> { Box::new(Hook::new(sweep, command.clone())) });
    let trackers: Vec<_> = kinds.chain(hook).collect();
    if trackers.is_empty() {
        return work();
    }
    let (stop, waiting) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let is_hidden = is_dashboard(arguments.progress);
    let done = std::thread::scope(|scope| {
        scope.spawn(|| {
            trackers::follow(sweep, trackers, &stop, &mut |warning| {
                if is_hidden {
                    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                    waiting.push(warning.to_string());
                } else {
                    say::note(format_args!("warning: {warning}"));
                }
            });
        });
        // Also where the work panics: the thread is waited for.
        let _stopping = Stopping(&stop);
        work()
    });
    for warning in waiting.into_inner().unwrap_or_else(PoisonError::into_inner) {
        say::note(format_args!("warning: {warning}"));
    }
    done
}

/// Ends the following when dropped.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
