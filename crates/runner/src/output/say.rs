//! What is said to people, a line at a time; names, paths and messages in it are shown by
//! the crate `text`.

use std::fmt::{self, Write as _};

/// Appends one line to `text`.
pub fn line(text: &mut String, said: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", shown(said));
}

/// Prints one line.
pub fn print(said: fmt::Arguments<'_>) {
    anstream::println!("{}", shown(said));
}

/// Prints one line on standard error.
pub fn note(said: fmt::Arguments<'_>) {
    anstream::eprintln!("{}", shown(said));
}

fn shown(said: fmt::Arguments<'_>) -> String {
    text::terminal(&said.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_no_line_and_turns_no_text() {
        let mut text = String::new();
        line(&mut text, format_args!("{}: {}", "a\u{202E}\n", "\u{1B}[2J"));
        assert_eq!(text, "a\\u{202E}\\n: \\u{1B}[2J\n");
    }
}
