//! What is known of every planned run, of tuning too, in one pass over a results folder.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::file::together::together;
use crate::{
    Condition, EventKind, FailureClass, Fingerprint, Outcome, Plan, RunFolder, RunResult, RunState,
    Stale, StoreError, SweepFolder,
};

/// Where a planned run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has a result: all its steps were taken, or early stopping ended it.
    Finished,
    /// It has a result: its loss became NaN or infinite.
    Diverged,
    /// It has a result: `[halving]` stopped it as one of the worse.
    AtRung,
    /// A worker holds it.
    Running,
    /// It was stopped or cut off and goes on from its checkpoint.
    Stopped,
    /// Its last attempt failed.
    Failed,
    /// Nothing has been done.
    Missing,
    /// Tuning has to choose its configuration first.
    Waiting,
    /// With seeds until decided: no round has asked for it so far.
    NotNeeded,
}

impl Standing {
    /// All of them, in the order in which tables show them.
    pub const ALL: [Self; 9] = [
        Self::Finished,
        Self::Diverged,
        Self::AtRung,
        Self::Running,
        Self::Stopped,
        Self::Failed,
        Self::Missing,
        Self::Waiting,
        Self::NotNeeded,
    ];

    /// Whether the run has a result.
    pub fn has_result(self) -> bool {
        matches!(self, Self::Finished | Self::Diverged | Self::AtRung)
    }

    /// Whether `run` would do it without being asked for it; a failed run is only run again
    /// by `--rerun failed`.
    pub fn is_to_do(self) -> bool {
        matches!(self, Self::Running | Self::Stopped | Self::Missing | Self::Waiting)
    }

    /// One or two words for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Diverged => "diverged",
            Self::AtRung => "at a rung",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::Waiting => "waiting",
            Self::NotNeeded => "not needed",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Which configuration a run is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Of this index into [`Plan::conditions`].
    Condition(usize),
    /// Of this index into the candidates of [`Plan::tuning`].
    Candidate(usize),
}

impl Of {
    /// What the run is to compute, and where.
    ///
    /// # Panics
    /// If it is of another plan.
    pub fn condition(self, plan: &Plan) -> &Condition {
        match self {
            Self::Condition(index) => &plan.conditions[index],
            Self::Candidate(index) => {
                let tuning = plan.tuning.as_ref().expect("a candidate is of a plan with tuning");
                &tuning.candidates[index].condition
            }
        }
    }
}

/// What is known of one planned run.
#[derive(Debug, Clone)]
pub struct Surveyed {
    /// Which configuration it is of.
    pub of: Of,
    /// Its seed.
    pub seed: u64,
    /// Its folder.
    pub folder: RunFolder,
    /// Where it stands.
    pub standing: Standing,
    /// Class and message of the failure, where its last attempt failed.
    pub failure: Option<(FailureClass, String)>,
    /// In what the code and data that computed it differ from the present ones.
    pub stale: Option<Stale>,
    /// Optimizer steps taken, as far as they will not be taken again.
    pub step: u64,
    /// Steps a second that a running run reported last.
    pub steps_per_second: Option<f64>,
    /// Seconds that all its attempts took together; only known with a result.
    pub seconds: Option<f64>,
}

/// What is known of every planned run.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Every run once, in the order in which they are run: tuning first, seeds outermost.
    /// Arms that resolve to the same configuration share theirs.
    pub runs: Vec<Surveyed>,
    tuning: usize,
    /// Of each condition: its place among the different ones.
    places: Vec<usize>,
    different: usize,
}

impl SweepFolder {
    /// Looks at every planned run. `code` is the fingerprint of the present code.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn survey(&self, plan: &Plan, code: &str) -> Result<Survey, StoreError> {
        let here: HashSet<_> = self.condition_folders()?.into_iter().collect();
        let look = |&(of, seed, waits): &(Of, u64, bool)| -> Result<Surveyed, StoreError> {
            let condition = of.condition(plan);
            let run = Surveyed::unknown(of, seed, self.run(condition, seed));
            if waits {
                return Ok(Surveyed { standing: Standing::Waiting, ..run });
            }
            if !here.contains(&condition.folder) {
                return Ok(run);
            }
            let data = plan.tasks[condition.task].checksum.clone();
            run.look(condition, &Fingerprint { code: code.into(), data })
        };
        let mut runs = Vec::new();
        if let Some(tuning) = &plan.tuning {
            let identities = tuning.candidates.iter().map(|it| it.condition.identity.as_str());
            let (_, firsts) = places(identities);
            for &seed in &tuning.seeds {
                for &first in &firsts {
                    runs.push((Of::Candidate(first), seed, false));
                }
            }
        }
        let tuning = runs.len();
        let identities = plan.conditions.iter().map(|condition| condition.identity.as_str());
        let (places, firsts) = places(identities);
        for &seed in &plan.seeds {
            for &first in &firsts {
                runs.push((Of::Condition(first), seed, !plan.is_settled_for(first)));
            }
        }
        let runs = together(&runs, look)?;
        Ok(Survey { runs, tuning, places, different: firsts.len() })
    }
}

/// The place of each identity among the different ones, and the index of each of those.
fn places<'a>(identities: impl Iterator<Item = &'a str>) -> (Vec<usize>, Vec<usize>) {
    let mut known = HashMap::new();
    let mut firsts = Vec::new();
    let place = |(index, identity)| {
        *known.entry(identity).or_insert_with(|| {
            firsts.push(index);
            firsts.len() - 1
        })
    };
    let places = identities.enumerate().map(place).collect();
    (places, firsts)
}

impl Survey {
    /// The runs of tuning.
    pub fn of_tuning(&self) -> &[Surveyed] {
        &self.runs[..self.tuning]
    }

    /// The main runs.
    pub fn main(&self) -> &[Surveyed] {
        &self.runs[self.tuning..]
    }

    /// The runs of a condition, by seed; those of another one that it shares them with.
    ///
    /// # Panics
    /// If the plan has no such condition.
    pub fn of_condition(&self, condition: usize) -> impl Iterator<Item = &Surveyed> + Clone {
        self.main().iter().skip(self.places[condition]).step_by(self.different.max(1))
    }
}

impl Surveyed {
    fn unknown(of: Of, seed: u64, folder: RunFolder) -> Self {
        let (standing, failure, stale) = (Standing::Missing, None, None);
        let (step, steps_per_second, seconds) = (0, None, None);
        Self { of, seed, folder, standing, failure, stale, step, steps_per_second, seconds }
    }

    fn look(mut self, condition: &Condition, current: &Fingerprint) -> Result<Self, StoreError> {
        let run = &self.folder;
        let state = match run.result_of(condition, self.seed) {
            Ok(Some(result)) => {
                self.end(&result);
                self.stale = self.folder.stale(current)?;
                return Ok(self);
            }
            result => RunState::by(result, || run.unfinished())?,
        };
        match state {
            // It has ended meanwhile.
            RunState::Finished(_) => {
                if let Some(result) = run.result()? {
                    self.end(&result);
                }
            }
            RunState::Missing => return Ok(self),
            RunState::Failed { class, message } => {
                self.standing = Standing::Failed;
                self.failure = Some((class, message));
            }
            RunState::Stopped => {
                self.standing = Standing::Stopped;
                // Without a checkpoint it begins anew.
                if run.checkpoint_path().exists() {
                    self.step = reached(run)?.0;
                }
            }
            RunState::Running => {
                self.standing = Standing::Running;
                (self.step, self.steps_per_second) = reached(run)?;
            }
        }
        self.stale = self.folder.stale(current)?;
        Ok(self)
    }

    fn end(&mut self, result: &RunResult) {
        self.standing = match result.outcome {
            Outcome::Completed | Outcome::StoppedEarly { .. } => Standing::Finished,
            Outcome::Diverged { .. } => Standing::Diverged,
            Outcome::StoppedAtRung { .. } => Standing::AtRung,
        };
        self.step = result.steps;
        self.seconds = Some(result.total_seconds);
    }
}

/// Steps that the events say were taken, and the speed that was last reported.
fn reached(run: &RunFolder) -> Result<(u64, Option<f64>), StoreError> {
    Ok(match run.last_event()?.map(|event| event.kind) {
        Some(EventKind::Progress { step, steps_per_second, .. }) => (step, Some(steps_per_second)),
        Some(
            EventKind::Started { step, .. }
            | EventKind::Evaluated { step, .. }
            | EventKind::Checkpointed { step }
            | EventKind::Scored { step, .. }
            | EventKind::Probed { step, .. }
            | EventKind::Stopped { step },
        ) => (step, None),
        Some(EventKind::Finished { .. } | EventKind::Failed { .. } | EventKind::Damaged { .. })
        | None => (0, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::choice::tests::plan as tuned;
    use crate::sweep::folder::tests::{plan, provenance, result};

    #[test]
    fn every_planned_run_is_there_once_with_its_standing() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let mut plan = plan("first");
        plan.seeds = (0..7).collect();
        // A second arm with the same configuration shares the first one's runs.
        plan.conditions.push(plan.conditions[0].clone());
        assert!(sweep.survey(&plan, "c").unwrap().runs.iter().all(|run| run.step == 0));

        let run = |seed| sweep.run(&plan.conditions[0], seed);
        let outcomes =
            [Outcome::Completed, Outcome::Diverged { step: 3 }, Outcome::StoppedAtRung { step: 5 }];
        for (seed, outcome) in outcomes.into_iter().enumerate() {
            run(seed as u64).write_result(&result(&plan, seed as u64, outcome)).unwrap();
        }
        run(0).write_provenance(&provenance("old")).unwrap();
        let mut events = run(3).event_writer().unwrap();
        let progress = EventKind::Progress { step: 12, loss: 0.5, steps_per_second: 8.0 };
        events.append(progress.clone()).unwrap();
        let _lock = run(3).lock().unwrap();
        run(4).event_writer().unwrap().append(progress).unwrap();
        run(5).record_failure(FailureClass::Killed, "signal: 9").unwrap();

        let survey = sweep.survey(&plan, "c").unwrap();
        let standings: Vec<_> = survey.runs.iter().map(|run| run.standing).collect();
        assert_eq!(standings[..], Standing::ALL[..7]);
        let running = &survey.runs[3];
        assert_eq!((running.step, running.steps_per_second), (12, Some(8.0)));
        assert_eq!(survey.runs[4].step, 0, "it has no checkpoint to go on from");
        std::fs::create_dir(run(4).checkpoint_path()).unwrap();
        assert_eq!(sweep.survey(&plan, "c").unwrap().runs[4].step, 12);
        assert_eq!(survey.runs[5].failure.as_ref().unwrap().1, "signal: 9");
        assert_eq!(survey.runs[0].stale, Some(Stale::Code));
        assert_eq!(survey.runs[0].seconds, Some(5.0));
        assert_eq!(survey.runs[6].stale, None);
        for condition in [0, 1] {
            let seeds: Vec<_> = survey.of_condition(condition).map(|run| run.seed).collect();
            assert_eq!(seeds, plan.seeds);
        }
        let to_do = survey.runs.iter().filter(|run| run.standing.is_to_do());
        assert_eq!(to_do.map(|run| run.seed).collect::<Vec<_>>(), [3, 4, 6]);
    }

    #[test]
    fn main_runs_wait_for_tuning_whose_runs_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let plan = tuned("minimize", "best");
        let survey = sweep.survey(&plan, "c").unwrap();
        assert_eq!((survey.of_tuning().len(), survey.main().len()), (6 * 2, 2 * 2));
        assert!(survey.of_tuning().iter().all(|run| run.standing == Standing::Missing));
        assert!(survey.main().iter().all(|run| run.standing == Standing::Waiting));
        assert_eq!(survey.runs[7].of, Of::Candidate(1));
        assert_eq!(survey.runs[7].of.condition(&plan).identity, "0-0.01");
    }

    #[test]
    fn a_folder_with_the_result_of_another_run_has_failed() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        let plan = plan("first");
        let other = result(&plan, 1, Outcome::Completed);
        sweep.run(&plan.conditions[0], 0).write_result(&other).unwrap();
        let survey = sweep.survey(&plan, "c").unwrap();
        assert_eq!(survey.runs[0].standing, Standing::Failed);
        let (class, message) = survey.runs[0].failure.as_ref().unwrap();
        assert_eq!(*class, FailureClass::Damaged);
        assert!(message.ends_with("seed 1"), "{message}");
        assert_eq!(survey.runs[1].standing, Standing::Missing);
    }
}
