//! The screen for terminals that show ASCII alone.

use std::env;

use ratatui::buffer::Buffer;

/// Whether the environment says that the terminal shows nothing but ASCII: a locale that is named and is
/// not UTF-8, or the console of Linux, whose font lacks the dots of curves.
pub fn is_asked_for() -> bool {
    let get = |name| env::var(name).unwrap_or_default();
    decide([&get("LC_ALL"), &get("LC_CTYPE"), &get("LANG")], &get("TERM"))
}

fn decide(locales: [&str; 3], term: &str) -> bool {
    let locale = locales.into_iter().find(|it| !it.is_empty()).unwrap_or_default().to_lowercase();
    let is_utf8 = locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8");
    !is_utf8 || term == "linux"
}

/// Replaces what is not ASCII by what looks most like it.
pub(super) fn reduce(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let Some(character) = cell.symbol().chars().next().filter(|it| !it.is_ascii()) else {
            continue;
        };
        let ascii = match character {
            '╭' | '╮' | '╰' | '╯' | '└' | '┌' | '┐' | '┘' | '±' => '+',
            '─' | '┄' | '–' | '−' => '-',
            '━' => '=',
            '│' | '‖' | '⊣' | '▏' => '|',
            '·' | '•' => '.',
            '▶' | '›' | '→' => '>',
            '←' => '<',
            '↑' => '^',
            '↓' | '✓' => 'v',
            '✗' => 'x',
            '≈' | '…' => '~',
            // Dots in the upper half, the lower half, or both.
            dots @ '\u{2801}'..='\u{28ff}' => {
                match (dots as u32 - 0x2800, 0b0001_1011, 0b1110_0100) {
                    (dots, upper, _) if dots & !upper == 0 => '\'',
                    (dots, _, lower) if dots & !lower == 0 => '.',
                    _ => ':',
                }
            }
            _ => '?',
        };
        cell.set_char(ascii);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        assert!(!decide(["", "", "en_US.UTF-8"], "xterm"));
        assert!(!decide(["C.utf8", "C", "C"], "xterm"));
        assert!(!decide(["", "", ""], "xterm"), "nothing is known");
        assert!(decide(["", "POSIX", "en_US.UTF-8"], "xterm"));
        assert!(decide(["", "", "en_US.ISO-8859-1"], "xterm"));
        assert!(decide(["", "", "en_US.UTF-8"], "linux"));
    }
}
