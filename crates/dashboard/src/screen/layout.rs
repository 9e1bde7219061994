//! Where each part goes, in an area of any size.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::scene::Scene;
use super::{chart, detail, footer, header, help, table, words};
use crate::run::Status;

pub(super) fn draw(scene: &Scene<'_>, frame: &mut Frame) {
    let area = frame.area();
    let message = scene.state.message();
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
    header::draw(scene, frame, header);
    draw_body(scene, frame, body);
    if let Some(message) = message {
        let message = words::fit(&format!("! {message}"), message_area.width.into());
        let style = scene.palette.status(Status::Failed);
        frame.render_widget(Line::styled(message, style), message_area);
    }
    footer::draw(scene, frame, footer);
    if scene.selection.help {
        help::draw(scene, frame, area);
    }
}

/// Table, chart and detail: side by side, below each other, or without the chart.
fn draw_body(scene: &Scene<'_>, frame: &mut Frame, area: Rect) {
    if area.width >= 72 && area.height >= 12 {
        let table_columns = table::wanted_width(scene, area.width * 11 / 20);
        let [left, right] =
            Layout::horizontal([Constraint::Length(table_columns), Constraint::Min(0)]).areas(area);
        let detail_rows = if area.height >= 24 { 7 } else { 5 };
        let [above, below] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(detail_rows)]).areas(right);
        table::draw(scene, frame, left, true);
        chart::draw(scene, frame, above);
        detail::draw(scene, frame, below);
    } else if area.width >= 40 && area.height >= 24 {
        let table_rows = (scene.arms().len() as u16).saturating_add(3).min(area.height / 3);
        let [above, middle, below] = Layout::vertical([
            Constraint::Length(table_rows),
            Constraint::Min(0),
            Constraint::Length(6),
        ])
        .areas(area);
        table::draw(scene, frame, above, true);
        chart::draw(scene, frame, middle);
        detail::draw(scene, frame, below);
    } else {
        let detail_rows = u16::from(area.height >= 4);
        let [above, below] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(detail_rows)]).areas(area);
        table::draw(scene, frame, above, false);
        detail::draw(scene, frame, below);
    }
}
