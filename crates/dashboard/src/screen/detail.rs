//! What the selected arm changes, and its runs that matter most now.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};
use store::{Outcome, Reading};
use text::terminal;

use super::scene::{Scene, symbol};
use super::words::{count, duration, fit, number};
use crate::run::{RunView, Status};

/// Draws what there is room for: the arm, then its runs; in a single line only a run.
pub(super) fn draw(scene: &Scene, frame: &mut Frame, area: Rect) {
    let Some(arm) = scene.arms().get(scene.selection.arm) else { return };
    let framed = area.height >= 3;
    let mut inner = area;
    if framed {
        let block = scene.block(&arm.name, area);
        inner = block.inner(area);
        frame.render_widget(block, area);
    }
    let columns = usize::from(inner.width);
    let mut lines = Vec::new();
    if framed {
        lines.push(Line::styled(fit(&about_arm(scene), columns), scene.palette.faint()));
    }
    let mut runs: Vec<_> = scene.state.runs_of(scene.selection.arm, scene.selection.task).collect();
    runs.sort_by_key(|run| urgency(run.status));
    for run in runs.into_iter().take(inner.height.into()) {
        let text = about_run(run);
        // A frame has room for the rest of a long message; a single line has not.
        let text = if framed { terminal(&text) } else { fit(&text, columns) };
        lines.push(Line::styled(text, scene.palette.status(run.status)));
        if let Some(seen) = framed.then(|| seen_inside(run)).flatten() {
            lines.push(Line::styled(fit(&seen, columns), scene.palette.faint()));
        }
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inner);
}

pub(super) fn about_arm(scene: &Scene) -> String {
    let (arm, task) = (scene.selection.arm, scene.selection.task);
    let plan = scene.state.plan();
    let Some(arm_plan) = plan.arms.get(arm) else { return String::new() };
    let condition = plan.conditions.iter().find(|c| c.arm == arm && c.task == task);
    let changes: Vec<_> =
        arm_plan.changes.iter().map(|change| format!("{} = {}", change.key, change.to)).collect();
    let what = match changes.as_slice() {
        [] if arm_plan.name == plan.baseline => "the baseline".into(),
        [] => arm_plan.architecture.clone(),
        changes => changes.join(", "),
    };
    match condition {
        Some(condition) => format!("{} parameters; {what}", count(condition.parameters)),
        None => what,
    }
}

/// Smallest first in line.
fn urgency(status: Status) -> u8 {
    match status {
        Status::Running => 0,
        Status::Failed => 1,
        Status::Diverged => 2,
        Status::Stopped => 3,
        Status::AtRung => 4,
        Status::Finished => 5,
        Status::Planned => 6,
        Status::NotNeeded => 7,
    }
}

pub(super) fn about_run(run: &RunView) -> String {
    let symbol = symbol(run.status);
    let failure = run.failure.as_deref().unwrap_or("no message");
    let what = match run.status {
        Status::Planned => "planned".into(),
        Status::NotNeeded => "not needed: what it is for is decided".into(),
        Status::Failed => failure.to_owned(),
        Status::Running | Status::Stopped => at_work(run),
        Status::Finished | Status::Diverged | Status::AtRung => outcome(run),
    };
    format!("{symbol} seed {}: {what}", run.seed)
}

/// What was last seen inside the model: how far the gradient reaches, and the gate that is stuck
/// most.
fn seen_inside(run: &RunView) -> Option<String> {
    let (step, readings) = run.readings.as_ref()?;
    let by_lag = readings.iter().find(|it| it.kind == Reading::GRADIENT_BY_LAG)?;
    let (near, far) = (by_lag.values.first()?, by_lag.values.last()?);
    let lag = by_lag.at.last()?;
    let mut text = format!(
        "  at step {step} the gradient is {} at lag 0, {} at lag {lag}",
        number(*near),
        number(*far)
    );
    let share = |reading: &Reading| reading.values.iter().sum::<f64>();
    let gates = readings.iter().filter(|it| it.kind == Reading::SATURATED);
    if let Some(gate) = gates.max_by(|a, b| share(a).total_cmp(&share(b))) {
        let percent = 100.0 * share(gate);
        let _ = write!(text, "; {percent:.0} % of {} is saturated", gate.of);
    }
    Some(text)
}

fn at_work(run: &RunView) -> String {
    let mut parts = vec![match run.steps {
        Some(steps) => format!("step {}/{}", run.step, steps),
        None => format!("step {}", run.step),
    }];
    parts.extend(run.loss.map(|loss| format!("loss {}", number(loss))));
    parts.extend(run.steps_per_second.map(|speed| format!("{speed:.0} steps/s")));
    if run.status == Status::Stopped {
        parts.insert(0, "stopped".into());
    }
    if run.attempts.len() > 1 {
        parts.push(format!("attempt {}", run.attempts.len()));
    }
    if let Some(failure) = &run.failure {
        parts.push(format!("before: {failure}"));
    }
    parts.join(", ")
}

fn outcome(run: &RunView) -> String {
    let Some(result) = &run.result else { return "finished".into() };
    let spent = duration(result.total_seconds);
    let what = match result.outcome {
        Outcome::Completed => format!("{} steps in {spent}", result.steps),
        Outcome::Diverged { step } => format!("diverged at step {step} after {spent}"),
        Outcome::StoppedEarly { step } => format!("no better for long: {step} steps in {spent}"),
        Outcome::StoppedAtRung { step } => format!("stopped at rung {step} after {spent}"),
    };
    match result.steps_per_second() {
        Some(speed) => format!("{what}, {speed:.0} steps/s"),
        None => what,
    }
}
