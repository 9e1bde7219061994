//! `reference`: writes the tables of keys into a document, between its marks.
//!
//! A line `<!-- keys of [tune], [budget] -->` begins the tables of these sections and a line
//! `<!-- end of keys -->` ends them. Several sections make one table. Between
//! `<!-- all tasks -->` and `<!-- end of all tasks -->` every task is described.

use std::fmt::Write as _;
use std::path::Path;

use experiment::reference::{Default, Row, Section, Values, sections};
use schema::Options;
use tasks::Context;

use crate::catalogue::Registries;
use crate::command::list::{asks, significant};
use crate::command::marked;
use crate::exit::{Exit, Failure};
use crate::output::say;

const BEGIN: &str = "<!-- keys of ";
const END: &str = "<!-- end of keys -->";
const ALL_TASKS: &str = "<!-- all tasks -->";
const END_OF_TASKS: &str = "<!-- end of all tasks -->";
/// What the names of sections of tasks begin with: they are tables of all tasks or of none.
const OF_TASK: &str = "[[task]] of kind ";

/// Rewrites the tables of `document` and says which sections it has none of.
///
/// # Errors
/// [`Failure::Usage`] if it cannot be read or written, or a mark names no section or has no
/// end.
pub fn run(document: &Path, datasets: &Path) -> Result<Exit, Failure> {
    let shown = document.display();
    let old = marked::read(document)?;
    let sections = sections(&Registries::new(datasets));
    let fill = |line: &str| filled(line, &sections, &|| all_tasks(&sections, datasets));
    let new = marked::rewritten(&old, &fill)
        .map_err(|problem| Failure::usage(format!("{shown}: {problem}")))?;
    let without = sections
        .iter()
        .filter(|it| !it.rows.is_empty() && !it.name.starts_with(OF_TASK) && !has(&old, &it.name));
    // A page about tasks says nothing of the rest of the file.
    let without = without.filter(|_| !old.lines().any(|line| line == ALL_TASKS));
    for section in without {
        say::print(format_args!("no table of {}", section.name));
    }
    if new != old {
        store::write_atomically(document, new.as_bytes()).map_err(Failure::usage)?;
        say::print(format_args!("{shown} is changed"));
    }
    Ok(Exit::Done)
}

/// The section names of a line, if it begins tables.
fn begins(line: &str) -> Option<impl Iterator<Item = &str>> {
    let names = line.strip_prefix(BEGIN)?.strip_suffix(" -->")?;
    Some(names.split(", "))
}

fn has(text: &str, section: &str) -> bool {
    text.lines().filter_map(begins).any(|mut names| names.any(|name| name == section))
}

/// What a line that begins tables is followed by, and the line that ends them.
fn filled<'a>(
    line: &str,
    sections: &'a [Section],
    tasks: &dyn Fn() -> String,
) -> Result<Option<(String, &'static str)>, String> {
    if line == ALL_TASKS {
        return Ok(Some((tasks(), END_OF_TASKS)));
    }
    let Some(names) = begins(line) else { return Ok(None) };
    let named = names.map(|name| {
        let section = sections.iter().find(|section| section.name == name);
        section.ok_or_else(|| format!("there is no section {name}"))
    });
    let named: Vec<&'a Section> = named.collect::<Result<_, _>>()?;
    Ok(Some((table(&named), END)))
}

/// Every task: what it is, what it can show, and its keys.
fn all_tasks(sections: &[Section], datasets: &Path) -> String {
    let mut text = String::new();
    for entry in tasks::TASKS {
        let _ = writeln!(text, "\n## `{}`\n\n{}\n", entry.name, entry.documentation());
        if let Ok(task) = entry.make(&Options::new(), &Context { datasets }) {
            let facts = task.facts();
            let metrics: Vec<_> = facts
                .trivial
                .iter()
                .map(|(name, score)| format!("`{name}` {}", significant(*score)))
                .collect();
            let _ = writeln!(text, "{}\n", facts.limits);
            let _ = writeln!(
                text,
                "Asks {}. Primary metric: `{}`. Trivial scores with the defaults ({}): {}.\n",
                asks(&*task),
                facts.metric,
                facts.trivial_rule,
                metrics.join(", ")
            );
        }
        let name = format!("{OF_TASK}\"{}\"", entry.name);
        text += &table(&sections.iter().filter(|it| it.name == name).collect::<Vec<_>>());
    }
    text + "\n"
}

/// A table of sections; with a column for their names where there are several.
fn table(sections: &[&Section]) -> String {
    let many = sections.len() > 1;
    let (first, line) = if many { ("| table ", "|---") } else { ("", "") };
    let mut text =
        format!("{first}| key | values | default | meaning |\n{line}|---|---|---|---|\n");
    for section in sections {
        for (index, row) in section.rows.iter().enumerate() {
            let Row { key, values, default, doc } = row;
            let name = if index == 0 { format!("`{}`", section.name) } else { String::new() };
            if many {
                let _ = write!(text, "| {name} ");
            }
            let (values, default) = (values_cell(values), default_cell(default));
            let mut doc = doc.replace('|', "\\|");
            if let Values::Words(words) = &row.values {
                for (word, meaning) in words.iter().filter(|(_, meaning)| !meaning.is_empty()) {
                    let meaning = meaning.trim_end_matches('.').replace('|', "\\|");
                    let _ = write!(doc, " `\"{word}\"`: {meaning}.");
                }
            }
            let _ = writeln!(text, "| `{key}` | {values} | {default} | {doc} |");
        }
    }
    text
}

fn values_cell(values: &Values) -> String {
    match values {
        Values::Words(words) => {
            let words = words.iter().map(|(word, _)| format!("`\"{word}\"`"));
            words.collect::<Vec<_>>().join(", ")
        }
        Values::Said(text) => text.replace('|', "\\|"),
    }
}

fn default_cell(default: &Default) -> String {
    match default {
        Default::Required => "required".into(),
        Default::None => "none".into(),
        Default::Value(value) => format!("`{value}`"),
        Default::Said(text) => (*text).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section> {
        let row = |key: &str, default| Row {
            key: key.into(),
            values: Values::Words(vec![("a", "The first."), ("b", "")]),
            default,
            doc: "This | that.".into(),
        };
        let section = |name: &str, rows| Section { name: name.into(), rows };
        vec![
            section("[one]", vec![row("x", Default::Required)]),
            section("[two]", vec![row("y", Default::Value("3".into())), row("z", Default::None)]),
        ]
    }

    fn rewritten(old: &str) -> Result<String, String> {
        let sections = sections();
        marked::rewritten(old, &|line| filled(line, &sections, &String::new))
    }

    #[test]
    fn tables_between_marks_are_replaced_and_nothing_else() {
        let old = "A\n<!-- keys of [one] -->\nold\n<!-- end of keys -->\nB\n\
                   <!-- keys of [one], [two] -->\n<!-- end of keys -->\n";
        let new = rewritten(old).unwrap();
        let expected = "A\n<!-- keys of [one] -->\n\
                        | key | values | default | meaning |\n|---|---|---|---|\n\
                        | `x` | `\"a\"`, `\"b\"` | required | This \\| that. `\"a\"`: The first. |\n\
                        <!-- end of keys -->\nB\n<!-- keys of [one], [two] -->\n\
                        | table | key | values | default | meaning |\n|---|---|---|---|---|\n\
                        | `[one]` | `x` | `\"a\"`, `\"b\"` | required | This \\| that. `\"a\"`: The first. |\n\
                        | `[two]` | `y` | `\"a\"`, `\"b\"` | `3` | This \\| that. `\"a\"`: The first. |\n\
                        |  | `z` | `\"a\"`, `\"b\"` | none | This \\| that. `\"a\"`: The first. |\n\
                        <!-- end of keys -->\n";
        assert_eq!(new, expected);
        assert_eq!(rewritten(&new).unwrap(), new);
    }

    #[test]
    fn a_mark_that_names_nothing_or_has_no_end_is_refused() {
        let wrong = rewritten("<!-- keys of [three] -->\n").unwrap_err();
        assert_eq!(wrong, "there is no section [three]");
        let open = rewritten("<!-- keys of [one] -->\ntext\n").unwrap_err();
        assert!(open.ends_with("has no `<!-- end of keys -->`"), "{open}");
    }
}
