//! When the fingerprint of the code changes, and when it does not.

#[path = "../build/fingerprint.rs"]
mod fingerprint;

use std::fs;
use std::path::Path;

use fingerprint::{COMPUTING, fingerprint, packages};

const LOCK: &str = r#"version = 4

[[package]]
name = "training"
version = "0.1.0"
dependencies = [
 "burn",
 "rand 0.10.0",
 "store",
]

[[package]]
name = "store"
version = "0.1.0"
dependencies = [
 "toml",
]

[[package]]
name = "report"
version = "0.1.0"
dependencies = [
 "maud",
]

[[package]]
name = "burn"
version = "0.22.1"
source = "registry"
checksum = "b1"
dependencies = [
 "rand 0.9.3",
]

[[package]]
name = "rand"
version = "0.9.3"
source = "registry"
checksum = "r9"

[[package]]
name = "rand"
version = "0.10.0"
source = "registry"
checksum = "r10"

[[package]]
name = "rand"
version = "0.8.1"
source = "registry"
checksum = "r8"

[[package]]
name = "toml"
version = "1.2.1"
source = "registry"
checksum = "t1"

[[package]]
name = "maud"
version = "0.27.0"
source = "registry"
checksum = "m1"
"#;

/// A workspace with a source in every crate that computes, and one that does not.
fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for name in COMPUTING.iter().chain(&["report"]) {
        write(root.path(), &format!("crates/{name}/Cargo.toml"), "[package]");
        write(root.path(), &format!("crates/{name}/src/lib.rs"), "pub mod deep;\n");
        write(root.path(), &format!("crates/{name}/src/deep/mod.rs"), "");
    }
    write(root.path(), "Cargo.lock", LOCK);
    root
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn any_change_to_what_computes_shows_and_no_other() {
    let root = workspace();
    let root = root.path();
    let of = || fingerprint(root).unwrap();
    let before = of();
    assert_eq!((before.len(), of()), (32, before.clone()));
    let same = [
        ("crates/report/src/lib.rs", "changed"),
        ("crates/training/tests/runs.rs", "a test"),
        ("crates/training/src/notes.txt", "no source"),
        ("crates/training/src/lib.rs", "pub mod deep;\r\n"),
        ("Cargo.lock", &LOCK.replace("m1", "m2").replace("r8", "r7")),
    ];
    for (name, text) in same {
        write(root, name, text);
        assert_eq!(of(), before, "{name}");
    }
    let mut seen = vec![before];
    let changes = [
        ("crates/training/src/lib.rs", "pub mod deep; \n".to_owned()),
        ("crates/recurrence/src/deep/mod.rs", "fn f() {}".into()),
        ("crates/tasks/src/more.rs", String::new()),
        ("crates/kernels/Cargo.toml", "[package] ".into()),
        ("Cargo.lock", LOCK.replace("b1", "b2")),
        ("Cargo.lock", LOCK.replace("r9", "r9b")),
        ("Cargo.lock", LOCK.replace("t1", "t2")),
    ];
    for (name, text) in changes {
        write(root, name, &text);
        assert!(!seen.contains(&of()), "{name}");
        seen.push(of());
    }
}

#[test]
fn a_package_may_have_another_name_than_its_folder() {
    let root = workspace();
    let root = root.path();
    let lock = LOCK.replace("\"training\"", "\"unroll-training\"");
    write(root, "crates/training/Cargo.toml", "[package]\nname = \"unroll-training\"\n");
    write(root, "Cargo.lock", &lock);
    let before = fingerprint(root).unwrap();
    write(root, "Cargo.lock", &lock.replace("b1", "b2"));
    assert_ne!(fingerprint(root).unwrap(), before);
}

#[test]
fn packages_are_those_that_the_roots_need_in_their_versions() {
    let names = |roots: &[&str]| {
        let found = packages(LOCK, roots);
        let line = |entry: &String, at| entry.lines().nth(at).unwrap().to_owned();
        found.iter().map(|it| line(it, 0) + " " + &line(it, 1)).collect::<Vec<_>>()
    };
    let name = |name: &str, version: &str| format!("name = \"{name}\" version = \"{version}\"");
    let expected = [
        name("burn", "0.22.1"),
        name("rand", "0.10.0"),
        name("rand", "0.9.3"),
        name("toml", "1.2.1"),
    ];
    assert_eq!(names(&["training"]), expected);
    assert!(names(&["nothing"]).is_empty());
}
