//! The comparison so far, as the report has it: differences seed by seed, tests, verdicts.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};
use text::{csv, csv_line, csv_number};

use crate::background::Background;
use crate::screen::contract::Screen;
use crate::screen::scene::Scene;

/// The screen.
#[derive(Debug, Default)]
pub(super) struct Compare {
    /// What was computed last.
    table: Option<String>,
    csv: String,
    /// A sweep of thousands of runs takes seconds.
    background: Background<(String, String)>,
    scrolled: u16,
}

impl Screen for Compare {
    fn name(&self) -> &'static str {
        "compare"
    }

    fn keys(&self, _: &Scene) -> Vec<(&'static str, String)> {
        vec![("< >", "scroll".into())]
    }

    fn update(&mut self, scene: &Scene) -> bool {
        if !scene.state.is_read() {
            return false;
        }
        let folder = scene.state.folder().clone();
        let was_at_work = self.background.is_at_work();
        let come =
            self.background.update(scene.state.results(), move || match report::build(&folder) {
                Ok(report) => (report::table(&report), differences(&report)),
                Err(error) => (format!("no comparison: {error}"), String::new()),
            });
        match come {
            Some(Ok((table, csv))) => (self.table, self.csv) = (Some(table), csv),
            Some(Err(_)) => self.table = Some("the comparison could not be computed".into()),
            None => return was_at_work != self.background.is_at_work(),
        }
        true
    }

    fn draw(&self, scene: &Scene, frame: &mut Frame, area: Rect) {
        let title =
            if self.background.is_at_work() { "compare, computing anew" } else { "compare" };
        let text = match &self.table {
            Some(table) => table.lines().map(|line| Line::raw(line.to_owned())).collect(),
            None => vec![Line::styled("too early to say", scene.palette.faint())],
        };
        let text = Paragraph::new(text).wrap(Wrap { trim: false }).scroll((self.scrolled, 0));
        frame.render_widget(text.block(scene.block(title, area)), area);
    }

    fn handle_key(&mut self, key: KeyEvent, _: &Scene) -> bool {
        let lines = self.table.as_ref().map_or(0, |it| it.lines().count()) as u16;
        match key.code {
            KeyCode::Char('<') | KeyCode::PageUp => self.scrolled = self.scrolled.saturating_sub(5),
            KeyCode::Char('>') | KeyCode::PageDown => {
                self.scrolled = (self.scrolled + 5).min(lines.saturating_sub(1));
            }
            _ => return false,
        }
        true
    }

    fn csv(&self, _: &Scene) -> String {
        self.csv.clone()
    }
}

fn differences(report: &report::Report) -> String {
    let headings = ["task", "arm", "mean", "difference", "low", "high", "p_holm", "pairs"];
    let mut out = csv_line(&headings.map(csv));
    let cell = |value: Option<f64>| value.map(csv_number).unwrap_or_default();
    for scores in &report.tasks {
        for arm in &scores.arms {
            let versus = arm.versus.as_ref();
            let difference = versus.and_then(|it| it.difference);
            let interval = difference.and_then(|it| it.spread).map(|it| it.interval);
            out.push_str(&csv_line(&[
                csv(&report.plan.tasks[scores.task].label),
                csv(&report.plan.arms[arm.arm].name),
                cell(arm.primary.map(|it| it.mean)),
                cell(difference.map(|it| it.mean)),
                cell(interval.map(|it| it.low)),
                cell(interval.map(|it| it.high)),
                cell(versus.and_then(|it| it.adjusted)),
                difference.map_or_else(String::new, |it| it.n.to_string()),
            ]));
        }
    }
    out
}
