//! Learning curves on the whole screen: over steps or time, with a band over seeds, smoothed, zoomed;
//! or scores by length.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use text::{csv, csv_line, csv_number};

use crate::curve::{Points, smoothed};
use crate::screen::chart::by_seed;
use crate::screen::contract::Screen;
use crate::screen::plot::{self, Plot, Series, step_label};
use crate::screen::scene::{Scene, mark};
use crate::screen::words::duration;

/// What lies along the chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Along {
    #[default]
    Steps,
    /// Seconds of training.
    Time,
    /// Length of the sequences of held-out parts.
    Length,
}

/// How strongly curves are smoothed: the weight of what came before.
const SMOOTHINGS: [f64; 4] = [0.0, 0.5, 0.8, 0.95];

/// Parts of the whole that a zoom shows, from all of it on.
const ZOOMS: u32 = 6;

/// Arms up to which a band is drawn.
const FEW: usize = 12;

/// The screen.
#[derive(Debug, Default)]
pub(super) struct Curves {
    along: Along,
    smoothing: usize,
    hides_band: bool,
    /// Each step halves what is shown.
    zoom: u32,
    /// Where what is shown begins, as a share of the whole.
    from: f64,
}

impl Curves {
    /// Whether the ends of the seeds are drawn: of many arms they would hide each other.
    fn has_band(&self, scene: &Scene) -> bool {
        !self.hides_band && scene.shown.len() <= FEW
    }

    /// The lines, and how far the longest goes.
    fn series(&self, scene: &Scene) -> (Vec<Series>, f64) {
        let mut series = match self.along {
            Along::Length => by_length(scene),
            _ if scene.selection.by_seed => by_seed(scene),
            _ => scene.shown.iter().map(|&arm| self.of_arm(scene, arm)).collect(),
        };
        if self.along == Along::Time && scene.selection.by_seed {
            let runs = scene.state.runs_of(scene.selection.arm, scene.selection.task);
            for (series, run) in series.iter_mut().zip(runs) {
                series.points = run.over_time(scene.metric);
            }
        }
        if self.along != Along::Length {
            let weight = SMOOTHINGS[self.smoothing];
            for series in &mut series {
                series.points = smoothed(&series.points, weight);
                for end in &mut series.band {
                    *end = smoothed(end, weight);
                }
            }
        }
        let ends = series.iter().filter_map(|it| it.points.last()).map(|it| it.0);
        let reached = ends.fold(0.0, f64::max);
        let planned = match self.along {
            Along::Steps => crate::screen::chart::last_step(scene, &series),
            Along::Time | Along::Length => reached,
        };
        (series, planned.max(f64::MIN_POSITIVE))
    }

    fn of_arm(&self, scene: &Scene, arm: usize) -> Series {
        let (name, style) = (scene.name(arm).to_owned(), scene.palette.series(arm));
        let mut series = Series::new(name, mark(arm), style, Points::new());
        let task = scene.selection.task;
        if self.along == Along::Time {
            // Runs are evaluated at the same steps and not at the same times.
            let runs = scene.state.runs_of(arm, task);
            let furthest = runs.max_by_key(|run| run.curve(scene.metric).len());
            series.points = furthest.map(|run| run.over_time(scene.metric)).unwrap_or_default();
        } else if let Some(summary) = scene.state.curves(arm, task, scene.metric) {
            series.points.clone_from(&summary.mean);
            if self.has_band(scene) {
                series.band.clone_from(&summary.band);
            }
        }
        series
    }

    fn what(&self, scene: &Scene) -> String {
        let whose = match (scene.arms().get(scene.selection.arm), self.along) {
            (Some(_), Along::Length) => "mean over finished runs, by length".into(),
            (Some(arm), _) if scene.selection.by_seed => format!("seeds of {}", arm.name),
            (_, Along::Time) => "the seed that came furthest".into(),
            _ if !self.has_band(scene) => "mean over seeds".into(),
            _ => "mean over seeds, dotted from the lowest to the highest".into(),
        };
        let smoothing = SMOOTHINGS[self.smoothing];
        let smoothed =
            if smoothing > 0.0 { format!(", smoothed {smoothing}") } else { String::new() };
        let (split, over) = match self.along {
            Along::Steps => ("validation", "steps"),
            Along::Time => ("validation", "time"),
            Along::Length => ("test", "length"),
        };
        format!("{split} {} over {over}, {whose}{smoothed}", scene.metric)
    }

    fn shown_share(&self) -> f64 {
        0.5_f64.powi(self.zoom as i32)
    }

    /// Zooms about the middle of what is shown.
    fn zoom_to(&mut self, zoom: u32) {
        let middle = self.from + self.shown_share() / 2.0;
        self.zoom = zoom.min(ZOOMS);
        self.go_to(middle - self.shown_share() / 2.0);
    }

    fn go_to(&mut self, from: f64) {
        self.from = from.clamp(0.0, 1.0 - self.shown_share());
    }
}

/// Test scores of finished runs by the length of held-out parts.
fn by_length(scene: &Scene) -> Vec<Series> {
    let Some(task) = scene.task() else { return Vec::new() };
    let of_arm = |&arm: &usize| {
        let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for run in scene.state.runs_of(arm, scene.selection.task) {
            let score = run.result.as_ref().and_then(|it| it.score(task.metric.at));
            for part in &task.parts {
                let value = score.and_then(|it| it.parts.get(&part.name)?.get(scene.metric));
                if let (Some(length), Some(value)) = (part.length, value) {
                    let sum = sums.entry(length).or_default();
                    *sum = (sum.0 + value, sum.1 + 1.0);
                }
            }
        }
        let points = sums.into_iter().map(|(at, (sum, n))| (at as f64, sum / n)).collect();
        Series::new(scene.name(arm).to_owned(), mark(arm), scene.palette.series(arm), points)
    };
    scene.shown.iter().map(of_arm).collect()
}

impl Screen for Curves {
    fn name(&self) -> &'static str {
        "curves"
    }

    fn keys(&self, scene: &Scene) -> Vec<(&'static str, String)> {
        let series = if scene.selection.by_seed { "means" } else { "seeds" };
        let along = match self.along {
            Along::Steps => "over time",
            Along::Time => "by length",
            Along::Length => "over steps",
        };
        vec![
            ("t", along.into()),
            ("a", "smooth".into()),
            ("z Z", "zoom in, out".into()),
            ("< >", "pan".into()),
            ("b", if self.hides_band { "band" } else { "no band" }.into()),
            ("s", series.into()),
        ]
    }

    fn draw(&self, scene: &Scene, frame: &mut Frame, area: Rect) {
        let (series, end) = self.series(scene);
        let (along_label, empty): (fn(f64) -> String, _) = match self.along {
            Along::Steps => (step_label, "no evaluation yet"),
            Along::Time => (duration, "no evaluation yet"),
            Along::Length => (step_label, "no finished run of a task that has parts by length"),
        };
        let from = self.from * end;
        let plot = Plot {
            title: self.what(scene),
            along: [from, from + self.shown_share() * end],
            along_label,
            is_log: scene.is_log,
            trivial: scene.task().and_then(|task| task.trivial.get(scene.metric).copied()),
            empty,
            series,
        };
        plot::draw(scene, frame, area, plot);
    }

    fn handle_key(&mut self, key: KeyEvent, _: &Scene) -> bool {
        match key.code {
            KeyCode::Char('t') => {
                self.along = match self.along {
                    Along::Steps => Along::Time,
                    Along::Time => Along::Length,
                    Along::Length => Along::Steps,
                };
                (self.zoom, self.from) = (0, 0.0);
            }
            KeyCode::Char('a') => self.smoothing = (self.smoothing + 1) % SMOOTHINGS.len(),
            KeyCode::Char('b') => self.hides_band = !self.hides_band,
            KeyCode::Char('z') => self.zoom_to(self.zoom + 1),
            KeyCode::Char('Z') => self.zoom_to(self.zoom.saturating_sub(1)),
            KeyCode::Char('<') => self.go_to(self.from - self.shown_share() / 2.0),
            KeyCode::Char('>') => self.go_to(self.from + self.shown_share() / 2.0),
            _ => return false,
        }
        true
    }

    fn csv(&self, scene: &Scene) -> String {
        let along = match self.along {
            Along::Steps => "step",
            Along::Time => "seconds",
            Along::Length => "length",
        };
        let mut out = csv_line(&["line", along, scene.metric].map(csv));
        for series in self.series(scene).0 {
            for (at, value) in series.points {
                out.push_str(&csv_line(&[csv(&series.name), csv_number(at), csv_number(value)]));
            }
        }
        out
    }
}
