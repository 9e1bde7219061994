//! Worker processes, one a run, and what their ends mean.
//!
//! [`Scheduler`] starts a command for every run, at most so many at a time. What the command
//! is, is the caller's: the real program trains, `fake_trainer` pretends to in a
//! millisecond, which is how this crate is tested.
//!
//! A worker and its runner agree on five things:
//!
//! - The worker holds the lock of its run's folder. If another process holds it, or has
//!   finished the run or brought it as far as it is to go ([`store::Reach::is_waited_at`]), the
//!   worker ends with the code [`BUSY`].
//! - Its runner holds another lock of the folder ([`store::RunFolder::claim`]), until it has
//!   recorded how the worker ended: no other runner begins the run meanwhile.
//! - The end of its standard input asks the worker to save its state and stop
//!   ([`on_stop`]). The runner closes it, also by dying: no worker outlives its runner by
//!   more than the grace period.
//! - A worker that ends with success has written `result.json` or saved its state. One that
//!   knows why it failed says so in its last event and ends with another code, [`UNWRITABLE`]
//!   if the event cannot be written.
//! - Standard output and error of the worker are its run's `log.txt`.
//!
//! Which processors a worker runs on is between it and the machine: its runner knows whether all
//! its workers fit ([`Processors::hold`]), the worker claims some for itself ([`Binding`]).

mod answering;
mod binding;
mod control;
mod ending;
mod limits;
mod memory;
mod notice;
mod phases;
mod process;
mod processors;
mod progress;
mod queued;
mod record;
mod scheduler;
mod shard;
mod signals;
mod stop;

pub use binding::Binding;
pub use control::Control;
pub use limits::{LimitError, Limits, parse_bytes, parse_duration};
pub use memory::peak_memory;
pub use notice::{Notice, Observer, Tally};
pub use phases::{Contest, OpenRung, Phased, Phases};
pub use processors::Processors;
pub use progress::JsonProgress;
pub use queued::QueuedRun;
pub use record::Record;
pub use scheduler::{Policy, Scheduler, SchedulerError};
pub use shard::Shard;
pub use signals::Signals;
pub use stop::{BUSY, GRACE, UNWRITABLE, on_stop};
