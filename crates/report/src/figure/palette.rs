//! How the lines of a figure are told apart: by colour, dash and marker at once.

use maud::{Markup, html};

use crate::shown::shown;

/// Okabe and Ito's colours that readers with any colour vision tell apart; the first arm,
/// the baseline, takes the colour of the text instead of their black. Their yellow is
/// darkened to be seen on white.
const COLOURS: [&str; 7] =
    ["#E69F00", "#56B4E9", "#009E73", "#D55E00", "#0072B2", "#CC79A7", "#B8A600"];

const DASHES: [Option<&str>; 5] = [None, Some("8 3"), Some("2 3"), Some("9 3 2 3"), Some("14 4")];

/// The colour of the text, where no style sheet replaces it by class.
const INK: &str = "#1c2026";

/// Half the size of a marker.
const SIZE: f64 = 3.6;

/// How one line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    index: usize,
}

impl Style {
    /// The style of the arm with this index.
    pub(super) const fn of(index: usize) -> Self {
        Self { index }
    }

    /// Colour; `None` for the colour of the text.
    pub(super) fn colour(self) -> Option<&'static str> {
        let index = self.index % (COLOURS.len() + 1);
        index.checked_sub(1).map(|index| COLOURS[index])
    }

    pub(super) fn dash(self) -> Option<&'static str> {
        DASHES[self.index % DASHES.len()]
    }

    /// The corners of the marker at a point; none of a disc.
    pub(super) fn corners(self, x: f64, y: f64) -> Vec<(f64, f64)> {
        corners(self.index, x, y)
    }

    /// A line along `path`.
    pub(super) fn line(self, path: &str, width: &str, title: &str) -> Markup {
        html! {
            path d=(path) fill="none" class=[self.line_class()] stroke=(self.paint())
                stroke-width=(width) stroke-dasharray=[self.dash()] stroke-linejoin="round" {
                title { (shown(title)) }
            }
        }
    }

    /// A line along `path` without dashes: an interval.
    pub(super) fn solid(self, path: &str, width: &str, title: &str) -> Markup {
        html! {
            path d=(path) fill="none" class=[self.line_class()] stroke=(self.paint())
                stroke-width=(width) stroke-linecap="round" { title { (shown(title)) } }
        }
    }

    /// The area within `path`.
    pub(super) fn band(self, path: &str) -> Markup {
        html! {
            path d=(path) class=[self.colour().is_none().then_some("ink")]
                fill=(self.paint()) fill-opacity="0.13" stroke="none" {}
        }
    }

    /// The marker at a point.
    pub(super) fn marker(self, x: f64, y: f64, title: Option<&str>) -> Markup {
        let shape = marker_path(self.index, x, y);
        html! {
            path d=(shape) class=[self.colour().is_none().then_some("ink")]
                fill=(self.paint()) {
                @if let Some(title) = title { title { (shown(title)) } }
            }
        }
    }

    /// The cross at which a run diverged.
    pub(super) fn cross(self, x: f64, y: f64, title: &str) -> Markup {
        let s = SIZE + 1.0;
        let path = format!(
            "M{:.1} {:.1}L{:.1} {:.1}M{:.1} {:.1}L{:.1} {:.1}",
            x - s,
            y - s,
            x + s,
            y + s,
            x - s,
            y + s,
            x + s,
            y - s
        );
        html! {
            path d=(path) fill="none" class=[self.line_class()] stroke=(self.paint())
                stroke-width="2" {
                title { (shown(title)) }
            }
        }
    }

    fn line_class(self) -> Option<&'static str> {
        self.colour().is_none().then_some("ink-line")
    }

    /// The page's style sheet overrides the attribute where there is a class.
    fn paint(self) -> &'static str {
        self.colour().unwrap_or(INK)
    }
}

/// The marker: a disc where there are no corners.
fn marker_path(index: usize, x: f64, y: f64) -> String {
    let corners = corners(index, x, y);
    if corners.is_empty() {
        let left = x - SIZE;
        let width = 2.0 * SIZE;
        return format!(
            "M{left:.1} {y:.1}a{SIZE} {SIZE} 0 1 0 {width} 0a{SIZE} {SIZE} 0 1 0 -{width} 0Z"
        );
    }
    let corners: Vec<String> = corners.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    format!("M{}Z", corners.join("L"))
}

/// Disc, square, triangles, diamond, bar and plus by turns; none of a disc.
fn corners(index: usize, x: f64, y: f64) -> Vec<(f64, f64)> {
    let corners: &[(f64, f64)] = match index % 7 {
        0 => &[],
        1 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2 => &[(0.0, -1.2), (1.15, 0.9), (-1.15, 0.9)],
        3 => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
        4 => &[(0.0, 1.2), (1.15, -0.9), (-1.15, -0.9)],
        5 => &[(-1.3, -0.5), (1.3, -0.5), (1.3, 0.5), (-1.3, 0.5)],
        _ => &[
            (-0.4, -1.3),
            (0.4, -1.3),
            (0.4, -0.4),
            (1.3, -0.4),
            (1.3, 0.4),
            (0.4, 0.4),
            (0.4, 1.3),
            (-0.4, 1.3),
            (-0.4, 0.4),
            (-1.3, 0.4),
            (-1.3, -0.4),
            (-0.4, -0.4),
        ],
    };
    corners.iter().map(|(dx, dy)| (x + dx * SIZE, y + dy * SIZE)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_of_eight_arms_share_a_colour_and_none_of_many_shares_all_three_cues() {
        let colours: HashSet<_> = (0..8).map(|index| Style::of(index).colour()).collect();
        assert_eq!(colours.len(), 8);
        let cues = |index: usize| {
            let style = Style::of(index);
            (style.colour(), style.dash(), marker_path(index, 0.0, 0.0))
        };
        let looks: HashSet<_> = (0..100).map(cues).collect();
        assert_eq!(looks.len(), 100);
    }
}
