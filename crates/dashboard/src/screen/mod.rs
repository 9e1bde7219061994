//! State to screen: where each part goes. Every part is one file.

mod chart;
mod detail;
mod footer;
mod header;
mod help;
mod palette;
mod selection;
mod table;
mod ticks;
mod words;

use std::time::Duration;

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType};
use store::{Arm, PlannedTask, SweepFolder};

use crate::run::Status;
use crate::{DashboardError, Exit, Owner, SweepState};
use palette::Palette;
use selection::{Choices, Selection, ValueAxis};

/// Longest time that reading the folder may keep a key waiting.
const READING: Duration = Duration::from_millis(150);

/// The dashboard of one sweep: what it shows and where the user is in it.
pub struct SweepView {
    state: SweepState,
    selection: Selection,
    owner: Owner,
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
            palette: Palette::from_environment(),
            clock: store::journal::now,
        };
        view.update();
        Ok(view)
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
            palette: self.palette,
            now: (self.clock)(),
            is_log: self.is_log(),
            metric: metrics.get(self.selection.metric).map_or("", String::as_str),
        };
        scene.draw(frame);
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

/// What every part of the screen draws from.
struct Scene<'a> {
    state: &'a SweepState,
    selection: Selection,
    owner: Owner,
    palette: Palette,
    /// Seconds since the Unix epoch.
    now: f64,
    /// Whether the value axis of the chart is logarithmic.
    is_log: bool,
    /// Name of the metric in the chart; empty where there is no task.
    metric: &'a str,
}

impl Scene<'_> {
    fn draw(&self, frame: &mut Frame) {
        let area = frame.area();
        let message = self.state.message();
        let header_rows = match area.height {
            0..=5 => 1,
            6..=13 => 2,
            _ => 3,
        };
        let message_rows = u16::from(message.is_some() && area.height >= 4);
        let footer_rows = u16::from(area.height >= 3);
        let [header, body, message_area, footer] = Layout::vertical([
            Constraint::Length(header_rows),
            Constraint::Min(0),
            Constraint::Length(message_rows),
            Constraint::Length(footer_rows),
        ])
        .areas(area);
        header::draw(self, frame, header);
        self.draw_body(frame, body);
        if let Some(message) = message {
            let message = words::fit(&format!("! {message}"), message_area.width.into());
            let style = self.palette.status(Status::Failed);
            frame.render_widget(Line::styled(message, style), message_area);
        }
        footer::draw(self, frame, footer);
        if self.selection.help {
            help::draw(self, frame, area);
        }
    }

    /// Table, chart and detail: side by side, below each other, or without the chart.
    fn draw_body(&self, frame: &mut Frame, area: Rect) {
        if area.width >= 72 && area.height >= 12 {
            let table_columns = table::wanted_width(self, area.width * 11 / 20);
            let [left, right] =
                Layout::horizontal([Constraint::Length(table_columns), Constraint::Min(0)])
                    .areas(area);
            let detail_rows = if area.height >= 24 { 7 } else { 5 };
            let [above, below] =
                Layout::vertical([Constraint::Min(0), Constraint::Length(detail_rows)])
                    .areas(right);
            table::draw(self, frame, left, true);
            chart::draw(self, frame, above);
            detail::draw(self, frame, below);
        } else if area.width >= 40 && area.height >= 24 {
            let table_rows = (self.arms().len() as u16).saturating_add(3).min(area.height / 3);
            let [above, middle, below] = Layout::vertical([
                Constraint::Length(table_rows),
                Constraint::Min(0),
                Constraint::Length(6),
            ])
            .areas(area);
            table::draw(self, frame, above, true);
            chart::draw(self, frame, middle);
            detail::draw(self, frame, below);
        } else {
            let detail_rows = u16::from(area.height >= 4);
            let [above, below] =
                Layout::vertical([Constraint::Min(0), Constraint::Length(detail_rows)]).areas(area);
            table::draw(self, frame, above, false);
            detail::draw(self, frame, below);
        }
    }

    fn task(&self) -> Option<&PlannedTask> {
        self.state.plan().tasks.get(self.selection.task)
    }

    fn arms(&self) -> &[Arm] {
        &self.state.plan().arms
    }

    /// A frame around a part, its title cut to fit.
    fn block(&self, title: &str, area: Rect) -> Block<'static> {
        let title = words::fit(title, usize::from(area.width.saturating_sub(4)));
        let block =
            Block::bordered().border_type(BorderType::Rounded).border_style(self.palette.faint());
        if title.is_empty() {
            return block;
        }
        let style = ratatui::style::Style::new()
            .remove_modifier(Modifier::DIM)
            .add_modifier(Modifier::BOLD);
        block.title(Line::styled(format!(" {title} "), style))
    }
}

/// The letter that an arm or seed has in table and chart, so that no colour is needed.
fn mark(index: usize) -> char {
    let letters = ('a'..='z').chain('A'..='Z');
    letters.into_iter().nth(index).unwrap_or('•')
}

/// The symbol of a run's state.
fn symbol(status: Status) -> char {
    match status {
        Status::Planned => '·',
        Status::Running => '▶',
        Status::Stopped => '‖',
        Status::Finished => '✓',
        Status::Diverged => '≈',
        Status::AtRung => '⊣',
        Status::Failed => '✗',
    }
}

#[cfg(test)]
mod tests;
