//! `describe`: explains an architecture, a task or a table of the experiment file.

use std::fmt::Write as _;
use std::path::Path;

use architectures::cells::CELLS;
use experiment::nearest;
use experiment::reference::{Default, Row, Section, Values, sections};

use crate::catalogue::Registries;
use crate::command::describe_sizes;
use crate::exit::{Exit, Failure};

/// Prints what is known of a name, or with settings the sizes of such a model.
///
/// # Errors
/// [`Failure::Usage`] if nothing has that name.
pub fn run(name: &str, settings: &[String], datasets: &Path) -> Result<Exit, Failure> {
    if !settings.is_empty() {
        anstream::print!("{}", describe_sizes::text(name, settings, datasets)?);
        return Ok(Exit::Done);
    }
    anstream::print!("{}", text(name, &sections(&Registries::new(datasets)))?);
    Ok(Exit::Done)
}

fn text(name: &str, sections: &[Section]) -> Result<String, Failure> {
    let find = |title: &str| sections.iter().find(|section| section.name == title);
    if let Some(entry) = architectures::find(name) {
        let table = find(&format!("[model.{name}]")).map(table).unwrap_or_default();
        let of_cells =
            if entry.keys.iter().any(|key| key.name == "cell") { cells() } else { String::new() };
        return Ok(format!("{}\n\n{table}{of_cells}", entry.documentation()));
    }
    if let Some(entry) = tasks::find(name) {
        let title = format!("[[task]] of kind \"{name}\"");
        let table = find(&title).map(table).unwrap_or_default();
        return Ok(format!("{}\n\n{table}", entry.documentation()));
    }
    // `[tune]` is also found as `tune`.
    let bare = |title: &str| title.trim_matches(['[', ']']).to_owned();
    if let Some(section) = sections.iter().find(|section| bare(&section.name) == bare(name)) {
        return Ok(table(section));
    }
    let names = architectures::ARCHITECTURES.iter().map(|entry| entry.name.to_owned());
    let names = names.chain(tasks::TASKS.iter().map(|entry| entry.name.to_owned()));
    let tables = sections.iter().map(|section| bare(&section.name));
    let names: Vec<_> = names.chain(tables.filter(|name| !name.contains(['.', ' ']))).collect();
    let near = nearest(name, names.iter().map(String::as_str));
    let hint = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
    let names = names.join(", ");
    Err(Failure::usage(format!("nothing is called \"{name}\"; {hint}there are {names}")))
}

/// The options of every cell, by name.
fn cells() -> String {
    let mut text =
        "\nThe options of its cell are those of the cell's own table, [model.CELL], which \
                    `describe CELL` explains:\n\n"
            .to_owned();
    for (cell, _) in CELLS {
        let keys: Vec<_> = cell.keys.iter().map(|key| key.name).collect();
        let _ = writeln!(text, "  {:<10} {}", cell.name, keys.join(", "));
    }
    text
}

/// A table of the experiment file: each key with its values, default and meaning.
fn table(section: &Section) -> String {
    let mut text = format!("{}\n", section.name);
    if section.rows.is_empty() {
        text.push_str("  takes no options\n");
    }
    for Row { key, values, default, doc } in &section.rows {
        let default = match default {
            Default::Value(value) => format!("default {value}"),
            Default::None => "optional".into(),
            Default::Required => "required".into(),
            Default::Said(text) => format!("default {text}"),
        };
        let _ = writeln!(text, "\n  {key}  {default}");
        let _ = writeln!(text, "      {doc}");
        match values {
            Values::Said(values) => {
                let _ = writeln!(text, "      {values}");
            }
            Values::Words(words) => {
                for (word, meaning) in words {
                    let colon = if meaning.is_empty() { "" } else { ": " };
                    let _ = writeln!(text, "      \"{word}\"{colon}{meaning}");
                }
            }
        }
    }
    text
}
