//! `describe NAME KEY=VALUE...`: the sizes of a model on a task, and what a step of it takes here.

use std::path::Path;
use std::time::Duration;

use experiment::Source;
use store::{Condition, Sizes};
use tasks::Context;
use training::{OptimizerKind, TrainOptions};

use crate::catalogue::Registries;
use crate::exit::Failure;
use crate::output::say;
use crate::output::table::{Side, Table};

/// Time that the steps may take.
const TIMING: Duration = Duration::from_secs(1);
/// The setting that names a task.
const TASK: &str = "task=";

/// The sizes of the architecture `name` with these settings, one of which names a task.
///
/// # Errors
/// [`Failure::Usage`] and [`Failure::Rejected`] for everything that is wrong with them.
pub fn text(name: &str, settings: &[String], datasets: &Path) -> Result<String, Failure> {
    if architectures::find(name).is_none() {
        return Err(Failure::usage(format!(
            "settings are for architectures, and \"{name}\" is none; write for example: \
             describe lstm task=adding model.hidden=128"
        )));
    }
    let (task, changes): (Vec<_>, Vec<_>) =
        settings.iter().cloned().partition(|setting| setting.starts_with(TASK));
    let [task] = task.as_slice() else {
        return Err(Failure::usage("sizes are those on a task: name one, such as task=adding"));
    };
    let kind = task.trim_start_matches(TASK);
    // An experiment of one arm: so the settings are checked as those of a file are.
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let file = format!(
        "name = \"describe\"\nseeds = 1\n[model]\narchitecture = {}\n[[task]]\nkind = {}\n",
        quoted(name),
        quoted(kind)
    );
    let source = Source { path: Path::new("describe"), text: &file };
    let experiment = experiment::load(source, &changes, &Registries::new(datasets))
        .map_err(|rejected| Failure::Rejected(rejected.render(false, 100)))?;
    let plan = experiment.plan;
    let [condition] = plan.conditions.as_slice() else {
        return Err(Failure::usage("give one value for each key: no sweep is described"));
    };
    of_condition(condition, datasets)
}

fn of_condition(condition: &Condition, datasets: &Path) -> Result<String, Failure> {
    let config = &condition.config;
    let context = Context { datasets };
    let task = tasks::build(&config.task.kind, &config.task.options, &context);
    let task = task.map_err(Failure::usage)?;
    let shape = task.shape();
    let options = TrainOptions::read(&config.train).map_err(Failure::usage)?;
    let pace = training::pace(config, &*task, TIMING).map_err(Failure::usage)?;
    let peak = scheduler::peak_memory();
    let mut text = String::new();
    say::line(
        &mut text,
        format_args!(
            "{}, model.hidden = {}, on {}: {} numbers a step, up to {} steps",
            config.model.architecture,
            config.model.hidden,
            config.task.kind,
            shape.input.width(),
            shape.max_steps
        ),
    );
    let mut table = Table::new([("", Side::Left), ("", Side::Right), ("", Side::Left)]);
    let mut row = |name: &str, value: String, note: String| {
        table.row([format!("  {name}"), value, note]);
    };
    let parameters = condition.parameters;
    row("parameters", parameters.to_string(), String::new());
    if let Some(Sizes { state, multiply_adds }) = condition.sizes {
        let (state, note) = match state {
            Some(state) => (state.to_string(), "numbers carried from one step to the next"),
            None => ("-".into(), "it needs the whole sequence"),
        };
        row("state", state, note.into());
        let note = "in products, convolutions and attention; mean over the longest sequence";
        row("multiply-adds a step", multiply_adds.to_string(), note.into());
    }
    let moments = match options.optimizer {
        OptimizerKind::Adam | OptimizerKind::AdamW => 2,
        OptimizerKind::RmsProp => 1 + u64::from(options.momentum > 0.0),
        OptimizerKind::Sgd => u64::from(options.momentum > 0.0),
    };
    let bytes = |copies: u64| report::bytes(4 * parameters * copies);
    let training = format!("{} with gradients and what the optimizer keeps", bytes(2 + moments));
    row("weights", bytes(1), training);
    let measured = format!("measured here on {}, batch {}", config.backend, options.batch);
    row("a training step", format!("{:.2} ms", 1e3 * pace.step), measured);
    if let Some(peak) = peak {
        row("peak memory", report::bytes(peak), "of this process, the task's data included".into());
    }
    // Without the headings, which are empty.
    let table = table.text();
    text += table.split_once('\n').map_or("", |(_, rows)| rows);
    Ok(text)
}
