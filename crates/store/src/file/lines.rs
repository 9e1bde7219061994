//! Files of one JSON value a line, appended to while others read them.
//!
//! A write that a crash or a full disk cut leaves a torn line. The next writer starts on a
//! line of its own and readers pass the torn one over, so nothing is ever cut off a file
//! that somebody else may be writing. Every line carries its own checksum; one that does not
//! match it is passed over like a torn one. Lines of versions before that have none.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::file::seal::{LINE, Sealed};

/// Appends values of one kind.
#[derive(Debug)]
pub(crate) struct LineWriter {
    path: PathBuf,
    file: File,
    /// Whether the file ends within a line.
    is_torn: bool,
}

impl LineWriter {
    /// Opens `path` for appending; it is created if need be.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || {
            let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
            let mut last = [b'\n'];
            if file.seek(SeekFrom::End(0))? > 0 {
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
            }
            Ok((file, last != [b'\n']))
        };
        let (file, is_torn) =
            open().map_err(|source| StoreError::Write { path: path.into(), source })?;
        Ok(Self { path: path.into(), file, is_torn })
    }

    /// Appends one value in a single write.
    pub(crate) fn append<T: Serialize>(&mut self, value: &T) -> Result<(), StoreError> {
        let invalid = |reason| StoreError::Invalid { path: self.path.clone(), reason };
        let text = serde_json::to_string(value).map_err(|error| invalid(error.to_string()))?;
        let sealed = LINE.put(&text).ok_or_else(|| invalid("it is no JSON object".into()))?;
        let line = format!("{}{sealed}\n", if self.is_torn { "\n" } else { "" });
        let written = self.file.write_all(line.as_bytes());
        self.is_torn = written.is_err();
        written.map_err(|source| StoreError::Write { path: self.path.clone(), source })
    }
}

/// Follows a file: each call of [`LineTail::read`] returns what is new.
#[derive(Debug)]
pub(crate) struct LineTail<T> {
    path: PathBuf,
    offset: u64,
    /// Whole lines that were passed over.
    passed_over: usize,
    values: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> LineTail<T> {
    /// Starts at the beginning; the file need not exist yet.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self::at(path, 0)
    }

    /// Starts where an earlier one has stopped.
    pub(crate) fn at(path: impl Into<PathBuf>, offset: u64) -> Self {
        Self { path: path.into(), offset, passed_over: 0, values: PhantomData }
    }

    /// Bytes up to which was read: the start of a line.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The whole lines that were appended since the last call. A torn last line waits for
    /// its end; a whole line that is no such value (of a later version, say) is passed over.
    pub(crate) fn read(&mut self) -> Result<Vec<T>, StoreError> {
        let mut bytes = Vec::new();
        let read = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.offset))?;
            file.read_to_end(&mut bytes)
        });
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StoreError::Read { path: self.path.clone(), source }),
            Ok(_) => {}
        }
        let whole = whole_lines(&bytes);
        self.offset += whole.len() as u64;
        let lines = whole.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let parsed: Vec<Option<T>> = lines.map(parse).collect();
        self.passed_over += parsed.iter().filter(|value| value.is_none()).count();
        Ok(parsed.into_iter().flatten().collect())
    }

    /// How many whole lines were passed over so far: torn ones that a later writer ended, and
    /// damaged ones.
    pub(crate) fn passed_over(&self) -> usize {
        self.passed_over
    }
}

/// The last value of a file that is wanted, read from its end; `None` if the file has none or is
/// not there.
pub(crate) fn last<T: Serialize + DeserializeOwned>(
    path: &Path,
    is_wanted: impl Fn(&T) -> bool,
) -> Result<Option<T>, StoreError> {
    let find = || -> io::Result<Option<T>> {
        let mut file = File::open(path)?;
        let length = file.seek(SeekFrom::End(0))?;
        let mut wanted = 4096;
        loop {
            let start = length.saturating_sub(wanted);
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            (&mut file).take(length - start).read_to_end(&mut bytes)?;
            let lines: Vec<_> = whole_lines(&bytes).split(|&byte| byte == b'\n').collect();
            // The first piece is the end of a line, unless it starts the file.
            let lines = if start == 0 { &lines[..] } else { &lines[1..] };
            if let Some(value) = lines.iter().rev().filter_map(|line| parse(line)).find(&is_wanted)
            {
                return Ok(Some(value));
            }
            if start == 0 {
                return Ok(None);
            }
            wanted *= 8;
        }
    };
    match find() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map_err(|source| StoreError::Read { path: path.into(), source }),
    }
}

/// Everything up to the last line end.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1)]
}

fn parse<T: Serialize + DeserializeOwned>(line: &[u8]) -> Option<T> {
    match LINE.check(line) {
        Sealed::Whole(text) => serde_json::from_slice(&text).ok(),
        Sealed::Broken => None,
        Sealed::Without => {
            // Of an earlier version, which wrote nothing that we do not know: a checksum whose
            // name was hit would be such a key.
            let value: T = serde_json::from_slice(line).ok()?;
            let there: serde_json::Value = serde_json::from_slice(line).ok()?;
            (serde_json::to_value(&value).ok()? == there).then_some(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::{Event, SweepEntry};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Line {
        number: u32,
        text: String,
    }

    fn line(number: u32) -> Line {
        Line { number, text: "x".repeat(number as usize) }
    }

    fn append(path: &Path, bytes: &[u8]) {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(bytes).unwrap();
    }

    #[test]
    fn the_last_value_is_found_from_the_end_past_torn_and_foreign_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        assert_eq!(last::<Line>(&path, |_| true).unwrap(), None);
        let mut writer = LineWriter::open(&path).unwrap();
        for number in [3, 9000, 5] {
            writer.append(&line(number)).unwrap();
        }
        append(&path, b"foreign\n{\"number\":7,");
        assert_eq!(last(&path, |_| true).unwrap(), Some(line(5)));
        // Longer than the first look from the end.
        append(&path, format!("\n{}\n", "foreign ".repeat(2000)).as_bytes());
        assert_eq!(last(&path, |_| true).unwrap(), Some(line(5)));
        fs::write(&path, "no value\n").unwrap();
        assert_eq!(last::<Line>(&path, |_| true).unwrap(), None);
    }

    #[test]
    fn a_torn_line_is_left_behind_and_the_next_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        LineWriter::open(&path).unwrap().append(&line(2)).unwrap();
        append(&path, b"{\"number\":3");
        LineWriter::open(&path).unwrap().append(&line(4)).unwrap();
        assert_eq!(LineTail::<Line>::new(&path).read().unwrap(), [line(2), line(4)]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error_that_names_the_file() {
        let error = LineWriter::open(Path::new("/dev/full")).unwrap().append(&line(2));
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("cannot write /dev/full: No space left"), "{error}");
    }

    /// Bytes that are lines of JSON more often than not, some of them events and entries.
    fn anything() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            proptest::string::string_regex(r#"[\[\]{}":,0-9a-z\\\n-]{0,40}"#)
                .unwrap()
                .prop_map(String::into_bytes),
            Just(br#"{"attempt":1,"time":2.5,"event":"stopped","step":9}"#.to_vec()),
            Just(br#"{"time":1.5,"runner":7,"entry":"jobs","jobs":2}"#.to_vec()),
            Just(b"\n".to_vec()),
            Just(b"[".repeat(10_000)),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_bytes_break_a_reader_and_pieces_read_as_the_whole(
            bytes in anything(),
            cut in any::<proptest::sample::Index>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lines");
            fs::write(&path, &bytes).unwrap();
            let events = LineTail::<Event>::new(&path).read().unwrap();
            prop_assert_eq!(&last::<Event>(&path, |_| true).unwrap(), &events.last().cloned());
            let entries = LineTail::<SweepEntry>::new(&path).read().unwrap();
            prop_assert_eq!(&last::<SweepEntry>(&path, |_| true).unwrap(), &entries.last().cloned());

            let (head, end) = bytes.split_at(cut.index(bytes.len() + 1));
            fs::write(&path, head).unwrap();
            let mut tail = LineTail::<Event>::new(&path);
            let mut in_pieces = tail.read().unwrap();
            append(&path, end);
            in_pieces.extend(tail.read().unwrap());
            prop_assert_eq!(in_pieces, events);

            // A writer that opens the file afterwards is read back whatever was there.
            LineWriter::open(&path).unwrap().append(&line(6)).unwrap();
            prop_assert_eq!(last::<Line>(&path, |_| true).unwrap(), Some(line(6)));
        }
    }
}
