//! One run, from its configuration to its result.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use architectures::Carried;
use burn::module::Module;
use burn::tensor::Device;
use burn_train::{Interrupter, Learner, SupervisedTraining, TrainingStrategy};
use store::{
    EventKind, Keep, Metrics, Outcome, Reach, ReadAt, RunConfig, RunFolder, RunResult, Score,
};
use tasks::{TEST, Task};

use crate::checkpoint::{
    BestScore, CheckpointFolder, Committed, Resumed, State, WhenAsked, record_channel,
};
use crate::evaluation::evaluate;
use crate::model::initial_model;
use crate::probe::looks;
use crate::recorder::Recorder;
use crate::schedule::NextRate;
use crate::strategy::{Ended, How, RecordReceivers, Strategy, TrainingLoop};
use crate::unused::{NoBatches, NoMetricLogger, Silent};
use crate::{TrainOptions, Trainable, TrainingError, device, optimizer};

/// What to train.
#[derive(Clone)]
pub struct Job {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Replicate seed: what it decides is said by the configuration's `seeding`.
    pub seed: u64,
    /// The configured task, built with [`RunConfig::task_options`] of the seed.
    pub task: Arc<dyn Task>,
    /// Shortest time between two checkpoints; one more is committed when the run is stopped.
    /// It changes how much is done again after a kill, and nothing of the result.
    pub checkpoint_every: Duration,
    /// Weights that are kept when the run is finished.
    pub keep: Keep,
    /// How often it is looked inside the model, at most; `None` for as often as costs little.
    pub probes: Option<u64>,
}

impl Job {
    /// [`Job::checkpoint_every`] unless somebody asks for another.
    pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);
}

/// How [`train`] ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The result is written.
    Finished(Box<RunResult>),
    /// It was stopped after this many steps, with its state saved.
    Stopped(u64),
}

/// Trains `job` in `folder`, going on from the folder's checkpoint if there is one, until
/// the run is finished, `interrupter` stops it or it got as far as `reach` says. A run that
/// is stopped at a rung gets a result with the scores of its weights there, and keeps its
/// checkpoint. The caller holds the folder's lock.
///
/// On CPU backends the result has the same bits however often the run was interrupted.
///
/// # Errors
/// [`TrainingError`]: the result is then not known.
pub fn train(
    job: &Job,
    folder: &RunFolder,
    interrupter: &Interrupter,
    reach: Reach,
) -> Result<Ending, TrainingError> {
    let started = Instant::now();
    let identity = job.config.identity();
    let options = TrainOptions::read(&job.config.train)?;
    let device = device(&job.config.backend)?;
    let training_device = device.clone().autodiff();

    let seeding = job.config.seeding;
    let model = initial_model(&job.config, job.seed, &job.task.shape(), &training_device)?;
    let parameters = model.num_params() as u64;
    let model = Trainable::new(model, options.rules());
    let checkpoint = CheckpointFolder::new(folder.clone());
    let Committed { newest, damaged } =
        checkpoint.read(&identity, job.seed, reach, &model, &training_device)?;
    let rate = NextRate::new(options.learning_rate);
    let begin = |model| {
        let optimizer = optimizer(&options, &model);
        Learner::new(model, optimizer, rate.clone())
    };
    let (learner, state, best, carried) = match newest {
        Some(Resumed { state, model, best, optimizer, scheduler, carried }) => {
            let mut learner = begin(model);
            learner.load_optim(optimizer);
            learner.load_scheduler(scheduler);
            (learner, state, best, carried)
        }
        None => (begin(model), State::new(identity, job.seed), None, Carried::default()),
    };

    let mut recorder = Recorder::new(folder.event_writer()?, state.step);
    for event in damaged {
        recorder.append(event)?;
    }
    recorder.append(EventKind::Started { step: state.step, steps: options.steps, parameters })?;

    let recorder = Arc::new(Mutex::new(recorder));
    let (model_sender, model_records) = record_channel();
    let (optimizer_sender, optimizer_records) = record_channel();
    let (scheduler_sender, scheduler_records) = record_channel();
    let training_loop = Arc::new(TrainingLoop {
        options,
        rate,
        task: job.task.clone(),
        seed: seeding.order.seed(job.seed),
        device: training_device,
        select: (job.config.task.metric.clone(), job.config.task.goal),
        recorder: recorder.clone(),
        checkpoint: checkpoint.clone(),
        records: Mutex::new(RecordReceivers {
            model: model_records,
            optimizer: optimizer_records,
            scheduler: scheduler_records,
        }),
        start: (state, best, carried),
        reach,
        started,
        checkpoint_every: job.checkpoint_every,
        looks: looks(&options, job.probes),
        ended: Mutex::new(None),
    });
    let strategy = TrainingStrategy::Custom(Arc::new(Strategy(training_loop.clone())));
    let loader = Arc::new(NoBatches);
    let training = SupervisedTraining::<Trainable>::new(folder.path(), loader.clone(), loader)
        .num_epochs(options.epochs() as usize)
        .renderer(Box::new(Silent))
        .with_application_logger(None)
        .with_metric_logger(NoMetricLogger)
        .with_interrupter(interrupter.clone())
        .with_custom_checkpointers(model_sender, optimizer_sender, scheduler_sender)
        .with_checkpointing_strategy(WhenAsked)
        .with_training_strategy(strategy);
    let learned = training.launch(learner);
    if let Some(error) = learned.error {
        return Err(TrainingError::Learner(error.to_string()));
    }
    let ended = training_loop.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
    let ended = ended.unwrap_or_else(|| Err(TrainingError::Learner("it never began".into())))?;
    let (recorder, checkpoint) = (&*recorder, &checkpoint);
    Attempt { job, folder, recorder, checkpoint, device, parameters, started }.finish(ended)
}

/// One attempt at a run: what its end needs to know.
struct Attempt<'a> {
    job: &'a Job,
    folder: &'a RunFolder,
    recorder: &'a Mutex<Recorder>,
    checkpoint: &'a CheckpointFolder,
    device: Device,
    parameters: u64,
    started: Instant,
}

impl Attempt<'_> {
    /// Scores the parts that select nothing, writes the result and removes the checkpoint,
    /// unless the run may go on.
    fn finish(self, ended: Ended) -> Result<Ending, TrainingError> {
        let Ended { how, state, last, best } = ended;
        let step = state.step;
        let mut kept = BTreeMap::new();
        let (outcome, last) = match how {
            How::Stopped => {
                self.record(EventKind::Stopped { step })?;
                return Ok(Ending::Stopped(step));
            }
            How::Diverged(step) => (Outcome::Diverged { step }, None),
            How::Completed | How::StoppedEarly | How::StoppedAtRung => {
                let validation = state.validation.clone();
                let at = BestScore { epoch: state.epoch, step, validation };
                let scores = self.score(ReadAt::Final, &last, at)?;
                if scores.is_some() {
                    self.keep(ReadAt::Final, &last, &mut kept)?;
                }
                let last = scores;
                let outcome = match how {
                    How::StoppedAtRung => Outcome::StoppedAtRung { step },
                    // A last step that breaks the weights shows only in the scores after it.
                    _ if last.is_none() => Outcome::Diverged { step },
                    How::StoppedEarly => Outcome::StoppedEarly { step },
                    _ => Outcome::Completed,
                };
                (outcome, last)
            }
        };
        let best = match (state.best, best) {
            (Some(at), Some(model)) => {
                let scores = self.score(ReadAt::Best, &model, at)?;
                if scores.is_some() {
                    self.keep(ReadAt::Best, &model, &mut kept)?;
                }
                scores
            }
            _ => None,
        };
        let result = RunResult {
            format: RunResult::FORMAT,
            identity: state.identity,
            seed: self.job.seed,
            outcome,
            best,
            last,
            weights: kept,
            parameters: self.parameters,
            steps: if let Outcome::Diverged { step } = outcome { step } else { state.step },
            train_seconds: state.train_seconds,
            total_seconds: state.total_seconds + self.started.elapsed().as_secs_f64(),
        };
        self.record(EventKind::Finished { outcome })?;
        self.folder.write_result(&result)?;
        if how != How::StoppedAtRung {
            self.checkpoint.remove()?;
        }
        Ok(Ending::Finished(Box::new(result)))
    }

    fn record(&self, event: EventKind) -> Result<(), TrainingError> {
        let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(recorder.append(event)?)
    }

    /// Keeps weights whose scores are finite, if that is asked, and notes the digest of their
    /// file.
    fn keep(
        &self,
        at: ReadAt,
        model: &Trainable,
        kept: &mut BTreeMap<String, String>,
    ) -> Result<(), TrainingError> {
        if self.job.keep.keeps(at) {
            let digest = self.folder.write_weights(at, &kept_bytes(self.job, at, model)?)?;
            kept.insert(at.file().to_owned(), digest);
        }
        Ok(())
    }

    /// The scores of a model on the test part and the parts after it; `None` if one of them is
    /// not finite.
    fn score(
        &self,
        weights: ReadAt,
        model: &Trainable,
        at: BestScore,
    ) -> Result<Option<Score>, TrainingError> {
        let model = model.valid();
        let mut parts = BTreeMap::new();
        for (place, part) in self.job.task.parts().iter().enumerate().skip(TEST) {
            let scores = evaluate(&model, &self.job.task, place, &self.device);
            if !is_finite(&scores) {
                return Ok(None);
            }
            if place > TEST {
                let (part, scores) = (part.name.clone(), scores.clone());
                self.record(EventKind::Scored { step: at.step, weights, part, scores })?;
            }
            parts.insert(part.name.clone(), scores);
        }
        let test = parts.remove("test").unwrap_or_default();
        let BestScore { epoch, step, validation } = at;
        let finite = is_finite(&validation);
        Ok(finite.then_some(Score { epoch, step, validation, test, parts }))
    }
}

fn is_finite(scores: &Metrics) -> bool {
    scores.values().all(|value| value.is_finite())
}

/// A file of weights that says which run's they are.
fn kept_bytes(job: &Job, at: ReadAt, model: &Trainable) -> Result<Vec<u8>, TrainingError> {
    let which = at.word();
    let about = serde_json::json!({
        "identity": job.config.identity(),
        "seed": job.seed,
        "weights": which,
        "architecture": job.config.model.architecture,
        "hidden": job.config.model.hidden,
    });
    let file = format!("{which} of seed {}", job.seed);
    weights::to_safetensors(&model.model.weights(), &about.to_string())
        .map_err(|error| TrainingError::Weights { file, reason: error.to_string() })
}
