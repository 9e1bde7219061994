//! The training loop, as a burn-train strategy.
//!
//! An epoch is `evaluate_every` optimizer steps, then the whole validation split. The loop
//! itself looks at every loss, so a run diverges at a definite step; and it alone decides
//! which weights are best and when a checkpoint is committed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use architectures::Carried;
use burn::module::Module;
use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn::tensor::Device;
use burn_train::{
    Learner, SupervisedLearningStrategy, SupervisedTrainingEventProcessor, TrainLoader,
    TrainingComponents, ValidLoader,
};
use store::{EventKind, Goal, Metrics, Reach};
use tasks::{Scores, Task, VALIDATION};

use crate::ahead::Ahead;
use crate::checkpoint::{BestScore, CheckpointFolder, RecordReceiver, Records, State};
use crate::evaluation::evaluate;
use crate::probe::probe;
use crate::recorder::Recorder;
use crate::schedule::NextRate;
use crate::step::Step;
use crate::{Item, TrainOptions, Trainable, TrainingError};

/// Everything that the loop needs besides burn-train's components.
pub struct TrainingLoop {
    /// Options of `[train]`.
    pub options: TrainOptions,
    /// Where the learner takes its learning rate from.
    pub rate: NextRate,
    /// The task.
    pub task: Arc<dyn Task>,
    /// Seed of the training batches.
    pub seed: u64,
    /// Where training happens.
    pub device: Device,
    /// Metric on the validation split that selects the best weights.
    pub select: (String, Goal),
    /// Where events go.
    pub recorder: Arc<Mutex<Recorder>>,
    /// The run's checkpoint.
    pub checkpoint: CheckpointFolder,
    /// Records that burn-train's checkpointing hands over.
    pub records: Mutex<RecordReceivers>,
    /// State to start from and, for a resumed run, its best weights and what its streams
    /// carried over.
    pub start: (State, Option<Trainable>, Carried),
    /// How far the run goes.
    pub reach: Reach,
    /// When this attempt started.
    pub started: Instant,
    /// Shortest time between two checkpoints; one more is committed when a run is stopped.
    pub checkpoint_every: Duration,
    /// Epochs after which it is looked inside the model.
    pub looks: Vec<u64>,
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
    /// What the streams of the next batch go on from.
    carried: Carried,
}

impl TrainingLoop {
    fn run(
        &self,
        components: &mut TrainingComponents<Trainable>,
        learner: Learner<Trainable>,
    ) -> Result<Ended, TrainingError> {
        let (state, best, carried) = self.start.clone();
        let mut epochs = Epochs { state, best, learner, carried };
        let mut committed = Instant::now();
        if epochs.state.epoch == 0 {
            self.look(&epochs)?;
        }
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
            if let Some(how) = self.epoch(components, &mut epochs)? {
                break how;
            }
            self.look(&epochs)?;
            if committed.elapsed() >= self.checkpoint_every {
                self.commit(components, &epochs)?;
                committed = Instant::now();
            }
        };
        if matches!(how, How::Stopped | How::StoppedAtRung) && epochs.state.epoch > 0 {
            self.commit(components, &epochs)?;
        }
        let Epochs { state, best, learner, .. } = epochs;
        Ok(Ended { how, state, last: learner.model(), best })
    }

    /// Looks inside the model, if it is time to.
    fn look(&self, epochs: &Epochs) -> Result<(), TrainingError> {
        let State { epoch, step, .. } = epochs.state;
        if self.looks.binary_search(&epoch).is_err() {
            return Ok(());
        }
        let model = epochs.learner.model();
        let readings = probe(&model, &self.task, self.options.batch, &self.device);
        Ok(self.recorder().append(EventKind::Probed { step, readings })?)
    }

    /// Trains and evaluates one epoch. A loop that ends within the epoch leaves `epochs`
    /// as it was.
    fn epoch(
        &self,
        components: &TrainingComponents<Trainable>,
        epochs: &mut Epochs,
    ) -> Result<Option<How>, TrainingError> {
        let number = epochs.state.epoch + 1;
        let steps = self.options.steps_of_epoch(number);
        let mut learner = epochs.learner.clone();
        let mut train_seconds = epochs.state.train_seconds;
        let mut carried = self.task.shape().carried.then(|| epochs.carried.clone());
        let mut scores = Scores::new(&self.task.metrics(), &self.task.setting());

        let (seed, size) = (self.seed, self.options.batch);
        let make = move |task: &dyn Task, batch| task.training_batch(seed, batch, size);
        let each = self.options.accumulate;
        let numbers = steps.start * each..steps.end * each;
        let mut batches = Ahead::new(self.task.clone(), numbers, make);
        for step in steps.start + 1..=steps.end {
            let mut taken = Step::default();
            let mut loss = 0.0;
            for (place, batch) in (0..).zip(batches.by_ref().take(each as usize)) {
                let begun = Instant::now();
                let item = Item::new(batch, carried, &self.device);
                let item = item.with_noise(self.seed, (step - 1) * each + place);
                let report = taken.add(&learner, item);
                if !report.loss.is_finite() {
                    return Ok(Some(How::Diverged(step)));
                }
                train_seconds += begun.elapsed().as_secs_f64();
                scores.add_with_loss(&report.scored(), report.loss);
                loss += report.loss / each as f64;
                carried = report.carried;
            }
            let begun = Instant::now();
            self.rate.set(self.options.rate(step - 1, epochs.state.plateau.as_ref()));
            taken.take(&mut learner);
            train_seconds += begun.elapsed().as_secs_f64();
            self.recorder().advance(step, loss)?;
            if components.interrupter.should_stop() {
                return Ok(Some(How::Stopped));
            }
        }

        let model = learner.model();
        let validation =
            evaluate(&model.valid(), &self.task, VALIDATION, &self.device.clone().inner());
        // A score beyond what a number can say shows in the run's outcome; JSON has no word for
        // it.
        let said = |metrics: &Metrics| {
            let finite = metrics.iter().filter(|(_, value)| value.is_finite());
            finite.map(|(name, value)| (name.clone(), *value)).collect::<BTreeMap<_, _>>()
        };
        self.recorder().append(EventKind::Evaluated {
            epoch: number,
            step: steps.end,
            training: said(&scores.values()),
            validation: said(&validation),
            train_seconds,
        })?;

        let state = &mut epochs.state;
        state.epoch = number;
        state.step = steps.end;
        state.train_seconds = train_seconds;
        state.validation.clone_from(&validation);
        // Weights whose validation loss is not finite are never the best.
        let finite = validation.values().all(|value| value.is_finite());
        let (metric, goal) = &self.select;
        let score = validation.get(metric).copied().filter(|_| finite);
        if let Some(schedule) = self.options.schedule {
            state.plateau = schedule.after(state.plateau, score, *goal);
        }
        if let Some(stopping) = self.options.early_stopping {
            state.improved = stopping.after(state.improved, number, score, *goal);
        }
        if finite && self.is_better(&validation, state.best.as_ref()) {
            let (epoch, step) = (state.epoch, state.step);
            state.best = Some(BestScore { epoch, step, validation });
            epochs.best = Some(model);
        }
        epochs.learner = learner;
        epochs.carried = carried.unwrap_or_default();
        Ok(None)
    }

    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `validation` is strictly better than the best so far: of equal scores the
    /// first one stays.
    fn is_better(&self, validation: &Metrics, best: Option<&BestScore>) -> bool {
        let (metric, goal) = &self.select;
        let score = |metrics: &Metrics| metrics.get(metric).copied();
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
            carried: epochs.carried.clone(),
        };
        let mut state = epochs.state.clone();
        state.total_seconds += self.started.elapsed().as_secs_f64();
        self.checkpoint.commit(&state, records)?;
        let step = state.step;
        Ok(self.recorder().append(EventKind::Checkpointed { step })?)
    }
}

/// What burn-train holds of a [`TrainingLoop`].
pub struct Strategy(pub Arc<TrainingLoop>);

impl SupervisedLearningStrategy<Trainable> for Strategy {
    fn fit(
        &self,
        mut components: TrainingComponents<Trainable>,
        learner: Learner<Trainable>,
        _training: TrainLoader<Trainable>,
        _validation: ValidLoader<Trainable>,
        _starting_epoch: usize,
    ) -> (Trainable, SupervisedTrainingEventProcessor<Trainable>) {
        let model = learner.model();
        let ended = self.0.run(&mut components, learner);
        let last = ended.as_ref().map_or(model, |ended| ended.last.clone());
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        (last, components.event_processor)
    }
}
