//! Puts commit, compiler, Burn's version and the fingerprint of the code into the program,
//! for provenance.

#[path = "build/fingerprint.rs"]
mod fingerprint;

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    // Asked at run time: one target folder may serve several checkouts.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = manifest.expect("cargo tells a build script where it is").join("../..");
    let git = |arguments: &[&str]| output("git", &root, arguments);
    let commit = match git(&["rev-parse", "HEAD"]) {
        Some(head) if git(&["status", "--porcelain", "--untracked-files=no"]).is_some() => {
            format!("{head}-dirty")
        }
        Some(head) => head,
        None => "unknown".into(),
    };
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let rustc = output(&rustc, &root, &["--version"]).unwrap_or_else(|| "unknown".into());
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    println!("cargo::rustc-env=UNROLL_COMMIT={commit}");
    println!("cargo::rustc-env=UNROLL_RUSTC={rustc}");
    println!("cargo::rustc-env=UNROLL_BURN={}", version_of("burn", &lock));
    match fingerprint::fingerprint(&root) {
        Ok(code) => println!("cargo::rustc-env=UNROLL_CODE={code}"),
        Err(error) => println!("cargo::error=cannot read the sources: {error}"),
    }
    println!("cargo::rerun-if-changed={}", root.join("Cargo.lock").display());
    // `HEAD` moves by a line in this log, which a worktree keeps elsewhere; a checkout without one
    // is built once.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).map(|log| root.join(log));
    if let Some(log) = log.filter(|log| log.exists()) {
        println!("cargo::rerun-if-changed={}", log.display());
    }
    println!("cargo::rerun-if-changed={}", root.join("crates").display());
}

/// What a command prints, if it succeeds and prints anything.
fn output(program: &str, folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The version of a package in `Cargo.lock`.
fn version_of(package: &str, lock: &str) -> String {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = "));
    version.unwrap_or("unknown").trim_matches('"').to_owned()
}
