//! Where the panels of a chart are, in units of an SVG.

use super::chart::{Axis, Chart, Panel};

/// Width of the whole figure, in the SVG's own units.
pub(super) const WIDTH: f64 = 880.0;
/// Height of a plot with numbers on its vertical axis.
pub(super) const HEIGHT: f64 = 330.0;
/// The same where several stand side by side.
pub(super) const SMALL: f64 = 220.0;
/// Panels side by side, at most.
pub(super) const COLUMNS: usize = 3;
/// Above, left of and below a plot.
pub(super) const TOP: f64 = 12.0;
pub(super) const LEFT: f64 = 74.0;
pub(super) const BELOW: f64 = 48.0;
/// Height of a heading of a panel.
pub(super) const HEADING: f64 = 22.0;
/// Height of a legend entry, and of a name on a vertical axis.
pub(super) const ENTRY: f64 = 20.0;
/// Characters of a name that are shown.
pub(super) const NAME: usize = 28;
/// Names are measured by their letters: so much for each is enough for 12-unit type.
pub(super) const LETTER: f64 = 6.8;

/// The legend's left end, and the panels beside it.
pub(super) fn layout(chart: &Chart) -> (f64, Vec<Place<'_>>) {
    let entries = chart.legend.len() + chart.references.len();
    let names = chart.legend.iter().map(|it| &it.1).chain(&chart.references);
    let longest = names.map(|name| shortened(name).chars().count()).max().unwrap_or(0);
    let legend = if entries == 0 { 14.0 } else { 52.0 + LETTER * longest.max(8) as f64 };
    let width = WIDTH - legend;
    (width + 14.0, places(chart, width, TOP + entries as f64 * ENTRY))
}

/// Where a panel is.
pub(super) struct Place<'a> {
    pub panel: &'a Panel,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Place<'_> {
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + (self.right - self.left) * self.panel.x.scale.position(value)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let from_below = self.panel.y.scale.position(value);
        // Names are read from the top.
        let from_top = if self.panel.y.names.is_empty() { 1.0 - from_below } else { from_below };
        self.top + (self.bottom - self.top) * from_top
    }
}

/// Where each panel is, in rows of up to three, within `width`; a single one is as high as
/// `least` at least, so that the legend fits beside it.
pub(super) fn places(chart: &Chart, width: f64, least: f64) -> Vec<Place<'_>> {
    // Names take room.
    let has_names = chart.panels.iter().any(|panel| !panel.y.names.is_empty());
    let columns = if has_names { 1 } else { chart.panels.len().clamp(1, COLUMNS) };
    let each = width / columns as f64;
    let mut places: Vec<Place> = Vec::new();
    let mut top = TOP;
    for row in chart.panels.chunks(columns) {
        let heading = if row.iter().any(|it| !it.heading.is_empty()) { HEADING } else { 0.0 };
        let height = row.iter().map(|panel| height(panel, columns)).fold(0.0, f64::max);
        let height = if chart.panels.len() == 1 { height.max(least - TOP) } else { height };
        let plot_top = top + heading;
        for (index, panel) in row.iter().enumerate() {
            let from = each * index as f64;
            let gap = if columns == 1 { 0.0 } else { 10.0 };
            places.push(Place {
                panel,
                left: from + margin(&panel.y),
                right: from + each - gap,
                top: plot_top,
                bottom: plot_top + height,
            });
        }
        top = plot_top + height + BELOW + 10.0;
    }
    places
}

fn height(panel: &Panel, columns: usize) -> f64 {
    match panel.y.names.len() {
        0 if columns == 1 => HEIGHT,
        0 => SMALL,
        names => (names as f64 * ENTRY).max(3.0 * ENTRY),
    }
}

/// Left of a plot: for the numbers and the label of its axis, or for its names.
fn margin(axis: &Axis) -> f64 {
    let longest = axis.names.iter().map(|name| shortened(name).chars().count()).max();
    longest.map_or(LEFT, |letters| 20.0 + LETTER * letters.max(6) as f64)
}

/// What is shown of a name, hidden characters shown before they are counted.
pub(super) fn shortened(name: &str) -> String {
    let name = text::terminal(name);
    if name.chars().count() <= NAME {
        return name;
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}
