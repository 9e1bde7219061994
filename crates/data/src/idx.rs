//! IDX files: how MNIST and its relatives come, also packed with gzip.
//!
//! Four bytes 0, 0, type, number of dimensions; the size of each dimension as four bytes, the
//! largest first; then the elements. Only elements of one byte are read (type 8), which is what
//! images and labels are.

use std::path::Path;

use crate::DataError;
use crate::gzip::read_maybe_packed;

/// Bytes that a file may unpack to.
pub const MOST_BYTES: u64 = 1 << 30;

/// Bytes in some dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// Size of each dimension.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub values: Vec<u8>,
}

/// Reads the file at `path`.
///
/// # Errors
/// [`DataError::Read`], [`DataError::File`].
pub fn read(path: &Path) -> Result<Bytes, DataError> {
    parse(&read_maybe_packed(path, MOST_BYTES)?).map_err(|problem| DataError::file(path, problem))
}

fn parse(bytes: &[u8]) -> Result<Bytes, String> {
    let short = || "the file is shorter than the header of an IDX file".to_owned();
    let ([0, 0, kind, dimensions], rest) = bytes.split_first_chunk::<4>().ok_or_else(short)? else {
        return Err("it is no IDX file: the first two bytes are not 0".into());
    };
    if *kind != 8 {
        return Err(format!("its elements are of type {kind}; only bytes (8) are read"));
    }
    let (sizes, values) = rest.split_at_checked(4 * usize::from(*dimensions)).ok_or_else(short)?;
    let size = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes) as usize;
    let shape: Vec<usize> = sizes.as_chunks::<4>().0.iter().map(size).collect();
    let elements = shape.iter().try_fold(1_usize, |all, &size| all.checked_mul(size));
    if elements != Some(values.len()) {
        let held = values.len();
        return Err(format!("its header says {shape:?}, but {held} bytes follow"));
    }
    Ok(Bytes { shape, values: values.to_vec() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_is_read_or_its_fault_is_said() {
        let mut bytes = vec![0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        let expected = Bytes { shape: vec![2, 3], values: vec![1, 2, 3, 4, 5, 6] };
        assert_eq!(parse(&bytes).unwrap(), expected);
        let mut messages = vec![parse(&bytes[..17]).unwrap_err(), parse(&bytes[..9]).unwrap_err()];
        messages.push(parse(b"").unwrap_err());
        bytes[2] = 13;
        messages.push(parse(&bytes).unwrap_err());
        bytes[0] = 1;
        messages.push(parse(&bytes).unwrap_err());
        let claim = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
        messages.push(parse(&claim).unwrap_err());
        insta::assert_snapshot!(messages.join("\n"), @r"
        its header says [2, 3], but 5 bytes follow
        the file is shorter than the header of an IDX file
        the file is shorter than the header of an IDX file
        its elements are of type 13; only bytes (8) are read
        it is no IDX file: the first two bytes are not 0
        its header says [4294967295, 4294967295, 4294967295], but 0 bytes follow
        ");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
