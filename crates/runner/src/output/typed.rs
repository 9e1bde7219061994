//! The command as it was typed.

/// The command as it was typed, to be typed again.
pub fn command_line() -> String {
    let arguments: Vec<_> = std::env::args().skip(1).map(|argument| quoted(&argument)).collect();
    format!("cargo run -p runner -- {}", arguments.join(" "))
}

/// An argument as a shell takes it.
pub fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:+@".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}
