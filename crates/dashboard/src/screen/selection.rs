//! What the user looks at, and the keys that every screen has.

use ratatui::crossterm::event::{KeyCode, KeyEvent};

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

/// In which order arms are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// As in the plan.
    #[default]
    Planned,
    /// The best so far first.
    Score,
    /// Those with failed and diverged runs first.
    Trouble,
}

/// What the user looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Index into the plan's tasks.
    pub task: usize,
    /// Index into the plan's arms.
    pub arm: usize,
    /// Index into the plan's seeds.
    pub seed: usize,
    /// Index into the task's metrics, the primary one first.
    pub metric: usize,
    /// Value axis of the chart.
    pub axis: ValueAxis,
    /// Chart the seeds of the selected arm rather than the mean of every arm.
    pub by_seed: bool,
    /// In which order arms are shown.
    pub order: Order,
    /// Only arms whose name has this in it are shown.
    pub filter: String,
    /// The filter is being typed.
    pub is_typing: bool,
}

/// How many there are of what can be selected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choices<'a> {
    pub tasks: usize,
    pub seeds: usize,
    pub metrics: usize,
    /// Whether the value axis is logarithmic now.
    pub is_log: bool,
    /// Arms that are shown, in their order.
    pub shown: &'a [usize],
}

impl Selection {
    /// Takes what is typed into the filter; whether the key was for it.
    pub fn type_filter(&mut self, key: KeyEvent) -> bool {
        if !self.is_typing {
            return false;
        }
        match key.code {
            KeyCode::Enter => self.is_typing = false,
            KeyCode::Esc => {
                self.is_typing = false;
                self.filter.clear();
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(letter) => self.filter.push(letter),
            _ => {}
        }
        true
    }

    /// Answers a key that moves; whether it was one.
    pub fn handle_key(&mut self, key: KeyEvent, choices: Choices) -> bool {
        let task = self.task;
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.move_arm(choices.shown, before),
            KeyCode::Down | KeyCode::Char('j') => self.move_arm(choices.shown, after),
            KeyCode::Left | KeyCode::Char('h') => self.seed = before(self.seed, choices.seeds),
            KeyCode::Right | KeyCode::Char('l') => self.seed = after(self.seed, choices.seeds),
            KeyCode::BackTab => self.task = before(task, choices.tasks),
            KeyCode::Tab => self.task = after(task, choices.tasks),
            KeyCode::Char('m') => self.metric = after(self.metric, choices.metrics),
            KeyCode::Char('y') if choices.is_log => self.axis = ValueAxis::Linear,
            KeyCode::Char('y') => self.axis = ValueAxis::Logarithmic,
            KeyCode::Char('s') => self.by_seed = !self.by_seed,
            KeyCode::Char('o') => {
                self.order = match self.order {
                    Order::Planned => Order::Score,
                    Order::Score => Order::Trouble,
                    Order::Trouble => Order::Planned,
                }
            }
            KeyCode::Char('/') => self.is_typing = true,
            _ => return false,
        }
        if self.task != task {
            self.metric = 0;
        }
        true
    }

    fn move_arm(&mut self, shown: &[usize], to: fn(usize, usize) -> usize) {
        let place = shown.iter().position(|&arm| arm == self.arm);
        let next = place.map_or(0, |place| to(place, shown.len()));
        if let Some(&arm) = shown.get(next) {
            self.arm = arm;
        }
    }

    /// Brings the selection back into a plan that may have become smaller, and to an arm that is
    /// shown.
    pub fn clamp(&mut self, choices: Choices) {
        self.task = self.task.min(choices.tasks.saturating_sub(1));
        self.seed = self.seed.min(choices.seeds.saturating_sub(1));
        self.metric = self.metric.min(choices.metrics.saturating_sub(1));
        if !choices.shown.contains(&self.arm) {
            self.arm = choices.shown.first().copied().unwrap_or(0);
        }
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

    const CHOICES: Choices<'_> =
        Choices { tasks: 2, seeds: 2, metrics: 2, is_log: true, shown: &[2, 0, 1] };

    fn press(selection: &mut Selection, code: KeyCode) -> bool {
        selection.handle_key(code.into(), CHOICES)
    }

    #[test]
    fn arrows_and_vi_keys_go_round_arms_and_seeds_and_tab_round_tasks() {
        let mut selection = Selection { arm: 2, ..Selection::default() };
        for (code, arm, seed, task) in [
            (KeyCode::Up, 1, 0, 0),
            (KeyCode::Char('j'), 2, 0, 0),
            (KeyCode::Down, 0, 0, 0),
            (KeyCode::Char('k'), 2, 0, 0),
            (KeyCode::Right, 2, 1, 0),
            (KeyCode::Char('l'), 2, 0, 0),
            (KeyCode::Left, 2, 1, 0),
            (KeyCode::Char('h'), 2, 0, 0),
            (KeyCode::Tab, 2, 0, 1),
            (KeyCode::BackTab, 2, 0, 0),
        ] {
            assert!(press(&mut selection, code));
            let found = (selection.arm, selection.seed, selection.task);
            assert_eq!(found, (arm, seed, task), "after {code:?}");
        }
        assert!(!press(&mut selection, KeyCode::F(1)));
    }

    #[test]
    fn letters_toggle_and_another_task_starts_at_its_primary_metric() {
        let mut selection = Selection { arm: 2, ..Selection::default() };
        for code in "myso".chars().map(KeyCode::Char) {
            assert!(press(&mut selection, code));
        }
        let all = Selection {
            metric: 1,
            axis: ValueAxis::Linear,
            by_seed: true,
            order: Order::Score,
            ..Selection { arm: 2, ..Selection::default() }
        };
        assert_eq!(selection, all);
        let linear = Choices { is_log: false, ..CHOICES };
        assert!(selection.handle_key(KeyCode::Char('y').into(), linear));
        assert_eq!(selection.axis, ValueAxis::Logarithmic);
        press(&mut selection, KeyCode::Char('y'));
        press(&mut selection, KeyCode::Tab);
        assert_eq!(selection, Selection { task: 1, metric: 0, ..all });
    }

    #[test]
    fn a_filter_is_typed_and_given_up() {
        let mut selection = Selection::default();
        let type_key =
            |selection: &mut Selection, code: KeyCode| selection.type_filter(code.into());
        assert!(!type_key(&mut selection, KeyCode::Char('g')));
        press(&mut selection, KeyCode::Char('/'));
        for code in "grj".chars().map(KeyCode::Char).chain([KeyCode::Backspace, KeyCode::Down]) {
            assert!(type_key(&mut selection, code));
        }
        assert!(type_key(&mut selection, KeyCode::Enter));
        assert_eq!((selection.filter.as_str(), selection.is_typing), ("gr", false));
        press(&mut selection, KeyCode::Char('/'));
        assert!(type_key(&mut selection, KeyCode::Esc));
        assert_eq!((selection.filter.as_str(), selection.is_typing), ("", false));
    }

    #[test]
    fn without_anything_to_select_keys_stay_at_the_first() {
        let none = Choices { tasks: 0, seeds: 0, metrics: 0, is_log: false, shown: &[] };
        let mut selection = Selection::default();
        for code in [KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Tab] {
            selection.handle_key(code.into(), none);
            assert_eq!(selection, Selection::default());
        }
    }

    #[test]
    fn a_smaller_plan_pulls_the_selection_in() {
        let mut selection =
            Selection { task: 1, arm: 2, seed: 4, metric: 1, ..Selection::default() };
        selection.clamp(Choices { tasks: 1, seeds: 3, metrics: 1, is_log: true, shown: &[1, 0] });
        let Selection { task, arm, seed, metric, .. } = selection;
        assert_eq!((task, arm, seed, metric), (0, 1, 2, 0));
    }
}
