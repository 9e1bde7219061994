//! Follows a results folder and tells trackers what is new.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use store::{EventTail, RunLock, StoreError, SweepFolder, digest};

use crate::error::unread;
use crate::state::{State, Told};
use crate::{Run, Tracker, TrackerError, Warning};

/// Time between two looks at the folder.
const LOOK: Duration = Duration::from_secs(1);
/// Time between two looks at whether to stop.
const NAP: Duration = Duration::from_millis(50);
/// Time between two writes of `trackers.json`: it grows with the sweep.
const SAVE: Duration = Duration::from_secs(2);
/// How long a tracker that failed at a run is not told of that run.
const PAUSE: Duration = Duration::from_secs(30);

/// Tells trackers every event of a sweep until `stop` is set, then looks once more, lets the
/// trackers end and returns. What goes wrong is given to `warn`, once for each tracker, and ends
/// nothing.
///
/// Only one process follows a folder at a time. Another one waits and takes over where it ended.
pub fn follow(
    sweep: &SweepFolder,
    trackers: Vec<Box<dyn Tracker>>,
    stop: &AtomicBool,
    warn: &mut dyn FnMut(&Warning),
) {
    let mut follower = Follower::new(sweep, trackers);
    while !stop.load(Ordering::Acquire) {
        follower.look(warn);
        let until = Instant::now() + LOOK;
        while !stop.load(Ordering::Acquire) && Instant::now() < until {
            thread::sleep(NAP);
        }
    }
    follower.finish(warn);
}

/// What [`follow`] goes on with; each call of [`Follower::look`] tells what is new.
pub struct Follower {
    sweep: SweepFolder,
    trackers: Vec<Followed>,
    runs: Vec<Run>,
    /// Of the plan's file when it was read.
    plan_stamp: Option<Stamp>,
    /// Of each run's events when all trackers had been told, by its place.
    seen: HashMap<String, Stamp>,
    /// Held while this one follows the folder.
    held: Option<Held>,
    /// What was warned of and still holds.
    warned: HashSet<&'static str>,
}

/// Time and length of a file, to notice news without reading it.
type Stamp = (Option<SystemTime>, u64);

struct Held {
    _lock: RunLock,
    state: State,
    is_changed: bool,
    saved: Instant,
}

/// A tracker and how it does.
struct Followed {
    tracker: Box<dyn Tracker>,
    /// Runs that it is told of and has not failed at since, by their places.
    open: HashSet<String>,
    /// Runs that it failed at, and when it is tried again.
    failing: HashMap<String, Instant>,
    is_warned: bool,
}

impl Follower {
    /// Nothing is read or written yet.
    pub fn new(sweep: &SweepFolder, trackers: Vec<Box<dyn Tracker>>) -> Self {
        let followed = |tracker| Followed {
            tracker,
            open: HashSet::new(),
            failing: HashMap::new(),
            is_warned: false,
        };
        Self {
            sweep: sweep.clone(),
            trackers: trackers.into_iter().map(followed).collect(),
            runs: Vec::new(),
            plan_stamp: None,
            seen: HashMap::new(),
            held: None,
            warned: HashSet::new(),
        }
    }

    /// Tells what is new.
    pub fn look(&mut self, warn: &mut dyn FnMut(&Warning)) {
        if !self.hold(warn) {
            return;
        }
        if let Err(error) = self.update_plan() {
            self.warn_once("plan", &error, warn);
        } else {
            self.warned.remove("plan");
        }
        let Some(held) = &mut self.held else { return };
        for run in &self.runs {
            let stamp = stamp(&run.folder.events_path());
            if stamp.is_none() || stamp.as_ref() == self.seen.get(&run.place) {
                continue;
            }
            let mut is_told = true;
            for followed in &mut self.trackers {
                is_told &= followed.catch_up(run, held, warn);
            }
            if let (true, Some(stamp)) = (is_told, stamp) {
                self.seen.insert(run.place.clone(), stamp);
            }
        }
        for followed in &mut self.trackers {
            followed.pass_notices(warn);
        }
        self.save(false, warn);
    }

    /// Looks once more and lets the trackers end.
    pub fn finish(mut self, warn: &mut dyn FnMut(&Warning)) {
        for followed in &mut self.trackers {
            followed.failing.clear();
        }
        self.look(warn);
        for followed in &mut self.trackers {
            followed.tracker.finish();
            followed.pass_notices(warn);
            followed.tell_failing(warn);
        }
        self.save(true, warn);
    }

    /// Whether this one follows the folder, if need be from now on.
    fn hold(&mut self, warn: &mut dyn FnMut(&Warning)) -> bool {
        if self.held.is_some() {
            return true;
        }
        let folder = self.sweep.path().to_owned();
        let lock = match RunLock::track(&folder) {
            Ok(lock) => lock,
            Err(StoreError::Locked { .. }) => {
                let other = "another process tells trackers of this folder; this one takes over \
                             when it ends";
                self.warn_once("lock", &other, warn);
                return false;
            }
            Err(error) => {
                self.warn_once("lock", &error, warn);
                return false;
            }
        };
        match State::read(&folder, |message| warn(&Warning { tracker: None, message })) {
            Ok(state) => {
                let (is_changed, saved) = (false, Instant::now());
                self.held = Some(Held { _lock: lock, state, is_changed, saved });
                true
            }
            Err(error) => {
                self.warn_once("state", &error, warn);
                false
            }
        }
    }

    /// Reads the plan if it has changed: tuning fills it in, and another `run` may plan other runs.
    fn update_plan(&mut self) -> Result<(), TrackerError> {
        let stamp = stamp(&self.sweep.path().join("plan.json"));
        if stamp.is_none() || stamp != self.plan_stamp {
            self.runs = Run::all(&self.sweep, &self.sweep.plan()?);
            self.plan_stamp = stamp;
            self.seen.clear();
        }
        Ok(())
    }

    fn save(&mut self, is_last: bool, warn: &mut dyn FnMut(&Warning)) {
        let Some(held) = &mut self.held else { return };
        if !held.is_changed || !(is_last || held.saved.elapsed() >= SAVE) {
            return;
        }
        held.saved = Instant::now();
        match held.state.write(self.sweep.path()) {
            Ok(()) => held.is_changed = false,
            Err(error) => self.warn_once("save", &error, warn),
        }
    }

    fn warn_once(
        &mut self,
        about: &'static str,
        what: &dyn fmt::Display,
        warn: &mut dyn FnMut(&Warning),
    ) {
        if self.warned.insert(about) {
            warn(&Warning { tracker: None, message: what.to_string() });
        }
    }
}

impl Followed {
    /// Tells the tracker what is new of a run; whether it now knows everything.
    fn catch_up(&mut self, run: &Run, held: &mut Held, warn: &mut dyn FnMut(&Warning)) -> bool {
        if self.failing.get(&run.place).is_some_and(|until| Instant::now() < *until) {
            return false;
        }
        self.failing.remove(&run.place);
        let Err(error) = self.tell(run, held) else { return true };
        // Whatever it has half written is taken back when it is told again.
        self.open.remove(&run.place);
        self.failing.insert(run.place.clone(), Instant::now() + PAUSE);
        if !self.is_warned {
            self.is_warned = true;
            let message = format!("{error}; the sweep goes on, and it is tried again");
            warn(&Warning { tracker: Some(self.tracker.name()), message });
        }
        false
    }

    fn tell(&mut self, run: &Run, held: &mut Held) -> Result<(), TrackerError> {
        let path = run.folder.events_path();
        let Some(first) = first_line(&path)? else { return Ok(()) };
        let name = self.tracker.name();
        let identity = &run.condition.identity;
        let told = held.state.told(name, &run.place);
        let length = fs::metadata(&path).map_err(unread(&path))?.len();
        let is_same = |told: &&Told| {
            told.identity == *identity && told.first == first && told.offset <= length
        };
        let told = told.filter(is_same);
        let told = match told {
            Some(told) if self.open.contains(&run.place) => Some(told),
            Some(told) if self.tracker.run_resumed(run, told.mark)? => Some(told),
            _ => {
                self.tracker.run_began(run)?;
                None
            }
        };
        self.open.insert(run.place.clone());
        let offset = told.map_or(0, |told| told.offset);
        let mut tail = EventTail::at(&path, offset);
        let events = tail.read()?;
        if tail.offset() == offset {
            return Ok(());
        }
        let mark = self.tracker.events(run, &events)?;
        let told = Told { identity: identity.clone(), first, offset: tail.offset(), mark };
        held.state.tell(name, &run.place, told);
        held.is_changed = true;
        Ok(())
    }

    /// Says at the end what is still missing.
    fn tell_failing(&mut self, warn: &mut dyn FnMut(&Warning)) {
        if self.failing.is_empty() {
            return;
        }
        let runs = self.failing.len();
        let message =
            format!("it does not have everything of {runs} runs; the next `run` tells the rest");
        warn(&Warning { tracker: Some(self.tracker.name()), message });
    }

    fn pass_notices(&mut self, warn: &mut dyn FnMut(&Warning)) {
        for message in self.tracker.notices() {
            warn(&Warning { tracker: Some(self.tracker.name()), message });
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}

/// Digest of the first line of a file, which holds the time of a run's beginning; `None` while there
/// is no whole one. A line that is longer counts by its beginning.
fn first_line(path: &Path) -> Result<Option<String>, TrackerError> {
    const LONGEST: u64 = 4096;
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(unread(path))?,
    };
    let mut line = Vec::new();
    BufReader::new(file.take(LONGEST)).read_until(b'\n', &mut line).map_err(unread(path))?;
    let is_whole = line.ends_with(b"\n") || line.len() as u64 == LONGEST;
    Ok(is_whole.then(|| digest(&line)[..16].to_owned()))
}

#[cfg(test)]
mod tests;
