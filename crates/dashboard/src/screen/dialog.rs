//! A question over the screen: nothing that changes a sweep happens at a single key.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Wrap};
use store::Request;

use super::scene::Scene;
use super::words::fit;
use crate::owner::Exit;

/// What happens when a choice is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    /// The view is left.
    Leave(Exit),
    /// The runners at work are asked.
    Ask(Request),
}

/// A question and what can be answered; any other key closes it and nothing happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialog {
    pub question: String,
    pub choices: Vec<(char, &'static str, Then)>,
}

impl Dialog {
    /// Asks whether `request` is meant.
    pub(super) fn confirm(question: String, request: Request) -> Self {
        Self { question, choices: vec![('y', "yes", Then::Ask(request))] }
    }

    /// Asks what leaving means for the sweep at work.
    pub(super) fn leave() -> Self {
        let choices = vec![
            ('l', "leave it running", Then::Leave(Exit::Left)),
            ('s', "stop it, its state saved", Then::Leave(Exit::Interrupted)),
        ];
        Self { question: "The sweep is at work. Leave it running, or stop it?".into(), choices }
    }

    /// What the key chooses; `None` if it chooses nothing.
    pub(super) fn choose(self, key: KeyEvent) -> Option<Then> {
        let KeyCode::Char(letter) = key.code else { return None };
        self.choices.into_iter().find(|it| it.0 == letter.to_ascii_lowercase()).map(|it| it.2)
    }

    /// Draws it over everything else.
    pub(super) fn draw(&self, scene: &Scene, frame: &mut Frame, area: Rect) {
        let mut keys = Line::default();
        for (letter, what, _) in &self.choices {
            keys.push_span(Span::styled(
                letter.to_string(),
                Style::new().add_modifier(Modifier::BOLD),
            ));
            keys.push_span(Span::raw(format!(" {what}  ")));
        }
        keys.push_span(Span::styled("Esc", Style::new().add_modifier(Modifier::BOLD)));
        keys.push_span(Span::raw(if self.choices.len() > 1 { " neither" } else { " no" }));
        let question = Line::raw(fit(&self.question, 200));
        let columns = question.width().max(keys.width()).min(70) as u16 + 4;
        let rows = (question.width() as u16).div_ceil(columns.saturating_sub(4).max(1)) + 4;
        let area = area.centered(Constraint::Length(columns), Constraint::Length(rows));
        frame.render_widget(Clear, area);
        let block = scene.block("", area);
        let text = Paragraph::new(vec![question, Line::default(), keys]).wrap(Wrap { trim: true });
        frame.render_widget(text.block(block), area);
    }
}
