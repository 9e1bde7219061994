//! A chart as TikZ, for LaTeX: a vector figure in the fonts of the document.

use std::fmt::Write as _;

use super::chart::{Axis, Chart, Mark};
use super::layout::{ENTRY, Place, TOP, layout, shortened};
use super::palette::Style;
use crate::tex::text;

/// Points a unit of the figure: 880 of them are 440 points, the width of a page's text or less.
const UNIT: f64 = 0.5;

/// The figure as a `tikzpicture`, in printer's black and the palette's colours.
pub(crate) fn tikz(chart: &Chart) -> String {
    let mut out = format!("\\begin{{tikzpicture}}[x={UNIT}pt,y=-{UNIT}pt,font=\\scriptsize]\n");
    let (legend, places) = layout(chart);
    for place in &places {
        panel(&mut out, place);
    }
    for (index, (arm, name)) in chart.legend.iter().enumerate() {
        let y = TOP + 10.0 + ENTRY * index as f64;
        let style = Style::of(*arm);
        let _ = writeln!(
            out,
            "\\draw[{}] {} -- {};",
            line(style, 0.8),
            at(legend, y),
            at(legend + 28.0, y)
        );
        dot(&mut out, style, legend + 14.0, y, 1.0);
        label(&mut out, legend + 36.0, y, "west", &shortened(name));
    }
    for (index, name) in chart.references.iter().enumerate() {
        let y = TOP + 10.0 + ENTRY * (chart.legend.len() + index) as f64;
        let _ = writeln!(out, "\\draw[gray,dashed] {} -- {};", at(legend, y), at(legend + 28.0, y));
        label(&mut out, legend + 36.0, y, "west", name);
    }
    out + "\\end{tikzpicture}\n"
}

fn at(x: f64, y: f64) -> String {
    format!("({x:.1},{y:.1})")
}

fn label(out: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ =
        writeln!(out, "\\node[anchor={anchor},inner sep=0pt] at {} {{{}}};", at(x, y), text(words));
}

/// Colour, width and dashes of a line.
fn line(style: Style, width: f64) -> String {
    let dash = style.dash().map_or_else(String::new, |dash| {
        let lengths = dash.split(' ').enumerate().map(|(index, length)| {
            let word = if index % 2 == 0 { "on" } else { "off" };
            let length: f64 = length.parse().unwrap_or(4.0);
            format!(" {word} {}pt", length * UNIT)
        });
        format!(",dash pattern={}", lengths.collect::<String>().trim())
    });
    format!("draw={},line width={width}pt{dash}", colour(style))
}

/// A colour of the palette, as xcolor takes it.
fn colour(style: Style) -> String {
    let Some(hex) = style.colour() else { return "black".into() };
    let part = |from: usize| u8::from_str_radix(&hex[from..from + 2], 16).unwrap_or(0);
    format!("{{rgb,255:red,{};green,{};blue,{}}}", part(1), part(3), part(5))
}

/// The arm's marker.
fn dot(out: &mut String, style: Style, x: f64, y: f64, opacity: f64) {
    let corners = style.corners(x, y);
    let colour = format!("fill={},fill opacity={opacity}", colour(style));
    if corners.is_empty() {
        let _ = writeln!(out, "\\fill[{colour}] {} circle[radius={}pt];", at(x, y), 3.6 * UNIT);
    } else {
        let corners: Vec<String> = corners.iter().map(|it| at(it.0, it.1)).collect();
        let _ = writeln!(out, "\\fill[{colour}] {} -- cycle;", corners.join(" -- "));
    }
}

fn panel(out: &mut String, place: &Place) {
    let panel = place.panel;
    if !panel.heading.is_empty() {
        let _ = writeln!(
            out,
            "\\node[anchor=south west,inner sep=0pt] at {} {{\\textbf{{{}}}}};",
            at(place.left, place.top - 8.0),
            text(&panel.heading)
        );
    }
    axes(out, place);
    // The baseline comes first and is drawn last, on top.
    for mark in panel.marks.iter().rev() {
        draw(out, place, mark);
    }
}

fn suffix(axis: &Axis) -> &'static str {
    if axis.scale.is_logarithmic() { ", logarithmic" } else { "" }
}

fn axes(out: &mut String, place: &Place) {
    let Place { panel, left, right, top, bottom } = place;
    let few = right - left < 300.0;
    let across = |y: f64| format!("\\draw[black!15] {} -- {};\n", at(*left, y), at(*right, y));
    let middle = f64::midpoint(*top, *bottom);
    if panel.y.names.is_empty() {
        for (value, name) in panel.y.scale.ticks(if few { 4.0 } else { 5.0 }) {
            out.push_str(&across(place.y(value)));
            label(out, left - 8.0, place.y(value), "east", &name);
        }
        let words = text(&format!("{}{}", panel.y.label, suffix(&panel.y)));
        let at = at(left - 58.0, middle);
        let _ = writeln!(out, "\\node[rotate=90,inner sep=0pt] at {at} {{{words}}};");
    }
    for (index, name) in panel.y.names.iter().enumerate() {
        out.push_str(&across(place.y(index as f64)));
        label(out, left - 8.0, place.y(index as f64), "east", &shortened(name));
    }
    let ticks = if panel.x.names.is_empty() {
        panel.x.scale.ticks(if few { 3.0 } else { 6.0 })
    } else {
        let names = panel.x.names.iter().enumerate();
        names.map(|(index, name)| (index as f64, shortened(name))).collect()
    };
    for (value, name) in ticks {
        let x = place.x(value);
        let _ = writeln!(out, "\\draw[gray] {} -- {};", at(x, *bottom), at(x, bottom + 5.0));
        label(out, x, bottom + 9.0, "north", &name);
    }
    let _ = writeln!(out, "\\draw[gray] {} -- {};", at(*left, *bottom), at(*right, *bottom));
    let words = format!("{}{}", panel.x.label, suffix(&panel.x));
    label(out, f64::midpoint(*left, *right), bottom + 30.0, "north", &words);
}

fn draw(out: &mut String, place: &Place, mark: &Mark) {
    let point = |&(x, y): &(f64, f64)| at(place.x(x), place.y(y));
    let through = |points: &mut dyn Iterator<Item = (f64, f64)>| {
        points.map(|it| point(&it)).collect::<Vec<_>>().join(" -- ")
    };
    let around = |points: &[(f64, f64, f64)]| {
        let there = points.iter().map(|it| (it.0, it.2));
        let back = points.iter().rev().map(|it| (it.0, it.1));
        through(&mut there.chain(back))
    };
    let _ = match mark {
        Mark::Line { arm, points, thin, .. } => {
            let look = line(Style::of(*arm), if *thin { 0.25 } else { 0.8 });
            writeln!(out, "\\draw[{look}] {};", through(&mut points.iter().copied()))
        }
        Mark::Band { arm, points } => {
            let colour = colour(Style::of(*arm));
            writeln!(out, "\\fill[fill={colour},fill opacity=0.13] {} -- cycle;", around(points))
        }
        Mark::Spread { points } => {
            writeln!(out, "\\fill[gray,fill opacity=0.18] {} -- cycle;", around(points))
        }
        Mark::Dot { arm, at: (x, y), faint, .. } => {
            let opacity = if *faint { 0.45 } else { 1.0 };
            dot(out, Style::of(*arm), place.x(*x), place.y(*y), opacity);
            Ok(())
        }
        Mark::Cross { arm, at: (x, y), .. } => {
            let (x, y, look) = (place.x(*x), place.y(*y), line(Style::of(*arm), 0.8));
            let one = format!("{} -- {}", at(x - 4.6, y - 4.6), at(x + 4.6, y + 4.6));
            let two = format!("{} -- {}", at(x - 4.6, y + 4.6), at(x + 4.6, y - 4.6));
            writeln!(out, "\\draw[{look}] {one} {two};")
        }
        Mark::Bar { arm, from, to, .. } => {
            let colour = colour(Style::of(*arm));
            writeln!(
                out,
                "\\draw[draw={colour},line width=1.4pt] {} -- {};",
                point(from),
                point(to)
            )
        }
        Mark::Across { y, .. } => {
            let y = place.y(*y);
            writeln!(out, "\\draw[gray,dashed] {} -- {};", at(place.left, y), at(place.right, y))
        }
        Mark::Up { x, .. } => {
            let x = place.x(*x);
            writeln!(out, "\\draw[gray,dashed] {} -- {};", at(x, place.top), at(x, place.bottom))
        }
        Mark::Field { at: (x, y), shade, .. } => {
            let percent = 8.0 + 62.0 * shade.clamp(0.0, 1.0);
            let corners = [(x - 0.5, y - 0.5), (x + 0.5, y + 0.5)];
            let [from, to] = corners.map(|it| point(&it));
            writeln!(out, "\\fill[blue!60!cyan!{percent:.0}!white] {from} rectangle {to};")
        }
    };
}
