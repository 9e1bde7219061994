//! The folder of one run in MLflow's file store, and its experiment's.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use store::{Event, EventKind, Outcome, digest, write_atomically};

use super::curves::Curves;
use super::yaml::{Value, document, file_uri, number};
use crate::error::{unread, unwritten};
use crate::names::{IN_KEYS, IN_PARTS, safe};
use crate::{Run, TrackerError};

/// How a run stands, as MLflow numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Running = 1,
    /// It was stopped and goes on later.
    Scheduled = 2,
    Finished = 3,
    Failed = 4,
}

/// Longer values are cut: MLflow's databases take no longer ones when a store is moved into one.
const LONGEST_VALUE: usize = 6000;
/// The same of an experiment's name.
const LONGEST_NAME: usize = 500;

/// The folder of one run.
#[derive(Debug)]
pub(super) struct RunFiles {
    folder: PathBuf,
    experiment: String,
    id: String,
    name: String,
    started: i64,
    standing: Standing,
    /// What `meta.yaml` says.
    written: Option<Standing>,
    curves: Curves,
}

/// How a run stands, and since when if it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    status: Status,
    ended: Option<i64>,
}

const AT_WORK: Standing = Standing { status: Status::Running, ended: None };

impl RunFiles {
    fn named(root: &Path, run: &Run) -> Result<Self, TrackerError> {
        let experiment = experiment_id(&run.experiment);
        let id = digest(format!("{}\n{}", run.experiment, run.place).as_bytes())[..32].to_owned();
        let folder = root.join(&experiment).join(&id);
        let curves = Curves::open(folder.join("metrics"))?;
        let name = run.label();
        let (standing, written) = (AT_WORK, None);
        Ok(Self { folder, experiment, id, name, started: 0, standing, written, curves })
    }

    /// Removes what is there of a run.
    pub(super) fn remove(root: &Path, run: &Run) -> Result<(), TrackerError> {
        let folder = Self::named(root, run)?.folder;
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritten(&folder)(error)),
            _ => Ok(()),
        }
    }

    /// A run that was told of; `None` where it is no longer there.
    pub(super) fn open(root: &Path, run: &Run) -> Result<Option<Self>, TrackerError> {
        let mut files = Self::named(root, run)?;
        let path = files.folder.join(META);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.map_err(unread(&path))?,
        };
        let status = match number(&text, "status") {
            Some(2) => Status::Scheduled,
            Some(3) => Status::Finished,
            Some(4) => Status::Failed,
            _ => Status::Running,
        };
        let Some(started) = number(&text, "start_time") else { return Ok(None) };
        files.started = started;
        files.standing = Standing { status, ended: number(&text, "end_time") };
        files.written = Some(files.standing);
        Ok(Some(files))
    }

    /// A run that began at a time in seconds. MLflow sees it once its `meta.yaml` is there, which is
    /// written last.
    pub(super) fn create(root: &Path, run: &Run, started: f64) -> Result<Self, TrackerError> {
        write_experiment(root, &run.experiment, started)?;
        let mut files = Self::named(root, run)?;
        files.started = milliseconds(started);
        for folder in ["artifacts", "metrics", "params", "tags"] {
            let folder = files.folder.join(folder);
            fs::create_dir_all(&folder).map_err(unwritten(&folder))?;
        }
        let config = serde_json::to_value(&run.condition.config).unwrap_or_default();
        for (key, value) in flat(&config) {
            files.put("params", &key, &value)?;
        }
        files.put("tags", "arm", &run.arm)?;
        files.put("tags", "task", &run.task)?;
        files.put("tags", "seed", &run.seed.to_string())?;
        let name = files.name.clone();
        files.put("tags", "mlflow.runName", &name)?;
        files.settle()?;
        Ok(files)
    }

    /// Bytes of metrics.
    pub(super) fn bytes(&self) -> Result<u64, TrackerError> {
        self.curves.bytes()
    }

    /// Takes one event in.
    pub(super) fn tell(&mut self, event: &Event) -> Result<(), TrackerError> {
        let time = milliseconds(event.time);
        let ended = Some(time);
        match &event.kind {
            EventKind::Started { step, .. } => {
                self.standing = AT_WORK;
                self.take("tags", "outcome")?;
                self.take("tags", "failure")?;
                self.curves.restart(*step)?;
            }
            EventKind::Evaluated { step, training, validation, .. } => {
                self.curves.add("training", training, *step, time)?;
                self.curves.add("validation", validation, *step, time)?;
            }
            EventKind::Stopped { .. } => {
                self.standing = Standing { status: Status::Scheduled, ended: None };
                self.put("tags", "outcome", "stopped")?;
            }
            EventKind::Finished { outcome } => {
                self.standing = Standing { status: Status::Finished, ended };
                self.put("tags", "outcome", word(*outcome))?;
            }
            EventKind::Failed { class, message } => {
                self.standing = Standing { status: Status::Failed, ended };
                self.put("tags", "outcome", "failed")?;
                self.put("tags", "failure", &format!("{class}: {message}"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes how the run stands, if that has changed.
    pub(super) fn settle(&mut self) -> Result<(), TrackerError> {
        if self.written == Some(self.standing) {
            return Ok(());
        }
        let Standing { status, ended } = self.standing;
        let meta = document(&[
            ("artifact_uri", Value::Text(&uri(&self.folder.join("artifacts")))),
            ("end_time", ended.map_or(Value::Null, Value::Number)),
            ("entry_point_name", Value::Text("")),
            ("experiment_id", Value::Text(&self.experiment)),
            ("lifecycle_stage", Value::Text("active")),
            ("run_id", Value::Text(&self.id)),
            ("run_name", Value::Text(&self.name)),
            ("run_uuid", Value::Text(&self.id)),
            ("source_name", Value::Text("")),
            ("source_type", Value::Number(4)),
            ("source_version", Value::Text("")),
            ("start_time", Value::Number(self.started)),
            ("status", Value::Number(status as i64)),
            ("tags", Value::EmptyList),
            ("user_id", Value::Text("unroll")),
        ]);
        write_atomically(&self.folder.join(META), meta.as_bytes())?;
        self.written = Some(self.standing);
        Ok(())
    }

    fn put(&self, kind: &str, key: &str, value: &str) -> Result<(), TrackerError> {
        let path = self.folder.join(kind).join(key);
        fs::write(&path, cut(value, LONGEST_VALUE)).map_err(unwritten(&path))
    }

    fn take(&self, kind: &str, key: &str) -> Result<(), TrackerError> {
        let path = self.folder.join(kind).join(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritten(&path)(error)),
            _ => Ok(()),
        }
    }
}

const META: &str = "meta.yaml";

/// Milliseconds since the Unix epoch, as MLflow counts.
fn milliseconds(seconds: f64) -> i64 {
    (seconds.max(0.0) * 1000.0).round() as i64
}

/// Eighteen digits, as MLflow's own are.
fn experiment_id(name: &str) -> String {
    const SMALLEST: u64 = 100_000_000_000_000_000;
    let hash = digest(name.as_bytes());
    let number = u64::from_str_radix(&hash[..15], 16).unwrap_or(0);
    (SMALLEST + number % (9 * SMALLEST)).to_string()
}

fn write_experiment(root: &Path, name: &str, time: f64) -> Result<(), TrackerError> {
    let id = experiment_id(name);
    let folder = root.join(&id);
    let path = folder.join(META);
    if path.exists() {
        return Ok(());
    }
    let time = milliseconds(time);
    let meta = document(&[
        ("artifact_location", Value::Text(&uri(&folder))),
        ("creation_time", Value::Number(time)),
        ("experiment_id", Value::Text(&id)),
        ("last_update_time", Value::Number(time)),
        ("lifecycle_stage", Value::Text("active")),
        ("name", Value::Text(&cut(name, LONGEST_NAME))),
    ]);
    Ok(write_atomically(&path, meta.as_bytes())?)
}

fn uri(path: &Path) -> String {
    file_uri(&std::path::absolute(path).unwrap_or_else(|_| path.into()))
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

/// The keys of a configuration with dots between, and their values as text. A key that has a dot of
/// its own, or anything else that MLflow does not take, is made safe.
fn flat(config: &Json) -> Vec<(String, String)> {
    fn visit(at: &str, value: &Json, out: &mut Vec<(String, String)>) {
        match value {
            Json::Object(map) if !map.is_empty() => {
                for (key, value) in map {
                    let key = safe(key, IN_PARTS);
                    let at = if at.is_empty() { key } else { format!("{at}.{key}") };
                    visit(&at, value, out);
                }
            }
            Json::String(text) => out.push((at.to_owned(), text.clone())),
            other => out.push((at.to_owned(), other.to_string())),
        }
    }
    let mut out = Vec::new();
    visit("", config, &mut out);
    // The version of the configuration's own format is nothing that was chosen.
    out.retain(|(key, _)| key != "format");
    for (key, _) in &mut out {
        if key.len() > 200 {
            *key = safe(key, IN_KEYS);
        }
    }
    out
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Diverged { .. } => "diverged",
        Outcome::StoppedEarly { .. } => "stopped-early",
        Outcome::StoppedAtRung { .. } => "stopped-at-rung",
    }
}
