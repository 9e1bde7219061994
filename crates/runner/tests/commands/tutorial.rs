//! The walk of docs/tutorial.md: its file, its commands and what they print.

use std::fs;

use crate::{Place, workspace};

/// A block of the page: its language and its text.
type Block<'a> = (&'a str, &'a str);

fn blocks(page: &str) -> Vec<Block<'_>> {
    let parts: Vec<_> = page.split("\n```").collect();
    // Every second part lies between two fences.
    parts.chunks_exact(2).map(|pair| pair[1].split_once('\n').expect("a language")).collect()
}

/// What does not depend on the machine: each number is a `#`, and columns are as wide as they like.
fn masked(line: &str) -> String {
    let mut text = String::new();
    for word in line.split_whitespace() {
        let mut in_number = false;
        for c in word.chars() {
            let is_part = c.is_ascii_digit() || (in_number && ".e-".contains(c));
            if is_part && !in_number {
                text.push('#');
            }
            in_number = is_part;
            if !is_part {
                text.push(c);
            }
        }
        text.push(' ');
    }
    // A time may have another unit elsewhere.
    for unit in ["ms", "min", "h"] {
        text = text.replace(&format!("# {unit} "), "# s ").replace(&format!("# {unit},"), "# s,");
    }
    text.replace("# s # s", "# s").trim_end().to_owned()
}

/// Whether `printed` is what the page shows; a line `…` stands for any lines.
fn is_shown(shown: &str, printed: &str) -> bool {
    let printed: Vec<_> = printed.lines().map(masked).collect();
    let (mut at, mut may_skip) = (0, false);
    for line in shown.lines() {
        if line == "…" {
            may_skip = true;
            continue;
        }
        let found = printed[at..].iter().position(|it| *it == masked(line));
        match found {
            Some(0) => at += 1,
            Some(skipped) if may_skip => at += skipped + 1,
            _ => return false,
        }
        may_skip = false;
    }
    may_skip || printed[at..].iter().all(String::is_empty)
}

#[test]
fn a_page_is_held_to_what_is_printed() {
    let printed = "a 1.5 s\nb\nc  2e-3 [-0.1, 3]\n";
    assert!(is_shown("a 0.3 s\nb\nc 7 [-9, 3]\n", printed));
    assert!(is_shown("…\nc 7 [-9, 3]\n", printed) && is_shown("a 12 min\n…", printed));
    for other in [
        "a 1.5 s\nb\n",
        "b\n…",
        "a 1.5 s\nb\nd 2e-3 [-0.1, 3]\n",
        "a 1.5 s\n…\nz",
        "a 1 s\nc 1 [-1, 1]",
    ] {
        assert!(!is_shown(other, printed), "{other}");
    }
}

#[test]
fn the_tutorial_does_what_it_says() {
    let page = fs::read_to_string(workspace().join("docs/tutorial.md")).unwrap();
    let file = fs::read_to_string(workspace().join("experiments/tutorial.toml")).unwrap();
    let place = Place::new();
    fs::create_dir(place.path("experiments")).unwrap();
    place.write("experiments/tutorial.toml", &file);
    let mut printed = String::new();
    let mut commands = 0;
    for (language, text) in blocks(&page) {
        match language {
            "toml" => assert!(file.trim_end().ends_with(text), "the file is another one"),
            "sh" => {
                let arguments = text.trim().strip_prefix("cargo run -p runner -- ").unwrap();
                let script = format!("\"$RUNNER\" {arguments}");
                let output = std::process::Command::new("sh")
                    .args(["-c", &script])
                    .current_dir(place.folder.path())
                    .env("RUNNER", env!("CARGO_BIN_EXE_unroll"))
                    .env("UNROLL_DATASETS", workspace().join("datasets"))
                    .stdin(std::process::Stdio::null())
                    .output()
                    .unwrap();
                let said = String::from_utf8(output.stderr).unwrap();
                assert!(output.status.success(), "{arguments}: {said}");
                printed = String::from_utf8(output.stdout).unwrap();
                // Verdicts are for people, who read both.
                let verdicts = said.lines().filter(|line| line.starts_with("claim "));
                printed.extend(verdicts.map(|line| format!("{line}\n")));
                commands += 1;
            }
            "text" => assert!(is_shown(text, &printed), "{text}\nis not\n{printed}"),
            other => panic!("a block of {other}"),
        }
    }
    assert_eq!(commands, 5);
}
