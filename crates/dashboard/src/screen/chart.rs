//! Validation curves of the selected metric over optimizer steps.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Paragraph, Wrap};

use super::scene::{Scene, mark};
use super::ticks;
use super::words::{fit, number, tick, width};
use crate::curve::{Points, mean};

/// Columns of a name in the legend.
const NAME: usize = 16;

/// Rows below which a plot has no room for a legend.
const LOWEST: u16 = 8;

/// Points of the dashed line of the trivial score, more than columns on any screen.
const DOTS: u32 = 400;

/// Values beyond are drawn here: ratatui's clipping does not end near the largest float.
const LARGEST: f64 = 1e100;

/// One line of the chart.
struct Series {
    name: String,
    letter: char,
    style: Style,
    points: Points,
}

/// Draws the chart, or says why there is none yet.
pub(super) fn draw(scene: &Scene, frame: &mut Frame, area: Rect) {
    let arms = scene.arms();
    let whose = match arms.get(scene.selection.arm) {
        Some(arm) if scene.selection.by_seed => format!("seeds of {}", arm.name),
        _ => "mean over seeds".into(),
    };
    let scale = if scene.is_log { ", log" } else { "" };
    let block = scene.block(&format!("validation {}, {whose}{scale}", scene.metric), area);
    let mut series = if scene.selection.by_seed { by_seed(scene) } else { by_arm(scene) };
    series.retain(|series| !series.points.is_empty());
    let had_points = !series.is_empty();
    // A value that has no logarithm has no place on a log axis.
    let place = |value: f64| {
        if scene.is_log { (value > 0.0).then(|| value.log10()) } else { Some(value) }
    };
    for series in &mut series {
        series.points = series
            .points
            .iter()
            .filter_map(|&(step, value)| Some((step, place(value)?)))
            .filter(|point| point.1.is_finite())
            .map(|(step, value)| (step, value.clamp(-LARGEST, LARGEST)))
            .collect();
    }
    series.retain(|series| !series.points.is_empty());
    if series.is_empty() {
        let reason = if had_points {
            "no value is positive: press l for a linear axis"
        } else {
            "no evaluation yet"
        };
        let text = Paragraph::new(reason).wrap(Wrap { trim: true }).style(scene.palette.faint());
        frame.render_widget(text.block(block), area);
        return;
    }
    let last_step = last_step(scene, &series);
    let trivial = scene.task().and_then(|task| task.trivial.get(scene.metric).copied());
    let trivial = trivial.filter(|value| value.abs() <= LARGEST);
    let line = trivial.and_then(place).map(|height| dashed(height, last_step));
    let inner = block.inner(area);
    let legend = legend(scene, &series, trivial.filter(|_| line.is_some()), inner);
    let rows = Constraint::Length(legend.len() as u16);
    let [above, plot] = Layout::vertical([rows, Constraint::Min(0)]).areas(inner);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(legend), above);
    let heights = heights(scene, &series, line.as_deref(), plot);
    let bounds = [heights[0], heights[heights.len() - 1]];
    let labels = |value: &f64| if scene.is_log { 10_f64.powf(*value) } else { *value };
    let labels: Vec<_> = heights.iter().map(labels).map(tick).collect();
    let steps = [0.0, last_step / 2.0, last_step].map(steps_label);
    let chart = Chart::new(datasets(scene, &series, line.as_deref(), last_step))
        .legend_position(None)
        .x_axis(axis(scene, [0.0, last_step], steps))
        .y_axis(axis(scene, bounds, labels));
    frame.render_widget(chart, plot);
}

fn by_arm(scene: &Scene) -> Vec<Series> {
    let arm = |(index, arm): (usize, &store::Arm)| {
        let runs = scene.state.runs_of(index, scene.selection.task);
        Series {
            name: arm.name.clone(),
            letter: mark(index),
            style: scene.palette.series(index),
            points: mean(runs.map(|run| run.curve(scene.metric))),
        }
    };
    scene.arms().iter().enumerate().map(arm).collect()
}

fn by_seed(scene: &Scene) -> Vec<Series> {
    let runs = scene.state.runs_of(scene.selection.arm, scene.selection.task);
    let seed = |(index, run): (usize, &crate::RunView)| Series {
        name: format!("seed {}", run.seed),
        letter: mark(index),
        style: scene.palette.series(index),
        points: run.curve(scene.metric).to_vec(),
    };
    runs.enumerate().map(seed).collect()
}

/// Planned steps of the task's runs, so that the empty part shows what is to come.
fn last_step(scene: &Scene, series: &[Series]) -> f64 {
    let runs =
        (0..scene.arms().len()).flat_map(|arm| scene.state.runs_of(arm, scene.selection.task));
    let planned = runs.filter_map(|run| run.steps).max().unwrap_or(0) as f64;
    let reached = series.iter().filter_map(|series| series.points.last()).map(|point| point.0);
    reached.fold(planned, f64::max).max(1.0)
}

fn dashed(height: f64, last_step: f64) -> Points {
    (0..=DOTS).map(|i| (last_step * f64::from(i) / f64::from(DOTS), height)).collect()
}

/// Ticks of the value axis; the first and last enclose every point.
fn heights(scene: &Scene, series: &[Series], line: Option<&[(f64, f64)]>, area: Rect) -> Vec<f64> {
    let points = series.iter().flat_map(|series| &series.points).chain(line.into_iter().flatten());
    let (low, high) = points
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p.1), high.max(p.1)));
    let most = usize::from(area.height / 3).clamp(3, 6);
    if scene.is_log { ticks::logarithmic(low, high, most) } else { ticks::linear(low, high, most) }
}

/// What the letters mean, in rows of their own above the plot, which they so never cover: as
/// many as a quarter of the height has room for, and none where the plot is low.
fn legend(
    scene: &Scene,
    series: &[Series],
    trivial: Option<f64>,
    area: Rect,
) -> Vec<Line<'static>> {
    let most = if area.height < LOWEST { 0 } else { usize::from(area.height / 4) };
    let columns = usize::from(area.width);
    let entry = |it: &Series| (format!("{} {}", it.letter, fit(&it.name, NAME)), it.style);
    let trivial =
        trivial.map(|value| (format!("┄ trivial {}", number(value)), scene.palette.faint()));
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (text, style) in series.iter().map(entry).chain(trivial) {
        let fits = |line: &&mut Line<'_>| line.width() + 2 + width(&text) <= columns;
        if let Some(line) = lines.last_mut().filter(fits) {
            line.push_span(Span::raw("  "));
            line.push_span(Span::styled(text, style));
        } else if lines.len() < most {
            lines.push(Line::from(Span::styled(fit(&text, columns), style)));
        } else {
            // The table has every letter of an arm.
            if let Some(last) = lines.last_mut().filter(|line| line.width() + 2 <= columns) {
                last.push_span(Span::raw(" …"));
            }
            break;
        }
    }
    lines
}

fn axis(
    scene: &Scene,
    bounds: [f64; 2],
    labels: impl IntoIterator<Item = String>,
) -> Axis<'static> {
    let style = scene.palette.faint();
    let labels = labels.into_iter().map(|label| Span::styled(label, style));
    Axis::default().style(style).bounds(bounds).labels(labels)
}

fn steps_label(step: f64) -> String {
    if step >= 1e5 { format!("{:.0}k", step / 1e3) } else { format!("{step:.0}") }
}

/// Lines, then their letters, so that no line hides a letter.
fn datasets<'a>(
    scene: &Scene,
    series: &'a [Series],
    line: Option<&'a [(f64, f64)]>,
    last_step: f64,
) -> Vec<Dataset<'a>> {
    let mut sets = Vec::new();
    if let Some(line) = line {
        let dots = Dataset::default().marker(Marker::Custom('┄')).graph_type(GraphType::Scatter);
        sets.push(dots.style(scene.palette.faint()).data(line));
    }
    for series in series {
        let curve = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line);
        sets.push(curve.style(series.style).data(&series.points));
    }
    for (index, series) in series.iter().enumerate() {
        // Near the end of the curve, but not all in one column, where they would meet.
        let end = series.points.last().map_or(0.0, |point| point.0);
        let wanted = end - (index % 8) as f64 * last_step * 0.04;
        let place = series.points.partition_point(|point| point.0 <= wanted).saturating_sub(1);
        let end = &series.points[place..=place];
        let letter = Dataset::default().marker(Marker::Custom(series.letter));
        sets.push(letter.graph_type(GraphType::Scatter).style(series.style).data(end));
    }
    sets
}
