//! `describe`: explains an architecture, a task or a table of the experiment file.

use std::fmt::Write as _;

use schema::{Key, Kind};

use crate::exit::{Exit, Failure};

/// Prints what is known of a name.
///
/// # Errors
/// [`Failure::Usage`] if nothing has that name.
pub fn run(name: &str) -> Result<Exit, Failure> {
    anstream::print!("{}", text(name)?);
    Ok(Exit::Done)
}

fn text(name: &str) -> Result<String, Failure> {
    if let Some(entry) = architectures::find(name) {
        let heading = format!("[model.{}]", entry.name);
        return Ok(format!("{}\n\n{}", entry.documentation(), table(&heading, entry.keys)));
    }
    if let Some(entry) = tasks::find(name) {
        let heading = format!("[[task]] kind = \"{}\"", entry.name);
        return Ok(format!("{}\n\n{}", entry.summary, table(&heading, entry.keys)));
    }
    if name == "train" {
        return Ok(table("[train]", training::TRAIN_KEYS));
    }
    let names = architectures::ARCHITECTURES.iter().map(|entry| entry.name);
    let names = names.chain(tasks::TASKS.iter().map(|entry| entry.name)).chain(["train"]);
    let names = names.collect::<Vec<_>>().join(", ");
    Err(Failure::usage(format!("nothing is called \"{name}\"; there are {names}")))
}

/// A table of the experiment file: each key with its values, default and meaning.
fn table(heading: &str, keys: &[Key]) -> String {
    let mut text = format!("{heading}\n");
    if keys.is_empty() {
        text.push_str("  takes no options\n");
    }
    for key in keys {
        let default = match key.default {
            Some(default) => format!("default {default}"),
            None if key.optional => "optional".into(),
            None => "required".into(),
        };
        let _ = writeln!(text, "\n  {}  {default}", key.name);
        let _ = writeln!(text, "      {}", key.doc);
        match key.kind {
            Kind::OneOf(choices) => {
                for choice in choices {
                    let _ = writeln!(text, "      \"{}\": {}", choice.word, choice.doc);
                }
            }
            kind => {
                let _ = writeln!(text, "      {kind}");
            }
        }
    }
    text
}
