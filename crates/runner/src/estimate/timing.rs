//! Times a few training steps of what no earlier run tells the time of.
//!
//! It is done by a process of its own, `unroll pace`, which is ended when the time is up: a
//! model whose step takes minutes, or one that does not fit into memory, costs the plan no
//! more than that. It has the threads and the allocator's settings of a worker.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use store::{Condition, Costs, Plan, RunConfig, Survey};
use training::{Pace, TrainOptions};

use crate::threads::compute_with;

/// Time of one configuration, at least and at most.
const EACH: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(200)];
/// Configurations that are asked for, at most: more cannot be timed.
const MOST: usize = 200;

/// How steps are timed.
#[derive(Debug, Clone, Copy)]
pub struct Timing<'a> {
    /// Folder of the data sets.
    pub datasets: &'a Path,
    /// Threads of a run.
    pub threads: u16,
    /// Time that all of it may take.
    pub budget: Duration,
}

/// What `unroll pace` reads from its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Seconds for each of them.
    pub each: f64,
    /// What to time.
    pub configs: Vec<RunConfig>,
}

/// A line that `unroll pace` prints, for each configuration in their order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// What it takes.
    Pace(Pace),
    /// Why it cannot be timed.
    Error(String),
}

impl Timing<'_> {
    /// Teaches `costs` what it does not know of runs that are to be done. Returns why that
    /// failed, if it did.
    pub fn learn(&self, plan: &Plan, survey: &Survey, costs: &mut Costs) -> Option<String> {
        let alike = unknown(plan, survey, costs);
        if alike.is_empty() {
            return None;
        }
        let order = order(&alike);
        let configs: Vec<_> = order.iter().map(|it| it[0].config.clone()).collect();
        let each = (self.budget / configs.len().max(1) as u32).clamp(EACH[0], EACH[1]);
        let mut problem = None;
        let mut answered = 0;
        let asked = self.ask(&Request { each: each.as_secs_f64(), configs }, |answer| {
            let conditions = order[answered];
            answered += 1;
            match answer {
                Answer::Pace(pace) => {
                    for condition in conditions {
                        match TrainOptions::read(&condition.config.train) {
                            Ok(options) => costs.timed(condition, pace.run_seconds(&options)),
                            Err(error) => drop(problem.get_or_insert(error.to_string())),
                        }
                    }
                }
                Answer::Error(error) => drop(problem.get_or_insert(error)),
            }
            answered < order.len()
        });
        asked.err().map(|error| format!("steps cannot be timed: {error}")).or(problem)
    }

    /// Starts the process and hands its answers to `take` until that returns `false`, the
    /// process ends or the time is up.
    fn ask(&self, request: &Request, mut take: impl FnMut(Answer) -> bool) -> std::io::Result<()> {
        let deadline = Instant::now() + self.budget;
        let mut child = compute_with(&mut Command::new(std::env::current_exe()?), self.threads)
            .arg("pace")
            .arg("--datasets")
            .arg(self.datasets)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let text = serde_json::to_vec(request)?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(&text)?;
        }
        let (sender, answers) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                let lines = BufReader::new(output).lines().map_while(Result::ok);
                let answers = lines.map_while(|line| serde_json::from_str(&line).ok());
                // Nobody listens any more once the time is up.
                for answer in answers {
                    if sender.send(answer).is_err() {
                        break;
                    }
                }
            });
        }
        while let Ok(answer) =
            answers.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if !take(answer) {
                break;
            }
        }
        // It may have ended by itself.
        child.kill().ok();
        child.wait()?;
        Ok(())
    }
}

/// Conditions with runs to do of which nothing is known, those that compute alike together.
fn unknown<'a>(plan: &'a Plan, survey: &Survey, costs: &Costs) -> Vec<Vec<&'a Condition>> {
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut seen = std::collections::HashSet::new();
    let mut alike: Vec<Vec<&Condition>> = Vec::new();
    for run in survey.runs.iter().filter(|run| run.standing.is_to_do()) {
        let condition = run.of.condition(plan);
        if !seen.insert(condition.identity.as_str()) || costs.of(condition).is_some() {
            continue;
        }
        let index = *place.entry(condition.arithmetic()).or_insert_with(|| {
            alike.push(Vec::new());
            alike.len() - 1
        });
        alike[index].push(condition);
    }
    alike
}

/// The order in which they are timed: one of each architecture on each task first, so that
/// the others can be scaled from it should the time be up; the smallest first.
fn order<'a, 'b>(alike: &'b [Vec<&'a Condition>]) -> Vec<&'b Vec<&'a Condition>> {
    let mut kinds: BTreeMap<(&str, usize, &str), Vec<&Vec<&Condition>>> = BTreeMap::new();
    for conditions in alike {
        let Condition { task, config, .. } = conditions[0];
        let kind = (config.backend.as_str(), *task, config.model.architecture.as_str());
        kinds.entry(kind).or_default().push(conditions);
    }
    for conditions in kinds.values_mut() {
        conditions.sort_by_key(|it| it[0].parameters);
    }
    let longest = kinds.values().map(Vec::len).max().unwrap_or(0);
    let ranks = (0..longest).flat_map(|rank| kinds.values().filter_map(move |it| it.get(rank)));
    ranks.copied().take(MOST).collect()
}
