//! The fingerprint of what computes a run: the sources of the crates that do, and the
//! packages of `Cargo.lock` that they are built with.
//!
//! Run by the build script; it uses the standard library alone, so that building the
//! program needs no more than before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// Folders of the crates whose code decides what a run computes. A change elsewhere, to a report or a
/// screen, makes no result stale.
pub const COMPUTING: [&str; 9] = [
    "architectures",
    "dense",
    "kernels",
    "recurrence",
    "schema",
    "tasks",
    "tiles",
    "training",
    "weights",
];

/// The fingerprint of the workspace in `root`, in hexadecimal.
///
/// # Errors
/// If a source cannot be read.
pub fn fingerprint(root: &Path) -> io::Result<String> {
    let mut hash = Fnv::default();
    let mut roots = Vec::new();
    for name in COMPUTING {
        let folder = root.join("crates").join(name);
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
        // `Cargo.lock` has the package's name, which need not be that of its folder.
        roots.push(value(&manifest, "name").unwrap_or(name).to_owned());
        let mut files = vec![folder.join("Cargo.toml")];
        sources(&folder.join("src"), &mut files)?;
        files.sort_unstable();
        for path in files {
            let name = path.strip_prefix(root).unwrap_or(&path);
            let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            hash.write(name.join("/").as_bytes());
            // A checkout may end lines either way.
            hash.write(std::fs::read_to_string(&path)?.replace("\r\n", "\n").as_bytes());
        }
    }
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))?;
    let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
    for package in packages(&lock, &roots) {
        hash.write(package.as_bytes());
    }
    Ok(format!("{:032x}", hash.0))
}

/// All Rust files in a folder and those in it.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The entries of `Cargo.lock` that `roots` depend on, directly or not, sorted; those of
/// the workspace itself left out, since their sources count.
pub fn packages(lock: &str, roots: &[&str]) -> BTreeSet<String> {
    let lock = lock.replace("\r\n", "\n");
    // By name; a name that occurs in several versions has several.
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in lock.split("[[package]]\n").skip(1) {
        if let Some(name) = value(entry, "name") {
            by_name.entry(name).or_default().push(entry.trim());
        }
    }
    let mut seen = BTreeSet::new();
    let mut next: Vec<String> = roots.iter().map(|&root| root.to_owned()).collect();
    while let Some(wanted) = next.pop() {
        // Written "name", or "name version" where there are several.
        let (name, version) = wanted.split_once(' ').unwrap_or((&wanted, ""));
        let version = version.split(' ').next().unwrap_or("");
        for entry in by_name.get(name).into_iter().flatten() {
            let is_it = version.is_empty() || value(entry, "version") == Some(version);
            if is_it && seen.insert((*entry).to_owned()) {
                next.extend(dependencies(entry));
            }
        }
    }
    seen.retain(|entry| value(entry, "source").is_some());
    seen
}

/// The value of a line `key = "value"` of an entry.
fn value<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    let line = |line: &'a str| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
    entry.lines().find_map(line)
}

/// The dependencies of an entry.
fn dependencies(entry: &str) -> impl Iterator<Item = String> {
    let lines = entry.lines().skip_while(|line| *line != "dependencies = [").skip(1);
    let names = lines.take_while(|line| *line != "]");
    names.map(|line| line.trim().trim_end_matches(',').trim_matches('"').to_owned())
}

/// FNV-1a, 128 bits: it has to tell versions apart, not to withstand anybody.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv {
    /// Takes in `bytes` and their number, so that pieces cannot be cut otherwise.
    fn write(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 ^= u128::from(*byte);
            self.0 = self.0.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}
