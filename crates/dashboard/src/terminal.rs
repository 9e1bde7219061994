//! The loop between a terminal and the view.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event};
use store::SweepFolder;

use crate::error::DashboardError;
use crate::owner::{Exit, Owner, Place};
use crate::screen::SweepView;

/// Longest wait for a key before the runner is asked whether it is done.
const POLL: Duration = Duration::from_millis(100);

/// Time between two looks at the folder.
const REFRESH: Duration = Duration::from_millis(400);

/// Shows the sweep on the terminal until the user leaves or, for [`Owner::Runner`], until
/// `is_over` says that the runner is done. `place` is the sweep's among several. The terminal is
/// given back as it was, whether this returns, fails or panics.
///
/// # Errors
/// [`DashboardError::Store`] if the folder has no plan, before the terminal is touched;
/// [`DashboardError::Terminal`] if there is no terminal or it went away, which does not
/// concern the sweep.
pub fn show(
    sweep: &SweepFolder,
    owner: Owner,
    place: Option<Place>,
    is_over: &dyn Fn() -> bool,
) -> Result<Exit, DashboardError> {
    let mut view = SweepView::open(sweep, owner)?.at(place);
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        // Found out by trying, this would leave control characters in a pipe.
        return Err(io::Error::new(io::ErrorKind::Unsupported, "there is none").into());
    }
    // Made before the terminal is changed, so that a start that fails half-way is undone.
    let _restore = Restore;
    let mut terminal = ratatui::try_init()?;
    let mut refreshed = Instant::now();
    let mut is_changed = true;
    loop {
        // Not oftener than needed: the processor is for the runs.
        if is_changed {
            terminal.draw(|frame| view.draw(frame))?;
        }
        is_changed = match answer_keys(&mut view)? {
            Answer::Leave(exit) => return Ok(exit),
            Answer::Changed => true,
            Answer::Nothing => false,
        };
        if owner == Owner::Runner && is_over() {
            return Ok(Exit::Over);
        }
        if refreshed.elapsed() >= REFRESH || !view.state().is_read() {
            view.update();
            refreshed = Instant::now();
            is_changed = true;
        }
    }
}

/// What came of waiting for a key.
enum Answer {
    Nothing,
    Changed,
    Leave(Exit),
}

/// Waits for a key and answers it and those that are waiting behind it.
fn answer_keys(view: &mut SweepView) -> io::Result<Answer> {
    let mut answer = Answer::Nothing;
    let mut wait = POLL;
    while event::poll(wait)? {
        if let Event::Key(key) = event::read()?
            && let Some(exit) = view.handle_key(key)
        {
            return Ok(Answer::Leave(exit));
        }
        answer = Answer::Changed;
        wait = Duration::ZERO;
    }
    Ok(answer)
}

/// Gives the terminal back when dropped.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        // Fails only where the terminal is gone, and then there is nobody to tell.
        let _ = ratatui::try_restore();
    }
}
