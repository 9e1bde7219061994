//! The documents against the program: tables of keys, and examples that are read by it.

use std::collections::BTreeSet;

use crate::{Place, workspace};

const PAGE: &str = "docs/experiment-file.md";

fn page() -> String {
    std::fs::read_to_string(workspace().join(PAGE)).unwrap()
}

/// The TOML blocks of a document with the number of the line before each.
fn examples(page: &str) -> Vec<(usize, String)> {
    let mut examples = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in page.lines().enumerate() {
        match &mut open {
            None if line == "```toml" => open = Some((index + 1, String::new())),
            None => {}
            Some(_) if line == "```" => examples.extend(open.take()),
            Some((_, text)) => text.extend([line, "\n"]),
        }
    }
    examples
}

#[test]
fn the_tables_of_keys_are_those_that_files_are_checked_with() {
    let place = Place::new();
    place.write("page.md", &page());
    let ended = place.run(&["reference", "page.md"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let hint = "type `cargo run -p runner -- reference docs/experiment-file.md`";
    assert_eq!(ended.stdout, "", "{hint}, and give sections without a table one");
    assert_eq!(std::fs::read_to_string(place.path("page.md")).unwrap(), page(), "{hint}");

    place.write("page.md", &page().replacen("| `name` |", "| `nome` |", 1));
    assert_eq!(place.run(&["reference", "page.md"]).stdout, "page.md is changed\n");
    assert_eq!(std::fs::read_to_string(place.path("page.md")).unwrap(), page());
}

#[test]
fn the_page_of_tasks_is_what_the_code_says() {
    let place = Place::new();
    std::os::unix::fs::symlink(workspace().join("datasets"), place.path("datasets")).unwrap();
    let page = std::fs::read_to_string(workspace().join("docs/tasks.md")).unwrap();
    place.write("tasks.md", &page);
    let ended = place.run(&["reference", "tasks.md"]);
    assert_eq!((ended.code, &*ended.stderr), (0, ""));
    assert_eq!(ended.stdout, "", "type `cargo run -p runner -- reference docs/tasks.md`");
    for entry in tasks::TASKS {
        assert!(page.contains(&format!("## `{}`", entry.name)), "{}", entry.name);
    }
}

#[test]
fn every_example_is_a_file_that_the_program_takes() {
    let place = Place::new();
    std::os::unix::fs::symlink(workspace().join("datasets"), place.path("datasets")).unwrap();
    let examples = examples(&page());
    // What one of them starts from: an LSTM of 64 units on two channels, without a head.
    let tensor = |(name, shape): (&str, Vec<usize>)| {
        let values = vec![0.0; shape.iter().product()];
        (name.to_owned(), weights::Tensor { shape, values })
    };
    let lstm = [
        ("weight_ih_l0", vec![256, 2]),
        ("weight_hh_l0", vec![256, 64]),
        ("bias_ih_l0", vec![256]),
        ("bias_hh_l0", vec![256]),
    ];
    let lstm = weights::to_safetensors(&lstm.map(tensor).into(), "").unwrap();
    std::fs::write(place.path("trained.safetensors"), lstm).unwrap();
    // The first one is whole; the others are parts that lie over it.
    place.write("gates-on-adding.toml", &examples[0].1);
    for (line, text) in &examples {
        let is_whole = ["name", "extends"].iter().any(|key| text.starts_with(key));
        let base = "extends = \"gates-on-adding.toml\"\nname = \"example\"\n";
        let text = if is_whole { text.clone() } else { format!("{base}{text}") };
        place.write("example.toml", &text);
        let ended = place.run(&["plan", "example.toml", "--no-probe"]);
        assert_eq!(ended.code, 0, "the example in line {line}: {}", ended.stderr);
    }
    assert!(examples.len() > 10, "{}", examples.len());
}

#[test]
fn the_experiment_of_the_readme_is_the_one_that_is_shipped() {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let examples = examples(&readme);
    assert_eq!(examples.len(), 1);
    let path = workspace().join("experiments/gates-on-adding.toml");
    let shipped = std::fs::read_to_string(path).unwrap();
    let shipped: Vec<_> = shipped.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(examples[0].1.lines().collect::<Vec<_>>(), shipped);
}

/// Dotted names of all keys, those of tables in lists included.
fn names(table: &toml::Table, prefix: &str, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        // `"train.learning_rate" = 1` is a dotted key as well.
        let name = format!("{prefix}{key}");
        found.insert(name.clone());
        let inner = format!("{name}.");
        match value {
            toml::Value::Table(table) => names(table, &inner, found),
            toml::Value::Array(items) => {
                let tables = items.iter().filter_map(toml::Value::as_table);
                tables.for_each(|table| names(table, &inner, found));
            }
            _ => {}
        }
    }
}

#[test]
fn every_key_has_an_example() {
    let page = page();
    let mut used = BTreeSet::new();
    for (line, text) in examples(&page) {
        let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        names(&table, "", &mut used);
    }
    let mut section = String::new();
    let mut keys = 0;
    for line in page.lines() {
        if let Some(marked) = line.strip_prefix("<!-- keys of ") {
            section = marked.trim_end_matches(" -->").to_owned();
        }
        let cells: Vec<_> = line.split(" | ").map(|cell| cell.trim_matches([' ', '|'])).collect();
        // Of several sections in one table each begins with its name.
        let (name, key) = match cells[..] {
            [key, _, _, _] => (None, key),
            [name, key, _, _, _] => (Some(name), key),
            _ => continue,
        };
        if let Some(name) = name.map(|name| name.trim_matches('`')).filter(|name| !name.is_empty())
        {
            section = name.to_owned();
        }
        let Some(key) = key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) else {
            continue;
        };
        let table = section.split(" of kind ").next().unwrap_or_default();
        let prefix = match table.trim_matches(['[', ']']) {
            "top" => String::new(),
            "metric" => "task.metric.".into(),
            table => format!("{table}."),
        };
        keys += 1;
        // `KEY` stands for any key.
        let is_used = if let Some(rest) = key.strip_prefix("KEY") {
            used.iter().any(|name| name.starts_with(&prefix) && name.ends_with(rest))
        } else {
            let whole = format!("{prefix}{key}");
            let inner = format!(".{whole}");
            used.iter().any(|name| *name == whole || name.ends_with(&inner))
        };
        assert!(is_used, "no example of {PAGE} has `{key}` of {section}");
    }
    assert!(keys > 60, "{keys}");
}
