//! Where the gradients go, and which gates are stuck.

use analysis::Sample;
use store::Reading;

use crate::ReportError;
use crate::document::{Block, Cell, Section, Table};
use crate::figure::gradients;
use crate::format::{NONE, plain};
use crate::model::Report;
use crate::runs::Run;
use crate::runs::first_layer;
use crate::scores::TaskScores;

/// The section; none where no run was looked into.
pub(super) fn section(report: &Report, names: &[String]) -> Result<Option<Section>, ReportError> {
    let about = "Looked at on the first validation sequences, with the loss at the last place that \
                 each is asked about, in the recurrent layer nearest to the input. A gradient that \
                 is orders of magnitude smaller at a lag than at 0 cannot teach what happened that \
                 long before. It says what training could use, not what it did.";
    let mut blocks = vec![Block::Text(about.into())];
    for (scores, name) in report.tasks.iter().zip(names) {
        let chart = gradients(report, scores)?;
        if chart.is_empty() {
            continue;
        }
        blocks.push(Block::Text(format!("On {}:", report.plan.tasks[scores.task].label).into()));
        blocks.push(Block::Table(table(report, scores)));
        let caption = "When last looked at. Line: mean over the runs; band: from the lowest to the \
                       highest.";
        blocks.extend(Block::figure(format!("{name}-gradients"), chart, caption));
    }
    let section = Section { heading: "Gradient flow".into(), blocks, folded: false };
    Ok((section.blocks.len() > 1).then_some(section))
}

/// Mean over the runs of an arm of what `number` finds, `start → end`.
fn from_to(runs: &[&Run], number: impl Fn(&[Reading]) -> Option<f64>) -> Cell {
    let mean = |readings: &dyn Fn(&Run) -> Option<f64>| {
        let values: Vec<f64> = runs.iter().filter_map(|run| readings(run)).collect();
        Sample::new(values).ok().and_then(|sample| sample.summary()).map(|it| it.mean)
    };
    let start = mean(&|run| number(run.probed.get(&0)?));
    let end = mean(&|run| {
        let (step, readings) = run.probed.last_key_value()?;
        number(readings).filter(|_| *step > 0)
    });
    match (start, end) {
        (None, None) => NONE.into(),
        (Some(one), None) | (None, Some(one)) => plain(one).into(),
        (Some(start), Some(end)) => format!("{} → {}", plain(start), plain(end)).into(),
    }
}

fn table(report: &Report, scores: &TaskScores) -> Table {
    // The longest lag that every arm with a recurrence has.
    let longest = |runs: &[&Run]| {
        let of = |run: &Run| {
            let readings = run.probed.values().filter_map(|readings| first_layer(readings));
            readings.filter_map(|reading| reading.at.last().copied()).reduce(f64::min)
        };
        runs.iter().filter_map(|run| of(run)).reduce(f64::min)
    };
    let of_arm = |condition: usize| -> Vec<&Run> { report.runs_of(condition) };
    let lags = scores.arms.iter().filter_map(|arm| longest(&of_arm(arm.condition)));
    let lag = lags.reduce(f64::min).unwrap_or(0.0);
    let kept = format!("#gradient kept over {lag} steps");
    let headings =
        ["Arm", &kept, "#most saturated gate", "#spectral radius", "#norm of the hidden state"];
    let mut table = Table::new(&headings);
    for arm in &scores.arms {
        let runs = of_arm(arm.condition);
        if longest(&runs).is_none() {
            continue;
        }
        let single = |kind: &'static str| {
            move |readings: &[Reading]| {
                let found = readings.iter().find(|reading| reading.kind == kind)?;
                found.values.first().copied()
            }
        };
        table.row(vec![
            Cell::from(&report.plan.arms[arm.arm].name),
            from_to(&runs, |readings| kept_over(lag, readings)),
            saturated(&runs),
            from_to(&runs, single(Reading::SPECTRAL_RADIUS)),
            from_to(&runs, single(Reading::HIDDEN_NORM)),
        ]);
    }
    table
}

/// The gradient at a lag in units of that at 0.
fn kept_over(lag: f64, readings: &[Reading]) -> Option<f64> {
    let reading = first_layer(readings)?;
    let near = reading.values.first().copied().filter(|norm| *norm > 0.0)?;
    let place = reading.at.iter().rposition(|&at| at <= lag)?;
    Some(reading.values[place] / near)
}

/// The gate that is saturated most at the end, with the share of it that is, at the start and at the
/// end.
fn saturated(runs: &[&Run]) -> Cell {
    let share = |gate: &str, readings: &[Reading]| {
        let is_own = |it: &&Reading| it.kind == Reading::SATURATED && it.of == gate;
        readings.iter().find(is_own).map(|it| it.values.iter().sum::<f64>())
    };
    let last = runs.iter().filter_map(|run| run.probed.last_key_value());
    let gates = last.flat_map(|(_, readings)| readings);
    let gates = gates.filter(|reading| reading.kind == Reading::SATURATED);
    let most = gates.max_by(|a, b| {
        let sum = |reading: &Reading| reading.values.iter().sum::<f64>();
        sum(a).total_cmp(&sum(b))
    });
    let Some(gate) = most.map(|reading| reading.of.clone()) else { return NONE.into() };
    let mut cell = from_to(runs, |readings| share(&gate, readings).map(|share| 100.0 * share));
    cell.line = cell.line.text(format!(" % of {gate}"));
    cell
}
