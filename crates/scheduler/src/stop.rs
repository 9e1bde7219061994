//! The worker's half of stopping.

use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGKILL, SIGTERM};

/// Exit code of a worker whose run another process holds or has finished.
pub const BUSY: u8 = 75;

/// Exit code of a worker that cannot write its run's folder, and so cannot record that
/// either: a full disk, say.
pub const UNWRITABLE: u8 = 74;

/// How long a worker that was asked to stop may take.
pub const GRACE: Duration = Duration::from_secs(30);

/// Calls `stop` when this worker is asked to stop: at the end of standard input, which the
/// runner closes, also by dying, and at SIGTERM. SIGINT is the runner's to answer.
///
/// A process that is still there when `grace` has passed since then kills itself: no worker
/// that hangs outlives a runner that is gone.
///
/// # Errors
/// If the system does not let a program handle these signals or start threads.
pub fn on_stop(grace: Duration, stop: impl Fn() + Send + Sync + 'static) -> io::Result<()> {
    let stop = Arc::new(move || {
        stop();
        std::thread::sleep(grace);
        // Nothing can be done for a process that cannot even be killed.
        signal_hook::low_level::raise(SIGKILL).ok();
    });
    let at_signal = stop.clone();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.forever().any(|signal| signal == SIGTERM) {
            at_signal();
        }
    })?;
    std::thread::Builder::new().name("end-of-input".into()).spawn(move || {
        let mut ignored = [0; 64];
        while matches!(io::stdin().read(&mut ignored), Ok(read) if read > 0) {}
        stop();
    })?;
    Ok(())
}
