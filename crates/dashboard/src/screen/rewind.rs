//! The keys that begin, steer and end a replay.

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::SweepView;
use super::replaying::Replay;

impl SweepView {
    /// Begins and ends a replay by `R`, and steers it; whether it was such a key.
    pub(super) fn replay(&mut self, key: KeyEvent) -> bool {
        if key.code != KeyCode::Char('R') {
            return self.replaying.as_mut().is_some_and(|it| it.handle_key(key));
        }
        if self.replaying.take().is_some() {
            self.state.show_at(None);
        } else if self.state.is_live() {
            self.notice = Some("the sweep is at work: a replay is of one that is over".into());
        } else if let Some(span) = self.state.span() {
            self.replaying = Some(Replay::new(span));
            self.state.show_at(Some(span.0));
        } else {
            self.notice = Some("nothing has run yet".into());
        }
        true
    }

    /// Goes on with a replay; whether there is one.
    pub(super) fn advance(&mut self) -> bool {
        let Some(replay) = &mut self.replaying else { return false };
        replay.advance();
        let at = replay.at();
        self.state.show_at(Some(at));
        true
    }
}
