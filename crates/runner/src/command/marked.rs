//! Documents of which the program writes the parts between marks.

use std::fmt::Write as _;
use std::path::Path;

use crate::exit::Failure;

/// What follows a line that begins a part, and the line that ends it; `None` for any other line.
pub type Fill<'a> = dyn Fn(&str) -> Result<Option<(String, &'static str)>, String> + 'a;

/// The document.
///
/// # Errors
/// [`Failure::Usage`] if it cannot be read.
pub fn read(document: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(document)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", document.display())))
}

/// The document with the parts between its marks written anew.
///
/// # Errors
/// What `fill` says, or that a mark has no end.
pub fn rewritten(old: &str, fill: &Fill<'_>) -> Result<String, String> {
    let mut new = String::new();
    let mut lines = old.lines();
    while let Some(line) = lines.next() {
        let _ = writeln!(new, "{line}");
        let Some((text, end)) = fill(line)? else { continue };
        new += &text;
        if !lines.any(|line| line == end) {
            return Err(format!("`{line}` has no `{end}`"));
        }
        let _ = writeln!(new, "{end}");
    }
    Ok(new)
}
