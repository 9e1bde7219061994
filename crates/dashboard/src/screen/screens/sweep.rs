//! The whole sweep at a glance: the state of every run, a chart, and what the selected arm is.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use text::{csv, csv_count, csv_line, csv_number};

use crate::screen::contract::Screen;
use crate::screen::scene::Scene;
use crate::screen::selection::Order;
use crate::screen::{chart, detail, table};

/// The screen.
pub(super) struct Sweep;

impl Screen for Sweep {
    fn name(&self) -> &'static str {
        "sweep"
    }

    fn keys(&self, scene: &Scene) -> Vec<(&'static str, String)> {
        let series = if scene.selection.by_seed { "means" } else { "seeds" };
        let order = match scene.selection.order {
            Order::Planned => "by score",
            Order::Score => "by trouble",
            Order::Trouble => "as planned",
        };
        vec![("s", series.into()), ("o", order.into())]
    }

    /// Table, chart and detail: side by side, below each other, or without the chart.
    fn draw(&self, scene: &Scene, frame: &mut Frame, area: Rect) {
        if area.width >= 72 && area.height >= 12 {
            let table_columns = table::wanted_width(scene, area.width * 11 / 20);
            let [left, right] =
                Layout::horizontal([Constraint::Length(table_columns), Constraint::Min(0)])
                    .areas(area);
            let detail_rows = if area.height >= 24 { 7 } else { 5 };
            let [above, below] =
                Layout::vertical([Constraint::Min(0), Constraint::Length(detail_rows)])
                    .areas(right);
            table::draw(scene, frame, left, true);
            chart::draw(scene, frame, above);
            detail::draw(scene, frame, below);
        } else if area.width >= 40 && area.height >= 24 {
            let table_rows = (scene.shown.len() as u16).saturating_add(3).min(area.height / 3);
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

    fn csv(&self, scene: &Scene) -> String {
        let headings = ["arm", "task", "seed", "state", "step", "steps", "metric", "validation"];
        let mut out = csv_line(&headings.map(csv));
        let Some(task) = scene.task() else { return out };
        for &arm in scene.shown {
            for run in scene.state.runs_of(arm, scene.selection.task) {
                let score = crate::curve::so_far(run.curve(&task.metric.name), &task.metric);
                out.push_str(&csv_line(&[
                    csv(&scene.arms()[arm].name),
                    csv(&task.label),
                    csv_count(run.seed),
                    csv(run.status.word()),
                    csv_count(run.step),
                    run.steps.map(csv_count).unwrap_or_default(),
                    csv(&task.metric.name),
                    score.map(csv_number).unwrap_or_default(),
                ]));
            }
        }
        out
    }
}
