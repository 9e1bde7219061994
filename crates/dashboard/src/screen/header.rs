//! Top of the screen: name and question, progress, counts and times.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::LineGauge;

use super::mouse::Target;
use super::parts::Parts;
use super::scene::{Scene, symbol};
use super::words::{duration, fit, width};
use crate::estimate::{TimeLeft, elapsed, time_left};
use crate::owner::Place;
use crate::run::Status;

/// Draws one, two or three lines: the counts alone, with the title, with the gauge.
pub(super) fn draw(scene: &Scene, parts: &Parts, frame: &mut Frame, area: Rect) {
    let title_rows = u16::from(area.height >= 2);
    let gauge_rows = u16::from(area.height >= 3);
    let [top, middle, bottom] = Layout::vertical([
        Constraint::Length(title_rows),
        Constraint::Length(gauge_rows),
        Constraint::Min(0),
    ])
    .areas(area);
    frame.render_widget(title(scene, parts, top), top);
    frame.render_widget(gauge(scene), middle);
    frame.render_widget(counts(scene, parts, bottom.width.into(), gauge_rows == 0), bottom);
}

fn title(scene: &Scene, parts: &Parts, area: Rect) -> Line<'static> {
    let columns = usize::from(area.width);
    let plan = scene.state.plan();
    let place =
        scene.place.map_or_else(String::new, |Place { number, of }| format!("{number}/{of} "));
    let name = fit(&format!("{place}{}", plan.experiment), columns);
    let screens = screens(scene, parts);
    let mut room = columns.saturating_sub(width(&name) + 2);
    // The question gives way to the screens, and they to the name.
    let has_screens = room > screens.width();
    if has_screens {
        room -= screens.width();
    }
    let question = if room >= 8 { fit(&plan.question, room - 2) } else { String::new() };
    let gap = columns.saturating_sub(width(&name) + 2 + width(&question) + screens.width());
    let mut line = Line::from_iter([
        Span::styled(name, Style::new().add_modifier(Modifier::BOLD)),
        Span::raw("  "),
        Span::raw(question),
    ]);
    if has_screens {
        line.push_span(Span::raw(" ".repeat(gap)));
        let mut left = line.width() as u16;
        for (index, name) in screens.iter().enumerate() {
            let columns = name.width() as u16;
            let drawn = Rect { x: area.x + left, width: columns, ..area };
            scene.targets.add(drawn, Target::Screen(index));
            left += columns;
        }
        line.extend(screens);
    }
    line
}

/// The names of the screens, the one that is shown set off.
fn screens(scene: &Scene, parts: &Parts) -> Line<'static> {
    let names = parts.screens.iter().enumerate().map(|(index, screen)| {
        let text = format!("{} {}", index + 1, screen.name());
        if index == parts.current {
            Span::styled(format!("[{text}]"), Style::new().add_modifier(Modifier::BOLD))
        } else {
            Span::styled(format!(" {text} "), scene.palette.faint())
        }
    });
    names.collect()
}

fn gauge(scene: &Scene) -> LineGauge<'static> {
    let counts = scene.state.counts();
    let done: f64 = scene.state.runs().map(crate::RunView::fraction).sum();
    // What is decided early needs no more, and what is not may take another round.
    let so_far = if scene.state.plan().rounds.is_some() { ", so far" } else { "" };
    let ratio = if counts.planned == 0 { 0.0 } else { done / counts.planned as f64 };
    LineGauge::default()
        .ratio(ratio.clamp(0.0, 1.0))
        .label(format!("{}/{} runs{so_far}", counts.finished, counts.planned))
        .filled_symbol("━")
        .unfilled_symbol("┄")
        .filled_style(scene.palette.status(Status::Finished))
        .unfilled_style(scene.palette.faint())
}

fn counts(scene: &Scene, parts: &Parts, columns: usize, with_total: bool) -> Line<'static> {
    let counts = scene.state.counts();
    let is_short = columns < 96;
    let mut line = Line::default();
    let mut used = 0;
    let mut push = |text: String, style: Style| {
        let text = fit(&text, columns - used);
        used += width(&text);
        line.push_span(Span::styled(text, style));
    };
    if with_total {
        push(format!("{}/{}  ", counts.finished, counts.planned), Style::new());
    }
    for (status, count, word) in [
        (Status::Running, counts.running, "running"),
        (Status::Failed, counts.failed, "failed"),
        (Status::Diverged, counts.diverged, "diverged"),
        (Status::Stopped, counts.stopped, "stopped"),
        (Status::AtRung, counts.at_rung, "at a rung"),
    ] {
        // A zero says something too, where there is room for it.
        if count == 0 && (is_short || matches!(status, Status::Stopped | Status::AtRung)) {
            continue;
        }
        let style = if count == 0 { scene.palette.faint() } else { scene.palette.status(status) };
        let symbol = symbol(status);
        if is_short {
            push(format!("{symbol}{count} "), style);
        } else {
            let speed = if status == Status::Running { throughput(scene) } else { String::new() };
            push(format!("{symbol} {count} {word}{speed}  "), style);
        }
    }
    let times = parts.replay.clone().unwrap_or_else(|| times(scene, is_short));
    push(times, Style::new());
    line
}

/// How fast all runs at work are together; nothing before one has said.
fn throughput(scene: &Scene) -> String {
    let running = scene.state.runs().filter(|run| run.status == Status::Running);
    let speeds: Vec<f64> = running.filter_map(|run| run.steps_per_second).collect();
    if speeds.is_empty() {
        return String::new();
    }
    format!(", {:.0} steps/s", speeds.iter().sum::<f64>())
}

fn times(scene: &Scene, is_short: bool) -> String {
    let spent = duration(elapsed(scene.state.runs(), scene.now));
    let left = match time_left(scene.state.runs()) {
        TimeLeft::Nothing => "nothing left to run".into(),
        _ if !scene.state.is_live() => "not running".into(),
        _ if scene.state.is_paused() => "paused".into(),
        TimeLeft::Estimating => "estimating".into(),
        TimeLeft::About(seconds) if is_short => format!("{} left", duration(seconds)),
        TimeLeft::About(seconds) => format!("about {} left", duration(seconds)),
    };
    let spent = if is_short { spent } else { format!("{spent} elapsed") };
    let queue = scene.queue.map_or_else(String::new, |queue| format!(", {queue}"));
    format!("{spent}, {left}{queue}")
}
