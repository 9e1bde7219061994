//! `data`: a data set of the user's, from the first look to the report.

use crate::{Place, SMALL, workspace};

/// A place with the data set that docs/own-data.md shows.
pub fn with_walks() -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.path("data/walks")).unwrap();
    for file in ["dataset.toml", "walks.csv"] {
        let fixture = workspace().join("crates/tasks/tests/fixtures/walks").join(file);
        std::fs::copy(fixture, place.path("data/walks").join(file)).unwrap();
    }
    place
}

#[test]
fn a_data_set_is_checked_described_and_shown() {
    let place = with_walks();
    let ended = place.run(&["data", "check", "data/walks"]);
    assert_eq!((ended.code, &*ended.stdout), (0, ""), "{}", ended.stderr);
    assert_eq!(ended.stderr, "data/walks: 36 sequences read, nothing is wrong\n");
    let ended = place.run(&["data", "describe", "data/walks/dataset.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    insta::assert_snapshot!("data_describe", ended.stdout);
    let example = place.run(&[
        "data",
        "example",
        "dataset",
        "path=data/walks",
        "standardize=false",
        "--count=2",
    ]);
    assert_eq!(example.code, 0, "{}", example.stderr);
    insta::assert_snapshot!("data_example", example.stdout);
}

#[test]
fn what_is_wrong_is_named_by_file_row_and_column() {
    let place = with_walks();
    let path = "data/walks/walks.csv";
    let text = std::fs::read_to_string(place.path(path)).unwrap();
    // A number that is none, a label that differs, a person in a walk of somebody else's, and a walk
    // that stands there twice.
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines[2] = lines[2].replace("0.765", "zero");
    lines[5] = lines[5].replace("run", "walk");
    lines[9] = lines[9].replace("ada", "ben");
    place.write(path, &lines.join("\n"));
    let check = place.run(&["data", "check", "data/walks"]);
    assert_eq!(check.code, 2);
    let describe = place.run(&["data", "describe", "data/walks"]);
    assert_eq!(describe.code, 2);
    insta::assert_snapshot!(
        "data_wrong",
        format!("{}{}--\n{}", check.stdout, check.stderr, describe.stderr)
    );
    let other = [
        place.run(&["data", "check", "data"]),
        place.run(&["data", "example", "addding"]),
        place.run(&["data", "example", "adding", "length"]),
        place.run(&["data", "example", "adding", "length=0"]),
    ];
    assert!(other.iter().all(|ended| ended.code == 2));
    insta::assert_snapshot!("data_usage", other.map(|ended| ended.stderr).concat());
}

#[test]
fn a_sequence_in_two_parts_is_named() {
    let place = with_walks();
    let path = "data/walks/walks.csv";
    let text = std::fs::read_to_string(place.path(path)).unwrap();
    // Everybody walks as the first did.
    let first: Vec<_> = text.lines().skip(1).take_while(|line| line.starts_with("1,ada")).collect();
    let of = |(at, name): (usize, &&str)| {
        let own = first.iter().map(|line| line.replace("1,ada", &format!("{at},{name}")) + "\n");
        own.collect::<String>()
    };
    let rows: String = ["ada", "ben", "cem", "dia"].iter().enumerate().map(of).collect();
    place.write(path, &format!("walk,person,x,y,gait\n{rows}"));
    let ended = place.run(&["data", "describe", "data/walks"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    insta::assert_snapshot!("data_twins", ended.stdout);
    let ended = place.run(&["data", "check", "data/walks"]);
    assert!(ended.stdout.starts_with("note: 3 sequences also in another part"), "{}", ended.stdout);
}

#[test]
fn a_sweep_runs_on_it() {
    let place = with_walks();
    let task = SMALL.find("[[task]]").unwrap()..SMALL.find("[[arm]]").unwrap();
    let mut text = SMALL.to_owned();
    text.replace_range(task, "[[task]]\nkind = \"dataset\"\npath = \"data/walks\"\n\n");
    place.write("own.toml", &text);
    let ended = place.run(&["run", "own.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report = std::fs::read_to_string(place.path("results/small/report/report.md")).unwrap();
    assert!(report.contains("how somebody moved, from two accelerations"), "{report}");
    // Other data make the results stale, as everywhere.
    let path = "data/walks/walks.csv";
    let text = std::fs::read_to_string(place.path(path)).unwrap();
    place.write(path, &text.replace("0.362", "0.363"));
    let status = place.run(&["plan", "own.toml", "--no-probe"]);
    assert!(status.stdout.contains("stale"), "{}", status.stdout);
    // And data that are wrong are refused before anything runs, with their place.
    place.write(path, &text.replace("0.362", "much"));
    let ended = place.run(&["run", "own.toml"]);
    assert_eq!(ended.code, 2);
    insta::assert_snapshot!("data_refused", ended.stderr);
}

#[test]
fn the_page_shows_the_data_set_that_is_tested() {
    let page = std::fs::read_to_string(workspace().join("docs/own-data.md")).unwrap();
    let manifest = workspace().join("crates/tasks/tests/fixtures/walks/dataset.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    assert!(page.contains(&manifest), "docs/own-data.md shows another manifest");
}
