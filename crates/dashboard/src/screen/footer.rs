//! Bottom line: the keys, the most needed first; while a filter is typed, that.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::parts::Parts;
use super::scene::Scene;
use super::words::{fit, width};
use crate::owner::Owner;

/// Draws as many keys as fit, each whole.
pub(super) fn draw(scene: &Scene, parts: &Parts, frame: &mut Frame, area: Rect) {
    if scene.selection.is_typing {
        let typed = format!("/{}▏  Enter keeps it, Esc shows all arms", scene.selection.filter);
        frame.render_widget(Line::raw(fit(&typed, area.width.into())), area);
        return;
    }
    let leave = match scene.owner {
        Owner::Runner if scene.state.is_live() => "leave or stop",
        _ => "leave",
    };
    let scale = if scene.is_log { "linear" } else { "log" };
    let mut keys: Vec<(&str, String)> = vec![("q", leave.into()), ("?", "help".into())];
    let screens = parts.screens.len();
    let numbers = format!("1-{screens}");
    keys.push((&numbers, "screens".into()));
    keys.extend(parts.screens[parts.current].keys(scene));
    let general = [("↑↓", "arm"), ("←→", "seed"), ("Tab", "task"), ("m", "metric"), ("y", scale)];
    keys.extend(general.map(|(key, what)| (key, what.to_owned())));
    keys.push(("/", "filter".into()));
    if scene.state.is_live() {
        keys.push(("p", if scene.state.is_paused() { "go on" } else { "pause" }.into()));
    }
    let mut line = Line::default();
    for (key, what) in keys {
        if line.width() + width(key) + 1 + width(&what) > usize::from(area.width) {
            break;
        }
        line.push_span(Span::styled(key.to_owned(), Style::new().add_modifier(Modifier::BOLD)));
        line.push_span(Span::styled(format!(" {what}  "), scene.palette.faint()));
    }
    frame.render_widget(line, area);
}
