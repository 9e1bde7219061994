//! Arms × seeds of the selected task: the state of every run, and a mean per arm.

use ratatui::Frame;
use ratatui::layout::{Constraint, Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{HighlightSpacing, Row, Table, TableState};
use store::ReadAt;

use super::mouse::Target;
use super::scene::{Scene, mark, symbol};
use super::words::{fit, number, width};
use crate::run::{RunView, Status};
use crate::summary::SoFar;

/// Columns of cursor, letter and gaps.
const FIXED: usize = 2 + 1 + 1 + 1;

/// Columns of a mean.
const MEAN: usize = 9;

/// Columns below which the runs' states matter more than the mean.
const NARROW: usize = 32;

/// Columns of the counts that stand for too many seeds.
const COUNTS: usize = 20;

/// Longest part of an arm's name that is shown.
const NAME: usize = 24;

/// How much room a run has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cells {
    /// Symbol, and how far a running run is.
    Percent,
    /// Symbols apart.
    Apart,
    /// Symbols without gaps.
    Dense,
    /// Too many seeds for one column each: how many runs stand where.
    Counted,
}

impl Cells {
    fn fitting(seeds: usize, columns: usize) -> Self {
        let fits = |cells: &Self| cells.columns(seeds) <= columns;
        [Self::Percent, Self::Apart, Self::Dense].into_iter().find(fits).unwrap_or(Self::Counted)
    }

    fn columns(self, seeds: usize) -> usize {
        match self {
            Self::Percent => 5 * seeds,
            Self::Apart => 2 * seeds,
            Self::Dense => seeds,
            Self::Counted => COUNTS,
        }
    }
}

/// Columns that the table makes use of, frame included, when it may have `most`.
pub(super) fn wanted_width(scene: &Scene, most: u16) -> u16 {
    let seeds = scene.state.plan().seeds.len();
    let rest = 2 + FIXED + MEAN + 1 + name_width(scene);
    let cells = Cells::fitting(seeds, usize::from(most).saturating_sub(rest));
    (rest + cells.columns(seeds)).clamp(NARROW + 2, usize::from(most).max(NARROW + 2)) as u16
}

/// Draws the table, scrolled so that the selected arm is in view.
pub(super) fn draw(scene: &Scene, frame: &mut Frame, area: Rect, framed: bool) {
    let Some(task) = scene.task() else {
        frame.render_widget(Line::raw(fit("the plan has no task", area.width.into())), area);
        return;
    };
    let inner = usize::from(area.width.saturating_sub(if framed { 2 } else { 0 }));
    let seeds = scene.state.plan().seeds.len();
    let mean = if inner < NARROW { 0 } else { MEAN };
    let fixed = FIXED + if mean > 0 { mean + 1 } else { 0 };
    // Names give way to seeds, down to eight columns.
    let name = name_width(scene).min(inner.saturating_sub(fixed + seeds.min(COUNTS))).max(8);
    let cells = Cells::fitting(seeds, inner.saturating_sub(fixed + name));
    let value = match task.metric.at {
        ReadAt::Best => format!("best {}", task.metric.name),
        ReadAt::Final => format!("last {}", task.metric.name),
    };
    let row = |mark: Span<'static>, arm: &str, value: String, states: Line<'static>| {
        let value = (mean > 0).then(|| Line::raw(fit(&value, mean)).right_aligned());
        let start = [Line::from(mark), Line::raw(fit(arm, name))];
        Row::new(start.into_iter().chain(value).chain([states]))
    };
    let rows = scene.shown.iter().map(|&index| {
        let runs = scene.state.runs_of(index, scene.selection.task);
        let mark = Span::styled(mark(index).to_string(), scene.palette.series(index));
        let value = shown_mean(scene.state.so_far(index, scene.selection.task));
        let selected = (index == scene.selection.arm).then_some(scene.selection.seed);
        row(mark, scene.name(index), value, states(scene, runs, cells, selected))
    });
    let heading = seed_heading(&scene.state.plan().seeds, cells).into();
    let heading = row(Span::raw(""), scene.state.names_heading(), value, heading)
        .style(scene.palette.faint());
    let widths = [1, name, mean].into_iter().filter(|&columns| columns > 0);
    let widths = widths.map(|columns| Constraint::Length(columns as u16));
    let mut table = Table::new(rows, widths.chain([Constraint::Min(0)]))
        .header(heading)
        .column_spacing(1)
        .highlight_symbol("› ")
        .highlight_spacing(HighlightSpacing::Always)
        .row_highlight_style(Style::new().add_modifier(Modifier::BOLD));
    if framed {
        let place = format!("{}/{}", scene.selection.task + 1, scene.state.plan().tasks.len());
        table = table.block(scene.block(&format!("task {place}: {}", task.label), area));
    }
    let selected = scene.shown.iter().position(|&arm| arm == scene.selection.arm);
    let mut place = TableState::default().with_selected(selected);
    frame.render_stateful_widget(table, area, &mut place);
    let inner = if framed { area.inner(Margin::new(1, 1)) } else { area };
    let states = (FIXED + name + if mean > 0 { mean + 1 } else { 0 }) as u16;
    let lines = inner.rows().skip(1).zip(scene.shown.iter().skip(place.offset()));
    for (line, &arm) in lines {
        scene.targets.add(line, Target::Arm(arm));
        for seed in 0..if cells == Cells::Counted { 0 } else { seeds } {
            let columns = cells.columns(1) as u16;
            let x = line.x + states + seed as u16 * columns;
            let drawn = Rect { x, width: columns, ..line }.intersection(line);
            scene.targets.add(drawn, Target::Seed(arm, seed));
        }
    }
}

fn name_width(scene: &Scene) -> usize {
    let names = (0..scene.arms().len()).map(|arm| width(scene.name(arm)));
    let heading = width(scene.state.names_heading());
    names.chain([heading]).max().unwrap_or(0).clamp(8, NAME)
}

/// A mean as the table has it, marked by `~` where it is over unfinished runs.
fn shown_mean(mean: SoFar) -> String {
    match mean {
        Some((value, true)) => format!("~{}", number(value)),
        Some((value, false)) => number(value),
        None => "–".into(),
    }
}

fn seed_heading(seeds: &[u64], cells: Cells) -> String {
    let labels = |columns: usize| {
        let label = |seed: &u64| format!("{:<columns$}", fit(&seed.to_string(), columns - 1));
        seeds.iter().map(label).collect()
    };
    match cells {
        Cells::Percent => labels(5),
        Cells::Apart if seeds.iter().all(|&seed| seed < 10) => labels(2),
        Cells::Apart | Cells::Dense => fit("seeds", cells.columns(seeds.len())),
        Cells::Counted => format!("{} seeds", seeds.len()),
    }
}

fn states<'a>(
    scene: &Scene,
    runs: impl Iterator<Item = &'a RunView> + Clone,
    cells: Cells,
    selected: Option<usize>,
) -> Line<'static> {
    if cells == Cells::Counted {
        return counted(scene, &runs);
    }
    let spans = runs.enumerate().map(|(seed, run)| {
        let symbol = symbol(run.status);
        let text = match (cells, run.status) {
            (Cells::Percent, Status::Running) => {
                // Not finished, however near: never 100.
                format!("{symbol}{:>2.0}% ", (run.fraction() * 100.0).floor().min(99.0))
            }
            (Cells::Percent, _) => format!("{symbol:<5}"),
            (Cells::Apart, _) => format!("{symbol} "),
            (Cells::Dense | Cells::Counted, _) => symbol.to_string(),
        };
        let style = scene.palette.status(run.status);
        let is_selected = selected == Some(seed);
        Span::styled(text, if is_selected { style.add_modifier(Modifier::REVERSED) } else { style })
    });
    spans.collect()
}

fn counted<'a>(scene: &Scene, runs: &(impl Iterator<Item = &'a RunView> + Clone)) -> Line<'static> {
    let all = [
        Status::Failed,
        Status::Diverged,
        Status::Running,
        Status::Stopped,
        Status::AtRung,
        Status::Finished,
        Status::Planned,
        Status::NotNeeded,
    ];
    let spans = all.into_iter().filter_map(|status| {
        let count = runs.clone().filter(|run| run.status == status).count();
        let text = format!("{}{count} ", symbol(status));
        (count > 0).then(|| Span::styled(text, scene.palette.status(status)))
    });
    spans.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_shrink_with_the_room() {
        let fitting = [45, 44, 18, 17, 9, 8].map(|columns| Cells::fitting(9, columns));
        let expected = [
            Cells::Percent,
            Cells::Apart,
            Cells::Apart,
            Cells::Dense,
            Cells::Dense,
            Cells::Counted,
        ];
        assert_eq!(fitting, expected);
    }
}
