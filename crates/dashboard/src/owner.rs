//! Who shows the sweep, among which others, and how the view is left.

/// Who shows the sweep, which decides what leaving means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// `run` shows it: `q` leaves the view while the sweep goes on, Ctrl-C asks the sweep
    /// to stop.
    Runner,
    /// `watch` shows it: `q` and Ctrl-C leave, the sweep is not touched.
    Watcher,
}

/// Which of several sweeps, that follow each other, this one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// Why the view closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The user pressed `q`.
    Left,
    /// The user pressed Ctrl-C.
    Interrupted,
    /// The sweep is over and the view closed by itself; only for [`Owner::Runner`].
    Over,
}
