//! Colours, chosen so that colour-blind people tell them apart; never the only cue.

use std::env;

use ratatui::style::{Color, Modifier, Style};

use crate::run::Status;

/// Which colours the terminal gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Palette {
    /// None: `NO_COLOR` is set.
    Plain,
    /// The 16 colours of every terminal.
    Ansi,
    /// The 256 indexed colours nearest to those of Okabe and Ito (2008).
    Indexed,
}

/// Orange, sky blue, bluish green, reddish purple, yellow, blue, vermillion.
const OKABE_ITO: [u8; 7] = [214, 74, 36, 175, 227, 32, 166];

/// The same places among the 16 colours.
const ANSI: [Color; 7] = [
    Color::Yellow,
    Color::Cyan,
    Color::Green,
    Color::Magenta,
    Color::LightYellow,
    Color::Blue,
    Color::Red,
];

impl Palette {
    /// The palette that the environment asks for.
    pub fn from_environment() -> Self {
        let get = |name| env::var(name).unwrap_or_default();
        Self::choose(&get("NO_COLOR"), &get("TERM"), &get("COLORTERM"))
    }

    fn choose(no_color: &str, term: &str, color_term: &str) -> Self {
        if !no_color.is_empty() {
            Self::Plain
        } else if term.contains("256color") || !color_term.is_empty() {
            Self::Indexed
        } else {
            Self::Ansi
        }
    }

    fn place(self, place: usize) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Ansi => Style::new().fg(ANSI[place % ANSI.len()]),
            Self::Indexed => Style::new().fg(Color::Indexed(OKABE_ITO[place % OKABE_ITO.len()])),
        }
    }

    /// Colour of the arm or seed with this index; the first has the text's own.
    pub fn series(self, index: usize) -> Style {
        match index % (OKABE_ITO.len() + 1) {
            0 => Style::new(),
            index => self.place(index - 1),
        }
    }

    /// Colour of a run's state.
    pub fn status(self, status: Status) -> Style {
        match status {
            Status::Planned | Status::NotNeeded => self.faint(),
            Status::Running => self.place(1),
            Status::Stopped => self.place(0),
            Status::Finished => self.place(2),
            Status::Diverged => self.place(3),
            Status::AtRung => self.place(2).add_modifier(Modifier::DIM),
            Status::Failed => self.place(6).add_modifier(Modifier::BOLD),
        }
    }

    /// Text that steps back: borders, units, axes.
    pub fn faint(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Ansi | Self::Indexed => Style::new().add_modifier(Modifier::DIM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses() {
        assert_eq!(Palette::choose("1", "xterm-256color", "truecolor"), Palette::Plain);
        assert_eq!(Palette::choose("", "xterm-256color", ""), Palette::Indexed);
        assert_eq!(Palette::choose("", "xterm", "truecolor"), Palette::Indexed);
        assert_eq!(Palette::choose("", "linux", ""), Palette::Ansi);
    }

    #[test]
    fn neighbouring_series_differ_and_no_color_means_none() {
        for palette in [Palette::Ansi, Palette::Indexed] {
            let colours: Vec<_> = (0..8).map(|index| palette.series(index).fg).collect();
            let distinct: std::collections::HashSet<_> = colours.iter().collect();
            assert_eq!(distinct.len(), 8, "{colours:?}");
        }
        assert!((0..9).all(|index| Palette::Plain.series(index).fg.is_none()));
        assert_eq!(Palette::Plain.status(Status::Failed).fg, None);
    }
}
