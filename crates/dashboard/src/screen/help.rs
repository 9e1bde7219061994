//! The help: keys, symbols, and how to read the numbers.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::scene::{Scene, symbol};
use crate::owner::Owner;
use crate::run::Status;

/// Draws the help over everything else.
pub(super) fn draw(scene: &Scene, frame: &mut Frame, area: Rect) {
    let lines = lines(scene);
    let columns = lines.iter().map(Line::width).max().unwrap_or(0) as u16 + 4;
    let rows = lines.len() as u16 + 2;
    let area = area.centered(Constraint::Length(columns), Constraint::Length(rows));
    frame.render_widget(Clear, area);
    let block = scene.block("help", area);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn lines(scene: &Scene) -> Vec<Line<'static>> {
    let (leave, interrupt) = match scene.owner {
        Owner::Runner => ("leave the view, the sweep goes on", "stop the sweep, state is saved"),
        Owner::Watcher => ("leave, the sweep is not touched", "the same"),
    };
    let key = |key: &'static str, what: &'static str| Line::raw(format!(" {key:<10}{what}"));
    let state = |status, what: &'static str| {
        let symbol = Span::styled(format!(" {:<10}", symbol(status)), scene.palette.status(status));
        Line::from_iter([symbol, Span::raw(what)])
    };
    vec![
        key("↑ ↓", "arm"),
        key("← → Tab", "task"),
        key("m", "metric of the chart"),
        key("s", "seeds of the selected arm, or the mean of every arm"),
        key("l", "linear or logarithmic axis; a loss starts logarithmic"),
        key("?  Esc", "open, close this help"),
        key("q", leave),
        key("Ctrl-C", interrupt),
        Line::default(),
        state(Status::Planned, "planned"),
        state(Status::Running, "running, with the part that is done"),
        state(Status::Finished, "finished"),
        state(Status::Diverged, "diverged: the loss became NaN or infinite, a result"),
        state(Status::AtRung, "stopped at a rung as one of the worse, in no mean"),
        state(Status::Failed, "failed: the result is not known"),
        state(Status::Stopped, "stopped, can go on"),
        Line::default(),
        Line::raw(" All values are on validation data. The value of an arm is the"),
        Line::raw(" mean over its finished runs, or with ~ over unfinished ones."),
        Line::raw(" A curve is the mean over the seeds that reached the step."),
    ]
}
