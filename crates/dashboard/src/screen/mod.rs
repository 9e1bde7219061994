//! State to screen. Every part is one file, every screen one in `screens/`.

pub(crate) mod ascii;
mod chart;
mod contract;
mod detail;
mod dialog;
mod export;
mod footer;
mod header;
mod help;
mod layout;
mod mouse;
mod palette;
mod parts;
mod plot;
mod replaying;
mod rewind;
mod scene;
mod screens;
mod selection;
mod steering;
mod table;
mod ticks;
mod words;

use std::time::Duration;

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent};
use store::{Asking, PlannedTask, SweepFolder};

use crate::error::DashboardError;
use crate::owner::{Exit, Owner, Place};
use crate::queue::Queue;
use crate::sweep::SweepState;
use contract::Screen;
use dialog::{Dialog, Then};
use mouse::{Pointed, Target, Targets};
use palette::Palette;
use parts::Parts;
use replaying::Replay;
use scene::Scene;
use selection::{Choices, Order, Selection, ValueAxis};

/// Longest time that reading the folder may keep a key waiting.
const READING: Duration = Duration::from_millis(150);

/// The dashboard of one sweep: what it shows and where the user is in it.
pub struct SweepView {
    state: SweepState,
    selection: Selection,
    screens: Vec<Box<dyn Screen>>,
    /// The screen that is shown.
    current: usize,
    /// The help is open.
    help: bool,
    dialog: Option<Dialog>,
    /// What was asked of the runners at work, and the first of them that refused it.
    asking: Option<(Asking, Option<String>)>,
    /// Where a replay is, while there is one.
    replaying: Option<Replay>,
    /// What is said at the foot until the next key.
    notice: Option<String>,
    /// Arms that pass the filter, in the order chosen.
    shown: Vec<usize>,
    owner: Owner,
    place: Option<Place>,
    palette: Palette,
    targets: Targets,
    queue: Queue,
    /// The terminal shows nothing but ASCII.
    is_ascii: bool,
    /// Seconds since the Unix epoch.
    clock: fn() -> f64,
    /// The second that was drawn last, and the state of then.
    drawn: std::cell::Cell<(u64, u64)>,
}

impl SweepView {
    /// Reads the plan and as many runs as a moment allows.
    ///
    /// # Errors
    /// [`DashboardError::Store`] if there is no plan to read.
    pub fn open(sweep: &SweepFolder, owner: Owner) -> Result<Self, DashboardError> {
        let mut view = Self {
            state: SweepState::open(sweep)?,
            selection: Selection::default(),
            screens: screens::all(),
            current: 0,
            help: false,
            dialog: None,
            asking: None,
            replaying: None,
            notice: None,
            shown: Vec::new(),
            owner,
            place: None,
            palette: Palette::from_environment(),
            targets: Targets::default(),
            queue: Queue::default(),
            is_ascii: ascii::is_asked_for(),
            clock: store::journal::now,
            drawn: std::cell::Cell::new((0, 0)),
        };
        view.update();
        Ok(view)
    }

    /// Shows its place among several sweeps.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// Tells the time by `clock` (seconds since the Unix epoch) instead of the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> f64) -> Self {
        self.clock = clock;
        self
    }

    /// What is known of the sweep.
    pub fn state(&self) -> &SweepState {
        &self.state
    }

    /// Reads what is new in the folder; what cannot be read becomes a message on the screen. Whether
    /// there is anything to draw anew.
    pub fn update(&mut self) -> bool {
        self.state.update(READING);
        let mut is_changed = self.hear_answers() | self.advance();
        is_changed |= self.queue.update(self.state.folder(), (self.clock)());
        self.settle();
        let (before, now) = (self.drawn.get(), (self.clock)() as u64);
        // Times go on as long as somebody is at work.
        is_changed |= before.1 != self.state.changes() || (self.state.is_live() && before.0 != now);
        is_changed | self.with_scene(|screen, scene| screen.update(scene))
    }

    /// Whether something is expected at any moment: a replay moves, or an answer is awaited.
    pub fn is_moving(&self) -> bool {
        self.replaying.is_some() || self.asking.is_some()
    }

    /// Whether a letter is a key rather than part of a filter or an answer to a question.
    pub fn takes_keys(&self) -> bool {
        self.dialog.is_none() && !self.selection.is_typing
    }

    /// Answers a key; `Some` if it leaves the view.
    pub fn handle_key(&mut self, key: KeyEvent) -> Option<Exit> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if matches!(key.code, KeyCode::Char('c' | 'C'))
            && key.modifiers.contains(KeyModifiers::CONTROL)
        {
            return Some(Exit::Interrupted);
        }
        self.notice = None;
        if let Some(dialog) = self.dialog.take() {
            return match dialog.choose(key) {
                Some(Then::Leave(exit)) => Some(exit),
                Some(Then::Ask(request)) => {
                    self.ask(request);
                    None
                }
                None => None,
            };
        }
        if !self.selection.type_filter(key) {
            let exit = self.answer(key);
            if exit.is_some() {
                return exit;
            }
        }
        self.settle();
        self.with_scene(|screen, scene| screen.update(scene));
        None
    }

    /// Answers the mouse: a click selects what is under it, the wheel another arm. What changes a
    /// sweep, or lies over it, is for keys alone.
    pub fn handle_mouse(&mut self, event: MouseEvent) {
        if self.help || !self.takes_keys() {
            return;
        }
        match self.targets.pointed(event) {
            Some(Pointed::Wheel(arrow)) => {
                self.handle_key(arrow.into());
                return;
            }
            Some(Pointed::At(Target::Screen(screen))) => self.current = screen,
            Some(Pointed::At(Target::Arm(arm))) => self.selection.arm = arm,
            Some(Pointed::At(Target::Seed(arm, seed))) => {
                (self.selection.arm, self.selection.seed) = (arm, seed);
            }
            None => return,
        }
        self.settle();
        self.with_scene(|screen, scene| screen.update(scene));
    }

    /// Says something at the foot, until the next key.
    pub fn say(&mut self, notice: &str) {
        self.notice = Some(notice.to_owned());
    }

    /// Answers a key that no dialog and no filter takes.
    fn answer(&mut self, key: KeyEvent) -> Option<Exit> {
        match key.code {
            KeyCode::Char('q' | 'Q') if self.asks_before_leaving() => {
                self.dialog = Some(Dialog::leave());
            }
            KeyCode::Char('q' | 'Q') => return Some(Exit::Left),
            KeyCode::Char('?') => self.help = !self.help,
            KeyCode::Esc => {
                self.help = false;
                self.selection.filter.clear();
            }
            KeyCode::Char(digit @ '1'..='9') => {
                let screen = digit as usize - '1' as usize;
                if screen < self.screens.len() {
                    self.current = screen;
                }
            }
            KeyCode::Char('e') => self.export(),
            _ => {
                let is_own = self.with_scene(|screen, scene| screen.handle_key(key, scene));
                if !is_own && !self.replay(key) && !self.steer(key) {
                    let mut selection = std::mem::take(&mut self.selection);
                    selection.handle_key(key, self.choices(&selection));
                    self.selection = selection;
                }
            }
        }
        None
    }

    /// Whoever started a sweep that is at work may mean either by leaving.
    fn asks_before_leaving(&self) -> bool {
        self.owner == Owner::Runner && self.state.is_live()
    }

    /// Draws everything, in an area of any size.
    pub fn draw(&self, frame: &mut Frame) {
        self.drawn.set(((self.clock)() as u64, self.state.changes()));
        self.targets.clear();
        let metric = self.metric();
        let scene = self.scene(&metric);
        let parts = Parts {
            screens: &self.screens,
            current: self.current,
            help: self.help,
            dialog: self.dialog.as_ref(),
            notice: self.notice.as_deref(),
            replay: self.replaying.map(|it| it.words()),
        };
        layout::draw(&scene, &parts, frame);
        if self.is_ascii {
            ascii::reduce(frame.buffer_mut());
        }
    }

    fn metric(&self) -> String {
        let metrics = self.state.metrics(self.selection.task);
        metrics.get(self.selection.metric).cloned().unwrap_or_default()
    }

    fn scene<'a>(&'a self, metric: &'a str) -> Scene<'a> {
        Scene {
            state: &self.state,
            selection: &self.selection,
            owner: self.owner,
            place: self.place,
            palette: self.palette,
            now: self.replaying.map_or_else(self.clock, |it| it.at()),
            is_log: self.is_log(&self.selection),
            metric,
            shown: &self.shown,
            targets: &self.targets,
            queue: self.queue.words(),
        }
    }

    /// Lets the screen that is shown do something with the scene.
    fn with_scene<T>(&mut self, act: impl FnOnce(&mut dyn Screen, &Scene) -> T) -> T {
        let mut screens = std::mem::take(&mut self.screens);
        let metric = self.metric();
        let done = act(screens[self.current].as_mut(), &self.scene(&metric));
        self.screens = screens;
        done
    }

    fn choices(&self, selection: &Selection) -> Choices<'_> {
        Choices {
            tasks: self.state.plan().tasks.len(),
            seeds: self.state.plan().seeds.len(),
            metrics: self.state.metrics(selection.task).len(),
            is_log: self.is_log(selection),
            shown: &self.shown,
        }
    }

    /// Brings what is shown and what is selected up to date with each other.
    fn settle(&mut self) {
        self.shown = self.arms_shown();
        let mut selection = std::mem::take(&mut self.selection);
        selection.clamp(self.choices(&selection));
        self.selection = selection;
    }

    fn arms_shown(&self) -> Vec<usize> {
        let filter = self.selection.filter.to_lowercase();
        let arms = &self.state.plan().arms;
        let has_it = |&arm: &usize| {
            arms[arm].name.to_lowercase().contains(&filter)
                || self.state.name(arm).to_lowercase().contains(&filter)
        };
        let mut shown: Vec<usize> = (0..arms.len()).filter(has_it).collect();
        let task = self.selection.task;
        match self.selection.order {
            Order::Planned => {}
            Order::Score => {
                let Some(PlannedTask { metric, .. }) = self.state.plan().tasks.get(task) else {
                    return shown;
                };
                let sign = if metric.goal == store::Goal::Minimize { 1.0 } else { -1.0 };
                let score = |arm: usize| {
                    self.state.so_far(arm, task).map_or(f64::INFINITY, |(mean, _)| sign * mean)
                };
                shown.sort_by(|&a, &b| score(a).total_cmp(&score(b)));
            }
            Order::Trouble => {
                let troubled = |arm: usize| {
                    self.state.runs_of(arm, task).filter(|run| run.status.is_trouble()).count()
                };
                shown.sort_by_key(|&arm| std::cmp::Reverse(troubled(arm)));
            }
        }
        shown
    }

    /// Whether the value axis of the chart is logarithmic.
    fn is_log(&self, selection: &Selection) -> bool {
        match selection.axis {
            ValueAxis::Linear => false,
            ValueAxis::Logarithmic => true,
            ValueAxis::Fitting => self.is_positive_loss(selection),
        }
    }

    /// Whether the chart shows a loss, all of whose values are positive.
    fn is_positive_loss(&self, selection: &Selection) -> bool {
        let (state, task) = (&self.state, selection.task);
        let metrics = state.metrics(task);
        let Some((task_plan, metric)) =
            state.plan().tasks.get(task).zip(metrics.get(selection.metric))
        else {
            return false;
        };
        let own = &task_plan.metric;
        let is_minimized = own.name == *metric && own.goal == store::Goal::Minimize;
        let arms = 0..state.plan().arms.len();
        let mut lowest = arms.filter_map(|arm| state.curves(arm, task, metric)?.lowest);
        (is_minimized || metric == "loss") && lowest.all(|value| value > 0.0)
    }
}

#[cfg(test)]
mod tests;
