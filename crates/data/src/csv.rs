//! Comma- and tab-separated tables with a header, read row by row by the crate `csv`, so that a
//! file may be larger than memory.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use crate::DataError;
use crate::number::finite;
use crate::utf8::brief;

/// A table that is read row by row.
pub struct Table {
    path: PathBuf,
    reader: csv::Reader<Plain<File>>,
    headers: Vec<String>,
    row: StringRecord,
    /// Line of the row that was read last.
    line: usize,
}

impl Table {
    /// Opens a file and reads its header; tabs separate if its name ends in `.tsv`.
    ///
    /// # Errors
    /// [`DataError::Read`]; [`DataError::Line`] if the header is empty or names a column twice.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { path: path.into(), source };
        let file = File::open(path).map_err(failed)?;
        let tab = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tsv"));
        let separator = if tab { b'\t' } else { b',' };
        let mut reader = ReaderBuilder::new().delimiter(separator).from_reader(Plain::new(file));
        let headers = reader.headers().map_err(|error| said(path, &error))?;
        let name = |text: &str| text.trim_start_matches('\u{feff}').trim().to_owned();
        let headers: Vec<String> = headers.iter().map(name).collect();
        if headers.iter().all(String::is_empty) {
            return Err(DataError::line(path, 1, "there is no header; name the columns"));
        }
        for (at, header) in headers.iter().enumerate() {
            if headers[..at].contains(header) {
                let problem = format!("two columns are called \"{}\"; rename one", brief(header));
                return Err(DataError::line(path, 1, problem));
            }
        }
        Ok(Self { path: path.into(), reader, headers, row: StringRecord::new(), line: 1 })
    }

    /// Names of the columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Place of a column.
    ///
    /// # Errors
    /// [`DataError::Line`] with the names that there are.
    pub fn column(&self, name: &str) -> Result<usize, DataError> {
        self.headers.iter().position(|header| header == name).ok_or_else(|| {
            let known: Vec<_> = self.headers.iter().map(|header| brief(header)).collect();
            let known = known.join(", ");
            let problem = format!("there is no column \"{}\"; there are {known}", brief(name));
            DataError::line(&self.path, 1, problem)
        })
    }

    /// The next row and the line that it begins on (of empty lines before it, the first); `None`
    /// at the end.
    ///
    /// # Errors
    /// [`DataError::Line`] for a row of another number of columns, that is not UTF-8, or whose quote
    /// never closes; [`DataError::Read`].
    pub fn next_row(&mut self) -> Result<Option<(usize, &StringRecord)>, DataError> {
        let read = self.reader.read_record(&mut self.row);
        let more = read.map_err(|error| said(&self.path, &error))?;
        if !more {
            if !self.reader.get_ref().quotes.is_multiple_of(2) {
                let problem =
                    "a quote in this row never closes, so it goes on to the end of the file";
                return Err(DataError::line(&self.path, self.line, problem));
            }
            return Ok(None);
        }
        self.line = self.row.position().map_or(1, |position| position.line() as usize);
        Ok(Some((self.line, &self.row)))
    }

    /// What is wrong with a column of a row, as an error.
    pub fn fault(&self, line: usize, column: usize, problem: &str) -> DataError {
        let name = self.headers.get(column).map_or("", String::as_str);
        DataError::line(&self.path, line, format!("column \"{}\": {problem}", brief(name)))
    }
}

/// Bytes with plain line ends (`\r\n` makes the reader count a row's line one short), whose quotes
/// are counted: an odd number of them means that one never closes.
struct Plain<R> {
    inner: BufReader<R>,
    quotes: usize,
}

impl<R: Read> Plain<R> {
    fn new(inner: R) -> Self {
        Self { inner: BufReader::new(inner), quotes: 0 }
    }
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && !out.is_empty() {
            let bytes = self.inner.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            let taken = bytes.len().min(out.len());
            for (at, &byte) in bytes[..taken].iter().enumerate() {
                // Where the buffer ends after it, a return stays: the reader knows both line ends.
                if byte == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                    continue;
                }
                self.quotes += usize::from(byte == b'"');
                out[written] = byte;
                written += 1;
            }
            self.inner.consume(taken);
        }
        Ok(written)
    }
}

/// A number, `None` where it is missing: empty, `?`, `NA`, `NaN` or `null`.
///
/// # Errors
/// If it is neither, what it is.
pub fn number(text: &str) -> Result<Option<f32>, String> {
    let text = text.trim();
    if text.is_empty() || ["?", "na", "nan", "null"].contains(&&*text.to_ascii_lowercase()) {
        return Ok(None);
    }
    let refused = || {
        format!(
            "\"{}\" is not a finite 32-bit number; leave it empty if it is missing",
            brief(text)
        )
    };
    finite(text).map(Some).ok_or_else(refused)
}

fn said(path: &Path, error: &csv::Error) -> DataError {
    let line = error.position().map_or(1, |position| position.line() as usize);
    match error.kind() {
        ErrorKind::Io(source) => {
            let source = io::Error::new(source.kind(), source.to_string());
            DataError::Read { path: path.into(), source }
        }
        ErrorKind::Utf8 { err, .. } => {
            let column = err.field() + 1;
            let problem = format!("column {column} is not UTF-8 text; save the file as UTF-8");
            DataError::line(path, line, problem)
        }
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let problem = format!(
                "{len} columns where the header has {expected_len}; a quote that never closes looks \
                 like this as well"
            );
            DataError::line(path, line, problem)
        }
        _ => DataError::line(path, line, error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    /// Header and rows with their lines.
    type Read = (Vec<String>, Vec<(usize, Vec<String>)>);

    fn rows(name: &str, bytes: &[u8]) -> Result<Read, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let shown = format!("{}/", folder.path().display());
        let read = || {
            let mut table = Table::open(&path)?;
            let mut rows = Vec::new();
            while let Some((line, row)) = table.next_row()? {
                rows.push((line, row.iter().map(str::to_owned).collect()));
            }
            Ok((table.headers().to_vec(), rows))
        };
        read().map_err(|error: DataError| error.to_string().replace(&shown, ""))
    }

    #[test]
    fn headers_quotes_marks_and_line_ends() {
        let text = "\u{feff}time, a ,\"b, c\"\r\n1,2,\"x \"\"y\"\"\nz\"\n\n3,,4\r\n";
        let (headers, read) = rows("t.csv", text.as_bytes()).unwrap();
        assert_eq!(headers, ["time", "a", "b, c"]);
        assert_eq!(read[0], (2, vec!["1".into(), "2".into(), "x \"y\"\nz".into()]));
        // Of the empty line before it.
        assert_eq!(read[1], (4, vec!["3".into(), String::new(), "4".into()]));
        let (headers, read) = rows("t.tsv", b"a\tb,c\n1\t2\n").unwrap();
        assert_eq!((headers.len(), read.len()), (2, 1));
    }

    #[test]
    fn broken_tables_are_named_by_line() {
        let message = |bytes: &[u8]| rows("t.csv", bytes).unwrap_err();
        let messages = [
            message(b""),
            message(b"a,b,a\n1,2,3\n"),
            message(b"a,b\n1,2\n1,2,3\n"),
            message(b"a,b\n1,2\n1\n"),
            message(b"a,b\n1,\"2\n3,4\n5,6\n"),
            message(b"a,b\n1,2\n3,\xff\n"),
        ];
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn numbers_are_told_from_what_is_missing_and_from_the_rest() {
        assert_eq!(number(" -1.5e3 "), Ok(Some(-1500.0)));
        for missing in ["", " ", "?", "NA", "NaN", "null"] {
            assert_eq!(number(missing), Ok(None), "{missing:?}");
        }
        for wrong in ["1,5", "x", "inf", "1e39", "--"] {
            assert!(number(wrong).unwrap_err().contains(wrong), "{wrong:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = rows("t.csv", &bytes);
        }
    }
}
