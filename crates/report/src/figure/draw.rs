//! A chart as SVG.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::chart::{Axis, Chart, Mark, Panel};
use super::layout::{BELOW, ENTRY, LETTER, Place, TOP, WIDTH, layout, shortened};
use super::palette::Style;
use crate::shown::shown;

/// Grey for what is not data, and the colour of text; a page's style sheet may replace them by class.
const SOFT: &str = "#59626e";
const INK: &str = "#1c2026";
/// The best field of a map; worse ones are paler.
const FIELD: &str = "#0072B2";

/// The figure as a file of its own, on white.
pub(crate) fn standalone(chart: &Chart) -> String {
    let declaration = PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    html! { (declaration) (svg(chart, true)) }.into_string() + "\n"
}

/// The figure as part of a page, whose style sheet gives `ink`, `soft` and so on.
pub(crate) fn inline(chart: &Chart) -> Markup {
    svg(chart, false)
}

fn svg(chart: &Chart, alone: bool) -> Markup {
    if chart.is_empty() {
        let nothing = html! {
            text class="soft" x="12" y="25" fill=(SOFT) { "There is nothing to draw yet." }
        };
        return frame(chart, alone, 40.0, &nothing);
    }
    let (legend, places) = layout(chart);
    let bottom = places.iter().map(|place| place.bottom).fold(0.0, f64::max);
    let inside = html! {
        @for place in &places { (panel(place)) }
        (legend_of(chart, legend))
    };
    frame(chart, alone, bottom + BELOW, &inside)
}

fn frame(chart: &Chart, alone: bool, height: f64, inside: &Markup) -> Markup {
    html! {
        svg xmlns=[alone.then_some("http://www.w3.org/2000/svg")]
            viewBox={ "0 0 " (WIDTH) " " (format!("{height:.0}")) }
            width=[alone.then_some(WIDTH)] height=[alone.then_some(format!("{height:.0}"))]
            role="img" aria-label=(shown(&chart.title)) font-size="12"
            font-family="system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif" {
            @if alone { rect width="100%" height="100%" fill="#ffffff" {} }
            (inside)
        }
    }
}

fn panel(place: &Place) -> Markup {
    // What is of one arm stands together, so that a page can hide it. The baseline comes first and
    // is drawn last, on top.
    let mut arms: Vec<usize> = place.panel.marks.iter().filter_map(arm_of).collect();
    arms.sort_unstable();
    arms.dedup();
    let of = |arm: Option<usize>| place.panel.marks.iter().filter(move |mark| arm_of(mark) == arm);
    html! {
        @if !place.panel.heading.is_empty() {
            text class="ink" x=(n(place.left)) y=(n(place.top - 8.0)) fill=(INK) font-weight="600" {
                (shown(&place.panel.heading))
            }
        }
        @for it in of(None).filter(|it| matches!(it, Mark::Field { .. })) { (mark(place, it)) }
        (axes(place))
        @for it in of(None).filter(|it| !matches!(it, Mark::Field { .. })) { (mark(place, it)) }
        @for arm in arms.into_iter().rev() {
            g data-arm=(arm) { @for it in of(Some(arm)) { (mark(place, it)) } }
        }
    }
}

fn arm_of(mark: &Mark) -> Option<usize> {
    match mark {
        Mark::Line { arm, .. }
        | Mark::Band { arm, .. }
        | Mark::Dot { arm, .. }
        | Mark::Cross { arm, .. }
        | Mark::Bar { arm, .. } => Some(*arm),
        Mark::Spread { .. } | Mark::Across { .. } | Mark::Up { .. } | Mark::Field { .. } => None,
    }
}

/// Tenths are enough.
fn n(value: f64) -> String {
    format!("{value:.1}")
}

fn axes(place: &Place) -> Markup {
    let Place { panel: Panel { x, y, .. }, left, right, top, bottom } = place;
    let few = right - left < 300.0;
    let middle = f64::midpoint(*top, *bottom);
    let suffix = |axis: &Axis| if axis.scale.is_logarithmic() { ", logarithmic" } else { "" };
    html! {
        @if y.names.is_empty() {
            @for (value, label) in y.scale.ticks(if few { 4.0 } else { 5.0 }) {
                @let at = n(place.y(value));
                line class="grid" x1=(n(*left)) x2=(n(*right)) y1=(at) y2=(at) stroke="#d8dde3" {}
                text class="soft" x=(n(left - 8.0)) y=(at) dy="4" text-anchor="end" fill=(SOFT) { (label) }
            }
            text class="ink" transform={ "translate(" (n(left - 58.0)) " " (n(middle)) ") rotate(-90)" }
                text-anchor="middle" fill=(INK) { (shown(&y.label)) (suffix(y)) }
        } @else {
            @for (index, name) in y.names.iter().enumerate() {
                @let at = n(place.y(index as f64));
                line class="grid" x1=(n(*left)) x2=(n(*right)) y1=(at) y2=(at) stroke="#d8dde3" {}
                text class="ink" x=(n(left - 8.0)) y=(at) dy="4" text-anchor="end" fill=(INK) {
                    (shown(&shortened(name))) title { (shown(name)) }
                }
            }
        }
        @if x.names.is_empty() {
            @for (value, label) in x.scale.ticks(if few { 3.0 } else { 6.0 }) {
                @let at = n(place.x(value));
                line class="axis" x1=(at) x2=(at) y1=(n(*bottom)) y2=(n(bottom + 5.0)) stroke=(SOFT) {}
                text class="soft" x=(at) y=(n(bottom + 19.0)) text-anchor="middle" fill=(SOFT) { (label) }
            }
        } @else {
            @for (index, name) in x.names.iter().enumerate() {
                @let at = n(place.x(index as f64));
                line class="axis" x1=(at) x2=(at) y1=(n(*bottom)) y2=(n(bottom + 5.0)) stroke=(SOFT) {}
                text class="soft" x=(at) y=(n(bottom + 19.0)) text-anchor="middle" fill=(SOFT) {
                    (shown(&shortened(name))) title { (shown(name)) }
                }
            }
        }
        line class="axis" x1=(n(*left)) x2=(n(*right)) y1=(n(*bottom)) y2=(n(*bottom)) stroke=(SOFT) {}
        text class="ink" x=(n(f64::midpoint(*left, *right))) y=(n(bottom + 39.0)) text-anchor="middle"
            fill=(INK) { (shown(&x.label)) (suffix(x)) }
    }
}

fn mark(place: &Place, mark: &Mark) -> Markup {
    match mark {
        Mark::Line { arm, points, thin, title } => {
            let style = Style::of(*arm);
            let line = path(place, 'M', points.iter().copied());
            let line = style.line(&line, if *thin { "1" } else { "2" }, title);
            html! {
                @if *thin { g opacity="0.55" { (line) } } @else { (line) }
                // A line through one point is not to be seen.
                @if let [(x, y)] = points[..] { (style.marker(place.x(x), place.y(y), Some(title))) }
            }
        }
        Mark::Band { arm, points } => Style::of(*arm).band(&around(place, points)),
        Mark::Spread { points } => html! {
            path class="spread" d=(around(place, points)) fill=(SOFT) fill-opacity="0.18" {}
        },
        Mark::Dot { arm, at: (x, y), faint, title } => {
            let dot = Style::of(*arm).marker(place.x(*x), place.y(*y), Some(title));
            html! { @if *faint { g opacity="0.45" { (dot) } } @else { (dot) } }
        }
        Mark::Cross { arm, at: (x, y), title } => {
            Style::of(*arm).cross(place.x(*x), place.y(*y), title)
        }
        Mark::Bar { arm, from, to, title } => {
            let bar = path(place, 'M', [*from, *to]);
            Style::of(*arm).solid(&bar, "3", title)
        }
        Mark::Across { y, title } => {
            let y = n(place.y(*y));
            reference([n(place.left), n(place.right)], [y.clone(), y], title)
        }
        Mark::Up { x, title } => {
            let x = n(place.x(*x));
            reference([x.clone(), x], [n(place.top), n(place.bottom)], title)
        }
        Mark::Field { at, shade, text, title } => field(place, *at, *shade, text, title),
    }
}

/// A path through points, `M` or `L` first.
fn path(place: &Place, start: char, points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.into_iter().enumerate() {
        let letter = if index == 0 { start } else { 'L' };
        let _ = write!(path, "{letter}{:.1} {:.1}", place.x(x), place.y(y));
    }
    path
}

/// The outline of what is between the low and the high values.
fn around(place: &Place, points: &[(f64, f64, f64)]) -> String {
    let there = path(place, 'M', points.iter().map(|it| (it.0, it.2)));
    let back = path(place, 'L', points.iter().rev().map(|it| (it.0, it.1)));
    format!("{there}{back}Z")
}

fn reference([x1, x2]: [String; 2], [y1, y2]: [String; 2], title: &str) -> Markup {
    html! {
        line class="axis" x1=(x1) x2=(x2) y1=(y1) y2=(y2) stroke=(SOFT) stroke-width="1.4"
            stroke-dasharray="5 5" { title { (shown(title)) } }
    }
}

fn field(place: &Place, (x, y): (f64, f64), shade: f64, text: &str, title: &str) -> Markup {
    let (left, right) = (place.x(x - 0.5), place.x(x + 0.5));
    let (top, bottom) = (place.y(y - 0.5), place.y(y + 0.5));
    let opacity = 0.08 + 0.62 * shade.clamp(0.0, 1.0);
    html! {
        rect x=(n(left)) y=(n(top)) width=(n(right - left - 1.0)) height=(n(bottom - top - 1.0))
            fill=(FIELD) fill-opacity=(format!("{opacity:.2}")) { title { (shown(title)) } }
        @if right - left > LETTER * text.chars().count() as f64 {
            text class="ink" x=(n(place.x(x))) y=(n(place.y(y))) dy="4" text-anchor="middle" fill=(INK) {
                (shown(text))
            }
        }
    }
}

fn legend_of(chart: &Chart, left: f64) -> Markup {
    let sample = |y: f64| format!("M{left:.1} {y:.1}h28");
    let text = n(left + 36.0);
    let y = |index: usize| TOP + 10.0 + ENTRY * index as f64;
    html! {
        @for (index, (arm, name)) in chart.legend.iter().enumerate() {
            @let y = y(index);
            g data-arm=(arm) {
                (Style::of(*arm).line(&sample(y), "2", name))
                (Style::of(*arm).marker(left + 14.0, y, None))
                text class="ink" x=(text) y=(n(y)) dy="4" fill=(INK) {
                    (shown(&shortened(name))) title { (shown(name)) }
                }
            }
        }
        @for (index, name) in chart.references.iter().enumerate() {
            @let y = y(chart.legend.len() + index);
            path class="axis" d=(sample(y)) fill="none" stroke=(SOFT) stroke-width="1.4"
                stroke-dasharray="5 5" {}
            text class="soft" x=(text) y=(n(y)) dy="4" fill=(SOFT) { (shown(name)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::places;
    use super::super::scale::Scale;
    use super::*;

    fn chart(y: Scale, values: [f64; 2]) -> Chart {
        let mut panel =
            Panel::new(Axis::new("steps", Scale::from_zero(200.0)), Axis::new("loss", y));
        panel.marks = vec![
            Mark::Band { arm: 0, points: vec![(100.0, 0.8, 1.0), (200.0, 0.01, 0.02)] },
            Mark::Line {
                arm: 0,
                points: vec![(100.0, values[0]), (200.0, values[1])],
                thin: false,
                title: "lstm: mean".into(),
            },
            Mark::Line { arm: 1, points: vec![(100.0, 5e7)], thin: true, title: "<gru>".into() },
            Mark::Cross { arm: 1, at: (150.0, 5e7), title: "diverged".into() },
            Mark::Across { y: 0.5, title: "trivial".into() },
        ];
        let mut forest = Panel::new(
            Axis::new("difference", Scale::linear(-1.0, 1.0)),
            Axis::of_names("", vec!["<gru> with a name that is very long".into(), "b".into()]),
        );
        forest.heading = "<on> adding".into();
        forest.marks = vec![
            Mark::Up { x: 0.0, title: "none".into() },
            Mark::Bar { arm: 1, from: (-0.5, 0.0), to: (0.5, 0.0), title: "95 %".into() },
            Mark::Dot { arm: 1, at: (0.1, 0.0), faint: false, title: "mean".into() },
            Mark::Field { at: (0.0, 1.0), shade: 2.0, text: "1".into(), title: "best".into() },
        ];
        Chart {
            title: "Validation loss".into(),
            panels: vec![panel, forest],
            legend: vec![(0, "lstm".into()), (1, "<gru> with a name that is very long".into())],
            references: vec!["trivial".into()],
            data: String::new(),
        }
    }

    #[test]
    fn a_tiny_figure() {
        // One element a line, to be read by people.
        let svg = standalone(&chart(Scale::logarithmic(0.01, 1.0), [0.9, 0.015]));
        insta::assert_snapshot!(svg.replace("><", ">\n<"));
    }

    #[test]
    fn nothing_is_drawn_outside_the_figure_whatever_the_values() {
        let scales =
            [Scale::logarithmic(1e-99, 0.5), Scale::linear(-1e99, 0.5), Scale::linear(0.5, 0.5)];
        for scale in scales {
            for value in [1e-99, -1e99, 0.5, 5e7] {
                let chart = chart(scale, [value, 0.5]);
                let svg = standalone(&chart);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                let place = &places(&chart, 600.0, 0.0)[0];
                assert!((place.top..=place.bottom).contains(&place.y(value)));
            }
        }
    }
}
