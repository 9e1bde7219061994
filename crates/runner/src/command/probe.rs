//! `probe`: what every arm's model looks like inside before any training.

use std::path::Path;
use std::sync::Arc;

use store::{Plan, Reading};
use tasks::{Context, Task};

use crate::arguments::{ProbeArguments, ProbeFormat};
use crate::command::list::significant;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::table::{Side, Table};
use crate::sweep::opened::Sweep;

/// Lags that have a column.
const LAGS: usize = 7;
/// From the smallest gradient to the largest, a tenth of the logarithm each.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Prints what is seen in each arm on each task; trains and writes nothing.
///
/// # Errors
/// [`Failure::Usage`] for everything that is wrong with the experiment, its data or its backend.
pub fn run(arguments: &ProbeArguments, datasets: &Path) -> Result<Exit, Failure> {
    let sweep = Sweep::open(&arguments.experiment, datasets)?;
    let plan = &sweep.experiment.plan;
    let is_csv = arguments.format == ProbeFormat::Csv;
    if is_csv {
        let headings = ["task", "arm", "seed", "reading", "of", "at", "value"];
        anstream::print!("{}", text::csv_line(&headings));
    }
    for (index, planned) in plan.tasks.iter().enumerate() {
        let context = Context { datasets };
        let task = tasks::build(&planned.kind, &planned.options, &context);
        let task: Arc<dyn Task> = Arc::from(task.map_err(Failure::usage)?);
        let mut seen = Vec::new();
        for condition in plan.conditions.iter().filter(|condition| condition.task == index) {
            let mut of_seeds = Vec::new();
            for &seed in &plan.seeds {
                let readings = training::probe_start(&condition.config, &task, seed)
                    .map_err(Failure::usage)?;
                if is_csv {
                    print_csv(plan, index, condition.arm, seed, &readings);
                }
                of_seeds.push(readings);
            }
            seen.push((condition.arm, mean(&of_seeds)));
        }
        if !is_csv {
            anstream::print!("{}", of_task(plan, index, &seen));
        }
    }
    Ok(Exit::Done)
}

fn print_csv(plan: &Plan, task: usize, arm: usize, seed: u64, readings: &[Reading]) {
    for reading in readings {
        for (place, &value) in reading.values.iter().enumerate() {
            let cells = [
                text::csv(&plan.tasks[task].label),
                text::csv(&plan.arms[arm].name),
                text::csv_count(seed),
                text::csv(&reading.kind),
                text::csv(&reading.of),
                reading.at.get(place).map(|&at| text::csv_number(at)).unwrap_or_default(),
                text::csv_number(value),
            ];
            anstream::print!("{}", text::csv_line(&cells));
        }
    }
}

/// Readings of one model as means over its seeds, in the order of the first.
fn mean(of_seeds: &[Vec<Reading>]) -> Vec<Reading> {
    let Some(first) = of_seeds.first() else { return Vec::new() };
    let mean_of = |reading: &Reading| {
        let same = of_seeds.iter().flatten();
        let same = same.filter(|it| it.kind == reading.kind && it.of == reading.of);
        let (mut sums, mut count) = (vec![0.0; reading.values.len()], 0.0);
        for own in same.filter(|it| it.at == reading.at) {
            sums.iter_mut().zip(&own.values).for_each(|(sum, value)| *sum += value);
            count += 1.0;
        }
        Reading { values: sums.into_iter().map(|sum| sum / count).collect(), ..reading.clone() }
    };
    first.iter().map(mean_of).collect()
}

/// Two tables of a task: gradients by lag, and what else is seen in each part.
fn of_task(plan: &Plan, task: usize, seen: &[(usize, Vec<Reading>)]) -> String {
    let mut text = String::new();
    let seeds = plan.seeds.len();
    let label = &plan.tasks[task].label;
    say::line(
        &mut text,
        format_args!(
            "{label}: norm of the gradient of the loss by the hidden state, by lag; mean of {seeds} \
             {}",
            if seeds == 1 { "seed" } else { "seeds" }
        ),
    );
    let by_lag = |readings: &[Reading]| -> Vec<Reading> {
        let own = readings.iter().filter(|it| it.kind == Reading::GRADIENT_BY_LAG);
        own.cloned().collect()
    };
    let all: Vec<f64> = seen.iter().flat_map(|(_, it)| by_lag(it)).flat_map(|it| it.at).collect();
    let lags = columns(all);
    let headings: Vec<String> = lags.iter().map(f64::to_string).collect();
    let mut table = Table::new(
        [("arm", Side::Left), ("of", Side::Left)]
            .into_iter()
            .chain(headings.iter().map(|heading| (heading.as_str(), Side::Right)))
            .chain([("near → far", Side::Left)]),
    );
    for (arm, readings) in seen {
        let name = &plan.arms[*arm].name;
        let own = by_lag(readings);
        if own.is_empty() {
            table.row([name.clone(), "no recurrent layer".into()]);
        }
        for reading in own {
            let at = |lag: &f64| {
                let place = reading.at.iter().position(|at| at.total_cmp(lag).is_eq());
                place.map_or_else(|| "-".into(), |place| small(reading.values[place]))
            };
            let cells = lags.iter().map(at);
            let bars = bars(&reading.values);
            table.row([name.clone(), reading.of.clone()].into_iter().chain(cells).chain([bars]));
        }
    }
    text += &table.text();
    text.push('\n');
    text += &by_part(plan, seen);
    text.push('\n');
    text
}

/// What else is seen, a row for each part of each model.
fn by_part(plan: &Plan, seen: &[(usize, Vec<Reading>)]) -> String {
    let mut table = Table::new([
        ("arm", Side::Left),
        ("part", Side::Left),
        ("gradient norm", Side::Right),
        ("spectral radius", Side::Right),
        ("hidden norm", Side::Right),
        ("saturated, %", Side::Left),
    ]);
    for (arm, readings) in seen {
        for part in readings.iter().filter(|it| it.kind == Reading::GRADIENT_NORM) {
            let number = |kind: &str| {
                let found = readings.iter().find(|it| it.kind == kind && it.of == part.of);
                found.and_then(|it| it.values.first()).map_or_else(|| "-".into(), |&it| small(it))
            };
            let gate = |reading: &Reading| {
                let (of, gate) = reading.of.rsplit_once(' ')?;
                let share = 100.0 * reading.values.iter().sum::<f64>();
                let is_own = reading.kind == Reading::SATURATED && of == part.of;
                is_own.then(|| format!("{gate} {share:.1}"))
            };
            table.row([
                plan.arms[*arm].name.clone(),
                part.of.clone(),
                number(Reading::GRADIENT_NORM),
                number(Reading::SPECTRAL_RADIUS),
                number(Reading::HIDDEN_NORM),
                readings.iter().filter_map(gate).collect::<Vec<_>>().join("  "),
            ]);
        }
    }
    table.text()
}

/// A few of all lags: 0, 1, then about evenly apart on a logarithmic scale, and the longest.
fn columns(mut all: Vec<f64>) -> Vec<f64> {
    all.sort_by(f64::total_cmp);
    all.dedup();
    let Some(&longest) = all.last() else { return Vec::new() };
    let mut chosen: Vec<f64> = Vec::new();
    for step in 0..LAGS {
        let wanted = (longest + 1.0).powf(step as f64 / (LAGS - 1) as f64) - 1.0;
        let near =
            all.iter().copied().min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()));
        chosen.extend(near.filter(|near| !chosen.contains(near)));
    }
    chosen
}

/// Three digits, with a power of ten where that is shorter.
fn small(value: f64) -> String {
    if value == 0.0 || (1e-3..1e5).contains(&value.abs()) {
        significant(value)
    } else {
        format!("{value:.1e}")
    }
}

/// The logarithms of values as bars, a bar for each power of ten below the largest.
fn bars(values: &[f64]) -> String {
    let most = values.iter().copied().fold(0.0, f64::max);
    let bar = |&value: &f64| {
        if value <= 0.0 {
            return ' ';
        }
        let below = (most / value).log10().max(0.0);
        BARS[(BARS.len() - 1).saturating_sub(below.round() as usize)]
    };
    values.iter().map(bar).collect()
}
