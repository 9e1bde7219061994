//! Bottom line: the keys, the most needed first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::scene::Scene;
use super::words::width;
use crate::owner::Owner;

/// Draws as many keys as fit, each whole.
pub(super) fn draw(scene: &Scene, frame: &mut Frame, area: Rect) {
    let leave = match scene.owner {
        Owner::Runner => "leave, runs go on",
        Owner::Watcher => "leave",
    };
    let stop = (scene.owner == Owner::Runner).then_some(("^C", "stop"));
    let scale = if scene.is_log { "linear" } else { "log" };
    let series = if scene.selection.by_seed { "means" } else { "seeds" };
    let keys = [("q", leave), ("?", "help")].into_iter().chain(stop).chain([
        ("↑↓", "arm"),
        ("←→", "task"),
        ("m", "metric"),
        ("s", series),
        ("l", scale),
    ]);
    let mut line = Line::default();
    for (key, what) in keys {
        if line.width() + width(key) + 1 + width(what) > usize::from(area.width) {
            break;
        }
        line.push_span(Span::styled(key, Style::new().add_modifier(Modifier::BOLD)));
        line.push_span(Span::styled(format!(" {what}  "), scene.palette.faint()));
    }
    frame.render_widget(line, area);
}
