//! The help: every key, the symbols, and how to read the numbers.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::parts::Parts;
use super::scene::{Scene, symbol};
use crate::owner::Owner;
use crate::run::Status;

/// Keys that ask the runners at work for something.
const STEERING: [(&str, &str); 6] = [
    ("p", "pause the sweep, or let it go on"),
    ("+ -", "more or fewer runs at a time"),
    ("x", "stop the selected run"),
    ("r", "retry the selected run"),
    ("A", "add a seed"),
    ("f", "do the selected arm's runs first"),
];

/// Draws the help over everything else, in two columns where there is room.
pub(super) fn draw(scene: &Scene, parts: &Parts, frame: &mut Frame, area: Rect) {
    let (keys, reading) = (keys(scene, parts), reading(scene));
    let widest = |lines: &[Line]| lines.iter().map(Line::width).max().unwrap_or(0) as u16 + 1;
    let (left, right) = (widest(&keys), widest(&reading));
    let is_wide = left + right + 2 <= area.width;
    let columns = if is_wide { left + right + 2 } else { left.max(right) + 2 };
    let rows = if is_wide { keys.len().max(reading.len()) } else { keys.len() + reading.len() };
    let area = area.centered(Constraint::Length(columns), Constraint::Length(rows as u16 + 2));
    frame.render_widget(Clear, area);
    let block = scene.block("help", area);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if is_wide {
        let [left, right] =
            Layout::horizontal([Constraint::Length(left), Constraint::Min(0)]).areas(inner);
        frame.render_widget(Paragraph::new(keys), left);
        frame.render_widget(Paragraph::new(reading), right);
    } else {
        frame.render_widget(Paragraph::new([keys, reading].concat()), inner);
    }
}

fn keys(scene: &Scene, parts: &Parts) -> Vec<Line<'static>> {
    let (leave, interrupt) = match scene.owner {
        Owner::Runner => ("leave the sweep running, or stop it", "stop it, its state saved"),
        Owner::Watcher => ("leave, the sweep is not touched", "the same"),
    };
    let key = |key: &str, what: &str| Line::raw(format!(" {key:<7} {what}"));
    let current = parts.screens[parts.current].name();
    let numbers = format!("1-{}", parts.screens.len());
    let mut lines = vec![key(&numbers, "screens, named at the top")];
    lines.extend([
        key("↑↓ j k", "arm"),
        key("←→ h l", "seed"),
        key("Tab", "task; with Shift the one before"),
        key("m", "metric"),
        key("y", "linear or logarithmic axis"),
        key("/", "arms with this in their name"),
        key("e", "write the view as SVG, text and CSV"),
        key("n N", "next sweep, the one before"),
        key("M", "mouse: click screens, arms and seeds"),
        key("R", "replay; Space, + -, 0 from the start"),
    ]);
    for (own, what) in parts.screens[parts.current].keys(scene) {
        lines.push(key(own, &format!("{current}: {what}")));
    }
    lines.extend(STEERING.map(|(own, what)| key(own, what)));
    lines.extend([key("q", leave), key("Ctrl-C", interrupt), key("? Esc", "close this")]);
    lines
}

fn reading(scene: &Scene) -> Vec<Line<'static>> {
    let state = |status, what: &'static str| {
        let symbol = Span::styled(format!(" {} ", symbol(status)), scene.palette.status(status));
        Line::from_iter([symbol, Span::raw(what)])
    };
    vec![
        state(Status::Planned, "planned"),
        state(Status::NotNeeded, "not needed, all is decided"),
        state(Status::Running, "running, with the part done"),
        state(Status::Finished, "finished"),
        state(Status::Diverged, "diverged: NaN or infinite,"),
        Line::raw("   which is a result"),
        state(Status::AtRung, "stopped at a rung, in no mean"),
        state(Status::Failed, "failed: no result known"),
        state(Status::Stopped, "stopped, can go on"),
        Line::default(),
        Line::raw(" Values are on validation data."),
        Line::raw(" An arm's is the mean over its"),
        Line::raw(" finished runs, with ~ over"),
        Line::raw(" unfinished ones. A curve is the"),
        Line::raw(" mean over seeds at a step."),
    ]
}
