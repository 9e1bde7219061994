//! What the user looks at, and the keys that change it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::owner::Exit;

/// Which value axis the chart has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ValueAxis {
    /// Logarithmic for a loss whose values are all positive, else linear.
    #[default]
    Fitting,
    /// As the user chose.
    Linear,
    /// As the user chose.
    Logarithmic,
}

/// What the user looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Index into the plan's tasks.
    pub task: usize,
    /// Index into the plan's arms.
    pub arm: usize,
    /// Index into the task's metrics, the primary one first.
    pub metric: usize,
    /// Value axis of the chart.
    pub axis: ValueAxis,
    /// Chart the seeds of the selected arm rather than the mean of every arm.
    pub by_seed: bool,
    /// The help is open.
    pub help: bool,
}

/// How many there are of what can be selected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choices {
    pub tasks: usize,
    pub arms: usize,
    pub metrics: usize,
    /// Whether the value axis is logarithmic now.
    pub is_log: bool,
}

impl Selection {
    /// Answers a key; `Some` if it leaves the view.
    pub fn handle_key(&mut self, key: KeyEvent, choices: Choices) -> Option<Exit> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let (arm, task) = (self.arm, self.task);
        match key.code {
            KeyCode::Char('c' | 'C') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Some(Exit::Interrupted);
            }
            KeyCode::Char('q' | 'Q') => return Some(Exit::Left),
            KeyCode::Char('?') => self.help = !self.help,
            KeyCode::Esc => self.help = false,
            KeyCode::Up | KeyCode::Char('k') => self.arm = before(arm, choices.arms),
            KeyCode::Down | KeyCode::Char('j') => self.arm = after(arm, choices.arms),
            KeyCode::Left | KeyCode::BackTab => self.task = before(task, choices.tasks),
            KeyCode::Right | KeyCode::Tab => self.task = after(task, choices.tasks),
            KeyCode::Char('m') => self.metric = after(self.metric, choices.metrics),
            KeyCode::Char('l') if choices.is_log => self.axis = ValueAxis::Linear,
            KeyCode::Char('l') => self.axis = ValueAxis::Logarithmic,
            KeyCode::Char('s') => self.by_seed = !self.by_seed,
            _ => {}
        }
        if self.task != task {
            self.metric = 0;
        }
        None
    }

    /// Brings the selection back into a plan that may have become smaller.
    pub fn clamp(&mut self, choices: Choices) {
        self.task = self.task.min(choices.tasks.saturating_sub(1));
        self.arm = self.arm.min(choices.arms.saturating_sub(1));
        self.metric = self.metric.min(choices.metrics.saturating_sub(1));
    }
}

fn after(index: usize, count: usize) -> usize {
    if index + 1 < count { index + 1 } else { 0 }
}

fn before(index: usize, count: usize) -> usize {
    if index > 0 { index - 1 } else { count.saturating_sub(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHOICES: Choices = Choices { tasks: 2, arms: 3, metrics: 2, is_log: true };

    fn press(selection: &mut Selection, code: KeyCode) -> Option<Exit> {
        selection.handle_key(code.into(), CHOICES)
    }

    #[test]
    fn arrows_go_round_arms_and_tasks() {
        let mut selection = Selection::default();
        for (code, arm, task) in [
            (KeyCode::Up, 2, 0),
            (KeyCode::Down, 0, 0),
            (KeyCode::Down, 1, 0),
            (KeyCode::Right, 1, 1),
            (KeyCode::Tab, 1, 0),
            (KeyCode::Left, 1, 1),
            (KeyCode::BackTab, 1, 0),
        ] {
            assert_eq!(press(&mut selection, code), None);
            assert_eq!((selection.arm, selection.task), (arm, task), "after {code:?}");
        }
    }

    #[test]
    fn letters_toggle_and_another_task_starts_at_its_primary_metric() {
        let mut selection = Selection::default();
        for code in "mls?".chars().map(KeyCode::Char) {
            assert_eq!(press(&mut selection, code), None);
        }
        let all = Selection {
            metric: 1,
            axis: ValueAxis::Linear,
            by_seed: true,
            help: true,
            ..selection
        };
        assert_eq!(selection, all);
        let linear = Choices { is_log: false, ..CHOICES };
        assert_eq!(selection.handle_key(KeyCode::Char('l').into(), linear), None);
        assert_eq!(selection.axis, ValueAxis::Logarithmic);
        press(&mut selection, KeyCode::Char('l'));
        press(&mut selection, KeyCode::Esc);
        press(&mut selection, KeyCode::Right);
        assert_eq!(selection, Selection { task: 1, metric: 0, help: false, ..all });
    }

    #[test]
    fn q_leaves_and_ctrl_c_interrupts_but_a_bare_c_and_a_release_do_nothing() {
        let mut selection = Selection::default();
        assert_eq!(press(&mut selection, KeyCode::Char('q')), Some(Exit::Left));
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(selection.handle_key(ctrl_c, CHOICES), Some(Exit::Interrupted));
        assert_eq!(press(&mut selection, KeyCode::Char('c')), None);
        let release = KeyEvent { kind: KeyEventKind::Release, ..KeyCode::Char('q').into() };
        assert_eq!(selection.handle_key(release, CHOICES), None);
        assert_eq!(selection, Selection::default());
    }

    #[test]
    fn without_anything_to_select_keys_stay_at_the_first() {
        let none = Choices { tasks: 0, arms: 0, metrics: 0, is_log: false };
        let mut selection = Selection::default();
        for code in [KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right] {
            selection.handle_key(code.into(), none);
            assert_eq!(selection, Selection::default());
        }
    }

    #[test]
    fn a_smaller_plan_pulls_the_selection_in() {
        let mut selection = Selection { task: 1, arm: 2, metric: 1, ..Selection::default() };
        selection.clamp(Choices { tasks: 1, arms: 2, metrics: 1, is_log: true });
        assert_eq!((selection.task, selection.arm, selection.metric), (0, 1, 0));
    }
}
