//! What a newcomer types first: `new`, `doctor`, completions, and the examples far from any checkout.

use tasks::TASKS;

use crate::{Place, ended};

#[test]
fn a_new_file_of_every_task_is_planned_or_says_what_it_lacks() {
    let place = Place::new();
    for entry in TASKS {
        let name = entry.name;
        let made = place.run(&["new", name, "--task", name]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        let file = format!("{name}.toml");
        assert!(made.stderr.contains(&format!("run {file}")), "{}", made.stderr);
        let planned = place.run(&["plan", &file, "--no-probe"]);
        let lacks = entry.keys.iter().any(|key| key.default.is_none() && !key.optional);
        if lacks {
            assert_eq!(planned.code, 2, "{name}");
            assert!(planned.stderr.contains(&file), "{}", planned.stderr);
        } else {
            assert_eq!(planned.code, 0, "{name}: {}", planned.stderr);
            assert!(planned.stdout.contains("lstm  baseline"), "{}", planned.stdout);
        }
        // What it suggests is right, too.
        if name == "adding" {
            let text = std::fs::read_to_string(place.path(&file)).unwrap();
            let is_suggested = |line: &&str| {
                ["# [", "# text", "# left", "# right", "# expect", "# margin", "# over", "# length"]
                    .iter()
                    .any(|start| line.starts_with(start))
            };
            let all = text.lines().map(|line| {
                let line = if is_suggested(&line) { &line[2..] } else { line };
                format!("{line}\n")
            });
            place.write("all.toml", &all.collect::<String>());
            let planned = place.run(&["plan", "all.toml", "--no-probe"]);
            assert_eq!(planned.code, 0, "{}", planned.stderr);
        }
    }
    let again = place.run(&["new", "adding"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("adding.toml is there already"), "{}", again.stderr);
    let unknown = place.run(&["new", "x", "--task", "addding"]);
    assert!(unknown.stderr.contains("did you mean adding?"), "{}", unknown.stderr);
    let nowhere = place.run(&["new", "no/where"]);
    assert!(nowhere.stderr.contains("cannot write no/where.toml"), "{}", nowhere.stderr);
}

#[test]
fn a_new_file_of_data_of_ones_own_has_their_folder() {
    let place = Place::new();
    let made = place.run(&["new", "it \"is\" \u{202E}mine", "--data", "my \"data\""]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let text = std::fs::read_to_string(place.path("it \"is\" \u{202E}mine.toml")).unwrap();
    let value: toml::Table = toml::from_str(&text).unwrap();
    assert_eq!(value["name"].as_str(), Some("it \"is\" \u{202E}mine"));
    assert_eq!(value["task"][0]["path"].as_str(), Some("my \"data\""));
}

#[test]
fn far_from_any_checkout_the_program_has_its_data_and_examples() {
    let place = Place::new();
    let ours = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env_remove("UNROLL_DATASETS").env("XDG_CACHE_HOME", place.path("cache"));
        ended(&mut command)
    };
    let first = ours(&["list", "datasets"]);
    assert!(first.stderr.contains("data sets and examples are unpacked to "), "{}", first.stderr);
    assert!(first.stdout.contains("japanese_vowels  "), "{}", first.stdout);
    let listed = ours(&["list", "experiments"]);
    assert_eq!(listed.stderr, "", "once is enough");
    assert!(listed.stdout.starts_with("experiments/"), "{}", listed.stdout);
    let run = ours(&[
        "run",
        "experiments/quickstart.toml",
        "seeds=2",
        "train.steps=2",
        "train.evaluate_every=2",
        "--only",
        "arm=gru,task=japanese_vowels",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(place.path("results/quickstart/report/report.md").exists());
    let folder = ours(&["run", "experiments/textbook/short", "--dry-run"]);
    assert!(folder.stdout.contains("all 9 experiments"), "{}", folder.stdout);
    let nothing = ours(&["plan", "experiments/none.toml"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("experiments/none.toml"), "{}", nothing.stderr);
}

#[test]
fn the_doctor_says_what_is_there_and_what_is_missing_for_what() {
    let place = Place::new();
    let mut command = place.command(&["doctor"]);
    command.env("PATH", "").env("LC_ALL", "C");
    let said = ended(&mut command);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let has = |line: &str| said.stdout.lines().any(|it| it.starts_with(line));
    for line in [
        "ok  program         unroll 0.1.0",
        "ok  processor       ",
        "ok  backend         flex: ",
        "ok  results         results can be written",
        "–   sbatch          `submit`",
        "–   Python          torch: ",
        "–   terminal        ",
    ] {
        assert!(has(line), "no {line}:\n{}", said.stdout);
    }
    let wrong = place.run(&["doctor", "--datasets", "none", "--results", "/proc/none"]);
    assert!(wrong.stdout.contains("–   data sets       none\n"), "{}", wrong.stdout);
    assert!(
        wrong.stdout.contains("–   results         /proc/none cannot be written"),
        "{}",
        wrong.stdout
    );
}

#[test]
fn shells_and_man_know_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let made = place.run(&["completions", shell]);
        assert_eq!((made.code, made.stderr.as_str()), (0, ""));
        for word in ["submit", "doctor", "checkpoint-every"] {
            assert!(made.stdout.contains(word), "{shell} lacks {word}");
        }
    }
    let script = place.run(&["completions", "bash"]).stdout;
    place.write("completions.bash", &script);
    let mut check = std::process::Command::new("bash");
    let checked = check.args(["-n", "completions.bash"]).current_dir(place.path("")).status();
    assert!(checked.unwrap().success());
    let page = place.run(&["man"]);
    assert!(page.stdout.contains(".TH unroll 1"), "{}", page.stdout);
    let pages = place.run(&["man", "--to", "man"]);
    assert_eq!(pages.code, 0, "{}", pages.stderr);
    assert!(place.path("man/unroll-run.1").exists());
}
