//! The training loop, as a burn-train strategy.
//!
//! An epoch is `evaluate_every` optimizer steps, then the whole validation split. The loop
//! itself looks at every loss, so a run diverges at a definite step; and it alone decides
//! which weights are best and when a checkpoint is committed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use burn::data::dataloader::DataLoader as _;
use burn::module::Module;
use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn_train::{
    EventProcessorTraining as _, InferenceStep as _, Learner, LearnerEvent,
    SupervisedLearningStrategy, SupervisedTrainingEventProcessor, TrainLoader, TrainingComponents,
    TrainingItem, ValidLoader,
};
use store::{Goal, Reach};

use crate::checkpoint::{BestScore, CheckpointFolder, RecordReceiver, Records, State};
use crate::loader::TrainingLoader;
use crate::renderer::Recorder;
use crate::{Item, TrainOptions, Trainable, TrainingError, take_step};

type Processor = SupervisedTrainingEventProcessor<Trainable>;

/// Everything that the loop needs besides burn-train's components.
pub struct TrainingLoop {
    /// Options of `[train]`.
    pub options: TrainOptions,
    /// Gives the training batches of an epoch.
    pub batches: TrainingLoader,
    /// Metric on the validation split that selects the best weights.
    pub select: (String, Goal),
    /// Where events go, and epoch means come from.
    pub recorder: Recorder,
    /// The run's checkpoint.
    pub checkpoint: CheckpointFolder,
    /// Records that burn-train's checkpointing hands over.
    pub records: Mutex<RecordReceivers>,
    /// State to start from and, for a resumed run, its best weights.
    pub start: (State, Option<Trainable>),
    /// How far the run goes.
    pub reach: Reach,
    /// When this attempt started.
    pub started: Instant,
    /// Shortest time between two checkpoints; one more is committed when a run is stopped.
    pub checkpoint_every: Duration,
    /// How the loop ended.
    pub ended: Mutex<Option<Result<Ended, TrainingError>>>,
}

/// The receiving ends of burn-train's checkpointing.
pub struct RecordReceivers {
    /// The weights.
    pub model: RecordReceiver<ModuleRecord>,
    /// The optimizer's moments.
    pub optimizer: RecordReceiver<OptimizerRecord>,
    /// The learning-rate scheduler's place.
    pub scheduler: RecordReceiver<LrSchedulerRecord>,
}

/// How the loop ended.
pub struct Ended {
    /// What ended it.
    pub how: How,
    /// State at the end of the last whole epoch.
    pub state: State,
    /// Weights at the end of the last whole epoch.
    pub last: Trainable,
    /// Weights that were best on validation.
    pub best: Option<Trainable>,
}

/// What ended the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// All steps were taken.
    Completed,
    /// The validation score no longer improved.
    StoppedEarly,
    /// The loss became NaN or infinite at this step, counted from 1.
    Diverged(u64),
    /// It was asked to stop, or waits at a rung; the state is saved.
    Stopped,
    /// Successive halving stopped it; the state is saved all the same.
    StoppedAtRung,
}

/// What the loop carries from epoch to epoch.
struct Epochs {
    state: State,
    best: Option<Trainable>,
    /// As it was at the end of the last whole epoch.
    learner: Learner<Trainable>,
}

impl TrainingLoop {
    fn run(
        &self,
        components: &mut TrainingComponents<Trainable>,
        learner: Learner<Trainable>,
        validation: &ValidLoader<Trainable>,
    ) -> Result<Ended, TrainingError> {
        let (state, best) = self.start.clone();
        let mut epochs = Epochs { state, best, learner };
        let mut committed = Instant::now();
        let how = loop {
            if epochs.state.epoch == self.options.epochs() {
                break How::Completed;
            }
            // Looked at before an epoch, so that a run that was cut off right here ends
            // here when it is resumed.
            let stopping = self.options.early_stopping;
            if stopping.is_some_and(|it| it.is_over(epochs.state.improved, epochs.state.epoch)) {
                break How::StoppedEarly;
            }
            match self.reach {
                Reach::UpTo(step) if epochs.state.step >= step => break How::Stopped,
                Reach::StoppedAt(step) if epochs.state.step >= step => break How::StoppedAtRung,
                _ => {}
            }
            if let Some(how) = self.epoch(components, &mut epochs, validation)? {
                break how;
            }
            if committed.elapsed() >= self.checkpoint_every {
                self.commit(components, &epochs)?;
                committed = Instant::now();
            }
        };
        if matches!(how, How::Stopped | How::StoppedAtRung) && epochs.state.epoch > 0 {
            self.commit(components, &epochs)?;
        }
        let Epochs { state, best, learner } = epochs;
        Ok(Ended { how, state, last: learner.model(), best })
    }

    /// Trains and evaluates one epoch. A loop that ends within the epoch leaves `epochs`
    /// as it was.
    fn epoch(
        &self,
        components: &mut TrainingComponents<Trainable>,
        epochs: &mut Epochs,
        validation: &ValidLoader<Trainable>,
    ) -> Result<Option<How>, TrainingError> {
        let number = epochs.state.epoch + 1;
        let epoch = number as usize;
        let steps = self.options.steps_of_epoch(number);
        let mut learner = epochs.learner.clone();
        let mut train_seconds = epochs.state.train_seconds;
        self.batches.seek(steps.clone());

        let processor = &mut components.event_processor;
        let total_items = self.batches.num_items();
        process(
            processor.process_train(LearnerEvent::StartSplit { epoch_number: epoch, total_items }),
        )?;
        let mut batches = self.batches.iter();
        for step in steps.start + 1..=steps.end {
            let Some(batch) = batches.next() else { break };
            let batch = batch.map_err(|error| TrainingError::Learner(error.to_string()))?;
            let begun = Instant::now();
            let report = take_step(&mut learner, batch);
            if !report.loss.is_finite() {
                return Ok(Some(How::Diverged(step)));
            }
            train_seconds += begun.elapsed().as_secs_f64();
            self.recorder.advance(step, train_seconds);
            let iteration = Some((step - steps.start) as usize);
            let item = TrainingItem::new(report, batches.progress(), iteration, None);
            process(processor.process_train(LearnerEvent::ProcessedItem(item)))?;
            if components.interrupter.should_stop() {
                return Ok(Some(How::Stopped));
            }
        }
        process(processor.process_train(LearnerEvent::EndSplit(epoch)))?;

        let model = learner.model();
        validate(processor, &model, validation, epoch)?;
        if let Some(failure) = self.recorder.take_failure() {
            return Err(failure.into());
        }

        let means = self.recorder.means();
        let state = &mut epochs.state;
        state.epoch = number;
        state.step = steps.end;
        state.train_seconds = train_seconds;
        state.validation.clone_from(&means.validation);
        // Weights whose validation loss is not finite are never the best.
        let finite = means.validation.values().all(|value| value.is_finite());
        if let Some(stopping) = self.options.early_stopping {
            let (metric, goal) = &self.select;
            let score = means.validation.get(metric).copied().filter(|_| finite);
            state.improved = stopping.after(state.improved, number, score, *goal);
        }
        if finite && self.is_better(&means.validation, state.best.as_ref()) {
            let (epoch, step) = (state.epoch, state.step);
            state.best = Some(BestScore { epoch, step, validation: means.validation });
            epochs.best = Some(model);
        }
        epochs.learner = learner;
        Ok(None)
    }

    /// Whether `validation` is strictly better than the best so far: of equal scores the
    /// first one stays.
    fn is_better(&self, validation: &store::Metrics, best: Option<&BestScore>) -> bool {
        let (metric, goal) = &self.select;
        let score = |metrics: &store::Metrics| metrics.get(metric).copied();
        match (score(validation), best.and_then(|best| score(&best.validation))) {
            (Some(new), Some(old)) => goal.better(new, old),
            (new, None) => new.is_some(),
            (None, Some(_)) => false,
        }
    }

    fn commit(
        &self,
        components: &mut TrainingComponents<Trainable>,
        epochs: &Epochs,
    ) -> Result<(), TrainingError> {
        let lost = |_| TrainingError::Learner("a checkpoint record did not arrive".into());
        let epoch = epochs.state.epoch as usize;
        if let Some(checkpointer) = &mut components.checkpointer {
            checkpointer.checkpoint(&epochs.learner, epoch, &components.event_store);
        }
        let receivers = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let records = Records {
            model: receivers.model.recv().map_err(lost)?,
            optimizer: receivers.optimizer.recv().map_err(lost)?,
            scheduler: receivers.scheduler.recv().map_err(lost)?,
            best: epochs.best.clone().map(Module::into_record),
        };
        let mut state = epochs.state.clone();
        state.total_seconds += self.started.elapsed().as_secs_f64();
        self.checkpoint.commit(&state, records)?;
        let step = state.step;
        Ok(self.recorder.append(store::EventKind::Checkpointed { step })?)
    }
}

/// Scores `model` on the validation split and waits until the metrics have arrived.
fn validate(
    processor: &mut Processor,
    model: &Trainable,
    validation: &ValidLoader<Trainable>,
    epoch: usize,
) -> Result<(), TrainingError> {
    let model = model.valid();
    let total_items = validation.num_items();
    let start = LearnerEvent::StartSplit { epoch_number: epoch, total_items };
    process(processor.process_valid(start))?;
    let mut batches = validation.iter();
    while let Some(batch) = batches.next() {
        let batch: Item = batch.map_err(|error| TrainingError::Learner(error.to_string()))?;
        let item = TrainingItem::new(model.step(batch), batches.progress(), None, None);
        process(processor.process_valid(LearnerEvent::ProcessedItem(item)))?;
    }
    process(processor.process_valid(LearnerEvent::EndSplit(epoch)))?;
    process(processor.process_train(LearnerEvent::EndEpoch(epoch)))?;
    process(processor.flush())
}

fn process<E: std::fmt::Display>(result: Result<(), E>) -> Result<(), TrainingError> {
    result.map_err(|error| TrainingError::Learner(error.to_string()))
}

/// What burn-train holds of a [`TrainingLoop`].
pub struct Strategy(pub Arc<TrainingLoop>);

impl SupervisedLearningStrategy<Trainable> for Strategy {
    fn fit(
        &self,
        mut components: TrainingComponents<Trainable>,
        learner: Learner<Trainable>,
        _training: TrainLoader<Trainable>,
        validation: ValidLoader<Trainable>,
        _starting_epoch: usize,
    ) -> (Trainable, Processor) {
        let model = learner.model();
        let ended = self.0.run(&mut components, learner, &validation);
        let last = ended.as_ref().map_or(model, |ended| ended.last.clone());
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        (last, components.event_processor)
    }
}
