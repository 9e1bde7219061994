//! Requests to stop, counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::exit::Exit;

/// Counts SIGINT and SIGTERM: the first asks to save and stop, the second to stop at once.
#[derive(Clone, Default)]
pub struct StopRequests {
    interrupts: Arc<AtomicUsize>,
    terminations: Arc<AtomicUsize>,
}

impl StopRequests {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the system does not let a program handle these signals.
    pub fn listen() -> anyhow::Result<Self> {
        let requests = Self::default();
        for (signal, count) in
            [(SIGINT, requests.interrupts.clone()), (SIGTERM, requests.terminations.clone())]
        {
            signal_hook::iterator::Signals::new([signal])
                .and_then(|mut signals| {
                    std::thread::Builder::new().name("signals".into()).spawn(move || {
                        for _ in signals.forever() {
                            count.fetch_add(1, Ordering::SeqCst);
                        }
                    })
                })
                .context("cannot listen to signals")?;
        }
        Ok(requests)
    }

    /// Counts a Ctrl-C that the dashboard read as a key.
    pub fn interrupt(&self) {
        self.interrupts.fetch_add(1, Ordering::SeqCst);
    }

    /// How often a stop was asked for.
    pub fn count(&self) -> usize {
        self.interrupts.load(Ordering::SeqCst) + self.terminations.load(Ordering::SeqCst)
    }

    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        if self.terminations.load(Ordering::SeqCst) > 0 {
            Exit::Terminated
        } else {
            Exit::Interrupted
        }
    }
}
