//! Validation curves of the selected metric over optimizer steps, as the sweep's screen has them.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::plot::{self, Plot, Series, step_label};
use super::scene::{Scene, mark};

/// Draws the chart, or says why there is none yet.
pub(super) fn draw(scene: &Scene, frame: &mut Frame, area: Rect) {
    let whose = match scene.arms().get(scene.selection.arm) {
        Some(arm) if scene.selection.by_seed => format!("seeds of {}", arm.name),
        _ => "mean over seeds".into(),
    };
    let series = if scene.selection.by_seed { by_seed(scene) } else { by_arm(scene) };
    let last = last_step(scene, &series);
    let plot = Plot {
        title: format!("validation {}, {whose}", scene.metric),
        along: [0.0, last],
        along_label: step_label,
        is_log: scene.is_log,
        trivial: scene.task().and_then(|task| task.trivial.get(scene.metric).copied()),
        empty: "no evaluation yet",
        series,
    };
    plot::draw(scene, frame, area, plot);
}

fn by_arm(scene: &Scene) -> Vec<Series> {
    let arm = |&index: &usize| {
        let summary = scene.state.curves(index, scene.selection.task, scene.metric);
        let points = summary.map(|it| it.mean.clone()).unwrap_or_default();
        Series::new(scene.name(index).to_owned(), mark(index), scene.palette.series(index), points)
    };
    scene.shown.iter().map(arm).collect()
}

pub(super) fn by_seed(scene: &Scene) -> Vec<Series> {
    let runs = scene.state.runs_of(scene.selection.arm, scene.selection.task);
    let seed = |(index, run): (usize, &crate::RunView)| {
        let name = format!("seed {}", run.seed);
        let points = run.curve(scene.metric).to_vec();
        Series::new(name, mark(index), scene.palette.series(index), points)
    };
    runs.enumerate().map(seed).collect()
}

/// Planned steps of the task's runs, so that the empty part shows what is to come.
pub(super) fn last_step(scene: &Scene, series: &[Series]) -> f64 {
    let runs =
        (0..scene.arms().len()).flat_map(|arm| scene.state.runs_of(arm, scene.selection.task));
    let planned = runs.filter_map(|run| run.steps).max().unwrap_or(0) as f64;
    let reached = series.iter().filter_map(|series| series.points.last()).map(|point| point.0);
    reached.fold(planned, f64::max).max(1.0)
}
