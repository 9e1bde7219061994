//! burn-train's renderer interface, turned into events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use burn_train::logger::{EvaluationProgressLogger, MetricLogger, TrainingProgressLogger};
use burn_train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn_train::metric::{MetricDefinition, MetricId, NumericEntry};
use burn_train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining,
};
use store::{EventKind, EventWriter, Metrics, StoreError};

/// Shortest time between two `Progress` events.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// What the training loop and the renderer, which runs on burn-train's own thread, share.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Recording>>);

struct Recording {
    writer: EventWriter,
    failure: Option<StoreError>,
    means: EpochMeans,
    steps: u64,
    train_seconds: f64,
    last_progress: (Instant, u64),
}

/// Means of an epoch's metrics by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EpochMeans {
    /// Over the epoch's training batches.
    pub training: Metrics,
    /// Over the validation split.
    pub validation: Metrics,
}

impl Recorder {
    /// Records into `writer`, for a run that has taken `steps` steps already.
    pub fn new(writer: EventWriter, steps: u64) -> Self {
        Self(Arc::new(Mutex::new(Recording {
            writer,
            failure: None,
            means: EpochMeans::default(),
            steps,
            train_seconds: 0.0,
            last_progress: (Instant::now(), steps),
        })))
    }

    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an event.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub fn append(&self, event: EventKind) -> Result<(), StoreError> {
        self.recording().writer.append(event)
    }

    /// Says how far training is; the next events carry it.
    pub fn advance(&self, steps: u64, train_seconds: f64) {
        let mut recording = self.recording();
        recording.steps = steps;
        recording.train_seconds = train_seconds;
    }

    /// The means of the epoch that ended last.
    pub fn means(&self) -> EpochMeans {
        self.recording().means.clone()
    }

    /// The first event that could not be written.
    pub fn take_failure(&self) -> Option<StoreError> {
        self.recording().failure.take()
    }
}

impl Recording {
    fn append(&mut self, event: EventKind) {
        if let Err(error) = self.writer.append(event) {
            self.failure.get_or_insert(error);
        }
    }

    fn progress(&mut self, loss: Option<f64>) {
        let (since, step) = self.last_progress;
        let elapsed = since.elapsed();
        let Some(loss) = loss.filter(|loss| loss.is_finite()) else { return };
        if elapsed < PROGRESS_EVERY || self.steps <= step {
            return;
        }
        let steps_per_second = (self.steps - step) as f64 / elapsed.as_secs_f64();
        self.last_progress = (Instant::now(), self.steps);
        self.append(EventKind::Progress { step: self.steps, loss, steps_per_second });
    }
}

/// The renderer: `Progress` while training, `Evaluated` at the end of each epoch.
pub struct EventRenderer {
    recorder: Recorder,
    names: BTreeMap<String, String>,
    training: Metrics,
    validation: Metrics,
}

impl EventRenderer {
    /// Turns what happens into events of `recorder`.
    pub fn new(recorder: Recorder) -> Self {
        let (training, validation) = (Metrics::new(), Metrics::new());
        Self { recorder, names: BTreeMap::new(), training, validation }
    }

    fn read(&self, state: &MetricState) -> Option<(String, f64)> {
        let MetricState::Numeric(entry, Some(value)) = state else { return None };
        let name = self.names.get(&key(&entry.metric_id))?;
        Some((name.clone(), value.current()))
    }
}

fn key(id: &MetricId) -> String {
    format!("{id:?}")
}

impl MetricsRenderer for EventRenderer {
    fn manual_close(&mut self) {}

    fn register_metric(&mut self, definition: MetricDefinition) {
        self.names.insert(key(&definition.metric_id), definition.name.to_string());
    }
}

impl MetricsRendererTraining for EventRenderer {
    fn update_train(&mut self, state: MetricState) {
        self.training.extend(self.read(&state));
    }

    fn update_valid(&mut self, state: MetricState) {
        self.validation.extend(self.read(&state));
    }
}

impl TrainingProgressLogger for EventRenderer {
    fn start(&mut self, _: usize, _: usize, _: Option<usize>, _: Option<&str>) {}

    fn update_epoch(&mut self, epoch: usize) {
        let mut recording = self.recorder.recording();
        let means =
            EpochMeans { training: self.training.clone(), validation: self.validation.clone() };
        recording.means = means.clone();
        let (step, train_seconds) = (recording.steps, recording.train_seconds);
        // A validation loss beyond f32 says so through the run's outcome; JSON has no word
        // for it.
        let finite =
            |metrics: Metrics| metrics.into_iter().filter(|(_, value)| value.is_finite()).collect();
        recording.append(EventKind::Evaluated {
            epoch: epoch as u64,
            step,
            training: finite(means.training),
            validation: finite(means.validation),
            train_seconds,
        });
    }

    fn start_split(&mut self, _: &str, _: usize) {}

    fn update_split(&mut self, _: usize) {
        let loss = self.training.get("loss").copied();
        self.recorder.recording().progress(loss);
    }

    fn end_split(&mut self) {}

    fn end(&mut self) {}

    fn log_event_training(&mut self, _: String) {}
}

// The test split is scored once, after training, without a renderer.
impl MetricsRendererEvaluation for EventRenderer {
    fn update_test(&mut self, _: EvaluationName, _: MetricState) {}
}

impl EvaluationProgressLogger for EventRenderer {
    fn start_global_progress(&mut self, _: usize) {}
    fn start_test(&mut self, _: &str, _: usize) {}
    fn update_test_progress(&mut self, _: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _: String) {}
}

/// burn-train wants a metric logger and would otherwise write its own files; the events
/// already hold every epoch's means.
pub struct NoMetricLogger;

impl MetricLogger for NoMetricLogger {
    fn log(&mut self, _: MetricsUpdate, _: usize, _: &Split) {}

    fn read_numeric(&mut self, _: &str, _: usize, _: &Split) -> Result<Vec<NumericEntry>, String> {
        Ok(Vec::new())
    }

    fn log_metric_definition(&mut self, _: MetricDefinition) {}

    fn log_epoch_summary(&mut self, _: EpochSummary) {}
}
