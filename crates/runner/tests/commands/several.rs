//! Several experiments by one command.

use crate::{Place, SMALL};

/// [`SMALL`] under another name.
fn named(name: &str) -> String {
    SMALL.replace("\"small\"", &format!("\"{name}\""))
}

/// Three experiments in a folder, of which one lacks its data.
fn folder() -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.path("all/deeper")).unwrap();
    place.write("all/b.toml", &named("second"));
    place.write("all/a.toml", &named("first"));
    let music = named("music").replace("metric = {", "label = \"a\"\nmetric = {")
        + "\n[[task]]\nkind = \"music\"\npath = \"nowhere.mat\"\n";
    place.write("all/c.toml", &music);
    place.write("all/deeper/wrong.toml", "not read");
    place
}

#[test]
fn a_folder_is_run_in_order_and_what_lacks_its_data_is_left_out() {
    let place = folder();
    let ended = place.run(&["run", "all", "train.steps=10"]);
    assert_eq!(ended.code, 75, "{}", ended.stderr);
    let said = |text: &str| {
        let at = ended.stderr.find(text);
        at.unwrap_or_else(|| panic!("{text} is not in {}", ended.stderr))
    };
    assert!(said("cannot read nowhere.mat") < said("left out: all/c.toml"));
    assert!(said("left out: all/c.toml") < said("1 of 2: all/a.toml"));
    assert!(said("first: 4 runs to do") < said("2 of 2: all/b.toml"));
    assert!(said("second: 4 runs to do") < said("1 experiment left out, without data"));
    assert_eq!(place.names("results"), ["first", "second"]);
    for name in ["first", "second"] {
        assert!(place.path(&format!("results/{name}/report/report.md")).exists());
    }

    let again = place.run(&["run", "all/a.toml", "all/b.toml", "train.steps=10"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.stderr.matches("nothing to do: 4 of 4 runs").count(), 2, "{}", again.stderr);

    let alone = place.run(&["run", "all/c.toml"]);
    assert_eq!(alone.code, 2, "{}", alone.stderr);
}

#[test]
fn nothing_is_run_if_one_of_them_is_wrong() {
    let place = folder();
    place.write("all/d.toml", &named("fourth").replace("steps = 20", "stepz = 20"));
    place.write("all/e.toml", &named("fifth").replace("seeds = 2", "seeds = \"two\""));
    let ended = place.run(&["run", "all"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    for said in ["stepz", "all/d.toml", "all/e.toml"] {
        assert!(ended.stderr.contains(said), "{said} is not in {}", ended.stderr);
    }
    assert!(place.names("results").is_empty());

    place.write("twin.toml", &named("first"));
    let ended = place.run(&["run", "all/a.toml", "twin.toml"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("all/a.toml and twin.toml have the same name, \"first\""),
        "{}",
        ended.stderr
    );

    std::fs::create_dir(place.path("empty")).unwrap();
    let ended = place.run(&["run", "empty"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("empty holds no experiment file"), "{}", ended.stderr);
}

#[test]
fn a_selection_may_be_empty_in_some_but_not_in_all() {
    let place = folder();
    place.write("all/c.toml", &named("third").replace("seeds = 2", "seeds = [7, 8]"));
    let ended = place.run(&["run", "all", "--only", "seed=8", "train.steps=10"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("nothing selected").count(), 2, "{}", ended.stderr);
    assert_eq!(place.names("results"), ["third"]);
    let ended = place.run(&["run", "all", "--only", "seed=99"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let ended = place.run(&["run", "all", "--shard", "1/4", "train.steps=10", "--dry-run"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stdout.matches(": Does a small sweep run?").count(), 3, "{}", ended.stdout);
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.starts_with("all 3 experiments: ") && last.contains(" of work"), "{last}");
}

#[test]
fn what_fails_in_one_keeps_no_other_from_its_run_unless_it_is_told_to() {
    let place = folder();
    std::fs::remove_file(place.path("all/c.toml")).unwrap();
    let slow = named("first").replace("steps = 20", "steps = 50000000");
    place.write("all/a.toml", &slow);
    let options = ["run", "all", "--only", "seed=0", "--jobs", "1", "--timeout", "1s"];
    let ended = place.run(&[&options[..], &["--fail-fast"]].concat());
    assert_eq!(ended.code, 100, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("too many runs failed: 1 experiment not begun"),
        "{}",
        ended.stderr
    );
    assert_eq!(place.names("results"), ["first"]);

    let ended = place.run(&options);
    assert_eq!(ended.code, 100, "{}", ended.stderr);
    assert!(place.path("results/second/report/report.md").exists());
}
