//! The loop between a terminal and the view.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyModifiers,
};
use ratatui::crossterm::execute;
use signal_hook::consts::SIGTSTP;
use store::SweepFolder;

use crate::error::DashboardError;
use crate::owner::{Exit, Owner, Place};
use crate::screen::SweepView;

/// Longest wait for a key before the runner is asked whether it is done.
const POLL: Duration = Duration::from_millis(100);

/// Time between two looks at the folder.
const REFRESH: Duration = Duration::from_secs(1);

/// Shows sweeps on the terminal, one at a time, until the user leaves or, for [`Owner::Runner`], until
/// `is_over` says that the runner is done. `place` is that of a single one among several that a
/// runner does. The terminal is given back as it was, whether this returns, fails or panics.
///
/// # Errors
/// [`DashboardError::Store`] if a folder has no plan, before the terminal is touched;
/// [`DashboardError::Terminal`] if there is no terminal or it went away, which does not
/// concern the sweep.
pub fn show(
    sweeps: &[SweepFolder],
    owner: Owner,
    place: Option<Place>,
    is_over: &dyn Fn() -> bool,
) -> Result<Exit, DashboardError> {
    let several =
        |index: usize| (sweeps.len() > 1).then_some(Place { number: index + 1, of: sweeps.len() });
    let open = |(index, sweep)| Ok(SweepView::open(sweep, owner)?.at(place.or(several(index))));
    let opened = sweeps.iter().enumerate().map(open);
    let mut views = opened.collect::<Result<Vec<_>, DashboardError>>()?;
    let mut shown = 0;
    // Off, so that the terminal's own selection of text works.
    let mut has_mouse = false;
    if views.is_empty() {
        return Ok(Exit::Left);
    }
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
        let view = &mut views[shown];
        // Not oftener than needed: the processor is for the runs.
        if is_changed {
            terminal.draw(|frame| view.draw(frame))?;
        }
        is_changed = match answer_keys(view)? {
            Answer::Leave(exit) => return Ok(exit),
            Answer::Changed => true,
            Answer::Nothing => false,
            Answer::Other(step) => {
                shown = (shown + step.rem_euclid(views.len() as isize) as usize) % views.len();
                views[shown].update();
                continue;
            }
            Answer::Suspend => {
                ratatui::try_restore()?;
                listen_to_mouse(false)?;
                signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
                terminal = ratatui::try_init()?;
                listen_to_mouse(has_mouse)?;
                true
            }
            Answer::Mouse => {
                has_mouse = !has_mouse;
                listen_to_mouse(has_mouse)?;
                view.say(if has_mouse {
                    "the mouse is on: most terminals select text with Shift held down; M turns it off"
                } else {
                    "the mouse is off"
                });
                true
            }
        };
        if owner == Owner::Runner && is_over() {
            return Ok(Exit::Over);
        }
        let refresh = if view.is_moving() { POLL } else { REFRESH };
        if refreshed.elapsed() >= refresh || !view.state().is_read() {
            let is_first = !view.state().is_read();
            is_changed |= view.update() | is_first;
            refreshed = Instant::now();
        }
    }
}

/// What came of waiting for a key.
enum Answer {
    Nothing,
    Changed,
    Leave(Exit),
    /// Another sweep, so many further.
    Other(isize),
    /// Back to the shell for a while.
    Suspend,
    /// The mouse is turned on or off.
    Mouse,
}

/// Waits for a key and answers it and those that are waiting behind it.
fn answer_keys(view: &mut SweepView) -> io::Result<Answer> {
    let mut answer = Answer::Nothing;
    let mut wait = POLL;
    while event::poll(wait)? {
        let event = event::read()?;
        if let Event::Mouse(mouse) = event {
            view.handle_mouse(mouse);
        }
        if let Event::Key(key) = event {
            match key.code {
                KeyCode::Char('z') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                    return Ok(Answer::Suspend);
                }
                KeyCode::Char('n') if view.takes_keys() => return Ok(Answer::Other(1)),
                KeyCode::Char('N') if view.takes_keys() => return Ok(Answer::Other(-1)),
                KeyCode::Char('M') if view.takes_keys() => return Ok(Answer::Mouse),
                _ => {}
            }
            if let Some(exit) = view.handle_key(key) {
                return Ok(Answer::Leave(exit));
            }
        }
        answer = Answer::Changed;
        wait = Duration::ZERO;
    }
    Ok(answer)
}

fn listen_to_mouse(is_on: bool) -> io::Result<()> {
    if is_on {
        execute!(io::stdout(), EnableMouseCapture)
    } else {
        execute!(io::stdout(), DisableMouseCapture)
    }
}

/// Gives the terminal back when dropped.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        // Fails only where the terminal is gone, and then there is nobody to tell.
        let _ = listen_to_mouse(false);
        let _ = ratatui::try_restore();
    }
}
