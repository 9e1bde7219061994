//! What every part of the screen draws from.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType};
use store::{Arm, PlannedTask};

use super::mouse::Targets;
use super::palette::Palette;
use super::selection::Selection;
use super::words;
use crate::owner::{Owner, Place};
use crate::run::{RunView, Status};
use crate::sweep::SweepState;

/// What every part of the screen draws from.
pub(super) struct Scene<'a> {
    pub(super) state: &'a SweepState,
    pub(super) selection: &'a Selection,
    pub(super) owner: Owner,
    /// Among several sweeps.
    pub(super) place: Option<Place>,
    pub(super) palette: Palette,
    /// Seconds since the Unix epoch.
    pub(super) now: f64,
    /// Whether the value axis of the chart is logarithmic.
    pub(super) is_log: bool,
    /// Name of the metric in the chart; empty where there is no task.
    pub(super) metric: &'a str,
    /// Arms that pass the filter, in the order chosen: indices into the plan's.
    pub(super) shown: &'a [usize],
    /// What a cluster has of the sweep.
    pub(super) queue: Option<&'a str>,
    /// Where what can be pointed at is drawn.
    pub(super) targets: &'a Targets,
}

impl Scene<'_> {
    pub(super) fn task(&self) -> Option<&PlannedTask> {
        self.state.plan().tasks.get(self.selection.task)
    }

    pub(super) fn arms(&self) -> &[Arm] {
        &self.state.plan().arms
    }

    /// The arm's name, short where the arms are those of a grid.
    pub(super) fn name(&self, arm: usize) -> &str {
        self.state.name(arm)
    }

    /// The selected run.
    pub(super) fn run(&self) -> Option<&RunView> {
        self.state.runs_of(self.selection.arm, self.selection.task).nth(self.selection.seed)
    }

    /// A frame around a part, its title cut to fit.
    pub(super) fn block(&self, title: &str, area: Rect) -> Block<'static> {
        let title = words::fit(title, usize::from(area.width.saturating_sub(4)));
        let block =
            Block::bordered().border_type(BorderType::Rounded).border_style(self.palette.faint());
        if title.is_empty() {
            return block;
        }
        let style = ratatui::style::Style::new()
            .remove_modifier(Modifier::DIM)
            .add_modifier(Modifier::BOLD);
        block.title(Line::styled(format!(" {title} "), style))
    }
}

/// The letter that an arm or seed has in table and chart, so that no colour is needed.
pub(super) fn mark(index: usize) -> char {
    let letters = ('a'..='z').chain('A'..='Z');
    letters.into_iter().nth(index).unwrap_or('•')
}

/// The symbol of a run's state.
pub(super) fn symbol(status: Status) -> char {
    match status {
        Status::Planned => '·',
        Status::NotNeeded => '–',
        Status::Running => '▶',
        Status::Stopped => '‖',
        Status::Finished => '✓',
        Status::Diverged => '≈',
        Status::AtRung => '⊣',
        Status::Failed => '✗',
    }
}
