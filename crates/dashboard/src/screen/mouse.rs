//! What a mouse points at, for those who turned it on.

use std::cell::RefCell;

use ratatui::crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

/// What can be pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The name of a screen.
    Screen(usize),
    /// An arm's line in the table.
    Arm(usize),
    /// One of its seeds there.
    Seed(usize, usize),
}

/// What the mouse asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pointed {
    At(Target),
    /// The wheel was turned: the arrow that does the same.
    Wheel(KeyCode),
}

/// Where everything was drawn last that can be pointed at.
#[derive(Debug, Default)]
pub(super) struct Targets(RefCell<Vec<(Rect, Target)>>);

impl Targets {
    /// Forgets what was drawn before.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// `target` is drawn in `area`, over whatever was there.
    pub(super) fn add(&self, area: Rect, target: Target) {
        self.0.borrow_mut().push((area, target));
    }

    /// What an event asks for; nothing where there is nothing to point at.
    pub(super) fn pointed(&self, event: MouseEvent) -> Option<Pointed> {
        match event.kind {
            MouseEventKind::ScrollUp => Some(Pointed::Wheel(KeyCode::Up)),
            MouseEventKind::ScrollDown => Some(Pointed::Wheel(KeyCode::Down)),
            MouseEventKind::Down(MouseButton::Left) => {
                let place = Position::new(event.column, event.row);
                let targets = self.0.borrow();
                let (_, target) = targets.iter().rev().find(|(area, _)| area.contains(place))?;
                Some(Pointed::At(*target))
            }
            _ => None,
        }
    }
}
