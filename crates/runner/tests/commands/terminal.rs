//! The dashboard on a real pseudo-terminal, against a sweep at work.

use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use store::{RunFolder, RunState, SweepFolder};

use crate::interrupted::long;
use crate::{Place, wait_until};

/// A command of the program on a terminal of its own.
struct Terminal {
    child: Child,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    fn open(place: &Place, arguments: &[&str]) -> Self {
        let inner = place.command(arguments);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commands/pseudo_terminal.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(inner.get_program()).args(inner.get_args());
        command.current_dir(place.path(""));
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("TERM", "xterm-256color").env_remove("CI").env_remove("NO_COLOR");
        command.env_remove("COLUMNS").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3, for a pseudo-terminal");
        let [rows, columns] = [30, 100].map(|it| NonZero::new(it).unwrap());
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let (mut drawn, shared) = (child.stdout.take().unwrap(), screen.clone());
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            while let Ok(read @ 1..) = drawn.read(&mut bytes) {
                shared.lock().unwrap().process(&bytes[..read]);
            }
        });
        Self { child, screen }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    #[track_caller]
    fn shows(&self, words: &str) {
        self.shows_where(words, |text| text.contains(words));
    }

    #[track_caller]
    fn shows_where(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !is_so(&self.text()) {
            assert!(Instant::now() < deadline, "never {what}:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        self.child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    fn takes_the_mouse(&self) -> bool {
        let screen = self.screen.lock().unwrap();
        screen.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Clicks on the last letter of the first place that shows `words`.
    #[track_caller]
    fn click(&mut self, words: &str) {
        let text = self.text();
        let found = text.lines().enumerate().find_map(|(row, line)| {
            Some((row + 1, line[..line.find(words)? + words.len()].chars().count()))
        });
        let (row, column) = found.unwrap_or_else(|| panic!("no {words}:\n{text}"));
        self.press(&format!("\u{1b}[<0;{column};{row}M\u{1b}[<0;{column};{row}m"));
    }

    /// The exit code, once the command has ended.
    fn end(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Closes the terminal, as a window is closed.
    fn close(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The runs of the two arms, once the sweep is planned.
fn runs(sweep: &SweepFolder) -> [RunFolder; 2] {
    let plan = sweep.plan().unwrap();
    [0, 1].map(|arm| sweep.run(&plan.conditions[arm], 0))
}

#[test]
fn a_sweep_is_watched_steered_left_and_stopped_from_terminals() {
    let place = Place::new();
    long(&place);
    let sweep = SweepFolder::new(place.path("results/small"));
    let mut runner = Terminal::open(&place, &["run", "long.toml", "--jobs", "1"]);
    runner.shows("[1 sweep]");
    runner.shows("1 running");
    let [first, second] = runs(&sweep);
    let state = |run: &RunFolder| run.state().unwrap();

    // Screens, arms and a filter.
    runner.press("2");
    runner.shows("validation loss over steps");
    runner.press("3");
    runner.shows("gru, seed 0");
    runner.press("j");
    runner.shows("no | recurrence, seed 0");
    runner.press("1/gru\r");
    runner.shows_where("one arm", |text| text.contains(" a gru") && !text.contains(" b no"));
    runner.press("\u{1b}");
    runner.shows(" b no | recurrence");

    // Paused, and on again.
    runner.press("p");
    runner.shows("Pause the sweep?");
    runner.press("y");
    runner.shows("paused; 1 at work save their state and wait");
    wait_until("it waits", || state(&first) == RunState::Stopped);
    runner.press("py");
    wait_until("it goes on", || state(&first) == RunState::Running);

    // From a second terminal: one run more, one stopped, one done after all.
    let mut watcher = Terminal::open(&place, &["watch", "results/small"]);
    watcher.shows("1 running");
    watcher.press("+y");
    wait_until("both are at work", || state(&second) == RunState::Running);
    watcher.press("jx");
    watcher.shows("Stop no | recurrence, seed 0?");
    watcher.press("y");
    wait_until("it has stopped", || state(&second) == RunState::Stopped);
    watcher.shows("1 stopped");
    watcher.press("ry");
    watcher.shows("it is next");
    wait_until("it goes on", || state(&second) == RunState::Running);
    watcher.press("q");
    assert_eq!(watcher.end(), Some(0));

    // Whoever started it is asked, leaves the view, and the sweep goes on.
    runner.press("q");
    runner.shows("Leave it running, or stop it?");
    runner.press("l");
    runner.shows("the sweep goes on; Ctrl-C stops it with its state saved");
    assert!(sweep.is_locked());
    runner.press("\u{3}");
    runner.shows("stopped with the state saved; to go on:");
    assert_eq!(runner.end(), Some(130));
    assert_eq!([state(&first), state(&second)], [RunState::Stopped, RunState::Stopped]);

    // A finished or stopped folder is watched as well.
    let mut watcher = Terminal::open(&place, &["watch", "results/small", "results/small"]);
    watcher.shows("1/2 small");
    watcher.press("n");
    watcher.shows("2/2 small");
    watcher.press("p");
    watcher.shows("no runner is at work on this sweep");
    assert!(!watcher.takes_the_mouse());
    watcher.press("M");
    watcher.shows("the mouse is on");
    assert!(watcher.takes_the_mouse());
    watcher.click("2 curves");
    watcher.shows("[2 curves]");
    watcher.click("1 sweep");
    watcher.shows("[1 sweep]");
    watcher.click("│  b no | recurrence");
    watcher.shows("› b no | recurrence");
    watcher.press("e");
    watcher.shows("written: results/small/views/sweep.svg, .txt and .csv");
    watcher.press("\u{3}");
    let screen = watcher.screen.clone();
    assert_eq!(watcher.end(), Some(0));
    let is_given_back =
        || screen.lock().unwrap().screen().mouse_protocol_mode() == vt100::MouseProtocolMode::None;
    wait_until("the terminal has its mouse again", is_given_back);
}

#[test]
fn a_terminal_that_is_closed_stops_nothing() {
    let place = Place::new();
    long(&place);
    let sweep = SweepFolder::new(place.path("results/small"));
    let runner = Terminal::open(&place, &["run", "long.toml", "--jobs", "1"]);
    runner.shows("1 running");
    runner.close();
    let [first, _] = runs(&sweep);
    let length = || std::fs::metadata(first.events_path()).unwrap().len();
    let before = length();
    wait_until("the run goes on", || length() > before);
    assert!(sweep.is_locked());
    let stopped = place.run(&["control", "results/small", "stop"]);
    assert_eq!(stopped.code, 0, "{}", stopped.stderr);
    wait_until("the sweep has ended", || !sweep.is_locked());
    assert_eq!(first.state().unwrap(), RunState::Stopped);
}
