//! MATLAB files of version 5, as far as lists of matrices of numbers are written in them: cell
//! arrays, and numeric or logical arrays, packed or not, little-endian.
//!
//! Written here since the crates that read MATLAB files read no cell arrays. The format:
//! "MAT-File Format", The MathWorks, R2019b.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use crate::DataError;

/// Bytes that a file may unpack to, all variables together.
pub const MOST_BYTES: usize = 1 << 30;

/// Cell arrays in cell arrays, at most.
const DEEPEST: usize = 8;

/// The value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An array of numbers, column-major as in the file.
    Numbers {
        /// Sizes of its dimensions.
        shape: Vec<usize>,
        /// Its elements.
        values: Vec<f64>,
    },
    /// A cell array, column-major.
    Cells(Vec<Value>),
}

/// All variables of the content of a file that are arrays or cell arrays of numbers, by name;
/// others are left out. `path` is for messages only.
///
/// # Errors
/// [`DataError::File`] if it is no such file, is torn, or unpacks to more than [`MOST_BYTES`].
pub fn parse(path: &Path, bytes: &[u8]) -> Result<BTreeMap<String, Value>, DataError> {
    variables(bytes, MOST_BYTES).map_err(|problem| DataError::file(path, problem))
}

fn variables(bytes: &[u8], most: usize) -> Result<BTreeMap<String, Value>, String> {
    let header = bytes.get(..128).ok_or("it is shorter than the header of a MATLAB file")?;
    match &header[124..] {
        [_, 1, b'I', b'M'] => {}
        [1, _, b'M', b'I'] => return Err("it is big-endian; save it on a common machine".into()),
        _ => return Err("it is no MATLAB file of version 5 (save with -v6 or -v7)".into()),
    }
    let mut found = BTreeMap::new();
    let mut rest = &bytes[128..];
    let mut left = most;
    while !rest.is_empty() {
        let element = Element::next(&mut rest)?;
        let unpacked;
        let (kind, data) = if element.kind == COMPRESSED {
            let mut bytes = Vec::new();
            let read = flate2::read::ZlibDecoder::new(element.data)
                .take(left as u64 + 1)
                .read_to_end(&mut bytes);
            read.map_err(|error| format!("a packed variable is broken: {error}"))?;
            left = left
                .checked_sub(bytes.len())
                .ok_or_else(|| format!("its variables unpack to more than {most} bytes"))?;
            unpacked = bytes;
            let mut inner = &*unpacked;
            let inner = Element::next(&mut inner)?;
            (inner.kind, inner.data)
        } else {
            (element.kind, element.data)
        };
        if kind == MATRIX
            && let Some((name, value)) = matrix(data, 0)?
        {
            found.insert(name, value);
        }
    }
    Ok(found)
}

/// Types of elements.
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// One element: a type and its data.
struct Element<'a> {
    kind: u32,
    data: &'a [u8],
}

impl<'a> Element<'a> {
    /// The next element of `rest`, which moves on behind it and its padding.
    fn next(rest: &mut &'a [u8]) -> Result<Self, String> {
        let torn = || "it ends in the middle of a variable".to_owned();
        let (tag, after) = rest.split_first_chunk::<8>().ok_or_else(torn)?;
        let word = |at: usize| u32::from_le_bytes([tag[at], tag[at + 1], tag[at + 2], tag[at + 3]]);
        // Small elements hold their size in the upper half of the type, and their data in the tag.
        if word(0) >> 16 != 0 {
            let size = (word(0) >> 16) as usize;
            let data = rest[4..8].get(..size).ok_or_else(torn)?;
            let kind = word(0) & 0xffff;
            *rest = after;
            return Ok(Self { kind, data });
        }
        let (kind, size) = (word(0), word(4) as usize);
        let data = after.get(..size).ok_or_else(torn)?;
        // Packed elements are not padded.
        let padded = if kind == COMPRESSED { size } else { size.next_multiple_of(8) };
        *rest = after.get(padded..).unwrap_or_default();
        Ok(Self { kind, data })
    }
}

/// Name and value of a matrix element; `None` for a kind that is not read.
fn matrix(mut data: &[u8], depth: usize) -> Result<Option<(String, Value)>, String> {
    if depth > DEEPEST {
        return Err("cell arrays lie too deep in each other".into());
    }
    // An empty cell has no parts at all.
    if data.is_empty() {
        return Ok(Some((String::new(), Value::Numbers { shape: vec![0, 0], values: Vec::new() })));
    }
    let flags = Element::next(&mut data)?;
    let class = flags.data.first().copied().unwrap_or(0);
    let shape: Vec<usize> =
        numbers(&Element::next(&mut data)?)?.into_iter().map(|size| size as usize).collect();
    let name = String::from_utf8_lossy(Element::next(&mut data)?.data).into_owned();
    let count = shape.iter().try_fold(1_usize, |all, &size| all.checked_mul(size));
    let count = count.ok_or("the shape of a variable is impossible")?;
    match class {
        1 => {
            // Nothing is allocated that the file does not hold: a cell takes eight bytes at least.
            if count > data.len() / 8 {
                return Err(format!("the cell array {name} claims {count} cells and ends before"));
            }
            let mut cells = Vec::with_capacity(count);
            for _ in 0..count {
                let cell = Element::next(&mut data)?;
                let Some((_, value)) = matrix(cell.data, depth + 1)? else { return Ok(None) };
                cells.push(value);
            }
            Ok(Some((name, Value::Cells(cells))))
        }
        6..=15 => {
            let values = numbers(&Element::next(&mut data)?)?;
            if values.len() != count {
                let found = values.len();
                return Err(format!("the array {name} says {count} numbers and holds {found}"));
            }
            Ok(Some((name, Value::Numbers { shape, values })))
        }
        _ => Ok(None),
    }
}

/// The numbers of an element, whichever type they are stored as.
fn numbers(element: &Element) -> Result<Vec<f64>, String> {
    fn all<const N: usize>(data: &[u8], of: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        data.as_chunks::<N>().0.iter().map(|bytes| of(*bytes)).collect()
    }
    let data = element.data;
    Ok(match element.kind {
        1 => all(data, |bytes: [u8; 1]| f64::from(bytes[0].cast_signed())),
        2 => all(data, |bytes: [u8; 1]| f64::from(bytes[0])),
        3 => all(data, |bytes| f64::from(i16::from_le_bytes(bytes))),
        4 => all(data, |bytes| f64::from(u16::from_le_bytes(bytes))),
        5 => all(data, |bytes| f64::from(i32::from_le_bytes(bytes))),
        6 => all(data, |bytes| f64::from(u32::from_le_bytes(bytes))),
        7 => all(data, |bytes| f64::from(f32::from_le_bytes(bytes))),
        9 => all(data, f64::from_le_bytes),
        12 => all(data, |bytes| i64::from_le_bytes(bytes) as f64),
        13 => all(data, |bytes| u64::from_le_bytes(bytes) as f64),
        kind => return Err(format!("numbers of type {kind} are not read")),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn element(kind: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    fn variable(class: u8, shape: [i32; 2], name: &str, rest: &[u8]) -> Vec<u8> {
        let mut data = element(6, &[class, 0, 0, 0, 0, 0, 0, 0]);
        let shape: Vec<u8> = shape.iter().flat_map(|size| size.to_le_bytes()).collect();
        data.extend(element(5, &shape));
        data.extend(element(1, name.as_bytes()));
        data.extend(rest);
        element(MATRIX, &data)
    }

    fn file(variables: &[u8]) -> Vec<u8> {
        let mut bytes = vec![b' '; 124];
        bytes.extend([0, 1, b'I', b'M']);
        bytes.extend(variables);
        bytes
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        let packed = writer.finish().unwrap();
        let mut bytes = COMPRESSED.to_le_bytes().to_vec();
        bytes.extend((packed.len() as u32).to_le_bytes());
        bytes.extend(packed);
        bytes
    }

    /// A cell array of a matrix of bytes and one of doubles, and a text, which is left out.
    fn sample() -> Vec<u8> {
        let bytes = variable(6, [2, 3], "", &element(2, &[1, 2, 3, 4, 5, 6]));
        let doubles = variable(6, [1, 1], "", &element(9, &0.5_f64.to_le_bytes()));
        let mut all = variable(1, [1, 2], "data", &[bytes, doubles].concat());
        all.extend(variable(4, [1, 1], "text", &element(4, &[65, 0])));
        all
    }

    #[test]
    fn cell_arrays_are_read_packed_or_not() {
        let matrix = Value::Numbers { shape: vec![2, 3], values: vec![1., 2., 3., 4., 5., 6.] };
        let number = Value::Numbers { shape: vec![1, 1], values: vec![0.5] };
        let expected = BTreeMap::from([("data".to_owned(), Value::Cells(vec![matrix, number]))]);
        assert_eq!(variables(&file(&sample()), 1000).unwrap(), expected);
        let cells = variable(1, [1, 0], "none", &[]);
        let both = variables(&file(&[packed(&cells), packed(&cells)].concat()), 1000).unwrap();
        assert_eq!(both, BTreeMap::from([("none".to_owned(), Value::Cells(Vec::new()))]));
    }

    #[test]
    fn broken_files_are_named_and_bombs_refused() {
        let bomb = variable(6, [1000, 100], "zeros", &element(2, &vec![0; 100_000]));
        let mut claims = variable(1, [i32::MAX, 2], "many", &[]);
        claims.extend([0; 8]);
        let whole = file(&sample());
        let message = |bytes: &[u8]| variables(bytes, 10_000).unwrap_err();
        let messages = [
            message(b"MATLAB"),
            message(&[b' '; 200]),
            message(&whole[..whole.len() - 90]),
            message(&file(&packed(&bomb))),
            message(&file(&claims)),
            message(&file(&variable(6, [2, 2], "a", &element(2, &[1, 2, 3])))),
        ];
        insta::assert_snapshot!(messages.join("\n"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, at in 0_usize..400, value: u8) {
            let _ = variables(&file(&bytes), 1000);
            let mut whole = file(&sample());
            let at = at % whole.len();
            whole[at] = value;
            let _ = variables(&whole, 1000);
        }
    }
}
