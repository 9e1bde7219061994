//! The command as it was typed.

/// The command as it was typed, to be typed again.
pub fn command_line() -> String {
    let quoted = std::env::args().skip(1).map(|argument| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:+@".contains(c);
        if !argument.is_empty() && argument.chars().all(plain) {
            argument
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    });
    let arguments: Vec<_> = quoted.collect();
    format!("cargo run -p runner -- {}", arguments.join(" "))
}
