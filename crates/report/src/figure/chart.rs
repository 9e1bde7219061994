//! What a figure shows, without how it is drawn: panels with axes, and marks on them.

use text::csv_number;

use super::scale::Scale;

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    /// What it shows, one line.
    pub title: String,
    /// Side by side, as many as fit, then below each other.
    pub panels: Vec<Panel>,
    /// Arms that are told apart by their look, by index and name; none where their names stand on
    /// an axis.
    pub legend: Vec<(usize, String)>,
    /// Names of further lines: those of no arm.
    pub references: Vec<String>,
    /// Every number that is drawn, as CSV.
    pub data: String,
}

/// Axes and what is on them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Panel {
    /// Above it, where there are several.
    pub heading: String,
    pub x: Axis,
    pub y: Axis,
    pub marks: Vec<Mark>,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub label: String,
    pub scale: Scale,
    /// Names at 0, 1, 2 and so on instead of numbers; of a vertical axis from the top.
    pub names: Vec<String>,
}

/// Something on a panel, in the units of its axes. An arm's index gives its look.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// Connected points.
    Line { arm: usize, points: Vec<(f64, f64)>, thin: bool, title: String },
    /// Between a low and a high value at each place.
    Band { arm: usize, points: Vec<(f64, f64, f64)> },
    /// Between two quantiles of many arms at each place.
    Spread { points: Vec<(f64, f64, f64)> },
    /// A point; a faint one is one of many.
    Dot { arm: usize, at: (f64, f64), faint: bool, title: String },
    /// Where a run diverged.
    Cross { arm: usize, at: (f64, f64), title: String },
    /// An interval.
    Bar { arm: usize, from: (f64, f64), to: (f64, f64), title: String },
    /// A horizontal line of no arm.
    Across { y: f64, title: String },
    /// A vertical line of no arm.
    Up { x: f64, title: String },
    /// A field of a map, one wide and one high about its place, from 0 (worst) to 1 (best).
    Field { at: (f64, f64), shade: f64, text: String, title: String },
}

impl Axis {
    pub(crate) fn new(label: impl Into<String>, scale: Scale) -> Self {
        Self { label: label.into(), scale, names: Vec::new() }
    }

    /// With names at whole numbers.
    pub(crate) fn of_names(label: impl Into<String>, names: Vec<String>) -> Self {
        let scale = Scale::exactly(-0.5, names.len().max(1) as f64 - 0.5);
        Self { label: label.into(), scale, names }
    }
}

impl Chart {
    /// Whether there is anything to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.panels.iter().all(|panel| panel.marks.is_empty())
    }
}

impl Panel {
    pub(crate) fn new(x: Axis, y: Axis) -> Self {
        Self { heading: String::new(), x, y, marks: Vec::new() }
    }
}

/// A cell of a figure's data; empty where there is no number.
pub(super) fn cell(value: Option<f64>) -> String {
    value.map(csv_number).unwrap_or_default()
}

/// The lowest and the highest of the values; `None` of nothing.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}
