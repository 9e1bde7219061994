//! `predict`: what the weights that a run kept say of data.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use schema::Options;
use serde_json::{Map, Value, json};
use store::write_atomically;
use tasks::{Context, Names, Setting, Target, Targets, Task};
use training::{Predictions, Predictor};

use crate::arguments::{PredictArguments, PredictionFormat};
use crate::command::kept::Kept;
use crate::exit::{Exit, Failure};
use crate::output::say;

/// The task that reads a folder of the user's.
const DATASET: &str = "dataset";

/// Prints a line for each place that the task asks about, and the scores on standard error.
///
/// # Errors
/// [`Failure::Usage`] if the run has no weights, the data are wrong or nothing can be written.
pub fn run(arguments: &PredictArguments, datasets: &Path) -> Result<Exit, Failure> {
    let kept = Kept::read(&arguments.kept)?;
    let config = &kept.config;
    let options = config.task_options(kept.result.seed);
    let (task, part) = data(arguments, &config.task.kind, &options, datasets)?;
    let read = weights::of_safetensors(&kept.bytes).map_err(Failure::usage)?;
    let device = training::device(&config.backend).map_err(Failure::usage)?;
    let predictor = Predictor::new(&config.model, task.clone(), &read.tensors, device)
        .map_err(Failure::usage)?;

    let lines = Lines {
        target: task.shape().target,
        setting: task.setting(),
        names: task.names(),
        format: arguments.format,
        probabilities: arguments.probabilities,
    };
    let mut text = Vec::new();
    let mut stdout = BufWriter::new(io::stdout().lock());
    let out: &mut dyn Write = if arguments.to.is_some() { &mut text } else { &mut stdout };
    let written = write(&predictor, part, &lines, out);
    let scores = match written {
        // Whoever read has had enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Exit::Done),
        Err(error) => return Err(Failure::usage(format!("cannot write the predictions: {error}"))),
        Ok(scores) => scores,
    };
    drop(stdout);
    if let Some(path) = &arguments.to {
        write_atomically(path, &text).map_err(Failure::usage)?;
    }
    let scores: Vec<_> = scores.iter().map(|(name, value)| format!("{name} {value:.6}")).collect();
    say::note(format_args!("{}: {}", arguments.data, scores.join(", ")));
    Ok(Exit::Done)
}

/// The task whose part `data` is, and the place of that part.
fn data(
    arguments: &PredictArguments,
    kind: &str,
    options: &Options,
    datasets: &Path,
) -> Result<(Arc<dyn Task>, usize), Failure> {
    let data = &arguments.data;
    let task = tasks::build(kind, options, &Context { datasets }).map_err(Failure::usage)?;
    if let Some(part) = task.parts().iter().position(|part| part.name == *data) {
        return Ok((task.into(), part));
    }
    if kind == DATASET && Path::new(data).exists() {
        let task = tasks::dataset::applied(options, Path::new(data)).map_err(Failure::usage)?;
        return Ok((task.into(), tasks::TEST));
    }
    let parts: Vec<_> = task.parts().iter().map(|part| part.name.as_str()).collect();
    let other = if kind == DATASET { ", or the folder of a dataset.toml" } else { "" };
    let has = format!("the task {kind} has the parts {}", parts.join(", "));
    Err(Failure::usage(format!("there is no part {data}; {has}{other}")))
}

/// Writes all lines; the scores.
fn write(
    predictor: &Predictor,
    part: usize,
    lines: &Lines,
    out: &mut dyn Write,
) -> io::Result<store::Metrics> {
    let mut has_heading = lines.format == PredictionFormat::Json;
    let scores = predictor.predict(part, |predictions| {
        if !has_heading {
            let heading = lines.heading(predictions.steps.is_some());
            out.write_all(text::csv_line(&heading).as_bytes())?;
            has_heading = true;
        }
        for row in 0..predictions.sequences.len() {
            let cells = lines.cells(&predictions, row);
            match lines.format {
                PredictionFormat::Csv => {
                    let cells: Vec<_> = cells.iter().map(|(_, value)| csv(value)).collect();
                    out.write_all(text::csv_line(&cells).as_bytes())?;
                }
                PredictionFormat::Json => {
                    let object: Map<String, Value> = cells.into_iter().collect();
                    writeln!(out, "{}", Value::Object(object))?;
                }
            }
        }
        Ok::<_, io::Error>(())
    })?;
    out.flush()?;
    Ok(scores)
}

/// A value as a cell of CSV.
fn csv(value: &Value) -> String {
    match value {
        Value::String(text) => text::csv(text),
        Value::Number(number) if number.is_f64() => {
            text::csv_number(number.as_f64().unwrap_or(f64::NAN))
        }
        Value::Null => text::csv_number(f64::NAN),
        other => other.to_string(),
    }
}

/// How predictions are shown.
struct Lines {
    target: Target,
    setting: Setting,
    names: Names,
    format: PredictionFormat,
    probabilities: bool,
}

impl Lines {
    fn heading(&self, at_steps: bool) -> Vec<String> {
        let mut names = vec!["sequence".to_owned()];
        if at_steps {
            names.push("step".to_owned());
        }
        names.extend(self.of_target());
        names.iter().map(|name| text::csv(name)).collect()
    }

    /// Names of what is said of a place.
    fn of_target(&self) -> Vec<String> {
        let each = |what: &str, count: usize| -> Vec<String> {
            (0..count).map(|at| format!("{what} {}", self.class(at))).collect()
        };
        let mut names = Vec::new();
        match self.target {
            Target::Class { classes } => {
                names.extend(["prediction", "answer", "probability"].map(String::from));
                if self.probabilities {
                    names.extend(each("probability of", classes));
                }
            }
            Target::Value { values: 1 } => names.extend(["prediction", "answer"].map(String::from)),
            Target::Value { values } => {
                for value in 1..=values {
                    names.extend([format!("prediction {value}"), format!("answer {value}")]);
                }
            }
            Target::Labels { labels } => {
                names.extend(["prediction", "answer"].map(String::from));
                if self.probabilities {
                    names.extend(each("probability of", labels));
                }
            }
        }
        names
    }

    /// What is said of one place, with its names.
    fn cells(&self, predictions: &Predictions, row: usize) -> Vec<(String, Value)> {
        let width = self.target.outputs();
        let outputs = &predictions.outputs[row * width..][..width];
        let mut cells = vec![("sequence".to_owned(), json!(predictions.sequences[row] + 1))];
        if let Some(steps) = &predictions.steps {
            cells.push(("step".to_owned(), json!(steps[row] + 1)));
        }
        let values = self.values(outputs, &predictions.targets, row);
        cells.extend(self.of_target().into_iter().zip(values));
        cells
    }

    fn values(&self, outputs: &[f32], targets: &Targets, row: usize) -> Vec<Value> {
        let width = outputs.len();
        match targets {
            Targets::Classes(answers) => {
                let probabilities = softmax(outputs);
                let best = (0..width)
                    .fold(0, |best, at| if outputs[at] > outputs[best] { at } else { best });
                let answer = self.class(answers[row] as usize);
                let mut values =
                    vec![json!(self.class(best)), json!(answer), json!(probabilities[best])];
                if self.probabilities {
                    values.extend(probabilities.into_iter().map(Value::from));
                }
                values
            }
            Targets::Values(answers) => {
                let answers = &answers[row * width..][..width];
                let own = |at: usize, scaled: f32| number(self.setting.in_own_units(at, scaled));
                (0..width).flat_map(|at| [own(at, outputs[at]), own(at, answers[at])]).collect()
            }
            Targets::Labels(answers) => {
                let held = |holds: &dyn Fn(usize) -> bool| {
                    let names: Vec<_> =
                        (0..width).filter(|&at| holds(at)).map(|at| self.class(at)).collect();
                    json!(names.join(" "))
                };
                let answers = &answers[row * width..][..width];
                let mut values = vec![held(&|at| outputs[at] > 0.0), held(&|at| answers[at] > 0.5)];
                if self.probabilities {
                    let sigmoid = |x: f32| 1.0 / (1.0 + (-f64::from(x)).exp());
                    values.extend(outputs.iter().map(|&output| json!(sigmoid(output))));
                }
                values
            }
        }
    }

    /// What a class, or a label, is called.
    fn class(&self, class: usize) -> String {
        self.names.classes.get(class).cloned().unwrap_or_else(|| class.to_string())
    }
}

/// A number that was computed in f32, in the digits that f32 has.
fn number(value: f64) -> Value {
    json!((value as f32).to_string().parse::<f64>().unwrap_or(value))
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|&logit| f64::from(logit - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
