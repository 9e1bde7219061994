//! Text: whole, or as a stream, so that a file may be larger than memory.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str;

use crate::DataError;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// What is said of bytes that are no UTF-8.
const NOT_UTF8: &str = "the file is not UTF-8 text from here on; save it as UTF-8";

/// The content of a file as text, without a byte order mark; `path` is for messages only.
///
/// # Errors
/// [`DataError::Line`] where it is not UTF-8.
pub fn whole<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        DataError::line(path, line, NOT_UTF8)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The first characters of a text that may be a whole file, for messages.
pub fn brief(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Gives the text of a UTF-8 file to `take`, piece by piece, and its bytes to `see`. A byte order
/// mark at the start is left out of the text.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::Line`] where the file is not UTF-8; what `take` returns.
pub fn read_pieces(
    path: &Path,
    mut see: impl FnMut(&[u8]),
    mut take: impl FnMut(&str) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; CHUNK];
    // Bytes before `held` are of a character that the last piece cut in two.
    let (mut held, mut lines, mut start) = (0, 1, true);
    loop {
        let read = file.read(&mut buffer[held..]).map_err(failed)?;
        see(&buffer[held..held + read]);
        let bytes = &buffer[..held + read];
        let whole = match str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            // A character may go on in the next piece, but not after the end.
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = lines + before.split(|byte| *byte == b'\n').count() - 1;
                return Err(DataError::line(path, line, NOT_UTF8));
            }
        };
        let text = str::from_utf8(&bytes[..whole]).unwrap_or_default();
        lines += text.bytes().filter(|byte| *byte == b'\n').count();
        let text = if start { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
        // What may become a byte order mark is still held.
        start = start && whole == 0;
        take(text)?;
        if read == 0 {
            return Ok(());
        }
        buffer.copy_within(whole..held + read, 0);
        held = held + read - whole;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, bytes).unwrap();
        let (mut text, mut seen) = (String::new(), Vec::new());
        let ended = read_pieces(
            &path,
            |bytes| seen.extend_from_slice(bytes),
            |piece| {
                text += piece;
                Ok(())
            },
        );
        let shown = format!("{}/", folder.path().display());
        ended.map_err(|error| error.to_string().replace(&shown, ""))?;
        assert_eq!(seen, bytes);
        Ok(text)
    }

    #[test]
    fn characters_at_the_ends_of_pieces_stay_whole() {
        // Of one, two, three and four bytes, shifted so that every piece cuts one of them.
        for shift in 0..4 {
            let text = "x".repeat(shift) + &"aß€😀".repeat(CHUNK / 5);
            assert!(read(text.as_bytes()).unwrap() == text, "shift {shift}");
        }
        assert_eq!(read(b"").unwrap(), "");
        assert_eq!(read("\u{feff}a\u{feff}".as_bytes()).unwrap(), "a\u{feff}");
    }

    #[test]
    fn the_line_of_a_byte_that_is_no_text_is_named() {
        let message = "a.txt:3: the file is not UTF-8 text from here on; save it as UTF-8";
        assert_eq!(read(b"a\nb\nc\xff").unwrap_err(), message);
        assert_eq!(read(b"a\nb\n\xe2\x82").unwrap_err(), message, "torn at the end");
        let mut long = "a\n".repeat(CHUNK).into_bytes();
        long.push(0xff);
        let error = read(&long).unwrap_err();
        assert!(error.starts_with(&format!("a.txt:{}: ", CHUNK + 1)), "{error}");
    }
}
