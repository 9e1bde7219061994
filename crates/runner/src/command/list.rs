//! `list`: what there is.

use std::path::{Path, PathBuf};

use architectures::{ARCHITECTURES, Readout, Sight};
use schema::{Options, defaults};
use tasks::{Answers, Context, TASKS, Task, TaskEntry};
use training::BACKENDS;

use crate::arguments::Listing;
use crate::exit::{Exit, Failure};
use crate::folder::{entries, experiment_files};
use crate::output::say;
use crate::shipped_files;

/// Prints a list, one thing a line.
///
/// # Errors
/// [`Failure::Usage`] if a folder that is to be listed cannot be read.
pub fn run(what: Listing, datasets: &Path) -> Result<Exit, Failure> {
    let rows: Vec<(String, String)> = match what {
        Listing::Architectures => ARCHITECTURES
            .iter()
            .map(|entry| (entry.name.into(), format!("{} [{}]", entry.summary, sight(entry))))
            .collect(),
        Listing::Tasks => {
            TASKS.iter().map(|entry| (entry.name.into(), of_task(entry, datasets))).collect()
        }
        Listing::Backends => {
            let doc = |choice: &schema::Choice| {
                let schema::Choice { word, doc } = choice;
                let built = training::is_built(word);
                let other = format!(" (not in this build: --features {word})");
                format!("{doc}{}", if built { "" } else { &other })
            };
            BACKENDS.iter().map(|choice| (choice.word.into(), doc(choice))).collect()
        }
        Listing::Datasets => {
            // What lies in `private` is the user's and not shipped.
            let is_shipped = |path: &PathBuf| path.is_dir() && !path.ends_with("private");
            let folders = entries(datasets)?.into_iter().filter(is_shipped);
            folders.map(|path| (name(&path), heading(&path.join("SOURCE.md")))).collect()
        }
        Listing::Experiments => {
            let folder = shipped_files::experiments(Path::new("experiments"))?;
            let files = experiments(&folder)?.into_iter();
            let named =
                |path: PathBuf| (shipped_files::name(&path).display().to_string(), question(&path));
            files.map(named).collect()
        }
    };
    let shown = |(name, summary): (String, String)| (text::terminal(&name), summary);
    let rows: Vec<_> = rows.into_iter().map(shown).collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, summary) in rows {
        say::print(format_args!("{}", format!("{name:<width$}  {summary}").trim_end()));
    }
    Ok(Exit::Done)
}

/// Which tasks an architecture fits.
fn sight(entry: &architectures::Entry) -> &'static str {
    let refused = (entry.refuses)(Readout::CAUSAL, &defaults(entry.keys));
    match (refused.is_some(), entry.sight) {
        (true, Sight::Whole) => "not for tasks that forbid the future",
        (true, _) => "needs `window` for tasks that forbid the future",
        (false, Sight::Past) => "causal, for every task",
        (false, _) => "causal where it must be, for every task",
    }
}

/// What a task predicts, where, and what the trivial prediction scores.
fn of_task(entry: &TaskEntry, datasets: &Path) -> String {
    let context = Context { datasets };
    let task = match entry.make(&Options::new(), &context) {
        Ok(task) => task,
        // Of data that do not come with the project.
        Err(_) if entry.keys.iter().any(is_required) => {
            let keys: Vec<_> = entry.keys.iter().filter(|key| is_required(key)).collect();
            let keys: Vec<_> = keys.into_iter().map(|key| format!("`{}`", key.name)).collect();
            return format!("{} [needs {}]", entry.summary, keys.join(" and "));
        }
        Err(error) => return format!("{} [cannot be used here: {error}]", entry.summary),
    };
    let facts = task.facts();
    let trivial = facts.trivial.get(facts.metric).copied().unwrap_or(f64::NAN);
    format!(
        "{} [asks {}; trivial {} {}]",
        entry.summary,
        asks(&*task),
        facts.metric,
        significant(trivial)
    )
}

/// Where a task asks.
pub fn asks(task: &dyn Task) -> &'static str {
    match task.shape().answers {
        Answers::Sequence => "once a sequence",
        Answers::Steps { future: true } => "at steps",
        Answers::Steps { future: false } => "at steps, and forbids the future",
    }
}

fn is_required(key: &schema::Key) -> bool {
    key.default.is_none() && !key.optional
}

/// Four significant digits.
pub fn significant(value: f64) -> String {
    let digits = value.abs().log10().floor();
    let decimals = if digits.is_finite() { (3.0 - digits).clamp(0.0, 12.0) as usize } else { 0 };
    format!("{value:.decimals$}")
}

/// The experiment files of a folder, then those of the folders in it.
fn experiments(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = experiment_files(folder)?;
    for folder in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        files.extend(experiments(&folder)?);
    }
    Ok(files)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The heading of a Markdown file, without its mark.
fn heading(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    heading.unwrap_or("no SOURCE.md says what it is").trim().to_owned()
}

/// The question that an experiment file asks, or, where another file asks it, its first line.
fn question(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("question"));
    let value = line.and_then(|line| line.split_once('=')).map(|(_, value)| value.trim());
    let first = || text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
    value.map_or_else(first, |value| value.trim_matches('"')).to_owned()
}
