//! Words and numbers that fit their place.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use text::terminal;

/// `text` as a terminal shows it, cut to `width` columns, with `…` where something is missing.
pub(super) fn fit(text: &str, width: usize) -> String {
    let text = terminal(text);
    if Line::raw(text.as_str()).width() <= width {
        return text;
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let (mut cut, mut used) = (String::new(), 0);
    for grapheme in Span::raw(text.as_str()).styled_graphemes(Style::new()) {
        used += Span::raw(grapheme.symbol).width();
        if used > room {
            break;
        }
        cut.push_str(grapheme.symbol);
    }
    cut + "…"
}

/// Columns that `text` takes as a terminal shows it.
pub(super) fn width(text: &str) -> usize {
    Span::raw(terminal(text)).width()
}

/// Seconds as people say them: `42s`, `3m 12s`, `2h 05m`, `3d 04h`.
pub(super) fn duration(seconds: f64) -> String {
    let all = seconds.max(0.0).round() as u64;
    let (days, hours, minutes, seconds) = (all / 86_400, all / 3_600 % 24, all / 60 % 60, all % 60);
    if days > 0 {
        format!("{days}d {hours:02}h")
    } else if hours > 0 {
        format!("{hours}h {minutes:02}m")
    } else if minutes > 0 {
        format!("{minutes}m {seconds:02}s")
    } else {
        format!("{seconds}s")
    }
}

/// A value in at most nine columns, to three or four significant digits.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".into()
    } else if !(1e-3..1e5).contains(&size) {
        format!("{value:.2e}")
    } else {
        // Rounding may carry to the next power of ten, which only adds a digit.
        let decimals = (3 - size.log10().floor() as i32).clamp(0, 5) as usize;
        format!("{value:.decimals$}")
    }
}

/// A value on an axis: [`number`] without zeros at the end of its fraction.
pub(super) fn tick(value: f64) -> String {
    let text = number(value);
    let (digits, exponent) = text.split_at(text.find('e').unwrap_or(text.len()));
    if !digits.contains('.') {
        return text;
    }
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}{exponent}")
}

/// Thousands apart: `17 217`.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_display_width() {
        assert_eq!(fit("lstm", 4), "lstm");
        assert_eq!(fit("no forget gate", 9), "no forge…");
        assert_eq!(fit("日本語", 6), "日本語");
        // A wide character that would be cut in half is left out.
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!((fit("ab", 1), fit("ab", 0)), ("…".into(), String::new()));
        assert_eq!(fit("a\n\u{1b}b", 10), r"a\n\u{1B}b");
        assert_eq!((fit("\u{202e}b", 5), width("\u{202e}b")), (r"\u{2…".into(), 9));
    }

    #[test]
    fn durations_have_two_units() {
        let texts = [-1.0, 41.6, 192.0, 7_500.0, 273_600.0].map(duration);
        assert_eq!(texts, ["0s", "42s", "3m 12s", "2h 05m", "3d 04h"]);
    }

    #[test]
    fn numbers_keep_their_digits() {
        let texts = [0.0, 0.012_345, 0.999_99, 12.345_6, -98_765.4, 1.5e-7, 2e9].map(number);
        assert_eq!(texts, ["0", "0.01235", "1.0000", "12.35", "-98765", "1.50e-7", "2.00e9"]);
        let texts = [0.15, 2.0, 100.0, 123_456.0, 1e-4].map(tick);
        assert_eq!(texts, ["0.15", "2", "100", "1.23e5", "1e-4"]);
        assert_eq!([7, 1_234, 1_234_567].map(count), ["7", "1 234", "1 234 567"]);
    }
}
