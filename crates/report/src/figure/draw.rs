//! A figure as SVG.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::curves::{CurveFigure, CurveLine, RunCurve};
use super::palette::Style;
use super::scale::Scale;
use crate::format::plain;
use crate::shown::shown;

/// Width of the whole figure, in the SVG's own units.
const WIDTH: f64 = 880.0;
/// Smallest height of the plot.
const HEIGHT: f64 = 330.0;
/// Above, left of and below the plot.
const TOP: f64 = 12.0;
const LEFT: f64 = 74.0;
const BELOW: f64 = 48.0;
/// Height of a legend entry.
const ENTRY: f64 = 20.0;
/// Characters of an arm's name that the legend shows.
const NAME: usize = 28;

/// Grey for what is not data; a page's style sheet may replace it by class.
const SOFT: &str = "#59626e";

/// Where things are.
struct Layout {
    x: Scale,
    y: Scale,
    right: f64,
    bottom: f64,
}

impl Layout {
    fn new(figure: &CurveFigure) -> Self {
        let longest = figure.lines.iter().map(|line| shortened(&line.arm).chars().count()).max();
        // Names are measured by their letters: 6.8 units each are enough for 12-unit type.
        let legend = 52.0 + 6.8 * longest.unwrap_or(0).max(8) as f64;
        let entries = figure.lines.len() as f64 + 1.0;
        let (low, high) = figure.range();
        let y = if figure.logarithmic {
            Scale::logarithmic(low, high)
        } else {
            Scale::linear(low, high)
        };
        Self {
            x: Scale::from_zero(figure.last_step() as f64),
            y,
            right: WIDTH - legend,
            bottom: TOP + HEIGHT.max(entries * ENTRY),
        }
    }

    fn x(&self, step: u64) -> f64 {
        LEFT + (self.right - LEFT) * self.x.position(step as f64)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - TOP) * self.y.position(value)
    }

    /// A path through points, `M` or `L` first.
    fn path(&self, start: char, points: impl IntoIterator<Item = (u64, f64)>) -> String {
        let mut path = String::new();
        for (index, (step, value)) in points.into_iter().enumerate() {
            let letter = if index == 0 { start } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", self.x(step), self.y(value));
        }
        path
    }
}

/// The figure as a file of its own, on white.
pub(crate) fn standalone(figure: &CurveFigure) -> String {
    let declaration = PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    html! { (declaration) (svg(figure, true)) }.into_string() + "\n"
}

/// The figure as part of a page, whose style sheet gives `ink`, `soft` and so on.
pub(crate) fn inline(figure: &CurveFigure) -> Markup {
    svg(figure, false)
}

fn svg(figure: &CurveFigure, alone: bool) -> Markup {
    if figure.is_empty() {
        return frame(
            figure,
            alone,
            40.0,
            &html! {
                text class="soft" x="12" y="25" fill=(SOFT) { "No evaluation has been recorded yet." }
            },
        );
    }
    let layout = Layout::new(figure);
    frame(
        figure,
        alone,
        layout.bottom + BELOW,
        &html! {
            (axes(figure, &layout))
            @for (index, line) in figure.lines.iter().enumerate() {
                (band(&layout, Style::of(index), line))
            }
            @if let Some(trivial) = figure.trivial { (trivial_line(&layout, trivial)) }
            // The baseline comes first and is drawn last, on top.
            @for (index, line) in figure.lines.iter().enumerate().rev() {
                (curves(&layout, Style::of(index), index, line))
            }
            (legend(figure, &layout))
        },
    )
}

fn frame(figure: &CurveFigure, alone: bool, height: f64, inside: &Markup) -> Markup {
    html! {
        svg xmlns=[alone.then_some("http://www.w3.org/2000/svg")]
            viewBox={ "0 0 " (WIDTH) " " (format!("{height:.0}")) }
            width=[alone.then_some(WIDTH)] height=[alone.then_some(format!("{height:.0}"))]
            role="img" aria-label=(shown(&figure.title)) font-size="12"
            font-family="system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif" {
            @if alone { rect width="100%" height="100%" fill="#ffffff" {} }
            (inside)
        }
    }
}

fn axes(figure: &CurveFigure, layout: &Layout) -> Markup {
    let Layout { right, bottom, .. } = layout;
    let middle = f64::midpoint(TOP, *bottom);
    let scale = if figure.logarithmic { ", logarithmic" } else { "" };
    html! {
        @for (value, label) in layout.y.ticks(5.0) {
            @let y = format!("{:.1}", layout.y(value));
            line class="grid" x1=(LEFT) x2=(right) y1=(y) y2=(y) stroke="#d8dde3" {}
            text class="soft" x=(LEFT - 8.0) y=(y) dy="4" text-anchor="end" fill=(SOFT) { (label) }
        }
        @for (value, label) in layout.x.ticks(6.0) {
            @let x = format!("{:.1}", layout.x(value as u64));
            line class="axis" x1=(x) x2=(x) y1=(bottom) y2=(bottom + 5.0) stroke=(SOFT) {}
            text class="soft" x=(x) y=(bottom + 19.0) text-anchor="middle" fill=(SOFT) { (label) }
        }
        line class="axis" x1=(LEFT) x2=(right) y1=(bottom) y2=(bottom) stroke=(SOFT) {}
        text class="ink" x=(f64::midpoint(LEFT, *right)) y=(bottom + 39.0) text-anchor="middle"
            fill="#1c2026" { (figure.across) }
        text class="ink" transform={ "translate(16 " (middle) ") rotate(-90)" }
            text-anchor="middle" fill="#1c2026" { (shown(&figure.up)) (scale) }
    }
}

/// Lowest to highest run.
fn band(layout: &Layout, style: Style, line: &CurveLine) -> Markup {
    let ends = |end: fn(&analysis::Summary) -> f64| {
        line.mean.iter().map(move |point| (point.step, end(&point.summary)))
    };
    let there = layout.path('M', ends(|summary| summary.max));
    let back = layout.path('L', ends(|summary| summary.min).rev());
    let wide = line.mean.iter().any(|point| point.summary.n > 1);
    html! { @if wide { (style.band(&format!("{there}{back}Z"))) } }
}

fn trivial_line(layout: &Layout, value: f64) -> Markup {
    let y = format!("{:.1}", layout.y(value));
    html! {
        line class="axis" x1=(LEFT) x2=(layout.right) y1=(y) y2=(y) stroke=(SOFT)
            stroke-width="1.4" stroke-dasharray="5 5" {
            title { "trivial prediction: " (plain(value)) }
        }
    }
}

fn curves(layout: &Layout, style: Style, index: usize, line: &CurveLine) -> Markup {
    let mean = line.mean.iter().map(|point| (point.step, point.summary.mean));
    let title = format!("{}: mean", line.arm);
    html! {
        @for run in line.runs.iter().filter(|run| !run.in_mean) {
            (single(layout, style, &line.arm, run))
        }
        @if !line.mean.is_empty() { (style.line(&layout.path('M', mean), "2", &title)) }
        (markers(layout, style, index, line))
    }
}

/// The curve of a run that is in no mean.
fn single(layout: &Layout, style: Style, arm: &str, run: &RunCurve) -> Markup {
    let title = format!("{arm}, seed {}: {}", run.seed, run.state);
    let path = layout.path('M', run.points.iter().map(|(&step, &value)| (step, value)));
    let last = run.points.last_key_value();
    html! {
        g opacity="0.75" {
            (style.line(&path, "1", &title))
            // A line through one point is not to be seen.
            @if let (1, Some((&step, &value))) = (run.points.len(), last) {
                (style.marker(layout.x(step), layout.y(value), Some(&title)))
            }
            @if let (Some(step), Some((_, &value))) = (run.diverged, last) {
                @let title = format!("{arm}, seed {}: diverged at step {step}", run.seed);
                (style.cross(layout.x(step), layout.y(value), &title))
            }
        }
    }
}

/// A few points of the mean, shifted from arm to arm so that equal curves show both.
fn markers(layout: &Layout, style: Style, index: usize, line: &CurveLine) -> Markup {
    let every = line.mean.len().div_ceil(9).max(1);
    let chosen = line.mean.iter().skip(index % every).step_by(every);
    html! {
        @for point in chosen {
            @let analysis::Summary { n, mean, min, max, .. } = point.summary;
            @let title = format!(
                "{}, step {}: {} (lowest {}, highest {}, n = {n})",
                line.arm, point.step, plain(mean), plain(min), plain(max)
            );
            (style.marker(layout.x(point.step), layout.y(mean), Some(&title)))
        }
    }
}

fn legend(figure: &CurveFigure, layout: &Layout) -> Markup {
    let left = layout.right + 14.0;
    let sample = |y: f64| format!("M{left:.1} {y:.1}h28");
    let text = left + 36.0;
    html! {
        @for (index, line) in figure.lines.iter().enumerate() {
            @let y = TOP + 10.0 + ENTRY * index as f64;
            (Style::of(index).line(&sample(y), "2", &line.arm))
            (Style::of(index).marker(left + 14.0, y, None))
            text class="ink" x=(text) y=(y) dy="4" fill="#1c2026" {
                (shown(&shortened(&line.arm))) title { (shown(&line.arm)) }
            }
        }
        @if figure.trivial.is_some() {
            @let y = TOP + 10.0 + ENTRY * figure.lines.len() as f64;
            path class="axis" d=(sample(y)) fill="none" stroke=(SOFT) stroke-width="1.4"
                stroke-dasharray="5 5" {}
            text class="soft" x=(text) y=(y) dy="4" fill=(SOFT) { "trivial" }
        }
    }
}

/// What the legend shows of a name, hidden characters shown before they are counted.
fn shortened(name: &str) -> String {
    let name = text::terminal(name);
    if name.chars().count() <= NAME {
        return name;
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use analysis::mean_curve;

    use super::*;

    fn run(seed: u64, points: &[(u64, f64)], diverged: Option<u64>) -> RunCurve {
        let state = if diverged.is_some() { "diverged" } else { "finished" };
        let points: BTreeMap<_, _> = points.iter().copied().collect();
        RunCurve { seed, state, in_mean: diverged.is_none(), diverged, points }
    }

    fn line(arm: &str, runs: Vec<RunCurve>) -> CurveLine {
        let in_mean = runs.iter().filter(|run| run.in_mean).map(|run| run.points.clone());
        let mean = mean_curve(&in_mean.collect::<Vec<_>>()).unwrap();
        CurveLine { arm: arm.into(), mean, runs }
    }

    fn tiny() -> CurveFigure {
        let baseline = vec![
            run(0, &[(100, 1.0), (200, 0.01)], None),
            run(1, &[(100, 0.8), (200, 0.02)], None),
        ];
        let other = vec![run(0, &[(100, 5e7)], Some(150))];
        CurveFigure {
            title: "Validation loss".into(),
            across: "optimizer steps",
            up: "validation loss".into(),
            columns: ["step".into(), "validation_loss".into()],
            trivial: Some(0.5),
            logarithmic: true,
            lines: vec![line("lstm", baseline), line("<gru> with a name that is very long", other)],
        }
    }

    #[test]
    fn a_tiny_figure() {
        // One element a line, to be read by people.
        insta::assert_snapshot!(standalone(&tiny()).replace("><", ">\n<"));
    }

    #[test]
    fn nothing_is_drawn_outside_the_figure_whatever_the_values() {
        let mut figure = tiny();
        for (logarithmic, value) in [(true, 1e-99), (false, -1e99), (false, 0.5)] {
            figure.logarithmic = logarithmic;
            figure.lines[0] = line("lstm", vec![run(0, &[(100, value), (200, 0.5)], None)]);
            let svg = standalone(&figure);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            let layout = Layout::new(&figure);
            for value in [value, 0.5, 5e7] {
                assert!((TOP..=layout.bottom).contains(&layout.y(value)));
            }
        }
    }
}
