//! State to screen. Every part is one file; `layout` says where it goes.

mod chart;
mod detail;
mod footer;
mod header;
mod help;
mod layout;
mod palette;
mod scene;
mod selection;
mod table;
mod ticks;
mod words;

use std::time::Duration;

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use store::SweepFolder;

use crate::error::DashboardError;
use crate::owner::{Exit, Owner, Place};
use crate::sweep::SweepState;
use palette::Palette;
use scene::Scene;
use selection::{Choices, Selection, ValueAxis};

/// Longest time that reading the folder may keep a key waiting.
const READING: Duration = Duration::from_millis(150);

/// The dashboard of one sweep: what it shows and where the user is in it.
pub struct SweepView {
    state: SweepState,
    selection: Selection,
    owner: Owner,
    place: Option<Place>,
    palette: Palette,
    /// Seconds since the Unix epoch.
    clock: fn() -> f64,
}

impl SweepView {
    /// Reads the plan and as many runs as a moment allows.
    ///
    /// # Errors
    /// [`DashboardError::Store`] if there is no plan to read.
    pub fn open(sweep: &SweepFolder, owner: Owner) -> Result<Self, DashboardError> {
        let mut view = Self {
            state: SweepState::open(sweep)?,
            selection: Selection::default(),
            owner,
            place: None,
            palette: Palette::from_environment(),
            clock: store::journal::now,
        };
        view.update();
        Ok(view)
    }

    /// Shows its place among several sweeps.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// Tells the time by `clock` (seconds since the Unix epoch) instead of the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> f64) -> Self {
        self.clock = clock;
        self
    }

    /// What is known of the sweep.
    pub fn state(&self) -> &SweepState {
        &self.state
    }

    /// Reads what is new in the folder; what cannot be read becomes a message on the screen.
    pub fn update(&mut self) {
        self.state.update(READING);
        self.selection.clamp(self.choices());
    }

    /// Answers a key; `Some` if it leaves the view.
    pub fn handle_key(&mut self, key: KeyEvent) -> Option<Exit> {
        let exit = self.selection.handle_key(key, self.choices());
        self.selection.clamp(self.choices());
        exit
    }

    /// Draws everything, in an area of any size.
    pub fn draw(&self, frame: &mut Frame) {
        let metrics = self.state.metrics(self.selection.task);
        let scene = Scene {
            state: &self.state,
            selection: self.selection,
            owner: self.owner,
            place: self.place,
            palette: self.palette,
            now: (self.clock)(),
            is_log: self.is_log(),
            metric: metrics.get(self.selection.metric).map_or("", String::as_str),
        };
        layout::draw(&scene, frame);
    }

    fn choices(&self) -> Choices {
        Choices {
            tasks: self.state.plan().tasks.len(),
            arms: self.state.plan().arms.len(),
            metrics: self.state.metrics(self.selection.task).len(),
            is_log: self.is_log(),
        }
    }

    /// Whether the value axis of the chart is logarithmic.
    fn is_log(&self) -> bool {
        match self.selection.axis {
            ValueAxis::Linear => false,
            ValueAxis::Logarithmic => true,
            ValueAxis::Fitting => self.is_positive_loss(),
        }
    }

    /// Whether the chart shows a loss, all of whose values are positive.
    fn is_positive_loss(&self) -> bool {
        let (state, task) = (&self.state, self.selection.task);
        let metrics = state.metrics(task);
        let Some((task_plan, metric)) =
            state.plan().tasks.get(task).zip(metrics.get(self.selection.metric))
        else {
            return false;
        };
        let own = &task_plan.metric;
        let is_minimized = own.name == *metric && own.goal == store::Goal::Minimize;
        let runs = (0..state.plan().arms.len()).flat_map(|arm| state.runs_of(arm, task));
        let values = runs.flat_map(|run| run.curve(metric)).map(|point| point.1);
        let mut values = values.filter(|value| value.is_finite());
        (is_minimized || metric == "loss") && values.all(|value| value > 0.0)
    }
}

#[cfg(test)]
mod tests;
