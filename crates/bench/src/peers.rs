//! PyTorch and JAX, each in a Python process that lives as long as the measurements.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// Runs in the Python process.
const SCRIPT: &str = include_str!("peers.py");

/// A framework to be measured beside ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Torch,
    Jax,
}

impl Framework {
    /// What tables call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Torch => "PyTorch",
            Self::Jax => "JAX",
        }
    }

    fn module(self) -> &'static str {
        match self {
            Self::Torch => "torch",
            Self::Jax => "jax",
        }
    }
}

/// A framework that answers.
pub(crate) struct Peer {
    /// Its version.
    pub version: String,
    child: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

/// What a peer made ready.
pub(crate) struct Ready {
    id: u64,
    /// Tells what it computes; `None` where the peer has nothing to compare.
    pub check: Option<f64>,
}

impl Peer {
    /// Starts `framework` in a process of the program `python` that may use so many threads.
    pub fn start(framework: Framework, python: &str, threads: usize) -> Result<Self, String> {
        Self::start_with(framework, python, threads, &[])
    }

    /// Bytes by which the memory of such a process grows for a model and its training step; `None` of a
    /// model that the framework does not have. What is freed there is given back at once.
    pub fn peak(
        framework: Framework,
        python: &str,
        threads: usize,
        name: &str,
        shape: [usize; 4],
    ) -> Result<Option<f64>, String> {
        let gives_back = [("MALLOC_MMAP_THRESHOLD_", "65536"), ("MALLOC_TRIM_THRESHOLD_", "0")];
        let mut peer = Self::start_with(framework, python, threads, &gives_back)?;
        let reply = peer.ask(&json!({"op": "peak", "name": name, "shape": shape}))?;
        Ok(reply["bytes"].as_f64())
    }

    fn start_with(
        framework: Framework,
        python: &str,
        threads: usize,
        environment: &[(&str, &str)],
    ) -> Result<Self, String> {
        let mut child = Command::new(python)
            .args(["-c", SCRIPT, framework.module(), &threads.to_string()])
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{python}: {error}"))?;
        let requests = child.stdin.take();
        let replies = child.stdout.take().ok_or("its output is closed")?;
        let replies = BufReader::new(replies);
        let mut peer = Self { version: String::new(), child, requests, replies };
        let hello = peer.reply().map_err(|error| format!("{python}: {error}"))?;
        peer.version = hello["version"].as_str().unwrap_or("of unknown version").into();
        Ok(peer)
    }

    /// Makes ready the work that `request` describes; `None` if the peer has no such work.
    pub fn prepare(&mut self, mut request: Value) -> Result<Option<Ready>, String> {
        request["op"] = "prepare".into();
        let reply = self.ask(&request)?;
        let ready = |id| Ready { id, check: reply["check"].as_f64() };
        Ok(reply["id"].as_u64().map(ready))
    }

    /// Does the work so many times and says how many seconds that took.
    pub fn run(&mut self, ready: &Ready, iterations: u32) -> Result<f64, String> {
        let reply = self.ask(&json!({"op": "run", "id": ready.id, "iterations": iterations}))?;
        reply["seconds"].as_f64().ok_or_else(|| format!("it answered {reply}"))
    }

    /// Lets go of all work that was made ready.
    pub fn forget(&mut self) -> Result<(), String> {
        self.ask(&json!({"op": "forget"})).map(drop)
    }

    fn ask(&mut self, request: &Value) -> Result<Value, String> {
        // A process that ended says why on its standard error, which `reply` reads.
        if let Some(requests) = &mut self.requests {
            let _ = writeln!(requests, "{request}").and_then(|()| requests.flush());
        }
        self.reply()
    }

    fn reply(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        let read = self.replies.read_line(&mut line).map_err(|error| error.to_string())?;
        if read == 0 {
            return Err(self.last_words());
        }
        let reply: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        match reply["error"].as_str() {
            Some(error) => Err(error.lines().next().unwrap_or_default().to_owned()),
            None => Ok(reply),
        }
    }

    /// Why the process ended.
    fn last_words(&mut self) -> String {
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = stderr.read_to_string(&mut said);
        }
        let status = self.child.wait().map_or_else(|error| error.to_string(), |s| s.to_string());
        let line = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        format!("the process ended ({status}): {}", line.trim())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.requests = None;
        let _ = self.child.wait();
    }
}
