//! Bad input: a clear message, exit 2, nothing written, no panic.

use crate::{Place, SMALL};

/// Runs the file with `change` applied and gives the message.
fn refused(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    refused_text(&SMALL.replacen(from, to, 1))
}

fn refused_text(text: &str) -> String {
    let place = Place::new();
    place.write("small.toml", text);
    refused_in(&place, &["run", "small.toml"])
}

fn refused_in(place: &Place, arguments: &[&str]) -> String {
    let before = (place.names("."), place.names("results"));
    let ended = place.run(arguments);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert_eq!((place.names("."), place.names("results")), before, "nothing may be written");
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn in_the_experiment_file() {
    insta::assert_snapshot!("unknown_key", refused("hidden = 5", "hiden = 5"));
    insta::assert_snapshot!("wrong_type", refused("steps = 20", "steps = \"20\""));
    insta::assert_snapshot!("negative_size", refused("hidden = 5", "hidden = -5"));
    insta::assert_snapshot!(
        "unknown_architecture",
        refused("architecture = \"feed_forward\"", "architecture = \"feedforward\"")
    );
    insta::assert_snapshot!("unknown_task", refused("kind = \"adding\"", "kind = \"ading\""));
    insta::assert_snapshot!(
        "arm_named_twice",
        refused("name = \"no | recurrence\"", "name = \"gru\"")
    );
    insta::assert_snapshot!(
        "baseline_that_is_no_arm",
        refused("[model]\narchitecture = \"gru\"\n", "[model]\n")
    );
    insta::assert_snapshot!(
        "unfit_options",
        refused(
            "model.architecture = \"feed_forward\"",
            "model.architecture = \"rnn_transformer\""
        )
    );
    let several = SMALL.replace("steps = 20", "stesp = 20").replace("length = 6", "length = 1");
    insta::assert_snapshot!("several_at_once", refused_text(&several));
}

#[test]
fn on_the_command_line() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let refused = |change| refused_in(&place, &["run", "small.toml", change]);
    insta::assert_snapshot!("override_of_unknown_key", refused("train.step=5"));
    insta::assert_snapshot!("override_of_wrong_type", refused("train.steps=few"));
    insta::assert_snapshot!("override_without_value", refused("seeds"));
    let only = |text| refused_in(&place, &["run", "small.toml", "--only", text]);
    insta::assert_snapshot!("only_without_value", only("arm"));
    insta::assert_snapshot!("only_an_unknown_arm", only("arm=gur"));
    insta::assert_snapshot!("only_by_an_unknown_key", only("model=gru"));
    insta::assert_snapshot!("only_two_arms_at_once", only("arm=gru,seed=0,arm=gru"));
}

#[test]
fn in_files_and_folders() {
    let place = Place::new();
    insta::assert_snapshot!("no_file", refused_in(&place, &["run", "small.toml"]));
    insta::assert_snapshot!("no_folder", refused_in(&place, &["status", "results/small"]));
    std::fs::write(place.path("latin.toml"), b"name = \"small\"\nquestion = \"caf\xe9\"\n")
        .unwrap();
    insta::assert_snapshot!("not_utf8", refused_in(&place, &["plan", "latin.toml"]));
    insta::assert_snapshot!("nothing_of_that_name", refused_in(&place, &["describe", "lstn"]));

    place.write("small.toml", SMALL);
    place.write("results", "a file where the folder should be");
    insta::assert_snapshot!("results_is_a_file", refused_in(&place, &["run", "small.toml"]));
}

#[test]
fn in_the_data() {
    let place = Place::new();
    let vowels = SMALL.replace(
        "kind = \"adding\"\nlength = 6\nvalidation_size = 20\ntest_size = 30\n",
        "kind = \"japanese_vowels\"\npath = \"vowels\"\n",
    );
    place.write("small.toml", &vowels);
    insta::assert_snapshot!("missing_data", refused_in(&place, &["run", "small.toml"]));
    std::fs::create_dir(place.path("vowels")).unwrap();
    place.write("vowels/JapaneseVowels_TRAIN.ts", "@classLabel true a b\n@data\n1,2,x:a\n");
    place.write("vowels/JapaneseVowels_TEST.ts", "@classLabel true a b\n@data\n1,2,3:a\n");
    insta::assert_snapshot!("broken_data", refused_in(&place, &["run", "small.toml"]));
}

#[test]
fn a_results_folder_of_another_experiment() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    assert_eq!(place.run(&["run", "small.toml", "train.steps=10"]).code, 0);
    std::fs::rename(place.path("results/small"), place.path("results/other")).unwrap();
    place.write("other.toml", &SMALL.replace("name = \"small\"", "name = \"other\""));
    insta::assert_snapshot!("another_experiment", refused_in(&place, &["run", "other.toml"]));
}

#[test]
#[cfg(unix)]
fn a_folder_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.write("small.toml", SMALL);
    std::fs::create_dir(place.path("results")).unwrap();
    let mode = |bits| std::fs::Permissions::from_mode(bits);
    std::fs::set_permissions(place.path("results"), mode(0o555)).unwrap();
    if std::fs::write(place.path("results/probe"), "").is_ok() {
        eprintln!("skipped: this user may write anywhere");
        return;
    }
    let stderr = refused_in(&place, &["run", "small.toml"]);
    std::fs::set_permissions(place.path("results"), mode(0o755)).unwrap();
    assert!(stderr.contains("cannot write results/small"), "{stderr}");
}

#[test]
fn a_backend_that_is_not_built_is_refused_with_the_command_that_builds_it() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    for (backend, is_built) in
        [("ndarray", cfg!(feature = "ndarray")), ("wgpu", cfg!(feature = "wgpu"))]
    {
        if is_built {
            continue;
        }
        let on = format!("backend={backend}");
        assert_eq!(place.run(&["plan", "small.toml", &on]).code, 0);
        let stderr = refused_in(&place, &["run", "small.toml", &on]);
        let command = format!("cargo run -p runner --features {backend} -- run FILE");
        assert!(stderr.contains(&command), "{stderr}");
        let list = place.run(&["list", "backends"]).stdout;
        assert!(list.contains("not in this build"), "{list}");
    }
}

/// On a machine with an adapter there is nothing to refuse, and the run on it is made.
#[test]
#[cfg(feature = "wgpu")]
fn a_backend_without_a_device() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let arguments =
        ["run", "small.toml", "backend=wgpu", "train.steps=2", "train.evaluate_every=1", "seeds=1"];
    // Where the loaders of Vulkan and OpenGL look for drivers; there are none in this folder.
    let output = place
        .command(&arguments)
        .env("VK_DRIVER_FILES", place.path("no-drivers.json"))
        .env("VK_ICD_FILENAMES", place.path("no-drivers.json"))
        .env("__EGL_VENDOR_LIBRARY_DIRS", place.path("no-drivers"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    match output.status.code() {
        Some(0) => eprintln!("skipped: the adapter of this machine cannot be hidden"),
        code => {
            assert_eq!(code, Some(2), "{stderr}");
            assert!(stderr.contains("backend wgpu finds no device here"), "{stderr}");
            assert!(!place.path("results").exists());
        }
    }
}

#[test]
fn watch_without_a_terminal() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    assert_eq!(place.run(&["run", "small.toml", "train.steps=10"]).code, 0);
    insta::assert_snapshot!("watch", refused_in(&place, &["watch", "results/small"]));
}
