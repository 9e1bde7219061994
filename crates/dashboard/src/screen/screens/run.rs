//! One run: its metrics, what it changes, what it took, its last events and lines of its log.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};
use store::{Event, EventKind, Metrics, Provenance, Reading};
use text::{csv, csv_count, csv_line, csv_number, terminal};

use crate::run::RunView;
use crate::screen::contract::Screen;
use crate::screen::detail::{about_arm, about_run};
use crate::screen::scene::Scene;
use crate::screen::words::{duration, fit, number};

/// Bytes of a log that are read for its end.
const LOG: u64 = 16 * 1024;

/// The screen.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// What was read last, and of which run.
    read: Option<Read>,
}

#[derive(Debug)]
struct Read {
    folder: PathBuf,
    /// Bytes of events and log when they were read.
    lengths: [u64; 2],
    events: Vec<Event>,
    log: Vec<String>,
    provenance: Option<Provenance>,
    problem: Option<String>,
}

impl Run {
    fn of<'a>(&'a self, scene: &Scene, run: &RunView) -> Option<&'a Read> {
        let folder = scene.state.folder_of(run);
        self.read.as_ref().filter(|it| it.folder == folder.path())
    }
}

impl Screen for Run {
    fn name(&self) -> &'static str {
        "run"
    }

    fn keys(&self, _: &Scene) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn update(&mut self, scene: &Scene) -> bool {
        let Some(run) = scene.run() else { return false };
        let folder = scene.state.folder_of(run);
        let lengths = [length(&folder.events_path()), length(&folder.log_path())];
        let is_known = |it: &Read| it.folder == folder.path() && it.lengths == lengths;
        if self.read.as_ref().is_some_and(is_known) {
            return false;
        }
        let mut problem = None;
        let mut told = |error: &dyn std::fmt::Display| problem = Some(error.to_string());
        let events = folder.events().map_err(|error| told(&error)).unwrap_or_default();
        let provenance = folder.provenance().map_err(|error| told(&error)).unwrap_or_default();
        let log = last_lines(&folder.log_path()).map_err(|error| told(&error)).unwrap_or_default();
        let folder = folder.path().to_owned();
        self.read = Some(Read { folder, lengths, events, log, provenance, problem });
        true
    }

    fn draw(&self, scene: &Scene, frame: &mut Frame, area: Rect) {
        let Some(run) = scene.run() else {
            frame.render_widget(Line::raw(fit("there is no such run", area.width.into())), area);
            return;
        };
        let read = self.of(scene, run);
        let name = format!("{}, seed {}", scene.arms()[scene.selection.arm].name, run.seed);
        let facts = facts(scene, run, read);
        let facts_rows = (facts.len() as u16 + 2).min(area.height.div_ceil(2).max(3));
        let [above, below] =
            Layout::vertical([Constraint::Length(facts_rows), Constraint::Min(0)]).areas(area);
        framed(scene, frame, above, &name, facts);
        let panes = if below.width >= 100 {
            Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).split(below)
        } else {
            Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).split(below)
        };
        let Some(read) = read else { return };
        let last = |lines: Vec<String>, area: Rect| {
            let room = usize::from(area.height.saturating_sub(2));
            lines[lines.len().saturating_sub(room)..].to_vec()
        };
        let start = read.events.first().map_or(0.0, |event| event.time);
        let events = read.events.iter().map(|event| line_of(event, start)).collect();
        framed(scene, frame, panes[0], "events", last(events, panes[0]));
        framed(scene, frame, panes[1], "log", last(read.log.clone(), panes[1]));
    }

    fn csv(&self, scene: &Scene) -> String {
        let mut out = csv_line(&["metric", "step", "validation"].map(csv));
        let curves = scene.run().into_iter().flat_map(|run| &run.curves);
        for (metric, curve) in curves {
            for &(step, value) in curve {
                let cells = [csv(metric), csv_count(step as u64), csv_number(value)];
                out.push_str(&csv_line(&cells));
            }
        }
        out
    }
}

/// A frame with lines that are cut to fit.
fn framed(scene: &Scene, frame: &mut Frame, area: Rect, title: &str, lines: Vec<String>) {
    let columns = usize::from(area.width.saturating_sub(2));
    let lines: Vec<Line<'static>> =
        lines.into_iter().map(|line| Line::raw(fit(&line, columns))).collect();
    let text = Paragraph::new(lines).wrap(Wrap { trim: false });
    frame.render_widget(text.block(scene.block(title, area)), area);
}

fn facts(scene: &Scene, run: &RunView, read: Option<&Read>) -> Vec<String> {
    let mut lines = vec![about_run(run), about_arm(scene)];
    let last = |metric: &str| run.curve(metric).last().map(|point| point.1);
    let validation: Vec<_> = run
        .curves
        .keys()
        .filter_map(|metric| Some(format!("{metric} {}", number(last(metric)?))))
        .collect();
    if !validation.is_empty() {
        lines.push(format!("validation, last: {}", validation.join(", ")));
    }
    let metric = scene.task().map(|task| &task.metric);
    let score = metric.and_then(|it| run.result.as_ref()?.score(it.at));
    if let Some(score) = score {
        lines.push(format!("test, after step {}: {}", score.step, metrics(&score.test)));
        for (part, own) in &score.parts {
            lines.push(format!("{part}: {}", metrics(own)));
        }
    }
    if let Some((step, readings)) = &run.readings {
        let singles = readings.iter().filter(|it| it.values.len() == 1);
        let told = |it: &Reading| format!("{} of {} {}", it.kind, it.of, number(it.values[0]));
        let told: Vec<_> = singles.map(told).collect();
        if !told.is_empty() {
            lines.push(format!("inside, at step {step}: {}", told.join(", ")));
        }
    }
    if let Some(Provenance { commit, device, cpu, threads, peak_memory, .. }) =
        read.and_then(|it| it.provenance.as_ref())
    {
        let memory =
            peak_memory.map_or_else(String::new, |it| format!(", at most {} MB", it >> 20));
        let threads = if *threads == 1 { "1 thread".into() } else { format!("{threads} threads") };
        lines.push(format!("{device}, {cpu}, {threads}{memory}; commit {commit}"));
    }
    lines.extend(read.and_then(|it| it.problem.clone()));
    lines.push(scene.state.run_name(run));
    lines
}

fn metrics(metrics: &Metrics) -> String {
    let one = |(name, value): (&String, &f64)| format!("{name} {}", number(*value));
    metrics.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn line_of(event: &Event, start: f64) -> String {
    let what = match &event.kind {
        EventKind::Started { step, steps, .. } => format!("started at step {step} of {steps}"),
        EventKind::Progress { step, loss, steps_per_second } => {
            format!("step {step}: loss {}, {steps_per_second:.0} steps/s", number(*loss))
        }
        EventKind::Evaluated { step, validation, .. } => {
            format!("step {step}: validation {}", metrics(validation))
        }
        EventKind::Checkpointed { step } => format!("step {step}: state saved"),
        EventKind::Stopped { step } => format!("stopped at step {step}"),
        EventKind::Finished { .. } => "finished".into(),
        EventKind::Damaged { .. } => "something damaged was set aside".into(),
        EventKind::Scored { .. } => "scored".into(),
        EventKind::Probed { step, .. } => format!("step {step}: looked inside"),
        EventKind::Failed { class, message } => format!("failed ({class}): {message}"),
    };
    format!("{:>8} {what}", duration(event.time - start))
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// The last lines of a log that are not empty; none if there is no log.
fn last_lines(path: &Path) -> io::Result<Vec<String>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG)))?;
    let mut bytes = Vec::new();
    file.take(LOG).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(terminal).collect())
}
