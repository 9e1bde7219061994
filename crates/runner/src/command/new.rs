//! `new`: an experiment file to begin with, every line of it explained.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use schema::{Key, Kind};
use tasks::{TASKS, TaskEntry};

use crate::arguments::NewArguments;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::typed::to_type;

/// Writes the file, never over one that is there.
///
/// # Errors
/// [`Failure::Usage`] for a name or task that there is not, or a file that cannot be written.
pub fn run(arguments: &NewArguments) -> Result<Exit, Failure> {
    let NewArguments { name, task, data, .. } = arguments;
    let is_file = Path::new(name).extension().is_some_and(|end| end == "toml");
    let path = PathBuf::from(if is_file { name.clone() } else { format!("{name}.toml") });
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let (kind, path_of_data) = match data {
        Some(folder) => ("dataset", Some(folder.as_path())),
        None => (task.as_str(), None),
    };
    let entry = tasks::find(kind).ok_or_else(|| {
        let near = experiment::nearest(kind, TASKS.iter().map(|entry| entry.name));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Failure::usage(format!("there is no task \"{kind}\"{hint}; `list tasks` shows all"))
    })?;
    let text = text(stem, entry, path_of_data);
    let wrong = |error: std::io::Error| {
        let path = path.display();
        Failure::usage(match error.kind() {
            ErrorKind::AlreadyExists => format!("{path} is there already; give another name"),
            _ => format!("cannot write {path}: {error}"),
        })
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)?;
    let shown = text::shell(&path.display().to_string());
    say::note(format_args!(
        "{} is written; look at what it comes to, then run it:",
        path.display()
    ));
    say::note(format_args!("  {}", to_type(&format!("plan {shown}"))));
    say::note(format_args!("  {}", to_type(&format!("run {shown}"))));
    Ok(Exit::Done)
}

fn text(name: &str, entry: &TaskEntry, data: Option<&Path>) -> String {
    let mut text = format!(
        "\
name     = {}
question = \"Does a GRU do as well as an LSTM here?\"    # the report begins with it
seeds    = 5                     # replicates of every arm; more tell smaller differences
baseline = \"lstm\"                # what [model] describes; all arms are compared with it

[model]
architecture = \"lstm\"            # `list architectures`; options of an LSTM go below [model.lstm]
hidden       = 32                # units

[train]                          # `describe train` has every key
steps          = 1000            # optimizer steps
evaluate_every = 100             # steps between two looks at the validation data
batch          = 32
learning_rate  = 3e-3
clip_norm      = 1.0             # gradients are scaled down to this norm

",
        toml_text(name)
    );
    let _ = writeln!(text, "# {}.", sentence(entry.summary));
    let _ = writeln!(text, "[[task]]");
    let _ = writeln!(text, "kind = \"{}\"", entry.name);
    for key in entry.keys {
        let given = data
            .filter(|_| key.name == "path")
            .map(|path| format!("path = {}", toml_text(&path.display().to_string())));
        let _ = writeln!(text, "{}", given.unwrap_or_else(|| line(key)));
    }
    text.push_str(
        "
# Another arm for each thing that is to be compared: what it changes in the baseline, no more.
[[arm]]
name = \"gru\"
model.architecture = \"gru\"

# What you expect, before you see results; the report judges it. `describe claim` has the forms.
# [[claim]]
# text   = \"A GRU does no worse than an LSTM\"
# left   = \"gru\"
# right  = \"lstm\"
# expect = \"equivalent\"
# margin = 0.01

# The same number of trials for every arm, chosen on validation data.
# [tune]
# over = { \"train.learning_rate\" = [1e-2, 3e-3, 1e-3] }
",
    );
    text
}

/// A key of the task: one that is required to be filled in, others as they are by default.
fn line(key: &Key) -> String {
    let doc = sentence(key.doc);
    match key.default {
        Some(default) => format!("# {} = {default}    # {doc}", key.name),
        None if key.optional => format!("# {} = ...    # {doc}", key.name),
        None => {
            let example = match key.kind {
                Kind::Text => "\"...\"",
                _ => "...",
            };
            format!("{} = {example}    # required: {doc}", key.name)
        }
    }
}

fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The first sentence, without its end.
fn sentence(text: &str) -> &str {
    text.split(". ").next().unwrap_or(text).trim_end_matches('.')
}
