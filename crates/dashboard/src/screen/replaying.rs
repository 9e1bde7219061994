//! Replay: a sweep that is over is shown as it was, faster.

use std::time::Instant;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::words::duration;

/// How long a replay takes at first, in seconds.
const WHOLE: f64 = 30.0;

/// Where a replay is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replay {
    /// Begin and end of the sweep, in seconds since the Unix epoch.
    from: f64,
    to: f64,
    /// The time that is shown.
    at: f64,
    /// Seconds of the sweep in a second.
    speed: f64,
    is_paused: bool,
    last: Instant,
}

impl Replay {
    /// From the begin of a sweep to its end.
    pub(super) fn new((from, to): (f64, f64)) -> Self {
        let speed = ((to - from) / WHOLE).max(1.0);
        Self { from, to, at: from, speed, is_paused: false, last: Instant::now() }
    }

    /// Answers a key of a replay; whether it was one.
    pub(super) fn handle_key(&mut self, key: KeyEvent) -> bool {
        match key.code {
            KeyCode::Char(' ') => self.is_paused = !self.is_paused,
            KeyCode::Char('+') => self.speed = (self.speed * 2.0).min(1e6),
            KeyCode::Char('-') => self.speed = (self.speed / 2.0).max(0.1),
            KeyCode::Char('0') => self.at = self.from,
            _ => return false,
        }
        true
    }

    /// Goes on by the time that has passed.
    pub(super) fn advance(&mut self) {
        let passed = self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        if !self.is_paused {
            self.at = (self.at + passed * self.speed).min(self.to);
        }
    }

    /// The time that is shown.
    pub(super) fn at(&self) -> f64 {
        self.at
    }

    /// What the header says of it.
    pub(super) fn words(&self) -> String {
        let paused = if self.is_paused { ", paused" } else { "" };
        let (at, all) = (duration(self.at - self.from), duration(self.to - self.from));
        format!("replay {at} of {all}, {:.1} times as fast{paused}", self.speed)
    }
}
