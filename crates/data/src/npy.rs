//! Arrays of NumPy: `.npy` files, and `.npz` archives of them. Read by the crates `npyz` and
//! `zip`; what Python objects they hold is refused, never run.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::Path;

use npyz::{DType, NpyFile, Order, TypeChar};

use crate::{DataError, read_file};

/// Bytes that an archive may unpack to, all arrays together: beyond it the archive is refused,
/// whatever its own headers say.
pub const MOST_BYTES: u64 = 4 << 30;

/// An array of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Sizes of its dimensions; empty for a single number.
    pub shape: Vec<usize>,
    /// Its elements, row-major.
    pub values: Vec<f64>,
}

/// Reads a `.npy` file.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::File`] if it is no array of plain numbers or torn.
pub fn read_npy(path: &Path) -> Result<Array, DataError> {
    array(&read_file(path)?).map_err(|problem| DataError::file(path, problem))
}

/// All arrays of the content of a `.npz` archive, by name; `path` is for messages only.
///
/// # Errors
/// [`DataError::File`] if it is no such archive, is torn, or unpacks to more than [`MOST_BYTES`].
pub fn parse_npz(path: &Path, bytes: &[u8]) -> Result<BTreeMap<String, Array>, DataError> {
    npz(bytes, MOST_BYTES).map_err(|problem| DataError::file(path, problem))
}

fn npz(bytes: &[u8], most: u64) -> Result<BTreeMap<String, Array>, String> {
    let broken = |error: zip::result::ZipError| format!("it is not a whole .npz archive: {error}");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut arrays = BTreeMap::new();
    let mut left = most;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else { continue };
        let mut unpacked = Vec::new();
        let read = entry.take(left + 1).read_to_end(&mut unpacked);
        read.map_err(|error| format!("array {name} cannot be unpacked: {error}"))?;
        left = left.checked_sub(unpacked.len() as u64).ok_or_else(|| {
            format!("its arrays unpack to more than {most} bytes; split it, or take another format")
        })?;
        let array = array(&unpacked).map_err(|problem| format!("array {name}: {problem}"))?;
        arrays.insert(name, array);
    }
    Ok(arrays)
}

fn array(bytes: &[u8]) -> Result<Array, String> {
    let broken = |error: io::Error| format!("it is not a .npy array: {error}");
    let file = NpyFile::new(bytes).map_err(broken)?;
    let shape: Vec<usize> = file.shape().iter().map(|&size| size as usize).collect();
    let elements = shape.iter().try_fold(1_usize, |all, &size| all.checked_mul(size));
    let DType::Plain(plain) = file.dtype() else {
        return Err("it holds records; give plain numbers".into());
    };
    let size = plain.num_bytes().unwrap_or(0);
    if size == 0 || plain.type_char() == TypeChar::Complex {
        return Err(format!("its elements are {plain}; give numbers of 8 to 64 bits"));
    }
    // A header may claim anything; nothing is allocated that the file does not hold.
    let held = elements.and_then(|elements| elements.checked_mul(size));
    if held.is_none_or(|held| held > bytes.len()) {
        return Err(format!("its header claims the shape {shape:?}, but the file is shorter"));
    }
    let order = file.order();
    let values = match (plain.type_char(), size) {
        (TypeChar::Float, 4) => all(read::<f32>(file)?),
        (TypeChar::Float, 8) => read::<f64>(file)?,
        (TypeChar::Int, 1) => all(read::<i8>(file)?),
        (TypeChar::Int, 2) => all(read::<i16>(file)?),
        (TypeChar::Int, 4) => all(read::<i32>(file)?),
        (TypeChar::Int, 8) => read::<i64>(file)?.into_iter().map(|value| value as f64).collect(),
        (TypeChar::Uint, 1) => all(read::<u8>(file)?),
        (TypeChar::Uint, 2) => all(read::<u16>(file)?),
        (TypeChar::Uint, 4) => all(read::<u32>(file)?),
        (TypeChar::Uint, 8) => read::<u64>(file)?.into_iter().map(|value| value as f64).collect(),
        (TypeChar::Bool, 1) => {
            read::<bool>(file)?.into_iter().map(|value| f64::from(u8::from(value))).collect()
        }
        _ => return Err(format!("its elements are {plain}; give numbers of 8 to 64 bits")),
    };
    let values = if order == Order::Fortran { transposed(&shape, &values) } else { values };
    Ok(Array { shape, values })
}

fn read<T: npyz::Deserialize>(file: NpyFile<&[u8]>) -> Result<Vec<T>, String> {
    file.into_vec().map_err(|error| format!("the file ends before its elements do: {error}"))
}

fn all<T: Into<f64>>(values: Vec<T>) -> Vec<f64> {
    values.into_iter().map(Into::into).collect()
}

/// Column-major elements in row-major order.
fn transposed(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let mut place = vec![0; shape.len()];
    let strides: Vec<usize> = shape
        .iter()
        .scan(1, |stride, &size| {
            let own = *stride;
            *stride *= size;
            Some(own)
        })
        .collect();
    let mut row_major = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        row_major.push(
            values[place.iter().zip(&strides).map(|(at, stride)| at * stride).sum::<usize>()],
        );
        for (at, &size) in place.iter_mut().zip(shape).rev() {
            *at += 1;
            if *at < size {
                break;
            }
            *at = 0;
        }
    }
    row_major
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// A `.npy` file of version 1.0, written by hand.
    fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let order = if fortran { "True" } else { "False" };
        let mut header =
            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn floats(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn archive(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn arrays_of_both_orders_and_several_types_are_read() {
        let data = floats(&[1., 2., 3., 4., 5., 6.]);
        let expected = Array { shape: vec![2, 3], values: vec![1., 2., 3., 4., 5., 6.] };
        assert_eq!(array(&npy("<f4", false, "(2, 3)", &data)).unwrap(), expected);
        let transposed = array(&npy("<f4", true, "(2, 3)", &data)).unwrap();
        assert_eq!(transposed.values, [1., 3., 5., 2., 4., 6.]);
        let big: Vec<u8> = [7_i16, -9].iter().flat_map(|value| value.to_be_bytes()).collect();
        assert_eq!(array(&npy(">i2", false, "(2,)", &big)).unwrap().values, [7.0, -9.0]);
        assert_eq!(array(&npy("|b1", false, "(2,)", &[1, 0])).unwrap().values, [1.0, 0.0]);
        assert_eq!(array(&npy("|u1", false, "()", &[200])).unwrap().values, [200.0]);
        let of_npz =
            archive(&[("x.npy", npy("<f4", false, "(2, 3)", &data)), ("notes.txt", vec![1])]);
        assert_eq!(npz(&of_npz, 1000).unwrap(), BTreeMap::from([("x".into(), expected)]));
    }

    #[test]
    fn what_is_no_plain_array_is_refused_and_claims_allocate_nothing() {
        let data = floats(&[1.0]);
        let message = |bytes: &[u8]| array(bytes).unwrap_err();
        let messages = [
            message(b""),
            message(b"\x93NUMPY"),
            message(&npy("<f4", false, "(2,)", &data)),
            message(&npy("<f4", false, "(1000000000000, 1000000000000)", &data)),
            message(&npy("<f4", false, "(4000000000,)", &data)),
            message(&npy("|O", false, "(1,)", b"cos\nsystem\n")),
            message(&npy("<c8", false, "(1,)", &[0; 8])),
        ];
        insta::assert_snapshot!(messages.join("\n"));
        let bomb = archive(&[("x.npy", npy("|u1", false, "(1000000,)", &vec![0; 1_000_000]))]);
        assert!(bomb.len() < 5000, "it is packed well: {}", bomb.len());
        let error = npz(&bomb, 100_000).unwrap_err();
        assert!(error.starts_with("its arrays unpack to more than 100000 bytes"), "{error}");
        let torn = &bomb[..bomb.len() / 2];
        assert!(npz(torn, 100_000).unwrap_err().contains("not a whole .npz"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            bytes: Vec<u8>, descr in "[<>|][fiubcOSV][0-9]{0,3}", shape in "\\([0-9]{0,20},? ?[0-9]{0,3}\\)",
        ) {
            let _ = array(&bytes);
            let _ = npz(&bytes, 1000);
            let _ = array(&npy(&descr, false, &shape, &bytes));
        }
    }
}
