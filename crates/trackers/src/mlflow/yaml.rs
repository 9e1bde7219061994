//! The two files of YAML that MLflow reads for an experiment and a run.

use std::fmt::Write as _;
use std::path::Path;

/// A value in them.
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(i64),
    Null,
    EmptyList,
}

/// Lines of keys and values.
pub(super) fn document(entries: &[(&str, Value<'_>)]) -> String {
    let mut out = String::new();
    for (key, value) in entries {
        let value = match value {
            Value::Text(text) => quoted(text),
            Value::Number(number) => number.to_string(),
            Value::Null => "null".into(),
            Value::EmptyList => "[]".into(),
        };
        let _ = writeln!(out, "{key}: {value}");
    }
    out
}

/// The number of a key in what [`document`] wrote.
pub(super) fn number(document: &str, key: &str) -> Option<i64> {
    document.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")?.parse().ok())
}

/// In double quotes, with nothing but printable ASCII: YAML refuses some characters that JSON takes,
/// and joins no surrogates.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out + "\""
}

/// A path as a URI.
pub(super) fn file_uri(path: &Path) -> String {
    let mut out = String::from("file://");
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_and_numbers_are_found_again() {
        let text = Value::Text("a\"\\\n門\u{1F600}: #");
        let document =
            document(&[("name", text), ("end_time", Value::Null), ("status", Value::Number(3))]);
        let first = r#"name: "a\"\\\U0000000A\U00009580\U0001F600: #""#;
        assert_eq!(document, format!("{first}\nend_time: null\nstatus: 3\n"));
        assert_eq!(number(&document, "status"), Some(3));
        assert_eq!(number(&document, "end_time"), None);
        assert_eq!(file_uri(Path::new("/a b/ü%")), "file:///a%20b/%C3%BC%25");
    }
}
