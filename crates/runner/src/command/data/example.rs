//! `data example`: a few training sequences of any task, as a person would read them.

use std::path::Path;

use schema::Options;
use serde_json::Value;
use tasks::{Asked, Batch, Context, Input, Inputs, Names, Target, Targets, Task, TaskError};
use text::counted;

use crate::command::list::significant;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::table::{Side, Table};

/// Steps of a sequence that are shown.
const STEPS: usize = 10;
/// Tokens that are shown: they are shorter than numbers.
const TOKENS: usize = 60;
/// Channels that are shown as numbers; more are drawn.
const CHANNELS: usize = 16;
/// From nothing to all.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// Prints the first training sequences of a seed.
///
/// # Errors
/// [`Failure::Usage`] for a name, an option or data that are wrong.
pub fn run(
    name: &str,
    options: &[String],
    count: usize,
    seed: u64,
    datasets: &Path,
) -> Result<Exit, Failure> {
    let mut all = Options::new();
    for option in options {
        let (key, value) = option.split_once('=').ok_or_else(|| {
            Failure::usage(format!("{option} is no option; write KEY=VALUE, such as length=20"))
        })?;
        all.insert(key.trim().into(), of_text(value.trim()));
    }
    let near = || experiment::nearest(name, tasks::TASKS.iter().map(|entry| entry.name));
    let task = tasks::build(name, &all, &Context { datasets }).map_err(|error| match &error {
        TaskError::Unknown { .. } => match near() {
            Some(near) => Failure::usage(format!("{error}; did you mean {near}?")),
            None => Failure::usage(error),
        },
        _ => Failure::usage(error),
    })?;
    anstream::print!("{}", text(&*task, count, seed));
    Ok(Exit::Done)
}

/// A value as an experiment file would have it; what is none there is text.
fn of_text(text: &str) -> Value {
    let read = toml::from_str::<Options>(&format!("value = {text}"));
    let value = read.ok().and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| text.into())
}

fn text(task: &dyn Task, count: usize, seed: u64) -> String {
    let mut text = String::new();
    say::line(&mut text, format_args!("{}", task.facts().summary));
    let (shape, names) = (task.shape(), task.names());
    let batch = task.training_batch(seed, 0, count);
    let of_rows = batch.sequences_of_rows();
    for sequence in 0..batch.size {
        let length = batch.lengths[sequence];
        text += "\n";
        say::line(&mut text, format_args!("{}  {}", sequence + 1, counted(length, "step")));
        let rows: Vec<_> =
            (0..of_rows.len()).filter(|&row| of_rows[row] as usize == sequence).collect();
        // The step that each row of the targets belongs to.
        let asked: Option<Vec<(usize, usize)>> = match &batch.asked {
            Asked::Sequences => None,
            Asked::Steps(at) => Some(
                rows.iter().map(|&row| (at[row] as usize - sequence * batch.steps, row)).collect(),
            ),
        };
        let target = |row: usize| of_target(&batch.targets, shape.target, row, &names);
        let of_step = |step: usize| {
            let found = asked.as_ref().map(|all| all.iter().find(|(at, _)| *at == step));
            found.map(|found| found.map_or_else(|| "·".into(), |(_, row)| target(*row)))
        };
        let is_short = matches!(shape.target, Target::Class { .. } | Target::Value { values: 1 });
        match shape.input {
            Input::Frames { height, width, channels } => {
                text += &frames(&batch, sequence, [height, width, channels]);
            }
            Input::Vectors { channels } if channels > CHANNELS => {
                text += &picture(&batch, sequence, channels);
            }
            Input::Tokens { .. } => {
                let tokens =
                    (0..length.min(TOKENS)).map(|step| token(&batch, sequence, step, &names));
                let targets = (0..length.min(TOKENS)).map(of_step).collect::<Option<Vec<_>>>();
                text += &lines(&[("input", tokens.collect())], targets.as_deref(), length > TOKENS);
            }
            Input::Vectors { channels } => {
                let shown = length.min(STEPS);
                let name = |channel: usize| match names.channels.get(channel) {
                    Some(name) => name.clone(),
                    None if channels == 1 => "input".into(),
                    None => format!("channel {}", channel + 1),
                };
                let named: Vec<String> = (0..channels).map(name).collect();
                let value = |channel: usize, step: usize| {
                    number(values(&batch)[(sequence * batch.steps + step) * channels + channel])
                };
                let rows: Vec<(&str, Vec<String>)> = named
                    .iter()
                    .enumerate()
                    .map(|(at, name)| (&**name, (0..shown).map(|step| value(at, step)).collect()))
                    .collect();
                let targets = (0..shown).map(of_step).collect::<Option<Vec<_>>>();
                let targets = targets.filter(|_| is_short);
                text += &lines(&rows, targets.as_deref(), length > STEPS);
            }
        }
        match &asked {
            None => say::line(&mut text, format_args!("  target  {}", target(rows[0]))),
            // Shown under the steps.
            Some(_) if is_short && !matches!(shape.input, Input::Frames { .. }) => {}
            Some(all) => {
                for (step, row) in all.iter().take(STEPS) {
                    say::line(
                        &mut text,
                        format_args!("  target at step {}  {}", step + 1, target(*row)),
                    );
                }
            }
        }
    }
    text
}

/// Steps side by side, a line for each thing that they hold, and what is asked under them.
fn lines(rows: &[(&str, Vec<String>)], targets: Option<&[String]>, goes_on: bool) -> String {
    let steps = rows.first().map_or(0, |(_, cells)| cells.len());
    let columns = (0..steps).map(|_| ("", Side::Right));
    let mut table = Table::new([("", Side::Left), ("", Side::Left)].into_iter().chain(columns));
    let targets = targets.map(|targets| ("target", targets.to_vec()));
    for (name, cells) in rows.iter().cloned().chain(targets) {
        let end = goes_on.then(|| "…".to_owned());
        let mut cells: Vec<String> = cells.into_iter().chain(end).collect();
        // The mark of what goes on stands in the last cell.
        if goes_on && cells.len() > steps {
            let mark = cells.pop().unwrap_or_default();
            if let Some(last) = cells.last_mut() {
                last.push(' ');
                last.push_str(&mark);
            }
        }
        table.row([String::new(), name.to_owned()].into_iter().chain(cells));
    }
    // Without the headings, which are empty.
    let text = table.text();
    text.split_once('\n').map_or("", |(_, rows)| rows).to_owned()
}

fn token(batch: &Batch, sequence: usize, step: usize, names: &Names) -> String {
    let Inputs::Tokens(tokens) = &batch.inputs else { return String::new() };
    let token = tokens[sequence * batch.steps + step] as usize;
    names.tokens.get(token).cloned().unwrap_or_else(|| token.to_string())
}

fn values(batch: &Batch) -> &[f32] {
    match &batch.inputs {
        Inputs::Values(values) => values,
        Inputs::Tokens(_) => &[],
    }
}

/// Pictures side by side, as many as a screen has room for.
fn frames(batch: &Batch, sequence: usize, [height, width, channels]: [usize; 3]) -> String {
    let shown = (96 / (width + 2)).clamp(1, batch.lengths[sequence]);
    let size = height * width * channels;
    let own = &values(batch)[sequence * batch.steps * size..][..batch.lengths[sequence] * size];
    let shade = shade_of(own);
    let mut text = String::new();
    for row in 0..height {
        let frame = |step: usize| -> String {
            let start = step * size + row * width * channels;
            own[start..][..width * channels].chunks(channels).map(|pixel| shade(pixel[0])).collect()
        };
        let row: Vec<_> = (0..shown).map(frame).collect();
        say::line(&mut text, format_args!("  {}", row.join(" |").trim_end()));
    }
    text
}

/// Many channels: a line for each, from the last down, a column for each step.
fn picture(batch: &Batch, sequence: usize, channels: usize) -> String {
    let length = batch.lengths[sequence];
    let own = &values(batch)[sequence * batch.steps * channels..][..length * channels];
    let shade = shade_of(own);
    let mut text = String::new();
    for channel in (0..channels).rev() {
        let line: String =
            (0..length.min(96)).map(|step| shade(own[step * channels + channel])).collect();
        say::line(&mut text, format_args!("  {}", line.trim_end()));
    }
    text
}

/// How dark a value is drawn, between the smallest and the largest.
fn shade_of(values: &[f32]) -> impl Fn(f32) -> char + use<> {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    move |value| {
        let place = if high > low { (value - low) / (high - low) } else { 0.0 };
        SHADES[((place * 9.0).round() as usize).min(9)]
    }
}

fn of_target(targets: &Targets, target: Target, row: usize, names: &Names) -> String {
    let width = target.outputs();
    match targets {
        Targets::Classes(classes) => {
            let class = classes[row] as usize;
            names.classes.get(class).cloned().unwrap_or_else(|| class.to_string())
        }
        Targets::Values(values) => {
            let own: Vec<_> = values[row * width..][..width].iter().copied().map(number).collect();
            own.join(" ")
        }
        Targets::Labels(labels) => {
            let own = labels[row * width..][..width].iter().enumerate();
            let held = own.filter(|(_, value)| **value > 0.5).map(|(label, _)| {
                names.classes.get(label).cloned().unwrap_or_else(|| label.to_string())
            });
            let held: Vec<_> = held.collect();
            if held.is_empty() { "none".into() } else { held.join(" ") }
        }
    }
}

fn number(value: f32) -> String {
    if value.fract() == 0.0 && value.abs() < 1e6 {
        value.to_string()
    } else {
        significant(value.into())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn every_kind_of_task_is_shown() {
        let datasets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
        let shown = |name: &str, options: Value| {
            let options = options.as_object().unwrap();
            let task = tasks::build(name, options, &Context { datasets: &datasets }).unwrap();
            text(&*task, 2, 0)
        };
        let all = [
            shown("adding", serde_json::json!({"length": 10})),
            shown("reverse_string", serde_json::json!({})),
            shown("tagging", serde_json::json!({})),
            shown("japanese_vowels", serde_json::json!({})),
            shown("moving_digits", serde_json::json!({})),
            shown("forecasting", serde_json::json!({"series": "seattle_weather"})),
        ];
        insta::assert_snapshot!(all.join("\n----\n"));
    }

    #[test]
    fn values_are_read_as_in_an_experiment_file() {
        let read = ["3", "0.5", "true", "\"a b\"", "a b", "/data/x", ""].map(of_text);
        let expected = serde_json::json!([3, 0.5, true, "a b", "a b", "/data/x", ""]);
        assert_eq!(Value::from(read.to_vec()), expected);
    }
}
