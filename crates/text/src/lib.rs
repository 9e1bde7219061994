//! Text from users and data (names, questions, claims, labels of classes, messages, lines
//! of logs) as each medium shows it.
//!
//! | medium | text | beside it |
//! |---|---|---|
//! | terminal | [`terminal`], one line | [`terminal_drawn`], lines with colours that this program drew |
//! | dashboard | [`terminal`] | |
//! | Markdown | [`markdown`] | [`markdown_code`], [`markdown_code_in_table`] |
//! | HTML, SVG | [`html`] | |
//! | LaTeX | [`latex`] | |
//! | shell | [`shell`], one word | |
//! | CSV | [`csv`] | [`csv_number`], [`csv_count`], [`csv_line`] |
//! | JSON, TOML | none: a program reads it, and gets what is stored | |
//!
//! One rule holds for all of them: **what cannot be seen is shown**, never left out and
//! never obeyed. [`is_hidden`] says which characters those are; each becomes `\n`, `\r`,
//! `\t` or `\u{202E}`. Then a medium escapes what it would read as its own. A writer that
//! builds a line from several texts may pass the parts or the whole, or both: text that
//! [`terminal`] has shown is shown as it is.
//!
//! Beside them [`counted`] says how many of something there are.

mod counted;
mod csv;
mod hidden;
mod html;
mod latex;
mod markdown;
mod shell;
mod terminal;

pub use counted::counted;
pub use csv::{csv, csv_count, csv_line, csv_number};
pub use hidden::is_hidden;
pub use html::html;
pub use latex::latex;
pub use markdown::{markdown, markdown_code, markdown_code_in_table};
pub use shell::shell;
pub use terminal::{terminal, terminal_drawn};
