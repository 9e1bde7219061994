//! Where each part goes, in an area of any size.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;

use super::parts::Parts;
use super::scene::Scene;
use super::{footer, header, help, words};
use crate::run::Status;

pub(super) fn draw(scene: &Scene<'_>, parts: &Parts<'_>, frame: &mut Frame) {
    let area = frame.area();
    let problem = scene.state.message().map(|message| format!("! {message}"));
    let message = parts.notice.map(str::to_owned).or(problem);
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
    header::draw(scene, parts, frame, header);
    let screen = &parts.screens[parts.current];
    screen.draw(scene, frame, body);
    if let Some(message) = message {
        let message = words::fit(&message, message_area.width.into());
        let style = scene.palette.status(Status::Failed);
        let style = if parts.notice.is_some() { ratatui::style::Style::new() } else { style };
        frame.render_widget(Line::styled(message, style), message_area);
    }
    footer::draw(scene, parts, frame, footer);
    if parts.help {
        help::draw(scene, parts, frame, area);
    }
    if let Some(dialog) = parts.dialog {
        dialog.draw(scene, frame, area);
    }
}
