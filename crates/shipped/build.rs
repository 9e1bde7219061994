//! Packs `datasets` and `experiments` into one archive, which the program carries.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn main() {
    let folder =
        |name: &str| PathBuf::from(env::var_os(name).expect("cargo says where things are"));
    let root = folder("CARGO_MANIFEST_DIR").join("../..");
    let path = folder("OUT_DIR").join("shipped.zip");
    if let Err(error) = pack(&root, &path) {
        println!("cargo::error=cannot pack the data sets: {error}");
        return;
    }
    match fs::read(&path) {
        Ok(bytes) => println!("cargo::rustc-env=SHIPPED_DIGEST={}", blake3::hash(&bytes).to_hex()),
        Err(error) => println!("cargo::error=cannot read {}: {error}", path.display()),
    }
}

/// The same files give the same bytes.
fn pack(root: &Path, path: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for name in ["datasets", "experiments"] {
        println!("cargo::rerun-if-changed={}", root.join(name).display());
        find(&root.join(name), name, &mut files)?;
    }
    files.sort();
    let mut archive = ZipWriter::new(File::create(path)?);
    // Fast: it is done whenever a file changes, by a program that is not optimised.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1));
    for (name, file) in files {
        archive.start_file(name, options)?;
        archive.write_all(&fs::read(file)?)?;
    }
    archive.finish()?;
    Ok(())
}

/// Every file below a folder but the user's own data, by its name from the root on.
fn find(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let below = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            if below != "datasets/private" {
                find(&entry.path(), &below, files)?;
            }
        } else {
            files.push((below, entry.path()));
        }
    }
    Ok(())
}
