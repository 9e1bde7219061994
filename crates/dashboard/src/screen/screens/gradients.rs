//! Where gradients go: their norm by lag, how much of them is kept over training, and what gates and
//! states are like inside.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Row, Table};
use store::Reading;
use text::{csv, csv_line, csv_number};

use crate::curve::{Points, mean};
use crate::run::RunView;
use crate::screen::contract::Screen;
use crate::screen::plot::{self, Plot, Series, step_label};
use crate::screen::scene::{Scene, mark};
use crate::screen::words::{fit, number, width};

/// The screen.
#[derive(Debug, Default)]
pub(super) struct Gradients {
    /// The share of the gradient that is kept, over training, rather than the norm by lag.
    over_training: bool,
}

impl Gradients {
    fn series(&self, scene: &Scene) -> Vec<Series> {
        let of_arm = |&arm: &usize| {
            let runs = scene.state.runs_of(arm, scene.selection.task);
            let points = if self.over_training {
                mean(runs.map(|run| run.kept.as_slice()))
            } else {
                by_lag(runs)
            };
            Series::new(scene.name(arm).to_owned(), mark(arm), scene.palette.series(arm), points)
        };
        scene.shown.iter().map(of_arm).collect()
    }
}

/// The geometric mean over runs of the last norms by lag.
fn by_lag<'a>(runs: impl Iterator<Item = &'a RunView>) -> Points {
    let mut sums: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
    for reading in runs.filter_map(|run| reading(run, Reading::GRADIENT_BY_LAG)) {
        for (&lag, &norm) in reading.at.iter().zip(&reading.values) {
            if norm > 0.0 {
                let sum = sums.entry(lag as u64).or_default();
                *sum = (sum.0 + norm.ln(), sum.1 + 1.0);
            }
        }
    }
    sums.into_iter().map(|(lag, (sum, n))| (lag as f64, (sum / n).exp())).collect()
}

fn reading<'a>(run: &'a RunView, kind: &str) -> Option<&'a Reading> {
    run.readings.as_ref()?.1.iter().find(|it| it.kind == kind)
}

/// The mean over an arm's runs of what a reading of `kind` says.
fn mean_of(scene: &Scene, arm: usize, of: impl Fn(&RunView) -> Option<f64>) -> Option<f64> {
    let values = scene.state.runs_of(arm, scene.selection.task).filter_map(of);
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n > 0.0).then(|| sum / n)
}

/// The share of the gate that is saturated most.
fn saturated(run: &RunView) -> Option<f64> {
    let readings = run.readings.as_ref()?.1.iter();
    let gates = readings.filter(|it| it.kind == Reading::SATURATED);
    gates.map(|it| it.values.iter().sum::<f64>()).reduce(f64::max)
}

fn first(run: &RunView, kind: &str) -> Option<f64> {
    reading(run, kind)?.values.first().copied()
}

const HEADINGS: [&str; 5] =
    ["arm", "gradient kept", "saturated", "spectral radius", "norm of state"];

fn row(scene: &Scene, arm: usize) -> [Option<f64>; 4] {
    [
        mean_of(scene, arm, |run| run.kept.last().map(|it| it.1)),
        mean_of(scene, arm, saturated),
        mean_of(scene, arm, |run| first(run, Reading::SPECTRAL_RADIUS)),
        mean_of(scene, arm, |run| first(run, Reading::HIDDEN_NORM)),
    ]
}

impl Screen for Gradients {
    fn name(&self) -> &'static str {
        "gradients"
    }

    fn keys(&self, _: &Scene) -> Vec<(&'static str, String)> {
        vec![("t", if self.over_training { "by lag" } else { "over training" }.into())]
    }

    fn draw(&self, scene: &Scene, frame: &mut Frame, area: Rect) {
        let rows = (scene.shown.len() as u16 + 3).min(area.height / 3);
        let [above, below] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(rows)]).areas(area);
        let series = self.series(scene);
        let ends = series.iter().filter_map(|it| it.points.last()).map(|it| it.0);
        let title = if self.over_training {
            "share of the gradient that reaches the largest lag, over training"
        } else {
            "norm of the loss gradient by lag, last look"
        };
        let plot = Plot {
            title: title.into(),
            along: [0.0, ends.fold(1.0, f64::max)],
            along_label: step_label,
            is_log: true,
            trivial: None,
            empty: "no run looked inside: `probes` in [train] says how often, `describe train` how",
            series,
        };
        plot::draw(scene, frame, above, plot);
        let name = scene.shown.iter().map(|&arm| width(scene.name(arm))).max().unwrap_or(0);
        let name = name.clamp(8, 28);
        let cell = |value: Option<f64>| Line::raw(value.map_or("–".into(), number)).right_aligned();
        let shown = scene.shown.iter().map(|&arm| {
            let label = format!("{} {}", mark(arm), fit(scene.name(arm), name));
            let values = row(scene, arm).map(cell);
            let row = Row::new([Line::raw(label)].into_iter().chain(values));
            row.style(scene.palette.series(arm))
        });
        let headings = HEADINGS.map(|it| Line::raw(it).right_aligned());
        let headings = [Line::raw("  arm")].into_iter().chain(headings.into_iter().skip(1));
        let widths = [name as u16 + 2, 13, 9, 15, 13].map(Constraint::Length);
        let table = Table::new(shown, widths)
            .header(Row::new(headings).style(scene.palette.faint()))
            .column_spacing(2);
        frame.render_widget(table.block(scene.block("inside, mean over seeds", below)), below);
    }

    fn handle_key(&mut self, key: KeyEvent, _: &Scene) -> bool {
        let is_it = key.code == KeyCode::Char('t');
        self.over_training ^= is_it;
        is_it
    }

    fn csv(&self, scene: &Scene) -> String {
        let along = if self.over_training { "step" } else { "lag" };
        let value = if self.over_training { "share_kept" } else { "gradient_norm" };
        let mut out = csv_line(&["arm", along, value].map(csv));
        for series in self.series(scene) {
            for (at, value) in series.points {
                out.push_str(&csv_line(&[csv(&series.name), csv_number(at), csv_number(value)]));
            }
        }
        out
    }
}
