//! `bench`, on layers so small that it takes a moment.

use crate::Place;

const SMALL: [&str; 7] = ["bench", "--shapes", "2x3x4x5", "--repetitions", "1", "--threads", "1"];

fn table(stdout: &str, number: usize) -> Vec<serde_json::Value> {
    let all: serde_json::Value = serde_json::from_str(stdout).unwrap();
    all["tables"][number]["rows"].as_array().unwrap().clone()
}

#[test]
fn a_table_without_the_peers() {
    let place = Place::new();
    let ended = place.run(&[&SMALL[..], &["--without-peers", "--format", "json"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let rows = table(&ended.stdout, 0);
    assert_eq!(rows.len(), 9, "three cells, three passes");
    for row in &rows {
        assert_eq!(row["shape"], "2x3x4x5");
        for measured in ["ours ms", "Burn ms", "GFLOP/s", "of peak"] {
            assert!(row[measured].as_f64().unwrap() > 0.0, "{row}");
        }
        for missing in ["PyTorch ms", "JAX ms", "ratio"] {
            assert!(row[missing].is_null(), "{row}");
        }
    }
    let passes: Vec<_> = rows[3..6].iter().map(|row| (&row["cell"], &row["pass"])).collect();
    let expected = ["forward", "forward+backward", "step"].map(|pass| ("lstm", pass));
    assert!(passes.iter().zip(expected).all(|((cell, pass), (c, p))| *cell == c && *pass == p));
}

#[test]
fn the_other_tables() {
    let place = Place::new();
    let suites = ["ragged", "models", "--cells", "gru", "--without-peers", "--format", "json"];
    let ended = place.run(&[&SMALL[..], &suites[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ragged = table(&ended.stdout, 0);
    assert_eq!(ragged.len(), 1);
    let share = ragged[0]["valid"].as_f64().unwrap();
    assert!((0.1..1.0).contains(&share), "{share}");
    let models = table(&ended.stdout, 1);
    assert_eq!(models.len(), 2 * architectures::ARCHITECTURES.len());
    assert!(models.iter().all(|row| row["ours ms"].as_f64().unwrap() > 0.0));
    let two = ["models", "--architectures", "tcn,gru", "--without-peers", "--format", "json"];
    let ended = place.run(&[&SMALL[..], &two[..]].concat());
    let names = table(&ended.stdout, 0).into_iter().map(|row| row["architecture"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["tcn", "tcn", "gru", "gru"]);
}

/// A layer of 8 MB of gates and states, so that what the process needs besides is small.
#[test]
#[cfg(target_os = "linux")]
fn the_peak_of_memory_is_that_of_the_pass() {
    let place = Place::new();
    let arguments = ["memory", "--cells", "lstm", "--threads", "1", "--format", "json"];
    let shape = ["bench", "--shapes", "32x100x8x128"];
    let ended = place.run(&[&shape[..], &arguments[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let row = &table(&ended.stdout, 0)[0];
    let saved = row["gates and states MB"].as_f64().unwrap();
    assert!((saved - 9.863_168).abs() < 1e-9, "{row}");
    let ratio = row["ratio"].as_f64().unwrap();
    assert!((1.0..4.0).contains(&ratio), "{row}");
}

/// Before anything is timed, what PyTorch and JAX compute is compared with what we do.
#[test]
fn the_peers_compute_the_same() {
    let found = std::process::Command::new("python3").args(["-c", "import torch, jax"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: python3 has no torch and jax");
        return;
    }
    let place = Place::new();
    let arguments = ["layers", "ragged", "models", "--format", "json"];
    let ended = place.run(&[&SMALL[..], &arguments[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!ended.stderr.contains("failed"), "{}", ended.stderr);
    for row in table(&ended.stdout, 0) {
        assert!(row["PyTorch ms"].as_f64().is_some() && row["JAX ms"].as_f64().is_some(), "{row}");
    }
    for row in table(&ended.stdout, 1) {
        assert!(row["packed / ours"].as_f64().is_some(), "{row}");
    }
    let models = table(&ended.stdout, 2);
    let known = |name: &str| {
        models.iter().any(|row| row["architecture"] == name && row["PyTorch ms"].as_f64().is_some())
    };
    let equivalent = ["stacked", "bidirectional", "cnn_rnn", "rnn_transformer", "feed_forward"];
    assert!(equivalent.iter().all(|name| known(name)), "{models:?}");
}

#[test]
fn a_python_that_is_not_there_leaves_the_columns_empty() {
    let place = Place::new();
    let arguments = ["--cells", "gru", "--python", "no-such-python", "--format", "json"];
    let ended = place.run(&[&SMALL[..], &arguments[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for framework in ["PyTorch", "JAX"] {
        let line = ended.stderr.lines().find(|line| line.starts_with(framework)).unwrap();
        assert!(line.contains("no-such-python") && line.contains("pip install"), "{line}");
    }
    assert!(table(&ended.stdout, 0)[0]["PyTorch ms"].is_null());
}

#[test]
#[cfg(unix)]
fn a_peer_that_fails_says_why() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    let dies =
        "#!/bin/sh\necho '{\"version\": \"0\"}'\nread request\necho 'no memory' >&2\nexit 3\n";
    place.write("dies", dies);
    let path = place.path("dies");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = ["--cells", "gru", "--python", path.to_str().unwrap()];
    let ended = place.run(&[&SMALL[..], &arguments[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let why = "PyTorch failed at gru 2x3x4x5 forward, threads 1: the process ended (exit status: \
               3): no memory";
    assert!(ended.stdout.contains(why) && ended.stderr.contains(why), "{}", ended.stdout);
    assert!(ended.stdout.lines().any(|line| line.contains(" failed ")), "{}", ended.stdout);
}

#[test]
fn wrong_words_are_told_before_anything_is_measured() {
    let place = Place::new();
    for (arguments, told) in [
        (vec!["--shapes", "2x3x4"], "\"2x3x4\" is no shape; write batch, steps, input and hidden"),
        (vec!["--cells", "rnn"], "\"rnn\" is no cell; there are vanilla, lstm, gru"),
        (vec!["--architectures", "lstn"], "\"lstn\" is no architecture; there are vanilla, lstm"),
        (vec!["layer"], "\"layer\" is no suite; there are layers, ragged"),
        (vec!["--threads", "0"], "write numbers from 1 to 1024"),
    ] {
        let ended = place.run(&[&["bench"], &arguments[..]].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}
