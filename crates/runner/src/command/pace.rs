//! `pace`: times a few steps of configurations, for `plan`.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tasks::Task;

use crate::estimate::timing::{Answer, Request};
use crate::exit::{Exit, Failure};

/// Reads a [`Request`] and prints an [`Answer`] a line.
///
/// # Errors
/// [`Failure::Internal`] if there is nothing to read from or to write to.
pub fn run(datasets: &Path) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text).context("cannot read standard input")?;
    let request: Request = serde_json::from_slice(&text).context("this is no request")?;
    let mut tasks: HashMap<String, Box<dyn Task>> = HashMap::new();
    let mut output = std::io::stdout().lock();
    for config in request.configs {
        let each = Duration::from_secs_f64(request.each);
        let key = format!("{} {:?}", config.task.kind, config.task.options);
        let context = tasks::Context { datasets };
        let build = || tasks::build(&config.task.kind, &config.task.options, &context);
        let task = tasks.remove(&key).map_or_else(build, Ok);
        let answer = match task {
            Err(error) => Answer::Error(error.to_string()),
            Ok(task) => {
                let pace = training::pace(&config, &*task, each);
                tasks.insert(key, task);
                pace.map_or_else(|error| Answer::Error(error.to_string()), Answer::Pace)
            }
        };
        let line = serde_json::to_string(&answer).context("cannot write an answer")?;
        writeln!(output, "{line}").and_then(|()| output.flush()).context("nobody listens")?;
    }
    Ok(Exit::Done)
}
