//! Files that may be packed with gzip.

use std::io::Read as _;
use std::path::Path;

use crate::{DataError, read_file};

/// The content of a file, unpacked if it is a gzip stream.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::File`] if the stream is torn, or unpacks to more than
/// `most` bytes, whatever it is packed to.
pub fn read_maybe_packed(path: &Path, most: u64) -> Result<Vec<u8>, DataError> {
    unpacked(read_file(path)?, most).map_err(|problem| DataError::file(path, problem))
}

fn unpacked(bytes: Vec<u8>, most: u64) -> Result<Vec<u8>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let mut stream = flate2::read::MultiGzDecoder::new(&*bytes).take(most + 1);
    let read = stream.read_to_end(&mut unpacked);
    read.map_err(|error| format!("the gzip stream is broken: {error}"))?;
    if unpacked.len() as u64 > most {
        return Err(format!("it unpacks to more than {most} bytes"));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn plain_and_packed_files_give_the_same_and_bombs_are_refused() {
        assert_eq!(unpacked(b"plain".to_vec(), 3).unwrap(), b"plain");
        assert_eq!(unpacked(packed(b"some text"), 100).unwrap(), b"some text");
        let bomb = packed(&vec![0; 1_000_000]);
        assert_eq!(unpacked(bomb.clone(), 1000).unwrap_err(), "it unpacks to more than 1000 bytes");
        let torn = unpacked(bomb[..bomb.len() / 2].to_vec(), 2_000_000).unwrap_err();
        assert!(torn.starts_with("the gzip stream is broken"), "{torn}");
    }
}
