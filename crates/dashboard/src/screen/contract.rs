//! What a screen is.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::scene::Scene;

/// A screen: what fills the space between the header and the line of keys.
pub(super) trait Screen {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Its own keys and what they do, the most needed first.
    fn keys(&self, scene: &Scene) -> Vec<(&'static str, String)>;

    /// Draws it, in an area of any size.
    fn draw(&self, scene: &Scene, frame: &mut Frame, area: Rect);

    /// Answers a key of its own; whether it was one.
    fn handle_key(&mut self, _key: KeyEvent, _scene: &Scene) -> bool {
        false
    }

    /// Reads what it shows beside the runs' events, while it is the one that is shown; whether
    /// anything is new.
    fn update(&mut self, _scene: &Scene) -> bool {
        false
    }

    /// Every number that it shows, as CSV.
    fn csv(&self, scene: &Scene) -> String;
}
