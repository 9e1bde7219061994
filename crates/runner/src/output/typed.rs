//! The command as it was typed.

/// The command as it was typed, to be typed again.
pub fn command_line() -> String {
    let arguments: Vec<_> =
        std::env::args().skip(1).map(|argument| text::shell(&argument)).collect();
    to_type(&arguments.join(" "))
}

/// A command of this program, to be typed as this one was: through Cargo in a checkout, or the
/// installed program.
pub fn to_type(arguments: &str) -> String {
    // Cargo tells what it runs which package it is of.
    let is_of_cargo = std::env::var_os("CARGO_PKG_NAME").is_some_and(|it| it == "runner");
    let program = if is_of_cargo { "cargo run -p runner --" } else { "unroll" };
    format!("{program} {arguments}")
}
