//! Lines over an axis, with a letter each: what every chart of the dashboard draws with.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Paragraph, Wrap};

use super::scene::Scene;
use super::ticks;
use super::words::{fit, number, tick, width};
use crate::curve::Points;

/// Columns of a name in the legend.
const NAME: usize = 16;

/// Rows below which a plot has no room for a legend.
const LOWEST: u16 = 8;

/// Points of a dashed line, more than columns on any screen.
const DOTS: u32 = 400;

/// Values beyond are drawn here: ratatui's clipping does not end near the largest float.
const LARGEST: f64 = 1e100;

/// A chart.
pub(super) struct Plot {
    pub title: String,
    pub series: Vec<Series>,
    /// The values along: from where to where.
    pub along: [f64; 2],
    /// How a value along is written.
    pub along_label: fn(f64) -> String,
    pub is_log: bool,
    /// A level to compare with, dashed.
    pub trivial: Option<f64>,
    /// What is said where there is nothing to draw.
    pub empty: &'static str,
}

/// One line of the chart.
pub(super) struct Series {
    pub name: String,
    pub letter: char,
    pub style: Style,
    /// Along, and the value there.
    pub points: Points,
    /// Of the same line, drawn faint and without a letter: the ends of a band.
    pub band: [Points; 2],
}

impl Series {
    /// A line without a band.
    pub(super) fn new(name: String, letter: char, style: Style, points: Points) -> Self {
        Self { name, letter, style, points, band: [Points::new(), Points::new()] }
    }
}

/// Draws the chart, or says why there is none yet.
pub(super) fn draw(scene: &Scene, frame: &mut Frame, area: Rect, plot: Plot) {
    let Plot { title, mut series, along, along_label, is_log, trivial, empty } = plot;
    let scale = if is_log { ", log" } else { "" };
    let block = scene.block(&format!("{title}{scale}"), area);
    series.retain(|series| !series.points.is_empty());
    let had_points = !series.is_empty();
    // A value that has no logarithm has no place on a log axis.
    let place =
        |value: f64| if is_log { (value > 0.0).then(|| value.log10()) } else { Some(value) };
    let [from, to] = along;
    let placed = |points: &Points| -> Points {
        points
            .iter()
            .filter(|point| (from..=to).contains(&point.0))
            .filter_map(|&(along, value)| Some((along, place(value)?)))
            .filter(|point| point.1.is_finite())
            .map(|(along, value)| (along, value.clamp(-LARGEST, LARGEST)))
            .collect::<Points>()
    };
    // A column is two dots wide: more points than that are not told apart, but for their ends.
    let placed = |points: &Points| thinned(placed(points), 2 * usize::from(area.width.max(1)));
    for series in &mut series {
        series.points = placed(&series.points);
        series.band = [placed(&series.band[0]), placed(&series.band[1])];
    }
    series.retain(|series| !series.points.is_empty());
    if series.is_empty() {
        let reason = if had_points && is_log {
            "no value here is positive: press y for a linear axis"
        } else {
            empty
        };
        let text = Paragraph::new(reason).wrap(Wrap { trim: true }).style(scene.palette.faint());
        frame.render_widget(text.block(block), area);
        return;
    }
    let trivial = trivial.filter(|value| value.abs() <= LARGEST);
    let line = trivial.and_then(place).map(|height| dashed(height, along));
    let inner = block.inner(area);
    let legend = legend(scene, &series, trivial.filter(|_| line.is_some()), inner);
    let rows = Constraint::Length(legend.len() as u16);
    let [above, plot] = Layout::vertical([rows, Constraint::Min(0)]).areas(inner);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(legend), above);
    let heights = heights(is_log, &series, line.as_deref(), plot);
    let bounds = [heights[0], heights[heights.len() - 1]];
    let labels = |value: &f64| if is_log { 10_f64.powf(*value) } else { *value };
    let labels: Vec<_> = heights.iter().map(labels).map(tick).collect();
    let middle = f64::midpoint(from, to);
    let chart = Chart::new(datasets(scene, &series, line.as_deref(), along))
        .legend_position(None)
        .x_axis(axis(scene, along, [from, middle, to].map(along_label)))
        .y_axis(axis(scene, bounds, labels));
    frame.render_widget(chart, plot);
}

/// Of more points than `most` the lowest and the highest of each of so many stretches, in order.
fn thinned(points: Points, most: usize) -> Points {
    if points.len() <= 2 * most {
        return points;
    }
    let stretches = points.chunks(points.len().div_ceil(most));
    let ends = stretches.flat_map(|stretch| {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let low = stretch.iter().min_by(by_value);
        let high = stretch.iter().max_by(by_value);
        let mut ends = [low, high];
        ends.sort_by(|a, b| {
            let at = |it: Option<&(f64, f64)>| it.map_or(0.0, |it| it.0);
            at(*a).total_cmp(&at(*b))
        });
        ends.into_iter().flatten().copied()
    });
    let mut thin: Points = ends.collect();
    thin.dedup();
    thin.extend(points.last().filter(|last| thin.last() != Some(*last)));
    thin
}

fn dashed(height: f64, [from, to]: [f64; 2]) -> Points {
    let at = |dot: u32| from + (to - from) * f64::from(dot) / f64::from(DOTS);
    (0..=DOTS).map(|dot| (at(dot), height)).collect()
}

/// Ticks of the value axis; the first and last enclose every point.
fn heights(is_log: bool, series: &[Series], line: Option<&[(f64, f64)]>, area: Rect) -> Vec<f64> {
    let own = |series: &'_ Series| {
        series.points.iter().chain(series.band.iter().flatten()).map(|it| it.1).collect::<Vec<_>>()
    };
    let values = series.iter().flat_map(own).chain(line.into_iter().flatten().map(|it| it.1));
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| (low.min(it), high.max(it)));
    let most = usize::from(area.height / 3).clamp(3, 6);
    if is_log { ticks::logarithmic(low, high, most) } else { ticks::linear(low, high, most) }
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

/// An optimizer step, short.
pub(super) fn step_label(step: f64) -> String {
    if step >= 1e5 { format!("{:.0}k", step / 1e3) } else { format!("{step:.0}") }
}

/// Lines, then their letters, so that no line hides a letter.
fn datasets<'a>(
    scene: &Scene,
    series: &'a [Series],
    line: Option<&'a [(f64, f64)]>,
    [from, to]: [f64; 2],
) -> Vec<Dataset<'a>> {
    let mut sets = Vec::new();
    if let Some(line) = line {
        let dots = Dataset::default().marker(Marker::Custom('┄')).graph_type(GraphType::Scatter);
        sets.push(dots.style(scene.palette.faint()).data(line));
    }
    for series in series {
        for end in &series.band {
            let dots = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Scatter);
            sets.push(dots.style(series.style).data(end));
        }
    }
    for series in series {
        let curve = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line);
        sets.push(curve.style(series.style).data(&series.points));
    }
    for (index, series) in series.iter().enumerate() {
        // Near the end of the curve, but not all in one column, where they would meet.
        let end = series.points.last().map_or(from, |point| point.0);
        let wanted = end - (index % 8) as f64 * (to - from) * 0.04;
        let place = series.points.partition_point(|point| point.0 <= wanted).saturating_sub(1);
        let end = &series.points[place..=place];
        let letter = Dataset::default().marker(Marker::Custom(series.letter));
        sets.push(letter.graph_type(GraphType::Scatter).style(series.style).data(end));
    }
    sets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_thinned_keeps_its_end_and_its_extremes(
            values in proptest::collection::vec(-1e3..1e3, 1..400), most in 1_usize..60,
        ) {
            let points: Points = (0..).map(f64::from).zip(values).collect();
            let thin = thinned(points.clone(), most);
            prop_assert!(thin.len() <= 2 * most + 1, "{} of {most}", thin.len());
            prop_assert!(thin.is_sorted_by(|a, b| a.0 < b.0));
            prop_assert_eq!(thin.last(), points.last());
            let extreme = |points: &Points, of: fn(f64, f64) -> f64| {
                points.iter().map(|it| it.1).reduce(of)
            };
            prop_assert_eq!(extreme(&thin, f64::min), extreme(&points, f64::min));
            prop_assert_eq!(extreme(&thin, f64::max), extreme(&points, f64::max));
        }
    }
}
