//! Files of other programs, our own, and what is no file of weights. `tests/goldens/` has the
//! script that makes the first.

use std::fs;
use std::path::{Path, PathBuf};

use weights::{Fault, Tensor, Tensors, WeightsError, read, to_safetensors};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name)
}

fn expected() -> Tensors {
    let tensor =
        |shape: &[usize], values: &[f32]| Tensor { shape: shape.into(), values: values.into() };
    Tensors::from([
        ("weight".into(), tensor(&[2, 3], &[-1.25, -0.75, -0.25, 0.25, 0.75, 1.25])),
        ("bias".into(), tensor(&[3], &[-2.5, -1.5, -0.5])),
    ])
}

#[test]
fn what_pytorch_and_safetensors_write_is_read() {
    for name in [
        "new.pt",
        "turned.pt",
        "old.pt",
        "nested.pt",
        "plain.safetensors",
        "half.safetensors",
        "double.safetensors",
    ] {
        let read = read(&golden(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.tensors, expected(), "{name}");
        assert_eq!(read.about, None);
    }
    // Whole numbers have become floating-point numbers in this one.
    let mut short = read(&golden("bfloat16.pt")).unwrap().tensors;
    assert_eq!(short.remove("counted").unwrap().values, [7.0]);
    assert_eq!(short, expected());
}

#[test]
fn what_is_written_is_read_and_equal_tensors_are_equal_files() {
    let mut tensors = expected();
    tensors.insert("gate \u{202e} \"z\"".into(), Tensor { shape: vec![], values: vec![-0.0] });
    let bytes = to_safetensors(&tensors, "run \"7\"").unwrap();
    assert_eq!(bytes, to_safetensors(&tensors, "run \"7\"").unwrap());
    let folder = tempfile::tempdir().unwrap();
    // The name's end says nothing.
    let path = folder.path().join("weights.pt");
    fs::write(&path, &bytes).unwrap();
    let read = read(&path).unwrap();
    assert_eq!((read.tensors, read.about.as_deref()), (tensors, Some("run \"7\"")));
    let wrong = Tensors::from([("w".into(), Tensor { shape: vec![2], values: vec![1.0] })]);
    assert!(matches!(to_safetensors(&wrong, ""), Err(Fault::Tensor { .. })));
}

#[test]
fn what_is_no_file_of_weights_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let of = |bytes: &[u8]| {
        let path = folder.path().join("file");
        fs::write(&path, bytes).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.path, path);
        error.fault
    };
    assert!(matches!(of(b""), Fault::Format(_)));
    assert!(matches!(of(b"a,b\n1,2\n"), Fault::Format(_)));
    assert!(matches!(of(b"PK\x03\x04"), Fault::Format(_)));
    // A header that says it is longer than memory.
    assert!(matches!(of(&[255; 9]), Fault::Format(_)));
    assert!(matches!(of(&to_safetensors(&Tensors::new(), "").unwrap()), Fault::Empty));
    let missing = read(&folder.path().join("none")).unwrap_err();
    assert!(matches!(missing, WeightsError { fault: Fault::Read(_), .. }));
    assert!(matches!(read(&golden("list.pt")).unwrap_err().fault, Fault::Empty | Fault::Format(_)));
}

/// Whatever is cut off or changed, the reader gives tensors or an error. A changed number is not
/// seen: the formats have no checksum of their own.
#[test]
fn damaged_files_are_never_more_than_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    for name in ["new.pt", "old.pt", "nested.pt", "plain.safetensors"] {
        let whole = fs::read(golden(name)).unwrap();
        for cut in (0..whole.len()).step_by(5) {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(read(&path).is_err(), "{name} cut at {cut}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            fs::write(&path, changed).unwrap();
            drop(read(&path));
        }
    }
}

#[test]
fn a_pickle_is_not_executed() {
    // Python would print a word.
    match read(&golden("hostile.pt")) {
        Ok(read) => assert_eq!(read.tensors.keys().collect::<Vec<_>>(), ["weight"]),
        Err(error) => assert!(matches!(error.fault, Fault::Format(_)), "{error}"),
    }
}
