//! What is there beside the scene: the screens, and what lies over them.

use super::contract::Screen;
use super::dialog::Dialog;

/// What is there beside the scene.
pub(super) struct Parts<'a> {
    pub screens: &'a [Box<dyn Screen>],
    pub current: usize,
    pub help: bool,
    pub dialog: Option<&'a Dialog>,
    /// What there is to say of a replay.
    pub replay: Option<String>,
    /// What is said at the foot.
    pub notice: Option<&'a str>,
}
